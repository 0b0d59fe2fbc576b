package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/web/webtest"
)

const jsonType = "application/json"

func quoted(t *testing.T, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCreateClaimDelete(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	data := "your data \u00e4\u4e16\U0001f600 \"\\\x01\u2028"
	answer := s.Do("POST", "/api/v1/session", `{"data":`+quoted(t, data)+`}`, "Authorization", "bEARER "+token, "Content-Type", "application/json; charset=utf-8")
	if answer.Status != http.StatusOK || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("create answers %d %s, %v", answer.Status, answer.Body, answer.Header)
	}
	var created map[string]string
	answer.JSON(t, &created)
	id, text := created["sessionId"], created["qrCodeText"]
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("%q is no UUID v4", id)
	}
	if !regexp.MustCompile(`^[A-Z2-7]{32}$`).MatchString(text) {
		t.Errorf("%q is no ticket", text)
	}
	if want := s.URL + "/go#" + text; created["qrCodeTextWithDynamicLink"] != want {
		t.Errorf("the link is %q, want %q", created["qrCodeTextWithDynamicLink"], want)
	}
	expires, err := time.Parse(time.RFC3339, created["expiresAt"])
	if left := expires.Sub(s.Clock.Now()); err != nil || left < 29*time.Minute || left > 30*time.Minute {
		t.Errorf("expiresAt is %q (%v), %s ahead", created["expiresAt"], err, left)
	}

	want := map[string]string{"sessionId": id, "token": token, "data": data}
	for name, call := range map[string]func() webtest.Answer{
		"by header":       func() webtest.Answer { return s.Do("GET", "/api/v1/session", "", "Authorization", text) },
		"by path":         func() webtest.Answer { return s.Do("GET", "/api/v1/session/"+text, "") },
		"by header again": func() webtest.Answer { return s.Do("GET", "/api/v1/session", "", "Authorization", text) },
	} {
		t.Run("claim "+name, func(t *testing.T) {
			answer := call()
			var claimed map[string]string
			answer.JSON(t, &claimed)
			if diff := cmp.Diff(want, claimed); diff != "" || answer.Status != http.StatusOK {
				t.Errorf("%d (-want +got):\n%s", answer.Status, diff)
			}
			if got := answer.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("a claim may be stored: %q", got)
			}
		})
	}
	for _, sc := range []webtest.Scenario{
		{Name: "delete answers without a body", Method: "DELETE", Path: "/api/v1/session/" + text, Status: 204},
		{Name: "a deleted session is unknown to a claim", Method: "GET", Path: "/api/v1/session/" + text, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "and to another deletion", Method: "DELETE", Path: "/api/v1/session/" + text, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "and to one by header", Method: "DELETE", Path: "/api/v1/session", Headers: []string{"Authorization", text}, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
	} {
		sc.Run(t, s)
	}
	t.Run("delete by header", func(t *testing.T) {
		session := s.Create(token, "")
		if answer := s.Do("DELETE", "/api/v1/session", "", "Authorization", session.Text); answer.Status != 204 {
			t.Errorf("%d %s", answer.Status, answer.Body)
		}
		if answer := s.Do("GET", "/api/v1/session/"+session.Text, ""); answer.Status != 404 {
			t.Errorf("still there: %d", answer.Status)
		}
	})
}

func TestCreationRefuses(t *testing.T) {
	s := webtest.Start(t)
	auth := []string{"Authorization", "Bearer " + s.Token("bank")}
	with := func(more ...string) []string { return append(auth[:len(auth):len(auth)], more...) }
	asJSON := with("Content-Type", jsonType)
	for _, sc := range []webtest.Scenario{
		{Name: "no bearer", Headers: []string{"Content-Type", jsonType}, Status: 401, Code: "UNAUTHORIZED", WantHeaders: map[string]string{"WWW-Authenticate": `Bearer realm="baton"`}},
		{Name: "another scheme", Headers: []string{"Authorization", "Basic YTpi"}, Status: 401, Code: "UNAUTHORIZED", WantHeaders: map[string]string{"WWW-Authenticate": `Bearer realm="baton"`}},
		{Name: "a scheme alone", Headers: []string{"Authorization", "Bearer"}, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "a wrong bearer", Headers: []string{"Authorization", "Bearer wrong"}, Status: 401, Code: "UNAUTHORIZED", WantHeaders: map[string]string{"WWW-Authenticate": `Bearer realm="baton", error="invalid_token"`}},
		{Name: "a bearer of another issuer", Headers: []string{"Authorization", "Bearer " + s.TokenWith(map[string]any{"client_id": "bank", "iss": "https://elsewhere.test"})}, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "an expired bearer", Headers: []string{"Authorization", "Bearer " + s.TokenWith(map[string]any{"client_id": "bank", "exp": 1})}, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "a bearer over 8 KiB", Headers: []string{"Authorization", "Bearer " + strings.Repeat("a", 8193)}, Status: 401, Code: "UNAUTHORIZED", Says: "8192"},
		{Name: "headers over 16 KiB", Headers: []string{"Authorization", "Bearer " + strings.Repeat("a", 17<<10)}, Status: 431, Code: "INVALID_INPUT", Says: "16384"},

		{Name: "no media type", Headers: auth, Body: `{"data":""}`, Status: 415, Code: "INVALID_INPUT", Says: "application/json"},
		{Name: "a form", Headers: with("Content-Type", "application/x-www-form-urlencoded"), Body: `data=x`, Status: 415, Code: "INVALID_INPUT"},
		{Name: "a media type that only begins right", Headers: with("Content-Type", "application/jsonp"), Body: `{"data":""}`, Status: 415, Code: "INVALID_INPUT"},
		{Name: "a packed body", Headers: with("Content-Type", jsonType, "Content-Encoding", "gzip"), Body: "\x1f\x8b", Status: 415, Code: "INVALID_INPUT"},

		{Name: "an empty body", Headers: asJSON, Status: 400, Code: "INVALID_INPUT"},
		{Name: "no JSON", Headers: asJSON, Body: `hello`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "half an object", Headers: asJSON, Body: `{"data":"x"`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "an array", Headers: asJSON, Body: `[{"data":"x"}]`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "null", Headers: asJSON, Body: `null`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "two objects", Headers: asJSON, Body: `{"data":"x"}{"data":"y"}`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "something after the object", Headers: asJSON, Body: `{"data":"x"} x`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "a name twice", Headers: asJSON, Body: `{"data":"x","data":"y"}`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "invalid UTF-8", Headers: asJSON, Body: "{\"data\":\"\xff\"}", Status: 400, Code: "INVALID_INPUT"},
		{Name: "a lone surrogate", Headers: asJSON, Body: `{"data":"\ud800"}`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "a lone surrogate in an unknown key", Headers: asJSON, Body: `{"data":"x","more":{"deep":"\udc00"}}`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "data missing", Headers: asJSON, Body: `{}`, Status: 400, Code: "INVALID_INPUT", Says: "`data` is missing"},
		{Name: "data in another case", Headers: asJSON, Body: `{"Data":"x"}`, Status: 400, Code: "INVALID_INPUT", Says: "`data` is missing"},
		{Name: "data null", Headers: asJSON, Body: `{"data":null}`, Status: 400, Code: "INVALID_INPUT", Says: "`data` must be a string"},
		{Name: "data a number", Headers: asJSON, Body: `{"data":12345678}`, Status: 400, Code: "INVALID_INPUT", Says: "`data` must be a string", Lacks: []string{"12345678", "float", "json:"}},
		{Name: "data an object", Headers: asJSON, Body: `{"data":{"a":1}}`, Status: 400, Code: "INVALID_INPUT", Says: "`data` must be a string"},
		{Name: "data over 16 KiB", Headers: asJSON, Body: `{"data":"` + strings.Repeat("a", 16385) + `"}`, Status: 413, Code: "PAYLOAD_TOO_LARGE", Says: "16384"},
		{Name: "data over 16 KiB by one of its multi-byte letters", Headers: asJSON, Body: `{"data":"` + strings.Repeat("\u00e4", 8192) + `a"}`, Status: 413, Code: "PAYLOAD_TOO_LARGE"},
		{Name: "a body over 128 KiB", Headers: asJSON, Body: `{"data":"","more":"` + strings.Repeat("a", 128<<10) + `"}`, Status: 413, Code: "PAYLOAD_TOO_LARGE", Says: "131072"},

		{Name: "a token over 8 KiB", Headers: asJSON, Body: `{"data":"","token":"` + strings.Repeat("a", 8193) + `"}`, Status: 413, Code: "PAYLOAD_TOO_LARGE", Says: "8192"},
		{Name: "a token that is no string", Headers: asJSON, Body: `{"data":"","token":7}`, Status: 400, Code: "INVALID_INPUT", Says: "`token`"},
		{Name: "a life too short", Headers: asJSON, Body: `{"data":"","ttlSeconds":59}`, Status: 400, Code: "INVALID_INPUT", Says: "`ttlSeconds`"},
		{Name: "a life too long", Headers: asJSON, Body: `{"data":"","ttlSeconds":1801}`, Status: 400, Code: "INVALID_INPUT", Says: "`ttlSeconds`"},
		{Name: "no life", Headers: asJSON, Body: `{"data":"","ttlSeconds":0}`, Status: 400, Code: "INVALID_INPUT", Says: "`ttlSeconds`"},
		{Name: "half a second", Headers: asJSON, Body: `{"data":"","ttlSeconds":60.5}`, Status: 400, Code: "INVALID_INPUT", Says: "`ttlSeconds`"},
		{Name: "a life in words", Headers: asJSON, Body: `{"data":"","ttlSeconds":"60"}`, Status: 400, Code: "INVALID_INPUT", Says: "`ttlSeconds`"},
		{Name: "a reference over 128 characters", Headers: asJSON, Body: `{"data":"","reference":"` + strings.Repeat("\u00e4", 129) + `"}`, Status: 400, Code: "INVALID_INPUT", Says: "`reference`"},
		{Name: "an unknown step", Headers: asJSON, Body: `{"data":"","steps":["SCAN","DANCE"]}`, Status: 400, Code: "INVALID_INPUT", Says: "`steps`", Lacks: []string{"DANCE"}},
		{Name: "steps that are no list", Headers: asJSON, Body: `{"data":"","steps":"SCAN"}`, Status: 400, Code: "INVALID_INPUT", Says: "`steps`"},
		{Name: "too many steps", Headers: asJSON, Body: `{"data":"","steps":[` + strings.Repeat(`"SCAN",`, 32) + `"INFO"]}`, Status: 400, Code: "INVALID_INPUT", Says: "`steps`"},

		{Name: "an unknown kind of claim", Headers: asJSON, Body: `{"data":"","claim":"twice"}`, Status: 400, Code: "INVALID_INPUT", Says: "`claim`", Lacks: []string{"twice"}},
		{Name: "a separated page that is no flag", Headers: asJSON, Body: `{"data":"","separatePage":"yes"}`, Status: 400, Code: "INVALID_INPUT", Says: "`separatePage`"},
		{Name: "an unknown confirmation", Headers: asJSON, Body: `{"data":"","confirm":"nod"}`, Status: 400, Code: "INVALID_INPUT", Says: "`confirm`"},
		{Name: "an origin with a path", Headers: asJSON, Body: `{"data":"","origins":["https://a.test/x"]}`, Status: 400, Code: "INVALID_INPUT", Says: "`origins`"},
		{Name: "any origin", Headers: asJSON, Body: `{"data":"","origins":["*"]}`, Status: 400, Code: "INVALID_INPUT", Says: "`origins`"},
		{Name: "a locale that is none", Headers: asJSON, Body: `{"data":"","locale":"en_GB"}`, Status: 400, Code: "INVALID_INPUT", Says: "`locale`"},
		{Name: "a protection in a form that nobody knows", Headers: asJSON, Body: `{"data":"","claim":["once"]}`, Status: 400, Code: "INVALID_INPUT", Says: "`claim`"},
		{Name: "a protection as an empty list", Headers: asJSON, Body: `{"data":"","rotate":[]}`, Status: 400, Code: "INVALID_INPUT", Says: "`rotate`"},
	} {
		sc.Method, sc.Path = "POST", "/api/v1/session"
		sc.Run(t, s)
	}
}

func TestCreationTakes(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	headers := []string{"Authorization", "Bearer " + token, "Content-Type", jsonType}
	for name, test := range map[string]struct{ body, token, data string }{
		"empty data":                         {`{"data":""}`, token, ""},
		"exactly 16 KiB of multi-byte data":  {`{"data":"` + strings.Repeat("\u00e4", 8192) + `"}`, token, strings.Repeat("\u00e4", 8192)},
		"exactly 16 KiB, every byte escaped": {`{"data":"` + strings.Repeat(`\u0001`, 16384) + `"}`, token, strings.Repeat("\x01", 16384)},
		"a token of its own":                 {`{"data":"","token":"of its own"}`, "of its own", ""},
		"exactly 8 KiB of token":             {`{"data":"","token":"` + strings.Repeat("a", 8192) + `"}`, strings.Repeat("a", 8192), ""},
		"an empty token":                     {`{"data":"","token":""}`, "", ""},
		"null for what is optional":          {`{"data":"","token":null,"ttlSeconds":null,"reference":null,"steps":null,"claim":null}`, token, ""},
		"unknown keys":                       {`{"data":"x","more":[1,{"a":null}],"Token":"no"}`, token, "x"},
		"what asks for nothing":              {`{"data":"x","claim":"open","separatePage":false,"confirm":"none","rotate":false,"origins":[ ]}`, token, "x"},
		"a requester and a locale":           {`{"data":"x","requester":{"name":"Ana Specimen"},"locale":"ar"}`, token, "x"},
		"blanks around the object":           {" \r\n\t{\"data\" : \"x\" }\n ", token, "x"},
		"an escaped pair of surrogates":      {`{"data":"\ud83d\ude00"}`, token, "\U0001f600"},
		"a NUL":                              {`{"data":"a\u0000b"}`, token, "a\x00b"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := s.Do("POST", "/api/v1/session", test.body, headers...)
			if answer.Status != http.StatusOK {
				t.Fatalf("%d %s", answer.Status, answer.Body)
			}
			var created webtest.Session
			answer.JSON(t, &created)
			var claimed struct{ Token, Data string }
			s.Do("GET", "/api/v1/session", "", "Authorization", created.Text).JSON(t, &claimed)
			if claimed.Token != test.token || claimed.Data != test.data {
				t.Errorf("the claim gives token %.40q and data %.40q", claimed.Token, claimed.Data)
			}
		})
	}

	t.Run("a life, a reference and steps", func(t *testing.T) {
		answer := s.Do("POST", "/api/v1/session", `{"data":"","ttlSeconds":60,"reference":"order 7","steps":["SCAN","SCAN","INFO"]}`, headers...)
		var created webtest.Session
		answer.JSON(t, &created)
		got, err := s.Handoff.ByID(t.Context(), handoff.SessionID(created.ID))
		if err != nil {
			t.Fatal(err)
		}
		if life := got.ExpiresAt.Sub(got.CreatedAt); life != time.Minute || got.Reference != "order 7" {
			t.Errorf("life %s, reference %q", life, got.Reference)
		}
		if diff := cmp.Diff([]handoff.Step{"SCAN", "SCAN", "INFO"}, got.Steps); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
	})
	t.Run("steps from the reader app's own data", func(t *testing.T) {
		// {"documents":[{"documentType":"PASSPORT","reading":{"enabled":true}}]}
		created := s.Create(token, "eyJkb2N1bWVudHMiOlt7ImRvY3VtZW50VHlwZSI6IlBBU1NQT1JUIiwicmVhZGluZyI6eyJlbmFibGVkIjp0cnVlfX1dfQ==")
		got, err := s.Handoff.ByID(t.Context(), handoff.SessionID(created.ID))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]handoff.Step{"SCAN", "READ", "INFO"}, got.Steps); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
	})
}

func TestClaimRefuses(t *testing.T) {
	s := webtest.Start(t)
	session := s.Create(s.Token("bank"), "x")
	unknown := handoff.NewTicket().Reveal()
	const gone = "SESSION_EXPIRED_OR_NOT_FOUND"
	for _, sc := range []webtest.Scenario{
		{Name: "no text", Method: "GET", Path: "/api/v1/session", Status: 401, Code: "UNAUTHORIZED", WantHeaders: map[string]string{"WWW-Authenticate": `Ticket realm="baton"`}},
		{Name: "a scheme word", Method: "GET", Path: "/api/v1/session", Headers: []string{"Authorization", "Bearer " + session.Text}, Status: 401, Code: "UNAUTHORIZED", WantHeaders: map[string]string{"WWW-Authenticate": `Ticket realm="baton"`}, Lacks: []string{session.Text}},
		{Name: "an unknown text", Method: "GET", Path: "/api/v1/session", Headers: []string{"Authorization", unknown}, Status: 404, Code: gone, Lacks: []string{unknown}},
		{Name: "a malformed text", Method: "GET", Path: "/api/v1/session", Headers: []string{"Authorization", "hello"}, Status: 404, Code: gone},
		{Name: "a text in lower case", Method: "GET", Path: "/api/v1/session/" + strings.ToLower(session.Text), Status: 404, Code: gone},
		{Name: "an unknown text in the path", Method: "GET", Path: "/api/v1/session/" + unknown, Status: 404, Code: gone, Lacks: []string{unknown}},
		{Name: "a text with something after it", Method: "GET", Path: "/api/v1/session/" + session.Text + "/", Status: 404, Code: "NOT_FOUND"},
		{Name: "an escaped text", Method: "GET", Path: "/api/v1/session/%41" + session.Text[1:], Status: 404, Code: gone},
		{Name: "the session id for the text", Method: "GET", Path: "/api/v1/session/" + session.ID, Status: 404, Code: gone},
		{Name: "deletion of an unknown text", Method: "DELETE", Path: "/api/v1/session/" + unknown, Status: 404, Code: gone},
		{Name: "deletion with a bearer", Method: "DELETE", Path: "/api/v1/session", Headers: []string{"Authorization", "Bearer x"}, Status: 401, Code: "UNAUTHORIZED"},
	} {
		sc.Run(t, s)
	}
}

func TestASessionEndsThirtyMinutesAfterItsCreationExactly(t *testing.T) {
	s := webtest.Start(t)
	start := time.Now().UTC().Truncate(time.Millisecond)
	s.Clock.Stop(start)
	token := s.Token("bank")
	session := s.Create(token, "x")
	s.Publish(token, session, `{"service":"INFO"}`)

	s.Clock.Stop(start.Add(30*time.Minute - time.Millisecond))
	if answer := s.Do("GET", "/api/v1/session", "", "Authorization", session.Text); answer.Status != 200 {
		t.Errorf("a millisecond before its end a session answers %d %s", answer.Status, answer.Body)
	}
	s.Clock.Stop(start.Add(30 * time.Minute))
	bearer := []string{"Authorization", "Bearer " + token, "Content-Type", jsonType}
	for _, sc := range []webtest.Scenario{
		{Name: "claim by header", Method: "GET", Path: "/api/v1/session", Headers: []string{"Authorization", session.Text}},
		{Name: "claim by path", Method: "GET", Path: "/api/v1/session/" + session.Text},
		{Name: "deletion", Method: "DELETE", Path: "/api/v1/session/" + session.Text},
		{Name: "an event of the backend", Method: "POST", Path: "/api/v1/session/" + session.ID + "/events", Headers: bearer, Body: `{"service":"SCAN"}`},
		{Name: "an event of the phone", Method: "POST", Path: "/api/v1/session/events", Headers: []string{"Authorization", session.Text, "Content-Type", jsonType}, Body: `{"service":"SCAN"}`},
	} {
		sc.Status, sc.Code = 404, "SESSION_EXPIRED_OR_NOT_FOUND"
		sc.Run(t, s)
	}
	channel := s.Watch(session)
	if code, reason := channel.Closed(); code != 4504 || reason != "SESSION_EXPIRED_OR_NOT_FOUND" {
		t.Errorf("a channel closes with %d %s", code, reason)
	}
}

func TestMethods(t *testing.T) {
	s := webtest.Start(t)
	session := s.Create(s.Token("bank"), "x")
	for _, sc := range []webtest.Scenario{
		{Name: "HEAD on the claim by header", Method: "HEAD", Path: "/api/v1/session", Headers: []string{"Authorization", session.Text}, WantHeaders: map[string]string{"Allow": "GET, POST, DELETE"}},
		{Name: "HEAD on the claim by path", Method: "HEAD", Path: "/api/v1/session/" + session.Text, WantHeaders: map[string]string{"Allow": "GET, DELETE"}},
		{Name: "PUT on the session", Method: "PUT", Path: "/api/v1/session", WantHeaders: map[string]string{"Allow": "GET, POST, DELETE"}},
		{Name: "PATCH on a text", Method: "PATCH", Path: "/api/v1/session/" + session.Text},
		{Name: "POST on a text", Method: "POST", Path: "/api/v1/session/" + session.Text},
		{Name: "DELETE on the phone's events", Method: "DELETE", Path: "/api/v1/session/events", WantHeaders: map[string]string{"Allow": "GET, POST"}},
		{Name: "GET on the phone's first call", Method: "GET", Path: "/api/v1/session/open", WantHeaders: map[string]string{"Allow": "POST"}},
		{Name: "DELETE on the phone's first call", Method: "DELETE", Path: "/api/v1/session/open", WantHeaders: map[string]string{"Allow": "POST"}},
		{Name: "POST on a status", Method: "POST", Path: "/api/v1/session/" + session.ID + "/status", WantHeaders: map[string]string{"Allow": "GET"}},
		{Name: "GET on the backend's events", Method: "GET", Path: "/api/v1/session/" + session.ID + "/events", WantHeaders: map[string]string{"Allow": "POST"}},
		{Name: "POST on the channel", Method: "POST", Path: "/ws/v1/session", WantHeaders: map[string]string{"Allow": "GET"}},
		{Name: "a method that nobody knows", Method: "BREW", Path: "/api/v1/session"},
		{Name: "a preflight that asks for nothing", Method: "OPTIONS", Path: "/api/v1/session"},
	} {
		sc.Status, sc.Code = 405, "METHOD_NOT_ALLOWED"
		sc.Run(t, s)
	}
	if got, err := s.Handoff.ByID(t.Context(), handoff.SessionID(session.ID)); err != nil || got.Status != handoff.StatusCreated {
		t.Errorf("one of them claimed: %v, %v", got.Status, err)
	}
}
