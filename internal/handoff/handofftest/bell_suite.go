package handofftest

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
	"weak"

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

	t.Run("ARingBeforeTheListeningIsNotOwed", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		early := listen(t, bell, id)
		ring(t, bell, id)
		wakes(t, early) // so the ring is over, wherever the bell hangs
		late := listen(t, bell, id)
		sleeps(t, late)
		ring(t, bell, id)
		wakes(t, late)
	})

	t.Run("WhoListensThenReadsThenWaitsMissesNothing", func(t *testing.T) {
		bell := open(t)
		var wg sync.WaitGroup
		for range 200 {
			id, changed := handoff.NewSessionID(), new(atomic.Bool)
			wg.Go(func() {
				wake, stop, err := bell.Listen(t.Context(), id)
				if err != nil {
					t.Error(err)
					return
				}
				defer stop()
				for !changed.Load() {
					select {
					case <-wake:
					case <-time.After(patience):
						t.Error("the change came after the reading, and no ring after it")
						return
					}
				}
			})
			wg.Go(func() {
				changed.Store(true)
				ring(t, bell, id)
			})
		}
		wg.Wait()
	})

	t.Run("AThousandSessionsHearTheirOwnBellOnly", func(t *testing.T) {
		bell := open(t)
		wake := make(map[handoff.SessionID]<-chan struct{})
		for range 1000 {
			id := handoff.NewSessionID()
			wake[id] = listen(t, bell, id)
		}
		rung := make(map[handoff.SessionID]bool)
		for id := range wake {
			if rung[id] = len(rung)%2 == 0; rung[id] {
				ring(t, bell, id)
			}
		}
		for id, loud := range rung {
			if loud {
				wakes(t, wake[id])
			}
		}
		for id, loud := range rung { // those that were rung as well: each ring was heard
			select {
			case <-wake[id]:
				t.Fatalf("a session that was rung for (%t) is woken again", loud)
			default:
			}
		}
	})

	t.Run("ManyListenersOfOneSessionAreAllWoken", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		listeners := make([]<-chan struct{}, 300)
		for i := range listeners {
			listeners[i] = listen(t, bell, id)
		}
		ring(t, bell, id)
		for _, wake := range listeners {
			wakes(t, wake)
		}
	})

	t.Run("StoppingWhileItRings", func(t *testing.T) {
		bell, id := open(t), handoff.NewSessionID()
		stays := listen(t, bell, id)
		done := make(chan struct{})
		var ringing sync.WaitGroup
		for range 2 {
			ringing.Go(func() {
				for !closed(done) {
					ring(t, bell, id)
				}
			})
		}
		var stopped []<-chan struct{}
		for range 100 {
			wake, stop, err := bell.Listen(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			atOnce(3, func(int) error { stop(); return nil })
			stopped = append(stopped, wake)
		}
		close(done)
		ringing.Wait()
		wakes(t, stays)
		for _, wake := range stopped { // what rang before the stop may be there
			select {
			case <-wake:
			default:
			}
		}
		ring(t, bell, id)
		for _, wake := range stopped {
			select {
			case <-wake:
				t.Fatal("a listener that has stopped is woken, or its channel closed")
			default:
			}
		}
		sleeps(t, stopped[0])
	})

	t.Run("AStoppedListenerLeavesNothing", func(t *testing.T) {
		bell := open(t)
		goroutines := runtime.NumGoroutine()
		ids := make([]weak.Pointer[byte], 200)
		for i := range ids {
			id := handoff.NewSessionID()
			ids[i] = weak.Make(unsafe.StringData(string(id))) // nil when nobody holds the id any more
			_, first, err := bell.Listen(t.Context(), id)
			_, second, errSecond := bell.Listen(t.Context(), id)
			if err != nil || errSecond != nil {
				t.Fatal(err, errSecond)
			}
			ring(t, bell, id)
			first()
			second()
		}
		held := func() int {
			runtime.GC()
			kept := 0
			for _, id := range ids[:len(ids)-1] { // the last one may still lie on this stack
				if id.Value() != nil {
					kept++
				}
			}
			return kept
		}
		deadline := time.After(patience)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for held() > 0 || runtime.NumGoroutine() > goroutines {
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatalf("of 200 sessions that nobody listens to the bell holds %d, and %d goroutines", held(), runtime.NumGoroutine()-goroutines)
			}
		}
		runtime.KeepAlive(bell) // else its own end would free what it holds
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
