package web

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"baton/internal/handoff"
)

// store is asked by a readiness under test.
type store struct {
	mu     sync.Mutex
	asked  int
	takes  time.Duration
	answer error
}

func (s *store) ready(ctx context.Context) error {
	s.mu.Lock()
	s.asked++
	takes, answer := s.takes, s.answer
	s.mu.Unlock()
	time.Sleep(takes) // synctest's clock
	return answer
}

func (s *store) becomes(takes time.Duration, answer error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes, s.answer = takes, answer
}

func (s *store) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// probe is one caller of the route, with its patience.
func probe(t *testing.T, r *readiness) error {
	ctx, cancel := context.WithTimeout(t.Context(), readyTimeout)
	defer cancel()
	return r.check(ctx)
}

func flood(t *testing.T, r *readiness, want error) {
	t.Helper()
	var probes sync.WaitGroup
	for range 1000 {
		probes.Go(func() {
			if err := probe(t, r); err != want {
				t.Errorf("a probe is answered %v, want %v", err, want)
			}
		})
	}
	probes.Wait()
}

func TestAFloodOfProbesAsksTheStoreOnceASecond(t *testing.T) {
	for name, answer := range map[string]error{"WhileItIsWell": nil, "WhileItIsNot": errors.New("no")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{takes: 20 * time.Millisecond, answer: answer}
				r := &readiness{ask: s.ready, log: slog.New(slog.DiscardHandler)}
				flood(t, r, answer) // together
				for range 3 {       // and while the answer is fresh
					time.Sleep(readyShared/3 - time.Millisecond)
					flood(t, r, answer)
				}
				if s.count() != 1 {
					t.Errorf("the store was asked %d times within a second, want 1", s.count())
				}
				time.Sleep(readyShared)
				flood(t, r, answer)
				if s.count() != 2 {
					t.Errorf("a second later the store was asked %d times in all, want 2", s.count())
				}
			})
		})
	}
}

func TestAStoreThatHangsHoldsNoProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{takes: time.Minute}
		r := &readiness{ask: s.ready, log: slog.New(slog.DiscardHandler)}
		for range 5 {
			began := time.Now()
			err := probe(t, r)
			if handoff.ErrorCode(err) != handoff.CodeUnavailable || !strings.Contains(handoff.ErrorMessage(err), "in time") {
				t.Errorf("a probe is answered %v", err)
			}
			if waited := time.Since(began); waited != readyTimeout {
				t.Errorf("a probe waits %v, want %v", waited, readyTimeout)
			}
		}
		if s.count() != 1 {
			t.Errorf("the store was asked %d times while it hangs, want 1", s.count())
		}
		time.Sleep(time.Minute)
		full := errors.New("full")
		s.becomes(0, full)
		time.Sleep(readyShared)
		if err := probe(t, r); err != full {
			t.Errorf("afterwards a probe is answered %v, want %v", err, full)
		}
		s.becomes(time.Minute, full)
		time.Sleep(readyShared)
		if err := probe(t, r); err != full {
			t.Errorf("where the store hangs after a bad answer, a probe is answered %v, want that answer", err)
		}
		time.Sleep(time.Minute)
	})
}

func TestReadinessIsLoggedWhenItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		s := &store{}
		r := &readiness{ask: s.ready, log: slog.New(slog.NewTextHandler(&log, nil))}
		for _, answer := range []error{nil, errors.New("full"), nil} {
			s.becomes(0, answer)
			for range 5 {
				time.Sleep(readyShared)
				_ = probe(t, r)
			}
		}
		said := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(said) != 2 || !strings.Contains(said[0], "error=full") || !strings.Contains(said[1], "ready again") {
			t.Errorf("15 probes log %q", said)
		}
	})
}

func TestAPanicOfTheStoreIsItsAnswer(t *testing.T) {
	r := &readiness{ask: func(context.Context) error { panic("a mistake") }, log: slog.New(slog.DiscardHandler)}
	if err := probe(t, r); err == nil {
		t.Error("the store counts as ready")
	}
}
