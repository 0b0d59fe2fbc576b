package relay

import (
	"context"
	"slices"
	"sync"

	"baton/internal/handoff"
)

// Bell is the handoff.Bell of a single process. It keeps nothing of a session that nobody listens to.
type Bell struct {
	mu        sync.Mutex
	listeners map[handoff.SessionID][]chan struct{}
}

// NewBell returns a bell without listeners.
func NewBell() *Bell {
	return &Bell{listeners: make(map[handoff.SessionID][]chan struct{})}
}

// Ring wakes every listener of the session. Rings that a listener has not taken yet are merged. It never fails.
func (b *Bell) Ring(_ context.Context, id handoff.SessionID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, wake := range b.listeners[id] {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// Listen starts to listen; see handoff.Bell. It never fails and does not end with ctx, only with stop.
func (b *Bell) Listen(_ context.Context, id handoff.SessionID) (<-chan struct{}, func(), error) {
	wake := make(chan struct{}, 1)
	b.mu.Lock()
	b.listeners[id] = append(b.listeners[id], wake)
	b.mu.Unlock()
	return wake, func() { b.forget(id, wake) }, nil
}

func (b *Bell) forget(id handoff.SessionID, wake chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := b.listeners[id]
	if i := slices.Index(left, wake); i >= 0 {
		left = slices.Delete(left, i, i+1)
	}
	if len(left) == 0 {
		delete(b.listeners, id)
		return
	}
	b.listeners[id] = left
}
