package web_test

import (
	"crypto"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"baton/internal/auth"
	"baton/internal/enrolment"
	"baton/internal/sandbox"
	"baton/web"
	"baton/web/webtest"
)

// withSandbox gives the server a provider's stand-in, whose access tokens open sessions.
func withSandbox(t *testing.T) webtest.Option {
	t.Helper()
	return func(s *webtest.Server, deps *web.Deps) {
		provider, err := sandbox.New(t.Context(), sandbox.Config{Store: s.Store, Now: s.Clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := auth.New(auth.Config{
			Issuer: sandbox.Issuer, Clients: []string{sandbox.DefaultClientID}, Keys: map[string]crypto.PublicKey(provider.Keys()), Now: s.Clock.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		deps.Sandbox, deps.Auth = provider.Handler(), verifier
	}
}

// sandboxToken gets an access token as a customer's backend does.
func sandboxToken(t *testing.T, s *webtest.Server) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {sandbox.DefaultClientID}, "client_secret": {sandbox.DefaultClientSecret}}
	answer := s.Do("POST", "/sandbox/api/oauth/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	var token struct {
		AccessToken string `json:"access_token"`
	}
	answer.JSON(t, &token)
	return token.AccessToken
}

const htmlAnswer = "text/html; charset=utf-8"

func TestPhonePage(t *testing.T) {
	s := webtest.Start(t, withSandbox(t))
	for _, sc := range []webtest.Scenario{
		{Name: "the link's page plays a phone", Method: "GET", Path: "/go", Status: http.StatusOK,
			WantHeaders: map[string]string{"Cache-Control": "no-store", "Content-Type": htmlAnswer, "Set-Cookie": ""},
			Contains:    []string{`data-testid="phone-start"`, `data-testid="phone-not-me"`, `/static/phone.`, `href="/static/phone_landing.`, `data-screens="/go/screens"`}},
		{Name: "a query is the script's", Method: "GET", Path: "/go?fast", Status: http.StatusOK},
		{Name: "a link preview may ask for the headers", Method: "HEAD", Path: "/go", Status: http.StatusOK},
		{Name: "nothing is sent to the page", Method: "POST", Path: "/go", Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED"},
		{Name: "the screens are not for reading", Method: "GET", Path: "/go/screens", Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED"},
		{Name: "screens without data are the usual ones", Method: "POST", Path: "/go/screens", Body: `{}`,
			Headers: []string{"Content-Type", "application/json"}, Status: http.StatusOK, Contains: []string{"data-generic"}},
		{Name: "or those of the steps that the session names", Method: "POST", Path: "/go/screens", Body: `{"data":"","steps":["SCAN","FACE","INFO"]}`,
			Headers: []string{"Content-Type", "application/json"}, Status: http.StatusOK,
			Contains: []string{`data-steps="SCAN FACE INFO"`, "Only the steps were announced"}, Lacks: []string{`data-kind="read"`, `data-kind="background"`}},
		{Name: "steps in an order that no enrolment has are not played", Method: "POST", Path: "/go/screens", Body: `{"data":"x","steps":["FACE","SCAN"]}`,
			Headers: []string{"Content-Type", "application/json"}, Status: http.StatusOK, Contains: []string{"not in the reader app", "a usual verification"}},
		{Name: "data must be a string", Method: "POST", Path: "/go/screens", Body: `{"data":7}`,
			Headers: []string{"Content-Type", "application/json"}, Status: http.StatusBadRequest, Code: "INVALID_INPUT"},
		{Name: "data has the session's limit", Method: "POST", Path: "/go/screens", Body: `{"data":"` + strings.Repeat("a", 16385) + `"}`,
			Headers: []string{"Content-Type", "application/json"}, Status: http.StatusRequestEntityTooLarge, Code: "PAYLOAD_TOO_LARGE"},
		{Name: "a form is not taken", Method: "POST", Path: "/go/screens", Body: `data=x`,
			Headers: []string{"Content-Type", "application/x-www-form-urlencoded"}, Status: http.StatusUnsupportedMediaType, Code: "INVALID_INPUT"},
	} {
		sc.Run(t, s)
	}
	policy := s.Do("GET", "/go", "").Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %q", policy, part)
		}
	}
}

// Link previews and curious people fetch the page; only "Start" claims.
func TestPhonePageClaimsNothing(t *testing.T) {
	s := webtest.Start(t, withSandbox(t))
	session := s.Create(sandboxToken(t, s), "")
	for _, method := range []string{"GET", "HEAD"} {
		s.Do(method, strings.TrimPrefix(strings.SplitN(session.Link, "#", 2)[0], s.URL), "")
	}
	answer := s.Do("POST", "/api/v1/session/events", `{"service":"SCAN"}`, "Authorization", session.Text, "Content-Type", "application/json")
	if answer.Status != http.StatusConflict || !strings.Contains(answer.Body, "NOT_CLAIMED") {
		t.Errorf("after the page was fetched an event is answered %d %s, want 409 NOT_CLAIMED", answer.Status, answer.Body)
	}
}

func TestPhonePageWithoutSandboxNamesTheApp(t *testing.T) {
	s := webtest.Start(t)
	webtest.Scenario{Name: "no phone is played", Method: "GET", Path: "/go", Status: http.StatusOK,
		Contains: []string{`data-testid="phone-open-app"`}, Lacks: []string{"phone-start", "<script"}}.Run(t, s)
	webtest.Scenario{Name: "no screens are drawn", Method: "POST", Path: "/go/screens", Body: `{"data":""}`,
		Headers: []string{"Content-Type", "application/json"}, Status: http.StatusNotFound, Code: "NOT_FOUND"}.Run(t, s)
}

// phoneScreens are the screens that data leads to, one line each.
func phoneScreens(t *testing.T, s *webtest.Server, data string) (plan *goquery.Selection, lines []string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"data": data})
	if err != nil {
		t.Fatal(err)
	}
	answer := s.Do("POST", "/go/screens", string(body), "Content-Type", "application/json")
	if answer.Status != http.StatusOK || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("screens: %d %q %s", answer.Status, answer.Header.Get("Cache-Control"), answer.Body)
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(answer.Body))
	if err != nil {
		t.Fatal(err)
	}
	plan = document.Find("[data-plan]")
	plan.Children().Each(func(_ int, screen *goquery.Selection) {
		progress := strings.Join(strings.Fields(strings.TrimPrefix(strings.TrimSpace(screen.Find(`[data-testid="phone-progress"]`).Text()), "Step ")), " ")
		line := screen.AttrOr("data-kind", "") + " " + screen.AttrOr("data-step", "-") + " " + progress
		if _, silent := screen.Attr("data-silent"); silent {
			line += " silent"
		}
		if _, handsIn := screen.Attr("data-hands-in"); handsIn {
			line += " hands in"
		}
		lines = append(lines, line)
	})
	return plan, lines
}

func TestPhoneScreensFollowData(t *testing.T) {
	s := webtest.Start(t, withSandbox(t))

	t.Run("the demo's enrolment", func(t *testing.T) {
		data := enrolment.Default().Encode()
		plan, lines := phoneScreens(t, s, data)
		want := []string{
			"help  1 of 4", "scan SCAN 1 of 4", "read READ 2 of 4", "face FACE 3 of 4",
			"consent  4 of 4", "background BACKGROUND_CHECK 4 of 4", "finish INFO Last step",
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("screens (-want +got):\n%s", diff)
		}
		if got := plan.AttrOr("data-enrolment", ""); got != data {
			t.Errorf("the result is made from %q, want the session's own data", got)
		}
	})

	t.Run("two documents, reviews, nothing asked and an incomplete result", func(t *testing.T) {
		c := enrolment.New(enrolment.Passport, enrolment.UAEID)
		c.Documents[0].HelpDisabled, c.Documents[1].HelpDisabled = true, true
		c.Documents[1].ReviewFront, c.Documents[1].ReviewBack = true, true
		c.BackgroundCheck.Enabled, c.BackgroundCheck.DisableConsent, c.BackgroundCheck.SkipView = true, true, true
		c.General.ReturnDataIncomplete = true
		plan, lines := phoneScreens(t, s, c.Encode())
		want := []string{
			"scan SCAN 1 of 2", "scan  2 of 2 hands in", "review  2 of 2 hands in", "scan  2 of 2 hands in", "review SCAN 2 of 2 hands in",
			"background BACKGROUND_CHECK Last step silent hands in", "finish INFO Last step hands in",
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("screens (-want +got):\n%s", diff)
		}
		if back := plan.Find(`[data-index="4"]`).AttrOr("data-again", ""); back != "3" {
			t.Errorf("the second review goes back to screen %q, want 3", back)
		}
		if plan.Find(`[data-index="1"] input`).Length() == 0 || plan.Find(`[data-index="3"] input`).Length() != 0 {
			t.Error("a specimen is to be chosen with its first side, and only there")
		}
	})

	t.Run("data of another form plays a usual enrolment", func(t *testing.T) {
		plan, lines := phoneScreens(t, s, "your data")
		if _, generic := plan.Attr("data-generic"); !generic || len(lines) == 0 {
			t.Errorf("generic is %v with %d screens", generic, len(lines))
		}
		if got := plan.AttrOr("data-enrolment", ""); got != enrolment.Default().Encode() {
			t.Errorf("the result is made from %q, want the default enrolment", got)
		}
		if plan.Find(`[data-testid="phone-generic"]`).Length() != 1 {
			t.Error("the page does not say that it plays something else")
		}
	})

	t.Run("a mistake in the reader app's form is named", func(t *testing.T) {
		plan, lines := phoneScreens(t, s, "eyJkb2N1bWVudHMiOltdfQ==") // {"documents":[]}
		if got := plan.AttrOr("data-problem", ""); !strings.Contains(got, "documents") || len(lines) != 0 {
			t.Errorf("the problem is %q with %d screens", got, len(lines))
		}
	})
}

// The browser decides nothing: what follows from an expired document, a missing reader and a poor match is in the page.
func TestPhoneScreensCarryTheRules(t *testing.T) {
	s := webtest.Start(t, withSandbox(t))
	c := enrolment.New(enrolment.Passport)
	c.Documents[0].Reading = enrolment.Reading{Enabled: true, Force: true, TimeoutSeconds: 20}
	c.FacialRecognition.Enabled, c.FacialRecognition.MaxAttempts = true, 2
	rules := func() map[string]string {
		plan, _ := phoneScreens(t, s, c.Encode())
		return map[string]string{
			"valid":      plan.Find(`[data-specimen="ana"]`).AttrOr("data-decision", ""),
			"expired":    plan.Find(`[data-specimen="cleo-expired"]`).AttrOr("data-decision", ""),
			"no chip":    plan.Find(`[data-kind="read"]`).AttrOr("data-no-chip", ""),
			"skip after": plan.Find(`[data-kind="read"]`).AttrOr("data-skip-after", ""),
			"scanned":    plan.Find(`[data-kind="face"]`).AttrOr("data-scanned", ""),
			"chip read":  plan.Find(`[data-kind="face"]`).AttrOr("data-chip-read", ""),
		}
	}
	const again, over, ok = `"retry FACE_NO_MATCH"`, `"fail FACE_RECOGNITION_TOO_MANY_ATTEMPTS"`, `"continue"`
	row := func(poor string, below int) string {
		return "[" + strings.Repeat(poor+",", below) + strings.TrimSuffix(strings.Repeat(ok+",", 6-below), ",") + "]"
	}
	want := map[string]string{
		"valid": "continue", "expired": "fail SCAN_DOCUMENT_EXPIRED", "no chip": "fail READ_NFC_UNAVAILABLE", "skip after": "20000",
		"scanned": "[" + row(again, 2) + "," + row(over, 2) + "]", "chip read": "[" + row(again, 3) + "," + row(over, 3) + "]",
	}
	if diff := cmp.Diff(want, rules()); diff != "" {
		t.Errorf("strict rules (-want +got):\n%s", diff)
	}

	c.Documents[0].ExpiredAllowed = true
	c.Documents[0].Reading = enrolment.Reading{Enabled: true, TimeoutSeconds: enrolment.NoTimeout}
	c.Documents[0].ScanMatchLevel, c.Documents[0].ReadMatchLevel, c.FacialRecognition.MaxAttempts = 1, 5, 1
	want = map[string]string{
		"valid": "continue", "expired": "continue", "no chip": "skip READ_NFC_UNAVAILABLE", "skip after": "",
		"scanned": "[" + row(over, 1) + "]", "chip read": "[" + row(over, 5) + "]",
	}
	if diff := cmp.Diff(want, rules()); diff != "" {
		t.Errorf("lenient rules (-want +got):\n%s", diff)
	}
}
