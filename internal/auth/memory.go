package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// memorySize bounds each half of what is remembered. A token counts some 200 bytes: its hash, not its text.
	memorySize = 8_000
	// sweepEvery is the least time between two searches of a half for what has expired.
	sweepEvery = 10 * time.Second
)

// memory remembers verified tokens by their hash until they expire, so that a signature is not checked at every call.
// Those that came once and those that came again have a half each: a client that gets itself a fresh token for each
// call crowds out others like it, and not the tokens that are used over and over.
type memory struct {
	mu          sync.RWMutex
	once, again half
}

type half struct {
	tokens map[[sha256.Size]byte]remembered
	swept  time.Time
}

type remembered struct {
	caller   Caller
	issuer   *issuer
	revision uint64 // of the issuer's keys
	expires  time.Time
}

func newMemory() *memory {
	return &memory{once: half{tokens: map[[sha256.Size]byte]remembered{}}, again: half{tokens: map[[sha256.Size]byte]remembered{}}}
}

func (m *memory) find(digest [sha256.Size]byte, now time.Time) (remembered, bool) {
	m.mu.RLock()
	r, again := m.again.tokens[digest]
	once := false
	if !again {
		r, once = m.once.tokens[digest]
	}
	m.mu.RUnlock()
	if !again && !once || !now.Before(r.expires) {
		return remembered{}, false
	}
	if once {
		m.mu.Lock()
		delete(m.once.tokens, digest)
		m.again.put(digest, r, now)
		m.mu.Unlock()
	}
	return r, true
}

func (m *memory) keep(digest [sha256.Size]byte, r remembered, now time.Time) {
	if !now.Before(r.expires) { // within the clocks' skew: verified again each time, for a minute at most
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.again.tokens[digest]; known {
		m.again.put(digest, r, now)
		return
	}
	m.once.put(digest, r, now)
}

func (h *half) put(digest [sha256.Size]byte, r remembered, now time.Time) {
	if _, known := h.tokens[digest]; !known && len(h.tokens) >= memorySize {
		h.makeRoom(now)
	}
	h.tokens[digest] = r
}

// makeRoom drops what has expired, and if nothing has, any one token: it costs a verification, no more.
func (h *half) makeRoom(now time.Time) {
	if now.Sub(h.swept) >= sweepEvery {
		h.swept = now
		for digest, r := range h.tokens {
			if !now.Before(r.expires) {
				delete(h.tokens, digest)
			}
		}
	}
	for digest := range h.tokens {
		if len(h.tokens) < memorySize {
			return
		}
		delete(h.tokens, digest)
	}
}
