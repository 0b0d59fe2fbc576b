package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
)

func TestVerifyShowsWhyItStopped(t *testing.T) {
	tests := map[string]struct {
		progress handoff.Progress
		state    string
		says     string
		ours     bool
	}{
		"failed for a known reason":   {handoff.Progress{Status: handoff.StatusFailed, Reason: "SCAN_DOCUMENT_EXPIRED"}, "failed", "The document has expired. Use one that is valid.", false},
		"failed for an unknown one":   {handoff.Progress{Status: handoff.StatusFailed, Reason: "<b>odd</b>"}, "failed", "Something went wrong on our side.", true},
		"cancelled":                   {handoff.Progress{Status: handoff.StatusCancelled, Reason: "USER_CANCEL"}, "cancelled", "You stopped on your phone.", false},
		"cancelled without a reason":  {handoff.Progress{Status: handoff.StatusCancelled}, "cancelled", "You stopped on your phone.", false},
		"too many attempts at a face": {handoff.Progress{Status: handoff.StatusFailed, Reason: "TOO_MANY_ATTEMPTS"}, "failed", "The face didn't match the document.", false},
	}
	server := openBank(t, &registrationtest.Provider{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := server.browser(t)
			b.register()
			b.claim()
			b.report(test.progress)
			page := b.get("/register/verify").state(test.state).want(http.StatusOK, "reason", "renew", "change-details")
			if got := page.part("reason").Text(); got != test.says {
				t.Errorf("says %q, want %q", got, test.says)
			}
			id := page.part("request-id").Text()
			if (id != "") != test.ours || test.ours && id != page.header.Get("X-Request-ID") {
				t.Errorf("shows the request id %q", id)
			}
			before := b.cookie()
			b.follow(b.post("/register/renew", url.Values{"replaces": {attr(page, "replaces")}})).state("ready")
			if b.cookie() == before {
				t.Error("no new code")
			}
		})
	}
}

func TestVerifyExpiresAndRenews(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	b.server.Clock.Advance(handoff.MaxTTL)
	page := b.get("/register/verify").state("expired").want(http.StatusOK, "expired", "renew", "finished")
	if strings.Contains(page.body, b.token().Reveal()) || page.part("qr").Length() != 0 {
		t.Error("the page still shows the expired code, or its token")
	}
	b.get("/register/phone").leadsTo("/register/verify")

	replaces := url.Values{"replaces": {attr(page, "replaces")}}
	b.follow(b.post("/register/renew", replaces)).state("ready")
	renewed := b.cookie()
	b.post("/register/renew", replaces).leadsTo("/register/verify") // the second tab asked for the same
	if b.cookie() != renewed {
		t.Error("two tabs got two codes, and the first one's is dead")
	}
	if value, _ := b.get("/register").part("field-name").Attr("value"); value != "Ana Specimen" {
		t.Errorf("the form was lost: %q", value)
	}
}

func TestCancelKeepsTheForm(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	ticket, before := b.ticket(), b.cookie()
	page := b.follow(b.post("/register/cancel", url.Values{})).want(http.StatusOK, "notice", "form")
	// The page that is being left hears of the end before its next address and cookie are there. A code that expired it would renew.
	if left := b.server.Do("GET", "/register/verify", "", "Cookie", "baton_registration="+before, "Accept", "text/html"); !strings.Contains(left.Body, `data-state="cancelled"`) {
		t.Errorf("the page that is being left is drawn as %.300s", left.Body)
	}
	if value, _ := page.part("field-name").Attr("value"); value != "Ana Specimen" {
		t.Errorf("the form was lost: %q", value)
	}
	if _, err := b.server.Handoff.ByTicket(t.Context(), ticket); handoff.ErrorCode(err) != handoff.CodeNotFound {
		t.Errorf("the code still works: %v", err)
	}
	page = b.get("/register/verify").state("cancelled").want(http.StatusOK, "renew")
	b.post("/register/cancel", url.Values{}).leadsTo("/register?notice=cancelled") // twice is once
	b.follow(b.post("/register/renew", url.Values{"replaces": {attr(page, "replaces")}})).state("ready")
}

func TestVerifyPointsToThePhoneThatOpenedTheLink(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	open := func() {
		t.Helper()
		if _, err := b.server.Handoff.Open(t.Context(), b.ticket()); err != nil {
			t.Fatal(err)
		}
	}
	b.server.Clock.Stop(b.server.Clock.Now())
	open()
	page := b.get("/register/verify").state("opened").want(http.StatusOK, "opened", "qr", "copy-link", "cancel")
	if until, seq := attrOf(page, "data-until"), attrOf(page, "data-seq"); until != "60000" || seq != "1" {
		t.Errorf("opened until %q, at %q; want a minute, and the notice's number", until, seq)
	}
	b.server.Clock.Advance(20 * time.Second)
	open()
	if until := attrOf(b.get("/register/verify").state("opened"), "data-until"); until != "60000" {
		t.Errorf("opened again until %q, want a minute from then", until)
	}
	b.server.Clock.Advance(time.Minute - time.Millisecond)
	b.get("/register/verify").state("opened")
	b.server.Clock.Advance(time.Millisecond)
	page = b.get("/register/verify").state("ready").want(http.StatusOK, "qr")
	if page.part("opened").Length() != 0 {
		t.Error("the page still points to the phone")
	}
	open()
	b.claim()
	b.get("/register/verify").state("claimed").want(http.StatusOK, "steps")
}

func TestProviderIsAway(t *testing.T) {
	away := true
	provider := &registrationtest.Provider{
		OnAccessToken: func() (handoff.Token, error) {
			if away {
				return handoff.Token{}, registration.ErrProvider
			}
			return handoff.NewToken("token"), nil
		},
		OnResult: func(handoff.SessionID) (registration.Result, error) {
			return registration.Result{}, registration.ErrProvider
		},
	}
	b := openBank(t, provider).browser(t)
	page := b.post("/register", details()).want(http.StatusServiceUnavailable, "notice", "form")
	if value, _ := page.part("field-name").Attr("value"); value != "Ana Specimen" || page.header.Get("Retry-After") == "" {
		t.Errorf("the form was lost: %q", value)
	}
	away = false
	b.register()
	before := b.cookie()
	away = true
	b.post("/register/renew", url.Values{}).want(http.StatusServiceUnavailable, "retry", "request-id")
	if b.cookie() != before {
		t.Error("the old code was given up although there is no new one")
	}
	b.finishPhone()
	page = b.get("/register/review").want(http.StatusServiceUnavailable, "retry")
	if got := attrOf(page, "data-next"); got != "/register/review" || attrOf(page, "data-state") != "unavailable" {
		t.Errorf("tries again at %q", got)
	}
}

// The page that shows the code loads fast even on a poor line: less than 60 KB on the wire in all, nothing from
// elsewhere.
func TestTheCodesPageIsLight(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	page := b.register()
	total := len(page.body)
	t.Logf("the page: %d bytes", total)
	var module string
	page.Find("link[href], script[src], #verify").Each(func(_ int, s *goquery.Selection) {
		for _, name := range []string{"href", "src", "data-baton"} {
			path, ok := s.Attr(name)
			if !ok {
				continue
			}
			file := b.send("GET", path, nil, "Accept-Encoding", "gzip").want(http.StatusOK)
			if !strings.Contains(file.header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s is not kept for ever", path)
			}
			t.Logf("%s: %d bytes", path, len(file.body))
			total += len(file.body)
			module += path + " "
		}
	})
	if !strings.Contains(module, "register.") || !strings.Contains(module, "baton.") || !strings.Contains(module, "app.") {
		t.Errorf("found only %s", module)
	}
	if total >= 60<<10 {
		t.Errorf("%d bytes in all", total)
	}
}
