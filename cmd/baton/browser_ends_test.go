package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserShowsWhyTheProviderRefused plays a phone whose face is somebody else's: the provider's result says so, and
// the registration must not go on with it.
func TestBrowserShowsWhyTheProviderRefused(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	for outcome, want := range map[string]string{
		"face_mismatch":   "face",
		"tampered_result": "can't trust",
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			page := newBrowser(t, "page")
			register(page, address, "Ana Specimen")
			phone := page.second("phone")
			phone.open(fastLink(address, page.readQR()))
			phone.seeID("phone-landing")
			phone.do("wish for "+outcome,
				chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-testid=phone-drawer]").open = true`),
				chromedp.SetValue(byTestID("phone-outcome"), outcome))
			if end := walkPhone(phone, nil); end != "completed" {
				t.Fatalf("the phone ended with %q, want completed: the phone does not know what the result says", end)
			}
			page.seeID("refused")
			page.shoot("refused-" + outcome)
			if reason := page.text(`[data-testid=reason]`); !strings.Contains(reason, want) {
				t.Errorf("the page says %q, want something of %q", reason, want)
			}
			page.eventually("nothing can be completed", `!document.querySelector("[data-testid=complete]")`)
			page.open(address + "/register/done")
			page.eventually("the done page is not to be had", `!document.querySelector("[data-testid=done]")`)
			page.noProblems()
		})
	}
}

// TestBrowserShowsTheFailureOnThePhone plays a document that is not recognised, and then a second try that works.
func TestBrowserShowsTheFailureOnThePhone(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	first := page.readQR()
	phone := page.second("phone")
	phone.open(fastLink(address, first))
	phone.seeID("phone-landing")
	phone.do("wish for a failure",
		chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-testid=phone-drawer]").open = true`),
		chromedp.SetValue(byTestID("phone-outcome"), "unreadable_document"))
	if end := walkPhone(phone, nil); end != "failed" {
		t.Fatalf("the phone ended with %q, want failed", end)
	}
	phone.shoot("phone-failed")
	page.see(`[data-testid=verify][data-state=failed]`)
	page.shoot("verify-failed")
	if reason := page.text(`[data-testid=reason]`); !strings.Contains(reason, "read the document") {
		t.Errorf("the page says %q, want that the document could not be read", reason)
	}

	page.click("renew")
	page.see(`[data-testid=verify][data-state=ready]`)
	second := page.readQR()
	if second == first {
		t.Fatal("the new code is the old one")
	}
	phone.open(fastLink(address, second))
	phone.seeID("phone-landing")
	if end := walkPhone(phone, nil); end != "completed" {
		t.Fatalf("the second try ended with %q", end)
	}
	page.seeID("review")
	page.noProblems()
}

// TestBrowserShowsACancellation stops on the phone, in the middle.
func TestBrowserShowsACancellation(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	phone := page.second("phone")
	phone.open(fastLink(address, page.readQR()))
	phone.click("phone-start")
	phone.click("phone-cancel")
	phone.click("phone-cancel-yes")
	phone.see(`[data-testid=phone-end][data-outcome=cancelled]`)
	page.see(`[data-testid=verify][data-state=cancelled]`)
	page.shoot("verify-cancelled")
	page.click("change-details")
	page.seeID("form")
	if name := eval[string](page, `document.querySelector("[data-testid=field-name]").value`); name != "Ana Specimen" {
		t.Errorf("the form lost the name: %q", name)
	}
}

// pointToAPhone opens the link of a page's code. The returned function waits until the page shows the code as before,
// because nothing followed.
func pointToAPhone(page *tab, address string) (showAgain func()) {
	page.t.Helper()
	register(page, address, "Cleo Specimen")
	link := page.readQR()
	phone := page.second("phone that only looks")
	phone.open(fastLink(address, link))
	page.see(`[data-testid=verify][data-state=opened]`)
	page.do("focus the link", chromedp.Evaluate[chromedp.Void](`document.getElementById("copy-link").focus()`))
	return func() {
		page.t.Helper()
		page.within(tabTimeout, "the code as before", `document.querySelector("[data-testid=verify][data-state=ready]")`)
		if said := page.text("#live"); said != "You can scan the code again." { // at once: soon the end is announced
			page.t.Errorf("a screen reader hears %q", said)
		}
		if again := page.readQR(); again != link {
			page.t.Errorf("the code is another one, %q", again)
		}
		if !eval[bool](page, `document.activeElement.id === "copy-link"`) {
			page.t.Error("the focus has moved")
		}
		page.noProblems()
	}
}

// TestBrowserRenewsAnExpiredCode waits for a code's real end, a minute and a half from its creation: a page that is
// looked at renews the code by itself; one that has done so twice asks. Meanwhile a page that pointed to a phone shows
// its code again.
func TestBrowserRenewsAnExpiredCode(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t, "--code-lifetime", "90s")
	renewing, asking, opened := newBrowser(t, "renewing page"), newBrowser(t, "asking page"), newBrowser(t, "opened page")
	showAgain := pointToAPhone(opened, address)
	register(renewing, address, "Ana Specimen")
	first := renewing.readQR()
	// While it renews, whatever makes a page look at the server must not make it renew once more.
	renewing.do("look while it renews", chromedp.Evaluate[chromedp.Void](`{
		const verify = document.getElementById("verify");
		new MutationObserver(() => {
			if (verify.dataset.state === "preparing") dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
		}).observe(verify, { attributes: true, attributeFilter: ["data-state"] });
	}`))
	register(asking, address, "Ben Specimen")
	asking.do("say that it has renewed twice", chromedp.Evaluate[chromedp.Void](`sessionStorage.setItem("renewals", "2")`))
	asked := asking.readQR()
	showAgain()

	renewing.within(tabTimeout, "a new code by itself",
		`sessionStorage.getItem("renewals") === "1" && document.querySelector("[data-testid=verify][data-state=ready]")`)
	second := renewing.readQR()
	if second == first {
		t.Error("the page still shows the expired code")
	}
	asking.within(tabTimeout, "the question", `document.querySelector("[data-testid=expired]")`)
	asking.shoot("verify-expired")

	phone := asking.second("phone with the expired code")
	phone.open(fastLink(address, asked))
	phone.see(`[data-testid=phone-end][data-outcome=expired]`) // nobody has to press Start to hear it
	phone.shoot("phone-expired")

	asking.click("renew")
	asking.see(`[data-testid=verify][data-state=ready]`)
	if fresh := asking.readQR(); fresh == asked {
		t.Error("the new code is the expired one")
	}
	asking.open(address + "/register")
	if name := eval[string](asking, `document.querySelector("[data-testid=field-name]").value`); name != "Ben Specimen" {
		t.Errorf("the form lost the name: %q", name)
	}
}
