package views

import (
	"strconv"
	"strings"
	"time"
)

// VerifyState is what the verification page shows.
type VerifyState string

// The states. Preparing is only ever drawn for the page's script, which shows it while it fetches a new code.
const (
	StatePreparing   VerifyState = "preparing"
	StateReady       VerifyState = "ready"
	StateOpened      VerifyState = "opened"  // ready, and a phone has opened the link a moment ago
	StateConfirm     VerifyState = "confirm" // a phone has opened the link and is asked for the page's number
	StateClaimed     VerifyState = "claimed"
	StateChecking    VerifyState = "checking"
	StateFailed      VerifyState = "failed"
	StateCancelled   VerifyState = "cancelled"
	StateExpired     VerifyState = "expired"
	StateUnavailable VerifyState = "unavailable"
)

// VerifyPage is the page that shows the code and follows the phone.
type VerifyPage struct {
	State     VerifyState
	SessionID string
	Seq       uint64 // of the last event that the page knows of
	Notice    string // a key of Words.Notices; empty for none

	Token     string        // the page's own secret, for its script: drawn where there is something to follow
	Remaining time.Duration // until the code expires: ready, opened, confirm and claimed
	Lifetime  time.Duration

	Code    QR            // ready and opened
	Rotates bool          // the code is another one every few seconds
	Copies  bool          // its link can be copied
	Needs   []string      // types of the documents to have ready
	Until   time.Duration // opened: until the page is ready again

	Number      string // confirm: the digits to enter on the phone
	WrongNumber bool   // others were entered before

	SecondPhone    bool // another phone was refused
	SecondPhoneNow bool // and nothing has happened since

	Steps []Step // claimed

	Underneath *Underneath

	Reason    string // failed and cancelled: a key of Words.Reasons
	RequestID string // shown where the mistake is ours

	Next  string        // checking: where the result will be; unavailable: what to load again
	After time.Duration // how long the script waits before it goes there
}

// Step is one step of the phone.
type Step struct {
	Service string
	State   StepState
	At      time.Time // when it was done or skipped
}

// StepState is where a step stands.
type StepState string

// The states of a step.
const (
	StepTodo    StepState = "todo"
	StepCurrent StepState = "current"
	StepDone    StepState = "done"
	StepSkipped StepState = "skipped"
)

func (w *Words) stepState(state StepState) string {
	switch state {
	case StepCurrent:
		return w.Verify.StepNow
	case StepDone:
		return w.Verify.StepDone
	case StepSkipped:
		return w.Verify.StepSkipped
	}
	return ""
}

// watched reports whether the page's script has to hear of what the phone does.
func (v VerifyPage) watched() bool {
	switch v.State {
	case StateReady, StateOpened, StateConfirm, StateClaimed:
		return true
	}
	return false
}

// heading says the state in one line.
func (v VerifyPage) heading(words *Words) string {
	switch v.State {
	case StateConfirm:
		return words.Verify.ConfirmTitle
	case StateClaimed:
		return words.Verify.ClaimedTitle
	case StateChecking:
		return words.Verify.CheckingTitle
	case StateFailed, StateCancelled:
		return words.Reason(v.Reason).Title
	case StateExpired:
		return words.Verify.ExpiredTitle
	case StateUnavailable:
		return words.Verify.UnavailableTitle
	}
	return words.Verify.Title
}

// announcement is what a screen reader says when the page has changed in place to this state.
func (v VerifyPage) announcement(words *Words) string {
	if v.SecondPhoneNow && v.watched() {
		return words.Verify.SecondPhone
	}
	switch v.State {
	case StateReady:
		return words.Verify.ReadySaid
	case StateOpened:
		return words.Verify.OpenedSaid
	case StateConfirm:
		if v.WrongNumber {
			return words.Verify.WrongNumber + " " + fill(words.Verify.NumberIs, "number", v.digits())
		}
		return fill(words.Verify.ConfirmSaid, "number", v.digits())
	case StateClaimed:
		for i, step := range v.Steps {
			if step.State == StepCurrent && i > 0 {
				before := v.Steps[i-1]
				return fill(words.Verify.StepSaid,
					"before", words.Step(before.Service), "state", words.stepState(before.State), "step", words.Step(step.Service))
			}
		}
		return words.Verify.ClaimedSaid
	case StateFailed, StateCancelled:
		reason := words.Reason(v.Reason)
		return reason.Said + " " + reason.Next
	case StateExpired:
		return words.Verify.ExpiredSaid
	case StateUnavailable:
		return words.Verify.UnavailableSaid
	}
	return v.heading(words)
}

// refresh is how a browser without scripts follows: it loads the page again, or goes on to the next one.
func (v VerifyPage) refresh() string {
	switch v.State {
	case StateReady, StateOpened, StateConfirm, StateClaimed:
		return "5; url=/register/verify" // without a notice that has been read
	case StateChecking:
		return "1; url=" + v.Next
	case StateUnavailable:
		return strconv.Itoa(max(5, int(v.After/time.Second))) + "; url=" + v.Next
	}
	return ""
}

// digits are the number's as one says them: 0 7, not seven.
func (v VerifyPage) digits() string { return strings.Join(strings.Split(v.Number, ""), " ") }

// ringOffset is how much of the ring around the countdown has emptied, in percent.
func (v VerifyPage) ringOffset() string {
	if v.Lifetime <= 0 {
		return "100"
	}
	left := float64(v.Remaining) / float64(v.Lifetime)
	return strconv.FormatFloat(100*(1-min(1, max(0, left))), 'f', 1, 64)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(max(0, d.Milliseconds()), 10) }
