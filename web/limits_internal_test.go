package web

import (
	"testing"
	"time"
)

// However many callers there are, as many are remembered as there is room for, and the busiest stay.
func TestBucketsAreBounded(t *testing.T) {
	b := newBuckets("b", "told", Rate{PerSecond: 1, Burst: 4})
	now := time.Now()
	const attacker = 1 << 40
	for range 4 {
		b.take(attacker, now)
	}
	for key := range uint64(3 * maxBuckets) {
		if wait := b.take(key, now); wait != 0 {
			t.Fatalf("caller %d is told to wait %v at its first call", key, wait)
		}
	}
	if got := len(b.known); got != maxBuckets {
		t.Errorf("%d callers are remembered, want %d", got, maxBuckets)
	}
	if wait := b.take(attacker, now); wait != time.Second {
		t.Errorf("who had nothing left waits %v, want 1s", wait)
	}
	for key := range uint64(maxBuckets) {
		if b.look(key+1<<50, now) != 0 {
			t.Fatal("a stranger is refused")
		}
	}
	if got := len(b.known); got != maxBuckets {
		t.Errorf("looking remembers strangers: %d", got)
	}
}

func TestRates(t *testing.T) {
	for name, test := range map[string]struct{ given, standard, want Rate }{
		"nothing given is the default":       {Rate{}, Rate{5, 10}, Rate{5, 10}},
		"a burst alone":                      {Rate{Burst: 3}, Rate{5, 10}, Rate{5, 3}},
		"a rate alone has two seconds of it": {Rate{PerSecond: 7}, Rate{5, 10}, Rate{7, 14}},
		"a slow rate lets one through":       {Rate{PerSecond: 0.1}, Rate{5, 10}, Rate{0.1, 1}},
		"negative stays":                     {Rate{PerSecond: -1, Burst: 2}, Rate{5, 10}, Rate{-1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.given.or(test.standard); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
	t.Run("negative is no limit", func(t *testing.T) {
		none := Rate{PerSecond: -1}
		l := newLimiter(Limits{Phone: Limit{Address: none, Session: none}, Guesses: none, Sessions: -1})
		for name, b := range map[string]*buckets{"address": l.phone.address, "session": l.phone.session, "bearers": l.bearers, "secrets": l.secrets, "sessions": l.sessions} {
			if b != nil {
				t.Errorf("%s is limited", name)
			}
			if b.take(1, time.Now()) != 0 || b.look(1, time.Now()) != 0 {
				t.Errorf("%s is refused", name)
			}
			b.count(1, time.Now())
			b.forget(1)
		}
		if l.events.address == nil || l.create.tenant == nil || l.phone.tenant != nil {
			t.Error("the other groups have not got their defaults")
		}
	})
}

// What looked together before anything was counted is paid for afterwards.
func TestCountingGoesIntoDebt(t *testing.T) {
	b := newBuckets("b", "told", Rate{PerSecond: 1, Burst: 2})
	now := time.Now()
	for range 5 {
		b.count(1, now)
	}
	if wait := b.look(1, now); wait != 4*time.Second {
		t.Errorf("it is to wait %v, want 4s", wait)
	}
	b.forget(1)
	if wait := b.look(1, now); wait != 0 {
		t.Errorf("forgotten, it is to wait %v", wait)
	}
}

func BenchmarkBuckets(b *testing.B) {
	b.Run("one caller", func(b *testing.B) {
		limit, now := newBuckets("b", "told", Rate{PerSecond: 1e9, Burst: 1e9}), time.Now()
		b.ReportAllocs()
		for b.Loop() {
			limit.take(1, now)
		}
	})
	b.Run("more callers than room", func(b *testing.B) {
		limit, now := newBuckets("b", "told", Rate{PerSecond: 1e9, Burst: 1e9}), time.Now()
		var key uint64
		b.ReportAllocs()
		for b.Loop() {
			key++
			limit.take(key, now)
		}
	})
}
