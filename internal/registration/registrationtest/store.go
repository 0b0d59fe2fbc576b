// Package registrationtest holds the suite that every registration.Store runs, and in-memory stand-ins for a store
// and a provider.
package registrationtest

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"baton/internal/handoff"
	"baton/internal/registration"
)

// NewStore returns a Store in memory, empty, safe for concurrent use.
func NewStore() registration.Store {
	return &memory{kept: map[handoff.Digest]registration.Registration{}}
}

type memory struct {
	mu   sync.Mutex
	kept map[handoff.Digest]registration.Registration
}

func (m *memory) CreateRegistration(ctx context.Context, r registration.Registration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.kept[r.Digest]; taken {
		return &handoff.Error{Code: handoff.CodeConflict, Message: "The digest is taken."}
	}
	m.kept[r.Digest] = clone(r)
	return nil
}

func (m *memory) Registration(ctx context.Context, d handoff.Digest) (registration.Registration, error) {
	if err := ctx.Err(); err != nil {
		return registration.Registration{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.kept[d]
	if !ok {
		return registration.Registration{}, registration.ErrNotFound
	}
	return clone(r), nil
}

func (m *memory) UpdateRegistration(ctx context.Context, d handoff.Digest, f func(*registration.Registration) error) (registration.Registration, error) {
	if err := ctx.Err(); err != nil {
		return registration.Registration{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.kept[d]
	if !ok {
		return registration.Registration{}, registration.ErrNotFound
	}
	changed := clone(kept)
	if err := f(&changed); err != nil {
		return registration.Registration{}, err
	}
	changed.Digest, changed.CreatedAt = kept.Digest, kept.CreatedAt
	for other, r := range m.kept {
		if other != d && changed.Number != "" && r.Number == changed.Number {
			return registration.Registration{}, &handoff.Error{Code: handoff.CodeConflict, Message: "The number is taken."}
		}
	}
	m.kept[d] = clone(changed)
	return changed, nil
}

func (m *memory) DeleteAbandoned(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var abandoned []registration.Registration
	for _, r := range m.kept {
		if r.Status != registration.StatusCompleted && r.CreatedAt.Before(before) {
			abandoned = append(abandoned, r)
		}
	}
	slices.SortFunc(abandoned, func(a, b registration.Registration) int { return a.CreatedAt.Compare(b.CreatedAt) })
	abandoned = abandoned[:min(len(abandoned), max(limit, 0))]
	for _, r := range abandoned {
		delete(m.kept, r.Digest)
	}
	return len(abandoned), nil
}

// clone copies a result the way a durable store does: through JSON.
func clone(r registration.Registration) registration.Registration {
	if r.Result == nil {
		return r
	}
	text, err := json.Marshal(r.Result)
	if err != nil {
		panic("registrationtest: a result is not plain data: " + err.Error())
	}
	r.Result = new(registration.Result)
	if err := json.Unmarshal(text, r.Result); err != nil {
		panic("registrationtest: a result does not come back from JSON: " + err.Error())
	}
	return r
}
