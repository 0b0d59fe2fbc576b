package infoapi

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"baton/internal/registration"
)

const (
	// keysFloor is the least time between two fetches of the keys: results with invented key ids must not turn us into
	// a load on the provider.
	keysFloor = 30 * time.Second
	// keysRetry is the same after a failed fetch, shorter so that one lost packet costs no half minute.
	keysRetry = 2 * time.Second
	// keysLife is how long a key is used without being seen again, so that one that was withdrawn goes out of use.
	keysLife = time.Hour

	minModulus = 2048 // bits
	maxKeyID   = 256  // characters
)

// keys is the provider's published keys, fetched when a key id is unknown.
type keys struct {
	url    string
	client *Client
	flight singleflight.Group

	mu      sync.Mutex
	byID    map[string]*rsa.PublicKey
	fetched time.Time // the last success
	failed  time.Time // the last failure
}

// find returns the key with that id. It answers a *registration.RefusedError for an id that the provider does not
// publish, and registration.ErrProvider where that cannot be told for sure: the keys cannot be fetched, or were fetched
// so shortly ago that a new key may not have been among them. A key that is due to be seen again is used a while longer
// when the provider cannot be reached.
func (k *keys) find(ctx context.Context, id string) (*rsa.PublicKey, error) {
	now := k.client.now()
	key, fetched, failed := k.lookup(id)
	age := now.Sub(fetched)
	if key != nil && age < keysLife {
		return key, nil
	}
	switch {
	case now.Sub(failed) < keysRetry, key == nil && !fetched.IsZero() && age < keysFloor:
		if key != nil {
			return key, nil
		}
		return nil, fmt.Errorf("%w: a key is not known yet, and the keys were asked for a moment ago", registration.ErrProvider)
	}
	done := k.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.client.timeout)
		defer cancel()
		return nil, k.fetch(ctx)
	})
	var err error
	select {
	case <-ctx.Done():
		err = fmt.Errorf("%w: the keys took too long or were given up: %w", registration.ErrProvider, ctx.Err())
	case result := <-done:
		err = result.Err
	}
	if err != nil {
		if key != nil {
			return key, nil
		}
		return nil, err
	}
	if key, _, _ = k.lookup(id); key == nil {
		return nil, refused(registration.RefusalKey, "the provider publishes no key with the result's key id")
	}
	return key, nil
}

func (k *keys) lookup(id string) (key *rsa.PublicKey, fetched, failed time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.byID[id], k.fetched, k.failed
}

func (k *keys) fetch(ctx context.Context) error {
	byID, err := k.download(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.failed = k.client.now()
		return err
	}
	k.byID, k.fetched = byID, k.client.now()
	return nil
}

func (k *keys) download(ctx context.Context) (map[string]*rsa.PublicKey, error) {
	got, err := k.client.send(ctx, call{name: "keys", method: http.MethodGet, accept: "application/json", limit: maxKeys},
		func() (*http.Request, error) { return http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil) })
	if err != nil {
		return nil, err
	}
	if got.status != http.StatusOK {
		return nil, got.failure()
	}
	byID, err := parseKeys(got.body)
	if err != nil {
		return nil, fmt.Errorf("%w: keys: %w", registration.ErrProvider, err)
	}
	return byID, nil
}

// parseKeys takes the RSA signing keys with an id and passes over all others, so that a kind of key that we do not
// know spoils none that we do.
func parseKeys(body []byte) (map[string]*rsa.PublicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || set.Keys == nil {
		return nil, errors.New("the answer is not a JSON Web Key Set")
	}
	byID := map[string]*rsa.PublicKey{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) != nil || key.KeyID == "" || len(key.KeyID) > maxKeyID ||
			(key.Use != "" && key.Use != "sig") || (key.Algorithm != "" && key.Algorithm != string(jose.RS256)) {
			continue
		}
		if public, ok := key.Key.(*rsa.PublicKey); ok && public.N.BitLen() >= minModulus {
			byID[key.KeyID] = public
		}
	}
	return byID, nil
}
