package views

import (
	"strconv"
	"time"
)

// VerifyState is what the verification page shows.
type VerifyState string

// The states. Preparing is only ever drawn for the page's script, which shows it while it fetches a new code.
const (
	StatePreparing   VerifyState = "preparing"
	StateReady       VerifyState = "ready"
	StateOpened      VerifyState = "opened" // ready, and a phone has opened the link a moment ago
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
	Notice    string // one sentence above everything; empty for none

	Code      QR            // ready and opened
	Ticket    string        // for the page's script: ready, opened and claimed
	Link      string        // what the code says: ready and opened
	Remaining time.Duration // until the code expires: ready, opened and claimed
	Lifetime  time.Duration
	Until     time.Duration // opened: until the page is ready again

	Steps []Step // claimed

	Reason    Reason // failed and cancelled
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

func (s StepState) word() string {
	switch s {
	case StepCurrent:
		return "Now"
	case StepDone:
		return "Done"
	case StepSkipped:
		return "Skipped"
	}
	return ""
}

// watched reports whether the page's script has to hear of what the phone does.
func (v VerifyPage) watched() bool {
	return v.State == StateReady || v.State == StateOpened || v.State == StateClaimed
}

// heading says the state in one line, and is what the page's script reads out to a screen reader.
func (v VerifyPage) heading() string {
	switch v.State {
	case StateClaimed:
		return "Continue on your phone"
	case StateChecking:
		return "Checking the result…"
	case StateFailed, StateCancelled:
		return v.Reason.Title
	case StateExpired:
		return "This code has expired"
	case StateUnavailable:
		return "We can't reach the service"
	}
	return "Verify with your phone"
}

// announcement is what a screen reader says when the page has changed in place to this state.
func (v VerifyPage) announcement() string {
	switch v.State {
	case StateReady:
		return "A new code is ready. Scan it with your phone."
	case StateOpened:
		return "The link was opened on a phone. Continue there."
	case StateClaimed:
		for i, step := range v.Steps {
			if step.State == StepCurrent && i > 0 {
				return StepName(v.Steps[i-1].Service) + ": " + v.Steps[i-1].State.word() + ". Now: " + StepName(step.Service) + "."
			}
		}
		return "Your phone is connected. Continue on your phone and keep this page open."
	case StateFailed, StateCancelled:
		return v.Reason.Said + " " + v.Reason.Next
	case StateExpired:
		return "This code has expired. Your details are kept."
	case StateUnavailable:
		return "We can't reach the service. Your details are kept."
	}
	return v.heading()
}

// refresh is how a browser without scripts follows: it loads the page again, or goes on to the next one.
func (v VerifyPage) refresh() string {
	switch v.State {
	case StateReady, StateOpened, StateClaimed:
		return "5; url=/register/verify" // without a notice that has been read
	case StateChecking:
		return "1; url=" + v.Next
	case StateUnavailable:
		return strconv.Itoa(max(5, int(v.After/time.Second))) + "; url=" + v.Next
	}
	return ""
}

// ringOffset is how much of the ring around the countdown has emptied, in percent.
func (v VerifyPage) ringOffset() string {
	if v.Lifetime <= 0 {
		return "100"
	}
	left := float64(v.Remaining) / float64(v.Lifetime)
	return strconv.FormatFloat(100*(1-min(1, max(0, left))), 'f', 1, 64)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(max(0, d.Milliseconds()), 10) }
