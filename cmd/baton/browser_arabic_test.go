package main

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"baton/static"
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

// latinWords lists the words in Latin letters that can be seen on the page and are not set apart as a name or a code.
const latinWords = `(() => {
	const found = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node = walker.nextNode(); node; node = walker.nextNode()) {
		const around = node.parentElement;
		if (!/\p{Script=Latin}{2}/u.test(node.data) || !around.checkVisibility() || around.closest("bdi, code, script, noscript, [dir]:not(html), [lang]:not(html)")) continue;
		found.push(node.data.trim());
	}
	return found.join("\n");
})()`

// speaksArabic fails for a page that is not Arabic as it stands there, script and all.
func (b *tab) speaksArabic(where string) {
	b.t.Helper()
	b.see(`html[lang=ar][dir=rtl]`)
	if words := eval[string](b, latinWords); words != "" {
		b.t.Errorf("%s says %q", where, words)
	}
	b.do("as wide as a small phone", chromedp.EmulateViewport(320, 800))
	b.eventually("the width is there", `innerWidth === 320`)
	if wide := eval[int64](b, `document.documentElement.scrollWidth`); wide > 320 {
		b.t.Errorf("%s is %d wide on a screen of 320", where, wide)
	}
	b.do("wide again", chromedp.EmulateViewport(1280, 900))
}

// TestBrowserPlaysTheStoryInArabic goes from the form to the reference number, and changes the language on the way.
func TestBrowserPlaysTheStoryInArabic(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	page.speaks("ar")
	page.open(address + "/register")
	page.do("type a name only", chromedp.SendKeys(byTestID("field-name"), "ليلى نموذج"))
	page.click("continue")
	page.seeID("error-email")
	page.speaksArabic("the form with mistakes")
	page.click("language")
	page.see(`html[lang=en] [data-testid=error-email]`)
	page.click("language")
	page.see(`html[lang=ar] [data-testid=error-email]`)
	if name := eval[string](page, `document.querySelector('[data-testid=field-name]').value`); name != "ليلى نموذج" {
		t.Errorf("the name typed is %q after a change of the language", name)
	}
	page.do("type again", chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-testid=field-name]").value = ""`))
	fillForm(page, "Ana Specimen")
	page.see(`[data-testid=verify][data-state=ready]`)
	page.speaksArabic("the page with the code")
	page.click("language")
	page.see(`html[lang=en] [data-testid=verify][data-state=ready]`)
	page.click("language")
	page.see(`html[lang=ar] [data-testid=verify][data-state=ready]`)

	// The script's words, with the forms that Arabic has for counts.
	page.do("count", chromedp.Evaluate[chromedp.Void](`import("`+static.Path("words.js")+`").then(({ wordsOf }) => {
		const { say, number } = wordsOf(document.getElementById("main"));
		window.counted = [1, 2, 3, 11, 100].map((n) => say("MinutesLeft", { n })).join("|") + "|" + number(1234);
		try { say("Nothing"); } catch { window.counted += "|refused"; }
	})`))
	page.eventually("the counts", `window.counted`)
	if counted, want := eval[string](page, `window.counted`), "تبقّت دقيقة واحدة|تبقّت دقيقتان|تبقّت 3 دقائق|تبقّت 11 دقيقة|تبقّت 100 دقيقة|1,234|refused"; counted != want {
		t.Errorf("counted %q, want %q", counted, want)
	}

	// A page that hears that the language has been changed in another tab is drawn in that one whole.
	link := fastLink(address, page.readQR())
	phone := page.second("phone")
	phone.open(address + "/register/verify?language=en")
	phone.see(`html[lang=en] [data-testid=verify]`)
	phone.open(link)
	phone.seeID("phone-landing")
	page.see(`html[lang=en] [data-testid=verify][data-state=opened]`)
	page.click("language")
	page.see(`html[lang=ar] [data-testid=verify][data-state=opened]`)
	end := walkPhone(phone, func(step string) {
		if step == "SCAN" {
			page.see(`[data-testid=step-SCAN][data-state=done]`)
			page.speaksArabic("the page that follows")
			if said := page.text("#live"); said != "مسح الوثيقة: تم. الآن: قراءة الشريحة." {
				t.Errorf("a screen reader hears %q", said)
			}
			if row := page.text(`[data-testid=step-SCAN]`); !regexp.MustCompile(`^مسح الوثيقة\s+تم\s+\d\d:\d\d$`).MatchString(row) {
				t.Errorf("the step that is done says %q", row)
			}
		}
	})
	if end != "completed" {
		t.Fatalf("the phone ended with %q\n%s", end, phone.dump())
	}
	page.seeID("review")
	page.speaksArabic("the review")
	page.click("complete")
	page.seeID("done")
	page.speaksArabic("the end")
	// The script writes a day as the server does, with Latin digits.
	if at := page.text(`time[data-date]`); !regexp.MustCompile(`^\d{1,2} \p{Arabic}+ \d{4} عند الساعة \d\d:\d\d$`).MatchString(at) {
		t.Errorf("it was verified %q", at)
	}
	page.noProblems()
}
