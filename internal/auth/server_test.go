package auth_test

import (
	"crypto"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// issuer is an identity server whose keys and manners tests change.
type issuer struct {
	*httptest.Server
	mu          sync.Mutex
	at          string // where the keys are
	keys        []jose.JSONWebKey
	raw         string // in place of the keys
	status      int
	hang        chan struct{}
	fetches     int
	discoveries int
}

func newIssuer(t testing.TB, keys ...jose.JSONWebKey) *issuer {
	i := &issuer{keys: keys, at: "/keys", status: http.StatusOK}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.discoveries++
		w.WriteHeader(i.status)
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.URL, i.URL+i.at)
	})
	mux.HandleFunc("GET /{where}", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		if r.URL.Path != i.at {
			http.NotFound(w, r)
			return
		}
		i.fetches++
		if i.hang != nil {
			select {
			case <-i.hang:
			case <-r.Context().Done():
			}
			return
		}
		w.WriteHeader(i.status)
		if i.raw != "" {
			fmt.Fprint(w, i.raw)
			return
		}
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: i.keys})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

// hangUntilTheEnd makes it take requests for its keys and not answer them.
func (i *issuer) hangUntilTheEnd(t *testing.T) {
	hang := make(chan struct{})
	i.set(func() { i.hang = hang })
	t.Cleanup(func() { close(hang) })
}

func (i *issuer) counted() (fetches, discoveries int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches, i.discoveries
}

func public(kid string, key crypto.PublicKey) jose.JSONWebKey {
	return jose.JSONWebKey{KeyID: kid, Key: key}
}
