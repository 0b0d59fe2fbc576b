package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/web/webtest"
)

func TestEventsRefuse(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	unclaimed := s.Create(token, "x")
	s.Do("GET", "/api/v1/session/"+session.Text, "")

	backend := []string{"Authorization", "Bearer " + token, "Content-Type", jsonType}
	phone := []string{"Authorization", session.Text, "Content-Type", jsonType}
	path := "/api/v1/session/" + session.ID + "/events"
	scan := `{"service":"SCAN"}`
	for _, sc := range []webtest.Scenario{
		{Name: "no bearer", Path: path, Headers: backend[2:], Body: scan, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "a ticket for the bearer", Path: path, Headers: phone, Body: scan, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "another tenant's bearer", Path: path, Headers: []string{"Authorization", "Bearer " + s.Token("other"), "Content-Type", jsonType}, Body: scan, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "an unknown session", Path: "/api/v1/session/" + string(handoff.NewSessionID()) + "/events", Headers: backend, Body: scan, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "no session id", Path: "/api/v1/session/hello/events", Headers: backend, Body: scan, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "the text for the session id", Path: "/api/v1/session/" + session.Text + "/events", Headers: backend, Body: scan, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},

		{Name: "no ticket", Path: "/api/v1/session/events", Headers: phone[2:], Body: scan, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "a bearer for the ticket", Path: "/api/v1/session/events", Headers: backend, Body: scan, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "an unknown ticket", Path: "/api/v1/session/events", Headers: []string{"Authorization", handoff.NewTicket().Reveal(), "Content-Type", jsonType}, Body: scan, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "a ticket before the claim", Path: "/api/v1/session/events", Headers: []string{"Authorization", unclaimed.Text, "Content-Type", jsonType}, Body: scan, Status: 409, Code: "NOT_CLAIMED"},

		{Name: "a wrong media type", Path: path, Headers: backend[:2], Body: scan, Status: 415, Code: "INVALID_INPUT"},
		{Name: "no JSON", Path: path, Headers: backend, Body: `SCAN`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "nothing said", Path: path, Headers: backend, Body: `{}`, Status: 400, Code: "INVALID_INPUT", Says: "`service`"},
		{Name: "two things said", Path: path, Headers: backend, Body: `{"service":"SCAN","status":"failed"}`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "an unknown service", Path: path, Headers: backend, Body: `{"service":"DANCE"}`, Status: 400, Code: "INVALID_INPUT", Lacks: []string{"DANCE"}},
		{Name: "a service that is no string", Path: path, Headers: backend, Body: `{"service":1}`, Status: 400, Code: "INVALID_INPUT", Says: "`service` must be a string"},
		{Name: "a status that is not the reporter's to give", Path: path, Headers: backend, Body: `{"status":"completed"}`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "a skipped result", Path: path, Headers: backend, Body: `{"skipped":"INFO"}`, Status: 400, Code: "INVALID_INPUT"},
		{Name: "a key that cannot be printed", Path: path, Headers: backend, Body: `{"service":"SCAN","key":"\u0000"}`, Status: 400, Code: "INVALID_INPUT", Says: "`key`"},
	} {
		sc.Method = "POST"
		sc.Run(t, s)
	}
	if got, err := s.Handoff.EventsAfter(t.Context(), handoff.SessionID(session.ID), 1); err != nil || len(got) != 0 {
		t.Errorf("something was stored: %v, %v", got, err)
	}
}

func TestEventsAreNumberedAndSafeToRepeat(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	channel := s.Watch(session)
	backend := []string{"Authorization", "Bearer " + token, "Content-Type", jsonType}
	phone := []string{"Authorization", session.Text, "Content-Type", jsonType}
	asBackend, asPhone := "/api/v1/session/"+session.ID+"/events", "/api/v1/session/events"

	post := func(name, path, body string, headers []string, status int, answer string) {
		t.Helper()
		got := s.Do("POST", path, body, headers...)
		if got.Status != status || (answer != "" && got.Body != answer) {
			t.Errorf("%s: %d %s, want %d %s", name, got.Status, got.Body, status, answer)
		}
	}
	post("before the claim, by the backend", asBackend, `{"service":"SCAN","key":"a"}`, backend, 200, `{"seq":1}`)
	s.Do("GET", "/api/v1/session/"+session.Text, "") // claimed: seq 2
	post("after the claim, by the phone", asPhone, `{"service":"SCAN"}`, phone, 200, `{"seq":3}`)
	post("again without a key", asPhone, `{"service":"SCAN"}`, phone, 200, `{"seq":4}`)
	post("again with a key", asBackend, `{"service":"SCAN","key":"a"}`, backend, 200, `{"seq":1}`)
	post("skipped", asPhone, `{"skipped":"READ","reason":"READ_NFC_UNAVAILABLE"}`, phone, 200, `{"seq":5}`)
	post("the end", asPhone, `{"service":"INFO","key":"end"}`, phone, 200, `{"seq":6}`)
	post("after the end", asPhone, `{"service":"FACE"}`, phone, 409, "")
	post("failed after the end", asBackend, `{"status":"failed","reason":"USER_CANCEL"}`, backend, 409, "")
	post("the end again", asPhone, `{"service":"INFO","key":"end"}`, phone, 200, `{"seq":6}`)

	var got []webtest.Frame
	for range 4 {
		got = append(got, channel.Next())
	}
	want := []webtest.Frame{
		{Service: "SCAN", SessionID: session.ID, Seq: 1}, {Service: "SCAN", SessionID: session.ID, Seq: 3},
		{Service: "SCAN", SessionID: session.ID, Seq: 4}, {Service: "INFO", SessionID: session.ID, Seq: 6},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	webtest.Scenario{Name: "the refusal after the end", Method: "POST", Path: asPhone, Headers: phone, Body: `{"service":"SCAN"}`,
		Status: 409, Code: "SESSION_ENDED"}.Run(t, s)
}

func TestAThousandEventsAreEnough(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	tenant := handoff.Tenant(webtest.Issuer + "|bank")
	for i := range handoff.MaxEvents {
		if _, err := s.Handoff.PublishAs(t.Context(), tenant, handoff.SessionID(session.ID), handoff.Progress{Step: handoff.StepScan}); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
	}
	webtest.Scenario{Name: "the next is refused", Method: "POST", Path: fmt.Sprintf("/api/v1/session/%s/events", session.ID),
		Headers: []string{"Authorization", "Bearer " + token, "Content-Type", jsonType}, Body: `{"service":"SCAN"}`,
		Status: http.StatusTooManyRequests, Code: "TOO_MANY_REQUESTS", WantHeaders: map[string]string{"Retry-After": "60"}}.Run(t, s)
}
