package main

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"baton/static"
)

// elementPage is an integrator's page with the element. Its backend creates sessions at /renew; what the element says is
// kept in log.
const elementPage = `<!doctype html>
<html lang="%s">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Example Shop</title>
<script type="module" src="%s"></script>
<script src="/shop.js"></script>
<main>
<h1>Example Shop</h1>
%s
</main>
</html>`

const elementScript = `
window.log = [];
window.find = (selector, which = 0) => document.querySelectorAll("baton-handoff")[which]?.shadowRoot?.querySelector(selector);
window.state = (which) => find("#body", which)?.className;
window.said = [];
window.sockets = 0;
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    window.sockets += 1;
  }
};
for (const type of ["service", "status", "notice", "expired", "error", "connection"]) {
  document.addEventListener(type, (event) => {
    log.push([type, event.notice ?? event.service ?? event.status ?? event.reason ?? event.connected, event.seq].join(" ").trim());
  });
}
window.renew = async () => {
  const response = await fetch("/renew", { method: "POST" });
  if (!response.ok) throw new Error("the shop cannot");
  return response.json();
};
document.addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll("[data-renews]")) element.renew = renew;
});
`

// shop is an integrator's site of another origin than the server, under the policy that the component promises to need no
// exception from. It serves the component's files itself, as a package manager would have put them there; a page that names
// a server in `from` loads them from that one.
type shop struct {
	t       *testing.T
	url     string
	baton   string // address of the server, or of a proxy before it
	backend backend

	mu      sync.Mutex
	broken  bool // its backend
	renewed []guarded
}

func openShop(t *testing.T, baton string, customer backend) *shop {
	t.Helper()
	s := &shop{t: t, baton: baton, backend: customer}
	site := http.NewServeMux()
	site.HandleFunc("GET /component/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if !slices.Contains(static.Component, name) {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, filepath.Join("../../static", name))
	})
	site.HandleFunc("GET /shop.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, elementScript)
	})
	site.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	site.HandleFunc("POST /renew", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.broken {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		session := s.backend.guard(t, nil)
		s.renewed = append(s.renewed, session)
		answer := map[string]string{"link": session.Link}
		if session.Page != "" {
			answer["pageToken"] = session.Page
		} else {
			answer["qrCodeText"] = session.Text
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
	site.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		from := r.FormValue("from")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' "+from+"; connect-src 'self' "+s.baton+" ws"+strings.TrimPrefix(s.baton, "http"))
		lang := "en"
		if asked := r.FormValue("lang"); asked != "" {
			lang = asked
		}
		module := "/component/baton.js"
		if from != "" {
			module = from + "/baton.js"
		}
		fmt.Fprintf(w, elementPage, html.EscapeString(lang), html.EscapeString(module), r.FormValue("body"))
	})
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *shop) breaks(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

func (s *shop) sold() []guarded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renewed
}

// element is the markup of one that watches the session, or of one that has none yet.
func (s *shop) element(session guarded, attributes string) string {
	secret := ""
	switch {
	case session.Page != "":
		secret = `page-token="` + session.Page + `"`
	case session.Text != "":
		secret = `qr-code-text="` + session.Text + `" link="` + session.Link + `"`
	}
	return `<baton-handoff src="` + s.baton + `" ` + secret + ` ` + attributes + `></baton-handoff>`
}

// shows opens the shop with this in its page, in a language.
func (s *shop) shows(page *tab, lang, body string) {
	s.t.Helper()
	page.open(s.url + "/?" + url.Values{"lang": {lang}, "body": {body}}.Encode())
}

// showsFrom is shows, with the module from a server.
func (s *shop) showsFrom(server string, page *tab, body string) {
	s.t.Helper()
	page.open(s.url + "/?" + url.Values{"from": {server}, "body": {body}}.Encode())
}

// seeState waits until the page's first element is in the state.
func (b *tab) seeState(state string) {
	b.t.Helper()
	b.eventually("the state "+state, `state() === `+strconv.Quote(state))
}

// within the element's shadow.
func (b *tab) shadowText(selector string) string {
	b.t.Helper()
	return eval[string](b, `find(`+strconv.Quote(selector)+`)?.innerText ?? ""`)
}

// hears waits until the element's live region says this.
func (b *tab) hears(words string) {
	b.t.Helper()
	b.eventually("a screen reader hears "+words, `find("#live").textContent === `+strconv.Quote(words))
}

func (b *tab) press(selector string) {
	b.t.Helper()
	b.eventually("the button "+selector, `find(`+strconv.Quote(selector)+`)?.checkVisibility()`)
	eval[bool](b, `(find(`+strconv.Quote(selector)+`).click(), true)`)
}

// TestBrowserElementTellsTheStory plays a session that asks for a number, from the code to the verified end.
func TestBrowserElementTellsTheStory(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	shop := openShop(t, address, customer)
	session := customer.guard(t, map[string]any{"confirm": "number"})
	page := newBrowser(t, "the shop's page")
	shop.shows(page, "en", shop.element(session, ""))
	page.seeState("ready")
	page.hears("The code is ready. Scan it with your phone.")
	page.sound("ready")
	phone := scanner{t, address, session.Text, "phone-0123456789-0123456789"}
	other := scanner{t, address, session.Text, "other-0123456789-0123456789"}

	wantWords(t, "opening", phone.open(), "OK")
	page.seeState("confirm")
	number := customer.number(t, session)
	wantWords(t, "the number", page.shadowText("#number"), number)
	page.hears("Enter the number " + number[:1] + " " + number[1:] + " on your phone. Only continue if you are holding the phone.")
	wantWords(t, "a wrong number", phone.agree(otherThan(number)), "CONFIRMATION_REQUIRED")
	page.hears("The number entered on the phone was not this one. There is one more try.")
	wantWords(t, "another phone", other.open(), "SESSION_ALREADY_CLAIMED")
	page.hears("Another phone tried to use this code. It was refused.")
	page.sound("confirm")
	wantWords(t, "the right number", phone.agree(number), "No Content")
	wantWords(t, "the claim", phone.claim(), "OK")
	page.seeState("claimed")
	page.hears("Your phone is connected. Keep this page open: it follows each step and goes on by itself.")
	wantWords(t, "a step", phone.report("SCAN"), "OK")
	page.hears("Scan your document: Done. Now: Read its chip.")
	wantWords(t, "a step left out", phone.call("POST", "/events", `{"skipped":"READ","reason":"READ_NFC_UNAVAILABLE"}`), "OK")
	page.hears("Read its chip: Skipped. Now: Check your face.")
	page.sound("claimed")
	wantWords(t, "a step", phone.report("FACE"), "OK")
	wantWords(t, "a step", phone.report("BACKGROUND_CHECK"), "OK")
	wantWords(t, "the end", phone.report("INFO"), "OK")
	page.seeState("checking")
	page.hears("Checking the result…")
	page.sound("checking")
	eval[bool](page, `document.querySelector("baton-handoff").verified = true`)
	page.seeState("verified")
	page.hears("Identity verified")
	page.sound("verified")
	want := "connection true,notice opened,notice confirm,notice confirm_failed,notice second_claim,status claimed,service SCAN,notice skipped,service FACE,service BACKGROUND_CHECK,service INFO,status completed"
	if got := eval[string](page, `log.map((line) => line.replace(/ \d+$/, "")).join()`); got != want {
		t.Errorf("the page heard %s\nwant %s", got, want)
	}
	page.noProblems()
}
