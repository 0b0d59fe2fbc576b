package main

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"baton/internal/auth"
	"baton/internal/conform"
	"baton/internal/sandbox"
)

// startServe runs `baton serve` with the bearers of a demo's sandbox.
func startServe(t *testing.T, demo string, args ...string) string {
	t.Helper()
	address, _ := startServer(t, append([]string{
		"serve", "--db", filepath.Join(t.TempDir(), "baton.db"), "--public-url", "https://baton.example",
		"--auth-issuer", sandbox.Issuer, "--auth-jwks", demo + "/sandbox/api/.well-known/jwks.json", "--auth-clients", sandbox.DefaultClientID,
	}, args...)...)
	return address
}

func TestServeAndDemoKeepTheContract(t *testing.T) {
	t.Parallel()
	demo, _ := startDemo(t)
	for name, address := range map[string]string{"demo": demo, "serve": startServe(t, demo)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop, err := newBackend(t.Context(), demo, address)
			if err != nil {
				t.Fatal(err)
			}
			report, err := conform.Run(t.Context(), conform.Options{URL: address, Bearer: shop.bearer})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report.Results {
				// Two checks wait for what a test does not: half an hour, and somebody with a phone.
				patient := strings.Contains(r.Name, "30th minute") || strings.Contains(r.Name, "real phone")
				if r.Outcome == conform.Failed || r.Outcome == conform.NotChecked && !patient {
					t.Errorf("%s", line(r))
				}
			}
		})
	}
}

func TestServeTakesAPIKeysBesideTokens(t *testing.T) {
	t.Parallel()
	demo, _ := startDemo(t)
	file := filepath.Join(t.TempDir(), "keys")
	shop, shopNext, bank := auth.NewAPIKey(), auth.NewAPIKey(), auth.NewAPIKey()
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(shop.Line("shop"), shopNext.Line("shop"), bank.Line("bank"))
	address := startServe(t, demo, "--api-keys", file, "--api-keys-every", "20ms")
	withToken, err := newBackend(t.Context(), demo, address)
	if err != nil {
		t.Fatal(err)
	}
	with := func(key auth.APIKey) backend { return backend{t.Context(), address, key.Reveal()} }

	for name, b := range map[string]backend{"key": with(shop), "token": withToken} {
		made, err := b.create("something")
		if err != nil {
			t.Fatalf("by %s: %v", name, err)
		}
		for other, c := range map[string]struct {
			backend
			sees bool
		}{
			"key": {with(shop), name == "key"}, "another key of its name": {with(shopNext), name == "key"},
			"a key of another name": {with(bank), false}, "token": {withToken, name == "token"},
		} {
			err := c.report(made.ID, "SCAN")
			if c.sees && err != nil || !c.sees && (err == nil || !strings.Contains(err.Error(), "404")) {
				t.Errorf("made by %s, reported by %s: %v, want seen: %v", name, other, err, c.sees)
			}
		}
	}

	for name, c := range map[string]struct {
		by    backend
		token string
	}{"key": {with(shop), ""}, "token": {withToken, withToken.bearer}} {
		made, err := c.by.create("something")
		if err != nil {
			t.Fatal(err)
		}
		var claimed struct {
			Token *string `json:"token"`
		}
		if err := c.by.call(http.MethodGet, "/api/v1/session", made.Text, nil, &claimed); err != nil {
			t.Fatal(err)
		}
		if claimed.Token == nil || *claimed.Token != c.token {
			t.Errorf("made by %s without a token: the phone gets another token than it should", name)
		}
	}
	write(shopNext.Line("shop"))
	for name, key := range map[string]auth.APIKey{"removed": shop, "removed with its name": bank} {
		waitFor(t, "a key to stop working that was "+name, func() bool {
			_, err := with(key).create("something")
			return err != nil && strings.Contains(err.Error(), "401")
		})
	}
	if _, err := with(shopNext).create("something"); err != nil {
		t.Errorf("the key that stayed: %v", err)
	}
}

// TestServeTakesSeveralIssuers: each has its own keys, and what is accepted of one is not of another.
func TestServeTakesSeveralIssuers(t *testing.T) {
	t.Parallel()
	demo, _ := startDemo(t)
	args := []string{"--auth-issuer", "urn:other", "--auth-jwks", "urn:other=http://127.0.0.1:1/keys", "--auth-clients", "urn:other=shop"}
	if _, _, stderr := runWith(t.Context(), nil, append([]string{"serve", "--public-url", "https://b.example", "--auth-issuer", sandbox.Issuer,
		"--auth-jwks", demo + "/keys", "--auth-clients", "x"}, args...)...); !strings.Contains(stderr, "must say whose keys") {
		t.Errorf("a key set that could be either's: %q", stderr)
	}
	address, _ := startServer(t, append([]string{
		"serve", "--db", filepath.Join(t.TempDir(), "baton.db"), "--public-url", "https://baton.example",
		"--auth-issuer", sandbox.Issuer, "--auth-jwks", sandbox.Issuer + "=" + demo + "/sandbox/api/.well-known/jwks.json", "--auth-clients", sandbox.Issuer + "=" + sandbox.DefaultClientID,
	}, args...)...)
	b, err := newBackend(t.Context(), demo, address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.create("something"); err != nil {
		t.Error(err)
	}
	unknown := "eyJhbGciOiJFZERTQSIsImtpZCI6ImEifQ." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"urn:other"}`)) + "." + strings.Repeat("A", 86)
	if _, err := (backend{t.Context(), address, unknown}).create("something"); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a token of the issuer that cannot be reached: %v, want 503", err)
	}
	unknown = "eyJhbGciOiJFZERTQSIsImtpZCI6ImEifQ." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"urn:third"}`)) + "." + strings.Repeat("A", 86)
	if _, err := (backend{t.Context(), address, unknown}).create("something"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a token of nobody's: %v, want 401", err)
	}
}
