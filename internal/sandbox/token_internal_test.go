package sandbox

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// keyOnly is a store that has a signing key and no result.
type keyOnly struct{ Store }

func (keyOnly) SigningKey(_ context.Context, create func() (SigningKey, error)) (SigningKey, error) {
	return create()
}

func (keyOnly) Result(context.Context, string, time.Time) (Result, error) {
	return Result{}, ErrNotFound
}

func TestAccessTokenClaimsAreChecked(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := New(t.Context(), Config{Store: keyOnly{}, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(*accessClaims)
		status int
	}{
		{"ours", func(*accessClaims) {}, http.StatusBadRequest}, // let through: there is no result
		{"another issuer's", func(c *accessClaims) { c.Issuer = "urn:other" }, http.StatusUnauthorized},
		{"another audience's", func(c *accessClaims) { c.Audience = []string{DefaultClientID} }, http.StatusUnauthorized},
		{"expired", func(c *accessClaims) { c.Expires = now.Unix() }, http.StatusUnauthorized},
		{"not yet valid", func(c *accessClaims) { c.NotBefore = now.Unix() + 1 }, http.StatusUnauthorized},
		{"another client's", func(c *accessClaims) { c.ClientID = "other" }, http.StatusForbidden},
		{"of no client", func(c *accessClaims) { c.ClientID = "" }, http.StatusForbidden},
		{"without the scope", func(c *accessClaims) { c.Scope = []string{scopeScan} }, http.StatusForbidden},
	} {
		t.Run(test.name, func(t *testing.T) {
			claims := accessClaims{
				Audience: []string{tokenAudience}, ClientID: DefaultClientID, Expires: now.Unix() + 60, IssuedAt: now.Unix(),
				Issuer: Issuer, ID: "x", NotBefore: now.Unix(), Scope: []string{scopeInfo}, Subject: DefaultClientID,
			}
			test.change(&claims)
			bearer, err := s.sign(claims)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "/api/v1/info/00000000-0000-4000-8000-000000000001", nil)
			r.Header.Set("Authorization", "Bearer "+bearer)
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != test.status {
				t.Errorf("got %d, want %d", w.Code, test.status)
			}
		})
	}
}
