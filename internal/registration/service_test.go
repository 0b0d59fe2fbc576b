package registration_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/registration"
)

func TestStart(t *testing.T) {
	t.Run("KeepsTheFormAndCreatesTheHandOver", func(t *testing.T) {
		d := newDesk(t, passportData)
		r, key, page, err := d.Start(t.Context(), registration.Form{Name: "  Ana Specimen ", Email: " ana@example.com\n", Country: "nl", Consent: true})
		if err != nil {
			t.Fatal(err)
		}
		want := registration.Registration{Digest: key.Digest(), Form: form, SessionID: r.SessionID, Status: registration.StatusVerifying, CreatedAt: start}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Errorf("registration (-want +got):\n%s", diff)
		}
		kept, err := d.Lookup(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, kept); diff != "" {
			t.Errorf("kept (-returned +kept):\n%s", diff)
		}
		session := d.sessions.kept[r.SessionID]
		text, err := page.Open(session.ID, handoff.FieldTicket, session.SealedTicket)
		if err != nil {
			t.Fatal("the page token is not this session's: ", err)
		}
		ticket, _ := handoff.ParseTicket(text)
		token, err := ticket.Open(session.ID, handoff.FieldToken, session.SealedToken)
		if err != nil || token != "access-token" || session.Tenant != "demo" || len(session.Steps) != 2 {
			t.Errorf("session %+v with token %q (%v)", session, token, err)
		}
		guarded := handoff.Protection{Once: true, Separate: true, Confirm: handoff.ConfirmPrompt}
		if session.Protection != guarded || session.Requester.Name != "Example Bank" {
			t.Errorf("protected by %+v, asked for by %+v", session.Protection, session.Requester)
		}
		if session.Reference == "" || strings.Contains(session.Reference, key.Reveal()) {
			t.Errorf("reference is %q", session.Reference)
		}
	})

	t.Run("AFormThatDoesNotValidateCreatesNothing", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, _, _, err := d.Start(t.Context(), registration.Form{Name: "Ana Specimen"})
		problems, ok := errors.AsType[registration.FieldErrors](err)
		if !ok || len(problems) != 3 || strings.Contains(err.Error(), "Ana") || d.sessions.count() != 0 {
			t.Errorf("error %v, %d sessions", err, d.sessions.count())
		}
	})

	t.Run("WithoutTokenThereIsNothing", func(t *testing.T) {
		d := newDesk(t, passportData)
		d.provider.OnAccessToken = func() (handoff.Token, error) { return handoff.Token{}, registration.ErrProvider }
		if _, _, _, err := d.Start(t.Context(), form); !errors.Is(err, registration.ErrProvider) || d.sessions.count() != 0 {
			t.Errorf("error %v, %d sessions", err, d.sessions.count())
		}
	})

	t.Run("ASessionWhoseRegistrationCannotBeKeptIsDeleted", func(t *testing.T) {
		d := newDesk(t, passportData)
		d.store.createErr = errors.New("disk full")
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // the person has left, too
		if _, _, _, err := d.Start(ctx, form); !errors.Is(err, d.store.createErr) || d.sessions.count() != 0 {
			t.Errorf("error %v, %d sessions are left", err, d.sessions.count())
		}
	})
}

func TestLookup(t *testing.T) {
	d := newDesk(t, passportData)
	mustStart(t, d)
	for name, key := range map[string]registration.Key{"unknown": registration.NewKey(), "zero": {}} {
		if _, err := d.Lookup(t.Context(), key); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("%s key: %v, want ErrNotFound", name, err)
		}
	}
}

func TestRenew(t *testing.T) {
	t.Run("ReplacesTheHandOverAndKeepsTheForm", func(t *testing.T) {
		d := newDesk(t, passportData)
		first, key, old := mustStart(t, d)
		second, page, err := d.Renew(t.Context(), key, old)
		if err != nil {
			t.Fatal(err)
		}
		if second.SessionID == first.SessionID || second.Form != form || second.Digest != first.Digest || page.IsZero() {
			t.Errorf("renewed: %+v", second)
		}
		if _, ok := d.sessions.kept[first.SessionID]; ok || d.sessions.count() != 1 {
			t.Errorf("the replaced session is still there, or another one is gone (%d left)", d.sessions.count())
		}
	})

	t.Run("WithoutTheOldTokenTheOldSessionExpiresByItself", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		if _, _, err := d.Renew(t.Context(), key, handoff.PageToken{}); err != nil || d.sessions.count() != 2 {
			t.Errorf("error %v, %d sessions", err, d.sessions.count())
		}
	})

	t.Run("AnotherSessionsTokenDeletesNothing", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		other, _, others := mustStart(t, d)
		if _, _, err := d.Renew(t.Context(), key, others); err != nil {
			t.Fatal(err)
		}
		if _, ok := d.sessions.kept[other.SessionID]; !ok {
			t.Error("another registration's session was deleted")
		}
	})

	t.Run("AFailureLeavesTheOldHandOver", func(t *testing.T) {
		d := newDesk(t, passportData)
		first, key, old := mustStart(t, d)
		d.provider.OnAccessToken = func() (handoff.Token, error) { return handoff.Token{}, registration.ErrProvider }
		if _, _, err := d.Renew(t.Context(), key, old); !errors.Is(err, registration.ErrProvider) {
			t.Errorf("%v, want ErrProvider", err)
		}
		if r, err := d.Lookup(t.Context(), key); err != nil || r.SessionID != first.SessionID || d.sessions.count() != 1 {
			t.Errorf("kept %+v (%v), %d sessions", r, err, d.sessions.count())
		}
	})

	t.Run("WhatIsVerifiedIsNotHandedOverAgain", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, old := mustStart(t, d)
		mustFinish(t, d, key)
		if _, _, err := d.Renew(t.Context(), key, old); !errors.Is(err, registration.ErrAlreadyVerified) || d.sessions.count() != 1 {
			t.Errorf("error %v, %d sessions", err, d.sessions.count())
		}
	})

	t.Run("VerifiedByAnotherTabMeanwhileStands", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, old := mustStart(t, d)
		d.store.before = func() { mustFinish(t, d, key) }
		if _, _, err := d.Renew(t.Context(), key, old); !errors.Is(err, registration.ErrAlreadyVerified) {
			t.Errorf("%v, want ErrAlreadyVerified", err)
		}
		if r, err := d.Lookup(t.Context(), key); err != nil || r.Status != registration.StatusVerified || d.sessions.count() != 1 {
			t.Errorf("status %q (%v), %d sessions, want the new one discarded", r.Status, err, d.sessions.count())
		}
	})
}

func TestCancel(t *testing.T) {
	d := newDesk(t, passportData)
	r, key, page := mustStart(t, d)
	_, _, others := mustStart(t, d)
	if err := d.Cancel(t.Context(), key, others); !errors.Is(err, registration.ErrSessionMismatch) || d.sessions.count() != 2 {
		t.Errorf("another session's token: %v, %d sessions", err, d.sessions.count())
	}
	for range 2 { // idempotent
		if err := d.Cancel(t.Context(), key, page); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := d.Lookup(t.Context(), key); err != nil || kept.Form != form || kept.SessionID != r.SessionID || kept.Status != registration.StatusCancelled || d.sessions.count() != 1 {
		t.Errorf("kept %+v (%v), %d sessions", kept, err, d.sessions.count())
	}
	if _, err := d.Finish(t.Context(), key, ""); !errors.Is(err, registration.ErrNotReady) {
		t.Errorf("finishing what was cancelled: %v, want ErrNotReady", err)
	}
	if renewed, _, err := d.Renew(t.Context(), key, page); err != nil || renewed.Status != registration.StatusVerifying {
		t.Errorf("renewed it is %q (%v), want that it goes on", renewed.Status, err)
	}
	if err := d.Cancel(t.Context(), registration.NewKey(), page); !errors.Is(err, registration.ErrNotFound) {
		t.Errorf("unknown key: %v, want ErrNotFound", err)
	}
}
