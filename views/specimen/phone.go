package specimen

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"baton/views"
)

// Outcomes are some of what can be chosen.
func Outcomes() []views.Outcome {
	return []views.Outcome{
		{Value: "success"}, {Value: "user_cancels", Where: "phone", Timed: true}, {Value: "background_hit", Where: "provider", Needs: "BACKGROUND_CHECK", Unfit: true},
	}
}

// PhonePage is the page that plays a phone.
func PhonePage() views.PhonePage {
	return views.PhonePage{
		Simulator: true, Sandbox: "/sandbox/api/v1/enrolment/", Screens: "/go/screens",
		Outcomes: Outcomes(), Steps: []string{"SCAN", "FACE", "INFO"},
		Reasons: []string{"SCAN_DOCUMENT_EXPIRED", "FACE_RECOGNITION_TOO_MANY_ATTEMPTS"},
	}
}

// PhonePlan has a screen of every kind, with everything on it.
func PhonePlan() views.PhonePlan {
	specimens := []views.PhoneSpecimen{
		{ID: "ana", Name: "Ana Specimen", Number: "X00000011", Born: "1991-04-12", ValidTo: "2044-05-01", Look: "ana", Decision: views.PhoneDecision{Action: "continue"}},
		{ID: "cleo-expired", Name: "Cleo Placeholder", Number: "X00000033", Born: "1976-08-29", ValidTo: "2021-03-14", Look: "cleo", Expired: true,
			Decision: views.PhoneDecision{Action: "fail", Reason: "SCAN_DOCUMENT_EXPIRED"}},
	}
	table := [][]views.PhoneDecision{
		{{Action: "retry", Reason: "FACE_NO_MATCH"}, {Action: "continue"}},
		{{Action: "fail", Reason: "FACE_RECOGNITION_TOO_MANY_ATTEMPTS"}, {Action: "continue"}},
	}
	of := func(s views.PhoneScreen) views.PhoneScreen { s.DocumentType, s.Of = "UAE_ID", 4; return s }
	return views.PhonePlan{Data: "ZGF0YQ==", Screens: []views.PhoneScreen{
		of(views.PhoneScreen{Kind: "help", Number: 1}),
		of(views.PhoneScreen{Kind: "scan", Number: 1, Side: "front", Specimens: specimens, Choose: true, Upload: true, NoScreenshots: true}),
		of(views.PhoneScreen{Kind: "review", Number: 1, Side: "front", Again: 1, Specimens: specimens}),
		of(views.PhoneScreen{Kind: "scan", Step: "SCAN", Number: 1, Side: "back", Specimens: specimens}),
		of(views.PhoneScreen{Kind: "read", Step: "READ", Number: 2, NoChip: views.PhoneDecision{Action: "skip", Reason: "READ_NFC_UNAVAILABLE"}, SkipAfter: 20 * time.Second, HandsIn: true}),
		of(views.PhoneScreen{Kind: "face", Step: "FACE", Number: 3, Scanned: table, ChipRead: table}),
		{Kind: "consent", Number: 4, Of: 4, Document: -1, Check: "DOW_JONES", Monitoring: true},
		{Kind: "background", Step: "BACKGROUND_CHECK", Number: 4, Of: 4, Document: -1, Check: "RDC"},
		{Kind: "finish", Step: "INFO", Document: -1, Of: 4},
	}}
}

// phonePages are what the phone's script makes of its one page.
func phonePages() []Page {
	stage := func(state string, attributes map[string]string, shows ...string) Page {
		return Page{View: "phone", State: state, Component: phone(PhonePlan()), Stage: attributes, Shows: shows}
	}
	started := []string{"phone-choices", "phone-start"}
	pages := []Page{
		{View: "phone", State: "looking", Component: phone(PhonePlan())},
		{View: "phone", State: "landing", Component: phone(PhonePlan()), Shows: started, Hides: []string{"phone-looking"}},
		{
			View: "phone", State: "landing-guarded", Component: phone(PhonePlan()),
			Shows: append(started, "phone-decline", "phone-caution"), Hides: []string{"phone-looking"},
		},
		{View: "phone", State: "out-of-reach", Component: phone(PhonePlan()), Shows: append(started, "phone-waiting"), Hides: []string{"phone-looking"}},
		{View: "phone", State: "open-app", Component: views.Phone(views.PhonePage{App: "Example Bank ID"})},
		stage("number", map[string]string{"data-testid": "phone-numbers"}),
		stage("working", map[string]string{"data-testid": "phone-working"}),
	}
	for i, screen := range PhonePlan().Screens {
		state := "screen-" + strconv.Itoa(i+1) + "-" + screen.Kind
		attributes := map[string]string{"data-testid": "phone-screen", "data-index": strconv.Itoa(i)}
		work := "screen-" + strconv.Itoa(i) + "-act"
		switch screen.Kind {
		case "scan", "read", "face":
			pages = append(pages, stage(state, attributes, "phone-cancel"))
			if screen.Step == "SCAN" {
				continue // its other side has been at work
			}
			pages = append(pages, stage(state+"-at-work", attributes, "phone-cancel", work))
		default: // what works by itself is at work at once
			pages = append(pages, stage(state, attributes, "phone-cancel", work))
		}
	}
	pages = append(pages, stage("screen-5-read-no-chip", map[string]string{"data-testid": "phone-screen", "data-index": "4"}, "phone-cancel", "screen-4-no-chip"))
	for _, end := range []struct{ state, outcome, reason string }{
		{"end-completed", "completed", ""}, {"end-cancelled", "cancelled", "USER_CANCEL"}, {"end-failed", "failed", ""},
		{"end-document-expired", "failed", "SCAN_DOCUMENT_EXPIRED"}, {"end-face", "failed", "FACE_RECOGNITION_TOO_MANY_ATTEMPTS"},
		{"end-wrong-number", "failed", "CONFIRMATION_FAILED"}, {"end-expired", "expired", ""}, {"end-ended", "ended", ""},
		{"end-taken", "taken", ""}, {"end-stale", "stale", ""}, {"end-not-me", "not-me", ""}, {"end-not-me-over", "not-me", "OVER"},
		{"end-no-code", "no-code", ""}, {"end-error", "error", ""},
	} {
		page := stage(end.state, map[string]string{"data-outcome": end.outcome, "data-reason": end.reason})
		page.Hides = []string{"phone-drawer"}
		pages = append(pages, page)
	}
	return pages
}

// phone draws the page, and the screens of a plan where its script keeps what it has fetched.
func phone(plan views.PhonePlan) templ.Component {
	return templ.Join(views.Phone(PhonePage()), views.PhoneScreens(plan))
}
