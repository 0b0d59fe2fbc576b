package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"baton/internal/enrolment"
)

// phoneTab opens the phone's page of a new session with that enrolment, made by a backend, and starts.
func phoneTab(t *testing.T, c enrolment.Config, wishes string) *tab {
	t.Helper()
	address, _ := startDemo(t)
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	session, err := customer.create(c.Encode())
	if err != nil {
		t.Fatal(err)
	}
	phone := newBrowser(t, "phone")
	phone.open(fastLink(address, session.Link))
	phone.seeID("phone-landing")
	if wishes != "" {
		phone.do("wish for "+wishes, chromedp.Evaluate[chromedp.Void](`{ `+wishes+`;
			document.getElementById("phone-wishes").dispatchEvent(new Event("change")); }`))
	}
	phone.click("phone-start")
	return phone
}

func (b *tab) seeScreen(kind, side string) {
	b.t.Helper()
	b.see(`[data-testid=phone-screen][data-kind=` + kind + `]`)
	if side != "" {
		b.eventually("the "+side, `document.querySelector("[data-testid=phone-screen] h1").textContent.includes("`+side+`")`)
	}
}

// TestBrowserPhoneLosesNothing walks every kind of screen, scans again, reloads in the middle and loses the network at
// the worst moment.
func TestBrowserPhoneLosesNothing(t *testing.T) {
	t.Parallel()
	c := enrolment.New(enrolment.UAEID)
	c.Documents[0].ReviewFront, c.Documents[0].ReviewBack, c.Documents[0].UploadEnabled = true, true, true
	c.Documents[0].Reading = enrolment.Reading{Enabled: true, TimeoutSeconds: 1}
	c.FacialRecognition.Enabled, c.BackgroundCheck.Enabled = true, true
	phone := phoneTab(t, c, `document.getElementById("phone-level").value = "1"`)

	phone.seeScreen("help", "")
	phone.click("phone-next")
	phone.seeScreen("scan", "front")
	phone.click("phone-specimen-bo")
	phone.click("phone-next")
	phone.seeScreen("review", "")
	phone.click("phone-again")
	phone.seeScreen("scan", "front")

	phone.do("reload", chromedp.Reload())
	phone.seeScreen("scan", "front")
	if !eval[bool](phone, `document.querySelector("[data-testid=phone-specimen-bo]").checked`) {
		t.Error("the reload forgot which document was chosen")
	}
	phone.click("phone-upload")
	phone.seeScreen("review", "")
	phone.click("phone-next")
	phone.seeScreen("scan", "back")
	phone.click("phone-next")
	phone.seeScreen("review", "")

	phone.do("lose the network", chromedp.Evaluate[chromedp.Void](`{
		const real = window.fetch;
		let lost = 0;
		window.fetch = (...call) => (lost += 1) > 2 ? real(...call) : real(...call).then(() => { throw new TypeError("the answer is lost"); });
	}`))
	phone.click("phone-next")
	phone.seeID("phone-waiting")
	phone.seeScreen("read", "")
	phone.eventually("the network to be well", `document.getElementById("phone-waiting").hidden`)

	phone.click("phone-skip")
	phone.seeScreen("face", "")
	phone.click("phone-next")
	phone.eventually("what went wrong", `document.querySelector("[data-testid=phone-said]").textContent.includes("2 tries are left")`)
	phone.do("match better", chromedp.Evaluate[chromedp.Void](`document.getElementById("phone-level").value = "2"`))
	phone.click("phone-next")
	phone.seeScreen("consent", "")
	phone.click("phone-next")
	phone.see(`[data-testid=phone-end][data-outcome=completed]`)
	if eval[string](phone, `document.activeElement.textContent`) != "Done. Go back to your computer." {
		t.Error("the focus is not on the new screen's heading")
	}

	phone.do("reload after the end", chromedp.Reload())
	phone.see(`[data-testid=phone-end][data-outcome=completed]`)
	secret := eval[string](phone, `location.hash.slice(1)`)
	if kept := eval[string](phone, `JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }) + document.cookie`); len(secret) != 32 || strings.Contains(kept, secret) {
		t.Errorf("the code is stored in the browser, or gone from the address: %q", kept)
	}
	phone.noProblems()
}

// TestBrowserPhoneWithoutNFC skips what it cannot do, and ends where it must be able to.
func TestBrowserPhoneWithoutNFC(t *testing.T) {
	t.Parallel()
	const noNFC = `document.getElementById("phone-outcome").value = "nfc_unavailable"`
	t.Run("a chip that may be left out is skipped", func(t *testing.T) {
		t.Parallel()
		phone := phoneTab(t, enrolment.Default(), noNFC)
		phone.click("phone-next")
		phone.seeScreen("scan", "")
		phone.click("phone-next")
		phone.seeScreen("face", "")
	})
	t.Run("a chip that must be read is the end", func(t *testing.T) {
		t.Parallel()
		c := enrolment.Default()
		c.Documents[0].Reading.Force = true
		phone := phoneTab(t, c, noNFC)
		phone.click("phone-next")
		phone.seeScreen("scan", "")
		phone.click("phone-next")
		phone.see(`[data-testid=phone-end][data-outcome=failed][data-reason=READ_NFC_UNAVAILABLE]`)
		phone.noProblems()
	})
	t.Run("declining the lists stops", func(t *testing.T) {
		t.Parallel()
		c := enrolment.New(enrolment.Passport)
		c.Documents[0].HelpDisabled, c.BackgroundCheck.Enabled = true, true
		phone := phoneTab(t, c, "")
		phone.seeScreen("scan", "")
		phone.click("phone-next")
		phone.seeScreen("consent", "")
		phone.click("phone-decline")
		phone.see(`[data-testid=phone-end][data-outcome=cancelled]`)
	})
}
