package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/internal/registration/registrationtest"
	"baton/web"
	"baton/web/webtest"
)

// One test for each attack that the table in SECURITY.md names, and what Baton does about it. Each fails when its guard is
// taken away. The base text is the IETF draft "Cross-Device Flows: Security Best Current Practice", whose remote
// on-boarding by QR code is this product.

// attacked is a session with every protection, its page, and the phone of the person who asked for it.
type attacked struct {
	t       *testing.T
	s       *webtest.Server
	session protected
	page    *webtest.Channel
}

func attack(t *testing.T, options string) attacked {
	t.Helper()
	s := webtest.Start(t)
	session := protect(t, s, options)
	page := s.Dial()
	if session.Page != "" {
		page.Say(`{"pageToken":"` + session.Page + `"}`)
	} else {
		page.Say(`{"qrCodeText":"` + session.Text + `"}`)
	}
	page.NextTold()
	return attacked{t, s, session, page}
}

// photographed is the text of the picture that stands on the page now.
func (a attacked) photographed() string {
	a.t.Helper()
	token, ok := handoff.ParsePageToken(a.session.Page)
	if !ok {
		a.t.Fatal("the session's page has no token")
	}
	picture, err := a.s.Handoff.Picture(a.t.Context(), token)
	if err != nil {
		a.t.Fatal(err)
	}
	return picture.Text
}

// hears waits for a notice or status of the page and returns it.
func (a attacked) hears(what string) webtest.Told {
	a.t.Helper()
	for {
		if got := a.page.NextTold(); got.Notice == what || got.Status == what {
			return got
		}
	}
}

// 1: the attacker's code is mailed to a victim, who scans it later.
func TestAttack1APictureThatIsSentOnIsTooOld(t *testing.T) {
	a := attack(t, `"rotate":true`)
	mailed := a.photographed()
	a.s.Clock.Advance(2 * handoff.RotationStep)
	for _, call := range []string{"open", "", "report"} {
		wantAnswer(t, "the victim's "+call, asPhone(a.s, call, `{"reason":"NOT_ME"}`, mailed, mine), 409, "CODE_STALE")
	}
	wantAnswer(t, "whoever stands before the page", asPhone(a.s, "", "", a.photographed(), mine), 200, "")
}

// 2: one code is sent to many victims.
func TestAttack2ACodeServesOnePhone(t *testing.T) {
	a := attack(t, `"claim":"once"`)
	wantAnswer(t, "the first", asPhone(a.s, "", "", a.session.Text, mine), 200, "")
	for i := range 5 {
		victim := fmt.Sprintf("%s-%d", another, i)
		got := asPhone(a.s, "", "", a.session.Text, victim)
		wantAnswer(t, victim, got, 409, "SESSION_ALREADY_CLAIMED")
		if strings.Contains(got.Body, "the token") || strings.Contains(got.Body, "the data") {
			t.Error("the refusal hands something out")
		}
	}
	wantAnswer(t, "the first, again", asPhone(a.s, "", "", a.session.Text, mine), 200, "")
	a.hears("second_claim")
}

// 3: the victim scans a fresh code on the attacker's copy of the page. Its picture is right; the number is on another
// screen.
func TestAttack3TheNumberIsOnTheRealPageOnly(t *testing.T) {
	a := attack(t, `"confirm":"number","rotate":true`)
	scanned := a.photographed()
	opened := asPhone(a.s, "open", "", scanned, mine)
	wantAnswer(t, "opening", opened, 200, "")
	number := a.hears("confirm").Number
	if strings.Contains(opened.Body, number) && len(number) == 2 && strings.Contains(opened.Body, `"`+number+`"`) {
		t.Error("the phone is told the number")
	}
	wantAnswer(t, "a claim without it", asPhone(a.s, "", "", scanned, mine), 409, "CONFIRMATION_REQUIRED")
	guess, second := "00", "02"
	if number == guess {
		guess = "01"
	} else if number == second {
		second = "03"
	}
	wantAnswer(t, "a guess", asPhone(a.s, "confirm", `{"agree":true,"number":"`+guess+`"}`, scanned, mine), 409, "CONFIRMATION_REQUIRED")
	wantAnswer(t, "a second guess", asPhone(a.s, "confirm", `{"agree":true,"number":"`+second+`"}`, scanned, mine), 409, "SESSION_ENDED")
	wantAnswer(t, "the right one, too late", asPhone(a.s, "confirm", `{"agree":true,"number":"`+number+`"}`, scanned, mine), 409, "SESSION_ENDED")
	if end := a.hears("failed"); end.Reason != "CONFIRMATION_FAILED" {
		t.Errorf("the page is told %v", end)
	}
}

// 4: the victim cannot see who started it.
func TestAttack4ThePhoneSaysWhoAsksAndCanObject(t *testing.T) {
	a := attack(t, `"confirm":"prompt","requester":{"name":"Example Bank","userAgent":"`+firefoxOnWindows+`"}`)
	got := open4(t, a, mine)
	if got.Requester.Name != "Example Bank" || got.Requester.Browser != "Firefox" || got.Requester.System != "Windows" || got.Confirm != "prompt" {
		t.Errorf("the phone is told %+v", got)
	}
	wantAnswer(t, "a claim without asking the person", asPhone(a.s, "", "", a.session.Text, mine), 409, "CONFIRMATION_REQUIRED")
	wantAnswer(t, "it was not me", asPhone(a.s, "report", `{"reason":"NOT_ME"}`, a.session.Text, mine), 204, "")
	a.hears("not_me")
	if end := a.hears("cancelled"); end.Reason != "NOT_ME" {
		t.Errorf("the page is told %v", end)
	}
	wantAnswer(t, "agreeing after all", asPhone(a.s, "confirm", `{"agree":true}`, a.session.Text, mine), 409, "SESSION_ENDED")
}

func open4(t *testing.T, a attacked, device string) opened {
	t.Helper()
	answer := asPhone(a.s, "open", "", a.session.Text, device)
	wantAnswer(t, "open", answer, 200, "")
	var got opened
	answer.JSON(t, &got)
	return got
}

// 6: sessions are begun in bulk.
func TestAttack6CreationsNeedABearerAndAreLimited(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(deps *web.Deps) {
		deps.Limits.Create.Tenant = web.Rate{PerSecond: 0.001, Burst: 3}
	}))
	create := func(headers ...string) webtest.Answer {
		return s.Do("POST", "/api/v1/session", `{"data":""}`, append(headers, "Content-Type", jsonType)...)
	}
	wantAnswer(t, "without a bearer", create(), 401, "UNAUTHORIZED")
	bulk, other := "Bearer "+s.Token("bulk"), "Bearer "+s.Token("other")
	for range 3 {
		wantAnswer(t, "within the limit", create("Authorization", bulk), 200, "")
	}
	over := create("Authorization", bulk)
	wantAnswer(t, "over the limit", over, 429, "TOO_MANY_REQUESTS")
	if over.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
	wantAnswer(t, "another tenant", create("Authorization", other), 200, "")
}

// 7: a bystander photographs the code.
func TestAttack7APhotoNeitherWatchesNorDeletes(t *testing.T) {
	a := attack(t, `"separatePage":true,"claim":"once"`)
	photo := a.photographed()
	wantAnswer(t, "the person's own claim", asPhone(a.s, "", "", photo, mine), 200, "")
	wantAnswer(t, "claiming", asPhone(a.s, "", "", photo, another), 409, "SESSION_ALREADY_CLAIMED")
	wantAnswer(t, "watching", a.s.Do("GET", "/api/v1/session/events", "", "Authorization", photo), 403, "FORBIDDEN")
	wantClosed(t, a.s.Watch(webtest.Session{Text: photo}), 4503, "FORBIDDEN")
	wantAnswer(t, "deleting", a.s.Do("DELETE", "/api/v1/session/"+photo, ""), 403, "FORBIDDEN")
	wantAnswer(t, "reporting a step", asPhone(a.s, "events", `{"service":"INFO"}`, photo, another), 409, "SESSION_ALREADY_CLAIMED")
}

// 8: the attacker's page receives what the victim's phone produced. What the page receives is progress: neither result
// nor token nor data ever go there.
func TestAttack8TheChannelCarriesNoResult(t *testing.T) {
	a := attack(t, `"claim":"once"`)
	wantAnswer(t, "the claim", asPhone(a.s, "", "", a.session.Text, mine), 200, "")
	wantAnswer(t, "the end", asPhone(a.s, "events", `{"service":"INFO"}`, a.session.Text, mine), 200, "")
	polled := a.s.Do("GET", "/api/v1/session/events", "", "Authorization", a.session.Text)
	for _, secret := range []string{"the token", "the data", a.session.Text, mine} {
		if strings.Contains(polled.Body, secret) {
			t.Errorf("the page is told %q", secret)
		}
	}
	known := map[string]bool{"type": true, "sessionId": true, "seq": true, "service": true, "status": true, "at": true, "reason": true, "notice": true}
	var answer struct{ Events []map[string]any }
	polled.JSON(t, &answer)
	for _, frame := range answer.Events {
		for key := range frame {
			if !known[key] {
				t.Errorf("a frame holds %q", key)
			}
		}
	}
	if len(answer.Events) != 3 {
		t.Errorf("the page is told %v", answer.Events)
	}
}

// 9: another site's page opens the channel with a secret that it got hold of.
func TestAttack9AnotherSiteOpensNoChannel(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Origins = []string{"https://shop.example"} }))
	open, listed := protect(t, s, `"claim":"open"`), protect(t, s, `"origins":["https://bank.example"]`)
	for _, try := range []struct {
		origin  string
		session protected
		allowed bool
	}{
		{"https://shop.example", open, true}, {"https://evil.example", open, false}, {"http://shop.example", open, false},
		{"https://shop.example.evil.example", open, false}, {"https://bank.example", open, false},
		{"https://bank.example", listed, true}, {"https://shop.example", listed, false},
	} {
		channel := s.Dial("Origin", try.origin)
		channel.Say(`{"qrCodeText":"` + try.session.Text + `"}`)
		answer := s.Do("GET", "/api/v1/session/events", "", "Authorization", try.session.Text, "Origin", try.origin)
		if try.allowed {
			if got := channel.NextTold(); got.Type != "snapshot" {
				t.Errorf("%s is told %v", try.origin, got)
			}
			wantAnswer(t, try.origin, answer, 200, "")
			continue
		}
		wantClosed(t, channel, 4503, "FORBIDDEN")
		wantAnswer(t, try.origin, answer, 403, "FORBIDDEN")
		if answer.Header.Get("Access-Control-Allow-Origin") == try.origin && strings.Contains(answer.Body, "snapshot") {
			t.Errorf("%s reads the session", try.origin)
		}
	}
	if _, refused, err := s.TryDial("Origin", "null"); err == nil || refused.Status != 403 {
		t.Errorf("a sandboxed frame: %d, %v", refused.Status, err)
	}
}

// 10: channels are piled up.
func TestAttack10ChannelsAreBounded(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Channels.PerSession = 2 }))
	session := protect(t, s, `"claim":"open"`)
	for range 2 {
		s.WatchAfter(session.Session, 0).NextTold()
	}
	wantClosed(t, s.WatchAfter(session.Session, 0), 4029, "TOO_MANY_REQUESTS")
	wantAnswer(t, "a poll beside them", s.Do("GET", "/api/v1/session/events", "", "Authorization", session.Text), 429, "TOO_MANY_REQUESTS")
	silent := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Channels.FirstFrame = 100 * time.Millisecond }))
	wantClosed(t, silent.Dial(), 4408, "NO_FIRST_FRAME")
}

// 11: codes are guessed.
func TestAttack11GuessesAreFew(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Limits.Guesses = web.Rate{PerSecond: 0.001, Burst: 5} }))
	session := protect(t, s, `"claim":"open"`)
	for range 5 {
		wantAnswer(t, "a guess", asPhone(s, "", "", handoff.NewTicket().Reveal(), mine), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
	}
	wantAnswer(t, "one guess more", asPhone(s, "", "", handoff.NewTicket().Reveal(), mine), 429, "TOO_MANY_REQUESTS")
	wantAnswer(t, "a neighbour's right one", asPhone(s, "", "", session.Text, mine), 200, "")
}

// 10 and 11, of strangers who have the code's text: they use up their own calls and not the right phone's.
func TestAttack10StrangersDoNotUseUpTheRightPhonesCalls(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Limits.Phone.Session = web.Rate{PerSecond: 0.001, Burst: 5} }))
	session := protect(t, s, `"claim":"once"`)
	wantAnswer(t, "the right phone", asPhone(s, "", "", session.Text, mine), 200, "")
	for range 5 {
		wantAnswer(t, "a stranger", asPhone(s, "", "", session.Text, another), 409, "SESSION_ALREADY_CLAIMED")
	}
	wantAnswer(t, "the stranger again", asPhone(s, "", "", session.Text, another), 429, "TOO_MANY_REQUESTS")
	wantAnswer(t, "the right phone again", asPhone(s, "", "", session.Text, mine), 200, "")
}

// 12: the store or a log is stolen: TestNoSecretIsLeftBehind, TestNoSecretStandsInTheLog, TestNoAnswerLeaks.

// 13: progress is forged or replayed.
func TestAttack13ProgressIsNotForged(t *testing.T) {
	a := attack(t, `"claim":"once"`)
	wantAnswer(t, "progress before a claim", asPhone(a.s, "events", `{"service":"INFO"}`, a.session.Text, mine), 409, "NOT_CLAIMED")
	wantAnswer(t, "the claim", asPhone(a.s, "", "", a.session.Text, mine), 200, "")
	wantAnswer(t, "another's progress", asPhone(a.s, "events", `{"service":"INFO"}`, a.session.Text, another), 409, "SESSION_ALREADY_CLAIMED")
	wantAnswer(t, "another tenant's", a.s.Do("POST", "/api/v1/session/"+a.session.ID+"/events", `{"service":"INFO"}`,
		"Authorization", "Bearer "+a.s.Token("other"), "Content-Type", jsonType), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
	wantAnswer(t, "a status that is the server's to give", asPhone(a.s, "events", `{"status":"completed"}`, a.session.Text, mine), 400, "INVALID_INPUT")
	replayed := `{"service":"SCAN","key":"one"}`
	first := asPhone(a.s, "events", replayed, a.session.Text, mine)
	wantAnswer(t, "a step", first, 200, "")
	if again := asPhone(a.s, "events", replayed, a.session.Text, mine); again.Body != first.Body {
		t.Errorf("replayed it is %s, first %s", again.Body, first.Body)
	}
	// A phone that guesses a backend's key does not swallow its event.
	wantAnswer(t, "a key of the backend's, used first", asPhone(a.s, "events", `{"service":"SCAN","key":"stop"}`, a.session.Text, mine), 200, "")
	stop := a.s.Do("POST", "/api/v1/session/"+a.session.ID+"/events", `{"status":"failed","reason":"FRAUD","key":"stop"}`,
		"Authorization", "Bearer "+a.s.Token("bank"), "Content-Type", jsonType)
	wantAnswer(t, "the backend's", stop, 200, "")
	a.hears("failed")
	wantAnswer(t, "after the end", asPhone(a.s, "events", `{"service":"SCAN"}`, a.session.Text, mine), 409, "SESSION_ENDED")
}

// 14: a result is forged: the follow-up's checks are tested in internal/infoapi (TestVerify…) and internal/registration.

// 17: an attack goes on at scale. Each trace of it reaches the backend's status and the page.
func TestAttack17TheTracesAreThere(t *testing.T) {
	a := attack(t, `"confirm":"number"`)
	open4(t, a, mine)
	asPhone(a.s, "open", "", a.session.Text, another)
	number := a.hears("confirm").Number
	wrong := "00"
	if number == wrong {
		wrong = "01"
	}
	asPhone(a.s, "confirm", `{"agree":true,"number":"`+wrong+`"}`, a.session.Text, mine)
	asPhone(a.s, "report", `{"reason":"NOT_ME"}`, a.session.Text, mine)
	for _, notice := range []string{"second_claim", "confirm_failed", "not_me"} {
		a.hears(notice)
	}
	status := a.s.Do("GET", "/api/v1/session/"+a.session.ID+"/status", "", "Authorization", "Bearer "+a.s.Token("bank"))
	var got struct {
		Status, Reason string
		Notices        []string
	}
	status.JSON(t, &got)
	if got.Status != "cancelled" || got.Reason != "NOT_ME" {
		t.Errorf("the backend is told %+v", got)
	}
	for _, notice := range []string{"second_claim", "confirm_failed", "not_me"} {
		if !strings.Contains(strings.Join(got.Notices, " "), notice) {
			t.Errorf("the backend is not told of %s: %s", notice, status.Body)
		}
	}
}

// 18: bots that preview a link use it up.
func TestAttack18ALinkThatIsLookedAtIsNotUsedUp(t *testing.T) {
	a := attack(t, `"claim":"once"`)
	for _, method := range []string{"GET", "HEAD"} {
		if got := a.s.Do(method, "/go", "", "Accept", "text/html"); got.Status >= 500 {
			t.Errorf("%s of the landing page: %d", method, got.Status)
		}
	}
	for _, path := range []string{"/api/v1/session", "/api/v1/session/" + a.session.Text} {
		if got := a.s.Do("HEAD", path, "", "Authorization", a.session.Text); got.Status != http.StatusMethodNotAllowed {
			t.Errorf("HEAD %s: %d", strings.TrimSuffix(path, a.session.Text), got.Status)
		}
	}
	found, err := a.s.Handoff.ByID(t.Context(), handoff.SessionID(a.session.ID))
	if err != nil || found.Status != handoff.StatusCreated || !found.Device.IsZero() {
		t.Errorf("it is %s, %v", found.Status, err)
	}
}

// 19: the secret stays in a history or goes out in a Referer.
func TestAttack19TheSecretStaysInTheFragment(t *testing.T) {
	a := attack(t, `"claim":"once"`)
	before, after, _ := strings.Cut(a.session.Link, "#")
	if after != a.session.Text || strings.Contains(before, a.session.Text) {
		t.Error("the link holds its secret before the fragment")
	}
	for _, answer := range []webtest.Answer{
		a.s.Do("GET", "/api/v1/session", "", "Authorization", a.session.Text, "Baton-Device", mine),
		a.s.Do("GET", "/api/v1/session/events", "", "Authorization", a.session.Text),
		a.s.Do("GET", "/api/v1/session/qr.svg", "", "Authorization", a.session.Text),
		a.s.Do("GET", "/nowhere", "", "Accept", "text/html"),
	} {
		if answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("an answer's Referrer-Policy is %q", answer.Header.Get("Referrer-Policy"))
		}
		if answer.Status == 200 && answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("an answer may be kept: %q", answer.Header.Get("Cache-Control"))
		}
	}
}

// 20: a page is framed, or a script slipped into it.
func TestAttack20PagesAreNotFramedAndRunNoForeignScript(t *testing.T) {
	bank := openBank(t, &registrationtest.Provider{OnResult: verified})
	for _, path := range []string{"/", "/register", "/nowhere"} {
		answer := bank.Do("GET", path, "", "Accept", "text/html")
		policy := answer.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: its policy lacks %s: %s", path, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || answer.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %s, X-Frame-Options %q", path, policy, answer.Header.Get("X-Frame-Options"))
		}
		for _, inline := range []string{"<script>", " style=", "onclick=", "javascript:"} {
			if strings.Contains(answer.Body, inline) {
				t.Errorf("%s holds %s", path, inline)
			}
		}
	}
}
