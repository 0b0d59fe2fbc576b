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

	t.Run("NeverHoldsMoreThanItsSize", func(t *testing.T) {
		m := newMemory()
		for n := range memorySize + 500 {
			m.keep(digestOf(n), Caller{Tenant: "t"}, now.Add(time.Hour), now)
		}
		if len(m.tokens) != memorySize {
			t.Errorf("%d tokens, want %d", len(m.tokens), memorySize)
		}
		if _, ok := m.find(digestOf(memorySize+499), now); !ok {
			t.Error("the last one kept is not remembered")
		}
	})

	t.Run("ExpiredOnesGoFirst", func(t *testing.T) {
		m := newMemory()
		for n := range memorySize - 1 {
			m.keep(digestOf(n), Caller{}, now.Add(time.Minute), now)
		}
		m.keep(digestOf(-1), Caller{}, now.Add(time.Hour), now)
		m.keep(digestOf(-2), Caller{}, now.Add(time.Hour), now.Add(time.Minute))
		if _, ok := m.find(digestOf(-1), now); !ok || len(m.tokens) != 2 {
			t.Errorf("%d tokens, want the two that have not expired", len(m.tokens))
		}
	})

	t.Run("WhatHasExpiredIsNotKept", func(t *testing.T) {
		m := newMemory()
		m.keep(digestOf(1), Caller{}, now, now)
		if len(m.tokens) != 0 {
			t.Error("an expired token is kept")
		}
	})
}
