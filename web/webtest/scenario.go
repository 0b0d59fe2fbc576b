package webtest

import (
	"net/http"
	"strings"
	"testing"
)

// Scenario is an HTTP exchange as data. Zero fields of the expectation are not checked, but for Status.
type Scenario struct {
	Name    string // the outcome
	Method  string
	Path    string
	Body    string
	Headers []string // pairs of name and value

	Status      int
	Code        string            // the `error` of an error answer; every other key of it is checked, too
	Says        string            // part of the `message`
	WantHeaders map[string]string // exact; "" wants the header absent
	Contains    []string          // parts of the body
	Lacks       []string          // texts that must not be in it
}

// Run plays the scenario against a server, as a subtest.
func (sc Scenario) Run(t *testing.T, s *Server) {
	t.Helper()
	t.Run(sc.Name, func(t *testing.T) {
		t.Helper()
		answer := s.Do(sc.Method, sc.Path, sc.Body, sc.Headers...)
		if answer.Status != sc.Status {
			t.Errorf("%s %s answers %d %s, want %d", sc.Method, sc.Path, answer.Status, answer.Body, sc.Status)
		}
		if sc.Code != "" && sc.Method != http.MethodHead {
			sc.checkError(t, answer)
		}
		for name, want := range sc.WantHeaders {
			if got := strings.Join(answer.Header.Values(name), ", "); got != want {
				t.Errorf("header %s is %q, want %q", name, got, want)
			}
		}
		for _, part := range sc.Contains {
			if !strings.Contains(answer.Body, part) {
				t.Errorf("the body %q lacks %q", answer.Body, part)
			}
		}
		for _, part := range sc.Lacks {
			if strings.Contains(answer.Body, part) {
				t.Errorf("the body %q holds %q", answer.Body, part)
			}
		}
	})
}

func (sc Scenario) checkError(t *testing.T, answer Answer) {
	t.Helper()
	var body struct{ Error, Message, RequestID string }
	answer.JSON(t, &body)
	if body.Error != sc.Code {
		t.Errorf("the error is %s, want %s", body.Error, sc.Code)
	}
	if !strings.Contains(body.Message, sc.Says) || !strings.HasSuffix(body.Message, ".") {
		t.Errorf("the message %q is no sentence that says %q", body.Message, sc.Says)
	}
	if body.RequestID == "" || body.RequestID != answer.Header.Get("X-Request-ID") {
		t.Errorf("the request id is %q in the body and %q in the header", body.RequestID, answer.Header.Get("X-Request-ID"))
	}
	if got := answer.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("the error has the type %q", got)
	}
	if got := answer.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the error may be stored: %q", got)
	}
}
