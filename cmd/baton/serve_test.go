package main

import (
	"path/filepath"
	"strings"
	"testing"

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
