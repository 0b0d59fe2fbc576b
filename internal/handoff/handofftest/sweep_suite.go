package handofftest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

// testSweepers lets sweeps run late, beside one another and beside everything else. A sweep that comes late must not
// take what was renewed or created meanwhile (the incident AWOO-015 of another project).
func testSweepers(t *testing.T, open opener) {
	t.Run("ThoseThatEndedFirstGoFirst", func(t *testing.T) {
		store := open(t)
		var want []handoff.SessionID
		var last time.Time
		for _, minutes := range []int{7, 2, 9, 4, 8, 1, 6, 3, 5} {
			s := newSession()
			s.ExpiresAt = s.CreatedAt.Add(time.Duration(minutes) * time.Minute)
			mustCreate(t, store, s)
			if minutes == 9 { // ends between the second and the third
				mustDeleteAt(t, store, s, s.CreatedAt.Add(2*time.Minute+30*time.Second))
			}
			want, last = append(want, s.ID), s.CreatedAt.Add(8*time.Minute)
		}
		inOrder := []handoff.SessionID{want[5], want[1], want[2], want[7], want[3], want[8], want[6], want[0], want[4]}
		var got []handoff.SessionID
		for range 4 {
			for _, s := range mustSweep(t, store, last, 3) {
				got = append(got, s.ID)
			}
		}
		if diff := cmp.Diff(inOrder, got); diff != "" {
			t.Errorf("removed (-want +got):\n%s", diff)
		}
	})

	t.Run("WhatRemainsGoesWithTheSessionAndNothingElseDoes", func(t *testing.T) {
		store, s, stays := open(t), newSession(), newSession()
		s.ExpiresAt = s.CreatedAt.Add(time.Minute)
		for _, s := range []handoff.Session{s, stays} {
			mustCreate(t, store, s)
			mustAppend(t, store, s, pair)
		}
		mustSweep(t, store, s.ExpiresAt, 10)
		for _, check := range []struct {
			s    handoff.Session
			want int
		}{{s, 0}, {stays, 2}} {
			if got, err := store.Remains(t.Context(), check.s.ID, 0); err != nil || len(got) != check.want {
				t.Errorf("of the session that ended at %v remain %v, %v; want %d events", check.s.ExpiresAt, got, err, check.want)
			}
		}
	})

	t.Run("ManyAtOnceRemoveEachSessionOnce", func(t *testing.T) {
		const expired, sweepers, limit = 60, 6, 7
		store, stays := open(t), newSession()
		mustCreate(t, store, stays)
		want := make(map[handoff.SessionID]bool)
		var now time.Time
		for range expired {
			s := newSession()
			s.ExpiresAt = s.CreatedAt.Add(10 * time.Minute)
			mustCreate(t, store, s)
			want[s.ID], now = true, s.ExpiresAt
		}
		var mu sync.Mutex
		var got []handoff.SessionID
		for _, err := range atOnce(sweepers, func(int) error {
			for {
				removed, err := store.DeleteExpired(t.Context(), now, limit)
				if err != nil || len(removed) == 0 {
					return err
				}
				if len(removed) > limit {
					t.Errorf("a sweep of at most %d removed %d", limit, len(removed))
				}
				mu.Lock()
				for _, s := range removed {
					got = append(got, s.ID)
				}
				mu.Unlock()
			}
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		for _, id := range got {
			if !want[id] {
				t.Errorf("%s was returned twice, or had not expired", id)
			}
			delete(want, id)
		}
		if len(want) != 0 {
			t.Errorf("%d sessions were never returned", len(want))
		}
		mustFind(t, store, stays.ID)
	})

	t.Run("ALateOneLeavesWhatIsRenewedAtThatMoment", func(t *testing.T) {
		store := open(t)
		for range 15 {
			old := newSession()
			old.ExpiresAt = old.CreatedAt.Add(time.Minute)
			mustCreate(t, store, old)
			renewed := old
			renewed.ExpiresAt, renewed.Reference = old.ExpiresAt.Add(20*time.Minute), "renewed"
			done := make(chan struct{})
			var sweeping sync.WaitGroup
			for range 3 {
				sweeping.Go(func() {
					for again := true; again; again = !closed(done) { // once more after the renewal
						removed, err := store.DeleteExpired(t.Context(), old.ExpiresAt, 10)
						if err != nil {
							t.Error(err)
							return
						}
						if slices.ContainsFunc(removed, func(s handoff.Session) bool { return s.Reference == "renewed" }) {
							t.Error("a sweep took the renewed session")
						}
					}
				})
			}
			for { // until a sweep has made its keys free
				err := store.Create(t.Context(), renewed)
				if err == nil {
					break
				}
				if handoff.ErrorCode(err) != handoff.CodeConflict {
					t.Error(err)
					break
				}
			}
			_, err := store.Append(t.Context(), renewed.ID, old.ExpiresAt, pair)
			close(done)
			sweeping.Wait()
			if err != nil {
				t.Fatalf("the renewed session takes nothing: %v", err)
			}
			kept, err := store.ByTicket(t.Context(), renewed.Ticket, old.ExpiresAt)
			if err != nil || kept.Seq != 2 || kept.Reference != "renewed" {
				t.Fatalf("the renewed session is %q with seq %d, %v", kept.Reference, kept.Seq, err)
			}
		}
	})

	t.Run("BesideCreationsAndAppendsNothingThatLivesIsTaken", func(t *testing.T) {
		const callers, each = 8, 15
		store := open(t)
		first := newSession()
		now := first.CreatedAt.Add(5 * time.Minute)
		done := make(chan struct{})
		var mu sync.Mutex
		removed := make(map[handoff.SessionID]handoff.Session)
		var sweeping sync.WaitGroup
		for range 2 {
			sweeping.Go(func() {
				for last := false; !last; {
					last = closed(done) // asked before the sweep, so that the last one finds everything
					for again := true; again; {
						got, err := store.DeleteExpired(t.Context(), now, 5)
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						for _, s := range got {
							if _, twice := removed[s.ID]; twice {
								t.Errorf("%s was returned twice", s.ID)
							}
							removed[s.ID] = s
						}
						mu.Unlock()
						again = len(got) > 0
					}
				}
			})
		}
		live, ended := make([][]handoff.Session, callers), make([][]handoff.Session, callers)
		for _, err := range atOnce(callers, func(caller int) error {
			for range each {
				stays, goes := newSession(), newSession()
				goes.ExpiresAt = now
				for _, s := range []handoff.Session{stays, goes} {
					if err := store.Create(t.Context(), s); err != nil {
						return err
					}
				}
				if _, err := store.Append(t.Context(), stays.ID, now, pair); err != nil {
					return err
				}
				// The other one is taken at any moment from here on. What it accepts until then, the sweep returns.
				_, err := store.Append(t.Context(), goes.ID, now.Add(-time.Millisecond), pair)
				if code := handoff.ErrorCode(err); code == "" {
					goes.Seq = 2
				} else if code != handoff.CodeNotFound {
					return err
				}
				live[caller], ended[caller] = append(live[caller], stays), append(ended[caller], goes)
			}
			return nil
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		close(done)
		sweeping.Wait()
		for _, s := range slices.Concat(live...) {
			events, err := store.EventsAfter(t.Context(), s.ID, now, 0)
			if err != nil || len(events) != 2 {
				t.Errorf("a session that lives has %v, %v; want its two events", events, err)
			}
			delete(removed, s.ID)
		}
		for _, s := range slices.Concat(ended...) {
			if got, ok := removed[s.ID]; !ok || got.Seq != s.Seq {
				t.Errorf("of a session that ended with seq %d the sweeps said %t, seq %d", s.Seq, ok, got.Seq)
			}
			delete(removed, s.ID)
		}
		if len(removed) != 0 {
			t.Errorf("%d sessions were returned that nobody had created", len(removed))
		}
	})
}
