package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// scanner is a phone's program that does nothing by itself: it says to the server what a test wants it to.
type scanner struct {
	t            *testing.T
	server, text string
	device       string
}

// scan reads a link as a phone does that calls itself by a name.
func scan(page *tab, address, link, name string) scanner {
	page.t.Helper()
	_, text, ok := strings.Cut(link, "/go#")
	if !ok {
		page.t.Fatalf("%q is no link of a code", link)
	}
	return scanner{page.t, address, text, name + "-0123456789-0123456789"}
}

// call returns the answer's status and, of a refusal, its code.
func (s scanner) call(method, path, body string) string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.server+"/api/v1/session"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", s.text)
	request.Header.Set("Baton-Device", s.device)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Error string }
	_ = json.NewDecoder(response.Body).Decode(&answer)
	if answer.Error != "" {
		return answer.Error
	}
	return http.StatusText(response.StatusCode)
}

func (s scanner) open() string  { s.t.Helper(); return s.call("POST", "/open", "") }
func (s scanner) claim() string { s.t.Helper(); return s.call("GET", "", "") }
func (s scanner) agree(number string) string {
	s.t.Helper()
	return s.call("POST", "/confirm", `{"agree":true,"number":"`+number+`"}`)
}

func (s scanner) report(service string) string {
	s.t.Helper()
	return s.call("POST", "/events", `{"service":"`+service+`"}`)
}

func wantWords(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// otherThan is a number of two digits that is not this one.
func otherThan(number string) string {
	if number == "00" {
		return "01"
	}
	return "00"
}

// TestBrowserShowsTheNumber plays a phone that is asked for the page's number, enters a wrong and then the right one.
func TestBrowserShowsTheNumber(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t, "--confirm", "number")
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	phone := scan(page, address, page.readQR(), "phone")
	wantWords(t, "a claim before all", phone.claim(), "CONFIRMATION_REQUIRED")
	wantWords(t, "opening", phone.open(), "OK")
	page.see(`[data-testid=verify][data-state=confirm]`)
	number := page.text(`[data-testid=confirm-number]`)
	page.shoot("verify-confirm")
	wantWords(t, "a screen reader hears", page.text("#live"),
		"Enter the number "+number[:1]+" "+number[1:]+" on your phone. Only continue if you are holding the phone.")
	page.do("mark what is shown", chromedp.Evaluate[chromedp.Void](`window.marked = document.querySelector("[data-testid=confirm-number]")`))
	page.do("focus a choice", chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-testid=another-code]").focus()`))

	wantWords(t, "a wrong number", phone.agree(otherThan(number)), "CONFIRMATION_REQUIRED")
	page.seeID("wrong-number")
	page.shoot("verify-confirm-wrong")
	if !eval[bool](page, `window.marked.isConnected && document.activeElement.dataset.testid === "another-code"`) {
		t.Error("the page was drawn anew for a few words more")
	}
	if said := page.text("#live"); !strings.HasPrefix(said, "The number entered on the phone was not this one. There is one more try.") {
		t.Errorf("a screen reader hears %q", said)
	}
	page.do("reload", chromedp.Reload())
	page.seeID("wrong-number")
	wantWords(t, "the number after a reload", page.text(`[data-testid=confirm-number]`), number)

	wantWords(t, "the right number", phone.agree(number), "No Content")
	wantWords(t, "the claim", phone.claim(), "OK")
	page.see(`[data-testid=verify][data-state=claimed]`)
	wantWords(t, "a screen reader hears", page.text("#live"), "Your phone is connected. Continue on your phone and keep this page open.")
	page.noProblems()
}

// TestBrowserEndsAfterTwoWrongNumbers also shows the whole without scripts: the page loads itself again.
func TestBrowserEndsAfterTwoWrongNumbers(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t, "--confirm", "number")
	page, plain := newBrowser(t, "page"), newBrowser(t, "page without scripts")
	plain.withoutScripts()
	for _, page := range []*tab{page, plain} {
		register(page, address, "Ana Specimen")
		phone := scan(page, address, page.readQR(), "phone")
		wantWords(t, "opening", phone.open(), "OK")
		page.see(`[data-testid=verify][data-state=confirm]`)
		number := page.text(`[data-testid=confirm-number]`)
		wantWords(t, "a wrong number", phone.agree(wrongOnes(number)[0]), "CONFIRMATION_REQUIRED")
		page.seeID("wrong-number")
		wantWords(t, "another wrong one", phone.agree(wrongOnes(number)[1]), "SESSION_ENDED")
		page.see(`[data-testid=verify][data-state=failed]`)
		wantWords(t, "the reason", page.text(`[data-testid=reason]`), "The number entered on the phone was not the one on this page.")
		page.click("renew")
		page.see(`[data-testid=verify][data-state=ready]`)
		page.noProblems()
	}
}

// TestBrowserRotatesThePicture waits for two changes of the code, up to 40 s.
func TestBrowserRotatesThePicture(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t, "--confirm", "number", "--rotate")
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	page.eventually("the channel", `document.getElementById("copy-link").hidden === false`)
	const place = `JSON.stringify(document.querySelector("[data-testid=qr]").getBoundingClientRect())`
	first := page.readQR()
	page.do("mark the picture", chromedp.Evaluate[chromedp.Void](`
		window.marked = document.querySelector("[data-testid=qr]"), window.place = `+place))
	second := page.nextCode(first)
	if !eval[bool](page, `window.marked.isConnected && window.place === `+place) {
		t.Error("the picture was replaced, or has moved")
	}
	if cut := len(first) - len("-ABCDEFGH"); second == first || len(second) != len(first) || second[:cut] != first[:cut] {
		t.Errorf("the next picture says %q after %q, want the same link with another code", second, first)
	}
	wantWords(t, "a screen reader hears", page.text("#live"), "")
	page.nextCode(second)

	wantWords(t, "the first picture by now", scan(page, address, first, "late-phone").open(), "CODE_STALE")
	page.click("copy-link")
	page.eventually("a link to copy", `document.getElementById("copy-text").value`)
	copied := eval[string](page, `document.getElementById("copy-text").value`)
	if copied == page.readQR() {
		t.Error("the copied link has the picture's code and not one of its own")
	}
	wantWords(t, "the copied link", scan(page, address, copied, "phone").open(), "OK")
	page.see(`[data-testid=verify][data-state=confirm]`)
	wantWords(t, "the copied link on another phone", scan(page, address, copied, "another-phone").open(), "SESSION_ALREADY_CLAIMED")
	page.seeID("second-phone")

	token := eval[string](page, `document.getElementById("verify").dataset.pageToken`)
	requests, _ := page.traffic()
	for _, request := range requests {
		if len(token) != 32 || strings.Contains(request, token) || strings.Contains(request, second[strings.Index(second, "#")+1:][:32]) {
			t.Errorf("a secret stands in the address %s", request)
		}
	}
	page.noProblems()
}

// TestBrowserRotatesThePictureOverPolls shows a fresh picture where only polls get through.
func TestBrowserRotatesThePictureOverPolls(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t, "--rotate")
	between := startProxy(t, address, refuseUpgrade(http.StatusBadGateway), true)
	page := newBrowser(t, "page")
	register(page, between.URL, "Ana Specimen")
	page.eventually("the polls", `performance.getEntriesByType("resource").some((e) => e.name.includes("wait=15"))`)
	if eval[bool](page, `Boolean(document.getElementById("copy-link"))`) {
		t.Error("it offers a link that would outlive the picture")
	}
	first := page.readQR()
	if next := page.nextCode(first); scan(page, address, next, "phone").open() != "OK" {
		t.Errorf("the next picture opens nothing: %q", next)
	}
	page.noProblems()
}

// TestBrowserTellsOfASecondPhone shows a refusal where it happens and keeps it.
func TestBrowserTellsOfASecondPhone(t *testing.T) {
	t.Parallel()
	const said = "Another phone tried to use this code. It was refused."
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	link := page.readQR()
	first, second := scan(page, address, link, "first-phone"), scan(page, address, link, "second-phone")
	wantWords(t, "the first phone", first.open(), "OK")
	page.see(`[data-testid=verify][data-state=opened]`)
	wantWords(t, "the second phone", second.open(), "SESSION_ALREADY_CLAIMED")
	page.seeID("second-phone")
	page.shoot("verify-second-phone-opened")
	wantWords(t, "a screen reader hears", page.text("#live"), said)
	wantWords(t, "the second phone's agreement", second.agree(""), "SESSION_ALREADY_CLAIMED")

	wantWords(t, "the first one's agreement", first.agree(""), "No Content")
	wantWords(t, "its claim", first.claim(), "OK")
	page.see(`[data-testid=verify][data-state=claimed]`)
	page.do("unfold the answer", chromedp.Click(chromedp.CSS(`[data-testid=second-phone-not-me] summary`)))
	page.shoot("verify-second-phone")
	wantWords(t, "a step", first.report("SCAN"), "OK")
	page.see(`[data-testid=step-SCAN][data-state=done]`)
	if !eval[bool](page, `document.querySelector("[data-testid=second-phone-not-me]").open`) {
		t.Error("the answer was folded up by a step")
	}
	page.do("reload", chromedp.Reload())
	page.seeID("second-phone")

	page.do("unfold the other answer", chromedp.Click(chromedp.CSS(`[data-testid=second-phone-me] summary`)))
	page.shoot("verify-second-phone-me")
	page.click("renew")
	page.see(`[data-testid=verify][data-state=ready]`)
	page.eventually("no word of it beside the new code", `!document.querySelector("[data-testid=second-phone]")`)
	wantWords(t, "the first phone afterwards", first.claim(), "SESSION_EXPIRED_OR_NOT_FOUND")
	page.noProblems()
}

// TestBrowserEndsWhenThePersonDidNotAsk lets the person with the phone say so.
func TestBrowserEndsWhenThePersonDidNotAsk(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	phone := scan(page, address, page.readQR(), "phone")
	wantWords(t, "opening", phone.open(), "OK")
	wantWords(t, "the report", phone.call("POST", "/report", `{"reason":"NOT_ME"}`), "No Content")
	page.see(`[data-testid=verify][data-state=cancelled]`)
	page.shoot("verify-not-me")
	wantWords(t, "the reason", page.text(`[data-testid=reason]`), "The person with the phone said they didn't ask for this.")
	wantWords(t, "agreeing afterwards", phone.agree(""), "SESSION_ENDED")
	page.click("renew")
	page.see(`[data-testid=verify][data-state=ready]`)
	page.noProblems()
}
