package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/internal/qr"
	"baton/internal/registration/registrationtest"
)

// guarded opens a bank whose hand-overs ask for a confirmation, and registers there.
func guarded(t *testing.T, protection handoff.Protection) *browser {
	t.Helper()
	b := openGuardedBank(t, &registrationtest.Provider{OnResult: verified}, protection).browser(t)
	b.register()
	return b
}

// phone makes a call as a phone that has scanned the page's code.
func (b *browser) phone(device string, call func(handoff.Presented) error) error {
	b.t.Helper()
	return call(b.scanned(device))
}

func (b *browser) openedBy(device string) error {
	b.t.Helper()
	return b.phone(device, func(p handoff.Presented) error {
		_, err := b.server.Handoff.Open(b.t.Context(), p)
		return err
	})
}

func wantCode(t *testing.T, what string, err error, want handoff.Code) {
	t.Helper()
	if got := handoff.ErrorCode(err); got != want {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// The cookie and the page hold what watches, never what claims.
func TestThePageHoldsNothingThatClaims(t *testing.T) {
	b := guarded(t, handoff.Protection{Once: true, Confirm: handoff.ConfirmPrompt})
	ticket, token := b.ticket().Reveal(), b.token().Reveal()
	if strings.Contains(b.cookie(), ticket) {
		t.Error("the cookie holds the ticket")
	}
	page := b.get("/register/verify").state("ready")
	if strings.Contains(page.body, ticket) {
		t.Error("the page says what its code says")
	}
	if got := attrOf(page, "data-page-token"); got != token || strings.Count(page.body, token) != 1 {
		t.Errorf("the page token stands %d times in the page, want once, in its attribute", strings.Count(page.body, token))
	}
	if _, _, _, err := b.server.Handoff.Claim(t.Context(), handoff.Presented{Ticket: mustTicket(t, token)}); handoff.ErrorCode(err) != handoff.CodeNotFound {
		t.Errorf("claiming with what the cookie holds: %v", err)
	}
	if got := b.server.Do("GET", "/api/v1/session", "", "Authorization", ticket); got.Status == http.StatusOK {
		t.Error("a phone claimed before anybody agreed")
	}
	if strings.Contains(b.server.Log.String(), token) || strings.Contains(b.server.Log.String(), ticket) {
		t.Error("a secret stands in the log")
	}
	session, err := b.server.Handoff.ByPageToken(t.Context(), b.token())
	if err != nil || session.Requester.Name != "Example Bank" {
		t.Errorf("asked for by %+v, %v", session.Requester, err)
	}
}

func mustTicket(t *testing.T, text string) handoff.Ticket {
	t.Helper()
	ticket, ok := handoff.ParseTicket(text)
	if !ok {
		t.Fatal("no ticket")
	}
	return ticket
}

func TestVerifyShowsTheNumber(t *testing.T) {
	b := guarded(t, handoff.Protection{Confirm: handoff.ConfirmNumber})
	if page := b.get("/register/verify").state("ready"); page.part("confirm-number").Length() != 0 {
		t.Error("the page shows a number before a phone asks for one")
	}
	wantCode(t, "opening", b.openedBy(mine), "")
	page := b.get("/register/verify").state("confirm").want(http.StatusOK, "confirm", "confirm-number", "another-code", "cancel", "countdown")
	session, err := b.server.Handoff.ByPageToken(t.Context(), b.token())
	if err != nil {
		t.Fatal(err)
	}
	number := page.part("confirm-number").Text()
	if number != session.Number || len(number) != 2 {
		t.Fatalf("shows %q, want the session's", number)
	}
	if page.part("qr").Length()+page.part("wrong-number").Length() != 0 || !strings.Contains(page.part("verify").Text(), "Only continue if you are holding the phone.") {
		t.Error("it still shows the code, or speaks of a wrong number, or does not warn")
	}
	if said := attrOf(page, "data-announce"); !strings.Contains(said, number[:1]+" "+number[1:]) {
		t.Errorf("a screen reader hears %q, want the digits", said)
	}
	b.server.Clock.Advance(2 * time.Minute)
	b.get("/register/verify").state("confirm") // however long it takes

	wrong := "00"
	if number == wrong {
		wrong = "01"
	}
	confirm := func(number string) error {
		return b.phone(mine, func(p handoff.Presented) error { return b.server.Handoff.Confirm(t.Context(), p, true, number) })
	}
	wantCode(t, "a wrong number", confirm(wrong), handoff.CodeConfirmationRequired)
	page = b.get("/register/verify").state("confirm").want(http.StatusOK, "wrong-number")
	if got := page.part("wrong-number").Text(); !strings.Contains(got, "one more try") || page.part("confirm-number").Text() != number {
		t.Errorf("after a wrong one it says %q and shows %q", got, page.part("confirm-number").Text())
	}

	t.Run("another wrong one ends it", func(t *testing.T) {
		b := guarded(t, handoff.Protection{Confirm: handoff.ConfirmNumber})
		wantCode(t, "opening", b.openedBy(mine), "")
		for i, want := range []handoff.Code{handoff.CodeConfirmationRequired, handoff.CodeSessionEnded} {
			number := []string{"xx", "yy"}[i]
			err := b.phone(mine, func(p handoff.Presented) error { return b.server.Handoff.Confirm(t.Context(), p, true, number) })
			wantCode(t, "a wrong number", err, want)
		}
		page := b.get("/register/verify").state("failed").want(http.StatusOK, "reason", "renew")
		if got := page.part("reason").Text(); got != "The number entered on the phone was not the one on this page." {
			t.Errorf("says %q", got)
		}
		b.follow(b.post("/register/renew", url.Values{"replaces": {attr(page, "replaces")}})).state("ready")
	})

	wantCode(t, "the right number", confirm(number), "")
	if page := b.get("/register/verify"); page.part("confirm-number").Length() != 0 {
		t.Error("the number stays when it has been entered")
	}
	wantCode(t, "the claim", b.phone(mine, func(p handoff.Presented) error {
		_, _, _, err := b.server.Handoff.Claim(t.Context(), p)
		return err
	}), "")
	b.get("/register/verify").state("claimed")
}

func TestVerifyTellsOfASecondPhone(t *testing.T) {
	const said = "Another phone tried to use this code. It was refused."
	for name, protection := range map[string]handoff.Protection{
		"that has to agree":          {Confirm: handoff.ConfirmPrompt},
		"that has to enter a number": {Confirm: handoff.ConfirmNumber},
	} {
		t.Run("beside one "+name, func(t *testing.T) {
			b := guarded(t, protection)
			wantCode(t, "opening", b.openedBy(mine), "")
			before := b.get("/register/verify")
			if before.part("second-phone").Length() != 0 {
				t.Fatal("the page tells of a phone that was not there")
			}
			wantCode(t, "the second phone", b.openedBy(another), handoff.CodeAlreadyClaimed)
			page := b.get("/register/verify").state(attrOf(before, "data-state")).want(http.StatusOK, "second-phone", "second-phone-not-me", "second-phone-me", "renew")
			if got := attrOf(page, "data-announce"); got != said || !strings.HasPrefix(strings.TrimSpace(page.part("second-phone").Text()), said) {
				t.Errorf("a screen reader hears %q", got)
			}
			if protection.Confirm == handoff.ConfirmNumber {
				return
			}
			wantCode(t, "agreeing and claiming", b.phone(mine, func(p handoff.Presented) error {
				if err := b.server.Handoff.Confirm(t.Context(), p, true, ""); err != nil {
					return err
				}
				_, _, _, err := b.server.Handoff.Claim(t.Context(), p)
				return err
			}), "")
			page = b.get("/register/verify").state("claimed").want(http.StatusOK, "second-phone", "steps") // it stays
			if got := attrOf(page, "data-announce"); got == said {
				t.Error("a screen reader hears the old news again")
			}
			stolen := b.scanned(mine)
			b.follow(b.post("/register/renew", url.Values{"replaces": {attr(page, "replaces")}})).state("ready")
			_, _, _, err := b.server.Handoff.Claim(t.Context(), stolen)
			wantCode(t, "the first phone after a new code", err, handoff.CodeNotFound)
		})
	}
}

func TestVerifyEndsWhenItWasNotThem(t *testing.T) {
	b := guarded(t, handoff.Protection{Confirm: handoff.ConfirmPrompt})
	wantCode(t, "the report", b.phone(mine, func(p handoff.Presented) error { return b.server.Handoff.Report(t.Context(), p) }), "")
	page := b.get("/register/verify").state("cancelled").want(http.StatusOK, "reason", "renew", "change-details")
	if got := page.part("reason").Text(); got != "The person with the phone said they didn't ask for this." || page.part("request-id").Length() != 0 {
		t.Errorf("says %q", got)
	}
}

func TestVerifyRotates(t *testing.T) {
	b := guarded(t, handoff.Protection{Rotate: true, Confirm: handoff.ConfirmNumber})
	b.server.Clock.Stop(b.server.Clock.Now())
	path := func() string {
		t.Helper()
		page := b.get("/register/verify").state("ready").want(http.StatusOK, "qr", "copy-link", "open-phone")
		if attr, is := page.part("verify").Attr("data-rotates"); !is {
			t.Errorf("the script is not told that the code changes: %q", attr)
		}
		d, _ := page.part("qr").Find("path").Attr("d")
		return d
	}
	first, scanned := path(), b.scanned(mine)
	code, err := qr.Encode(b.server.URL+"/go#"+scanned.Ticket.Reveal()+"-"+scanned.Code, qr.Medium)
	if err != nil || first != code.Path {
		t.Errorf("the picture is another one than the code's (%v)", err)
	}
	b.get("/register/phone").leadsTo("/go#" + scanned.Ticket.Reveal() + "-" + scanned.Code)
	if path() != first {
		t.Error("the picture changed within its time")
	}
	b.server.Clock.Advance(2 * handoff.RotationStep)
	if path() == first {
		t.Error("the picture does not change")
	}
	_, err = b.server.Handoff.Open(t.Context(), scanned)
	wantCode(t, "the old picture", err, handoff.CodeCodeStale)
	wantCode(t, "the new one", b.openedBy(mine), "")

	bare := guarded(t, handoff.Protection{Rotate: true})
	if page := bare.get("/register/verify").state("ready"); page.part("copy-link").Length() != 0 {
		t.Error("it offers a link that the server will not give")
	}
	fixed := guarded(t, handoff.Protection{Once: true})
	if _, is := fixed.get("/register/verify").state("ready").part("verify").Attr("data-rotates"); is {
		t.Error("a code that stands is said to change")
	}
}

// Opening the link binds the phone, so no other site may make this browser do it.
func TestOnlyThePageOpensThePhoneHere(t *testing.T) {
	b := guarded(t, handoff.Protection{Confirm: handoff.ConfirmPrompt})
	for site, want := range map[string]string{
		"same-origin": "/go#" + b.ticket().Reveal(), "none": "/go#" + b.ticket().Reveal(), "cross-site": "/register/verify", "same-site": "/register/verify",
	} {
		b.send("GET", "/register/phone", nil, "Sec-Fetch-Site", site).leadsTo(want)
	}
	stranger := b.server.browser(t)
	stranger.get("/register/phone").leadsTo("/register/verify")
}

// What the page's script asks for, it gets with the page's own token only.
func TestThePagesOwnCalls(t *testing.T) {
	b := guarded(t, handoff.Protection{Confirm: handoff.ConfirmPrompt})
	token := b.token().Reveal()
	drawn, _ := b.get("/register/verify").part("qr").Find("path").Attr("d")
	// Where two masks suit a code equally well either may be drawn, so one code can have two pictures.
	if !slices.ContainsFunc(make([]int, 50), func(int) bool {
		return strings.Contains(b.server.Do("GET", "/api/v1/session/qr.svg?link=true", "", "Authorization", token).Body, `d="`+drawn+`"`)
	}) {
		t.Error("the picture by the API is another one than the page's")
	}
	var answer struct{ Link string }
	if err := json.Unmarshal([]byte(b.server.Do("POST", "/api/v1/session/link", "", "Authorization", token).Body), &answer); err != nil || answer.Link != b.server.URL+"/go#"+b.ticket().Reveal() {
		t.Errorf("the copied link is not the code's: %v", err)
	}
}
