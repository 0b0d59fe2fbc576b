package sandbox_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"baton/internal/sandbox"
)

// memory is a Store that lives as long as its test.
type memory struct {
	mu      sync.Mutex
	key     sandbox.SigningKey
	results map[string]sandbox.Result
}

// newMemory has no key, so that a sandbox makes its own.
func newMemory() *memory { return &memory{results: map[string]sandbox.Result{}} }

// someKey spares most tests the making of a key, which is slow under the race detector.
var someKey = sync.OnceValue(func() sandbox.SigningKey {
	m := newMemory()
	if _, err := sandbox.New(context.Background(), sandbox.Config{Store: m}); err != nil {
		panic(err)
	}
	return m.key
})

func newMemoryWithKey() *memory {
	m := newMemory()
	m.key = someKey()
	return m
}

func (m *memory) SigningKey(_ context.Context, create func() (sandbox.SigningKey, error)) (sandbox.SigningKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.key.ID == "" {
		key, err := create()
		if err != nil {
			return sandbox.SigningKey{}, err
		}
		m.key = key
	}
	return m.key, nil
}

func (m *memory) SaveResult(_ context.Context, r sandbox.Result, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if kept, ok := m.results[r.SessionID]; ok && now.Before(kept.ExpiresAt) {
		if bytes.Equal(kept.HandedIn, r.HandedIn) {
			return nil
		}
		return sandbox.ErrHasResult
	}
	m.results[r.SessionID] = r
	return nil
}

func (m *memory) Result(_ context.Context, sessionID string, now time.Time) (sandbox.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.results[sessionID]
	if !ok || !now.Before(r.ExpiresAt) {
		return sandbox.Result{}, sandbox.ErrNotFound
	}
	r.Images = nil
	return r, nil
}

func (m *memory) Image(_ context.Context, id string, now time.Time) (sandbox.Image, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.results {
		for _, image := range r.Images {
			if image.ID == id && now.Before(r.ExpiresAt) {
				return image, r.ClientID, nil
			}
		}
	}
	return sandbox.Image{}, "", sandbox.ErrNotFound
}

func (m *memory) DeleteResult(_ context.Context, sessionID, clientID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.results[sessionID].ClientID == clientID {
		delete(m.results, sessionID)
	}
	return nil
}

func (m *memory) DeleteExpiredResults(_ context.Context, now time.Time, limit int) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	removed := 0
	for _, id := range slices.Sorted(maps.Keys(m.results)) {
		if !now.Before(m.results[id].ExpiresAt) && removed < limit {
			delete(m.results, id)
			removed++
		}
	}
	return removed, nil
}

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.results)
}
