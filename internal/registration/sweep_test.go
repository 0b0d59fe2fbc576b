package registration_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
)

func TestSweepOnce(t *testing.T) {
	t.Run("TakesWhatNobodyCompletedInTime", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, completed, _ := mustStart(t, d)
		mustFinish(t, d, completed)
		if _, err := d.Complete(t.Context(), completed); err != nil {
			t.Fatal(err)
		}
		_, verified, _ := mustStart(t, d)
		mustFinish(t, d, verified)
		old := []registration.Key{verified}
		for range 120 { // more than two batches
			_, key, _ := mustStart(t, d)
			old = append(old, key)
		}
		d.now = start.Add(time.Hour)
		_, young, _ := mustStart(t, d)

		d.now = start.Add(registration.KeepAbandoned)
		if n, err := d.SweepOnce(t.Context()); n != 0 || err != nil {
			t.Errorf("at the last moment: %d, %v; want none", n, err)
		}
		d.now = d.now.Add(time.Millisecond)
		if n, err := d.SweepOnce(t.Context()); n != len(old) || err != nil {
			t.Errorf("after it: %d, %v; want %d", n, err, len(old))
		}
		for _, key := range old {
			if _, err := d.Lookup(t.Context(), key); !errors.Is(err, registration.ErrNotFound) {
				t.Errorf("an abandoned one: %v, want ErrNotFound", err)
			}
		}
		for name, key := range map[string]registration.Key{"completed": completed, "young": young} {
			if _, err := d.Lookup(t.Context(), key); err != nil {
				t.Errorf("the %s one: %v", name, err)
			}
		}
	})

	t.Run("EndsWithItsContext", func(t *testing.T) {
		d := newDesk(t, passportData)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := d.SweepOnce(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want context.Canceled", err)
		}
	})
}

func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := registrationtest.NewStore()
		service := registration.NewService(registration.Config{
			Store: store, Handoff: handoff.NewService(&sessions{kept: map[handoff.SessionID]handoff.Session{}}, bell{}, nil, nil),
			Provider: &registrationtest.Provider{}, Data: enrolment(t, passportData),
		})
		_, key, _, err := service.Start(t.Context(), form)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			service.Sweep(ctx, time.Minute)
		}()
		time.Sleep(registration.KeepAbandoned - time.Minute) // the bubble's time
		synctest.Wait()
		if _, err := service.Lookup(t.Context(), key); err != nil {
			t.Errorf("before its time: %v", err)
		}
		time.Sleep(2*time.Minute + time.Millisecond)
		synctest.Wait()
		if _, err := service.Lookup(t.Context(), key); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("after its time: %v, want ErrNotFound", err)
		}
		cancel()
		<-done
	})
}
