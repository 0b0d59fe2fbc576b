package phone_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"baton/internal/auth"
	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/phone"
	"baton/internal/sandbox"
	"baton/web"
	"baton/web/webtest"
)

// station is a real server with a real sandbox, and a backend's access token.
type station struct {
	*webtest.Server
	provider *sandbox.Sandbox
	token    string
}

func start(t *testing.T) station {
	t.Helper()
	var provider *sandbox.Sandbox
	s := station{Server: webtest.Start(t, func(s *webtest.Server, deps *web.Deps) {
		var err error
		provider, err = sandbox.New(t.Context(), sandbox.Config{Store: s.Store, Now: s.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := auth.New(auth.Config{Issuer: sandbox.Issuer, Clients: []string{sandbox.DefaultClientID}, Keys: provider.Keys(), Now: s.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		deps.Sandbox, deps.Auth = provider.Handler(), verifier
	})}
	s.provider = provider
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {sandbox.DefaultClientID}, "client_secret": {sandbox.DefaultClientSecret}}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	s.Do("POST", "/sandbox/api/oauth/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded").JSON(t, &answer)
	s.token = answer.AccessToken
	return s
}

// phone is one with the session's code before its camera.
func (s station) phone(session webtest.Session) *phone.Phone {
	return &phone.Phone{Server: s.URL, Ticket: phone.NewTicket(session.Text), Now: s.Clock.Now}
}

// seen is what the session's page was told of the claim and after it, one word an event.
func (s station) seen(t *testing.T, session webtest.Session) []string {
	t.Helper()
	return slices.DeleteFunc(s.heard(t, session), func(word string) bool { return word == "opened" })
}

// heard is everything that it was told.
func (s station) heard(t *testing.T, session webtest.Session) []string {
	t.Helper()
	events, err := s.Handoff.EventsAfter(t.Context(), handoff.SessionID(session.ID), 0)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, e := range events {
		words = append(words, strings.TrimSpace(strings.Join([]string{string(e.Step), string(e.Status), string(e.Notice), e.Reason}, " ")))
	}
	for i, word := range words {
		words[i] = strings.Join(strings.Fields(word), " ")
	}
	return words
}

// result is what the provider answers about the session; nil where it has none. Its signature is other tests' matter.
func (s station) result(t *testing.T, session webtest.Session) map[string]any {
	t.Helper()
	answer := s.Do("GET", "/sandbox/api/v1/info/"+session.ID, "", "Authorization", "Bearer "+s.token)
	if answer.Status != 200 {
		return nil
	}
	parsed, err := jwt.ParseSigned(answer.Body, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		t.Fatal(err)
	}
	data, _ := claims["data"].(map[string]any)
	return data
}

func bothDocuments() enrolment.Config {
	c := enrolment.New(enrolment.Passport, enrolment.UAEID)
	c.Documents[1].ReviewFront, c.Documents[1].ReviewBack = true, true
	return c
}

func with(c enrolment.Config, change func(*enrolment.Config)) string {
	change(&c)
	return c.Encode()
}

func cancels(at string) enrolment.Wish {
	return enrolment.Wish{Outcome: enrolment.OutcomeUserCancels, At: at}
}

func TestRun(t *testing.T) {
	s := start(t)
	for _, tc := range []struct {
		name string
		data string
		wish func(*phone.Phone)
		seen []string
		end  *phone.EndedError
		has  bool // a result
	}{
		{name: "the demo's enrolment", data: enrolment.Default().Encode(), has: true,
			seen: []string{"claimed", "SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO", "completed"}},
		{name: "two documents are two scans", data: bothDocuments().Encode(), has: true,
			seen: []string{"claimed", "SCAN", "SCAN", "INFO", "completed"}},
		{name: "a background check without a screen", has: true,
			data: with(enrolment.New(enrolment.Passport), func(c *enrolment.Config) {
				c.BackgroundCheck.Enabled, c.BackgroundCheck.SkipView, c.BackgroundCheck.DisableConsent = true, true, true
			}),
			seen: []string{"claimed", "SCAN", "BACKGROUND_CHECK", "INFO", "completed"}},
		{name: "without NFC the chip is skipped", data: enrolment.Default().Encode(), wish: func(p *phone.Phone) { p.Wish.Outcome = enrolment.OutcomeNFCUnavailable }, has: true,
			seen: []string{"claimed", "SCAN", "READ skipped READ_NFC_UNAVAILABLE", "FACE", "BACKGROUND_CHECK", "INFO", "completed"}},
		{name: "without NFC a required chip is the end", wish: func(p *phone.Phone) { p.Wish.Outcome = enrolment.OutcomeNFCUnavailable },
			data: with(enrolment.Default(), func(c *enrolment.Config) { c.Documents[0].Reading.Force = true }),
			seen: []string{"claimed", "SCAN", "failed READ_NFC_UNAVAILABLE"},
			end:  &phone.EndedError{Status: "failed", Reason: "READ_NFC_UNAVAILABLE", Wished: true}},
		{name: "a document that is not recognised", data: enrolment.Default().Encode(), wish: func(p *phone.Phone) { p.Wish.Outcome = enrolment.OutcomeUnreadableDocument },
			seen: []string{"claimed", "failed SCAN_DOCUMENT_NOT_RECOGNIZED"},
			end:  &phone.EndedError{Status: "failed", Reason: "SCAN_DOCUMENT_NOT_RECOGNIZED", Wished: true}},
		{name: "an expired document", data: enrolment.Default().Encode(), wish: func(p *phone.Phone) { p.Wish.Outcome = enrolment.OutcomeExpiredDocument },
			seen: []string{"claimed", "failed SCAN_DOCUMENT_EXPIRED"},
			end:  &phone.EndedError{Status: "failed", Reason: "SCAN_DOCUMENT_EXPIRED", Wished: true}},
		{name: "an expired document where it is allowed", wish: func(p *phone.Phone) { p.Specimens = map[string]string{"PASSPORT": "cleo-expired"} },
			data: with(enrolment.New(enrolment.Passport), func(c *enrolment.Config) { c.Documents[0].ExpiredAllowed = true }), has: true,
			seen: []string{"claimed", "SCAN", "INFO", "completed"}},
		{name: "a face that never matches", data: enrolment.Default().Encode(), wish: func(p *phone.Phone) { p.Wish.Outcome = enrolment.OutcomeTooManyAttempts },
			seen: []string{"claimed", "SCAN", "READ", "failed FACE_RECOGNITION_TOO_MANY_ATTEMPTS"},
			end:  &phone.EndedError{Status: "failed", Reason: "FACE_RECOGNITION_TOO_MANY_ATTEMPTS", Wished: true}},
		{name: "cancelled before a step, on the screen that leads to it", data: enrolment.Default().Encode(), wish: func(p *phone.Phone) { p.Wish = cancels("BACKGROUND_CHECK") },
			seen: []string{"claimed", "SCAN", "READ", "FACE", "cancelled USER_CANCEL"},
			end:  &phone.EndedError{Status: "cancelled", Reason: "USER_CANCEL", Wished: true}},
		{name: "what was done is handed in where that is asked for", wish: func(p *phone.Phone) { p.Wish = cancels("FACE") }, has: true,
			data: with(enrolment.Default(), func(c *enrolment.Config) { c.General.ReturnDataIncomplete = true }),
			seen: []string{"claimed", "SCAN", "READ", "cancelled USER_CANCEL"},
			end:  &phone.EndedError{Status: "cancelled", Reason: "USER_CANCEL", Wished: true}},
		{name: "nothing was done, so nothing is handed in", wish: func(p *phone.Phone) { p.Wish = cancels("SCAN") },
			data: with(enrolment.Default(), func(c *enrolment.Config) { c.General.ReturnDataIncomplete = true }),
			seen: []string{"claimed", "cancelled USER_CANCEL"},
			end:  &phone.EndedError{Status: "cancelled", Reason: "USER_CANCEL", Wished: true}},
		{name: "data of another form plays a usual enrolment", data: "your data", has: true,
			seen: []string{"claimed", "SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO", "completed"}},
		{name: "a mistake in the reader app's form is the end", data: "eyJkb2N1bWVudHMiOltdfQ==", // {"documents":[]}
			seen: []string{"claimed", "failed INVALID_CONFIG"},
			end:  &phone.EndedError{Status: "failed", Reason: "INVALID_CONFIG"}},
		{name: "steps that were named", data: "your data", wish: func(p *phone.Phone) {
			p.Steps = []string{"SCAN", "SCAN", "READ", "INFO"}
			p.Wish.Outcome = enrolment.OutcomeNFCUnavailable
		},
			seen: []string{"claimed", "SCAN", "SCAN", "READ skipped READ_NFC_UNAVAILABLE", "INFO", "completed"}},
		{name: "steps that end before INFO leave the session open", wish: func(p *phone.Phone) { p.Steps = []string{"SCAN"} },
			seen: []string{"claimed", "SCAN"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			session := s.Create(s.token, tc.data)
			p := s.phone(session)
			if tc.wish != nil {
				tc.wish(p)
			}
			var told []phone.Progress
			err := p.Run(t.Context(), func(progress phone.Progress) { told = append(told, progress) })

			ended, _ := errors.AsType[*phone.EndedError](err)
			if diff := cmp.Diff(tc.end, ended); diff != "" || (err != nil && ended == nil) {
				t.Errorf("ended with %v (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff(tc.seen, s.seen(t, session)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if has := s.result(t, session) != nil; has != tc.has {
				t.Errorf("a result is there: %v, want %v", has, tc.has)
			}
			if strings.Contains(s.Log.String(), session.Text) {
				t.Error("the ticket is in the server's log")
			}
			checkTold(t, told, tc.seen)
		})
	}
}

// checkTold compares what the caller was told with what the page saw.
func checkTold(t *testing.T, told []phone.Progress, seen []string) {
	t.Helper()
	var words []string
	for _, p := range told {
		switch p.State {
		case phone.Claimed, phone.Failed, phone.Cancelled, phone.Completed:
			words = append(words, strings.TrimSpace(string(p.State)+" "+p.Reason))
		case phone.Done:
			words = append(words, p.Step)
		case phone.Skipped:
			words = append(words, p.Step+" skipped "+p.Reason)
		}
	}
	if diff := cmp.Diff(seen, words); diff != "" {
		t.Errorf("told (-page +caller):\n%s", diff)
	}
}

func TestRunHandsInWhatItHeldBeforeTheCamera(t *testing.T) {
	s := start(t)
	session := s.Create(s.token, bothDocuments().Encode())
	p := s.phone(session)
	p.Specimens = map[string]string{"PASSPORT": "bo"}
	if err := p.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var names []any
	documents, _ := s.result(t, session)["documents"].([]any)
	for _, document := range documents {
		scan, _ := document.(map[string]any)["scan"].(map[string]any)
		front, _ := scan["front"].(map[string]any)
		names = append(names, front["fullName"])
	}
	if len(names) != 2 || !strings.Contains(strings.ToLower(names[0].(string)), "bo") || !strings.Contains(strings.ToLower(names[1].(string)), "ana") {
		t.Errorf("the result names %v, want Bo's passport and Ana's card", names)
	}
}

func TestRunAsksForTheOutcome(t *testing.T) {
	s := start(t)
	session := s.Create(s.token, enrolment.Default().Encode())
	p := s.phone(session)
	p.Wish.Outcome = enrolment.OutcomeBackgroundHit
	if err := p.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	check, _ := s.result(t, session)["backgroundCheck"].(map[string]any)
	if check["match"] != true {
		t.Errorf("the background check says %v, want a match", check["match"])
	}
}

// What cannot be had is said before anything is claimed, where the server tells the steps; else nobody is left waiting.
func TestRunRefusesAnOutcomeThatTheEnrolmentCannotHave(t *testing.T) {
	s := start(t)
	allowed := enrolment.New(enrolment.Passport)
	allowed.Documents[0].ExpiredAllowed = true
	for _, tc := range []struct {
		name string
		data string
		wish enrolment.Wish
		says string
		seen []string
	}{
		{"no background check", enrolment.New(enrolment.Passport).Encode(), enrolment.Wish{Outcome: enrolment.OutcomeBackgroundHit}, "backgroundCheck.enabled", nil},
		{"no face", enrolment.New(enrolment.Passport).Encode(), enrolment.Wish{Outcome: enrolment.OutcomeTooManyAttempts}, "facialRecognition.enabled", nil},
		{"no chip", enrolment.New(enrolment.Passport).Encode(), enrolment.Wish{Outcome: enrolment.OutcomeNFCUnavailable}, "reading.enabled", nil},
		{"no such step", enrolment.New(enrolment.Passport).Encode(), cancels("FACE"), "choose one of SCAN, INFO", nil},
		{"an expired document is fine", allowed.Encode(), enrolment.Wish{Outcome: enrolment.OutcomeExpiredDocument}, "isExpiredDocumentAllowed", []string{"claimed", "cancelled USER_CANCEL"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			session := s.Create(s.token, tc.data)
			p := s.phone(session)
			p.Wish = tc.wish
			err := p.Run(t.Context(), nil)
			if unfit, ok := errors.AsType[*phone.UnfitError](err); !ok || !strings.Contains(unfit.Error(), tc.says) {
				t.Errorf("error %v, want one that says %q", err, tc.says)
			}
			if diff := cmp.Diff(tc.seen, s.seen(t, session), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// What was chosen where the sandbox runs is taken up by the next phone that was told nothing itself.
func TestRunTakesUpWhatTheSandboxWasTold(t *testing.T) {
	s := start(t)
	run := func(data string, wish enrolment.Wish) (told []phone.State, err error) {
		p := s.phone(s.Create(s.token, data))
		p.Wish = wish
		err = p.Run(t.Context(), func(progress phone.Progress) { told = append(told, progress.State) })
		return told, err
	}
	choice := enrolment.Wish{Outcome: enrolment.OutcomeSessionExpires, At: "FACE"}
	s.provider.Choose(choice)
	if _, err := run(enrolment.Default().Encode(), enrolment.Wish{Outcome: enrolment.OutcomeSuccess}); err != nil || s.provider.Chosen() != choice {
		t.Fatalf("a phone that was told otherwise: %v; the choice is %v", err, s.provider.Chosen())
	}
	if told, err := run(enrolment.New(enrolment.Passport).Encode(), enrolment.Wish{}); err != nil || !slices.Contains(told, phone.Unfit) {
		t.Errorf("where it cannot be had: %v, told %v; want that and success", err, told)
	}
	s.provider.Choose(choice)
	told, err := run(enrolment.Default().Encode(), enrolment.Wish{})
	if ended, _ := errors.AsType[*phone.EndedError](err); ended == nil || *ended != (phone.EndedError{Status: "failed", Reason: "SESSION_EXPIRED", Wished: true}) {
		t.Errorf("it ended with %v", err)
	}
	if !slices.Contains(told, phone.Wished) {
		t.Errorf("told %v; want that it was wished", told)
	}
	if _, err := run(enrolment.Default().Encode(), enrolment.Wish{}); err != nil {
		t.Errorf("the one after that: %v", err)
	}
}

// The phone goes on by itself, and what it reports then counts once.
func TestRunLosesItsNetwork(t *testing.T) {
	t.Parallel()
	s := start(t)
	session := s.Create(s.token, enrolment.Default().Encode())
	p := s.phone(session)
	p.Wish = enrolment.Wish{Outcome: enrolment.OutcomeNetworkCut, At: "FACE"}
	var waited []string
	last := ""
	err := p.Run(t.Context(), func(progress phone.Progress) {
		if progress.State == phone.Began {
			last = progress.Step
		}
		if progress.State == phone.Waiting {
			waited = append(waited, last)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(waited) < 2 || slices.Compact(waited)[0] != "FACE" {
		t.Errorf("waited at %v, want some times at FACE", waited)
	}
	want := []string{"claimed", "SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO", "completed"}
	if diff := cmp.Diff(want, s.seen(t, session)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A session that names its steps and nothing else is played as it says.
func TestRunPlaysTheStepsOfASessionWithoutData(t *testing.T) {
	s := start(t)
	for _, tc := range []struct {
		steps string
		seen  []string
		has   bool
	}{
		{`["SCAN","FACE","INFO"]`, []string{"claimed", "SCAN", "FACE", "INFO", "completed"}, true},
		{`["SCAN","READ","SCAN","INFO"]`, []string{"claimed", "SCAN", "READ", "SCAN", "INFO", "completed"}, true},
		{`["FACE","SCAN","INFO"]`, []string{"claimed", "FACE", "SCAN", "INFO", "completed"}, false}, // no enrolment has this order
	} {
		t.Run(tc.steps, func(t *testing.T) {
			var session webtest.Session
			s.Do("POST", "/api/v1/session", `{"data":"","steps":`+tc.steps+`}`, "Authorization", "Bearer "+s.token, "Content-Type", "application/json").JSON(t, &session)
			var listed bool
			err := s.phone(session).Run(t.Context(), func(p phone.Progress) { listed = listed || p.State == phone.Listed && p.Empty })
			if err != nil || !listed {
				t.Errorf("%v; told that the steps are played: %v", err, listed)
			}
			if diff := cmp.Diff(tc.seen, s.seen(t, session)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if has := s.result(t, session) != nil; has != tc.has {
				t.Errorf("a result is there: %v, want %v", has, tc.has)
			}
		})
	}
}

// A phone that takes up what another one began reports nothing twice; what is over stays as it is.
func TestRunAgain(t *testing.T) {
	s := start(t)
	session := s.Create(s.token, enrolment.Default().Encode())
	first := s.phone(session)
	first.HTTP = &http.Client{Transport: refusesInfo{}}
	if _, ok := errors.AsType[*phone.RefusedError](first.Run(t.Context(), nil)); !ok || s.result(t, session) == nil {
		t.Fatal("the first phone was to stop between its result and INFO")
	}
	if err := s.phone(session).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	before := s.result(t, session)
	third := s.phone(session)
	third.Wish.Outcome = enrolment.OutcomeFaceMismatch
	err := third.Run(t.Context(), nil)
	if ended, ok := errors.AsType[*phone.EndedBeforeError](err); !ok || ended.Status != "completed" {
		t.Errorf("once it is over: %v, want that it has ended", err)
	}
	if diff := cmp.Diff(before, s.result(t, session)); diff != "" {
		t.Errorf("the result has changed:\n%s", diff)
	}
	want := []string{"claimed", "SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO", "completed"}
	if diff := cmp.Diff(want, s.seen(t, session)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// refusesInfo is a server that takes everything but the end.
type refusesInfo struct{}

func (refusesInfo) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if strings.Contains(string(body), `"service":"INFO"`) {
			return says(400, `{"error":"INVALID_INPUT","message":"No."}`)(r)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestRunRefuses(t *testing.T) {
	s := start(t)
	session := s.Create(s.token, "")

	t.Run("an unknown code", func(t *testing.T) {
		p := s.phone(session)
		p.Ticket = phone.NewTicket(strings.Repeat("A", handoff.TicketLength))
		if refused, ok := errors.AsType[*phone.RefusedError](p.Run(t.Context(), nil)); !ok || refused.Code != "SESSION_EXPIRED_OR_NOT_FOUND" {
			t.Errorf("refused with %v", refused)
		}
	})
	t.Run("a code that runs out in the middle", func(t *testing.T) {
		err := s.phone(session).Run(t.Context(), func(p phone.Progress) {
			if p.Step == "READ" && p.State == phone.Done {
				s.Clock.Advance(30 * time.Minute)
			}
		})
		if refused, ok := errors.AsType[*phone.RefusedError](err); !ok || refused.Code != "SESSION_EXPIRED_OR_NOT_FOUND" {
			t.Errorf("error %v, want the expiry", err)
		}
	})
}

// A relay for production has no sandbox: the phone goes through its steps and there is no result.
func TestRunWithoutSandbox(t *testing.T) {
	s := station{Server: webtest.Start(t)}
	for _, tc := range []struct{ name, body string }{
		{"nobody takes the result", `{"data":"x"}`},
		{"no token to hand it in with", `{"data":"x","token":""}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var session webtest.Session
			s.Do("POST", "/api/v1/session", tc.body, "Authorization", "Bearer "+s.Token("bank"), "Content-Type", "application/json").JSON(t, &session)
			var without bool
			err := s.phone(session).Run(t.Context(), func(p phone.Progress) { without = without || p.State == phone.NoSandbox })
			if err != nil {
				t.Fatal(err)
			}
			if !without {
				t.Error("nobody is told that there is no result")
			}
			if words := s.seen(t, session); words[len(words)-1] != "completed" {
				t.Errorf("events %v, want the end", words)
			}
		})
	}
}
