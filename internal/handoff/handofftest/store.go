package handofftest

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"baton/internal/handoff"
)

// store is the simplest thing that keeps the contract: everything under one lock, copied in and out.
type store struct {
	mu       sync.Mutex
	sessions map[handoff.SessionID]*record
}

type record struct {
	session handoff.Session
	events  []handoff.Event
}

// NewStore returns an empty handoff.Store in memory.
func NewStore() handoff.Store {
	return &store{sessions: make(map[handoff.SessionID]*record)}
}

func (s *store) Create(ctx context.Context, session handoff.Session) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.sessions {
		if r.session.ID == session.ID || r.session.Ticket == session.Ticket || !session.Page.IsZero() && r.session.Page == session.Page {
			return &handoff.Error{Code: handoff.CodeConflict, Message: "This id or secret is taken. Try again with another one."}
		}
	}
	s.sessions[session.ID] = &record{session: asKept(session)}
	return nil
}

func (s *store) ByID(ctx context.Context, id handoff.SessionID, now time.Time) (handoff.Session, error) {
	return s.find(ctx, now, func(session *handoff.Session) bool { return session.ID == id })
}

func (s *store) ByTicket(ctx context.Context, d handoff.Digest, now time.Time) (handoff.Session, error) {
	return s.find(ctx, now, func(session *handoff.Session) bool { return !d.IsZero() && session.Ticket == d })
}

func (s *store) ByPageToken(ctx context.Context, d handoff.Digest, now time.Time) (handoff.Session, error) {
	return s.find(ctx, now, func(session *handoff.Session) bool { return !d.IsZero() && session.Page == d })
}

func (s *store) find(ctx context.Context, now time.Time, wanted func(*handoff.Session) bool) (handoff.Session, error) {
	if err := ctx.Err(); err != nil {
		return handoff.Session{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.sessions {
		if wanted(&r.session) && exists(r, now) {
			return asKept(r.session), nil
		}
	}
	return handoff.Session{}, handoff.NotFound()
}

// live returns the session's record, or CodeNotFound. The caller holds the lock.
func (s *store) live(id handoff.SessionID, now time.Time) (*record, error) {
	r := s.sessions[id]
	if r == nil || !exists(r, now) {
		return nil, handoff.NotFound()
	}
	return r, nil
}

func exists(r *record, now time.Time) bool {
	return r.session.ExpiresAt.After(now) && r.session.Status != handoff.StatusDeleted
}

func (s *store) Append(
	ctx context.Context, id handoff.SessionID, now time.Time, f func(*handoff.Session) ([]handoff.Event, error),
) ([]handoff.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.live(id, now)
	if err != nil {
		return nil, err
	}
	changed := asKept(r.session)
	events, failed := f(&changed)
	if len(events) > 0 {
		if known, ok := r.byKey(events[0].Key); ok {
			return []handoff.Event{known}, nil
		}
	}
	if failed != nil {
		return nil, failed
	}
	var stored []handoff.Event
	for _, event := range events {
		event.Seq = r.session.Seq + uint64(len(stored)) + 1
		event.At = cut(event.At)
		stored = append(stored, event)
	}
	changed.ID, changed.Tenant, changed.Ticket, changed.Page = r.session.ID, r.session.Tenant, r.session.Ticket, r.session.Page
	changed.CreatedAt, changed.ExpiresAt = r.session.CreatedAt, r.session.ExpiresAt
	changed.Seq = r.session.Seq + uint64(len(stored))
	r.session = asKept(changed)
	r.events = append(r.events, stored...)
	return stored, nil
}

func (r *record) byKey(key string) (handoff.Event, bool) {
	i := slices.IndexFunc(r.events, func(e handoff.Event) bool { return key != "" && e.Key == key })
	if i < 0 {
		return handoff.Event{}, false
	}
	return r.events[i], true
}

func (s *store) EventsAfter(ctx context.Context, id handoff.SessionID, now time.Time, seq uint64) ([]handoff.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.live(id, now)
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.events[min(seq, uint64(len(r.events))):]), nil
}

func (s *store) Remains(ctx context.Context, id handoff.SessionID, seq uint64) ([]handoff.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.sessions[id]
	if r == nil {
		return nil, nil
	}
	return slices.Clone(r.events[min(seq, uint64(len(r.events))):]), nil
}

func (s *store) Delete(ctx context.Context, id handoff.SessionID, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.sessions[id]; r != nil && r.session.Status != handoff.StatusDeleted {
		if now = cut(now); now.Before(r.session.ExpiresAt) {
			r.session.ExpiresAt = now
		}
		r.session.Status, r.session.SealedToken, r.session.SealedData = handoff.StatusDeleted, nil, nil
		r.session.SealedRotation, r.session.SealedTicket = nil, nil
	}
	return nil
}

func (s *store) DeleteExpired(ctx context.Context, now time.Time, limit int) ([]handoff.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var expired []handoff.Session
	for _, r := range s.sessions {
		if !r.session.ExpiresAt.After(now) {
			expired = append(expired, r.session)
		}
	}
	slices.SortFunc(expired, func(a, b handoff.Session) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.ID, b.ID))
	})
	expired = expired[:min(max(limit, 0), len(expired))]
	for _, session := range expired {
		delete(s.sessions, session.ID)
	}
	return expired, nil
}

// asKept is a copy that shares no memory, with its times as a store keeps them.
func asKept(s handoff.Session) handoff.Session {
	s.Steps = slices.Clone(s.Steps)
	s.SealedToken, s.SealedData = bytes.Clone(s.SealedToken), bytes.Clone(s.SealedData)
	s.SealedRotation, s.SealedTicket = bytes.Clone(s.SealedRotation), bytes.Clone(s.SealedTicket)
	s.Origins = slices.Clone(s.Origins)
	s.ConfirmedAt, s.SecondAt, s.LinkUntil = cut(s.ConfirmedAt), cut(s.SecondAt), cut(s.LinkUntil)
	s.CreatedAt, s.OpenedAt, s.ClaimedAt, s.EndedAt, s.ExpiresAt = cut(s.CreatedAt), cut(s.OpenedAt), cut(s.ClaimedAt), cut(s.EndedAt), cut(s.ExpiresAt)
	return s
}

func cut(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}
