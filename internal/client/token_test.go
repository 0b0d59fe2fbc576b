package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"baton/internal/client"
)

func TestFetchToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != "sandbox" || r.FormValue("client_secret") != "right" {
			w.WriteHeader(http.StatusUnauthorized)
			w.Write([]byte(`{"error":"invalid_client"}`))
			return
		}
		w.Write([]byte(`{"access_token":"a-token","token_type":"bearer"}`))
	}))
	t.Cleanup(server.Close)
	if got, err := client.FetchToken(t.Context(), nil, server.URL, "sandbox", "right"); err != nil || got != "a-token" {
		t.Errorf("token %q, error %v", got, err)
	}
	_, err := client.FetchToken(t.Context(), nil, server.URL, "sandbox", "wrong-secret")
	if err == nil || !strings.Contains(err.Error(), "401 invalid_client") || strings.Contains(err.Error(), "wrong-secret") {
		t.Errorf("error %v, want 401 invalid_client without the secret", err)
	}
}
