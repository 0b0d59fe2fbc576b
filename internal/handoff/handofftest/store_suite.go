package handofftest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"baton/internal/handoff"
)

// TestStore checks a Store against the contract of handoff.Store. open returns an empty one and sees to its end.
//
// Sessions are created with the system's time and live for 30 minutes, so that a store whose engine expires by itself
// can be tested; a later now is handed to the methods.
func TestStore(t *testing.T, open func(t *testing.T) handoff.Store) {
	t.Run("Create", func(t *testing.T) { testCreate(t, open) })
	t.Run("Clock", func(t *testing.T) { testClock(t, open) })
	t.Run("Append", func(t *testing.T) { testAppend(t, open) })
	t.Run("Keys", func(t *testing.T) { testKeys(t, open) })
	t.Run("Races", func(t *testing.T) { testRaces(t, open) })
	t.Run("Flood", func(t *testing.T) { testFlood(t, open) })
	t.Run("Readers", func(t *testing.T) { testReaders(t, open) })
	t.Run("EventsAfter", func(t *testing.T) { testEventsAfter(t, open) })
	t.Run("Delete", func(t *testing.T) { testDelete(t, open) })
	t.Run("Remains", func(t *testing.T) { testRemains(t, open) })
	t.Run("DeleteExpired", func(t *testing.T) { testDeleteExpired(t, open) })
	t.Run("Sweepers", func(t *testing.T) { testSweepers(t, open) })
	t.Run("Context", func(t *testing.T) { testContext(t, open) })
}

type opener = func(t *testing.T) handoff.Store

func testCreate(t *testing.T, open opener) {
	t.Run("WhatWasCreatedComesBackByEveryKey", func(t *testing.T) {
		store, want := open(t), newSession()
		mustCreate(t, store, want)
		for name, find := range finders(store, want) {
			got, err := find(t.Context(), want.CreatedAt)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})

	t.Run("EmptyFieldsComeBackEmpty", func(t *testing.T) {
		store, want := open(t), newSession()
		want.Page, want.Reference, want.Steps, want.Tenant = handoff.Digest{}, "", nil, ""
		want.SealedToken, want.SealedData = nil, nil
		want.SealedRotation, want.SealedTicket, want.Origins, want.Locale = nil, nil, nil, ""
		want.Protection, want.Requester = handoff.Protection{}, handoff.Requester{}
		mustCreate(t, store, want)
		if diff := cmp.Diff(want, mustFind(t, store, want.ID), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
	})

	t.Run("LargestFieldsComeBack", func(t *testing.T) {
		store, want := open(t), newSession()
		want.SealedToken = slices.Repeat([]byte{0, 1, 0xfe, 0xff}, handoff.MaxToken/4+7)
		want.SealedData = slices.Repeat([]byte{0xff, 0, 0x80, 7}, handoff.MaxData/4+7)
		mustCreate(t, store, want)
		if diff := cmp.Diff(want, mustFind(t, store, want.ID)); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
	})

	t.Run("TimesAreUTCInMilliseconds", func(t *testing.T) {
		store, given := open(t), newSession()
		zone := time.FixedZone("elsewhere", 5*3600+45*60)
		given.CreatedAt = given.CreatedAt.Add(123_456).In(zone) // nanoseconds
		given.ExpiresAt = given.ExpiresAt.Add(999_999).In(zone)
		mustCreate(t, store, given)
		got := mustFind(t, store, given.ID)
		for _, check := range []struct {
			name        string
			got, wanted time.Time
		}{
			{"CreatedAt", got.CreatedAt, given.CreatedAt.UTC().Truncate(time.Millisecond)},
			{"ExpiresAt", got.ExpiresAt, given.ExpiresAt.UTC().Truncate(time.Millisecond)},
			{"ClaimedAt", got.ClaimedAt, time.Time{}},
		} {
			if check.got != check.wanted { // the location, too
				t.Errorf("%s is %v, want %v", check.name, check.got, check.wanted)
			}
		}
	})

	t.Run("ATakenIDOrDigestIsAConflict", func(t *testing.T) {
		for name, collide := range map[string]func(taken handoff.Session, s *handoff.Session){
			"id":     func(taken handoff.Session, s *handoff.Session) { s.ID = taken.ID },
			"ticket": func(taken handoff.Session, s *handoff.Session) { s.Ticket = taken.Ticket },
			"page":   func(taken handoff.Session, s *handoff.Session) { s.Page = taken.Page },
		} {
			t.Run(name, func(t *testing.T) {
				store, taken, second := open(t), newSession(), newSession()
				mustCreate(t, store, taken)
				collide(taken, &second)
				second.Reference = "the second"
				if err := store.Create(t.Context(), second); handoff.ErrorCode(err) != handoff.CodeConflict {
					t.Fatalf("error is %v, want %s", err, handoff.CodeConflict)
				}
				if diff := cmp.Diff(taken, mustFind(t, store, taken.ID)); diff != "" {
					t.Errorf("the first session changed (-want +got):\n%s", diff)
				}
				// Nothing of the refused one stays, so its other keys are free.
				third := newSession()
				if name != "id" {
					third.ID = second.ID
				}
				if name != "ticket" {
					third.Ticket = second.Ticket
				}
				if name != "page" {
					third.Page = second.Page
				}
				mustCreate(t, store, third)
			})
		}
	})

	t.Run("ManySessionsMayHaveNoPageToken", func(t *testing.T) {
		store := open(t)
		for range 3 {
			s := newSession()
			s.Page = handoff.Digest{}
			mustCreate(t, store, s)
		}
	})

	t.Run("AZeroDigestBelongsToNobody", func(t *testing.T) {
		store, s := open(t), newSession()
		s.Page = handoff.Digest{}
		mustCreate(t, store, s)
		_, err := store.ByPageToken(t.Context(), handoff.Digest{}, s.CreatedAt)
		wantCode(t, "ByPageToken", err, handoff.CodeNotFound)
		_, err = store.ByTicket(t.Context(), handoff.Digest{}, s.CreatedAt)
		wantCode(t, "ByTicket", err, handoff.CodeNotFound)
		mistaken := newSession()
		mistaken.Ticket = handoff.Digest{}
		if err := store.Create(t.Context(), mistaken); err == nil { // a store may refuse it, but never open it
			_, err = store.ByTicket(t.Context(), handoff.Digest{}, mistaken.CreatedAt)
			wantCode(t, "ByTicket of a session without one", err, handoff.CodeNotFound)
		}
	})

	t.Run("UnknownIsNotFound", func(t *testing.T) {
		store, known, unknown := open(t), newSession(), newSession()
		mustCreate(t, store, known)
		gone(t, store, unknown, unknown.CreatedAt)
		_, err := store.ByTicket(t.Context(), known.Page, known.CreatedAt)
		wantCode(t, "ByTicket with a page token's digest", err, handoff.CodeNotFound)
		_, err = store.ByPageToken(t.Context(), known.Ticket, known.CreatedAt)
		wantCode(t, "ByPageToken with a ticket's digest", err, handoff.CodeNotFound)
	})

	t.Run("WhatIsGivenAndReturnedBelongsToTheCaller", func(t *testing.T) {
		store, want := open(t), newSession()
		given := asKept(want)
		mustCreate(t, store, given)
		spoil(&given)
		for range 2 {
			for name, find := range finders(store, want) {
				got, err := find(t.Context(), want.CreatedAt)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s (-want +got):\n%s", name, diff)
				}
				spoil(&got)
			}
		}
	})
}

func testEventsAfter(t *testing.T, open opener) {
	store, s, other := open(t), newSession(), newSession()
	mustCreate(t, store, s)
	mustCreate(t, store, other)
	var want []handoff.Event
	for i := range 12 {
		want = append(want, mustAppend(t, store, s, report([]handoff.Step{handoff.StepScan, handoff.StepRead}[i%2]))...)
		mustAppend(t, store, other, report(handoff.StepFace))
	}
	for name, check := range map[string]struct {
		seq  uint64
		want []handoff.Event
	}{
		"AllFromZero":               {0, want},
		"WhatFollows":               {5, want[5:]},
		"NoneAfterTheLast":          {12, nil},
		"NoneFarBehindTheLast":      {1 << 40, nil},
		"NoneAfterTheLargestNumber": {1<<64 - 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := store.EventsAfter(t.Context(), s.ID, s.CreatedAt, check.seq)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(check.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("events after %d (-want +got):\n%s", check.seq, diff)
			}
		})
	}
	t.Run("ReturnedEventsBelongToTheCaller", func(t *testing.T) {
		for range 2 {
			got := mustEvents(t, store, s)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("events (-want +got):\n%s", diff)
			}
			clear(got)
		}
	})
}
