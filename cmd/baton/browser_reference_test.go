package main

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserShowsTheReference reads the reference without scripts: at every width the page itself stays as wide as its
// window, what is wider scrolls within itself and takes the keyboard, and an error's link leads to its entry.
func TestBrowserShowsTheReference(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "reference")
	page.withoutScripts()
	page.open(address + "/reference#SESSION_ENDED")
	page.see(`[data-testid=error-SESSION_ENDED]`)
	page.eventually("the entry is in view", `(() => { const at = document.querySelector("[id=SESSION_ENDED]").getBoundingClientRect(); return at.top >= 0 && at.bottom <= innerHeight; })()`)

	for _, width := range []int64{320, 390, 899, 900, 1280} {
		page.do("another width", chromedp.EmulateViewport(width, 800))
		page.eventually("the width is there", `innerWidth === `+strconv.FormatInt(width, 10))
		if wide := eval[int64](page, `document.documentElement.scrollWidth`); wide > width {
			t.Errorf("at %d the page is %d wide", width, wide)
		}
		// Whatever ends outside of the window stands in something that scrolls and can be reached by the keyboard.
		if outside := eval[string](page, `[...document.querySelectorAll("main *, header *")].filter((e) =>
			e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("[tabindex='0'][role=group]")).map((e) => e.outerHTML.slice(0, 80)).join("\n")`); outside != "" {
			t.Errorf("at %d these end outside:\n%s", width, outside)
		}
		beside := eval[bool](page, `document.querySelector(".docs-contents ul").checkVisibility()`)
		if beside != (width >= 900) {
			t.Errorf("at %d the contents are open: %t", width, beside)
		}
	}
	// The list of contents opens by its own summary where there is no room beside.
	page.do("narrow", chromedp.EmulateViewport(390, 800))
	page.do("open the contents", chromedp.Click(".docs-contents summary"))
	page.eventually("the contents are open", `document.querySelector(".docs-contents a[href='#errors']").checkVisibility()`)
	page.noProblems()
}
