package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
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
		if from := phone.text(`[data-testid=phone-from]`); !strings.HasPrefix(from, "Started in Firefox on Windows at ") {
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
		if from := phone.text(`[data-testid=phone-from]`); !strings.HasPrefix(from, "Started at ") {
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
	between := breaking(t, address, func(r *http.Request, _ int) bool { return r.URL.Path == "/api/v1/session/open" })
	phone := newBrowser(t, "phone")
	phone.open(fastLink(between, session.Link))
	phone.eventually("the call", `performance.getEntriesByType("resource").some((e) => e.name.endsWith("/session/open"))`)
	phone.seeID("phone-landing")
	phone.click("phone-start")
	phone.seeScreen("help", "")
	phone.noProblems()
}

// breaking is the way to a server on which the connection breaks for every request that lost says so of; n counts the
// requests of the same path, from 1.
func breaking(t *testing.T, address string, lost func(r *http.Request, n int) bool) string {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	var mu sync.Mutex
	count := map[string]int{}
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		count[r.URL.Path]++
		breaks := lost(r, count[r.URL.Path])
		mu.Unlock()
		if breaks {
			panic(http.ErrAbortHandler)
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	return between.URL
}
