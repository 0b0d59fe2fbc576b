package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/views"
)

func TestLanguageOfTheFirstPage(t *testing.T) {
	server := openBank(t, &registrationtest.Provider{}).Server
	for _, test := range []struct{ accept, cookie, lang string }{
		{"", "", "en"},
		{"ar-AE,en;q=0.5", "", "ar"},
		{"en;q=0.9,ar;q=0.3", "", "en"},
		{"fr", "", "en"},
		{"en", "baton_language=ar", "ar"},
		{"ar", "baton_language=en", "en"},
		{"ar", "baton_language=xx", "ar"},
		{"%;;q=,", "", "en"},
	} {
		a := server.Do(http.MethodGet, "/", "", "Accept-Language", test.accept, "Cookie", test.cookie)
		if !strings.Contains(a.Body, `<html lang="`+test.lang+`"`) {
			t.Errorf("%+v is not answered in %s", test, test.lang)
		}
		if vary := a.Header.Get("Vary"); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
			t.Errorf("Vary is %q", vary)
		}
	}
	a := server.Do(http.MethodGet, "/?language=ar", "")
	if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/" || !strings.HasPrefix(a.Header.Get("Set-Cookie"), "baton_language=ar;") {
		t.Errorf("choosing answers %d %v", a.Status, a.Header)
	}
	if a := server.Do(http.MethodGet, "/?language=xx", ""); a.Status != http.StatusOK || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("an unknown language answers %d %v", a.Status, a.Header)
	}
}

// A choice leads back to the page that it was made on, never to another site.
func TestLanguageIsChosenOnEveryPage(t *testing.T) {
	server := openBank(t, &registrationtest.Provider{}).Server
	for path, to := range map[string]string{
		"/register?language=ar":                        "/register",
		"/register/review?sessionId=x&language=ar&q=1": "/register/review?sessionId=x&q=1",
		"/nowhere?language=ar":                         "/nowhere",
		"//evil.example/?language=ar":                  "/evil.example/",
		`/%5Cevil.example?language=ar`:                 "/%5Cevil.example",
	} {
		a := server.Do(http.MethodGet, path, "", "Accept", "text/html")
		if a.Status != http.StatusSeeOther || a.Header.Get("Location") != to || !strings.HasPrefix(a.Header.Get("Set-Cookie"), "baton_language=ar;") {
			t.Errorf("%s: %d to %q", path, a.Status, a.Header.Get("Location"))
		}
	}
	a := server.Do(http.MethodGet, "/nowhere", "", "Accept", "text/html", "Accept-Language", "ar")
	if !strings.Contains(a.Body, `<html lang="ar" dir="rtl">`) || !strings.Contains(a.Body, "هذه الصفحة غير موجودة") {
		t.Errorf("an unknown address answers in another language: %.300s", a.Body)
	}
	for _, problem := range []registration.Problem{
		registration.NameMissing, registration.NameShort, registration.NameLong, registration.NameCharacters, registration.EmailMissing,
		registration.EmailLong, registration.EmailInvalid, registration.CountryMissing, registration.CountryUnknown, registration.ConsentMissing,
	} {
		if views.WordsOf(t.Context()).Problems[string(problem)] == "" {
			t.Errorf("there are no words for %s", problem)
		}
	}
}

// On the form the choice takes along what was typed, and says again what was wrong with it.
func TestLanguageKeepsWhatWasTyped(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	typed := url.Values{"name": {"Ana"}, "email": {"ana@"}, "consent": {"yes"}}
	b.post("/register", typed).want(http.StatusUnprocessableEntity, "error-email", "error-country")
	typed.Set("language", "ar")
	page := b.post("/register", typed).want(http.StatusOK, "form")
	if page.Find("[aria-invalid]").Length() != 0 || page.part("field-email").AttrOr("value", "") != "ana@" || page.Find("[checked]").Length() != 1 {
		t.Error("the form is another one now, or says what is wrong before anybody has asked")
	}
	if page.Find("html").AttrOr("lang", "") != "ar" || page.Find("option[value=DE]").Text() != "ألمانيا" {
		t.Error("the form is not in Arabic")
	}
	typed.Set("marked", "yes")
	page = b.post("/register", typed).want(http.StatusOK, "error-email", "error-country")
	if said := page.part("error-country").Text(); strings.TrimSpace(said) != "اختر بلدك." {
		t.Errorf("the mistake is %q", said)
	}
	if lang := b.get("/register/verify").want(http.StatusNotFound, "no-cookie").Find("html").AttrOr("lang", ""); lang != "ar" {
		t.Errorf("the next page is in %q", lang)
	}
	// An answer to a form has no address of its own: its link leads to where things stand.
	if to := b.post("/register/renew", url.Values{}).want(http.StatusNotFound, "no-cookie").part("language").AttrOr("href", ""); to != "/register/verify?language=en" {
		t.Errorf("the link leads to %q", to)
	}
}
