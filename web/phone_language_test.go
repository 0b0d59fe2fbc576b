package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"baton/internal/enrolment"
	"baton/web/webtest"
)

// The phone's page is in the language that was chosen, else in the browser's; its screens are asked for without a cookie, in
// the page's own.
func TestPhoneSpeaksTheVisitorsLanguage(t *testing.T) {
	s := webtest.Start(t, withSandbox(t))
	const english, arabicWords = "About 2 minutes and good light", "نحو دقيقتين وإضاءة جيدة"
	for _, c := range []struct{ accept, cookie, says, other string }{
		{"", "", english, "?language=ar"},
		{"ar-AE,ar;q=0.9", "", arabicWords, "?language=en"},
		{"ar", "baton_language=en", english, "?language=ar"},
		{"en", "baton_language=ar", arabicWords, "?language=en"},
	} {
		page := s.Do(http.MethodGet, "/go", "", "Accept-Language", c.accept, "Cookie", c.cookie)
		if body := string(page.Body); !strings.Contains(body, c.says) || !strings.Contains(body, `href="`+c.other+`"`) {
			t.Errorf("asked for %q with %q, the phone does not say %q and offer %s", c.accept, c.cookie, c.says, c.other)
		}
		if vary := page.Header.Get("Vary"); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
			t.Errorf("a cache is told of %q only", vary)
		}
	}

	chosen := s.Do(http.MethodGet, "/go?fast&language=ar", "")
	if chosen.Status != http.StatusSeeOther || chosen.Header.Get("Location") != "/go?fast" || !strings.HasPrefix(chosen.Header.Get("Set-Cookie"), "baton_language=ar;") {
		t.Errorf("the choice answers %d to %q with %q", chosen.Status, chosen.Header.Get("Location"), chosen.Header.Get("Set-Cookie"))
	}

	data, err := json.Marshal(map[string]string{"data": enrolment.New(enrolment.UAEID).Encode()})
	if err != nil {
		t.Fatal(err)
	}
	for accept, says := range map[string]string{"en": "Scan the front of your Emirates ID", "ar": "امسح الوجه الأمامي من هويتك الإماراتية"} {
		screens := s.Do(http.MethodPost, "/go/screens", string(data), "Content-Type", "application/json", "Accept-Language", accept)
		if screens.Status != http.StatusOK || !strings.Contains(string(screens.Body), says) {
			t.Errorf("asked for %q, the screens answer %d without %q", accept, screens.Status, says)
		}
	}
}
