package sandbox

import (
	"context"
	"net/http"
	"sync"
	"time"

	"baton/internal/enrolment"
)

const (
	// DefaultLateness is how long after the phone has handed in a slow provider answers: long enough to be seen, and
	// shorter than a backend's patience.
	DefaultLateness = 6 * time.Second

	// rememberedFor is how long a session keeps the wish that it took; sessions live half an hour.
	rememberedFor = time.Hour
)

// wishes are what a presenter has chosen for the next enrolment, and what the last ones took. They live as long as the
// process, since nobody would look for them later.
type wishes struct {
	mu    sync.Mutex
	next  enrolment.Wish
	taken map[string]takenWish // by session
	late  map[string]time.Time // by session: the result does not come before
}

type takenWish struct {
	wish enrolment.Wish
	at   time.Time
}

// Choose makes w what the next enrolment comes to, once: the first session whose phone asks takes it, and what follows
// is success again. The zero Wish takes a choice back. Whether an enrolment can come to it shows only with its data.
func (s *Sandbox) Choose(w enrolment.Wish) {
	s.wishes.mu.Lock()
	defer s.wishes.mu.Unlock()
	s.wishes.next = w
}

// Chosen returns what the next enrolment will come to; the zero Wish where nobody has chosen.
func (s *Sandbox) Chosen() enrolment.Wish {
	s.wishes.mu.Lock()
	defer s.wishes.mu.Unlock()
	return s.wishes.next
}

// Taken returns the wish that a session's phone has taken, and the zero Wish for any other session.
func (s *Sandbox) Taken(sessionID string) enrolment.Wish {
	s.wishes.mu.Lock()
	defer s.wishes.mu.Unlock()
	return s.wishes.taken[sessionID].wish
}

// take gives a session its wish: the same one however often it asks.
func (s *Sandbox) take(sessionID string) enrolment.Wish {
	now := s.now()
	s.wishes.mu.Lock()
	defer s.wishes.mu.Unlock()
	if kept, ok := s.wishes.taken[sessionID]; ok {
		return kept.wish
	}
	for id, kept := range s.wishes.taken {
		if now.Sub(kept.at) > rememberedFor {
			delete(s.wishes.taken, id)
		}
	}
	w := s.wishes.next
	s.wishes.next = enrolment.Wish{}
	if s.wishes.taken == nil {
		s.wishes.taken = map[string]takenWish{}
	}
	s.wishes.taken[sessionID] = takenWish{w, now}
	return w
}

// wish tells a phone what its enrolment is to come to.
func (s *Sandbox) wish(w http.ResponseWriter, r *http.Request) {
	if id, ok := sessionID(w, r); ok {
		answer(w, http.StatusOK, s.take(id))
	}
}

// delay lets a session's result come late. The wait is for people, so it goes by the real clock.
func (s *Sandbox) delay(sessionID string) {
	s.wishes.mu.Lock()
	defer s.wishes.mu.Unlock()
	for id, until := range s.wishes.late {
		if time.Now().After(until) {
			delete(s.wishes.late, id)
		}
	}
	if s.wishes.late == nil {
		s.wishes.late = map[string]time.Time{}
	}
	s.wishes.late[sessionID] = time.Now().Add(s.lateness)
}

// await waits until a session's result may come. It reports false where ctx ends before that.
func (s *Sandbox) await(ctx context.Context, sessionID string) bool {
	s.wishes.mu.Lock()
	until := s.wishes.late[sessionID]
	s.wishes.mu.Unlock()
	wait := time.Until(until)
	if wait <= 0 {
		return true
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
