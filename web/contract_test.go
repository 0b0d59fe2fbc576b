package web_test

import (
	"net/http"
	"strings"
	"testing"

	"baton/web"
	"baton/web/webtest"
)

// The tests' server holds each exchange against the document; if it stopped to, nothing else here would notice.
func TestExchangesAreHeldAgainstTheDocument(t *testing.T) {
	s := webtest.Start(t)
	before := webtest.Conformed()
	session := s.Create(s.Token("shop"), "")
	s.Do(http.MethodGet, "/api/v1/session", "", "Authorization", session.Text)
	s.Do(http.MethodGet, "/healthz", "")
	channel := s.Watch(session)
	channel.Close()
	if got := webtest.Conformed() - before; got < 4 {
		t.Errorf("%d exchanges were looked at, want 4", got)
	}
}

func TestConformsFindsWhatDoesNotMatch(t *testing.T) {
	good := func() web.Exchange {
		return web.Exchange{
			Method: http.MethodGet, Path: "/api/v1/session", Status: http.StatusOK, RequestHeader: http.Header{},
			Header: http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"r"}},
			Answer: []byte(`{"sessionId":"0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11","token":"","data":""}`),
		}
	}
	if err := webtest.Conforms(good()); err != nil {
		t.Fatal(err)
	}
	failed := func(e *web.Exchange, status int, code string) {
		e.Status, e.Answer = status, []byte(`{"error":"`+code+`","message":"No.","requestId":"r","help":"https://baton.test/reference#X"}`)
	}
	for name, change := range map[string]func(*web.Exchange){
		"another key":  func(e *web.Exchange) { e.Answer = []byte(strings.Replace(string(e.Answer), `"token"`, `"tocken"`, 1)) },
		"one key more": func(e *web.Exchange) { e.Answer = []byte(strings.Replace(string(e.Answer), `{`, `{"extra":1,`, 1)) },
		"a key is missing": func(e *web.Exchange) {
			e.Answer = []byte(`{"sessionId":"0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11","data":""}`)
		},
		"an id that is none": func(e *web.Exchange) { e.Answer = []byte(`{"sessionId":"7","token":"","data":""}`) },
		"another type": func(e *web.Exchange) {
			e.Answer = []byte(strings.Replace(string(e.Answer), `"data":""`, `"data":null`, 1))
		},
		"another media type":       func(e *web.Exchange) { e.Header.Set("Content-Type", "text/plain") },
		"a header is missing":      func(e *web.Exchange) { e.Header.Del("X-Request-Id") },
		"a status not described":   func(e *web.Exchange) { failed(e, http.StatusTeapot, "INVALID_INPUT") },
		"a code of another call":   func(e *web.Exchange) { failed(e, http.StatusConflict, "NOT_CLAIMED") },
		"a code that is none":      func(e *web.Exchange) { failed(e, http.StatusBadRequest, "WRONG") },
		"no Retry-After":           func(e *web.Exchange) { failed(e, http.StatusTooManyRequests, "TOO_MANY_REQUESTS") },
		"a route not described":    func(e *web.Exchange) { e.Path = "/api/v1/sessions" },
		"a method not described":   func(e *web.Exchange) { e.Method = http.MethodPut },
		"no body":                  func(e *web.Exchange) { e.Answer = nil },
		"a body where none may be": func(e *web.Exchange) { e.Method, e.Status = http.MethodDelete, http.StatusNoContent },
		"a preflight with a body":  func(e *web.Exchange) { e.Method, e.Status = http.MethodOptions, http.StatusNoContent },
		"a taken body that is not described": func(e *web.Exchange) {
			e.Method, e.Path, e.Body, e.Answer = http.MethodPost, "/api/v1/session/events", []byte(`{"service":"DANCE"}`), []byte(`{"seq":1}`)
			e.RequestHeader.Set("Content-Type", "application/json")
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := good()
			change(&e)
			if webtest.Conforms(e) == nil {
				t.Error("it is found to match")
			}
		})
	}
	missing := good()
	failed(&missing, http.StatusNotFound, "NOT_FOUND")
	missing.Path = "/api/v1/nothing"
	if err := webtest.Conforms(missing); err != nil {
		t.Error(err)
	}
}

func TestFrameConformsFindsWhatDoesNotMatch(t *testing.T) {
	const id = `"sessionId":"0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11"`
	for frame, want := range map[string]bool{
		`{"service":"SCAN",` + id + `,"seq":1,"at":"2026-03-14T09:27:31.502Z"}`:                true,
		`{"type":"event","service":"SCAN",` + id + `,"seq":1,"at":"2026-03-14T09:27:31.502Z"}`: true,
		`{"type":"qr",` + id + `}`: true,
		`{"type":"notice","notice":"confirm","number":"47",` + id + `,"seq":1,"at":"2026-03-14T09:27:31.502Z"}`: true,

		`{"service":"SCAN",` + id + `,"seq":1}`:                                                  false,
		`{"service":"SCAN",` + id + `,"seq":1,"at":"2026-03-14T09:27:31.502Z","more":1}`:         false,
		`{"service":"DANCE",` + id + `,"seq":1,"at":"2026-03-14T09:27:31.502Z"}`:                 false,
		`{"service":"SCAN",` + id + `,"seq":0,"at":"2026-03-14T09:27:31.502Z"}`:                  false,
		`{"service":"SCAN",` + id + `,"seq":1,"at":"yesterday"}`:                                 false,
		`{"type":"event","status":"claimed",` + id + `,"seq":1,"at":"2026-03-14T09:27:31.502Z"}`: false,
		`{"type":"weather",` + id + `}`:                                                          false,
		`"SCAN"`:                                                                                 false,
	} {
		if err := webtest.FrameConforms([]byte(frame)); (err == nil) != want {
			t.Errorf("%s: %v, want a match: %t", frame, err, want)
		}
	}
}
