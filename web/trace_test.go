package web_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/web/webtest"
)

func TestTraceObjects(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	s.Do("GET", "/api/v1/session", "", "Authorization", session.Text) // claimed: 1
	full := `{"sessionId":"` + strings.ToUpper(session.ID) + `","deviceIdentifier":"7d9f","category":"ENROLLMENT","event":"COMPLETE","status":"SUCCESS",
		"page":"SCAN","statusCode":null,"statusMessage":"Ana Specimen","documentType":"PASSPORT","timestamp":"2026-01-02T03:04:05Z","key":"one"}`
	phone := []string{"Authorization", session.Text, "Content-Type", jsonType}
	for _, post := range []struct{ body, answer string }{
		{`{"event":"INIT","status":"SUCCESS","category":"SDK","sessionId":"","page":null}`, `{"seq":2}`},
		{full, `{"seq":3}`},
		{full, `{"seq":3}`}, // its key is known
		{`{"event":"SKIP","page":"READ","statusCode":"READ_NFC_UNAVAILABLE"}`, `{"seq":4}`},
		{`{"event":"COMPLETE","status":"FAILURE","page":"FACE","statusCode":"FACE_NO_MATCH","timestamp":1767322245}`, `{"seq":5}`},
		{`{"event":"A_NEW_ONE","page":"A_NEW_PAGE"}`, `{"seq":6}`},
		{`{"event":"FINISH","status":"SUCCESS"}`, `{"seq":7}`},
	} {
		if got := s.Do("POST", "/api/v1/session/events", post.body, phone...); got.Status != 200 || got.Body != post.answer {
			t.Errorf("%.60s: %d %s, want %s", post.body, got.Status, got.Body, post.answer)
		}
	}
	if got := s.Do("POST", "/api/v1/session/events", `{"event":"VIEW","page":"SCAN"}`, phone...); got.Status != 409 {
		t.Errorf("after FINISH: %d %s", got.Status, got.Body)
	}
	events, err := s.Handoff.EventsAfter(t.Context(), handoff.SessionID(session.ID), 1)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, e := range events {
		kept = append(kept, strings.Join([]string{string(e.Kind), string(e.Step), string(e.Notice), string(e.Status), e.Reason, e.Detail}, "|"))
	}
	want := []string{
		`progress|||||{"category":"SDK","event":"INIT","status":"SUCCESS"}`,
		`event|SCAN||||{"category":"ENROLLMENT","event":"COMPLETE","status":"SUCCESS","page":"SCAN","documentType":"PASSPORT","timestamp":"2026-01-02T03:04:05Z"}`,
		`notice|READ|skipped||READ_NFC_UNAVAILABLE|{"event":"SKIP","page":"READ","statusCode":"READ_NFC_UNAVAILABLE"}`,
		`progress|||||{"event":"COMPLETE","status":"FAILURE","page":"FACE","statusCode":"FACE_NO_MATCH","timestamp":1767322245}`,
		`progress|||||{"event":"A_NEW_ONE","page":"A_NEW_PAGE"}`,
		`event|INFO||||{"event":"FINISH","status":"SUCCESS"}`,
		`status|||completed||`,
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

func TestTraceObjectsRefuse(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	for _, sc := range []webtest.Scenario{
		{Name: "another session's", Body: `{"event":"VIEW","sessionId":"` + string(handoff.NewSessionID()) + `"}`, Status: 400, Says: "another session"},
		{Name: "a session id that is none", Body: `{"event":"VIEW","sessionId":"7"}`, Status: 400, Says: "`sessionId`"},
		{Name: "an event that is no text", Body: `{"event":7}`, Status: 400, Says: "`event`"},
		{Name: "an empty event", Body: `{"event":""}`, Status: 400, Says: "`event`"},
		{Name: "a detail that is no text", Body: `{"event":"VIEW","documentType":{}}`, Status: 400, Says: "`documentType`"},
		{Name: "a trace that is also a report", Body: `{"event":"VIEW","service":"SCAN"}`, Status: 400, Says: "trace object"},
	} {
		sc.Method, sc.Path, sc.Code = "POST", "/api/v1/session/"+session.ID+"/events", "INVALID_INPUT"
		sc.Headers = []string{"Authorization", "Bearer " + token, "Content-Type", jsonType}
		sc.Run(t, s)
	}
	long := s.Do("POST", "/api/v1/session/"+session.ID+"/events", `{"event":"VIEW","page":"`+strings.Repeat("x", 1100)+`"}`,
		"Authorization", "Bearer "+token, "Content-Type", jsonType)
	if long.Status != 413 {
		t.Errorf("a trace over the limit: %d %s", long.Status, long.Body)
	}
	if events, err := s.Handoff.EventsAfter(t.Context(), handoff.SessionID(session.ID), 0); err != nil || len(events) != 0 {
		t.Errorf("something was kept: %v, %v", events, err)
	}
}
