package handofftest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"baton/internal/handoff"
)

// TestDurable checks that a Store keeps what it has answered nil for beyond its own end. open returns an empty store and
// what brings it back: reopen returns a store on whatever the first one has left behind, and sees to its end as open does
// to the first one's. It is called once, also while calls of the first store are under way; how the first one ends (closed
// in order, or not at all) is the caller's choice, and each way deserves a run of its own.
func TestDurable(t *testing.T, open func(t *testing.T) (store handoff.Store, reopen func() handoff.Store)) {
	t.Run("ASessionAndItsEventsComeBack", func(t *testing.T) {
		store, reopen := open(t)
		s := newSession()
		mustCreate(t, store, s)
		mustAppend(t, store, s, func(s *handoff.Session) ([]handoff.Event, error) {
			s.OpenedAt = s.CreatedAt.Add(time.Second)
			s.Requester = handoff.Requester{Name: "Example Bank", Browser: "Safari", System: "macOS"}
			return []handoff.Event{
				{Kind: handoff.KindNotice, Notice: handoff.NoticeOpened, At: s.CreatedAt.Add(time.Second)},
				{Kind: handoff.KindProgress, Detail: `{"event":"VIEW"}`, Key: "k", At: s.CreatedAt.Add(time.Minute)},
			}, nil
		})
		mustAppend(t, store, s, claim)
		want, events := mustFind(t, store, s.ID), mustEvents(t, store, s)
		store = reopen()
		for name, find := range finders(store, s) {
			got, err := find(t.Context(), s.CreatedAt)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if diff := cmp.Diff(events, mustEvents(t, store, s)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		gone(t, store, s, s.ExpiresAt)
	})

	t.Run("ItGoesOnWhereItWas", func(t *testing.T) {
		store, reopen := open(t)
		s := newSession()
		mustCreate(t, store, s)
		keyed := func(s *handoff.Session) ([]handoff.Event, error) {
			return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepScan, Key: "k", At: s.CreatedAt}}, nil
		}
		first := mustAppend(t, store, s, keyed)
		store = reopen()
		if diff := cmp.Diff(first, mustAppend(t, store, s, keyed)); diff != "" {
			t.Errorf("a known key (-want +got):\n%s", diff)
		}
		if next := mustAppend(t, store, s, report(handoff.StepFace)); next[0].Seq != 2 {
			t.Errorf("the next event has number %d, want 2", next[0].Seq)
		}
		taken := newSession()
		taken.Ticket = s.Ticket
		wantCode(t, "Create with a ticket of before", store.Create(t.Context(), taken), handoff.CodeConflict)
	})

	t.Run("ADeletionStaysAndSoDoesWhatRemains", func(t *testing.T) {
		store, reopen := open(t)
		s := newSession()
		mustCreate(t, store, s)
		events := mustAppend(t, store, s, pair)
		mustDelete(t, store, s)
		store = reopen()
		gone(t, store, s, s.CreatedAt)
		remains, err := store.Remains(t.Context(), s.ID, 0)
		if diff := cmp.Diff(events, remains); diff != "" || err != nil {
			t.Errorf("what remains (-want +got):\n%s%v", diff, err)
		}
		removed := mustSweep(t, store, s.CreatedAt, 10)
		if len(removed) != 1 || removed[0].Status != handoff.StatusDeleted || len(removed[0].SealedToken)+len(removed[0].SealedData) != 0 {
			t.Errorf("the sweep says %v, want the deleted session without what was sealed", removed)
		}
	})

	t.Run("WhatWasSweptStaysAway", func(t *testing.T) {
		store, reopen := open(t)
		early, late := newSession(), newSession()
		early.ExpiresAt = late.ExpiresAt.Add(-time.Millisecond)
		for _, s := range []handoff.Session{early, late} {
			mustCreate(t, store, s)
			mustAppend(t, store, s, pair)
		}
		mustSweep(t, store, early.ExpiresAt, 10)
		store = reopen()
		gone(t, store, early, early.CreatedAt)
		if remains, err := store.Remains(t.Context(), early.ID, 0); len(remains) != 0 || err != nil {
			t.Errorf("of the swept session remain %v, %v", remains, err)
		}
		mustFind(t, store, late.ID)
		if got := mustSweep(t, store, early.ExpiresAt, 10); len(got) != 0 {
			t.Errorf("a second sweep removes %v", got)
		}
	})

	t.Run("WhatWasRefusedIsNotThere", func(t *testing.T) {
		store, reopen := open(t)
		s := newSession()
		mustCreate(t, store, s)
		refused := newSession()
		refused.Ticket = s.Ticket
		wantCode(t, "Create with a taken ticket", store.Create(t.Context(), refused), handoff.CodeConflict)
		_, err := store.Append(t.Context(), s.ID, s.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
			s.Status = handoff.StatusFailed
			return []handoff.Event{{Kind: handoff.KindStatus, Status: handoff.StatusFailed}}, handoff.NotFound()
		})
		wantCode(t, "Append whose function fails", err, handoff.CodeNotFound)
		store = reopen()
		_, err = store.ByID(t.Context(), refused.ID, refused.CreatedAt)
		wantCode(t, "ByID", err, handoff.CodeNotFound)
		_, err = store.ByPageToken(t.Context(), refused.Page, refused.CreatedAt)
		wantCode(t, "ByPageToken", err, handoff.CodeNotFound)
		if diff := cmp.Diff(s, mustFind(t, store, s.ID)); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		if events := mustEvents(t, store, s); len(events) != 0 {
			t.Errorf("events are %v, want none", events)
		}
	})

	t.Run("WhatWasAcknowledgedUnderLoadIsThere", func(t *testing.T) { testReopenUnderLoad(t, open) })
}

// testReopenUnderLoad brings a store back while many callers write to the first one. Whatever a caller was answered
// before, the second store must have; of what was on its way it may have all or nothing.
func testReopenUnderLoad(t *testing.T, open func(t *testing.T) (store handoff.Store, reopen func() handoff.Store)) {
	const callers, enough = 12, 150 // acknowledged changes before the store is brought back
	store, reopen := open(t)
	shared := newSession()
	mustCreate(t, store, shared)
	type acknowledgement struct {
		session handoff.SessionID
		pair    []handoff.Event // in the shared session
	}
	acknowledged := make(chan acknowledgement, 1<<16)
	stop := make(chan struct{})
	finished := make(chan []error, 1)
	go func() {
		finished <- atOnce(callers, func(caller int) error {
			for n := 0; !closed(stop); n++ {
				s := newSession()
				if err := store.Create(t.Context(), s); err != nil {
					return err
				}
				stored, err := store.Append(t.Context(), shared.ID, shared.CreatedAt, func(current *handoff.Session) ([]handoff.Event, error) {
					events, err := pair(current)
					events[0].Key = strconv.Itoa(caller) + "/" + strconv.Itoa(n)
					return events, err
				})
				if err != nil {
					return err
				}
				acknowledged <- acknowledgement{s.ID, stored}
			}
			return nil
		})
	}()
	var before []acknowledgement
	for len(before) < enough {
		select {
		case ack := <-acknowledged:
			before = append(before, ack)
		case <-time.After(patience):
			t.Fatalf("after %d changes none is acknowledged any more", len(before))
		}
	}
	second := reopen()
	close(stop)
	for _, err := range <-finished { // of a store that was closed, the last calls may find just that
		if code := handoff.ErrorCode(err); code != "" && code != handoff.CodeUnavailable {
			t.Errorf("a caller at the end is told %v", err)
		}
	}
	events, err := wholeAfter(t.Context(), second, shared, 0)
	if err != nil {
		t.Fatal(err)
	}
	if kept := mustFind(t, second, shared.ID); kept.Seq != uint64(len(events)) || kept.Events != len(events)/2 {
		t.Errorf("the session counts seq %d and %d reports, and has %d events", kept.Seq, kept.Events, len(events))
	}
	for _, ack := range before {
		mustFind(t, second, ack.session)
		first := ack.pair[0].Seq
		if first+1 > uint64(len(events)) {
			t.Fatalf("the acknowledged event %d is lost: there are %d", first, len(events))
		}
		if diff := cmp.Diff(ack.pair, events[first-1:first+1], cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("acknowledged and stored differ (-acknowledged +stored):\n%s", diff)
		}
	}
}
