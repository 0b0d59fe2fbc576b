package handofftest

import (
	"context"
	"sync"

	"baton/internal/handoff"
)

type bell struct {
	mu        sync.Mutex
	listeners map[handoff.SessionID]map[chan struct{}]bool
}

// NewBell returns a handoff.Bell within one process, without limits.
func NewBell() handoff.Bell {
	return &bell{listeners: make(map[handoff.SessionID]map[chan struct{}]bool)}
}

func (b *bell) Ring(ctx context.Context, id handoff.SessionID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for wake := range b.listeners[id] {
		select {
		case wake <- struct{}{}:
		default: // it has a ring that it has not heard yet
		}
	}
	return nil
}

func (b *bell) Listen(ctx context.Context, id handoff.SessionID) (<-chan struct{}, func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	wake := make(chan struct{}, 1)
	if b.listeners[id] == nil {
		b.listeners[id] = make(map[chan struct{}]bool)
	}
	b.listeners[id][wake] = true
	return wake, func() { b.stop(id, wake) }, nil
}

func (b *bell) stop(id handoff.SessionID, wake chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.listeners[id], wake)
	if len(b.listeners[id]) == 0 {
		delete(b.listeners, id)
	}
}
