package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// memorySize bounds what is remembered. A token counts about 100 bytes: its hash, not its text.
	memorySize = 10_000
	// sweepEvery is the least time between two searches for what has expired.
	sweepEvery = 10 * time.Second
)

// memory remembers verified tokens by their hash until they expire, so that a signature is not checked at every call.
type memory struct {
	mu     sync.RWMutex
	tokens map[[sha256.Size]byte]remembered
	swept  time.Time
}

type remembered struct {
	caller  Caller
	expires time.Time
}

func newMemory() *memory { return &memory{tokens: map[[sha256.Size]byte]remembered{}} }

func (m *memory) find(digest [sha256.Size]byte, now time.Time) (Caller, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, ok := m.tokens[digest]
	if !ok || !now.Before(r.expires) {
		return Caller{}, false
	}
	return r.caller, true
}

func (m *memory) keep(digest [sha256.Size]byte, caller Caller, expires, now time.Time) {
	if !now.Before(expires) { // within the clocks' skew: verified again each time, for a minute at most
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.tokens) >= memorySize {
		m.makeRoom(now)
	}
	m.tokens[digest] = remembered{caller, expires}
}

// makeRoom drops what has expired, and if nothing has, any one token: it costs a verification, no more.
func (m *memory) makeRoom(now time.Time) {
	if now.Sub(m.swept) >= sweepEvery {
		m.swept = now
		for digest, r := range m.tokens {
			if !now.Before(r.expires) {
				delete(m.tokens, digest)
			}
		}
	}
	for digest := range m.tokens {
		if len(m.tokens) < memorySize {
			return
		}
		delete(m.tokens, digest)
	}
}
