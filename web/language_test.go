package web_test

import (
	"net/http"
	"strings"
	"testing"

	"baton/internal/registration/registrationtest"
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
	a = server.Do(http.MethodGet, "/register", "", "Accept-Language", "ar")
	if !strings.Contains(a.Body, `<html lang="en">`) {
		t.Error("a page that is not translated does not say that it is English")
	}
}
