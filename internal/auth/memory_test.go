package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"
)

func digestOf(n int) [sha256.Size]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

func TestMemory(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	until := func(d time.Duration) remembered { return remembered{expires: now.Add(d)} }

	t.Run("NeverHoldsMoreThanItsSize", func(t *testing.T) {
		m := newMemory()
		for n := range memorySize + 500 {
			m.keep(digestOf(n), until(time.Hour), now)
		}
		if len(m.once.tokens) != memorySize || len(m.again.tokens) != 0 {
			t.Errorf("%d and %d tokens, want %d and 0", len(m.once.tokens), len(m.again.tokens), memorySize)
		}
		if _, ok := m.find(digestOf(memorySize+499), now); !ok {
			t.Error("the last one kept is not remembered")
		}
		for n := range 2 * memorySize {
			m.keep(digestOf(n), until(time.Hour), now)
			m.find(digestOf(n), now)
		}
		if len(m.once.tokens) > memorySize || len(m.again.tokens) != memorySize {
			t.Errorf("%d and %d tokens, want at most %d and exactly that", len(m.once.tokens), len(m.again.tokens), memorySize)
		}
	})

	t.Run("AFloodOfFreshTokensDrivesOutNoneThatAreUsed", func(t *testing.T) {
		m := newMemory()
		const used = 1000
		for n := range used {
			m.keep(digestOf(n), until(time.Hour), now)
			m.find(digestOf(n), now)
		}
		for n := range 3 * memorySize {
			m.keep(digestOf(used+n), until(time.Hour), now)
		}
		for n := range used {
			if _, ok := m.find(digestOf(n), now); !ok {
				t.Fatalf("token %d of %d is forgotten", n, used)
			}
		}
	})

	t.Run("ExpiredOnesGoFirst", func(t *testing.T) {
		m := newMemory()
		for n := range memorySize - 1 {
			m.keep(digestOf(n), until(time.Minute), now)
		}
		m.keep(digestOf(-1), until(time.Hour), now)
		m.keep(digestOf(-2), until(time.Hour), now.Add(time.Minute))
		if len(m.once.tokens) != 2 {
			t.Errorf("%d tokens, want the two that have not expired", len(m.once.tokens))
		}
		if _, ok := m.find(digestOf(-1), now); !ok {
			t.Error("one that has not expired is forgotten")
		}
	})

	t.Run("WhatHasExpiredIsNotKeptAndNotFound", func(t *testing.T) {
		m := newMemory()
		m.keep(digestOf(1), until(0), now)
		if len(m.once.tokens) != 0 {
			t.Error("an expired token is kept")
		}
		m.keep(digestOf(1), until(time.Minute), now)
		if _, ok := m.find(digestOf(1), now.Add(time.Minute)); ok {
			t.Error("an expired token is found")
		}
	})

	t.Run("WhatIsKeptAgainReplacesWhatWasThere", func(t *testing.T) {
		m := newMemory()
		for n := range uint64(3) {
			r := until(time.Hour)
			r.revision = n
			m.keep(digestOf(1), r, now)
			if found, ok := m.find(digestOf(1), now); !ok || found.revision != n {
				t.Errorf("revision %d, want %d", found.revision, n)
			}
		}
	})
}
