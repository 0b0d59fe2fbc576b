package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"baton/internal/enrolment"
)

// opensOf counts how often a tab has said that it opened the link.
func opensOf(b *tab) int {
	requests, _ := b.traffic()
	n := 0
	for _, request := range requests {
		if strings.HasSuffix(request, "/api/v1/session/open") {
			n++
		}
	}
	return n
}

// TestBrowserPhoneShowsWhoAsks opens links of sessions in every state.
func TestBrowserPhoneShowsWhoAsks(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	create := func(t *testing.T, requester map[string]string) created {
		t.Helper()
		var session created
		body := map[string]any{"data": enrolment.Default().Encode(), "requester": requester}
		if err := customer.call(http.MethodPost, "/api/v1/session", "Bearer "+customer.bearer, body, &session); err != nil {
			t.Fatal(err)
		}
		return session
	}
	t.Run("by name, browser and system", func(t *testing.T) {
		t.Parallel()
		session := create(t, map[string]string{
			"name": "Shop <b>& Sons", "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
		})
		phone := newBrowser(t, "phone")
		phone.open(fastLink(address, session.Link))
		phone.eventually("the name", `document.querySelector("[data-testid=phone-asker]").textContent === "Shop <b>& Sons"`)
		if from := phone.text(`[data-testid=phone-from]`); from != "Started in Firefox on Windows" {
			t.Errorf("the phone says %q", from)
		}
		phone.click("phone-start")
		phone.seeScreen("help", "")
		phone.do("reload in the middle", chromedp.Reload())
		phone.seeScreen("help", "")
		if n := opensOf(phone); n != 1 {
			t.Errorf("the phone said %d times that it opened the link, want once", n)
		}
		phone.noProblems()
	})
	t.Run("by the usual words where nobody is named", func(t *testing.T) {
		t.Parallel()
		session := create(t, nil)
		phone := newBrowser(t, "phone")
		phone.open(fastLink(address, session.Link))
		phone.eventually("the call", `performance.getEntriesByType("resource").some((e) => e.name.endsWith("/session/open") && e.responseEnd > 0)`)
		if title := phone.text("h1"); title != "Example Bank asks you to verify your identity" {
			t.Errorf("the phone says %q", title)
		}
		if from := phone.text(`[data-testid=phone-from]`); from != "" {
			t.Errorf("the phone says %q although no page watches", from)
		}
	})
	t.Run("not where it has ended", func(t *testing.T) {
		t.Parallel()
		session := create(t, nil)
		if err := customer.report(session.ID, "INFO"); err != nil {
			t.Fatal(err)
		}
		phone := newBrowser(t, "phone")
		phone.open(fastLink(address, session.Link))
		phone.see(`[data-testid=phone-end][data-outcome=ended]`)
	})
	t.Run("not where the code is unknown", func(t *testing.T) {
		t.Parallel()
		phone := newBrowser(t, "phone")
		phone.open(fastLink(address, "#"+strings.Repeat("A", 32)))
		phone.see(`[data-testid=phone-end][data-outcome=expired]`)
	})
}

// TestBrowserPhoneStartsWithoutSayingSo loses the call that tells of the opened link, and no other.
func TestBrowserPhoneStartsWithoutSayingSo(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	session, err := customer.create(enrolment.Default().Encode())
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/session/open" {
			panic(http.ErrAbortHandler) // the connection breaks
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	phone := newBrowser(t, "phone")
	phone.open(fastLink(between.URL, session.Link))
	phone.eventually("the call", `performance.getEntriesByType("resource").some((e) => e.name.endsWith("/session/open"))`)
	phone.seeID("phone-landing")
	phone.click("phone-start")
	phone.seeScreen("help", "")
	phone.noProblems()
}
