package handoff_test

import (
	"context"
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
