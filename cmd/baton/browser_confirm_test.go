package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"baton/internal/enrolment"
)

// guarded is a session with protections, as its page knows it.
type guarded struct {
	created
	Page string `json:"pageToken"`
}

func (b backend) guard(t *testing.T, options map[string]any) guarded {
	t.Helper()
	body := map[string]any{
		"data":      enrolment.Default().Encode(),
		"requester": map[string]string{"name": "Example Shop", "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	}
	maps.Copy(body, options)
	var session guarded
	if err := b.call(http.MethodPost, "/api/v1/session", "Bearer "+b.bearer, body, &session); err != nil {
		t.Fatal(err)
	}
	return session
}

// told is what the session's page has heard, in order; number is the one that it shows.
func (b backend) told(t *testing.T, session guarded) (words []string, number string) {
	t.Helper()
	secret := session.Page
	if secret == "" {
		secret = session.Text
	}
	var answer struct {
		Events []struct{ Service, Status, Reason, Notice, Number string }
	}
	if err := b.call(http.MethodGet, "/api/v1/session/events?after=0", secret, nil, &answer); err != nil {
		t.Fatal(err)
	}
	for _, e := range answer.Events {
		words = append(words, strings.Join(strings.Fields(fmt.Sprint(e.Service, " ", e.Status, " ", e.Reason, " ", e.Notice)), " "))
		if e.Number != "" {
			number = e.Number
		}
	}
	return words, number
}

func (b backend) wantTold(t *testing.T, session guarded, want string) {
	t.Helper()
	var got string
	waitFor(t, "the page to hear "+want, func() bool {
		words, _ := b.told(t, session)
		got = strings.Join(words, ", ")
		return len(got) >= len(want)
	})
	if got != want {
		t.Errorf("the page heard %q, want %q", got, want)
	}
}

func (b backend) number(t *testing.T, session guarded) string {
	t.Helper()
	var number string
	waitFor(t, "the number", func() bool {
		_, number = b.told(t, session)
		return number != ""
	})
	return number
}

func wrongFor(number string) string {
	if number == "00" {
		return "11"
	}
	return "00"
}

// wrongOnes are two, because the same one counts once.
func wrongOnes(number string) [2]string {
	first := wrongFor(number)
	if number == "22" {
		return [2]string{first, "33"}
	}
	return [2]string{first, "22"}
}

func (b *tab) enter(testID, text string) {
	b.t.Helper()
	b.do("type into "+testID, chromedp.SendKeys(byTestID(testID), text))
}

func (b *tab) seeEnd(outcome string) {
	b.t.Helper()
	b.see(`[data-testid=phone-end][data-outcome=` + outcome + `]`)
}

// fits fails for a page that is wider than the phone, and for targets that a thumb cannot hit.
func (b *tab) fits() {
	b.t.Helper()
	for _, width := range []int64{320, 390} {
		b.do("make it small", chromedp.EmulateViewport(width, 844))
		if wide := eval[int64](b, `document.documentElement.scrollWidth`); wide > width {
			b.t.Errorf("%s: the page is %d px wide on a screen of %d", b.name, wide, width)
		}
		small := eval[string](b, `[...document.querySelectorAll("button, input:not([type=checkbox]), summary")]
			.filter((e) => e.offsetParent && e.getBoundingClientRect().height < 48).map((e) => e.outerHTML).join("\n")`)
		if small != "" {
			b.t.Errorf("%s: targets lower than 48 px at %d px:\n%s", b.name, width, small)
		}
	}
	b.shootPhone()
}

// shootPhone keeps a picture of what the phone shows, light and dark, at a phone's widths, in the folder that
// BATON_SHOTS names, if it does.
func (b *tab) shootPhone() {
	b.t.Helper()
	folder := os.Getenv("BATON_SHOTS")
	for _, width := range []int64{320, 390} {
		for _, scheme := range []string{"light", "dark"} {
			if folder == "" {
				return
			}
			b.do("make it small", chromedp.EmulateViewport(width, 844))
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}}
			if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
				b.t.Fatal(err)
			}
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				b.t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", b.name, width, scheme)), picture, 0o644); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

func guardedDemo(t *testing.T) (string, backend) {
	t.Helper()
	address, _ := startDemo(t)
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	return address, customer
}

// TestBrowserPhoneAsksBeforeItStarts agrees to what it shows, says no, and says that it was somebody else.
func TestBrowserPhoneAsksBeforeItStarts(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	prompted := func(t *testing.T, name string) (guarded, *tab) {
		t.Helper()
		session := customer.guard(t, map[string]any{"claim": "once", "separatePage": true, "confirm": "prompt"})
		phone := newBrowser(t, name)
		phone.open(fastLink(address, session.Link))
		phone.seeID("phone-start")
		return session, phone
	}
	t.Run("and starts when the person agrees", func(t *testing.T) {
		t.Parallel()
		session, phone := prompted(t, "phone-prompt")
		if title := phone.text("h1"); title != "Example Shop asks you to verify your identity" {
			t.Errorf("the phone says %q", title)
		}
		if from := phone.text(`[data-testid=phone-from]`); !strings.HasPrefix(from, "Started in Firefox on Windows at ") {
			t.Errorf("the phone says %q", from)
		}
		phone.seeID("phone-caution")
		phone.fits()
		customer.wantTold(t, session, "opened")
		if end := walkPhone(phone, nil); end != "completed" {
			t.Errorf("it ended with %q", end)
		}
		customer.wantTold(t, session, "opened, claimed, SCAN, READ, FACE, BACKGROUND_CHECK, INFO, completed")
		phone.noProblems()
	})
	t.Run("and is the same phone in another tab, and after a reload", func(t *testing.T) {
		t.Parallel()
		session, phone := prompted(t, "phone")
		phone.click("phone-confirm")
		phone.seeScreen("help", "")
		phone.do("reload", chromedp.Reload())
		phone.seeScreen("help", "")
		again := phone.second("same phone")
		again.open(fastLink(address, session.Link))
		again.click("phone-start")
		again.seeScreen("help", "")
		if kept := eval[string](phone, `JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }) + document.cookie`); strings.Contains(kept, session.Text) {
			t.Errorf("the code is stored in the browser: %q", kept)
		}
		requests, _ := phone.traffic()
		if device := eval[string](phone, `JSON.parse(Object.values(localStorage)[0]).device`); len(device) < 22 || strings.Contains(strings.Join(requests, " "), device) {
			t.Errorf("the device %q is too short, or in an address", device)
		}

		other := newBrowser(t, "phone-taken")
		other.open(fastLink(address, session.Link))
		other.seeEnd("taken")
		other.fits()
		customer.wantTold(t, session, "opened, claimed, second_claim")
		other.do("reload", chromedp.Reload())
		other.seeEnd("taken")
		other.noProblems()
	})
	t.Run("and stops when the person says no", func(t *testing.T) {
		t.Parallel()
		session, phone := prompted(t, "phone")
		phone.click("phone-decline")
		phone.see(`[data-testid=phone-end][data-outcome=cancelled][data-reason=USER_CANCEL]`)
		customer.wantTold(t, session, "opened, cancelled USER_CANCEL")
		phone.noProblems()
	})
	t.Run("and stops when it was somebody else", func(t *testing.T) {
		t.Parallel()
		session, phone := prompted(t, "phone-not-me")
		phone.click("phone-not-me")
		phone.seeID("phone-not-me-sure")
		phone.fits()
		phone.click("phone-not-me-back")
		phone.eventually("the question is gone", `!document.querySelector("#phone-not-me-question").open`)
		customer.wantTold(t, session, "opened")
		phone.click("phone-not-me")
		phone.click("phone-not-me-sure")
		phone.seeEnd("not-me")
		if title := eval[string](phone, `document.activeElement.textContent`); title != "Thank you. We stopped it." {
			t.Errorf("the focus is on %q", title)
		}
		phone.name = "phone-thanks"
		phone.fits()
		customer.wantTold(t, session, "opened, not_me, cancelled NOT_ME")
		phone.do("reload", chromedp.Reload())
		phone.seeEnd("not-me")
		phone.noProblems()
	})
}

// TestBrowserPhoneReportsAfterwards says on the end page that it was somebody else: of any session, and it is noted only.
func TestBrowserPhoneReportsAfterwards(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	session := customer.guard(t, nil)
	phone := newBrowser(t, "phone-done")
	phone.open(fastLink(address, session.Link))
	phone.seeID("phone-start")
	if eval[bool](phone, `Boolean(document.querySelector("[data-testid=phone-caution]").offsetParent || document.querySelector("[data-testid=phone-decline]").offsetParent)`) {
		t.Error("a session that asks for no agreement is agreed to")
	}
	if end := walkPhone(phone, nil); end != "completed" {
		t.Fatalf("it ended with %q", end)
	}
	phone.fits()
	phone.click("phone-not-me")
	phone.see("#phone-not-me-over")
	if eval[bool](phone, `Boolean(document.querySelector("#phone-not-me-before").offsetParent)`) {
		t.Error("it promises to stop what has been finished")
	}
	phone.click("phone-not-me-sure")
	phone.see(`[data-testid=phone-end][data-outcome=not-me][data-reason=OVER]`)
	customer.wantTold(t, session, "opened, claimed, SCAN, READ, FACE, BACKGROUND_CHECK, INFO, completed, not_me")
	phone.noProblems()
}

// TestBrowserPhoneEntersTheNumber enters it right, wrong and not at all.
func TestBrowserPhoneEntersTheNumber(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	numbered := func(t *testing.T, name string) (guarded, *tab, string) {
		t.Helper()
		session := customer.guard(t, map[string]any{"confirm": "number"})
		phone := newBrowser(t, name)
		phone.open(fastLink(address, session.Link))
		phone.click("phone-start")
		phone.seeID("phone-number")
		return session, phone, customer.number(t, session)
	}
	t.Run("after a mistake", func(t *testing.T) {
		t.Parallel()
		session, phone, number := numbered(t, "phone-number")
		phone.fits()
		customer.wantTold(t, session, "opened, confirm")
		phone.click("phone-confirm") // with nothing in it, which costs no try
		phone.see(`[data-testid=phone-said]`)
		phone.do("reload", chromedp.Reload())
		phone.seeID("phone-number")
		phone.enter("phone-number", wrongFor(number))
		phone.click("phone-confirm")
		phone.eventually("the second try", `document.querySelector("[data-testid=phone-said]").textContent === "That is not the number on the page. Look again: one more try."`)
		phone.eventually("an empty field with the focus", `document.activeElement.id === "phone-number" && document.activeElement.value === ""`)
		phone.name = "phone-number-wrong"
		phone.fits()
		// Phones type the digits of their own language; the Enter key is as good as the button.
		phone.enter("phone-number", string([]rune{rune(number[0]) - '0' + '\u0660', rune(number[1]) - '0' + '\u0660'})+"\r")
		phone.seeScreen("help", "")
		customer.wantTold(t, session, "opened, confirm, confirm_failed, claimed")
		phone.noProblems()
	})
	t.Run("and ends after two mistakes", func(t *testing.T) {
		t.Parallel()
		session, phone, number := numbered(t, "phone-number-over")
		for _, wrong := range wrongOnes(number) {
			phone.enter("phone-number", wrong)
			phone.click("phone-confirm")
			phone.eventually("an answer", `!document.querySelector("#phone").hasAttribute("data-busy")`)
		}
		phone.see(`[data-testid=phone-end][data-outcome=failed][data-reason=CONFIRMATION_FAILED]`)
		phone.fits()
		customer.wantTold(t, session, "opened, confirm, confirm_failed, confirm_failed, failed CONFIRMATION_FAILED")
		phone.noProblems()
	})
	t.Run("or sees none", func(t *testing.T) {
		t.Parallel()
		session, phone, _ := numbered(t, "phone")
		phone.click("phone-not-me")
		phone.click("phone-not-me-sure")
		phone.seeEnd("not-me")
		customer.wantTold(t, session, "opened, confirm, not_me, cancelled NOT_ME")
		phone.noProblems()
	})
	t.Run("when the page has stopped it meanwhile", func(t *testing.T) {
		t.Parallel()
		session, phone, number := numbered(t, "phone")
		body := map[string]string{"status": "cancelled", "reason": "PAGE_CANCEL"}
		if err := customer.call(http.MethodPost, "/api/v1/session/"+session.ID+"/events", "Bearer "+customer.bearer, body, nil); err != nil {
			t.Fatal(err)
		}
		phone.enter("phone-number", number)
		phone.click("phone-confirm")
		phone.seeEnd("ended")
		phone.noProblems()
	})
}

// TestBrowserPhoneTakesChangingCodes opens links with a code beside the ticket.
func TestBrowserPhoneTakesChangingCodes(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	session := customer.guard(t, map[string]any{"rotate": true, "confirm": "number"})

	stale := newBrowser(t, "phone-stale")
	stale.open(fastLink(address, session.Link+"-AAAAAAAA"))
	stale.seeEnd("stale")
	stale.fits()

	var copied struct{ Link string }
	if err := customer.call(http.MethodPost, "/api/v1/session/link", session.Page, nil, &copied); err != nil {
		t.Fatal(err)
	}
	phone := newBrowser(t, "phone")
	phone.open(fastLink(address, copied.Link))
	phone.seeID("phone-start")
	if hash := eval[string](phone, `location.hash`); hash != "#"+session.Text {
		t.Errorf("the address still shows %d characters after the ticket", len(hash)-1-len(session.Text))
	}
	phone.do("reload", chromedp.Reload())
	phone.click("phone-start")
	phone.enter("phone-number", customer.number(t, session)+"\r")
	phone.seeScreen("help", "")

	// The one that came too late may scan again in the same tab; now the code is another phone's.
	stale.open("about:blank")
	stale.open(fastLink(address, session.Link+"-BBBBBBBB"))
	stale.seeEnd("taken")
	phone.noProblems()
	stale.noProblems()
}

// TestBrowserPhoneShowsWhoAsksAlthoughTheFirstCallIsLost must not agree to what nobody has read.
func TestBrowserPhoneShowsWhoAsksAlthoughTheFirstCallIsLost(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	for _, confirm := range []string{"prompt", "number"} {
		t.Run(confirm, func(t *testing.T) {
			t.Parallel()
			session := customer.guard(t, map[string]any{"confirm": confirm})
			phone := newBrowser(t, "phone")
			between := breaking(t, address, func(r *http.Request, n int) bool { return r.URL.Path == "/api/v1/session/open" && n == 1 })
			phone.open(fastLink(between, session.Link))
			phone.seeID("phone-start")
			if from := phone.text(`[data-testid=phone-from]`); from != "" {
				t.Fatalf("the first call came through: %q", from)
			}
			phone.click("phone-start")
			phone.eventually("who asks", `document.querySelector("[data-testid=phone-from]")?.textContent.startsWith("Started in Firefox") && document.querySelector("[data-testid=phone-start]").offsetParent`)
			if words, _ := customer.told(t, session); slices.Contains(words, "claimed") {
				t.Error("it was claimed before the person could read who asks")
			}
			phone.click("phone-start")
			if confirm == "number" {
				phone.enter("phone-number", customer.number(t, session)+"\r")
			}
			phone.seeScreen("help", "")
			phone.noProblems()
		})
	}
}

// TestBrowserPhoneLoadsAgainWhatDidNotCome loses a part of the page's script.
func TestBrowserPhoneLoadsAgainWhatDidNotCome(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	session := customer.guard(t, nil)
	lost := 0
	between := breaking(t, address, func(r *http.Request, _ int) bool {
		if !strings.HasPrefix(r.URL.Path, "/static/phone_landing.") || lost > 4 {
			return false
		}
		lost++
		return true
	})
	phone := newBrowser(t, "phone")
	phone.open(fastLink(between, session.Link))
	for range 10 {
		phone.eventually("an end or a start", `document.querySelector("[data-testid=phone-start]")?.offsetParent || document.querySelector("[data-testid=phone-retry]")?.offsetParent`)
		if eval[bool](phone, `Boolean(document.querySelector("[data-testid=phone-start]"))`) {
			break
		}
		phone.click("phone-retry")
	}
	phone.click("phone-start")
	phone.seeScreen("help", "")
}

// TestBrowserPhoneAgreesToNothingByTryingAgain has a report refused; trying again must not be taken for a start.
func TestBrowserPhoneAgreesToNothingByTryingAgain(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	session := customer.guard(t, map[string]any{"confirm": "prompt"})
	phone := newBrowser(t, "phone")
	phone.open(fastLink(address, session.Link))
	phone.do("spoil the report", chromedp.Evaluate[chromedp.Void](`{
		const real = window.fetch;
		window.fetch = (path, call) => real(path, path.endsWith("/report") ? { ...call, body: "{}" } : call);
	}`))
	phone.click("phone-not-me")
	phone.click("phone-not-me-sure")
	phone.seeEnd("error")
	phone.click("phone-retry")
	phone.seeID("phone-start")
	customer.wantTold(t, session, "opened")
	phone.click("phone-not-me")
	phone.click("phone-not-me-sure")
	phone.seeEnd("not-me")
	phone.noProblems()
}
