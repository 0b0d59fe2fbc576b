package web_test

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/web"
	"baton/web/webtest"
)

const (
	mine    = "my-phone-0123456789-ABCDEFGH"
	another = "another-phone-0123456789-ABC"
)

// protected is what a creation with protections answers.
type protected struct {
	webtest.Session
	Page string `json:"pageToken"`
}

func (p protected) asPage() webtest.Session { return webtest.Session{ID: p.ID, Text: p.Page} }

func protect(t *testing.T, s *webtest.Server, options string) protected {
	t.Helper()
	answer := s.Do("POST", "/api/v1/session", `{"data":"the data","token":"the token",`+options+`}`, "Authorization", "Bearer "+s.Token("bank"), "Content-Type", jsonType)
	if answer.Status != 200 {
		t.Fatalf("create with %s: %d %s", options, answer.Status, answer.Body)
	}
	var got protected
	answer.JSON(t, &got)
	return got
}

// asPhone makes a call as a phone; body "" is a GET of the claim.
func asPhone(s *webtest.Server, path, body, text, device string) webtest.Answer {
	headers := []string{"Authorization", text}
	if device != "" {
		headers = append(headers, "Baton-Device", device)
	}
	if path == "" {
		return s.Do("GET", "/api/v1/session", "", headers...)
	}
	return s.Do("POST", "/api/v1/session/"+path, body, append(headers, "Content-Type", jsonType)...)
}

func wantAnswer(t *testing.T, what string, got webtest.Answer, status int, code string) {
	t.Helper()
	var body struct{ Error string }
	_ = json.Unmarshal([]byte(got.Body), &body)
	if got.Status != status || body.Error != code {
		t.Errorf("%s: %d %s, want %d %s", what, got.Status, got.Body, status, code)
	}
}

func TestOnePhoneOverTheAPI(t *testing.T) {
	s := webtest.Start(t)
	session := protect(t, s, `"claim":"once"`)
	if session.Page != "" {
		t.Error("it gives a page token that nobody asked for")
	}
	page := s.WatchAfter(session.Session, 0)
	page.NextTold()
	wantAnswer(t, "a device that is none", asPhone(s, "", "", session.Text, "short"), 400, "INVALID_INPUT")
	for range 2 {
		wantAnswer(t, "my claim", asPhone(s, "", "", session.Text, mine), 200, "")
	}
	wantAnswer(t, "another's claim", asPhone(s, "", "", session.Text, another), 409, "SESSION_ALREADY_CLAIMED")
	wantAnswer(t, "a claim by path without a device", s.Do("GET", "/api/v1/session/"+session.Text, ""), 409, "SESSION_ALREADY_CLAIMED")
	wantAnswer(t, "another's event", asPhone(s, "events", `{"service":"SCAN"}`, session.Text, another), 409, "SESSION_ALREADY_CLAIMED")
	wantAnswer(t, "my event", asPhone(s, "events", `{"service":"SCAN"}`, session.Text, mine), 200, "")
	for _, want := range []string{"status 1 claimed", "notice 2 second_claim", "event 3 SCAN"} {
		if got := page.NextTold(); got.String() != want {
			t.Errorf("the page hears %q, want %q", got, want)
		}
	}
}

func TestSeparatePageOverTheAPI(t *testing.T) {
	s := webtest.Start(t)
	session := protect(t, s, `"separatePage":true`)
	if session.Page == "" || session.Page == session.Text {
		t.Fatal("it gives no page token of its own")
	}

	wantClosed(t, s.Watch(session.Session), 4503, "FORBIDDEN")
	wantClosed(t, s.WatchAfter(session.Session, 0), 4503, "FORBIDDEN")
	for what, call := range map[string]webtest.Answer{
		"polling by the ticket":  s.Do("GET", "/api/v1/session/events", "", "Authorization", session.Text),
		"drawing by the ticket":  s.Do("GET", "/api/v1/session/qr.svg", "", "Authorization", session.Text),
		"deleting by the ticket": s.Do("DELETE", "/api/v1/session", "", "Authorization", session.Text),
		"copying by the ticket":  s.Do("POST", "/api/v1/session/link", "", "Authorization", session.Text),
		"deleting by the path":   s.Do("DELETE", "/api/v1/session/"+session.Text, ""),
	} {
		wantAnswer(t, what, call, 403, "FORBIDDEN")
	}
	wantAnswer(t, "claiming by the page token", asPhone(s, "", "", session.Page, mine), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
	wantClosed(t, s.Watch(session.asPage()), 4504, "SESSION_EXPIRED_OR_NOT_FOUND") // the first layer knows tickets only

	page := s.Dial()
	page.Say(`{"pageToken":"` + session.Page + `"}`)
	if got := page.NextTold(); got.String() != "snapshot 0 created" {
		t.Errorf("the page is told %q", got)
	}
	stream := s.Stream(session.asPage(), "")
	if got, _, _ := stream.Next(); got.String() != "snapshot 0 created" {
		t.Errorf("the stream begins with %q", got)
	}
	if got := s.Poll(session.asPage(), 0, 0); got.Status != "created" {
		t.Errorf("a poll says %+v", got)
	}
	var link struct{ Link string }
	s.Do("POST", "/api/v1/session/link", "", "Authorization", session.Page).JSON(t, &link)
	if link.Link != session.Link {
		t.Error("the copied link is another one than the creation's")
	}
	if got := s.Do("DELETE", "/api/v1/session", "", "Authorization", session.Page); got.Status != 204 {
		t.Errorf("deleting by the page token: %d %s", got.Status, got.Body)
	}
	if got := page.NextTold(); got.Status != "deleted" {
		t.Errorf("the page is told %v", got)
	}
}

// picture is what the SVG of a code shows, read back from its modules by the text that the server says it is of.
func TestPictureOverTheAPI(t *testing.T) {
	s := webtest.Start(t)
	session := protect(t, s, `"separatePage":true`)
	plain := s.Do("GET", "/api/v1/session/qr.svg", "", "Authorization", session.Page)
	linked := s.Do("GET", "/api/v1/session/qr.svg?link=true", "", "Authorization", session.Page)
	for what, got := range map[string]webtest.Answer{"the text": plain, "the link": linked} {
		var drawn struct {
			ViewBox string `xml:"viewBox,attr"`
			Paths   []struct {
				D string `xml:"d,attr"`
			} `xml:"path"`
		}
		if err := xml.Unmarshal([]byte(got.Body), &drawn); err != nil || len(drawn.Paths) != 1 || !strings.HasPrefix(drawn.ViewBox, "0 0 ") {
			t.Errorf("%s: %v in %.100s", what, err, got.Body)
		}
		if got.Header.Get("Content-Type") != "image/svg+xml" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s comes as %s, %s", what, got.Header.Get("Content-Type"), got.Header.Get("Cache-Control"))
		}
	}
	if plain.Body == linked.Body {
		t.Error("text and link are the same picture")
	}
	old := s.Do("GET", "/api/v1/session/qr.svg", "", "Authorization", s.Create(s.Token("bank"), "x").Text)
	if old.Status != 200 {
		t.Errorf("a ticket whose page is not separated draws %d %s", old.Status, old.Body)
	}
	wantAnswer(t, "link=7", s.Do("GET", "/api/v1/session/qr.svg?link=7", "", "Authorization", session.Page), 400, "INVALID_INPUT")
	wantAnswer(t, "an unknown page", s.Do("GET", "/api/v1/session/qr.svg", "", "Authorization", handoff.NewPageToken().Reveal()), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
}

func TestNumberOverTheAPI(t *testing.T) {
	s := webtest.Start(t)
	session := protect(t, s, `"confirm":"number"`)
	page := s.Dial()
	page.Say(`{"pageToken":"` + session.Page + `"}`)
	page.NextTold()
	wantAnswer(t, "a claim before all", asPhone(s, "", "", session.Text, mine), 409, "CONFIRMATION_REQUIRED")
	wantAnswer(t, "a confirmation before opening", asPhone(s, "confirm", `{"agree":true,"number":"11"}`, session.Text, mine), 409, "CONFIRMATION_REQUIRED")
	opened := asPhone(s, "open", "", session.Text, mine)
	if opened.Status != 200 || !strings.Contains(opened.Body, `"confirm":"number"`) {
		t.Errorf("open: %d %s", opened.Status, opened.Body)
	}
	page.NextTold()
	confirm := page.NextTold()
	if confirm.Notice != "confirm" || len(confirm.Number) != 2 {
		t.Fatalf("the page is told %+v", confirm)
	}
	if strings.Contains(opened.Body, `"`+confirm.Number+`"`) {
		t.Error("the phone is told the number that it must be told by the person")
	}
	wrong := "00"
	if confirm.Number == wrong {
		wrong = "01"
	}
	for _, body := range []string{`{}`, `{"agree":"yes"}`, `{"agree":true,"number":11}`} {
		wantAnswer(t, body, asPhone(s, "confirm", body, session.Text, mine), 400, "INVALID_INPUT")
	}
	wantAnswer(t, "another phone", asPhone(s, "confirm", `{"agree":true,"number":"`+confirm.Number+`"}`, session.Text, another), 409, "SESSION_ALREADY_CLAIMED")
	wantAnswer(t, "a wrong number", asPhone(s, "confirm", `{"agree":true,"number":"`+wrong+`"}`, session.Text, mine), 409, "CONFIRMATION_REQUIRED")
	wantAnswer(t, "the wrong number again, its answer lost", asPhone(s, "confirm", `{"agree":true,"number":"`+wrong+`"}`, session.Text, mine), 409, "CONFIRMATION_REQUIRED")
	wantAnswer(t, "the right one", asPhone(s, "confirm", `{"agree":true,"number":"`+confirm.Number+`"}`, session.Text, mine), 204, "")
	wantAnswer(t, "the claim", asPhone(s, "", "", session.Text, mine), 200, "")
	for _, want := range []string{"notice 3 second_claim", "notice 4 confirm_failed", "status 5 claimed"} {
		if got := page.NextTold(); got.String() != want {
			t.Errorf("the page hears %q, want %q", got, want)
		}
	}
}

func TestRotationOverTheAPI(t *testing.T) {
	s := webtest.Start(t)
	session := protect(t, s, `"rotate":true,"confirm":"number"`)
	wantAnswer(t, "the bare ticket", asPhone(s, "open", "", session.Text, mine), 409, "CODE_STALE")
	var link struct{ Link string }
	s.Do("POST", "/api/v1/session/link", "", "Authorization", session.Page).JSON(t, &link)
	_, text, _ := strings.Cut(link.Link, "#")
	if len(text) != 32+1+8 {
		t.Fatalf("the copied link's text has %d characters", len(text))
	}
	wantAnswer(t, "the copied link", asPhone(s, "open", "", text, mine), 200, "")
	wantAnswer(t, "the copied link on another phone", asPhone(s, "open", "", text, another), 409, "SESSION_ALREADY_CLAIMED")
	wantAnswer(t, "the bare ticket of the phone that is bound", asPhone(s, "open", "", session.Text, mine), 200, "")

	unsafe := protect(t, s, `"rotate":true`)
	wantAnswer(t, "a link without a number", s.Do("POST", "/api/v1/session/link", "", "Authorization", unsafe.Page), 403, "FORBIDDEN")
}

func TestReportOverTheAPI(t *testing.T) {
	s := webtest.Start(t)
	session := protect(t, s, `"claim":"once"`)
	page := s.WatchAfter(session.Session, 0)
	page.NextTold()
	wantAnswer(t, "another reason", asPhone(s, "report", `{"reason":"ME"}`, session.Text, mine), 400, "INVALID_INPUT")
	for range 2 {
		wantAnswer(t, "it was not me", asPhone(s, "report", `{"reason":"NOT_ME"}`, session.Text, mine), 204, "")
	}
	for _, want := range []string{"notice 1 not_me", "status 2 cancelledNOT_ME"} {
		if got := page.NextTold(); got.String() != want {
			t.Errorf("the page hears %q, want %q", got, want)
		}
	}
	wantAnswer(t, "an event afterwards", asPhone(s, "events", `{"service":"SCAN"}`, session.Text, mine), 409, "SESSION_ENDED")
}

func TestStrictPolicyOverTheAPI(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Policy = handoff.Policy{Strict: true} }))
	backend := []string{"Authorization", "Bearer " + s.Token("bank"), "Content-Type", jsonType}
	answer := s.Do("POST", "/api/v1/session", `{"data":"x"}`, backend...)
	wantAnswer(t, "the seed's creation", answer, 400, "INVALID_INPUT")
	for _, name := range []string{"claim", "separatePage", "confirm", "rotate", "token"} {
		if !strings.Contains(answer.Body, "`"+name) {
			t.Errorf("the answer does not name %s: %s", name, answer.Body)
		}
	}
	implied := `{"data":"x","token":"","confirm":"number","rotate":true}` // does not itself ask for once and separatePage
	wantAnswer(t, "implied protections", s.Do("POST", "/api/v1/session", implied, backend...), 400, "INVALID_INPUT")
	whole := `{"data":"x","token":"","claim":"once","separatePage":true,"confirm":"number","rotate":true}`
	wantAnswer(t, "all of them", s.Do("POST", "/api/v1/session", whole, backend...), 200, "")
}

func TestCreationKeepsItsOptions(t *testing.T) {
	s := webtest.Start(t)
	session := protect(t, s, `"claim":"once","separatePage":true,"confirm":"prompt","origins":["https://Shop.example:443","http://localhost:3000"],"locale":"ar-AE"`)
	got, err := s.Handoff.ByID(t.Context(), handoff.SessionID(session.ID))
	if err != nil {
		t.Fatal(err)
	}
	if want := (handoff.Protection{Once: true, Separate: true, Confirm: handoff.ConfirmPrompt}); got.Protection != want {
		t.Errorf("it is protected by %+v, want %+v", got.Protection, want)
	}
	if diff := cmp.Diff([]string{"https://shop.example", "http://localhost:3000"}, got.Origins); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
	if got.Locale != "ar-AE" {
		t.Errorf("its locale is %q", got.Locale)
	}
}
