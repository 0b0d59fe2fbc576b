package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowserConsole designs a flow, with the page following each change, and plays the registration that asks for it: the
// phone shows the chosen documents, and the result is held against them and not against the program's own.
func TestBrowserConsole(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "the presenter")
	page.open(address + "/")
	page.do("open the console", chromedp.Click(chromedp.CSS(`a[href="/console"]`)))
	page.seeID("designer")
	page.shoot("console-default")
	page.open(address + "/console?preset=Two+documents")
	page.seeID("designed-1")
	page.shoot("console-two")

	// The data follows the form.
	data := `JSON.parse(document.querySelector("#outcome .docs-code").textContent)`
	page.do("one attempt", chromedp.Evaluate[chromedp.Void](`void document.querySelector("#face-maxAttempts").scrollIntoView()`),
		chromedp.SetValue(chromedp.CSS("#face-maxAttempts"), "1"))
	page.do("tell the page", chromedp.Evaluate[chromedp.Void](`void document.querySelector("#face-maxAttempts").dispatchEvent(new Event("input", { bubbles: true }))`))
	page.eventually("the attempts in the data", data+`.facialRecognition.maxAttempts === 1`)
	page.do("an unknown type", chromedp.SendKeys(chromedp.CSS("#d1-documentType"), kb.End+" !"))
	page.eventually("what is wrong", `document.querySelector('[data-testid="problem"]')?.textContent.includes("documents[1].documentType")`)
	page.do("mend it", chromedp.SendKeys(chromedp.CSS("#d1-documentType"), kb.Backspace+kb.Backspace))
	page.eventually("that it is sound", `document.querySelector('[data-testid="sound"]')`)
	page.do("listen", chromedp.Evaluate[chromedp.Void](`void (navigator.clipboard.writeText = async (text) => { window.copied = text; })`))
	page.click("copy-base64")
	page.eventually("the Base64", `JSON.parse(atob(window.copied ?? "bnVsbA=="))?.facialRecognition.maxAttempts === 1`)
	page.soundWithin("html", "console")

	page.do("name it", chromedp.SetValue(byTestID("name"), "For the meeting"))
	page.click("use")
	page.eventually("that it is used", `document.querySelector('[data-testid="chosen"]')?.textContent === "For the meeting"`)

	register(page, address, "Ana Specimen")
	phone := page.second("phone")
	phone.open(fastLink(address, page.readQR()))
	if end := walkPhone(phone, nil); end != "completed" {
		t.Fatalf("the phone ended with %q\n%s", end, phone.dump())
	}
	page.eventually("both documents", `document.querySelector('[data-testid="document-1"]')`)
	if got := eval[int](page, `document.querySelectorAll('[data-testid^="document-"]').length`); got != 2 {
		t.Errorf("%d documents were verified, want 2", got)
	}
	page.open(address + "/console")
	page.looks(320, 1, "dark")

	// The page's script speaks the reader's language, which the button of the head takes what was typed along to.
	page.do("an unknown type", chromedp.SendKeys(chromedp.CSS("#d1-documentType"), kb.End+" !"))
	page.click("language")
	page.eventually("Arabic, with what was typed", `document.dir === "rtl" && document.querySelector("#d1-documentType")?.value === "UAE_ID !"`)
	page.do("something else", chromedp.SendKeys(chromedp.CSS("#d1-documentType"), "!"))
	page.eventually("what the script says", `document.querySelector("#outcome-said")?.textContent === "أمر واحد للإصلاح"`)
	page.noProblems()
	phone.noProblems()
}
