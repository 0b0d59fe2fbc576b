package handoff_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

func TestSweepOnce(t *testing.T) {
	t.Run("TakesEverythingThatHasExpired", func(t *testing.T) {
		service, c := newService(t)
		for range 450 { // more than two batches
			create(t, service, handoff.Creation{TTL: time.Minute})
		}
		_, stays := create(t, service, handoff.Creation{TTL: 3 * time.Minute})
		if n, err := service.SweepOnce(t.Context()); n != 0 || err != nil {
			t.Errorf("before: %d, %v; want none", n, err)
		}
		c.forward(time.Minute)
		if n, err := service.SweepOnce(t.Context()); n != 0 || err != nil {
			t.Errorf("at their expiry: %d, %v; want none, since open channels still read them", n, err)
		}
		c.forward(handoff.Afterlife)
		if n, err := service.SweepOnce(t.Context()); n != 450 || err != nil {
			t.Errorf("after their afterlife: %d, %v; want 450", n, err)
		}
		if _, err := service.ByTicket(t.Context(), stays); err != nil {
			t.Errorf("the one that has not expired: %v", err)
		}
	})
}

// unhurriedStore takes a while for each batch and tells when one begins.
type unhurriedStore struct {
	handoff.Store
	takes   time.Duration
	batches chan int // their limits
}

func (s unhurriedStore) DeleteExpired(ctx context.Context, now time.Time, limit int) ([]handoff.Session, error) {
	time.Sleep(s.takes)
	s.batches <- limit
	return s.Store.DeleteExpired(ctx, now, limit)
}

func TestALongSweep(t *testing.T) {
	const backlog = 1300
	fill := func(t *testing.T, takes time.Duration, log *slog.Logger) (*handoff.Service, unhurriedStore) {
		store := unhurriedStore{Store: handofftest.NewStore(), takes: takes, batches: make(chan int, backlog)}
		service := handoff.NewService(store, handofftest.NewBell(), nil, log)
		for range backlog {
			create(t, service, handoff.Creation{TTL: time.Minute})
		}
		time.Sleep(time.Minute + handoff.Afterlife) // the bubble's time, as all below
		return service, store
	}

	t.Run("EndsWithItsContextInTheMidstOfABacklog", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			service, store := fill(t, time.Second, slog.New(slog.NewTextHandler(&log, nil)))
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				service.Sweep(ctx, time.Second)
			}()
			<-store.batches
			cancel()
			asked := time.Now()
			<-done
			if took := time.Since(asked); took > time.Second {
				t.Errorf("it went on for %v, want one batch at most", took)
			}
			if strings.Contains(log.String(), "failed") {
				t.Errorf("the end is told as a failure: %s", &log)
			}
		})
	})

	t.Run("TellsHowFarItIs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			service, store := fill(t, time.Second, slog.New(slog.NewTextHandler(&log, nil)))
			if n, err := service.SweepOnce(t.Context()); n != backlog || err != nil {
				t.Fatalf("removed are %d, %v; want %d", n, err, backlog)
			}
			lines, seconds := strings.Count(log.String(), "sessions="), len(store.batches)
			if lines < seconds/60 || lines > seconds/10 || lines == 0 {
				t.Errorf("in %d s it told %d times how far it is:\n%s", seconds, lines, &log)
			}
		})
	})

	t.Run("GoesInSmallBatches", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			service, store := fill(t, 0, nil)
			if _, err := service.SweepOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if limit := <-store.batches; limit < 1 || limit > 64 {
				t.Errorf("a batch has %d sessions", limit)
			}
		})
	})
}

func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := handofftest.NewStore()
		service := handoff.NewService(store, handofftest.NewBell(), nil, nil)
		session, _ := create(t, service, handoff.Creation{TTL: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			service.Sweep(ctx, 10*time.Second)
		}()
		time.Sleep(time.Minute + handoff.Afterlife + 10*time.Second) // the bubble's time
		synctest.Wait()
		// The store is asked as of before the expiry: what it still knows was not swept.
		if _, err := store.ByID(t.Context(), session.ID, session.CreatedAt); handoff.ErrorCode(err) != handoff.CodeNotFound {
			t.Errorf("after an interval the expired session is still kept: %v", err)
		}
		cancel()
		<-done
	})
}
