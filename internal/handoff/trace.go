package handoff

// Trace is what the provider's SDK tells the app about its own progress, in the SDK's words, so that an app can pass it
// on as it is.
type Trace struct {
	Event      string // INIT, VIEW, START, IN_PROGRESS, COMPLETE, SKIP, FINISH; newer SDKs may have more
	Status     string // SUCCESS, FAILURE; empty where there is none
	Page       string // SCAN, READ, FACE, BACKGROUND_CHECK, LOOKUP, LOOKUP_OTP; empty for INIT and FINISH
	StatusCode string // such as USER_CANCEL; empty where there is none
	Session    SessionID
	Detail     string // the object as JSON, for the timeline
}

// Progress is what a trace object reports: a step that is done or skipped, the end of the enrolment, or else nothing but
// its detail. An event that this version does not know is a detail.
func (t Trace) Progress() Progress {
	p := Progress{Detail: t.Detail, Session: t.Session}
	onPage := Step(t.Page)
	isStep := onPage.Known() && onPage != StepInfo
	switch {
	case t.Event == "COMPLETE" && t.Status == "SUCCESS" && isStep:
		p.Step = onPage
	case t.Event == "SKIP" && isStep:
		p.Skipped, p.Reason = onPage, t.StatusCode
	case t.Event == "FINISH" && t.Status == "SUCCESS":
		p.Step = StepInfo
	case t.Event == "FINISH" && t.Status == "FAILURE":
		p.Status, p.Reason = StatusFailed, t.StatusCode
	}
	return p
}
