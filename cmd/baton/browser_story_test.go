package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// fillForm fills the registration form as a person does and sends it.
func fillForm(b *tab, name string) {
	b.t.Helper()
	b.do("fill in the form",
		chromedp.SendKeys(byTestID("field-name"), name),
		chromedp.SendKeys(byTestID("field-email"), "ana.specimen@example.org"),
		chromedp.SetValue(byTestID("field-country"), "NL"),
		chromedp.Click(byTestID("field-consent")),
	)
	b.click("continue")
}

// register goes from the start page to the code.
func register(b *tab, base, name string) {
	b.t.Helper()
	b.open(base + "/")
	b.click("start")
	b.seeID("form")
	fillForm(b, name)
	b.see(`[data-testid=verify][data-state=ready]`)
}

// fastLink makes the phone's animations take no time.
func fastLink(base, link string) string {
	_, ticket, _ := strings.Cut(link, "#")
	return base + "/go?fast#" + ticket
}

// recordSteps notes from now on each step that the page marks as done, in the order in which it does.
func recordSteps(page *tab) {
	page.t.Helper()
	page.do("record the steps", chromedp.Evaluate[chromedp.Void](`{
		const seen = new Set();
		const look = () => {
			for (const row of document.querySelectorAll('[data-testid^="step-"][data-state=done]')) seen.add(row.dataset.testid.slice(5));
			sessionStorage.setItem("recorded", [...seen].join(" "));
		};
		new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
	}`))
}

func recordedSteps(page *tab) string {
	page.t.Helper()
	return eval[string](page, `sessionStorage.getItem("recorded") ?? ""`)
}

// walkPhone goes through the phone's screens until its end, which it returns. onStep is called after each screen that
// waited for the person and completed a step.
func walkPhone(phone *tab, onStep func(step string)) string {
	phone.t.Helper()
	phone.click("phone-start")
	for range 40 {
		phone.eventually("a screen that waits, or the end",
			`document.querySelector('[data-testid=phone-end]:not([hidden])')?.offsetParent || document.querySelector('[data-testid=phone-next]')?.offsetParent`)
		if end := eval[string](phone, `[...document.querySelectorAll('[data-testid=phone-end]')].find((e) => e.offsetParent)?.dataset.outcome ?? ""`); end != "" {
			return end
		}
		screen := `[...document.querySelectorAll('[data-testid=phone-screen]')].find((e) => e.offsetParent)`
		step := eval[string](phone, screen+`?.dataset.step ?? ""`)
		index := eval[string](phone, screen+`?.dataset.index ?? ""`)
		phone.click("phone-next")
		phone.eventually("the next screen", screen+`?.dataset.index !== "`+index+`"`)
		if step != "" && onStep != nil {
			onStep(step)
		}
	}
	phone.t.Fatal("the phone never comes to an end\n" + phone.dump())
	return ""
}

func TestBrowserPlaysTheWholeStory(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "baton.db")
	address, stop := startDemo(t, "--db", db)
	page := newBrowser(t, "page")

	page.open(address + "/")
	page.seeID("miniature")
	page.shoot("home")
	page.click("start")
	page.seeID("form")
	page.shoot("register")

	page.do("type a name only", chromedp.SendKeys(byTestID("field-name"), `Anna "><script>alert(1)</script>`))
	page.click("continue")
	page.seeID("error-email")
	page.shoot("register-errors")
	if typed := eval[string](page, `document.querySelector('[data-testid=field-name]').value`); !strings.HasPrefix(typed, `Anna "><script>`) {
		t.Errorf("what was typed did not stay: %q", typed)
	}
	page.do("type again", chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-testid=field-name]").value = ""`))
	fillForm(page, "Ana Specimen")
	page.see(`[data-testid=verify][data-state=ready]`)
	page.seeID("countdown")
	page.shoot("verify-ready")

	link := page.readQR()
	const modules = `document.querySelector("[data-testid=qr] path").getAttribute("d")`
	picture := eval[string](page, modules)
	if want := address + "/go#"; !strings.HasPrefix(link, want) || len(link) != len(want)+32 {
		t.Fatalf("the code says %q, want %s and 32 characters", link, want)
	}

	phone := page.second("phone")
	phone.open(fastLink(address, link))
	phone.seeID("phone-landing")
	phone.eventually("where it was started", `document.querySelector("[data-testid=phone-from]").textContent.startsWith("Started in Chrome")`)
	if asks := phone.text(`[data-testid=phone-asker]`); asks != "Example Bank" {
		t.Errorf("the phone says that %q asks", asks)
	}
	phone.seeID("phone-decline") // it has to agree
	phone.shoot("phone-landing")
	page.see(`[data-testid=verify][data-state=opened]`)
	page.seeID("opened")
	page.shoot("verify-opened")
	if said := page.text("#live"); said != "The link was opened on a phone. Continue there." {
		t.Errorf("a screen reader hears %q", said)
	}
	page.do("reload", chromedp.Reload())
	page.see(`[data-testid=verify][data-state=opened]`)
	if eval[string](page, modules) != picture {
		t.Error("another code after the reload; only Start may claim")
	}
	recordSteps(page)
	end := walkPhone(phone, func(step string) {
		if step == "SCAN" {
			page.seeID("claimed")
			page.eventually("the code is gone", `!document.querySelector('[data-testid=qr]')`)
			page.shoot("verify-claimed")
			phone.shoot("phone-step")
		}
	})
	if end != "completed" {
		t.Fatalf("the phone ended with %q\n%s", end, phone.dump())
	}
	phone.shoot("phone-completed")

	page.seeID("review")
	if seen, want := recordedSteps(page), "SCAN READ FACE BACKGROUND_CHECK"; seen != want {
		t.Errorf("the page showed the steps %q as they came, want %q", seen, want)
	}
	page.eventually("images arrive", `[...document.querySelectorAll('.specimen img')].length >= 3 && [...document.querySelectorAll('.specimen img')].every((i) => { i.loading = 'eager'; return i.complete && i.naturalWidth > 0 })`)
	page.shoot("review")
	page.click("complete")
	page.seeID("done")
	page.shoot("done")
	number := page.text(`[data-testid=number]`)
	if number == "" {
		t.Fatal("no reference number")
	}

	stop()
	address, _ = startDemo(t, "--db", db)
	page.open(address + "/register/done")
	page.seeID("done")
	if again := page.text(`[data-testid=number]`); again != number {
		t.Errorf("after a restart the number is %q, was %q", again, number)
	}
	page.noProblems()
	phone.noProblems()
}
