package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/static"
	"baton/web"
	"baton/web/webtest"
)

func shortly() time.Time { return time.Now().Add(200 * time.Millisecond) }

func TestHealth(t *testing.T) {
	s := webtest.Start(t)
	for _, method := range []string{"GET", "HEAD"} {
		for _, path := range []string{"/healthz", "/readyz"} {
			webtest.Scenario{Name: method + " " + path, Method: method, Path: path, Status: 200, WantHeaders: map[string]string{"Cache-Control": "no-store"}}.Run(t, s)
		}
	}
	sick := webtest.Start(t, webtest.With(func(d *web.Deps) {
		d.Ready = func(context.Context) error { return errors.New("sql: disk of /var/lib is full") }
	}))
	webtest.Scenario{Name: "a store that cannot write", Method: "GET", Path: "/readyz", Headers: []string{"Accept", "text/html"}, Status: 503, Code: "UNAVAILABLE",
		WantHeaders: map[string]string{"Retry-After": "5"}, Lacks: []string{"sql", "/var"}}.Run(t, sick)
	webtest.Scenario{Name: "is alive all the same", Method: "GET", Path: "/healthz", Status: 200}.Run(t, sick)
	if count := strings.Count(sick.Log.String(), "disk of /var/lib is full"); count == 0 {
		t.Error("the log does not say why")
	}
	full := webtest.Start(t, webtest.With(func(d *web.Deps) {
		d.Ready = func(context.Context) error {
			return &handoff.Error{Code: handoff.CodeUnavailable, Message: "The disk is full. Free space.", Err: errors.New("sql: /var/lib")}
		}
	}))
	for range 3 {
		webtest.Scenario{Name: "a store that knows what is wrong", Method: "GET", Path: "/readyz", Status: 503, Code: "UNAVAILABLE",
			Contains: []string{"The disk is full. Free space."}, Lacks: []string{"sql", "/var"}}.Run(t, full)
	}
	if count := strings.Count(full.Log.String(), `"level":"ERROR"`); count != 1 {
		t.Errorf("three probes of a server that is not ready log %d errors, want 1:\n%s", count, full.Log.String())
	}
}

func TestFiles(t *testing.T) {
	s := webtest.Start(t)
	hashed := static.Path("baton.js")
	scenarios := []webtest.Scenario{
		{Name: "a hashed name is for ever", Path: static.Path("app.css"), Status: 200, WantHeaders: map[string]string{
			"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "text/css; charset=utf-8",
			"Cross-Origin-Resource-Policy": "same-origin", "Access-Control-Allow-Origin": "", "X-Content-Type-Options": "nosniff"}},
		{Name: "the component may be embedded", Path: hashed, Status: 200, WantHeaders: map[string]string{
			"Cache-Control": "public, max-age=31536000, immutable", "Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}},
		{Name: "and has a name that stays", Path: "/baton.js", Status: 200, WantHeaders: map[string]string{
			"Cache-Control": "public, max-age=300", "Content-Type": "text/javascript; charset=utf-8", "Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}},
		{Name: "only it and its types do", Path: "/baton-element.js", Status: 404, Code: "NOT_FOUND", WantHeaders: map[string]string{"Cache-Control": "no-store"}},
		{Name: "a part of an earlier version is gone", Path: "/baton-element.0123456789abcdef.js", Status: 404, Code: "NOT_FOUND", WantHeaders: map[string]string{
			"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}},
		{Name: "also from beside the hashed name", Path: "/static/baton-element.0123456789abcdef.js", Status: 404, Code: "NOT_FOUND", WantHeaders: map[string]string{
			"Cache-Control": "no-store"}},
		{Name: "an earlier dictionary's place is taken, for now", Path: "/baton.ar.0123456789abcdef.js", Status: 200, WantHeaders: map[string]string{
			"Cache-Control": "no-store", "Content-Type": "text/javascript; charset=utf-8", "Access-Control-Allow-Origin": "*"}},
		{Name: "its types", Path: "/baton.d.ts", Status: 200, WantHeaders: map[string]string{"Content-Type": "text/plain; charset=utf-8", "Access-Control-Allow-Origin": "*"}},
		{Name: "nothing else stands there", Path: "/register.js", Status: 404, Code: "NOT_FOUND"},
		{Name: "what the browser has", Path: "/baton.js", Headers: []string{"If-None-Match", `"other", ` + static.Tag("/static/baton.js")}, Status: 304, WantHeaders: map[string]string{
			"ETag": static.Tag("/static/baton.js"), "Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}},
		{Name: "what the browser has not", Path: "/baton.js", Headers: []string{"If-None-Match", `W/"0123456789abcdef"`}, Status: 200, WantHeaders: map[string]string{"ETag": static.Tag("/static/baton.js")}},
		{Name: "an unknown file", Path: "/static/none.css", Status: 404, Code: "NOT_FOUND"},
		{Name: "a way out", Path: "/static/../server.go", Status: 404, Code: "NOT_FOUND"},
		{Name: "an escaped way out", Path: "/static/%2e%2e/server.go", Status: 404, Code: "NOT_FOUND"},
		{Name: "no icon", Path: "/favicon.ico", Status: 204},
	}
	for _, name := range static.Component { // they find each other by names beside them, at either place
		for _, at := range []string{static.Path(name), "/" + path.Base(static.Path(name))} {
			scenarios = append(scenarios, webtest.Scenario{Name: at, Path: at, Status: 200, WantHeaders: map[string]string{
				"Cache-Control": "public, max-age=31536000, immutable", "Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}})
		}
	}
	for _, sc := range scenarios {
		sc.Method = "GET"
		sc.Run(t, s)
	}
}

func TestNothingThere(t *testing.T) {
	s := webtest.Start(t)
	html := []string{"Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
	for _, sc := range []webtest.Scenario{
		{Name: "a program is answered JSON", Method: "GET", Path: "/nothing", Status: 404, Code: "NOT_FOUND"},
		{Name: "the API answers JSON to everybody", Method: "GET", Path: "/api/v1/nothing", Headers: html, Status: 404, Code: "NOT_FOUND"},
		{Name: "another version of the API, too", Method: "POST", Path: "/api/v2/session", Headers: html, Status: 404, Code: "NOT_FOUND"},
		{Name: "the API in another case", Method: "GET", Path: "/API/v1/session", Status: 404, Code: "NOT_FOUND"},
		{Name: "a person sees a page", Method: "GET", Path: "/nothing", Headers: html, Status: 404,
			Contains:    []string{"<!doctype html>", "This page does not exist"},
			WantHeaders: map[string]string{"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY"}},
	} {
		sc.Run(t, s)
	}
}

func TestPageHeaders(t *testing.T) {
	s := webtest.Start(t)
	header := s.Do("GET", "/nothing", "", "Accept", "text/html").Header
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws" +
			strings.TrimPrefix(s.URL, "http") + "; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Referrer-Policy":        "no-referrer",
		"X-Content-Type-Options": "nosniff",
		"Permissions-Policy":     "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
		"Server":                 "",
	}
	for name, value := range want {
		if got := header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

func TestSandboxMount(t *testing.T) {
	type seen struct{ Method, Path, RawQuery, Body, Custom, Host, ContentType string }
	stand := http.NewServeMux()
	stand.HandleFunc("/echo/{rest...}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/jwt")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.WriteHeader(http.StatusTeapot)
		_ = json.NewEncoder(w).Encode(seen{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header.Get("UQ-Session-ID"), r.Host, r.Header.Get("Content-Type")})
	})
	stand.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("a secret of the sandbox") })
	stand.HandleFunc("/hang", func(w http.ResponseWriter, r *http.Request) {
		if _, bounded := r.Context().Deadline(); !bounded {
			t.Error("the handler's work is not bounded")
		}
		w.WriteHeader(http.StatusNoContent)
	})
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Sandbox = stand }))

	answer := s.Do("PUT", "/sandbox/echo/a%20b?x=1&y=%2F", "hello", "UQ-Session-ID", "7", "Content-Type", "text/plain")
	var got seen
	answer.JSON(t, &got)
	if want := (seen{"PUT", "/echo/a b", "x=1&y=%2F", "hello", "7", strings.TrimPrefix(s.URL, "http://"), "text/plain"}); got != want {
		t.Errorf("the handler sees %+v, want %+v", got, want)
	}
	if answer.Status != http.StatusTeapot || answer.Header.Get("Content-Type") != "application/jwt" || len(answer.Header.Values("Set-Cookie")) != 2 {
		t.Errorf("answers %d %v", answer.Status, answer.Header)
	}
	for _, sc := range []webtest.Scenario{
		{Name: "a body over the limit", Method: "POST", Path: "/sandbox/echo/", Body: strings.Repeat("a", 512<<10+1), Status: 413, Code: "PAYLOAD_TOO_LARGE"},
		{Name: "a panic", Method: "GET", Path: "/sandbox/panic", Headers: []string{"Accept", "text/html"}, Status: 500, Code: "UNEXPECTED_ERROR", Lacks: []string{"secret", "goroutine"}},
		{Name: "an answer without a body", Method: "GET", Path: "/sandbox/hang", Status: 204},
		{Name: "nothing there", Method: "GET", Path: "/sandbox/none", Status: 404},
	} {
		sc.Run(t, s)
	}
	webtest.Scenario{Name: "no sandbox", Method: "GET", Path: "/sandbox/echo/", Status: 404, Code: "NOT_FOUND"}.Run(t, webtest.Start(t))
}
