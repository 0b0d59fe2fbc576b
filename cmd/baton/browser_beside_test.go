package main

import (
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
