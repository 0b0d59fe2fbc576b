package handofftest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"baton/internal/handoff"
)

// testReaders reads a session while others append to it.
func testReaders(t *testing.T, open opener) {
	t.Run("WhatTheySeeOnlyGrowsAtItsEnd", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		whileWriting(t, store, s, func(ctx context.Context, done <-chan struct{}) error {
			var seen []handoff.Event
			for again := true; again; again = !closed(done) {
				all, err := wholeAfter(ctx, store, s, 0)
				if err != nil {
					return err
				}
				if len(all) < len(seen) || !slices.Equal(seen, all[:len(seen)]) {
					return fmt.Errorf("%d events were seen, and then %d, not all of the first among them", len(seen), len(all))
				}
				seen = all
			}
			return nil
		})
	})

	t.Run("WhoPassesTheLastNumberGetsExactlyWhatFollows", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		whileWriting(t, store, s, func(ctx context.Context, done <-chan struct{}) error {
			var seen []handoff.Event
			for ended := false; !ended; {
				ended = closed(done) // asked before the reading, so that the last one finds everything
				more, err := wholeAfter(ctx, store, s, uint64(len(seen)))
				if err != nil {
					return err
				}
				seen = append(seen, more...)
			}
			all, err := wholeAfter(ctx, store, s, 0)
			if err == nil && !slices.Equal(all, seen) {
				err = fmt.Errorf("at once there are %d events, and piece by piece %d or others", len(all), len(seen))
			}
			return err
		})
	})

	t.Run("TheSessionsNumberAndItsEventsAgree", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		whileWriting(t, store, s, func(ctx context.Context, done <-chan struct{}) error {
			for again := true; again; again = !closed(done) {
				before, err := store.ByID(ctx, s.ID, s.CreatedAt)
				events, errEvents := wholeAfter(ctx, store, s, 0)
				remains, errRemains := store.Remains(ctx, s.ID, 0)
				after, errAfter := store.ByTicket(ctx, s.Ticket, s.CreatedAt)
				if err := errors.Join(err, errEvents, errRemains, errAfter); err != nil {
					return err
				}
				if got := []int{int(before.Seq), len(events), len(remains), int(after.Seq)}; !slices.IsSorted(got) {
					return fmt.Errorf("read one after the other, the session's number, its events, what remains and its number are %v", got)
				}
			}
			return nil
		})
	})
}

// whileWriting appends pairs of events from several goroutines, each of which reads its own back before the next, and
// runs read in others meanwhile. done is closed when everything is written.
func whileWriting(
	t *testing.T, store handoff.Store, s handoff.Session, read func(ctx context.Context, done <-chan struct{}) error,
) {
	t.Helper()
	const writers, readers, each = 6, 3, 15
	done := make(chan struct{})
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			if err := read(t.Context(), done); err != nil {
				t.Error(err)
			}
		})
	}
	for _, err := range atOnce(writers, func(int) error {
		for range each {
			stored, err := store.Append(t.Context(), s.ID, s.CreatedAt, pair)
			if err != nil {
				return err
			}
			back, err := wholeAfter(t.Context(), store, s, stored[0].Seq-1)
			if err != nil {
				return err
			}
			if len(back) < 2 || !slices.Equal(stored, back[:2]) {
				return fmt.Errorf("the events %d and %d are stored, and the next reading does not bring them", stored[0].Seq, stored[1].Seq)
			}
		}
		return nil
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	close(done)
	reading.Wait()
	if got := mustFind(t, store, s.ID).Seq; got != 2*writers*each {
		t.Errorf("the last number is %d, want %d", got, 2*writers*each)
	}
}

// pair is what Append is given to report two events that belong together.
func pair(s *handoff.Session) ([]handoff.Event, error) {
	s.Events++
	return []handoff.Event{
		{Kind: handoff.KindService, Step: handoff.StepScan, At: s.CreatedAt},
		{Kind: handoff.KindNotice, Notice: handoff.NoticeSkipped, Step: handoff.StepRead, At: s.CreatedAt},
	}, nil
}

// wholeAfter reads the events after seq, and fails unless they are whole pairs, numbered without a gap.
func wholeAfter(ctx context.Context, store handoff.Store, s handoff.Session, seq uint64) ([]handoff.Event, error) {
	events, err := store.EventsAfter(ctx, s.ID, s.CreatedAt, seq)
	if err != nil {
		return nil, err
	}
	for i, e := range events {
		if e.Seq != seq+uint64(i)+1 {
			return nil, fmt.Errorf("event %d after %d has number %d", i+1, seq, e.Seq)
		}
	}
	if (int(seq)+len(events))%2 != 0 {
		return nil, fmt.Errorf("after %d a reader sees %d events: half of an append", seq, len(events))
	}
	return events, nil
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
