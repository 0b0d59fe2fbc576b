package handofftest

import (
	"context"
	"testing"
	"time"

	"baton/internal/handoff"
)

// newSession is a session with every field set that a creation may set.
func newSession() handoff.Session {
	now := time.Now().UTC().Truncate(time.Millisecond)
	id, ticket := handoff.NewSessionID(), handoff.NewTicket()
	return handoff.Session{
		ID: id, Tenant: "https://issuer.example|client", Ticket: ticket.Digest(), Page: handoff.NewPageToken().Digest(),
		SealedToken: ticket.Seal(id, handoff.FieldToken, "a token"),
		SealedData:  ticket.Seal(id, handoff.FieldData, "data for the phone"),
		// What a creation with every protection has.
		SealedRotation: ticket.Seal(id, handoff.FieldRotation, "what codes are made from"),
		SealedTicket:   handoff.NewPageToken().Seal(id, handoff.FieldTicket, ticket.Reveal()),
		Protection:     handoff.Protection{Once: true, Separate: true, Confirm: handoff.ConfirmNumber, Rotate: true},
		Origins:        []string{"https://shop.example", "http://localhost:3000"},
		Locale:         "ar-AE",
		Requester:      handoff.Requester{Name: "Example Bank", Browser: "Firefox", System: "Windows"},
		Reference:      "order 7 安娜", Steps: []handoff.Step{handoff.StepScan, handoff.StepFace, handoff.StepScan, handoff.StepInfo},
		Status: handoff.StatusCreated, CreatedAt: now, ExpiresAt: now.Add(handoff.MaxTTL),
	}
}

func spoil(s *handoff.Session) {
	clear(s.Steps)
	clear(s.SealedToken)
	clear(s.SealedData)
	clear(s.SealedRotation)
	clear(s.SealedTicket)
	clear(s.Origins)
}

type finder = func(ctx context.Context, now time.Time) (handoff.Session, error)

// finders are the three ways to one session.
func finders(store handoff.Store, s handoff.Session) map[string]finder {
	return map[string]finder{
		"ByID": func(ctx context.Context, now time.Time) (handoff.Session, error) { return store.ByID(ctx, s.ID, now) },
		"ByTicket": func(ctx context.Context, now time.Time) (handoff.Session, error) {
			return store.ByTicket(ctx, s.Ticket, now)
		},
		"ByPageToken": func(ctx context.Context, now time.Time) (handoff.Session, error) {
			return store.ByPageToken(ctx, s.Page, now)
		},
	}
}

// report returns what Append is given to report a step.
func report(step handoff.Step) func(*handoff.Session) ([]handoff.Event, error) {
	return func(s *handoff.Session) ([]handoff.Event, error) {
		s.Events++
		return []handoff.Event{{Kind: handoff.KindService, Step: step, At: s.CreatedAt}}, nil
	}
}

// gone checks that no method knows the session at now.
func gone(t *testing.T, store handoff.Store, s handoff.Session, now time.Time) {
	t.Helper()
	for name, find := range finders(store, s) {
		_, err := find(t.Context(), now)
		wantCode(t, name, err, handoff.CodeNotFound)
	}
	_, err := store.EventsAfter(t.Context(), s.ID, now, 0)
	wantCode(t, "EventsAfter", err, handoff.CodeNotFound)
	_, err = store.Append(t.Context(), s.ID, now, func(*handoff.Session) ([]handoff.Event, error) {
		t.Error("Append runs its function on a session that does not exist")
		return nil, nil
	})
	wantCode(t, "Append", err, handoff.CodeNotFound)
}

func wantCode(t *testing.T, call string, err error, want handoff.Code) {
	t.Helper()
	if handoff.ErrorCode(err) != want {
		t.Errorf("%s answers %v, want %s", call, err, want)
	}
}

func mustCreate(t *testing.T, store handoff.Store, s handoff.Session) {
	t.Helper()
	if err := store.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func mustFind(t *testing.T, store handoff.Store, id handoff.SessionID) handoff.Session {
	t.Helper()
	s, err := store.ByID(t.Context(), id, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustAppend(
	t *testing.T, store handoff.Store, s handoff.Session, f func(*handoff.Session) ([]handoff.Event, error),
) []handoff.Event {
	t.Helper()
	events, err := store.Append(t.Context(), s.ID, s.CreatedAt, f)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func mustEvents(t *testing.T, store handoff.Store, s handoff.Session) []handoff.Event {
	t.Helper()
	events, err := store.EventsAfter(t.Context(), s.ID, s.CreatedAt, 0)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func mustDelete(t *testing.T, store handoff.Store, s handoff.Session) {
	t.Helper()
	mustDeleteAt(t, store, s, s.CreatedAt)
}

func mustDeleteAt(t *testing.T, store handoff.Store, s handoff.Session, now time.Time) {
	t.Helper()
	if err := store.Delete(t.Context(), s.ID, now); err != nil {
		t.Fatal(err)
	}
}

func mustSweep(t *testing.T, store handoff.Store, now time.Time, limit int) []handoff.Session {
	t.Helper()
	removed, err := store.DeleteExpired(t.Context(), now, limit)
	if err != nil {
		t.Fatal(err)
	}
	return removed
}
