package timeline

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"baton/internal/handoff"
)

// The limits of what is kept. What is over them goes, the oldest first.
const (
	MaxSessions = 20
	MaxEntries  = 500     // of a session
	MaxBytes    = 2 << 20 // of a session's entries
	maxBody     = 32 << 10
	// maxGone is how many sessions are remembered to be gone, so that what was under way at their end brings none back.
	maxGone = 256
)

// Recorder keeps what is said, by session. Safe for concurrent use. A nil Recorder keeps nothing and costs nothing.
type Recorder struct {
	now  func() time.Time
	next atomic.Uint64
	own  owned
	seen uint64 // sessions; guarded by mu

	mu       sync.Mutex
	sessions []*session // the oldest first
	gone     []handoff.SessionID
	wakes    map[chan struct{}]struct{}
}

type session struct {
	n       uint64
	id      handoff.SessionID
	began   time.Time
	until   time.Time
	entries []Entry
	size    int
	dropped int
	rev     uint64
	vault   vault
}

// New returns an empty recorder. A nil now is the system's clock.
func New(now func() time.Time) *Recorder {
	if now == nil {
		now = time.Now
	}
	return &Recorder{now: now, wakes: map[chan struct{}]struct{}{}}
}

// Session is what is kept of a session, the secrets apart.
type Session struct {
	N       uint64 // numbers sessions from 1, in the order in which they were first seen
	ID      handoff.SessionID
	Began   time.Time // when it was first seen
	Until   time.Time // when it, and with it this, is gone
	Entries []Entry   // by N
	Dropped int       // that were over a limit
	Rev     uint64    // of the last one that was kept
}

// Session returns what is kept of a session; false where nothing is (any more).
func (r *Recorder) Session(id handoff.SessionID) (Session, bool) {
	if r == nil {
		return Session{}, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.find(id)
	if s == nil {
		return Session{}, false
	}
	return s.shown(), true
}

func (s *session) shown() Session {
	entries := slices.Clone(s.entries)
	slices.SortFunc(entries, func(a, b Entry) int { return int(int64(a.N) - int64(b.N)) })
	return Session{N: s.n, ID: s.id, Began: s.began, Until: s.until, Entries: entries, Dropped: s.dropped, Rev: s.rev}
}

// Since returns the entries that were kept after rev, in the order in which that was done. They share nothing that changes.
func (r *Recorder) Since(id handoff.SessionID, rev uint64) ([]Entry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.find(id)
	if s == nil {
		return nil, false
	}
	i, _ := slices.BinarySearchFunc(s.entries, rev+1, func(e Entry, rev uint64) int { return int(int64(e.Rev) - int64(rev)) })
	return slices.Clone(s.entries[i:]), true
}

// Secrets are those of a session, for presenters. Nil where it is not kept (any more).
func (r *Recorder) Secrets(id handoff.SessionID) Secrets {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.find(id)
	if s == nil {
		return nil
	}
	known := Secrets{}
	for name, value := range s.vault.values {
		known[name] = value
	}
	return known
}

// Sessions are all that are kept, the newest first, without their entries.
func (r *Recorder) Sessions() []Session {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.prune()
	all := make([]Session, 0, len(r.sessions))
	for _, s := range slices.Backward(r.sessions) {
		all = append(all, Session{N: s.n, ID: s.id, Began: s.began, Until: s.until, Dropped: s.dropped, Rev: s.rev})
	}
	return all
}

// Listen wakes whenever anything has changed. The channel has room for one; stop is idempotent.
func (r *Recorder) Listen() (wake <-chan struct{}, stop func()) {
	rung := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wakes[rung] = struct{}{}
	return rung, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.wakes, rung)
	}
}

// ring is called with the lock held.
func (r *Recorder) ring() {
	for wake := range r.wakes {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// Forget drops all that is kept of a session, for good.
func (r *Recorder) Forget(id handoff.SessionID) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(id)
}

// drop is called with the lock held.
func (r *Recorder) drop(id handoff.SessionID) {
	r.sessions = slices.DeleteFunc(r.sessions, func(s *session) bool { return s.id == id })
	if !slices.Contains(r.gone, id) {
		if r.gone = append(r.gone, id); len(r.gone) > maxGone {
			r.gone = slices.Delete(r.gone, 0, 1)
		}
	}
	r.ring()
}

// Sweep drops what has expired, until ctx ends. Reading does so by itself; this frees the memory where nobody reads.
func (r *Recorder) Sweep(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.mu.Lock()
			r.prune()
			r.mu.Unlock()
		}
	}
}

// prune is called with the lock held.
func (r *Recorder) prune() {
	now := r.now()
	for _, s := range slices.Clone(r.sessions) {
		if !now.Before(s.until) {
			r.drop(s.id)
		}
	}
}

// find is called with the lock held. It returns nil for a session that is not kept.
func (r *Recorder) find(id handoff.SessionID) *session {
	r.prune()
	i := slices.IndexFunc(r.sessions, func(s *session) bool { return s.id == id })
	if i < 0 {
		return nil
	}
	return r.sessions[i]
}

// keep makes an entry out of what was seen, with the secrets taken out, and keeps it.
func (r *Recorder) keep(of Of, e Entry, fill func(redactor, *Entry)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if of.Session == "" || slices.Contains(r.gone, of.Session) {
		return
	}
	s := r.find(of.Session)
	if s == nil {
		now := r.now()
		until := now.Add(handoff.MaxTTL) // whatever anybody says
		if of.Until.Before(until) {
			until = of.Until
		}
		if !now.Before(until) {
			return
		}
		if len(r.sessions) >= MaxSessions {
			r.drop(r.sessions[0].id)
		}
		r.seen++
		s = &session{n: r.seen, id: of.Session, began: e.At, until: until}
		r.sessions = append(r.sessions, s)
	}
	if e.Title == deletes && e.about != s.id {
		e.Title = deletesEarlier
	}
	fill(redactor{&s.vault}, &e)
	s.rev++
	e.Rev = s.rev
	e.size = sizeOf(e)
	s.entries = append(s.entries, e)
	s.size += e.size
	for len(s.entries) > MaxEntries || s.size > MaxBytes && len(s.entries) > 1 {
		s.size -= s.entries[0].size
		s.entries = slices.Delete(s.entries, 0, 1)
		s.dropped++
	}
	r.ring()
}

func sizeOf(e Entry) int {
	size := 256 + len(e.Path) + len(e.Title)
	for _, m := range []Message{e.Request, e.Answer} {
		size += len(m.Body)
		for _, h := range m.Headers {
			size += len(h.Name) + len(h.Value) + 32
		}
	}
	return size
}

// Mark is a place in the order of what happens.
type Mark struct {
	n  uint64
	at time.Time
}

// Mark takes the next place, for what is about to happen.
func (r *Recorder) Mark() Mark { return Mark{r.next.Add(1), r.now()} }

// Frame keeps a frame of a channel, which was about to be sent at m.
func (r *Recorder) Frame(of Of, m Mark, from, to Party, frame []byte) {
	r.keep(of, Entry{N: m.n, Kind: Frame, From: from, To: to, At: m.at}, func(take redactor, e *Entry) {
		e.Request = take.frame(frame)
	})
}

// Closed keeps the end of a channel, as from has said it.
func (r *Recorder) Closed(of Of, m Mark, from, to Party, title string) {
	r.keep(of, Entry{N: m.n, Kind: Close, From: from, To: to, At: m.at}, func(take redactor, e *Entry) {
		e.Title = take.finish(clean(title)).String()
	})
}
