package handoff_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"baton/internal/handoff"
)

// device is a phone of the test's; the same name is the same phone.
func device(name string) handoff.Device {
	d, ok := handoff.ParseDevice(name + strings.Repeat("x", 22))
	if !ok {
		panic("no device: " + name)
	}
	return d
}

func (c *clock) at() time.Time { return c.now }

// guarded is a session with protections, and what its page knows.
type guarded struct {
	t       *testing.T
	service *handoff.Service
	clock   *clock
	session handoff.Session
	secrets handoff.Secrets
}

func guard(t *testing.T, p handoff.Protection) guarded {
	t.Helper()
	service, c := newService(t)
	session, secrets, err := service.Create(t.Context(), handoff.Creation{Token: handoff.NewToken("the token"), Data: "the data", Protection: p})
	if err != nil {
		t.Fatal(err)
	}
	return guarded{t, service, c, session, secrets}
}

// scanned is what a phone shows that has scanned the page's picture now.
func (g guarded) scanned(name string) handoff.Presented {
	g.t.Helper()
	text := g.secrets.Ticket.Reveal()
	if !g.secrets.Page.IsZero() {
		picture, err := g.service.Picture(g.t.Context(), g.secrets.Page)
		if err != nil {
			g.t.Fatal(err)
		}
		text = picture.Text
	}
	p, ok := handoff.ParsePresented(text)
	if !ok {
		g.t.Fatal("the picture's text is none that a phone may present")
	}
	if name != "" {
		p.Device = device(name)
	}
	return p
}

// bare is what the same phone shows with the ticket alone.
func (g guarded) bare(name string) handoff.Presented {
	p := handoff.Presented{Ticket: g.secrets.Ticket}
	if name != "" {
		p.Device = device(name)
	}
	return p
}

func (g guarded) claims(by handoff.Phone, want handoff.Code) {
	g.t.Helper()
	_, token, data, err := g.service.Claim(g.t.Context(), by)
	wantCode(g.t, "Claim", err, want)
	if err == nil && (token.Reveal() != "the token" || data != "the data") {
		g.t.Errorf("the claim gives %q and %q", token.Reveal(), data)
	}
	if err != nil && (token.Reveal() != "" || data != "") {
		g.t.Error("a refused claim gives something")
	}
}

// heard is what the page is told, each event in a word or two.
func (g guarded) heard(want ...string) {
	g.t.Helper()
	events, err := g.service.EventsAfter(g.t.Context(), g.session.ID, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	var heard []string
	for _, e := range events {
		heard = append(heard, strings.TrimSpace(string(e.Status)+string(e.Notice)+string(e.Step)+" "+e.Reason))
	}
	if diff := cmp.Diff(want, heard, cmpopts.EquateEmpty()); diff != "" {
		g.t.Errorf("the page hears (-want +got):\n%s", diff)
	}
}

func TestOnePhoneOnly(t *testing.T) {
	once := handoff.Protection{Once: true}

	t.Run("TheFirstMayRepeatAndAnotherIsRefused", func(t *testing.T) {
		g := guard(t, once)
		g.claims(g.bare("mine"), "")
		g.claims(g.bare("mine"), "")
		g.claims(g.bare("another"), handoff.CodeAlreadyClaimed)
		g.claims(g.bare(""), handoff.CodeAlreadyClaimed)
		g.claims(g.bare("mine"), "")
		g.heard("claimed", "second_claim")
		g.clock.forward(10 * time.Second)
		g.claims(g.bare("another"), handoff.CodeAlreadyClaimed)
		g.heard("claimed", "second_claim", "second_claim")
	})

	t.Run("TheFirstCallBindsWhateverItIs", func(t *testing.T) {
		for name, first := range map[string]func(g guarded, by handoff.Phone) error{
			"Open":   func(g guarded, by handoff.Phone) error { _, err := g.service.Open(t.Context(), by); return err },
			"Report": func(g guarded, by handoff.Phone) error { return g.service.Report(t.Context(), by) },
		} {
			t.Run(name, func(t *testing.T) {
				g := guard(t, once)
				if err := first(g, g.bare("mine")); err != nil {
					t.Fatal(err)
				}
				g.claims(g.bare("another"), handoff.CodeAlreadyClaimed)
			})
		}
	})

	t.Run("EveryLaterCallNeedsTheDevice", func(t *testing.T) {
		g := guard(t, once)
		g.claims(g.bare("mine"), "")
		for name, call := range map[string]func(by handoff.Phone) error{
			"Open":    func(by handoff.Phone) error { _, err := g.service.Open(t.Context(), by); return err },
			"Report":  func(by handoff.Phone) error { return g.service.Report(t.Context(), by) },
			"Confirm": func(by handoff.Phone) error { return g.service.Confirm(t.Context(), by, true, "") },
			"Publish": func(by handoff.Phone) error {
				_, err := g.service.Publish(t.Context(), by, handoff.Progress{Step: handoff.StepScan})
				return err
			},
		} {
			wantCode(t, name+" by another", call(g.bare("another")), handoff.CodeAlreadyClaimed)
			wantCode(t, name+" by a bare ticket", call(g.secrets.Ticket), handoff.CodeAlreadyClaimed)
		}
		if _, err := g.service.Publish(t.Context(), g.bare("mine"), handoff.Progress{Step: handoff.StepScan}); err != nil {
			t.Error(err)
		}
	})

	t.Run("APhoneWithoutADeviceClaimsOnce", func(t *testing.T) {
		g := guard(t, once)
		g.claims(g.bare(""), "")
		g.claims(g.bare(""), handoff.CodeAlreadyClaimed)
		g.claims(g.bare("mine"), handoff.CodeAlreadyClaimed)
		g.heard("claimed", "second_claim")
	})

	t.Run("ThePageStillWatchesByTheTicket", func(t *testing.T) {
		g := guard(t, once)
		g.claims(g.bare("mine"), "")
		if _, err := g.service.WatchedBy(t.Context(), g.secrets.Ticket); err != nil {
			t.Error(err)
		}
		if !g.secrets.Page.IsZero() {
			t.Error("nobody asked for a page token")
		}
	})

	t.Run("OfManyAtOnceExactlyOneClaims", func(t *testing.T) {
		g := guard(t, once)
		errs := make(chan error)
		for i := range 20 {
			go func() {
				_, _, _, err := g.service.Claim(t.Context(), g.bare(strings.Repeat("d", i+1)))
				errs <- err
			}()
		}
		claimed := 0
		for range 20 {
			if err := <-errs; err == nil {
				claimed++
			} else if handoff.ErrorCode(err) != handoff.CodeAlreadyClaimed {
				t.Error(err)
			}
		}
		if claimed != 1 {
			t.Errorf("%d phones have claimed", claimed)
		}
		g.heard("claimed", "second_claim")
	})
}

func TestSeparatePage(t *testing.T) {
	g := guard(t, handoff.Protection{Separate: true})
	_, err := g.service.WatchedBy(t.Context(), g.secrets.Ticket)
	wantCode(t, "watching by the ticket", err, handoff.CodeForbidden)
	wantCode(t, "deleting by the ticket", g.service.Delete(t.Context(), g.secrets.Ticket), handoff.CodeForbidden)
	g.claims(g.secrets.Ticket, "") // a photo of the code can still claim: Once is for that
	if picture, err := g.service.Picture(t.Context(), g.secrets.Page); err != nil || picture.Text != g.secrets.Ticket.Reveal() || !picture.Until.IsZero() {
		t.Errorf("the page's picture is of another text, or changes at %v: %v", picture.Until, err)
	}
	stranger := handoff.NewPageToken()
	_, err = g.service.Picture(t.Context(), stranger)
	wantCode(t, "another page's picture", err, handoff.CodeNotFound)
	wantCode(t, "deleting by another page", g.service.DeleteByPage(t.Context(), stranger), handoff.CodeNotFound)
	if err := g.service.DeleteByPage(t.Context(), g.secrets.Page); err != nil {
		t.Error(err)
	}
	g.claims(g.secrets.Ticket, handoff.CodeNotFound)
}

func TestConfirmPrompt(t *testing.T) {
	g := guard(t, handoff.Protection{Confirm: handoff.ConfirmPrompt})
	if g.secrets.Page.IsZero() || !g.session.Protection.Once {
		t.Fatal("a confirmation does not imply one phone and a separate page")
	}
	g.claims(g.bare(""), handoff.CodeInvalidInput) // without a device nobody could tell who confirmed
	g.claims(g.bare("mine"), handoff.CodeConfirmationRequired)
	g.claims(g.bare("another"), handoff.CodeAlreadyClaimed) // bound although refused
	wantCode(t, "confirming by another", g.service.Confirm(t.Context(), g.bare("another"), true, ""), handoff.CodeAlreadyClaimed)
	for range 2 {
		if err := g.service.Confirm(t.Context(), g.bare("mine"), true, ""); err != nil {
			t.Fatal(err)
		}
	}
	g.claims(g.bare("mine"), "")
	g.heard("opened", "second_claim", "claimed") // the page is told of the phone that has bound itself
}

func TestConfirmDeclined(t *testing.T) {
	g := guard(t, handoff.Protection{Confirm: handoff.ConfirmPrompt})
	if err := g.service.Confirm(t.Context(), g.bare("mine"), false, ""); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "agreeing afterwards", g.service.Confirm(t.Context(), g.bare("mine"), true, ""), handoff.CodeSessionEnded)
	g.claims(g.bare("mine"), handoff.CodeConfirmationRequired)
	g.heard("cancelled USER_CANCEL")
}

func TestConfirmNumber(t *testing.T) {
	// opened is a session whose phone has opened the link; the page shows number.
	opened := func(t *testing.T) (g guarded, number string) {
		t.Helper()
		g = guard(t, handoff.Protection{Confirm: handoff.ConfirmNumber})
		wantCode(t, "confirming before opening", g.service.Confirm(t.Context(), g.bare("mine"), true, "00"), handoff.CodeConfirmationRequired)
		for range 2 {
			if _, err := g.service.Open(t.Context(), g.bare("mine")); err != nil {
				t.Fatal(err)
			}
		}
		g.heard("opened", "confirm")
		events, err := g.service.EventsAfter(t.Context(), g.session.ID, 1)
		if err != nil || len(events[0].Number) != 2 {
			t.Fatalf("the page is told %v, %v", events, err)
		}
		return g, events[0].Number
	}
	other := func(number string) string {
		if number == "47" {
			return "48"
		}
		return "47"
	}

	t.Run("TheRightOneClaims", func(t *testing.T) {
		g, number := opened(t)
		g.claims(g.bare("mine"), handoff.CodeConfirmationRequired)
		if err := g.service.Confirm(t.Context(), g.bare("mine"), true, number); err != nil {
			t.Fatal(err)
		}
		g.claims(g.bare("mine"), "")
		g.heard("opened", "confirm", "claimed")
	})

	t.Run("OneWrongOneIsForgiven", func(t *testing.T) {
		g, number := opened(t)
		wantCode(t, "a wrong number", g.service.Confirm(t.Context(), g.bare("mine"), true, other(number)), handoff.CodeConfirmationRequired)
		if err := g.service.Confirm(t.Context(), g.bare("mine"), true, number); err != nil {
			t.Fatal(err)
		}
		g.claims(g.bare("mine"), "")
		g.heard("opened", "confirm", "confirm_failed", "claimed")
	})

	t.Run("TwoWrongOnesEndIt", func(t *testing.T) {
		g, number := opened(t)
		wantCode(t, "a wrong number", g.service.Confirm(t.Context(), g.bare("mine"), true, other(number)), handoff.CodeConfirmationRequired)
		wantCode(t, "no number", g.service.Confirm(t.Context(), g.bare("mine"), true, ""), handoff.CodeSessionEnded)
		wantCode(t, "the right one, too late", g.service.Confirm(t.Context(), g.bare("mine"), true, number), handoff.CodeSessionEnded)
		g.claims(g.bare("mine"), handoff.CodeConfirmationRequired)
		g.heard("opened", "confirm", "confirm_failed", "confirm_failed", "failed CONFIRMATION_FAILED")
	})

	t.Run("TheSameWrongOneCountsOnce", func(t *testing.T) {
		g, number := opened(t)
		for range 3 { // the answer was lost, and the phone sends it again
			err := g.service.Confirm(t.Context(), g.bare("mine"), true, other(number))
			wantCode(t, "a wrong number", err, handoff.CodeConfirmationRequired)
			if !strings.Contains(handoff.ErrorMessage(err), "one more try") {
				t.Errorf("it says %q", handoff.ErrorMessage(err))
			}
		}
		g.heard("opened", "confirm", "confirm_failed")
		second := "12"
		if number == second {
			second = "13"
		}
		wantCode(t, "another wrong number", g.service.Confirm(t.Context(), g.bare("mine"), true, second), handoff.CodeSessionEnded)
		g.heard("opened", "confirm", "confirm_failed", "confirm_failed", "failed CONFIRMATION_FAILED")
	})

	t.Run("AnotherPhoneHasNoTry", func(t *testing.T) {
		g, number := opened(t)
		for range 5 {
			wantCode(t, "another phone", g.service.Confirm(t.Context(), g.bare("another"), true, number), handoff.CodeAlreadyClaimed)
		}
		if err := g.service.Confirm(t.Context(), g.bare("mine"), true, number); err != nil {
			t.Error(err)
		}
	})

	t.Run("WhereNothingIsAskedThereIsNothingToConfirm", func(t *testing.T) {
		g := guard(t, handoff.Protection{Once: true})
		wantCode(t, "Confirm", g.service.Confirm(t.Context(), g.bare("mine"), true, ""), handoff.CodeInvalidInput)
	})
}

func TestRotation(t *testing.T) {
	rotating := handoff.Protection{Rotate: true}

	t.Run("ThePictureChangesAndTheOneBeforeCountsAsWell", func(t *testing.T) {
		g := guard(t, rotating)
		picture, err := g.service.Picture(t.Context(), g.secrets.Page)
		if err != nil {
			t.Fatal(err)
		}
		if left := picture.Until.Sub(g.clock.at()); left <= 0 || left > handoff.RotationStep {
			t.Errorf("the next picture is due in %v", left)
		}
		old := g.scanned("mine")
		g.clock.now = picture.Until.Add(-time.Millisecond)
		if same := g.scanned("mine"); same.Code != old.Code {
			t.Error("the picture changed before it was due")
		}
		g.clock.now = picture.Until
		if g.scanned("mine").Code == old.Code {
			t.Error("the picture did not change when it was due")
		}
		g.clock.now = picture.Until.Add(handoff.RotationStep - time.Millisecond)
		g.claims(old, "")
	})

	t.Run("OlderOnesAreStale", func(t *testing.T) {
		g := guard(t, rotating)
		old := g.scanned("mine")
		g.clock.forward(2 * handoff.RotationStep)
		g.claims(old, handoff.CodeCodeStale)
		_, err := g.service.Open(t.Context(), old)
		wantCode(t, "Open", err, handoff.CodeCodeStale)
		wantCode(t, "Report", g.service.Report(t.Context(), old), handoff.CodeCodeStale)
		g.heard()
		g.claims(g.scanned("mine"), "")
	})

	t.Run("TheBareTicketAndAGuessDoNotClaim", func(t *testing.T) {
		g := guard(t, rotating)
		g.claims(g.bare("mine"), handoff.CodeCodeStale)
		guess := g.bare("mine")
		guess.Code = "AAAAAAAA"
		g.claims(guess, handoff.CodeCodeStale)
		another := guard(t, rotating).scanned("mine")
		guess.Code = another.Code
		g.claims(guess, handoff.CodeCodeStale)
	})

	t.Run("OnceBoundThePhoneNeedsNoCode", func(t *testing.T) {
		g := guard(t, rotating)
		if _, err := g.service.Open(t.Context(), g.scanned("mine")); err != nil {
			t.Fatal(err)
		}
		g.clock.forward(10 * time.Minute)
		g.claims(g.bare("mine"), "")
		g.claims(g.scanned("another"), handoff.CodeAlreadyClaimed)
	})
}

func TestCopiedLink(t *testing.T) {
	copied := func(g guarded) handoff.Presented {
		g.t.Helper()
		text, err := g.service.CopyLink(g.t.Context(), g.secrets.Page)
		if err != nil {
			g.t.Fatal(err)
		}
		p, ok := handoff.ParsePresented(text)
		if !ok {
			g.t.Fatal("the link holds a text that no phone may present")
		}
		return p
	}
	with := func(p handoff.Presented, name string) handoff.Presented {
		p.Device = device(name)
		return p
	}
	safe := handoff.Protection{Rotate: true, Confirm: handoff.ConfirmNumber}

	t.Run("WorksOnceAndLater", func(t *testing.T) {
		g := guard(t, safe)
		link := copied(g)
		g.clock.forward(handoff.LinkLifetime - time.Millisecond)
		if _, err := g.service.Open(t.Context(), with(link, "mine")); err != nil {
			t.Fatal(err)
		}
		_, err := g.service.Open(t.Context(), with(link, "another"))
		wantCode(t, "a second phone", err, handoff.CodeAlreadyClaimed)
	})

	t.Run("WithoutADeviceItIsRefusedAndNotUsedUp", func(t *testing.T) {
		g := guard(t, safe)
		link := copied(g)
		_, err := g.service.Open(t.Context(), link)
		wantCode(t, "no device", err, handoff.CodeInvalidInput)
		if _, err := g.service.Open(t.Context(), with(link, "mine")); err != nil {
			t.Error(err)
		}
	})

	t.Run("IsStaleInTheEnd", func(t *testing.T) {
		g := guard(t, safe)
		link := copied(g)
		g.clock.forward(handoff.LinkLifetime)
		_, err := g.service.Open(t.Context(), with(link, "mine"))
		wantCode(t, "Open", err, handoff.CodeCodeStale)
	})

	t.Run("ANewOneReplacesTheOld", func(t *testing.T) {
		g := guard(t, safe)
		old := copied(g)
		_ = copied(g)
		g.clock.forward(time.Minute)
		_, err := g.service.Open(t.Context(), with(old, "mine"))
		wantCode(t, "Open", err, handoff.CodeCodeStale)
	})

	t.Run("NeedsANumberWhereTheCodeRotates", func(t *testing.T) {
		g := guard(t, handoff.Protection{Rotate: true})
		_, err := g.service.CopyLink(t.Context(), g.secrets.Page)
		wantCode(t, "CopyLink", err, handoff.CodeForbidden)
	})

	t.Run("IsTheTicketWhereTheCodeStandsStill", func(t *testing.T) {
		g := guard(t, handoff.Protection{Separate: true})
		if p := copied(g); p.Ticket != g.secrets.Ticket || p.Code != "" {
			t.Error("it is another text")
		}
	})
}

func TestReport(t *testing.T) {
	t.Run("EndsALiveSession", func(t *testing.T) {
		g := guard(t, handoff.Protection{Once: true})
		for range 2 {
			if err := g.service.Report(t.Context(), g.bare("mine")); err != nil {
				t.Fatal(err)
			}
		}
		g.heard("not_me", "cancelled NOT_ME")
		_, err := g.service.Publish(t.Context(), g.bare("mine"), handoff.Progress{Step: handoff.StepScan})
		wantCode(t, "Publish", err, handoff.CodeSessionEnded)
	})

	t.Run("IsOnlyNotedAfterTheEnd", func(t *testing.T) {
		g := guard(t, handoff.Protection{})
		g.claims(g.secrets.Ticket, "")
		if _, err := g.service.Publish(t.Context(), g.secrets.Ticket, handoff.Progress{Step: handoff.StepInfo}); err != nil {
			t.Fatal(err)
		}
		if err := g.service.Report(t.Context(), g.secrets.Ticket); err != nil {
			t.Fatal(err)
		}
		g.heard("claimed", "INFO", "completed", "not_me")
	})
}

func TestStrictPolicy(t *testing.T) {
	all := handoff.Protection{Once: true, Separate: true, Confirm: handoff.ConfirmNumber, Rotate: true}
	strict := handoff.Policy{Strict: true}
	if err := strict.Allows(handoff.Creation{Protection: all}, true); err != nil {
		t.Errorf("everything asked for: %v", err)
	}
	for name, missing := range map[string]struct {
		p   func(p *handoff.Protection)
		own bool
	}{
		"`claim":        {func(p *handoff.Protection) { p.Once = false }, true},
		"`separatePage": {func(p *handoff.Protection) { p.Separate = false }, true},
		"`confirm":      {func(p *handoff.Protection) { p.Confirm = handoff.ConfirmPrompt }, true},
		"`rotate":       {func(p *handoff.Protection) { p.Rotate = false }, true},
		"`token":        {func(*handoff.Protection) {}, false},
	} {
		p := all
		missing.p(&p)
		err := strict.Allows(handoff.Creation{Protection: p}, missing.own)
		wantCode(t, name, err, handoff.CodeInvalidInput)
		if err == nil || strings.Count(err.Error(), "`")/2 != 1 || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s it says %v", name, err)
		}
	}
	if err := (handoff.Policy{}).Allows(handoff.Creation{}, false); err != nil {
		t.Errorf("the default policy: %v", err)
	}
}
