package auth

import (
	"context"
	"crypto"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysFloor is the least time between two fetches of the keys: anybody can send unknown key ids.
	keysFloor = 30 * time.Second
	// failureFloor is the same after a failed fetch: short, as whoever needs a new key is refused meanwhile.
	failureFloor = 5 * time.Second
	// keysAge is how old the keys get before they are fetched again unasked, so that a key that the issuer withdrew is
	// not believed for ever.
	keysAge = 10 * time.Minute
)

// publishedKeys are an issuer's keys by their ids. An id may stand for several.
type publishedKeys map[string][]jose.JSONWebKey

// keySet keeps an issuer's keys. It fetches them in the background, one fetch at a time, and goes on with those it has
// while new ones cannot be had.
type keySet struct {
	fetch func() (publishedKeys, error) // nil: the keys never change; ends within a few seconds
	now   func() time.Time
	log   *slog.Logger // of the issuer

	// revision counts how often a key was withdrawn or replaced. What was verified before need not hold any more.
	revision atomic.Uint64
	// staleAt is when the keys are due to be fetched again, in nanoseconds; for a look without the lock.
	staleAt atomic.Int64

	mu      sync.Mutex
	keys    publishedKeys // nil before the first fetch that succeeded
	nextTry time.Time     // no fetch starts before
	failed  bool          // the last fetch did
	flight  chan struct{} // closed when the fetch under way has ended; nil without one
}

func newKeySet(fetch func() (publishedKeys, error), now func() time.Time, log *slog.Logger) *keySet {
	return &keySet{fetch: fetch, now: now, log: log}
}

func staticKeySet(keys map[string]crypto.PublicKey) *keySet {
	s := &keySet{keys: publishedKeys{}}
	for kid, key := range keys {
		s.keys[kid] = []jose.JSONWebKey{{KeyID: kid, Key: key}}
	}
	return s
}

// find returns the keys of that id. For one that it does not have it waits for a fetch, where one may be made. It
// answers ErrInvalid if the issuer has no such key, ErrUnavailable if that cannot be said.
func (s *keySet) find(ctx context.Context, kid string) ([]jose.JSONWebKey, error) {
	found, flight, err := s.look(kid)
	if flight == nil {
		return found, err
	}
	select {
	case <-flight:
		return s.have(kid)
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: the issuer's keys did not come in time: %w", ErrUnavailable, context.Cause(ctx))
	}
}

// look returns the keys at hand, or the fetch to wait for.
func (s *keySet) look(kid string) ([]jose.JSONWebKey, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.keys[kid]; len(found) > 0 {
		if s.fetch != nil {
			s.refreshIfStale(s.now())
		}
		return found, nil, nil
	}
	s.start()
	if s.flight != nil {
		return nil, s.flight, nil
	}
	return nil, nil, s.missing()
}

func (s *keySet) have(kid string) ([]jose.JSONWebKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.keys[kid]; len(found) > 0 {
		return found, nil
	}
	return nil, s.missing()
}

// missing is for the holder of the lock.
func (s *keySet) missing() error {
	if s.failed {
		return fmt.Errorf("%w: the issuer's keys cannot be fetched", ErrUnavailable)
	}
	return invalid("it is signed by a key that the issuer does not publish")
}

// standsAt reports whether nothing that was verified at that revision has to be verified again, and has stale keys
// fetched beside.
func (s *keySet) standsAt(revision uint64, now time.Time) bool {
	if s.fetch != nil && now.UnixNano() >= s.staleAt.Load() {
		s.mu.Lock()
		s.refreshIfStale(now)
		s.mu.Unlock()
	}
	return s.revision.Load() == revision
}

// refreshIfStale is for the holder of the lock.
func (s *keySet) refreshIfStale(now time.Time) {
	if now.UnixNano() >= s.staleAt.Load() {
		s.start()
	}
}

// start begins a fetch unless one is under way or it is too early for one. It is for the holder of the lock.
func (s *keySet) start() {
	if s.fetch == nil || s.flight != nil || s.now().Before(s.nextTry) {
		return
	}
	s.flight = make(chan struct{})
	go func() {
		keys, err := s.fetch()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.landed(keys, err)
		close(s.flight)
		s.flight = nil
	}()
}

// landed is for the holder of the lock.
func (s *keySet) landed(keys publishedKeys, err error) {
	now, failedBefore := s.now(), s.failed
	if s.failed = err != nil; s.failed {
		s.nextTry = now.Add(failureFloor)
		if !failedBefore {
			s.log.Warn("the keys of an issuer cannot be fetched; tokens by keys that are known already go on", "error", err)
		}
		return
	}
	if failedBefore {
		s.log.Info("the keys of an issuer can be fetched again")
	}
	s.nextTry = now.Add(keysFloor)
	s.staleAt.Store(now.Add(keysAge).UnixNano())
	if s.keys.loseAny(keys) {
		s.revision.Add(1)
		s.log.Info("an issuer withdrew a key; the tokens that it signed are refused")
	}
	s.keys = keys
}

// loseAny reports whether next lacks a key that k has.
func (k publishedKeys) loseAny(next publishedKeys) bool {
	kept := map[string]bool{}
	for kid, keys := range next {
		for _, key := range keys {
			kept[kid+" "+thumbprint(key)] = true
		}
	}
	for kid, keys := range k {
		for _, key := range keys {
			if !kept[kid+" "+thumbprint(key)] {
				return true
			}
		}
	}
	return false
}

func thumbprint(key jose.JSONWebKey) string {
	print, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "" // of a key that verifies nothing
	}
	return string(print) + key.Algorithm
}
