package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"baton/internal/auth"
)

func TestServeKeepsToItsLimits(t *testing.T) {
	t.Parallel()
	key := auth.NewAPIKey()
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(key.Line("shop")), 0o600); err != nil {
		t.Fatal(err)
	}
	serve := func(flags ...string) string {
		t.Helper()
		address, _ := startServer(t, append([]string{"serve", "--public-url", "http://127.0.0.1", "--api-keys", file,
			"--db", filepath.Join(t.TempDir(), "baton.db")}, flags...)...)
		return address
	}
	// ask creates a session as a page of an origin and returns the answer's status.
	ask := func(address, bearer, origin string) int {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/api/v1/session", strings.NewReader(`{"data":""}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+bearer)
		request.Header.Set("Content-Type", "application/json")
		if origin != "" {
			request.Header.Set("Origin", origin)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusTooManyRequests && response.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to come again")
		}
		return response.StatusCode
	}
	for name, test := range map[string]struct {
		flags          []string
		bearer, origin string
		want           []int
	}{
		"creations":                 {[]string{"--limit-creations", "0.001"}, key.Reveal(), "", []int{200, 429}},
		"sessions":                  {[]string{"--limit-sessions", "4"}, key.Reveal(), "", []int{200, 200, 429}},
		"guesses":                   {[]string{"--limit-guesses", "0.001"}, "wrong", "", []int{401, 429}},
		"no limit":                  {[]string{"--limit-creations=-1", "--limit-sessions=-1"}, key.Reveal(), "", []int{200, 200, 200}},
		"an origin of the tenant's": {[]string{"--tenant-origins", "key|shop=https://shop.example"}, key.Reveal(), "https://shop.example", []int{200}},
		"an origin of nobody's":     {[]string{"--tenant-origins", "key|shop=https://shop.example"}, key.Reveal(), "https://other.example", []int{403}},
		"a server's origin that the tenant has not": {[]string{"--origins", "https://other.example", "--tenant-origins", "key|shop=https://shop.example"},
			key.Reveal(), "https://other.example", []int{403}},
		"the strict policy": {[]string{"--policy", "strict"}, key.Reveal(), "", []int{400}},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(test.flags...)
			for i, want := range test.want {
				if got := ask(address, test.bearer, test.origin); got != want {
					t.Errorf("call %d is answered %d, want %d", i+1, got, want)
				}
			}
		})
	}
}
