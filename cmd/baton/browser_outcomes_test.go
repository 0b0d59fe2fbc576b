package main

import (
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"baton/internal/enrolment"
	"baton/views"
)

// played is how an outcome goes on the demo's own enrolment.
type played struct {
	outcome enrolment.Outcome
	at      string
	phone   string // the phone's end and, after a space, its reason
	page    string // where the page ends: review, refused, failed or cancelled
	code    string // what it was underneath
	reason  string // whose words the page says; empty for none
}

// plays are all outcomes, and the person's stop at every step.
var plays = []played{
	{outcome: enrolment.OutcomeSuccess, phone: "completed", page: "review"},

	{outcome: enrolment.OutcomeUserCancels, phone: "cancelled USER_CANCEL", page: "cancelled", code: "USER_CANCEL", reason: "USER_CANCEL"},
	{outcome: enrolment.OutcomeUserCancels, at: "READ", phone: "cancelled USER_CANCEL", page: "cancelled", code: "USER_CANCEL", reason: "USER_CANCEL"},
	{outcome: enrolment.OutcomeUserCancels, at: "FACE", phone: "cancelled USER_CANCEL", page: "cancelled", code: "USER_CANCEL", reason: "USER_CANCEL"},
	{outcome: enrolment.OutcomeUserCancels, at: "BACKGROUND_CHECK", phone: "cancelled USER_CANCEL", page: "cancelled", code: "USER_CANCEL", reason: "USER_CANCEL"},
	{outcome: enrolment.OutcomeUserCancels, at: "INFO", phone: "cancelled USER_CANCEL", page: "cancelled", code: "USER_CANCEL", reason: "USER_CANCEL"},
	{outcome: enrolment.OutcomeUnreadableDocument, phone: "failed SCAN_DOCUMENT_NOT_RECOGNIZED", page: "failed", code: "SCAN_DOCUMENT_NOT_RECOGNIZED", reason: "SCAN_DOCUMENT_NOT_RECOGNIZED"},
	{outcome: enrolment.OutcomeExpiredDocument, phone: "failed SCAN_DOCUMENT_EXPIRED", page: "failed", code: "SCAN_DOCUMENT_EXPIRED", reason: "SCAN_DOCUMENT_EXPIRED"},
	{outcome: enrolment.OutcomeNFCUnavailable, phone: "completed", page: "review"},
	{outcome: enrolment.OutcomeTooManyAttempts, phone: "failed FACE_RECOGNITION_TOO_MANY_ATTEMPTS", page: "failed", code: "FACE_RECOGNITION_TOO_MANY_ATTEMPTS", reason: "FACE_NO_MATCH"},
	{outcome: enrolment.OutcomeSessionExpires, at: "FACE", phone: "failed SESSION_EXPIRED", page: "failed", code: "SESSION_EXPIRED", reason: "SESSION_EXPIRED"},
	{outcome: enrolment.OutcomeNetworkCut, at: "FACE", phone: "completed", page: "review"},

	{outcome: enrolment.OutcomeFaceMismatch, phone: "completed", page: "refused", code: "face", reason: "FACE_NO_MATCH"},
	{outcome: enrolment.OutcomeDocumentTampering, phone: "completed", page: "refused", code: "document", reason: "DOCUMENT_REFUSED"},
	{outcome: enrolment.OutcomeChipInvalid, phone: "completed", page: "refused", code: "document", reason: "DOCUMENT_REFUSED"},
	{outcome: enrolment.OutcomeBackgroundHit, phone: "completed", page: "refused", code: "background", reason: "BACKGROUND_REFUSED"},
	{outcome: enrolment.OutcomeTamperedResult, phone: "completed", page: "refused", code: "signature", reason: "RESULT_REFUSED"},
	{outcome: enrolment.OutcomeExpiredResult, phone: "completed", page: "refused", code: "exp", reason: "RESULT_REFUSED"},
	{outcome: enrolment.OutcomeImagesGone, phone: "completed", page: "review"},
	{outcome: enrolment.OutcomeSlowProvider, phone: "completed", page: "review"},
}

// playedLanguages are those that the demo's pages are translated to.
var playedLanguages = views.Languages()

// TestBrowserPlaysEveryOutcome chooses each outcome in the console and plays it on the real program, in every language. What
// it compares are states and codes; texts only with the catalogue's.
func TestBrowserPlaysEveryOutcome(t *testing.T) {
	t.Parallel()
	for _, o := range enrolment.Outcomes() {
		found := false
		for _, p := range plays {
			found = found || p.outcome == o
		}
		if !found {
			t.Errorf("%s is not played", o)
		}
	}
	address, _ := startDemo(t)
	var choosing sync.Mutex // there is one next hand-over
	for _, language := range playedLanguages {
		for _, p := range plays {
			if language != views.English && p.outcome == enrolment.OutcomeUserCancels && p.at != "" {
				continue // in other words the same
			}
			t.Run(strings.TrimSuffix(string(language)+" "+string(p.outcome)+" "+p.at, " "), func(t *testing.T) {
				t.Parallel()
				p.play(t, address, language, &choosing)
			})
		}
	}
}

func (p played) play(t *testing.T, address string, language views.Language, choosing *sync.Mutex) {
	page := newBrowser(t, "page")
	link := registerAtOnce(page, address, language)
	page.do("note what it shows", chromedp.Evaluate[chromedp.Void](`{
		const shown = () => sessionStorage.setItem("shown", (sessionStorage.getItem("shown") ?? "") + " " + document.querySelector("[data-testid=verify]").dataset.state);
		new MutationObserver(shown).observe(document.querySelector("[data-testid=verify]"), { attributes: true, attributeFilter: ["data-state"] });
	}`))

	phone := page.second("phone")
	p.start(phone, address, link, choosing)
	if got := phone.walkToTheEnd(); got != p.phone {
		t.Errorf("the phone ended with %q, want %q\n%s", got, p.phone, phone.dump())
	}
	if p.outcome == enrolment.OutcomeNetworkCut && !eval[bool](phone, `window.waited`) {
		t.Error("the phone did not say that it waits for its network")
	}

	switch p.page {
	case "failed", "cancelled":
		page.see(`[data-testid=verify][data-state=` + p.page + `]`)
	default:
		page.seeID(p.page)
	}
	if p.reason != "" {
		if got, want := page.text(`[data-testid=reason]`), views.WordsOf(views.WithLanguage(t.Context(), language)).Reason(p.reason).Said; got != want {
			t.Errorf("the page says %q, want %q", got, want)
		}
		if p.reason == "BACKGROUND_REFUSED" {
			page.seeID("change-details") // another try finds the same
		} else {
			page.seeID("renew") // and there is a way on
		}
	} else {
		page.seeID("complete")
	}
	if got := eval[string](page, `document.querySelector("[data-testid=detail]").dataset.code`); got != p.code {
		t.Errorf("underneath it was %q, want %q", got, p.code)
	}
	if p.outcome != enrolment.OutcomeSuccess { // which is no choice
		if got := eval[string](page, `document.querySelector("[data-testid=wished]").textContent`); got != string(p.outcome) {
			t.Errorf("the presenter reads that %q was chosen", got)
		}
	}
	p.look(page)
	page.shoot("outcome-" + string(language) + "-" + string(p.outcome) + p.at)
	page.noProblems()
	phone.noProblems()
}

// registerAtOnce goes to the code in a language, without the time that typing and a camera take, and returns its link.
func registerAtOnce(page *tab, address string, language views.Language) string {
	page.t.Helper()
	if _, err := chromedp.Call(page.ctx, network.SetCookie, network.SetCookieParams{Name: "baton_language", Value: string(language), URL: address}); err != nil {
		page.t.Fatal(err)
	}
	page.open(address + "/register")
	page.see(`html[lang=` + string(language) + `] [data-testid=form]`)
	page.do("fill in the form", chromedp.Evaluate[chromedp.Void](`(() => {
		const field = (name) => document.querySelector("[data-testid=field-" + name + "]");
		field("name").value = "Ana Specimen";
		field("email").value = "ana.specimen@example.org";
		field("country").value = "NL";
		field("consent").checked = true;
		document.querySelector("[data-testid=continue]").click();
	})()`))
	page.see(`[data-testid=verify][data-state=ready]`)
	page.eventually("the script", `!document.querySelector("[data-testid=copy-link]")?.hidden`)
	page.do("ask for the link", chromedp.Evaluate[chromedp.Void](`void fetch("/api/v1/session/link", { method: "POST", headers: { Authorization: document.querySelector("[data-testid=verify]").dataset.pageToken } })
		.then((answer) => answer.json()).then(({ link }) => (window.codeLink = link))`))
	page.eventually("the link", `window.codeLink`)
	return eval[string](page, `window.codeLink`)
}

// start chooses the outcome in the console and has this phone take it up before another is chosen.
func (p played) start(phone *tab, address, link string, choosing *sync.Mutex) {
	phone.t.Helper()
	choosing.Lock()
	defer choosing.Unlock()
	phone.open(address + "/console")
	phone.seeID("next")
	phone.do("choose "+string(p.outcome), chromedp.Evaluate[chromedp.Void](`{
		const field = document.querySelector("[data-testid=next-outcome]");
		field.value = "`+string(p.outcome)+`";
		field.dispatchEvent(new Event("change", { bubbles: true }));
		document.querySelector("[data-testid=next-at]").value = "`+p.at+`";
	}`))
	phone.click("next-choose")
	chosen := string(p.outcome)
	if p.outcome == enrolment.OutcomeSuccess {
		chosen = ""
	}
	phone.see(`[data-testid=notice]`)
	phone.see(`[data-testid=next-chosen][data-outcome="` + chosen + `"][data-at="` + p.at + `"]`)
	phone.open(fastLink(address, link))
	phone.click("phone-start")
	phone.eventually("what was chosen", `document.querySelector("[data-testid=phone-outcome]").value === "`+string(p.outcome)+`"`)
	phone.do("note whether it waits", chromedp.Evaluate[chromedp.Void](`{
		const banner = document.querySelector("[data-testid=phone-waiting]");
		window.waited = false;
		new MutationObserver(() => (window.waited ||= !banner.hidden)).observe(banner, { attributes: true });
	}`))
}

// walkToTheEnd presses on, on whatever screen comes, and returns the end's outcome and reason.
func (b *tab) walkToTheEnd() string {
	b.t.Helper()
	b.eventually("the phone's end", `(() => {
		if (document.querySelector("[data-testid=phone-end]")) return true;
		document.querySelector("[data-testid=phone-next]:not([aria-disabled])")?.click();
	})()`)
	return strings.TrimSpace(eval[string](b, `(({ outcome, reason }) => outcome + " " + reason)(document.querySelector("[data-testid=phone-end]").dataset)`))
}

// look is what else the page says of some outcomes.
func (p played) look(page *tab) {
	page.t.Helper()
	shown := eval[string](page, `sessionStorage.getItem("shown") ?? ""`)
	switch p.outcome {
	case enrolment.OutcomeNFCUnavailable:
		page.see(`[data-testid=check-chip][data-meaning=open]`)
	case enrolment.OutcomeNetworkCut:
		for _, state := range strings.Fields(shown) { // the page's own network was there all the time
			if state != "opened" && state != "claimed" && state != "checking" {
				page.t.Errorf("meanwhile the page showed %q", shown)
			}
		}
	case enrolment.OutcomeSlowProvider:
		if !strings.Contains(shown, "checking") {
			page.t.Errorf("the page never said that it waits for the result: %q", shown)
		}
	case enrolment.OutcomeImagesGone:
		page.seeID("pictures-gone-0")
		if n := eval[int](page, `document.querySelectorAll(".specimen img").length`); n != 0 {
			page.t.Errorf("%d broken pictures are shown", n)
		}
	case enrolment.OutcomeFaceMismatch:
		page.see(`[data-testid=check-chip][data-meaning=done]`)
		if told := eval[string](page, `document.querySelector("[data-testid=detail]").textContent`); !strings.Contains(told, "The phone did its part as usual; the provider's result says otherwise.") {
			page.t.Errorf("the presenter is not told whose word it is: %q", told)
		}
	case enrolment.OutcomeSuccess:
		page.eventually("the portrait", `document.querySelector("[data-testid=portrait-0]").naturalWidth > 0`)
		if eval[bool](page, `!document.querySelector("[data-testid=pictures-gone-0]").hidden`) {
			page.t.Error("pictures that are there are said to be gone")
		}
	}
}
