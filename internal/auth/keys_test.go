package auth_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/auth"
)

// issuer is an identity server whose keys and manners tests change.
type issuer struct {
	*httptest.Server
	mu          sync.Mutex
	keys        []jose.JSONWebKey
	raw         string // in place of the keys
	status      int
	hang        chan struct{}
	fetches     int
	discoveries int
}

func newIssuer(t testing.TB, keys ...jose.JSONWebKey) *issuer {
	i := &issuer{keys: keys, status: http.StatusOK}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.discoveries++
		w.WriteHeader(i.status)
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.URL, i.URL+"/keys")
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
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

func (i *issuer) counted() (fetches, discoveries int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches, i.discoveries
}

func public(kid string, key crypto.PublicKey) jose.JSONWebKey {
	return jose.JSONWebKey{KeyID: kid, Key: key}
}

func remote(t testing.TB, c *clock, i *issuer) *auth.Verifier {
	t.Helper()
	verifier, err := auth.New(auth.Config{Issuer: issuerName, JWKSURL: i.URL + "/keys", Audience: "baton", Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func TestRemoteKeys(t *testing.T) {
	t.Run("FetchedOnceAndTokensRemembered", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		for range 3 {
			for n := range 3 {
				if _, err := verifier.Verify(t.Context(), sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"jti": n}))); err != nil {
					t.Fatal(err)
				}
			}
		}
		if fetches, _ := i.counted(); fetches != 1 {
			t.Errorf("%d fetches, want 1", fetches)
		}
	})

	t.Run("ARememberedTokenEndsWithItsExpiry", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		token := sign(t, jose.RS256, rsaKey, "a", claims(c, nil))
		if _, err := verifier.Verify(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		c.Add(time.Hour + time.Minute)
		if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("after its expiry: %v, want ErrInvalid", err)
		}
	})

	t.Run("ANewKeyIsFoundAfterTheFloor", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		if _, err := verifier.Verify(t.Context(), sign(t, jose.RS256, rsaKey, "a", claims(c, nil))); err != nil {
			t.Fatal(err)
		}
		i.set(func() { i.keys = append(i.keys, public("b", otherKey.Public())) })
		rotated := sign(t, jose.RS256, otherKey, "b", claims(c, nil))
		for range 5 {
			if _, err := verifier.Verify(t.Context(), rotated); !errors.Is(err, auth.ErrInvalid) {
				t.Errorf("within the floor: %v, want ErrInvalid", err)
			}
		}
		if fetches, _ := i.counted(); fetches != 1 {
			t.Errorf("%d fetches within the floor, want 1", fetches)
		}
		c.Add(30 * time.Second)
		if err := verifiedSoon(t, verifier, rotated); err != nil {
			t.Errorf("after the floor: %v", err)
		}
		if fetches, _ := i.counted(); fetches != 2 {
			t.Errorf("%d fetches, want 2", fetches)
		}
	})

	// go-oidc fetches the keys again for every bad signature: anybody could turn us against the issuer.
	t.Run("BadSignaturesCauseOneFetchAFloor", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		for n := range 50 {
			token := sign(t, jose.RS256, otherKey, "a", claims(c, map[string]any{"jti": n}))
			if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
				t.Fatalf("%v, want ErrInvalid", err)
			}
		}
		if fetches, _ := i.counted(); fetches != 1 {
			t.Errorf("%d fetches, want 1", fetches)
		}
	})

	t.Run("OddKeysSpoilNoOthers", func(t *testing.T) {
		c, i := newClock(), newIssuer(t)
		good, err := json.Marshal(public("a", rsaKey.Public()))
		if err != nil {
			t.Fatal(err)
		}
		encryption, err := json.Marshal(jose.JSONWebKey{KeyID: "enc", Use: "enc", Key: otherKey.Public()})
		if err != nil {
			t.Fatal(err)
		}
		i.raw = fmt.Sprintf(`{"keys":[{"kty":"odd"},7,{"kty":"oct","kid":"s","k":"c2VjcmV0"},{"kty":"RSA","kid":"broken","n":"!","e":"AQAB"},%s,%s]}`, encryption, good)
		verifier := remote(t, c, i)
		if _, err := verifier.Verify(t.Context(), sign(t, jose.RS256, rsaKey, "a", claims(c, nil))); err != nil {
			t.Error(err)
		}
		if _, err := verifier.Verify(t.Context(), sign(t, jose.RS256, otherKey, "enc", claims(c, nil))); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("key for encryption: %v, want ErrInvalid", err)
		}
	})

	for name, change := range map[string]func(*issuer){
		"Answers500":  func(i *issuer) { i.status = http.StatusInternalServerError },
		"NoKeySet":    func(i *issuer) { i.raw = "<html>" },
		"EmptyObject": func(i *issuer) { i.raw = "{}" },
		"FarTooLarge": func(i *issuer) { i.raw = `{"keys":[]}` + strings.Repeat(" ", 1<<20) },
		"IsGone":      func(i *issuer) { i.Close() },
	} {
		t.Run("UnavailableWhenTheIssuer"+name, func(t *testing.T) {
			c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
			change(i)
			verifier := remote(t, c, i)
			token := sign(t, jose.RS256, rsaKey, "a", claims(c, nil))
			for range 3 {
				_, err := verifier.Verify(t.Context(), token)
				if !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrInvalid) {
					t.Fatalf("%v, want ErrUnavailable", err)
				}
				if strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "html") {
					t.Errorf("the error tells too much: %v", err)
				}
			}
			if fetches, _ := i.counted(); fetches > 1 {
				t.Errorf("%d fetches in a row, want a pause after a failure", fetches)
			}
		})
	}

	t.Run("GoodAgainAfterAFailure", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		i.status = http.StatusBadGateway
		verifier := remote(t, c, i)
		token := sign(t, jose.RS256, rsaKey, "a", claims(c, nil))
		if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrUnavailable) {
			t.Fatalf("%v, want ErrUnavailable", err)
		}
		i.set(func() { i.status = http.StatusOK })
		c.Add(5 * time.Second)
		if err := verifiedSoon(t, verifier, token); err != nil {
			t.Error(err)
		}
	})

	t.Run("ACallerWaitsNoLongerThanItsDeadline", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		i.hang = make(chan struct{})
		t.Cleanup(func() { close(i.hang) })
		verifier := remote(t, c, i)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := verifier.Verify(ctx, sign(t, jose.RS256, rsaKey, "a", claims(c, nil)))
		if !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
		if waited := time.Since(start); waited > 3*time.Second {
			t.Errorf("waited %v", waited)
		}
	})

	t.Run("ManyAtOnceFetchOnce", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		var wg sync.WaitGroup
		for n := range 20 {
			token := sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"jti": n}))
			wg.Go(func() {
				if _, err := verifier.Verify(t.Context(), token); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if fetches, _ := i.counted(); fetches != 1 {
			t.Errorf("%d fetches, want 1", fetches)
		}
	})
}

func TestDiscovery(t *testing.T) {
	discovering := func(t *testing.T, c *clock, i *issuer, name string) *auth.Verifier {
		t.Helper()
		verifier, err := auth.New(auth.Config{Issuer: name, Audience: "baton", Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		return verifier
	}

	t.Run("KeysAreFoundAtFirstUse", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := discovering(t, c, i, i.URL)
		if _, discoveries := i.counted(); discoveries != 0 {
			t.Errorf("New called the issuer")
		}
		for n := range 3 {
			caller, err := verifier.Verify(t.Context(), sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"iss": i.URL, "jti": n})))
			if err != nil || caller.Tenant != i.URL+"|bank" {
				t.Fatalf("tenant %q, error %v", caller.Tenant, err)
			}
		}
		if fetches, discoveries := i.counted(); fetches != 1 || discoveries != 1 {
			t.Errorf("%d fetches and %d discoveries, want 1 each", fetches, discoveries)
		}
	})

	t.Run("AnIssuerThatIsDownIsAskedAgainLater", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		i.status = http.StatusServiceUnavailable
		verifier := discovering(t, c, i, i.URL)
		token := sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"iss": i.URL}))
		for range 4 {
			if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrUnavailable) {
				t.Fatalf("%v, want ErrUnavailable", err)
			}
		}
		if _, discoveries := i.counted(); discoveries != 1 {
			t.Errorf("%d discoveries in a row, want 1", discoveries)
		}
		i.set(func() { i.status = http.StatusOK })
		c.Add(5 * time.Second)
		if err := verifiedSoon(t, verifier, token); err != nil {
			t.Error(err)
		}
	})

	t.Run("AnotherIssuersDocumentIsRefused", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		name := strings.Replace(i.URL, "127.0.0.1", "localhost", 1)
		verifier := discovering(t, c, i, name)
		token := sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"iss": name}))
		if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
	})
}

// verifiedSoon verifies the token until it is good: go-oidc hands a fetch that has just ended to whoever asks in the same
// moment, so the first answer may still be that of the fetch before.
func verifiedSoon(t *testing.T, verifier *auth.Verifier, token string) error {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, err := verifier.Verify(t.Context(), token)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		runtime.Gosched()
	}
}
