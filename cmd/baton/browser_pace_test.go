package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"baton/internal/enrolment"
)

// hold keeps every timer of a second and more from ringing, and notes how long they were to be: what the phone waits for then
// never ends by itself.
const hold = `{
	const real = window.setTimeout;
	window.held = [];
	window.setTimeout = (then, after, ...more) => (after < 1000 ? real(then, after, ...more) : (window.held.push(after), 0));
}`

func (b *tab) pace(value string) {
	b.t.Helper()
	b.do("choose a pace", chromedp.Evaluate[chromedp.Void](`{
		const choice = document.getElementById("phone-pace");
		choice.value = "`+value+`";
		choice.dispatchEvent(new Event("change", { bubbles: true })); }`))
}

// TestBrowserPhoneTakesItsTime goes at every pace that a presenter can choose, and skips what it waits for.
func TestBrowserPhoneTakesItsTime(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	c := enrolment.New(enrolment.Passport)
	c.Documents[0].HelpDisabled = true
	c.Documents[0].Reading = enrolment.Reading{Enabled: true, TimeoutSeconds: -1}
	c.FacialRecognition.Enabled, c.BackgroundCheck.Enabled = true, true
	session, err := customer.create(c.Encode())
	if err != nil {
		t.Fatal(err)
	}
	phone := newBrowser(t, "phone-pace")
	phone.do("a phone's size", chromedp.EmulateViewport(390, 844))
	phone.open(strings.Replace(fastLink(address, session.Link), "?fast", "", 1))
	if fast := eval[bool](phone, `new URLSearchParams(location.search).has("fast")`); fast {
		t.Fatal("the phone does not wait at all")
	}
	phone.click("phone-start")
	phone.seeScreen("scan", "")
	phone.pace("slow")
	phone.do("reload", chromedp.Reload())
	phone.seeScreen("scan", "")
	if kept := eval[string](phone, `document.getElementById("phone-pace").value`); kept != "slow" {
		t.Fatalf("after a reload the pace is %q", kept)
	}
	phone.do("hold the clock", chromedp.Evaluate[chromedp.Void](hold))

	waits := func(says string, long int) {
		t.Helper()
		phone.click("phone-next")
		phone.see(`[data-testid=phone-work]:not([hidden])`)
		if said := phone.text(`[data-testid=phone-work]:not([hidden]) p`); said != says {
			t.Errorf("at work the phone says %q, want %q", said, says)
		}
		if heard := phone.text(`#phone-live`); heard != says {
			t.Errorf("a screen reader hears %q, want %q", heard, says)
		}
		if !eval[bool](phone, `window.held.includes(`+strconv.Itoa(long)+`)`) {
			t.Errorf("%q waits for %s ms, want %d among them", says, eval[string](phone, `String(window.held)`), long)
		}
		if eval[bool](phone, `document.querySelector("[data-testid=phone-next]").checkVisibility({ visibilityProperty: true })`) {
			t.Error("at work the phone offers what cannot be pressed")
		}
		if !eval[bool](phone, `document.activeElement.matches("[data-testid=phone-hurry]")`) {
			t.Error("the focus is lost with the button that was pressed")
		}
	}
	waits("Scanning. Hold still.", 3750)
	phone.fits()
	phone.do("tap a second time", chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-testid=phone-work]:not([hidden]) [data-testid=phone-hurry]").dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 2 }))`))
	phone.see(`[data-testid=phone-screen][data-kind=scan] [data-testid=phone-work]:not([hidden])`)
	phone.click("phone-hurry")
	phone.seeScreen("read", "")

	phone.pace("normal")
	waits("Reading the chip. Hold still.", 1400)
	phone.do("skip by the keyboard", chromedp.Evaluate[chromedp.Void](`document.activeElement.click()`))
	phone.seeScreen("face", "")

	phone.do("never match", chromedp.Evaluate[chromedp.Void](`document.getElementById("phone-level").value = "1"`))
	waits("Taking the photo. Hold still.", 1600)
	phone.pace("skip") // while it waits
	phone.see(`[data-testid=phone-said]`)
	phone.eventually("the button and the focus are back", `document.querySelector("[data-testid=phone-work]").hidden && document.activeElement.matches("[data-testid=phone-next]")`)
	phone.do("match", chromedp.Evaluate[chromedp.Void](`document.getElementById("phone-level").value = "5"`))
	phone.click("phone-next")
	phone.seeScreen("consent", "")
	phone.click("phone-next")
	phone.seeEnd("completed")
	phone.noProblems()
}

// TestBrowserPhoneSpeaksArabic starts in the browser's language, changes it in the middle, and loses nothing by it.
func TestBrowserPhoneSpeaksArabic(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	c := enrolment.New(enrolment.UAEID)
	c.FacialRecognition.Enabled, c.BackgroundCheck.Enabled = true, true
	session, err := customer.create(c.Encode())
	if err != nil {
		t.Fatal(err)
	}
	phone := newBrowser(t, "phone-arabic")
	phone.speaks("ar")
	phone.open(fastLink(address, session.Link))
	phone.seeID("phone-start")
	phone.see(`html[lang=ar][dir=rtl]`)
	if from := phone.text(`[data-testid=phone-from]`); !strings.HasPrefix(from, "بدأ الطلب عند الساعة ") {
		t.Errorf("the phone says %q", from)
	}
	phone.click("phone-start")
	phone.seeScreen("help", "")
	phone.click("phone-next")
	phone.eventually("the document's name in Arabic", `document.querySelector("[data-testid=phone-screen] h1").textContent === "امسح الوجه الأمامي من هويتك الإماراتية"`)
	phone.click("phone-specimen-bo")
	phone.fits()

	phone.click("phone-language")
	phone.see(`html[lang=en]:not([dir])`)
	phone.seeScreen("scan", "front")
	if !eval[bool](phone, `document.querySelector("[data-testid=phone-specimen-bo]").checked`) {
		t.Error("another language forgot which document was chosen")
	}
	if at := eval[string](phone, `location.pathname + location.search.replace("=", "") + location.hash`); at != "/go?fast#"+session.Text {
		t.Errorf("the address has become %q", at)
	}
	phone.do("reload", chromedp.Reload())
	phone.seeScreen("scan", "front") // the choice is kept
	phone.click("phone-language")
	phone.see(`html[lang=ar][dir=rtl] [data-testid=phone-screen]`)

	phone.click("phone-next")
	phone.eventually("the other side", `document.querySelector("[data-testid=phone-screen]").dataset.index === "2"`)
	phone.click("phone-next")
	phone.seeScreen("face", "")
	phone.do("match badly", chromedp.Evaluate[chromedp.Void](`document.getElementById("phone-level").value = "1"`))
	phone.click("phone-next")
	phone.eventually("how many tries are left", `document.querySelector("[data-testid=phone-said]").textContent === "لم يتطابق الوجه مع الوثيقة. بقيت محاولتان."`)
	phone.do("match well", chromedp.Evaluate[chromedp.Void](`document.getElementById("phone-level").value = "5"`))
	phone.click("phone-next")
	phone.seeScreen("consent", "")
	phone.click("phone-next")
	phone.seeEnd("completed")
	if title := eval[string](phone, `document.activeElement.textContent + document.title`); title != "تم. عُد إلى حاسوبك.تم. عُد إلى حاسوبك. · بنك المثال" {
		t.Errorf("at its end the phone says %q", title)
	}
	phone.fits()
	requests, _ := phone.traffic()
	for _, request := range requests {
		if strings.Contains(request, session.Text) {
			t.Errorf("the code went to the server in an address: %s", request)
		}
	}
	phone.noProblems()
}

// TestBrowserPhoneLeadsBackToThePage closes the frame that the phone stands in, which speaks as the page around it does.
func TestBrowserPhoneLeadsBackToThePage(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	page.do("make room", chromedp.EmulateViewport(1280, 900))
	register(page, address, "Ana Specimen")
	page.seeID("copy-link") // the script is there
	page.click("open-phone")
	const phone = `document.querySelector("#phone-here iframe")?.contentDocument`
	press := func(testID string) {
		t.Helper()
		button := phone + `?.querySelector("[data-testid=` + testID + `]:not([disabled], [aria-disabled], [hidden])")`
		page.eventually(testID+" in the frame", button)
		page.do("press "+testID, chromedp.Evaluate[chromedp.Void](button+`.click()`))
	}
	press("phone-start")
	page.seeID("claimed")
	if eval[bool](page, `Boolean(`+phone+`.querySelector("[data-testid=phone-language]").offsetParent)`) {
		t.Error("in the frame the phone offers a language of its own")
	}
	press("phone-cancel")
	press("phone-cancel-yes")
	page.see(`[data-testid=verify][data-state=cancelled]`)
	page.eventually("no word of closing", phone+`.querySelector("[data-alone]").hidden`)
	page.shoot("phone-beside-end")
	press("phone-back")
	page.eventually("the page alone", `document.querySelector("#phone-here").hidden && document.activeElement.matches("h1")`)
	page.noProblems()
}
