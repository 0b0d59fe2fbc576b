package main

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserSwitchesTheFirstPageToArabic follows the link there and back, and looks for what hangs over.
func TestBrowserSwitchesTheFirstPageToArabic(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	page.open(address + "/")
	page.see(`html[lang=en]:not([dir]) [data-testid=start]`)
	page.click("language")
	page.see(`html[lang=ar][dir=rtl] [data-testid=start]`)
	if said := page.text(`[data-testid=start]`); said != "ابدأ التسجيل" {
		t.Errorf("the button says %q", said)
	}
	if at := eval[string](page, `location.pathname + location.search`); at != "/" {
		t.Errorf("the choice stays in the address: %q", at)
	}
	for _, width := range []int64{320, 390, 1280} {
		page.do("resize", chromedp.EmulateViewport(width, 800))
		page.eventually("the width is there", `innerWidth === `+strconv.FormatInt(width, 10))
		if wide := eval[int64](page, `document.documentElement.scrollWidth`); wide > width {
			t.Errorf("at %d the page is %d wide", width, wide)
		}
	}
	page.shoot("arabic-first-page")
	page.do("reload", chromedp.Reload())
	page.see(`html[lang=ar]`)
	page.click("language")
	page.see(`html[lang=en]:not([dir])`)
	page.noProblems()
}
