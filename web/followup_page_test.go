package web_test

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/web"
	"baton/web/webtest"
)

func TestFollowUpTrustsOnlyItsOwnSession(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{OnResult: verified}).browser(t)
	b.register()
	b.finishPhone()
	for _, id := range []string{string(handoff.NewSessionID()), "nonsense", `"><script>`} {
		b.get("/register/review?sessionId="+url.QueryEscape(id)).want(http.StatusConflict, "error")
	}
	if n := b.server.provider.Results(); n != 0 {
		t.Errorf("the provider was asked %d times for a session that a page named", n)
	}
	b.get("/register/review").want(http.StatusOK, "review")
}

func TestFollowUpWaitsForTheResult(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	b.get("/register/review").leadsTo("/register/verify?notice=not-ready")
	b.get("/register/verify?notice=not-ready").state("ready").want(http.StatusOK, "notice")
	b.get("/register/verify?notice=%3Cscript%3E").state("ready")
	b.post("/register/complete", url.Values{}).leadsTo("/register/verify")
	b.get("/register/done").leadsTo("/register/verify")

	b.finishPhone()
	page := b.get("/register/review").state("checking")
	if !strings.HasPrefix(attrOf(page, "data-next"), "/register/review?sessionId=") || attrOf(page, "data-after") != "2000" {
		t.Errorf("asks again at %q after %q ms", attrOf(page, "data-next"), attrOf(page, "data-after"))
	}
	b.server.Clock.Advance(2 * time.Minute)
	b.get("/register/review").want(http.StatusServiceUnavailable, "retry")
}

func TestFollowUpSaysWhyItRefused(t *testing.T) {
	tests := map[string]struct {
		refusal registration.Refusal
		says    string
		failed  string
		open    []string
	}{
		"a forged result":     {registration.RefusalSignature, "We received a result that we can't trust, so we did not use it.", "result", []string{"document", "face", "background"}},
		"another session's":   {registration.RefusalSession, "We received a result that we can't trust, so we did not use it.", "result", []string{"document"}},
		"a tampered document": {registration.RefusalDocument, "We couldn't accept the document.", "document", []string{"face", "background"}},
		"another face":        {registration.RefusalFace, "The face didn't match the document.", "face", []string{"background"}},
		"a listed person":     {registration.RefusalBackground, "The background check found something that a person has to look at.", "background", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			refused := &registration.RefusedError{Check: test.refusal, Detail: "for the presenter"}
			b := openBank(t, &registrationtest.Provider{OnResult: func(handoff.SessionID) (registration.Result, error) {
				return registration.Result{}, refused
			}}, func(_ *webtest.Server, deps *web.Deps) { deps.Demo = true }).browser(t)
			b.register()
			b.claim()
			b.report(handoff.Progress{Step: handoff.StepScan}, handoff.Progress{Step: handoff.StepRead}, handoff.Progress{Step: handoff.StepFace}, handoff.Progress{Step: handoff.StepInfo})
			page := b.get("/register/review").want(http.StatusOK, "refused", "reason", "change-details", "detail")
			if got := page.part("reason").Text(); got != test.says {
				t.Errorf("says %q, want %q", got, test.says)
			}
			if text := page.part("detail").Text(); !strings.Contains(text, "For the presenter.") || page.part("detail").AttrOr("data-code", "") != string(test.refusal) {
				t.Errorf("the presenter is told %q", text)
			}
			meaning := func(key string) string { m, _ := page.part("check-" + key).Attr("data-meaning"); return m }
			if want := map[string]string{"result": "Not used", "document": "Not used"}[test.failed]; page.part("check-chip").Find(".state").Text() != cmp.Or(want, "Read by the phone") {
				t.Errorf("the chip's row says %q", page.part("check-chip").Text())
			}
			if meaning(test.failed) != "wrong" {
				t.Errorf("the check %s means %q", test.failed, meaning(test.failed))
			}
			for _, key := range test.open {
				if meaning(key) != "open" {
					t.Errorf("the check %s means %q, although it was not made", key, meaning(key))
				}
			}
			b.get("/register/verify").leadsTo("/register/review")
			b.post("/register/complete", url.Values{}).leadsTo("/register/verify")
			if test.refusal == registration.RefusalBackground { // another try finds the same
				if page.part("renew").Length() > 0 {
					t.Error("it offers another try")
				}
				return
			}
			b.follow(b.post("/register/renew", url.Values{"replaces": {attr(page, "replaces")}})).state("ready")
		})
	}
}

// What happened underneath is for presenters: whoever comes from elsewhere, and everybody where there is no demo, sees only
// what is for them.
func TestOnlyPresentersSeeUnderneath(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		demo   bool
		header []string
		sees   bool
	}{
		"a presenter":            {true, nil, true},
		"another machine's page": {true, []string{"X-Forwarded-For", "192.0.2.1"}, false},
		"no demo":                {false, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := openBank(t, &registrationtest.Provider{OnResult: verified}, func(_ *webtest.Server, deps *web.Deps) { deps.Demo = test.demo }).browser(t)
			seen := func(where string) {
				t.Helper()
				page := b.send("GET", where, nil, test.header...)
				if got := page.part("detail").Length() == 1; got != test.sees {
					t.Errorf("%s (%d): told %v, want %v", where, page.status, got, test.sees)
				}
			}
			b.register()
			b.claim()
			b.report(handoff.Progress{Status: handoff.StatusFailed, Reason: "FACE_RECOGNITION_TOO_MANY_ATTEMPTS"})
			seen("/register/verify")
			b.follow(b.post("/register/renew", url.Values{})).state("ready")
			b.finishPhone()
			seen("/register/verify")
			seen("/register/review")
		})
	}
}

// Presenters read by which call a hand-over ended and where.
func TestPresentersReadHowItEnded(t *testing.T) {
	t.Parallel()
	const device = "device-of-the-phone-that-ends"
	cancels := handoff.Progress{Status: handoff.StatusCancelled, Reason: "USER_CANCEL"}
	for name, test := range map[string]struct {
		ends func(b *browser) error
		want string
	}{
		"at a step": {func(b *browser) error {
			b.claim()
			b.report(handoff.Progress{Step: handoff.StepScan}, handoff.Progress{Skipped: handoff.StepRead, Reason: "READ_NFC_UNAVAILABLE"}, cancels)
			return nil
		}, "The phone stopped at the step FACE: its POST /api/v1/session/events said so."},
		"at the first one": {func(b *browser) error { b.claim(); b.report(cancels); return nil }, "The phone stopped at the step SCAN: "},
		"by a failure": {func(b *browser) error {
			b.claim()
			b.report(handoff.Progress{Status: handoff.StatusFailed, Reason: "SCAN_DOCUMENT_EXPIRED"})
			return nil
		}, "The phone reported a failure at the step SCAN: "},
		"before it began": {func(b *browser) error {
			return b.phone(device, func(p handoff.Presented) error { return b.server.Handoff.Confirm(b.t.Context(), p, false, "") })
		}, "its POST /api/v1/session/confirm said no."},
		"by a wrong number": {func(b *browser) error {
			wantCode(b.t, "opening", b.openedBy(device), "")
			for i, want := range []handoff.Code{handoff.CodeConfirmationRequired, handoff.CodeSessionEnded} {
				wantCode(b.t, "a wrong number", b.phone(device, func(p handoff.Presented) error {
					return b.server.Handoff.Confirm(b.t.Context(), p, true, []string{"xx", "yy"}[i])
				}), want)
			}
			return nil
		}, "The phone entered a wrong number too often: its last POST /api/v1/session/confirm ended the session."},
		"by somebody else": {func(b *browser) error {
			return b.phone(device, func(p handoff.Presented) error { return b.server.Handoff.Report(b.t.Context(), p) })
		}, "the phone's POST /api/v1/session/report."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			protection := handoff.Protection{Confirm: map[string]handoff.Confirm{"before it began": handoff.ConfirmPrompt, "by a wrong number": handoff.ConfirmNumber}[name]}
			b := openGuardedBank(t, &registrationtest.Provider{}, protection, func(_ *webtest.Server, deps *web.Deps) { deps.Demo = true }).browser(t)
			b.register()
			if err := test.ends(b); err != nil {
				t.Fatal(err)
			}
			told := strings.Join(strings.Fields(b.get("/register/verify").want(http.StatusOK, "detail").part("detail").Text()), " ")
			if !strings.Contains(told, test.want) || strings.Contains(told, "since event") {
				t.Errorf("the presenter reads %q, want %q", told, test.want)
			}
		})
	}
}

// From its result's end on the provider has no pictures, which the page knows before it asks.
func TestFollowUpSaysThatThePicturesAreGone(t *testing.T) {
	t.Parallel()
	b := openBank(t, &registrationtest.Provider{OnResult: verified}).browser(t)
	b.register()
	b.finishPhone()
	page := b.get("/register/review").want(http.StatusOK, "portrait-0")
	if _, hidden := page.part("pictures-gone-0").Attr("hidden"); !hidden {
		t.Error("pictures that are there are said to be gone")
	}
	b.server.Clock.Advance(3 * time.Hour)
	page = b.get("/register/review").want(http.StatusOK, "review", "complete", "pictures-gone-0")
	if _, hidden := page.part("pictures-gone-0").Attr("hidden"); hidden || page.part("portrait-0").Length() != 0 {
		t.Errorf("hidden %v, portraits %d", hidden, page.part("portrait-0").Length())
	}
}

func TestFollowUpImageFails(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want int
	}{
		"gone": {registration.ErrImageGone, 410}, "away": {registration.ErrProvider, 503}, "another image": {&registration.RefusedError{Check: registration.RefusalContent}, 503},
		"a mistake of ours": {errors.New("secret detail"), 500},
	} {
		t.Run(name, func(t *testing.T) {
			b := openBank(t, &registrationtest.Provider{OnResult: verified, OnImage: func(registration.Image) ([]byte, error) { return nil, test.err }}).browser(t)
			b.register()
			b.get("/register/image/0/portrait").want(http.StatusNotFound) // not verified yet
			b.finishPhone()
			b.get("/register/review").want(http.StatusOK, "review")
			page := b.get("/register/image/0/portrait").want(test.want)
			if strings.Contains(page.body, "secret detail") {
				t.Error("the answer tells our secrets")
			}
			b.get("/register/image/0/back").want(http.StatusNotFound)
			b.get("/register/image/1/portrait").want(http.StatusNotFound)
			b.get("/register/image/-1/portrait").want(http.StatusNotFound)
		})
	}
}
