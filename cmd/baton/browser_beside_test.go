package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserOpensThePhoneBesideThePage follows a phone in a frame, through a step that the channel does not tell
// of and a server that is away for a moment.
func TestBrowserOpensThePhoneBesideThePage(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	page.do("make room", chromedp.EmulateViewport(1280, 900))
	register(page, address, "Ana Specimen")
	page.seeID("copy-link") // the script is there
	page.do("keep the phone from going on by itself", chromedp.Evaluate[chromedp.Void](`localStorage.setItem("baton-phone-self", "no")`))
	page.click("open-phone")
	page.seeID("phone-here")

	const phone = `document.querySelector("#phone-here iframe")?.contentDocument`
	press := func(testID string) {
		t.Helper()
		button := phone + `?.querySelector("[data-testid=` + testID + `]:not([disabled], [aria-disabled])")`
		page.eventually(testID+" in the frame", button)
		page.do("press "+testID, chromedp.Evaluate[chromedp.Void](button+`.click()`))
	}
	onScreen := func(kind string) {
		t.Helper()
		page.eventually("the screen "+kind, phone+`?.querySelector("[data-testid=phone-screen][data-kind=`+kind+`]")`)
	}
	press("phone-start")
	onScreen("help")
	page.seeID("claimed")
	page.shoot("phone-beside")
	page.do("take NFC away", chromedp.Evaluate[chromedp.Void](`{
		const box = `+phone+`.getElementById("phone-outcome");
		box.value = "nfc_unavailable";
		box.dispatchEvent(new Event("change", { bubbles: true }));
	}`))
	press("phone-next")
	onScreen("scan")

	press("phone-next")
	onScreen("face")
	page.see(`[data-testid=step-SCAN][data-state=done]`)
	page.see(`[data-testid=step-READ][data-state=skipped]`)
	page.see(`[data-testid=step-FACE][data-state=current]`)

	page.do("let a proxy answer", chromedp.Evaluate[chromedp.Void](`{
		const real = window.fetch;
		window.proxied = 0;
		window.fetch = (address, ...more) => (address === "/register/verify" && (window.proxied += 1) <= 2
			? Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 })) : real(address, ...more));
	}`))
	press("phone-next")
	onScreen("consent")
	page.see(`[data-testid=step-FACE][data-state=done]`)
	if n := eval[int](page, `window.proxied`); n < 3 {
		t.Errorf("the page was fetched %d times; the proxy's answers were not met", n)
	}

	press("phone-next")
	page.seeID("review")
	page.see(`[data-testid=check-chip][data-meaning=open]`)
	page.noProblems()
}

// TestBrowserKeepsThePhoneBesideThePage: neither a reload nor another language costs the phone, and closed by hand it stays so. The demo
// with all its protections has the most to lose, because its code is another one by then.
func TestBrowserKeepsThePhoneBesideThePage(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t, "--confirm", "number", "--rotate")
	page := newBrowser(t, "page")
	page.do("make room", chromedp.EmulateViewport(1280, 900))
	register(page, address, "Ana Specimen")
	page.seeID("copy-link") // the script is there
	page.do("keep the phone from going on by itself, and from working long", chromedp.Evaluate[chromedp.Void](`{
		localStorage.setItem("baton-phone-self", "no");
		localStorage.setItem("baton-phone-pace", "skip");
	}`))

	const phone = `document.querySelector("#phone-here:not([hidden]) iframe")?.contentDocument`
	press := func(testID string) {
		t.Helper()
		button := phone + `?.querySelector("[data-testid=` + testID + `]:not([disabled], [aria-disabled])")`
		page.eventually(testID+" in the frame", button)
		page.do("press "+testID, chromedp.Evaluate[chromedp.Void](button+`.click()`))
	}
	onScreen := func(kind, language string) {
		t.Helper()
		page.eventually("the screen "+kind+" in "+language, phone+`?.querySelector("html[lang=`+language+`] [data-testid=phone-screen][data-kind=`+kind+`]")`)
	}
	reload := func(state string) {
		t.Helper()
		page.do("reload", chromedp.Reload())
		page.see(`[data-testid=verify][data-state=` + state + `]`)
	}
	nothingKept := func() {
		t.Helper()
		kept := eval[string](page, `JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) + document.documentElement.outerHTML + location`)
		ticket := eval[string](page, phone+`.location.hash.slice(1).split("-")[0]`)
		if ticket == "" || strings.Contains(kept, ticket) {
			t.Errorf("the code %q stands in the page or in the browser's storage", ticket)
		}
		if in := eval[string](page, phone+`.location.pathname + `+phone+`.location.search`); in != "/go" {
			t.Errorf("the frame is at %q", in)
		}
	}

	reload("ready")
	if eval[bool](page, `Boolean(document.querySelector("#phone-here iframe"))`) {
		t.Error("a phone stands there that nobody has opened")
	}
	page.click("open-phone")
	asked := phone + `?.querySelector("[data-testid=phone-number]")`
	press("phone-start")
	page.seeID("confirm-number")
	page.eventually("the phone to ask for the number", asked) // a moment earlier it has not begun, and waits for its tap again
	reload("confirm")
	page.eventually("the phone to ask for the number again", asked)
	page.do("enter the number", chromedp.Evaluate[chromedp.Void](`(`+phone+`).querySelector("[data-testid=phone-number]").value = document.querySelector("[data-testid=confirm-number]").textContent`))
	press("phone-confirm")
	onScreen("help", "en")
	press("phone-next")
	onScreen("scan", "en")
	reload("claimed")
	onScreen("scan", "en")
	nothingKept()
	page.click("language")
	page.see(`html[lang=ar] [data-testid=verify][data-state=claimed]`)
	onScreen("scan", "ar")
	page.shoot("phone-beside-again")
	nothingKept()
	if eval[bool](page, `document.querySelector("[data-testid=open-phone-again]").checkVisibility()`) {
		t.Error("the phone is offered while it stands there")
	}

	page.do("close the phone", chromedp.Evaluate[chromedp.Void](`dispatchEvent(new MessageEvent("message", {
		data: "baton-phone-back", origin: location.origin, source: document.querySelector("#phone-here iframe").contentWindow }))`))
	page.seeID("open-phone-again")
	page.shoot("phone-closed")
	reload("claimed")
	page.seeID("open-phone-again")
	if eval[bool](page, `Boolean(document.querySelector("#phone-here iframe"))`) {
		t.Error("a phone that was closed comes back")
	}
	page.click("open-phone-again")
	onScreen("scan", "ar")
	reload("claimed")
	onScreen("scan", "ar")
	for _, kind := range []string{"read", "face", "consent"} {
		press("phone-next")
		onScreen(kind, "ar")
	}
	press("phone-next")
	page.seeID("review")
	page.noProblems()
}

// TestBrowserAsksBeforeItReplacesATakenCode: the phone may have finished without the page's knowledge.
func TestBrowserAsksBeforeItReplacesATakenCode(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	phone := page.second("phone")
	phone.open(fastLink(address, page.readQR()))
	phone.click("phone-start")
	phone.seeScreen("help", "")
	page.seeID("claimed")
	page.do("take the code back", chromedp.Evaluate[chromedp.Void](`fetch("/api/v1/session", { method: "DELETE", headers: { Authorization: document.getElementById("verify").dataset.pageToken } })`))
	page.seeID("expired")
	page.see(`[data-testid=renew]`)
	page.seeID("finished")
	page.noProblems()
}
