package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/auth"
)

// TestNobodyWaitsForEverForAnIssuer hangs where the time-out is missing. It takes as long as that is.
func TestNobodyWaitsForEverForAnIssuer(t *testing.T) {
	t.Parallel()
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never reads
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	deafURL := "http://" + deaf.Addr().String()
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for tick := time.NewTicker(100 * time.Millisecond); ; { // a byte now and then
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
			}
		}
	}))
	defer slow.Close()
	var all sync.WaitGroup
	for name, config := range map[string]auth.Config{
		"whose keys do not come": {Issuer: issuerName, JWKSURL: deafURL + "/keys", Audience: "baton"},
		"that is not discovered": {Issuer: deafURL, Audience: "baton"},
		"whose keys drip":        {Issuer: issuerName, JWKSURL: slow.URL, Audience: "baton"},
	} {
		all.Go(func() {
			c := newClock()
			config.Now = c.Now
			verifier, err := auth.New(config)
			if err != nil {
				t.Error(err)
				return
			}
			var wg sync.WaitGroup
			for n := range 20 {
				token := sign(t, jose.ES256, ecKey, fmt.Sprint("unknown", n), claims(c, map[string]any{"iss": config.Issuer}))
				wg.Go(func() {
					if _, err := verifier.Verify(context.Background(), token); !errors.Is(err, auth.ErrUnavailable) {
						t.Errorf("an issuer %s: %v, want ErrUnavailable", name, err)
					}
				})
			}
			wg.Wait()
			if _, err := verifier.Verify(context.Background(), sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"iss": config.Issuer}))); !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("right after it: %v, want ErrUnavailable", err)
			}
		})
	}
	all.Wait()
}

func TestKeysComeByTLSWhereTheIssuerHasIt(t *testing.T) {
	plain := newIssuer(t, public("a", rsaKey.Public()))
	mux := http.NewServeMux()
	secure := httptest.NewTLSServer(mux)
	defer secure.Close()
	keys := "/keys"
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		where := plain.URL + "/keys"
		if keys != "" {
			where = secure.URL + keys
		}
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, secure.URL, where)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: plain.keys})
	})
	mux.HandleFunc("GET /elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, secure.URL+"/keys", http.StatusFound)
	})
	mux.HandleFunc("GET /leading-out", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+"/keys", http.StatusFound)
	})
	mux.HandleFunc("GET /circle", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/circle", http.StatusFound)
	})
	for _, test := range []struct {
		name, keys string
		want       error
	}{
		{"ByTLS", "/keys", nil},
		{"ByARedirectToTLS", "/elsewhere", nil},
		{"NotByARedirectToPlainHTTP", "/leading-out", auth.ErrUnavailable},
		{"NotInACircle", "/circle", auth.ErrUnavailable},
		{"NotWhereDiscoveryNamesPlainHTTP", "", auth.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClock()
			keys = test.keys
			verifier, err := auth.New(auth.Config{Issuer: secure.URL, Audience: "baton", Now: c.Now, HTTPClient: secure.Client()})
			if err != nil {
				t.Fatal(err)
			}
			_, err = verifier.Verify(t.Context(), sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"iss": secure.URL})))
			if !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
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
		if _, err := verifier.Verify(t.Context(), token); err != nil {
			t.Error(err)
		}
	})

	t.Run("KeysThatMovedAreFoundAgain", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := discovering(t, c, i, i.URL)
		token := func(n int) string {
			return sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"iss": i.URL, "jti": n}))
		}
		if _, err := verifier.Verify(t.Context(), token(0)); err != nil {
			t.Fatal(err)
		}
		i.set(func() { i.at = "/moved"; i.keys = append(i.keys, public("b", otherKey.Public())) })
		fresh := sign(t, jose.RS256, otherKey, "b", claims(c, map[string]any{"iss": i.URL}))
		c.Add(30 * time.Second)
		if _, err := verifier.Verify(t.Context(), fresh); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("where the keys were: %v, want ErrUnavailable", err)
		}
		c.Add(5 * time.Second)
		if _, err := verifier.Verify(t.Context(), fresh); err != nil {
			t.Errorf("after it: %v", err)
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
