package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/auth"
)

func TestEachIssuerHasItsOwnValuesOrTheShared(t *testing.T) {
	flags := authFlags{
		AuthIssuer:   []string{"https://a.example", " https://a.example/b ", "urn:c"},
		AuthJWKS:     []string{"urn:c=https://keys.example/c"},
		AuthAudience: []string{"baton", "https://a.example/b=other"},
		AuthClients:  []string{"shop", "till", "urn:c=x=y"},
		AuthScope:    []string{"https://a.example=s"},
	}
	env := &environment{}
	configs := flags.issuers(env, nil)
	want := []auth.Config{
		{Issuer: "https://a.example", Audience: "baton", Clients: []string{"shop", "till"}, Scope: "s"},
		{Issuer: "https://a.example/b", Audience: "other", Clients: []string{"shop", "till"}},
		{Issuer: "urn:c", JWKSURL: "https://keys.example/c", Audience: "baton", Clients: []string{"x=y"}},
	}
	shown := func(configs []auth.Config) (all [][]string) {
		for _, c := range configs {
			all = append(all, append([]string{c.Issuer, c.JWKSURL, c.Audience, c.Scope}, c.Clients...))
		}
		return all
	}
	if diff := cmp.Diff(shown(want), shown(configs)); diff != "" || len(env.problems) > 0 {
		t.Errorf("problems %q, configurations (-want +got):\n%s", env.problems, diff)
	}
}

func TestKeysWithoutTLSAreWarnedOf(t *testing.T) {
	for _, test := range []struct {
		config auth.Config
		warned bool
	}{
		{auth.Config{Issuer: "https://id.example"}, false},
		{auth.Config{Issuer: "http://id.example"}, true},
		{auth.Config{Issuer: "http://id.example", JWKSURL: "https://keys.example"}, false},
		{auth.Config{Issuer: "urn:a", JWKSURL: "http://keys.internal:8080/keys"}, true},
		{auth.Config{Issuer: "urn:a", JWKSURL: "http://10.0.0.1/keys"}, true},
		{auth.Config{Issuer: "urn:a", JWKSURL: "http://127.0.0.1:8080/keys"}, false},
		{auth.Config{Issuer: "urn:a", JWKSURL: "http://[::1]:8080/keys"}, false},
		{auth.Config{Issuer: "http://localhost:8080"}, false},
	} {
		var log bytes.Buffer
		warnOfPlainHTTP([]auth.Config{test.config}, slog.New(slog.NewTextHandler(&log, nil)))
		if warned := strings.Contains(log.String(), "without TLS"); warned != test.warned {
			t.Errorf("%s, %s: warned %v, want %v", test.config.Issuer, test.config.JWKSURL, warned, test.warned)
		}
	}
}
