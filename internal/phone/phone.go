package phone

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"baton/internal/client"
	"baton/internal/enrolment"
)

// Reasons beside those of package enrolment, in the provider's codes.
const (
	reasonUnread  = "SCAN_DOCUMENT_NOT_RECOGNIZED"
	reasonTimeout = "SESSION_EXPIRED"
	reasonBadData = "INVALID_CONFIG"
)

const (
	statusFailed    = "failed"
	statusCancelled = "cancelled"

	bestMatch      = enrolment.MaxMatchLevel
	cancelDeadline = 5 * time.Second // nobody waits longer for a program that is to stop
)

// Steps are the services that a phone can be told to report, in their usual order.
func Steps() []string {
	return []string{enrolment.StepScan, enrolment.StepRead, enrolment.StepFace, enrolment.StepBackgroundCheck, enrolment.StepInfo}
}

// Phone is one phone with one code before its camera. The zero values of its wishes make an enrolment that succeeds.
type Phone struct {
	Server string // address of the session's server, as ParseTarget returns it
	Ticket Ticket

	Device Device // names this phone to the server; the zero value for a new one at each Run

	NotMe  bool                                                             // report that the person did not ask for this, and claim nothing
	Agree  func(ctx context.Context, request Request) (bool, error)         // the person's answer to who asks; nil agrees
	Number func(ctx context.Context, again bool) (digits string, err error) // those on the page; "" declines; nil: ErrNoNumber

	Sandbox string // address of the sandbox that takes the result; "" for Server + "/sandbox"

	Wish      enrolment.Wish    // what the enrolment comes to; the zero Wish for what the sandbox says, else success
	Specimens map[string]string // document type → enrolment.Specimen.ID; missing types take the default
	Steps     []string          // report just these instead of what data says, and hand in no result

	Pace time.Duration // how long each thing takes that a person would do; 0 for at once
	HTTP *http.Client  // nil for one of its own
	Now  func() time.Time
}

// State is what a Progress tells.
type State string

// The states.
const (
	Asked        State = "asked"         // the server has said who asks: Request
	Reported     State = "reported"      // it was not the person: the page is told, and a session that lived has ended
	Claimed      State = "claimed"       // the session is this phone's; Detail names its id
	Generic      State = "generic"       // data is empty or not the reader app's: the default enrolment is played; Detail names a mistake
	Listed       State = "listed"        // the same, and the steps that the session names are played; Detail lists them
	Wished       State = "wished"        // the sandbox was told what this comes to: Detail, and Step where it happens at one
	Unfit        State = "unfit"         // what the sandbox was told cannot be had; Detail says why. It goes on without
	Began        State = "began"         // a screen came up
	Done         State = "done"          // a service was reported
	Skipped      State = "skipped"       // a service was reported as skipped, for Reason
	TryingAgain  State = "trying again"  // the screen stays, for Reason
	Waiting      State = "waiting"       // the server did not answer; Detail says why, without a secret
	HandedIn     State = "handed in"     // the sandbox has the result
	NoSandbox    State = "no sandbox"    // nobody takes a result; the enrolment goes on
	Completed    State = "completed"     // the session is complete
	Failed       State = "failed"        // the session failed, for Reason
	Cancelled    State = "cancelled"     // the session was cancelled, for Reason
	NotCancelled State = "not cancelled" // the phone stopped and could not say so
)

// Progress is one thing that happened. Fields that do not concern its State are zero.
type Progress struct {
	State  State
	Kind   enrolment.Kind // of the screen
	Step   string         // the service concerned
	Reason string
	Detail string
	Wait   time.Duration // Waiting: until the next attempt
	Empty  bool          // Generic, Listed: there is no data at all

	Request Request // Asked: who asks
}

// The errors of a call; see package client.
type RefusedError = client.RefusedError

var ErrUnreachable = client.ErrUnreachable

// EndedError is what Run returns when the session ended otherwise than by completing.
type EndedError struct {
	Status string // failed or cancelled
	Reason string
	Wished bool // this phone, or the sandbox, was told to let it end so
}

func (e *EndedError) Error() string {
	return fmt.Sprintf("the enrolment was %s: %s", map[string]string{statusFailed: "not completed", statusCancelled: "cancelled"}[e.Status], e.Reason)
}

// Run shows who asks, claims the session once the person agrees, where that is asked for, and goes through the
// enrolment. It returns nil when the session is complete or reported, an *EndedError when it failed or was cancelled, an
// *EndedBeforeError when that was before, an *UnfitError where it cannot come to Wish, a *RefusedError when the server refused a call, ErrUnreachable in the chain when it did not answer, and what Agree and
// Number return. If ctx ends after the claim, the session is cancelled before Run returns. progress is called
// in Run's goroutine; nil is nobody.
func (p *Phone) Run(ctx context.Context, progress func(Progress)) error {
	if progress == nil {
		progress = func(Progress) {}
	}
	r := &run{phone: p, tell: progress}
	r.client = client.Client{HTTP: p.HTTP, Wonder: func(cause error, wait time.Duration) {
		r.tell(Progress{State: Waiting, Detail: client.PlainCause(cause), Wait: wait})
	}}
	if r.device = p.Device; r.device.IsZero() {
		r.device = NewDevice()
	}
	if p.NotMe {
		return r.reportNotMe(ctx)
	}
	if err := r.enter(ctx); err != nil {
		return err
	}
	err := r.walk(ctx)
	if ctx.Err() != nil && err != nil {
		if _, ended := errors.AsType[*EndedError](err); !ended {
			return r.leave(ctx)
		}
	}
	return err
}

type run struct {
	phone  *Phone
	device Device
	client client.Client
	tell   func(Progress)

	session struct {
		SessionID string `json:"sessionId"`
		Token     string `json:"token"`
		Data      string `json:"data"`
	}
	steps     []string // that the session expects, as far as the server has said
	wish      enrolment.Wish
	wasCut    bool
	config    enrolment.Config
	handsIn   bool // a result can be made
	done      []string
	documents []capture
}

// asPhone is what every call to the session bears.
func (r *run) asPhone() client.Credential {
	return client.Credential{Authorization: r.phone.Ticket.Reveal(), Device: r.device.Reveal()}
}

func (r *run) claim(ctx context.Context) error {
	err := r.client.Call(ctx, http.MethodGet, r.phone.Server+"/api/v1/session", r.asPhone(), nil, &r.session)
	if err != nil {
		return err
	}
	r.tell(Progress{State: Claimed, Detail: client.Printable(r.session.SessionID)})
	return nil
}

// walk goes through the screens. Each of its calls is safe to repeat, by the same phone and by another one that takes
// up the session: a screen's key is its place in the plan and its step.
func (r *run) walk(ctx context.Context) error {
	if len(r.phone.Steps) > 0 {
		r.wish = r.phone.Wish
		return r.walkSteps(ctx, r.phone.Steps)
	}
	config, err := enrolment.Parse(r.session.Data)
	if field, ok := errors.AsType[*enrolment.FieldError](err); ok && field.Path != "" {
		r.tell(Progress{State: Generic, Detail: field.Error()})
		return r.end(ctx, statusFailed, reasonBadData)
	} else if err != nil {
		instead, listed := enrolment.ForSteps(r.steps)
		switch empty := r.session.Data == ""; {
		case listed:
			r.tell(Progress{State: Listed, Detail: strings.Join(r.steps, ", "), Empty: empty})
			config = instead
		case len(r.steps) > 0: // in an order that no enrolment has
			r.tell(Progress{State: Listed, Detail: strings.Join(r.steps, ", "), Empty: empty})
			r.wish = r.phone.Wish
			return r.walkSteps(ctx, r.steps)
		default:
			r.tell(Progress{State: Generic, Empty: empty})
			config = enrolment.Default()
		}
	}
	r.config, r.handsIn = config, true
	if err := r.settle(ctx); err != nil {
		return err
	}
	r.documents = make([]capture, len(config.Documents))
	plan := config.Plan()
	for i, screen := range plan {
		if over, err := r.happens(ctx, i, screenService(plan, i)); over {
			return err
		}
		if err := r.play(ctx, i, screen); err != nil {
			return err
		}
	}
	r.tell(Progress{State: Completed})
	return nil
}

// screenService is the service that the screen leads to: its own, or that of the next screen that has one.
func screenService(plan []enrolment.Screen, index int) string {
	for _, screen := range plan[index:] {
		if screen.Step != "" {
			return screen.Step
		}
	}
	return ""
}

// walkSteps reports services without knowing what they stand for.
func (r *run) walkSteps(ctx context.Context, steps []string) error {
	for i, step := range steps {
		if over, err := r.happens(ctx, i, step); over {
			return err
		}
		r.tell(Progress{State: Began, Step: step})
		if err := client.Pause(ctx, r.phone.Pace); err != nil {
			return err
		}
		if step == enrolment.StepRead && !r.readsChips() {
			if err := r.skip(ctx, i, step, enrolment.ReasonNoChipReader); err != nil {
				return err
			}
			continue
		}
		if err := r.report(ctx, i, step); err != nil {
			return err
		}
	}
	if slices.Contains(steps, enrolment.StepInfo) {
		r.tell(Progress{State: Completed})
	}
	return nil
}

func (r *run) now() time.Time {
	if r.phone.Now != nil {
		return r.phone.Now()
	}
	return time.Now()
}

// screenKey is the same when a run is repeated, and another one in a run with other steps.
func screenKey(index int, step string) string { return fmt.Sprintf("phone:%d:%s", index, step) }

type event struct {
	Service string `json:"service,omitempty"`
	Skipped string `json:"skipped,omitempty"`
	Status  string `json:"status,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Key     string `json:"key"`
}

func (r *run) publish(ctx context.Context, e event) error {
	return r.client.Call(ctx, http.MethodPost, r.phone.Server+"/api/v1/session/events", r.asPhone(), e, nil)
}

// report says that a service is done.
func (r *run) report(ctx context.Context, index int, step string) error {
	if err := r.publish(ctx, event{Service: step, Key: screenKey(index, step)}); err != nil {
		return err
	}
	r.done = append(r.done, step)
	r.tell(Progress{State: Done, Step: step})
	return nil
}

func (r *run) skip(ctx context.Context, index int, step, reason string) error {
	if err := r.publish(ctx, event{Skipped: step, Reason: reason, Key: screenKey(index, step)}); err != nil {
		return err
	}
	r.tell(Progress{State: Skipped, Step: step, Reason: reason})
	return nil
}

// end ends the session otherwise than by completing it. What was done so far is handed in first if the configuration
// wants that, so that it is there when the backend hears of the end.
func (r *run) end(ctx context.Context, status, reason string) error {
	if r.handsIn && r.config.HandsInIncomplete(r.done) {
		if err := r.handIn(ctx, true); err != nil {
			return err
		}
	}
	if err := r.publish(ctx, event{Status: status, Reason: reason, Key: "phone:end"}); err != nil {
		return err
	}
	state := Failed
	if status == statusCancelled {
		state = Cancelled
	}
	r.tell(Progress{State: state, Reason: reason})
	return &EndedError{Status: status, Reason: reason, Wished: r.wish.Outcome.ByPhone() && r.wish.Outcome != enrolment.OutcomeNetworkCut}
}

// leave cancels the session after ctx has ended: once, and not for long.
func (r *run) leave(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelDeadline)
	defer stop()
	err := r.end(ctx, statusCancelled, enrolment.ReasonCancelled)
	if _, ended := errors.AsType[*EndedError](err); !ended {
		r.tell(Progress{State: NotCancelled, Detail: client.PlainCause(err)})
	}
	return err
}
