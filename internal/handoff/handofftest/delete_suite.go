package handofftest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"baton/internal/handoff"
)

func testDelete(t *testing.T, open opener) {
	t.Run("TheSessionAndItsEventsAreGone", func(t *testing.T) {
		store, s, stays := open(t), newSession(), newSession()
		mustCreate(t, store, s)
		mustCreate(t, store, stays)
		mustAppend(t, store, s, report(handoff.StepScan))
		mustAppend(t, store, stays, report(handoff.StepRead))
		mustDelete(t, store, s)
		gone(t, store, s, s.CreatedAt)
		if got := mustEvents(t, store, stays); len(got) != 1 || got[0].Step != handoff.StepRead {
			t.Errorf("another session's events are %v, want its one", got)
		}
	})

	t.Run("TwiceAndUnknownAreNoErrors", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		mustDelete(t, store, s)
		mustDelete(t, store, s)
		mustDelete(t, store, newSession())
	})

	t.Run("IDAndDigestsAreFreeAfterwardsAndTheNumberingBeginsAnew", func(t *testing.T) {
		store, s := open(t), newSession()
		for range 2 {
			mustCreate(t, store, s)
			if got := mustEvents(t, store, s); len(got) != 0 {
				t.Fatalf("a new session has the events %v", got)
			}
			event := handoff.Event{Kind: handoff.KindService, Step: handoff.StepScan, Key: "same", At: s.CreatedAt}
			got := mustAppend(t, store, s, func(*handoff.Session) ([]handoff.Event, error) { return []handoff.Event{event}, nil })
			if got[0].Seq != 1 {
				t.Fatalf("the first event has number %d, want 1", got[0].Seq)
			}
			mustDelete(t, store, s)
			mustSweep(t, store, s.CreatedAt, 10)
		}
	})

	t.Run("AClockThatGoesBackBringsNothingBack", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		mustDelete(t, store, s)
		gone(t, store, s, s.CreatedAt.Add(-time.Hour))
	})

	t.Run("WhatWasSealedIsGoneAtOnce", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		mustDelete(t, store, s)
		for _, removed := range mustSweep(t, store, s.CreatedAt, 10) {
			if len(removed.SealedToken) != 0 || len(removed.SealedData) != 0 {
				t.Errorf("the deleted session still had %d and %d sealed bytes", len(removed.SealedToken), len(removed.SealedData))
			}
			if removed.Status != handoff.StatusDeleted || !removed.ExpiresAt.Equal(s.CreatedAt) {
				t.Errorf("the sweep says %s at %v of a session that was deleted at %v", removed.Status, removed.ExpiresAt, s.CreatedAt)
			}
		}
	})
}

func testRemains(t *testing.T, open opener) {
	for name, end := range map[string]func(t *testing.T, store handoff.Store, s handoff.Session){
		"OfASessionThatExists": func(*testing.T, handoff.Store, handoff.Session) {},
		"OfOneThatWasDeleted":  func(t *testing.T, store handoff.Store, s handoff.Session) { mustDelete(t, store, s) },
		"OfOneThatExpired":     func(t *testing.T, store handoff.Store, s handoff.Session) { gone(t, store, s, s.ExpiresAt) },
		"OfOneDeletedAfterwards": func(t *testing.T, store handoff.Store, s handoff.Session) {
			mustDeleteAt(t, store, s, s.ExpiresAt.Add(time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			store, s := open(t), newSession()
			mustCreate(t, store, s)
			mustAppend(t, store, s, report(handoff.StepScan))
			mustAppend(t, store, s, report(handoff.StepFace))
			want := mustEvents(t, store, s)
			end(t, store, s)
			for after := range uint64(4) {
				got, err := store.Remains(t.Context(), s.ID, after)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want[min(after, 2):], got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("after %d (-want +got):\n%s", after, diff)
				}
			}
			mustSweep(t, store, s.ExpiresAt, 10)
			if got, err := store.Remains(t.Context(), s.ID, 0); len(got) != 0 || err != nil {
				t.Errorf("after the sweep: %v, %v; want nothing", got, err)
			}
		})
	}

	t.Run("OfAnUnknownSessionThereAreNone", func(t *testing.T) {
		store := open(t)
		if got, err := store.Remains(t.Context(), handoff.NewSessionID(), 0); len(got) != 0 || err != nil {
			t.Errorf("got %v, %v; want nothing", got, err)
		}
	})
}

func testDeleteExpired(t *testing.T, open opener) {
	t.Run("OnlyWhatHasExpiredGoesAndIsReturned", func(t *testing.T) {
		store, early, late := open(t), newSession(), newSession()
		early.ExpiresAt = late.ExpiresAt.Add(-time.Millisecond)
		mustCreate(t, store, early)
		mustCreate(t, store, late)
		mustAppend(t, store, early, func(s *handoff.Session) ([]handoff.Event, error) {
			s.Status, s.ClaimedAt = handoff.StatusClaimed, early.CreatedAt
			return []handoff.Event{{Kind: handoff.KindStatus, Status: handoff.StatusClaimed, At: early.CreatedAt}}, nil
		})
		want := mustFind(t, store, early.ID)

		if got := mustSweep(t, store, early.ExpiresAt.Add(-time.Millisecond), 10); len(got) != 0 {
			t.Fatalf("a millisecond too early it removed %v", got)
		}
		got := mustSweep(t, store, early.ExpiresAt, 10)
		if diff := cmp.Diff([]handoff.Session{want}, got); diff != "" {
			t.Errorf("removed (-want +got):\n%s", diff)
		}
		gone(t, store, early, early.CreatedAt)
		mustFind(t, store, late.ID)
		if got := mustSweep(t, store, early.ExpiresAt, 10); len(got) != 0 {
			t.Errorf("the second sweep removed %v", got)
		}
		mustCreate(t, store, early) // its keys are free
	})

	t.Run("ALateSweepLeavesARenewedSession", func(t *testing.T) {
		store, old := open(t), newSession()
		old.ExpiresAt = old.CreatedAt.Add(time.Minute)
		mustCreate(t, store, old)
		renewed := old
		renewed.ExpiresAt = old.ExpiresAt.Add(20 * time.Minute)
		mustDelete(t, store, old)
		mustSweep(t, store, old.CreatedAt, 10)
		mustCreate(t, store, renewed)
		if got := mustSweep(t, store, old.ExpiresAt, 10); len(got) != 0 {
			t.Errorf("the sweep removed %v", got)
		}
		mustFind(t, store, renewed.ID)
	})

	t.Run("AtMostSoMany", func(t *testing.T) {
		store := open(t)
		var now time.Time
		left := make(map[handoff.SessionID]bool)
		for range 5 {
			s := newSession()
			mustCreate(t, store, s)
			now, left[s.ID] = s.ExpiresAt, true
		}
		for _, want := range []int{0, 2, 2, 1, 0} {
			limit := 2
			if len(left) == 5 && want == 0 {
				limit = 0
			}
			got := mustSweep(t, store, now, limit)
			if len(got) != want {
				t.Fatalf("removed %d with limit %d, want %d", len(got), limit, want)
			}
			for _, s := range got {
				if !left[s.ID] {
					t.Errorf("%s was removed twice, or was never there", s.ID)
				}
				delete(left, s.ID)
			}
		}
	})
}
