package handofftest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

// testClock goes to the edges of the times that a store is given.
func testClock(t *testing.T, open opener) {
	elsewhere := time.FixedZone("elsewhere", -11*3600)
	store := open(t)
	for name, check := range map[string]struct {
		now    func(s handoff.Session) time.Time
		exists bool
	}{
		"AtItsCreation":                     {func(s handoff.Session) time.Time { return s.CreatedAt }, true},
		"BeforeItsCreation":                 {func(s handoff.Session) time.Time { return s.CreatedAt.Add(-24 * time.Hour) }, true},
		"InTheFirstYear":                    {func(handoff.Session) time.Time { return time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC) }, true},
		"BeforeTheEpoch":                    {func(handoff.Session) time.Time { return time.Unix(-1, 999_999_999) }, true},
		"AMillisecondBeforeItsEnd":          {func(s handoff.Session) time.Time { return s.ExpiresAt.Add(-time.Millisecond) }, true},
		"ANanosecondBeforeItsEnd":           {func(s handoff.Session) time.Time { return s.ExpiresAt.Add(-1) }, true},
		"ANanosecondBeforeItsEndElsewhere":  {func(s handoff.Session) time.Time { return s.ExpiresAt.Add(-1).In(elsewhere) }, true},
		"AtItsEnd":                          {func(s handoff.Session) time.Time { return s.ExpiresAt }, false},
		"AtItsEndElsewhere":                 {func(s handoff.Session) time.Time { return s.ExpiresAt.In(elsewhere) }, false},
		"ANanosecondAfterItsEnd":            {func(s handoff.Session) time.Time { return s.ExpiresAt.Add(1) }, false},
		"AMillisecondAfterItsEnd":           {func(s handoff.Session) time.Time { return s.ExpiresAt.Add(time.Millisecond) }, false},
		"InTheLastYearThatTextsCanSay":      {func(handoff.Session) time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC) }, false},
		"InAYearThatTextsCannotSayAnyMore":  {func(handoff.Session) time.Time { return time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC) }, false},
		"InAYearThatNanosecondsCannotCount": {func(handoff.Session) time.Time { return time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession()
			mustCreate(t, store, s)
			defer mustSweep(t, store, s.ExpiresAt, 10)
			mustAppend(t, store, s, report(handoff.StepScan))
			now := check.now(s)
			if !check.exists {
				gone(t, store, s, now)
				if got := mustSweep(t, store, now, 10); len(got) != 1 {
					t.Errorf("a sweep removes %v, want the session", got)
				}
				return
			}
			for name, find := range finders(store, s) {
				if _, err := find(t.Context(), now); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if events, err := store.EventsAfter(t.Context(), s.ID, now, 0); err != nil || len(events) != 1 {
				t.Errorf("EventsAfter: %v, %v; want the one event", events, err)
			}
			if events, err := store.Append(t.Context(), s.ID, now, report(handoff.StepFace)); err != nil || len(events) != 1 {
				t.Errorf("Append: %v, %v; want the one event", events, err)
			}
			if got := mustSweep(t, store, now, 10); len(got) != 0 {
				t.Errorf("a sweep removes %v", got)
			}
			mustFind(t, store, s.ID)
		})
	}

	t.Run("EndsAreCutToMilliseconds", func(t *testing.T) {
		store, s := open(t), newSession()
		end := s.ExpiresAt
		s.ExpiresAt = end.Add(999_999)
		mustCreate(t, store, s)
		if got := mustFind(t, store, s.ID); got.ExpiresAt != end {
			t.Errorf("it ends at %v, want %v", got.ExpiresAt, end)
		}
		if _, err := store.ByID(t.Context(), s.ID, end.Add(-1)); err != nil {
			t.Errorf("a nanosecond before: %v", err)
		}
		gone(t, store, s, end)
	})

	t.Run("AClockThatGoesBackFindsItAgain", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		for range 2 {
			mustAppend(t, store, s, report(handoff.StepScan))
			gone(t, store, s, s.ExpiresAt)
		}
		first := mustEvents(t, store, s)
		if len(first) != 2 || first[0].Seq != 1 || first[1].Seq != 2 {
			t.Errorf("the events are %v, want 1 and 2", first)
		}
	})

	t.Run("EventsMayBeOlderThanTheOnesBeforeThem", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		var want []handoff.Event
		for i, at := range []time.Time{s.CreatedAt.Add(time.Minute), s.CreatedAt, time.Unix(-1, 5_000_000).UTC(), s.ExpiresAt.Add(time.Hour)} {
			event := handoff.Event{Kind: handoff.KindService, Step: handoff.StepScan, At: at}
			mustAppend(t, store, s, func(*handoff.Session) ([]handoff.Event, error) { return []handoff.Event{event}, nil })
			event.Seq = uint64(i + 1)
			want = append(want, event)
		}
		if diff := cmp.Diff(want, mustEvents(t, store, s)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})

	t.Run("ADeletionEndsItAtItsMomentOrAtItsOwnEnd", func(t *testing.T) {
		for name, check := range map[string]struct {
			now  func(s handoff.Session) time.Time
			want func(s handoff.Session) time.Time
		}{
			"Within": {
				func(s handoff.Session) time.Time { return s.CreatedAt.Add(time.Minute + 999_999).In(elsewhere) },
				func(s handoff.Session) time.Time { return s.CreatedAt.Add(time.Minute) },
			},
			"BeforeItsCreation": {
				func(s handoff.Session) time.Time { return s.CreatedAt.Add(-time.Hour) },
				func(s handoff.Session) time.Time { return s.CreatedAt.Add(-time.Hour) },
			},
			"AfterItsEnd": {
				func(s handoff.Session) time.Time { return s.ExpiresAt.Add(time.Hour) },
				func(s handoff.Session) time.Time { return s.ExpiresAt },
			},
		} {
			t.Run(name, func(t *testing.T) {
				store, s := open(t), newSession()
				mustCreate(t, store, s)
				mustDeleteAt(t, store, s, check.now(s))
				mustDeleteAt(t, store, s, check.now(s).Add(-time.Second)) // the first one counts
				gone(t, store, s, s.CreatedAt.Add(-48*time.Hour))
				end := check.want(s)
				if early := mustSweep(t, store, end.Add(-time.Millisecond), 10); len(early) != 0 {
					t.Errorf("a millisecond too early a sweep removes %v", early)
				}
				if got := mustSweep(t, store, end, 10); len(got) != 1 || !got[0].ExpiresAt.Equal(end) || got[0].Status != handoff.StatusDeleted {
					t.Errorf("the sweep says %v, want the session, deleted at %v", got, end)
				}
			})
		}
	})
}

// testContext hands a context that has ended to every method.
func testContext(t *testing.T, open opener) {
	t.Run("OneThatHasEndedChangesNothing", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		another := newSession()
		calls := map[string]func() error{
			"Create": func() error { return store.Create(ended, another) },
			"Append": func() error {
				_, err := store.Append(ended, s.ID, s.CreatedAt, report(handoff.StepScan))
				return err
			},
			"EventsAfter": func() error {
				_, err := store.EventsAfter(ended, s.ID, s.CreatedAt, 0)
				return err
			},
			"Remains": func() error {
				_, err := store.Remains(ended, s.ID, 0)
				return err
			},
			"Delete": func() error { return store.Delete(ended, s.ID, s.CreatedAt) },
			"DeleteExpired": func() error {
				_, err := store.DeleteExpired(ended, s.ExpiresAt, 10)
				return err
			},
		}
		for name, find := range finders(store, s) {
			calls[name] = func() error {
				_, err := find(ended, s.CreatedAt)
				return err
			}
		}
		for name, call := range calls {
			if err := call(); !errors.Is(err, context.Canceled) {
				t.Errorf("%s with an ended context: %v, want context.Canceled in the chain", name, err)
			}
		}
		if diff := cmp.Diff(s, mustFind(t, store, s.ID)); diff != "" {
			t.Errorf("an ended context changed the session (-want +got):\n%s", diff)
		}
		gone(t, store, another, another.CreatedAt)
	})

	t.Run("OneThatEndsMeanwhileChangesNothingOrEverything", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		const callers = 60
		told := make([]uint64, callers) // the first of the numbers that a caller was told, 0 for an error
		created := make([]handoff.Session, callers)
		for i, err := range atOnce(callers, func(i int) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			created[i] = newSession()
			go cancel()
			if err := store.Create(ctx, created[i]); err != nil {
				created[i].ID = ""
				if !errors.Is(err, context.Canceled) {
					return err
				}
			}
			ctx, cancel = context.WithCancel(t.Context())
			defer cancel()
			go cancel()
			events, err := store.Append(ctx, s.ID, s.CreatedAt, pair)
			if err == nil {
				told[i] = events[0].Seq
			} else if errors.Is(err, context.Canceled) {
				err = nil
			}
			return err
		}) {
			if err != nil {
				t.Errorf("caller %d: %v, want nil or context.Canceled in the chain", i, err)
			}
		}
		events, err := wholeAfter(t.Context(), store, s, 0)
		if err != nil {
			t.Fatal(err)
		}
		if kept := mustFind(t, store, s.ID); kept.Seq != uint64(len(events)) || kept.Events != len(events)/2 {
			t.Errorf("the session counts seq %d and %d reports, and has %d events", kept.Seq, kept.Events, len(events))
		}
		for i, seq := range told {
			if seq > uint64(len(events)) {
				t.Errorf("caller %d was told the number %d, and there are %d events", i, seq, len(events))
			}
			if id := created[i].ID; id != "" {
				mustFind(t, store, id)
			}
		}
	})
}
