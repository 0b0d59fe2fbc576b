package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"baton/internal/auth"
	"baton/internal/snippets"
)

// TestBrowserIntegrate walks through the page that integrators copy from: tabs by mouse and by keys, addresses that lead to
// one, the copy button, and the calls that "Try it" makes, up to a checked-looking result.
func TestBrowserIntegrate(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "the integrator")
	page.open(address + "/integrate")
	page.eventually("the tabs", `document.querySelectorAll('[role="tablist"]').length === 4`)
	shown := func() string {
		return eval[string](page, `[...document.querySelectorAll('[role="tabpanel"]')].filter((p) => !p.hidden).map((p) => p.id).join(" ")`)
	}
	want := func(what, panels string) {
		t.Helper()
		if got := shown(); got != panels {
			t.Errorf("%s: %q is shown, want %q", what, got, panels)
		}
	}
	want("at first", "quick-backend-go-site backend-curl page-websocket phone-kotlin")

	page.do("choose Python", chromedp.Click(chromedp.CSS("#tab-backend-python")))
	want("after a click", "quick-backend-go-site backend-python page-websocket phone-kotlin")
	page.do("go on by keys", chromedp.KeyEvent(kb.ArrowRight))
	want("after an arrow", "quick-backend-go-site backend-php page-websocket phone-kotlin")
	page.do("to the end", chromedp.KeyEvent(kb.End))
	page.do("and round", chromedp.KeyEvent(kb.ArrowRight))
	want("after the last", "quick-backend-go-site backend-curl page-websocket phone-kotlin")
	page.do("back round", chromedp.KeyEvent(kb.ArrowLeft))
	want("before the first", "quick-backend-go-site backend-csharp page-websocket phone-kotlin")
	if got := eval[string](page, `location.hash + " " + document.activeElement.id + " " + document.querySelectorAll('[role="tab"][tabindex="0"]').length`); got != "#backend-csharp tab-backend-csharp 4" {
		t.Errorf("address, focus and stops of the Tab key: %s", got)
	}
	if n := eval[int](page, `document.querySelectorAll('[role="tab"][aria-selected="true"]').length`); n != 4 {
		t.Errorf("%d tabs are selected, want 4", n)
	}

	// An address leads to what it names, on load and later; the way back leads back.
	page.do("an address", chromedp.Evaluate[chromedp.Void](`void (location.hash = "#page-vue")`))
	page.eventually("its tab", `!document.getElementById("page-vue").hidden`)
	page.do("back", chromedp.Evaluate[chromedp.Void](`void history.back()`))
	page.eventually("the address before", `location.hash === "#backend-csharp"`)
	page.open(address + "/integrate?again#backend-python-follow-up")
	page.eventually("the tab of the snippet", `!document.getElementById("backend-python").hidden`)
	want("by the address of a snippet, the others remembered", "quick-backend-go-site backend-python page-vue phone-kotlin")
	page.eventually("the snippet in view", `document.getElementById("backend-python-follow-up").getBoundingClientRect().top < innerHeight`)

	// The text is copied as it stands, with this server's values. The test's browser may not read the clipboard back.
	page.do("listen", chromedp.Evaluate[chromedp.Void](`void (navigator.clipboard.writeText = async (text) => { window.copied = text; })`))
	page.do("copy", chromedp.Click(chromedp.CSS(`[data-snippet="backend-python-create"] [data-copies="source"]`)))
	page.eventually("that it is copied", `window.copied && document.querySelector('[data-role="said"]').textContent.includes("create.py is copied")`)
	if copied := eval[string](page, `window.copied`); !strings.Contains(copied, `SERVER = "`+address+`"`) || !strings.Contains(copied, `TOKEN_URL = "`+address+`/sandbox/api/oauth/token"`) {
		t.Errorf("copied: %s", copied)
	}

	page.do("copy what runs it", chromedp.Click(chromedp.CSS(`[data-snippet="backend-python-create"] [data-copies="run"]`)))
	page.eventually("that it is copied", `window.copied === "curl -O `+address+`/integrate/files/python/create.py\npython3 create.py\n"`)

	page.do("a small site at the top", chromedp.Click(chromedp.CSS("#tab-quick-backend-node-site")))
	page.do("copy its lines", chromedp.Click(chromedp.CSS(`#quick-backend-node-site [data-copies="run"]`)))
	page.eventually("that they are copied", `window.copied === "curl -O `+address+`/integrate/files/node/site.mjs\ncurl -O `+address+`/integrate/files/element/element.html\nnpm install jose && node site.mjs\n"`)

	// Where there is no clipboard, as on a plain address in the home network, the old way is taken.
	page.do("no clipboard", chromedp.Evaluate[chromedp.Void](`void (navigator.clipboard.writeText = () => Promise.reject(new Error("none")),
		document.execCommand = (command) => { window.copied = command + " " + getSelection().toString(); return true; })`))
	page.do("copy", chromedp.Click(chromedp.CSS(`[data-snippet="backend-python-status"] [data-copies="source"]`)))
	page.eventually("that it is copied", `document.querySelector('[data-role="said"]').textContent.includes("status.py is copied") && window.copied.startsWith('copy """Prints where')`)

	tryItOut(t, page, address)
	page.noProblems()
	page.soundWithin("html", "integrate")
	page.looks(320, 1, "light") // and fits
}

func tryItOut(t *testing.T, page *tab, address string) {
	t.Helper()
	log := func(party string) string {
		return `document.querySelector('[data-try="` + party + `"] [data-role="log"]').textContent`
	}
	page.click("try-watch")
	page.eventually("what comes first", log("page")+`.includes("Create a session first")`)
	page.click("try-result")
	page.eventually("what comes before the result", log("backend")+`.includes("First “Create a session”, then play the phone to its end")`)
	page.click("try-create")
	page.eventually("the session", log("backend")+`.includes("qrCodeTextWithDynamicLink")`)
	if got := eval[string](page, log("backend")); !strings.Contains(got, "POST /sandbox/api/oauth/token") || !strings.Contains(got, "POST /api/v1/session") || !strings.Contains(got, "200") {
		t.Errorf("the calls are not shown: %s", got)
	}
	page.click("try-status")
	page.eventually("its status", log("backend")+`.includes('"status": "created"')`)
	page.click("try-result")
	page.eventually("that there is no result", log("backend")+`.includes("There is no result yet")`)
	page.click("try-watch")
	page.eventually("the first frame", log("page")+`.includes('"type":"snapshot"')`)
	page.eventually("the code", `document.querySelector('[data-try="page"] svg path')`)
	link := eval[string](page, `document.querySelector('[data-testid="try-phone"]').href`)
	if !strings.HasPrefix(link, address+"/go#") {
		t.Fatalf("the phone's link is %q", link)
	}
	mustRun(t, t.TempDir(), "baton", "phone", "--fast", "--yes", link)
	page.eventually("the frames", log("page")+`.includes('"service":"INFO"') && `+log("page")+`.includes("closed: 1000")`)
	page.click("try-status")
	page.eventually("the new status", log("backend")+`.includes('"status": "completed"')`)
	page.click("try-result")
	page.eventually("the claims", log("backend")+`.includes('"iss": "urn:baton:sandbox"') && `+log("backend")+`.includes('"documentType": "PASSPORT"')`)
	requests, _ := page.traffic()
	for _, request := range requests {
		if strings.Contains(request, "?") && !strings.HasSuffix(request, "?link=true") && !strings.HasSuffix(request, "?again") || !strings.HasPrefix(request, address) && !strings.HasPrefix(request, "ws") {
			t.Errorf("the page asked for %s", request)
		}
	}
}

// TestBrowserIntegrateAtServe: without a sandbox the visitor brings the bearer. It is a password field's, shown nowhere, and
// gone with the page.
func TestBrowserIntegrateAtServe(t *testing.T) {
	t.Parallel()
	key := auth.NewAPIKey()
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(key.Line("shop")), 0o600); err != nil {
		t.Fatal(err)
	}
	address, _ := startServer(t, "serve", "--public-url", "http://127.0.0.1", "--origins", "*", "--api-keys", file, "--db", filepath.Join(t.TempDir(), "baton.db"))
	page := newBrowser(t, "the integrator")
	page.open(address + "/integrate")
	const log = `document.querySelector('[data-try="backend"] [data-role="log"]').textContent`
	page.click("try-create")
	page.eventually("what comes first", log+`.includes("Enter a bearer first")`)
	page.do("type the key", chromedp.SendKeys(chromedp.CSS("#bearer"), key.Reveal()))
	page.click("try-create")
	page.eventually("the session", log+`.includes("qrCodeTextWithDynamicLink")`)
	page.click("try-status")
	page.eventually("its status", log+`.includes('"status": "created"')`)
	if strings.Contains(eval[string](page, `document.body.innerText`), key.Reveal()) || !strings.Contains(eval[string](page, log), "Authorization: Bearer …") {
		t.Error("the key is on show")
	}
	if eval[bool](page, `JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]).includes(`+strconv.Quote(key.Reveal())+`)`) {
		t.Error("the key is kept")
	}
	page.open(address + "/healthz")
	page.do("go back", chromedp.NavigateBack())
	page.eventually("the page again", `document.getElementById("bearer")`)
	if eval[string](page, `document.getElementById("bearer").value`) != "" {
		t.Error("the key is there again after a way back")
	}
	page.noProblems()

	plain := page.second("without scripts")
	plain.withoutScripts()
	plain.open(address + "/integrate")
	if seen, all := eval[int](plain, `[...document.querySelectorAll("[data-snippet]")].filter((s) => s.checkVisibility()).length`), len(snippets.All()); seen != all {
		t.Errorf("%d of %d snippets are visible without scripts", seen, all)
	}
	if n := eval[int](plain, `[...document.querySelectorAll(".integrate button, .integrate input, .try")].filter((s) => s.checkVisibility()).length`); n != 0 {
		t.Errorf("%d things are there that do nothing without scripts", n)
	}
}
