package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/auth"
)

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
		if _, err := verifier.Verify(t.Context(), rotated); err != nil {
			t.Errorf("after the floor: %v", err)
		}
		if fetches, _ := i.counted(); fetches != 2 {
			t.Errorf("%d fetches, want 2", fetches)
		}
	})

	// A key set that fetches the keys again for every bad signature or unknown key lets anybody turn us against the issuer.
	t.Run("AFloodOfBadTokensCausesOneFetchAFloor", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		for floor := range 3 {
			var wg sync.WaitGroup
			for n := range 20 {
				forged := sign(t, jose.RS256, otherKey, "a", claims(c, map[string]any{"jti": n}))
				unknown := sign(t, jose.ES256, ecKey, fmt.Sprint("unknown", floor, n), claims(c, nil))
				for _, token := range []string{forged, unknown} {
					wg.Go(func() {
						if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
							t.Errorf("%v, want ErrInvalid", err)
						}
					})
				}
			}
			wg.Wait()
			if fetches, _ := i.counted(); fetches != floor+1 {
				t.Errorf("%d fetches in %d floors", fetches, floor+1)
			}
			c.Add(30 * time.Second)
		}
	})

	t.Run("WhatCannotBeGoodIsRefusedWithoutAskingTheIssuer", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		good := strings.Split(sign(t, jose.RS256, rsaKey, "a", claims(c, nil)), ".")
		for name, token := range map[string]string{
			"no key id":             sign(t, jose.RS256, rsaKey, "", claims(c, nil)),
			"a symmetric signature": sign(t, jose.HS256, make([]byte, 32), "a", claims(c, nil)),
			"no signature":          base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"a"}`)) + "." + good[1] + ".",
			"another issuer":        sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"iss": "https://evil.example"})),
			"too long":              sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"padding": strings.Repeat("x", auth.MaxBearer)})),
		} {
			if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", name, err)
			}
		}
		if fetches, _ := i.counted(); fetches != 0 {
			t.Errorf("%d fetches, want none", fetches)
		}
	})

	t.Run("AForgedTokenNeverMakesAnybodyWaitForTheIssuer", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		if _, err := verifier.Verify(t.Context(), sign(t, jose.RS256, rsaKey, "a", claims(c, nil))); err != nil {
			t.Fatal(err)
		}
		c.Add(time.Minute)
		if _, err := verifier.Verify(t.Context(), sign(t, jose.RS256, otherKey, "a", claims(c, nil))); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%v, want ErrInvalid", err)
		}
		if fetches, _ := i.counted(); fetches != 1 {
			t.Errorf("%d fetches, want 1", fetches)
		}
	})

	t.Run("AWithdrawnKeyIsNotBelievedForEver", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()), public("b", otherKey.Public()))
		verifier := remote(t, c, i)
		withdrawn, kept := sign(t, jose.RS256, rsaKey, "a", claims(c, nil)), sign(t, jose.RS256, otherKey, "b", claims(c, nil))
		for _, token := range []string{withdrawn, kept} {
			if _, err := verifier.Verify(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		i.set(func() { i.keys = i.keys[1:] })
		c.Add(10 * time.Minute)
		eventually(t, "the remembered token is refused", func() bool {
			_, err := verifier.Verify(t.Context(), withdrawn)
			return errors.Is(err, auth.ErrInvalid)
		})
		if _, err := verifier.Verify(t.Context(), kept); err != nil {
			t.Errorf("a token by the other key: %v", err)
		}
		if fetches, _ := i.counted(); fetches != 2 {
			t.Errorf("%d fetches, want 2", fetches)
		}
	})

	t.Run("AKeyThatWasReplacedUnderItsIDIsNotBelieved", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		verifier := remote(t, c, i)
		token := sign(t, jose.RS256, rsaKey, "a", claims(c, nil))
		if _, err := verifier.Verify(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		i.set(func() { i.keys = []jose.JSONWebKey{public("a", otherKey.Public())} })
		c.Add(10 * time.Minute)
		eventually(t, "the remembered token is refused", func() bool {
			_, err := verifier.Verify(t.Context(), token)
			return errors.Is(err, auth.ErrInvalid)
		})
		if _, err := verifier.Verify(t.Context(), sign(t, jose.RS256, otherKey, "a", claims(c, nil))); err != nil {
			t.Errorf("by the new key: %v", err)
		}
	})

	t.Run("AKeyIsForItsAlgorithmOnly", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, jose.JSONWebKey{KeyID: "a", Algorithm: "PS256", Key: rsaKey.Public()})
		verifier := remote(t, c, i)
		if _, err := verifier.Verify(t.Context(), sign(t, jose.PS256, rsaKey, "a", claims(c, nil))); err != nil {
			t.Error(err)
		}
		if _, err := verifier.Verify(t.Context(), sign(t, jose.RS256, rsaKey, "a", claims(c, nil))); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("by another algorithm: %v, want ErrInvalid", err)
		}
	})

	for name, change := range map[string]func(*testing.T, *issuer){
		"IsGone":       func(_ *testing.T, i *issuer) { i.Close() },
		"Answers500":   func(_ *testing.T, i *issuer) { i.set(func() { i.status = http.StatusInternalServerError }) },
		"NeverAnswers": func(t *testing.T, i *issuer) { i.hangUntilTheEnd(t) },
	} {
		t.Run("KnownKeysGoOnWhenTheIssuer"+name, func(t *testing.T) {
			c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
			verifier := remote(t, c, i)
			old := sign(t, jose.RS256, rsaKey, "a", claims(c, nil))
			if _, err := verifier.Verify(t.Context(), old); err != nil {
				t.Fatal(err)
			}
			change(t, i)
			c.Add(15 * time.Minute)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := verifier.Verify(ctx, sign(t, jose.RS256, otherKey, "b", claims(c, nil))); !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("by an unknown key: %v, want ErrUnavailable", err)
			}
			for _, token := range []string{old, sign(t, jose.RS256, rsaKey, "a", claims(c, map[string]any{"jti": "other"}))} {
				if _, err := verifier.Verify(ctx, token); err != nil {
					t.Errorf("by a known key: %v", err)
				}
			}
		})
	}

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

	t.Run("FailingAndBeingGoodAgainIsLoggedOnceEach", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		i.status = http.StatusBadGateway
		var log strings.Builder
		verifier, err := auth.New(auth.Config{Issuer: issuerName, JWKSURL: i.URL + "/keys", Audience: "baton", Now: c.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		token := sign(t, jose.RS256, rsaKey, "a", claims(c, nil))
		for range 3 {
			if _, err := verifier.Verify(t.Context(), token); !errors.Is(err, auth.ErrUnavailable) {
				t.Fatalf("%v, want ErrUnavailable", err)
			}
			c.Add(5 * time.Second)
		}
		i.set(func() { i.status = http.StatusOK })
		if _, err := verifier.Verify(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if strings.Count(log.String(), "cannot be fetched") != 1 || strings.Count(log.String(), "can be fetched again") != 1 || strings.Contains(log.String(), token) {
			t.Errorf("logged:\n%s", &log)
		}
	})

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
		if _, err := verifier.Verify(t.Context(), token); err != nil {
			t.Error(err)
		}
	})

	t.Run("ACallerWaitsNoLongerThanItsDeadline", func(t *testing.T) {
		c, i := newClock(), newIssuer(t, public("a", rsaKey.Public()))
		i.hangUntilTheEnd(t)
		verifier := remote(t, c, i)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err := verifier.Verify(ctx, sign(t, jose.RS256, rsaKey, "a", claims(c, nil)))
		// The fetch's own end, seconds later, would be a deadline's.
		if !errors.Is(err, auth.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want ErrUnavailable by the caller's end", err)
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

// eventually polls until it holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
