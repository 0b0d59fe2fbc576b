package main

import (
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// mostClicks are what a demo on one laptop may need from the sent form to the completed registration.
const mostClicks = 5

// TestBrowserNeedsFewClicks goes from the code to the end as somebody does who is in a hurry: with the mouse, with what is suggested,
// with nothing switched. The browser itself counts each press of a button and of a key, in the page and in the phone beside it.
func TestBrowserNeedsFewClicks(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	b := newBrowser(t, "page")
	b.do("make room", chromedp.EmulateViewport(1280, 900))
	// Page and frame are of one origin, so they count into one place, which outlives each page.
	count := cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: `for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, (event) => {
		if (event.isTrusted) sessionStorage.setItem("pressed", (sessionStorage.getItem("pressed") ?? "") + "|" + (event.target.closest?.("[data-testid]")?.dataset.testid ?? event.target.localName ?? ""));
	}, true)`}
	if _, err := chromedp.Call(b.ctx, cdppage.AddScriptToEvaluateOnNewDocument, count); err != nil {
		t.Fatal(err)
	}
	b.open(address + "/register")
	b.click("fill")
	b.seeID("notice")
	b.click("field-consent")
	b.do("press Enter in a field", chromedp.SendKeys(byTestID("field-name"), kb.Enter)) // which goes on, and does not press another button
	b.seeID("copy-link")                                                                // the script is there
	if filled := eval[string](b, `sessionStorage.getItem("pressed") ?? ""`); filled == "" {
		t.Fatal("nothing was counted while the form was filled in: the count does not work")
	}
	b.do("count from here", chromedp.Evaluate[chromedp.Void](`sessionStorage.removeItem("pressed")`))

	const phone = `document.querySelector("#phone-here iframe")?.contentDocument`
	tap := func(what, button string) {
		t.Helper()
		b.eventually(what+" on the phone", phone+`?.querySelector('`+button+`')?.checkVisibility()`)
		at := eval[[]float64](b, `((button, frame) => { button.scrollIntoView({ block: "nearest" }); const a = button.getBoundingClientRect(), f = frame.getBoundingClientRect();
			return [f.x + frame.clientLeft + a.x + a.width / 2, f.y + frame.clientTop + a.y + a.height / 2]; })(`+phone+`.querySelector('`+button+`'), document.querySelector("#phone-here iframe"))`)
		b.do("tap "+what, chromedp.MouseClickXY(at[0], at[1]))
	}
	b.click("open-phone")
	tap("start", `[data-testid="phone-start"]:not([disabled])`)
	tap("scan", `[data-testid="phone-screen"][data-kind="scan"] [data-testid="phone-next"]:not([aria-disabled])`)
	tap("consent", `[data-testid="phone-screen"][data-kind="consent"] [data-testid="phone-next"]:not([aria-disabled])`)
	b.seeID("review")
	if eval[bool](b, `Boolean(document.querySelector('[data-testid^="difference"]'))`) {
		t.Error("what was filled in differs from the document")
	}
	b.click("complete")
	b.seeID("done")

	pressed := eval[string](b, `sessionStorage.getItem("pressed") ?? ""`)
	if n := eval[int](b, `(sessionStorage.getItem("pressed") ?? "").split("|").length - 1`); n > mostClicks || n == 0 {
		t.Errorf("it took %d clicks and keys, at most %d are wanted: %s", n, mostClicks, pressed)
	}
	t.Logf("pressed: %s", pressed)
	b.noProblems()
}

// TestBrowserPhoneWaitsWhereItIsTold: a presenter who talks longer than the phone looks switches it off, and who chooses something is
// not left behind.
func TestBrowserPhoneWaitsWhereItIsTold(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	b := newBrowser(t, "page")
	b.do("make room", chromedp.EmulateViewport(1280, 900))
	register(b, address, "Ana Specimen")
	b.seeID("copy-link")
	b.click("open-phone")
	const phone = `document.querySelector("#phone-here iframe")?.contentDocument`
	b.eventually("the phone", phone+`?.querySelector('[data-testid="phone-start"]:not([disabled])')`)
	b.do("start", chromedp.Evaluate[chromedp.Void](phone+`.querySelector('[data-testid="phone-start"]').click()`))
	b.eventually("that it says it goes on", phone+`.querySelector('[data-kind="help"][data-by-itself]')`)
	b.do("switch it off", chromedp.Evaluate[chromedp.Void](phone+`.getElementById("phone-self").click()`))
	if eval[bool](b, `Boolean(`+phone+`.querySelector("[data-kind=help][data-by-itself]"))`) {
		t.Error("switched off it still goes on")
	}
	b.do("go on by hand", chromedp.Evaluate[chromedp.Void](phone+`.querySelector('[data-testid="phone-next"]').click()`))
	b.eventually("the scan", phone+`.querySelector('[data-kind="scan"]')`)
	b.do("scan", chromedp.Evaluate[chromedp.Void](phone+`.querySelector('[data-testid="phone-next"]').click()`))
	b.eventually("the chip", phone+`.querySelector('[data-kind="read"] [data-testid="phone-next"]:not([aria-disabled])')`)
	if eval[bool](b, `Boolean(`+phone+`.querySelector("[data-kind=read][data-by-itself]"))`) {
		t.Error("the choice is forgotten")
	}
	b.noProblems()
}
