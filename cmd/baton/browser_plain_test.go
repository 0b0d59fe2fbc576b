package main

import (
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// withoutScripts switches the tab's scripts off.
func (b *tab) withoutScripts() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		b.t.Fatal(err)
	}
}

// TestBrowserWorksWithoutJavaScript registers with scripts switched off: plain forms, a page that loads itself again,
// a plain link at the end.
func TestBrowserWorksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page without scripts")
	page.withoutScripts()
	register(page, address, "Ana Specimen")
	link := page.readQR()
	if output, err := exec.CommandContext(t.Context(), "baton", "phone", "--fast", link).CombinedOutput(); err != nil {
		t.Fatalf("baton phone: %v\n%s", err, output)
	}
	// The page comes to the end by itself: it loads itself every few seconds.
	page.seeID("review")
	page.click("complete")
	page.seeID("done")
}

// TestBrowserLoadsLittleAndFromHereOnly weighs the page with the code.
func TestBrowserLoadsLittleAndFromHereOnly(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	// The same page again, with nothing in the cache.
	fresh := page.second("fresh tab")
	fresh.withoutCache()
	fresh.open(address + "/register/verify")
	fresh.see(`[data-testid=verify][data-state=ready]`)
	fresh.eventually("everything is loaded", `document.readyState === "complete" && performance.getEntriesByType("resource").some((e) => e.name.includes("baton"))`)

	requests, bytes := fresh.traffic()
	const limit = 60 << 10
	if bytes == 0 || bytes > limit {
		t.Errorf("the page with all that it loads takes %d bytes, want at most %d", bytes, limit)
	}
	t.Logf("%d bytes in %d requests (limit %d)", bytes, len(requests), limit)
	for _, request := range requests {
		if u, err := url.Parse(request); err != nil || (u.Scheme != "data" && "http://"+u.Host != address && "ws://"+u.Host != strings.Replace(address, "http", "ws", 1)) {
			t.Errorf("a request leaves for %s", request)
		}
	}
	fresh.noProblems()
}

// TestBrowserShowsTheSameStateAgain reloads in the middle, opens a second tab and loses the server for a while.
func TestBrowserShowsTheSameStateAgain(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	phone := page.second("phone")
	phone.open(fastLink(address, page.readQR()))
	phone.click("phone-start")
	phone.seeID("phone-next")
	page.see(`[data-testid=verify][data-state=claimed]`)
	page.eventually("no code in the page", `!document.querySelector("[data-testid=qr]")`)

	page.do("reload", chromedp.Reload())
	page.see(`[data-testid=verify][data-state=claimed]`)
	other := page.second("second tab")
	other.open(address + "/register/verify")
	other.see(`[data-testid=verify][data-state=claimed]`)

	before := eval[string](phone, `[...document.querySelectorAll("[data-testid=phone-screen]")].find((e) => e.offsetParent).dataset.index`)
	phone.do("reload the phone", chromedp.Reload())
	if phone.eventually("the phone goes on", `document.querySelector("[data-testid=phone-start]")?.offsetParent || document.querySelector("[data-testid=phone-next]")?.offsetParent`); eval[bool](phone, `Boolean(document.querySelector("[data-testid=phone-start]")?.offsetParent)`) {
		phone.click("phone-start")
	}
	phone.eventually("the screen of before", `[...document.querySelectorAll("[data-testid=phone-screen]")].find((e) => e.offsetParent)?.dataset.index === "`+before+`"`)
}
