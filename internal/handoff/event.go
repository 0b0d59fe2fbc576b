package handoff

import "time"

// Step is one part of the enrolment, in the provider's words (`service` on the wire).
type Step string

// The steps.
const (
	StepScan            Step = "SCAN"
	StepRead            Step = "READ"
	StepFace            Step = "FACE"
	StepBackgroundCheck Step = "BACKGROUND_CHECK"
	StepInfo            Step = "INFO" // the result is at the provider: the end of the enrolment
)

// Known reports whether s is one of the five steps.
func (s Step) Known() bool {
	switch s {
	case StepScan, StepRead, StepFace, StepBackgroundCheck, StepInfo:
		return true
	}
	return false
}

// Kind says what an event tells. All kinds share one numbering within their session.
type Kind string

// The kinds.
const (
	KindService Kind = "event"  // a step is done; the only kind that the seed's clients see
	KindStatus  Kind = "status" // the session's status changed
	KindNotice  Kind = "notice" // something the page should show that changes no status
	// KindProgress is a detail of the phone's work, kept for the timeline. It has a number like every other and is told to
	// no page, so the numbers that a page hears may have gaps.
	KindProgress Kind = "progress"
)

// Notice is what a KindNotice event says.
type Notice string

// The notices.
const (
	NoticeOpened        Notice = "opened"         // a phone has opened the link and not yet claimed
	NoticeSkipped       Notice = "skipped"        // the event's Step was left out, with a reason
	NoticeConfirm       Notice = "confirm"        // the phone must enter the event's Number
	NoticeConfirmFailed Notice = "confirm_failed" // it entered another one
	NoticeSecondClaim   Notice = "second_claim"   // another phone was refused
	NoticeNotMe         Notice = "not_me"         // the person with the phone did not ask for this
)

// Event is one thing reported of a session, numbered 1, 2, … within it by the store. Which fields are set depends on
// Kind: Step for KindService and skips, Status for KindStatus, Notice for KindNotice.
type Event struct {
	Seq    uint64
	Kind   Kind
	Step   Step
	Status Status
	Notice Notice
	Reason string
	Number string // what the page shows for the phone to enter
	Key    string // the reporter's idempotency key; empty for none
	Detail string // what the phone's SDK said, as JSON; empty for reports of other kinds
	At     time.Time
}

// Progress is what a phone or a backend reports: exactly one of Step (done), Skipped, and Status (StatusFailed or
// StatusCancelled), or nothing but a Detail. Reason goes with Skipped and Status; Key makes a report safe to repeat.
type Progress struct {
	Step    Step
	Skipped Step
	Status  Status
	Reason  string
	Key     string
	Detail  string
	// Session is the one that the report names itself, empty where it names none. A report about another session than
	// the one that it was sent to is refused.
	Session SessionID
}

// A reporter is who reports progress. Each has keys of its own, so that nobody takes the other's by using them first: an
// event whose key is known is not stored again.
type reporter string

const (
	byPhone   reporter = "phone "
	byBackend reporter = "backend "
)

// event checks p and turns it into the event that the store will number.
func (p Progress) event(by reporter, at time.Time) (Event, error) {
	if !withinPrintable(p.Key, MaxKey) {
		return Event{}, newError(CodeInvalidInput, "`key` takes 1 to 128 printable ASCII characters.")
	}
	if !withinPrintable(p.Reason, MaxReason) {
		return Event{}, newError(CodeInvalidInput, "`reason` takes at most 128 printable ASCII characters, such as USER_CANCEL.")
	}
	if len(p.Detail) > MaxDetail {
		return Event{}, newError(CodePayloadTooLarge, "A trace object takes at most 1024 bytes. Send it without what you added.")
	}
	event := Event{Reason: p.Reason, Detail: p.Detail, At: at}
	if p.Key != "" {
		event.Key = string(by) + p.Key
	}
	switch {
	case p.Step != "" && p.Status == "" && p.Skipped == "":
		event.Kind, event.Step = KindService, p.Step
		if !p.Step.Known() {
			return Event{}, newError(CodeInvalidInput, "`service` is one of SCAN, READ, FACE, BACKGROUND_CHECK and INFO.")
		}
	case p.Skipped != "" && p.Status == "" && p.Step == "":
		event.Kind, event.Notice, event.Step = KindNotice, NoticeSkipped, p.Skipped
		if !p.Skipped.Known() || p.Skipped == StepInfo {
			return Event{}, newError(CodeInvalidInput, "`skipped` is one of SCAN, READ, FACE and BACKGROUND_CHECK.")
		}
	case p.Status != "" && p.Step == "" && p.Skipped == "":
		event.Kind, event.Status = KindStatus, p.Status
		if p.Status != StatusFailed && p.Status != StatusCancelled {
			return Event{}, newError(CodeInvalidInput, "`status` is failed or cancelled; a session completes with {\"service\": \"INFO\"}.")
		}
	case p.Detail != "" && p.Status == "" && p.Step == "" && p.Skipped == "":
		event.Kind = KindProgress
	default:
		return Event{}, newError(CodeInvalidInput, "Send exactly one of `service`, `skipped` and `status`.")
	}
	return event, nil
}

func withinPrintable(text string, most int) bool {
	if len(text) > most {
		return false
	}
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			return false
		}
	}
	return true
}
