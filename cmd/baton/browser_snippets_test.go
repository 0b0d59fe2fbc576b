package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/infoapi"
	"baton/internal/sandbox"
	"baton/internal/snippets"
)

// integrator is a site with a snippet: it serves one page and is the backend that the page asks, both on an origin of its own.
type integrator struct {
	*httptest.Server
	t        *testing.T
	customer backend
	provider *infoapi.Client

	mu      sync.Mutex
	session created // the one that it has on record
	made    int
}

func newIntegrator(t *testing.T, address, page, bundle string) *integrator {
	t.Helper()
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := infoapi.New(infoapi.Config{
		BaseURL: address + "/sandbox", ClientID: sandbox.DefaultClientID, ClientSecret: sandbox.DefaultClientSecret,
		Issuer: sandbox.Issuer, Audience: sandbox.DefaultClientID,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &integrator{t: t, customer: customer, provider: provider}
	site := http.NewServeMux()
	site.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page)
	})
	site.HandleFunc("GET /bundle.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		fmt.Fprint(w, bundle)
	})
	site.HandleFunc("POST /session", s.create)
	site.HandleFunc("POST /follow-up", s.followUp)
	s.Server = httptest.NewServer(site)
	t.Cleanup(s.Close)
	return s
}

func (s *integrator) create(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, err := s.customer.create(enrolment.Default().Encode())
	if err != nil {
		s.t.Error(err)
	}
	s.session, s.made = made, s.made+1
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(made)
}

func (s *integrator) followUp(w http.ResponseWriter, r *http.Request) {
	result, err := s.provider.Result(r.Context(), handoff.SessionID(s.onRecord().ID))
	if err != nil {
		http.Error(w, "not yet", http.StatusConflict)
		return
	}
	if !result.Documents[0].Face.Match {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"code": "FACE_NO_MATCH", "message": "The face is another's."}`)
		return
	}
	fmt.Fprint(w, "Welcome ", result.Documents[0].FullName)
}

func (s *integrator) onRecord() created {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session
}

// bundledPage is a page that a framework fills.
const bundledPage = `<!doctype html>
<title>Shop</title>
<main></main>
<p id="said"></p>
<script type="module" src="/bundle.js"></script>`

// TestBrowserRunsTheSnippetsOfPages opens those that are marked as run, as a running demo shows them, on another origin, and
// plays the phone: the code is there, the steps come, and after INFO the shop has its result.
func TestBrowserRunsTheSnippetsOfPages(t *testing.T) {
	needSnippetTools(t)
	address, _ := startDemo(t)
	shown := shownSnippets(t, address)
	for _, one := range snippets.All() {
		if one.Party != snippets.Page || one.Check != snippets.Run {
			continue
		}
		t.Run(one.Tab, func(t *testing.T) {
			t.Parallel()
			text, bundle := shown[one.ID()], ""
			framework := compilers[one.Tab] != ""
			if framework {
				text, bundle = bundledPage, bundled(t, one, text)
			}
			element := framework || one.Tab == "element"
			site := newIntegrator(t, address, text, bundle)
			page := newBrowser(t, one.Tab)
			page.open(site.URL + "/")
			if element {
				page.eventually("the code", `document.querySelector("baton-handoff")?.link`)
			} else {
				page.eventually("the code", `document.querySelector("#code svg path")`)
			}
			mustRun(t, t.TempDir(), "baton", "phone", "--fast", "--yes", site.onRecord().Link)
			page.eventually("the welcome", `document.getElementById("said").textContent.startsWith("Welcome ")`)
			if !element { // which has tests of its own
				if n := eval[int](page, `document.querySelectorAll("#steps li").length`); n != 5 {
					t.Errorf("the page shows %d steps, want 5: %s", n, page.text("#steps"))
				}
			} else if !eval[bool](page, `document.querySelector("baton-handoff").verified`) {
				t.Error("the element was not told that the result is good")
			}
			if site.made != 1 {
				t.Errorf("the page asked for %d sessions, want 1", site.made)
			}

			// A result that is genuine and not good enough: the page says why.
			page.open(site.URL + "/")
			page.eventually("another session", `document.querySelector("baton-handoff")?.link || document.querySelector("#code svg path")`)
			mustRun(t, t.TempDir(), "baton", "phone", "--fast", "--yes", "--outcome", "face_mismatch", site.onRecord().Link)
			if element {
				page.eventually("why not", saysRefused("FACE_NO_MATCH"))
			} else {
				page.eventually("why not", `document.getElementById("said").textContent === "The face is another's."`)
			}
			if !element {
				page.open(site.URL + "/")
				page.eventually("another code", `document.querySelector("#code svg path")`)
				runIn(t, t.TempDir(), "baton", "phone", "--fast", "--yes", "--cancel-at", "FACE", site.onRecord().Link) // says by its status that it was cancelled
				page.eventually("what happened", `document.getElementById("said").textContent.startsWith("That did not work")`)
				if eval[bool](page, `Boolean(document.querySelector("#code svg"))`) {
					t.Error("the code of an ended session is still there")
				}
			}
			page.noProblems()
		})
	}
}

// saysRefused holds when the element shows the words for a code of decide.
func saysRefused(code string) string {
	words := map[string]string{
		"FACE_NO_MATCH":      "The face didn't match the document.",
		"DOCUMENT_REFUSED":   "We couldn't accept the document.",
		"BACKGROUND_REFUSED": "The background check found something",
	}
	return `(({ verified, refused, shadowRoot }) => !verified && refused === "` + code + `" && shadowRoot.textContent.includes("` + words[code] + `"))(document.querySelector("baton-handoff"))`
}

// TestBrowserRunsTheSnippetsOfSites takes a whole site and the page beside it, as the demo's page says to, and goes through it
// in Chromium: once to its good end, and once to each that a site must not take for good.
func TestBrowserRunsTheSnippetsOfSites(t *testing.T) {
	needSnippetTools(t)
	address, _ := startDemo(t)
	shown := shownSnippets(t, address)
	for _, one := range snippets.All() {
		if one.Task != snippets.Site {
			continue
		}
		t.Run(one.Tab, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			command := snippetCommand(t, folder, one, shown[one.ID()])
			if err := os.WriteFile(filepath.Join(folder, "element.html"), []byte(shown["page-element"]), 0o600); err != nil {
				t.Fatal(err)
			}
			site := startSite(t, folder, command)
			page := newBrowser(t, one.ID())
			page.open(site.address + "/")
			page.eventually("the code", `document.querySelector("baton-handoff")?.link`)
			mustRun(t, folder, "baton", "phone", "--fast", "--yes", eval[string](page, `document.querySelector("baton-handoff")?.link`))
			page.eventually("the welcome", `document.getElementById("said").textContent.includes("checked your passport")`)
			for outcome, code := range refusedOutcomes {
				page.open(site.address + "/")
				page.eventually("another code", `document.querySelector("baton-handoff")?.link`)
				link := eval[string](page, `document.querySelector("baton-handoff").link`)
				if asks := mustRun(t, folder, "baton", "phone", "--fast", "--yes", "--outcome", outcome, link); !strings.Contains(asks, "Example Shop") {
					t.Errorf("the phone does not say who asks: %s", asks)
				}
				page.eventually(outcome, saysRefused(code))
			}
			page.noProblems()
		})
	}
}
