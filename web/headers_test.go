package web_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"baton/internal/auth"
	"baton/web"
	"baton/web/webtest"
)

func TestHeadersOverTLS(t *testing.T) {
	secure := webtest.With(func(d *web.Deps) { d.PublicURL = &url.URL{Scheme: "https", Host: "verify.example.org"} })
	for name, test := range map[string]struct {
		server *webtest.Server
		want   map[string]string
	}{
		"https": {webtest.Start(t, secure), map[string]string{"Strict-Transport-Security": "max-age=31536000", "Cross-Origin-Opener-Policy": "same-origin"}},
		"http":  {webtest.Start(t), map[string]string{"Strict-Transport-Security": "", "Cross-Origin-Opener-Policy": ""}},
	} {
		webtest.Scenario{Name: name, Method: "GET", Path: "/go", Status: 200, WantHeaders: test.want}.Run(t, test.server)
	}
}

// hurried is an authenticator that wants to be called with little time.
type hurried struct{ t *testing.T }

func (h hurried) Verify(ctx context.Context, _ string) (auth.Caller, error) {
	if deadline, bounded := ctx.Deadline(); !bounded || time.Until(deadline) > 10*time.Second {
		h.t.Error("a handler's work is not bounded to 10 s")
	}
	return auth.Caller{}, context.DeadlineExceeded
}

func TestAHandlersWorkIsBounded(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Auth = hurried{t} }))
	answer := s.Do("POST", "/api/v1/session", `{"data":""}`, "Authorization", "Bearer x", "Content-Type", jsonType)
	wantAnswer(t, "too slow", answer, 503, "UNAVAILABLE")
	if answer.Header.Get("Retry-After") != "5" {
		t.Errorf("it is told to come again after %q", answer.Header.Get("Retry-After"))
	}
}
