package handofftest

import (
	"sync"
	"testing"
	"time"

	"baton/internal/handoff"
)

// patience is how long the suites wait for what must happen. silence is how long they watch that nothing happens: a
// bell may be a network away.
const (
	patience = 10 * time.Second
	silence  = 30 * time.Millisecond
)

// TestBell checks a Bell against the contract of handoff.Bell. open returns one without listeners and sees to its end.
//
// A bell may lose a ring; the suite expects that it does not where nothing goes wrong.
func TestBell(t *testing.T, open func(t *testing.T) handoff.Bell) {
	t.Run("ARingWakesEveryListener", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		first, second := listen(t, bell, id), listen(t, bell, id)
		ring(t, bell, id)
		wakes(t, first)
		wakes(t, second)
	})

	t.Run("ASecondRingWakesAgain", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		wake := listen(t, bell, id)
		for range 3 {
			ring(t, bell, id)
			wakes(t, wake)
		}
	})

	t.Run("AnotherSessionSleepsOn", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		mine, other := listen(t, bell, id), listen(t, bell, handoff.NewSessionID())
		ring(t, bell, id)
		wakes(t, mine)
		sleeps(t, other)
	})

	t.Run("RingsMergeAndNeverBlock", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		deaf, awake := listen(t, bell, id), listen(t, bell, id)
		rung := make(chan struct{})
		go func() {
			defer close(rung)
			for range 1000 {
				if err := bell.Ring(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
		}()
		select {
		case <-rung:
		case <-time.After(patience):
			t.Fatal("Ring blocks on a listener that does not listen")
		}
		wakes(t, awake)
		wakes(t, deaf)
		if cap(deaf) != 1 {
			t.Errorf("the channel's capacity is %d, want 1", cap(deaf))
		}
	})

	t.Run("NobodyListensIsNoError", func(t *testing.T) {
		ring(t, open(t), handoff.NewSessionID())
	})

	t.Run("AStoppedListenerSleepsAndTheOthersDoNot", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		stopped, stop, err := bell.Listen(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		stays := listen(t, bell, id)
		stop()
		stop()
		ring(t, bell, id)
		wakes(t, stays)
		sleeps(t, stopped) // and is not closed, which would wake its waiter for ever
	})

	t.Run("StopAfterStopLeavesANewListener", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		_, stop, err := bell.Listen(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		wake := listen(t, bell, id)
		stop()
		ring(t, bell, id)
		wakes(t, wake)
	})

	t.Run("ListeningStoppingAndRingingAtOnce", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					_, stop, err := bell.Listen(t.Context(), id)
					if err != nil {
						t.Error(err)
						return
					}
					stop()
				}
			})
			wg.Go(func() {
				for range 50 {
					if err := bell.Ring(t.Context(), id); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		wake := listen(t, bell, id)
		ring(t, bell, id)
		wakes(t, wake)
	})
}

func listen(t *testing.T, bell handoff.Bell, id handoff.SessionID) <-chan struct{} {
	t.Helper()
	wake, stop, err := bell.Listen(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return wake
}

func ring(t *testing.T, bell handoff.Bell, id handoff.SessionID) {
	t.Helper()
	if err := bell.Ring(t.Context(), id); err != nil {
		t.Error(err)
	}
}

func wakes(t *testing.T, wake <-chan struct{}) {
	t.Helper()
	select {
	case _, open := <-wake:
		if !open {
			t.Error("the listener's channel is closed")
		}
	case <-time.After(patience):
		t.Error("the listener is not woken")
	}
}

func sleeps(t *testing.T, wake <-chan struct{}) {
	t.Helper()
	select {
	case <-wake:
		t.Error("the listener is woken, or its channel closed")
	case <-time.After(silence):
	}
}
