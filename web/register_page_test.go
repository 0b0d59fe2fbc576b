package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/qr"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/web"
	"baton/web/webtest"
)

func TestRegistrationFromFormToDone(t *testing.T) {
	jpeg := []byte("\xff\xd8\xff specimen")
	b := openBank(t, &registrationtest.Provider{OnResult: verified, OnImage: func(registration.Image) ([]byte, error) { return jpeg, nil }}).browser(t)

	b.get("/").want(http.StatusOK, "start", "miniature")
	b.get("/register").want(http.StatusOK, "form")
	page := b.register().want(http.StatusOK, "qr", "countdown", "copy-link", "open-phone", "cancel")

	link := b.server.URL + "/go#" + b.ticket().Reveal()
	code, err := qr.Encode(link, qr.Medium)
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := page.part("qr").Find("path").Attr("d"); d != code.Path {
		t.Error("the picture is not the link's code")
	}
	if href, _ := page.part("open-phone").Attr("href"); href != "/register/phone" {
		t.Errorf("the phone opens at %q", href)
	}
	b.get("/register/phone").leadsTo("/go#" + b.ticket().Reveal())

	id := b.claim()
	if b.get("/register/verify").state("claimed").part("qr").Length() != 0 {
		t.Error("the code is still on show when a phone has it")
	}
	b.report(handoff.Progress{Step: handoff.StepScan}, handoff.Progress{Skipped: handoff.StepRead, Reason: "READ_NFC_UNAVAILABLE"})
	page = b.get("/register/verify").state("claimed")
	got := map[string]string{}
	page.Find(".steps li").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("data-testid")
		got[name], _ = s.Attr("data-state")
	})
	want := map[string]string{"step-SCAN": "done", "step-READ": "skipped", "step-FACE": "current", "step-INFO": "todo"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}

	b.report(handoff.Progress{Step: handoff.StepFace}, handoff.Progress{Step: handoff.StepInfo})
	page = b.get("/register/verify").state("checking")
	if next, _ := page.part("verify").Attr("data-next"); next != "/register/review?sessionId="+string(id) {
		t.Errorf("goes on to %q", next)
	}
	page = b.get("/register/review?sessionId="+string(id)).want(http.StatusOK, "review", "document-0", "portrait-0", "check-face", "complete", "difference-0")
	if word := page.part("check-face").Find(".state").Text(); word != "Passed" {
		t.Errorf("the face's check reads %q, want a plain word", word)
	}
	if text := page.part("difference-0").Text(); !strings.Contains(text, "You typed Ana, the document says ANNA") {
		t.Errorf("the difference reads %q", text)
	}
	src, _ := page.part("portrait-0").Attr("src")
	image := b.get(src).want(http.StatusOK)
	if image.body != string(jpeg) || image.header.Get("Content-Type") != "image/jpeg" || image.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("the image comes as %q, %q", image.header.Get("Content-Type"), image.header.Get("Cache-Control"))
	}
	b.get("/register/verify").leadsTo("/register/review")

	page = b.follow(b.post("/register/complete", url.Values{})).want(http.StatusOK, "done", "number", "stored", "start-over")
	number := page.part("number").Text()
	if !strings.HasPrefix(number, "BTN-") || strings.Contains(page.body, "L0000123X") || !strings.Contains(page.part("stored").Text(), "ending 123X") {
		t.Errorf("done: %q", number)
	}
	b.post("/register/complete", url.Values{}).leadsTo("/register/done")
	if again := b.get("/register/done").part("number").Text(); again != number {
		t.Errorf("a second completion changed %q to %q", number, again)
	}
	b.get("/register/verify").leadsTo("/register/done")
	b.get("/register/review").leadsTo("/register/done")
	b.get(src).want(http.StatusGone)

	if value, _ := b.get("/register").part("field-name").Attr("value"); value != "" {
		t.Errorf("starting over begins with %q", value)
	}
	b.register() // the same person again is a new registration
	if deleted := b.server.provider.Deleted(); len(deleted) != 1 || deleted[0] != id {
		t.Errorf("deleted at the provider: %v", deleted)
	}
}

// TestRegisterOffersTheInventedPersonsDetails where the provider is the stand-in, and only there.
func TestRegisterOffersTheInventedPersonsDetails(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}, webtest.With(func(d *web.Deps) { d.Sandbox = http.NotFoundHandler() })).browser(t)
	if offer := b.get("/register").want(http.StatusOK, "offer").part("offer").Find("p").Text(); !strings.Contains(offer, "an invented person, Ana Specimen.") {
		t.Errorf("the form offers %q", offer)
	}
	filled := func(form url.Values, country, focus string) {
		t.Helper()
		form.Set("fill", "specimen")
		page := b.post("/register", form).want(http.StatusOK, "form", "notice")
		got := []string{page.part("field-name").AttrOr("value", ""), page.part("field-email").AttrOr("value", ""), page.Find("option[selected]").AttrOr("value", ""), page.Find("[autofocus]").AttrOr("data-testid", "")}
		if diff := cmp.Diff([]string{"Ana Specimen", "ana@example.invalid", country, focus}, got); diff != "" {
			t.Errorf("filled in (-want +got):\n%s", diff)
		}
		if page.part("offer").Length() != 0 || page.part("error-summary").Length() != 0 {
			t.Error("the form still offers something, or complains")
		}
	}
	filled(url.Values{"name": {"Somebody"}}, "AE", "field-consent")
	filled(url.Values{"country": {"DE"}, "consent": {"yes"}}, "DE", "continue")

	real := openBank(t, &registrationtest.Provider{}).browser(t)
	if real.get("/register").part("offer").Length() != 0 {
		t.Error("a real provider's form offers an invented person")
	}
	real.post("/register", url.Values{"fill": {"specimen"}}).want(http.StatusUnprocessableEntity, "error-name")
}

func TestRegisterKeepsWhatWasTyped(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	typed := url.Values{"name": {`Ana "><script>alert(1)</script>`}, "email": {"ana@"}, "country": {"DE"}}
	page := b.post("/register", typed).want(http.StatusUnprocessableEntity, "error-summary", "error-name", "error-email", "error-consent")
	if page.part("error-country").Length() != 0 {
		t.Error("the country is at fault")
	}
	if value, _ := page.part("field-name").Attr("value"); value != typed.Get("name") {
		t.Errorf("the name is now %q", value)
	}
	if strings.Contains(page.body, "<script>alert") {
		t.Error("markup got into the page")
	}
	if value, _ := page.Find("option[selected]").Attr("value"); value != "DE" {
		t.Errorf("the country is now %q", value)
	}
	if focus, _ := page.Find("[autofocus]").Attr("id"); focus != "name" {
		t.Errorf("the focus is on %q", focus)
	}

	b.register()
	if value, _ := b.get("/register").part("field-email").Attr("value"); value != "ana@example.com" {
		t.Errorf("going back shows the e-mail %q", value)
	}
}

func TestRegisterAgain(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	first := b.cookie()

	b.post("/register", details()).leadsTo("/register/verify")
	if b.cookie() != first {
		t.Error("the unchanged form made a new code")
	}

	old := b.ticket()
	changed := details()
	changed.Set("name", "Bea Specimen")
	b.follow(b.post("/register", changed)).state("ready")
	if b.cookie() == first {
		t.Error("the changed form kept the old code")
	}
	if _, err := b.server.Handoff.ByTicket(t.Context(), old); handoff.ErrorCode(err) != handoff.CodeNotFound {
		t.Errorf("the old code still works: %v", err)
	}

	b.claim()
	b.report(handoff.Progress{Status: handoff.StatusFailed, Reason: "FACE_NO_MATCH"})
	b.follow(b.post("/register", changed)).state("ready") // sent again after a failure: a new code
}

func TestRegistrationNeedsItsCookie(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	for _, path := range []string{"/register/verify", "/register/review", "/register/done"} {
		b.get(path).want(http.StatusNotFound, "no-cookie", "start")
	}
	for _, path := range []string{"/register/renew", "/register/cancel", "/register/complete"} {
		b.post(path, url.Values{}).want(http.StatusNotFound, "no-cookie")
	}
	for _, cookie := range []string{"", "x", ".", strings.Repeat("A", 32), strings.Repeat("A", 32) + "." + strings.Repeat("B", 32), strings.Repeat("<", 2000)} {
		b.send("GET", "/register/verify", nil, "Cookie", "baton_registration="+cookie).want(http.StatusNotFound, "no-cookie")
	}
	b.get("/register/image/0/portrait").want(http.StatusNotFound)
	b.get("/register/image/99999999999999999999/portrait").want(http.StatusNotFound)
}

func TestCookie(t *testing.T) {
	attributes := func(t *testing.T, b *browser) string {
		t.Helper()
		return b.post("/register", details()).header.Get("Set-Cookie")
	}
	t.Run("over http", func(t *testing.T) {
		got := attributes(t, openBank(t, &registrationtest.Provider{}).browser(t))
		if !regexp.MustCompile(`(?i)^baton_registration=[A-Z2-7]{32}\.[A-Z2-7]{32}; max-age=86400; path=/; HttpOnly; SameSite=Lax$`).MatchString(got) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("over https", func(t *testing.T) {
		secure := webtest.With(func(deps *web.Deps) { deps.PublicURL = &url.URL{Scheme: "https", Host: "verify.example.org"} })
		got := attributes(t, openBank(t, &registrationtest.Provider{}, secure).browser(t))
		if !strings.HasPrefix(got, "__Host-baton_registration=") || !strings.Contains(got, "; secure") || strings.Contains(strings.ToLower(got), "domain") {
			t.Errorf("got %q", got)
		}
	})
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	before := b.cookie()
	for _, path := range []string{"/register", "/register/renew", "/register/cancel", "/register/complete"} {
		for _, headers := range [][]string{
			{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
		} {
			page := b.send("POST", path, details(), headers...)
			if page.status != http.StatusForbidden {
				t.Errorf("%s with %v: %d", path, headers, page.status)
			}
		}
	}
	if b.cookie() != before {
		t.Error("a foreign form changed the cookie")
	}
	b.get("/register/verify").state("ready")
	if policy := b.get("/register").header.Get("Referrer-Policy"); policy != "same-origin" {
		t.Errorf("referrer policy %q: browsers then send forms with the origin null", policy)
	}
}

func TestSecretsStayInTheCookie(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{OnResult: verified}).browser(t)
	page := b.post("/register", details())
	key, ticket, _ := strings.Cut(b.cookie(), ".")
	if strings.Contains(page.header.Get("Location")+page.body, ticket) {
		t.Error("the redirect holds the ticket")
	}
	seen := b.follow(page).body
	b.finishPhone()
	for _, path := range []string{"/register", "/register/verify", "/register/review", "/register/done"} {
		seen += b.get(path).body
	}
	b.post("/register/complete", url.Values{})
	if strings.Contains(seen, key) {
		t.Error("a page holds the registration's key")
	}
	for name, secret := range map[string]string{"ticket": ticket, "key": key} {
		if strings.Contains(b.server.Log.String(), secret) {
			t.Errorf("the log holds the %s", name)
		}
	}
	for _, path := range []string{"/register", "/register/verify", "/register/review", "/register/done"} {
		if cache := b.get(path).header.Get("Cache-Control"); cache != "no-store" {
			t.Errorf("%s may be kept: %q", path, cache)
		}
	}
}

func TestWithoutRegistrationThereAreNoPages(t *testing.T) {
	s := webtest.Start(t)
	for _, path := range []string{"/", "/register", "/register/verify"} {
		if answer := s.Do("GET", path, ""); answer.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Status)
		}
	}
}
