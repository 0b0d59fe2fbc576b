// Fetches a session's result from the provider and checks it. Run it with:
// go mod init example && go mod tidy && go run main.go SESSION_ID
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	provider = "https://id.example.com"     // where results and their keys are
	issuer   = "https://issuer.example.com" // who must have signed: iss
	audience = "your-audience"              // for whom: aud
	tokenURL = "https://auth.example.com/api/oauth/token"
	clientID = "your-client-id"
)

var client = &http.Client{Timeout: 10 * time.Second}

// keys are the provider's, fetched when a result names one that is not known yet. Keep it for the life of the process.
var keys = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), provider+"/api/.well-known/jwks.json")

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run main.go SESSION_ID")
	}
	// In your backend the session's id comes from your own record of the registration, never from the page.
	data, err := result(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", data)
}

// result returns what the provider says of a session, once it is certain that the provider says so, to us, of this session.
func result(ctx context.Context, sessionID string) (json.RawMessage, error) {
	signed, err := fetch(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	// Signature, iss, aud and exp.
	verifier := oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{oidc.RS256}})
	token, err := verifier.Verify(ctx, signed)
	if err != nil {
		return nil, err
	}
	var claims struct {
		ID   string          `json:"jti"`
		Data json.RawMessage `json:"data"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	if !strings.EqualFold(claims.ID, sessionID) {
		return nil, errors.New("the result is another session's")
	}
	return claims.Data, nil
}

func fetch(ctx context.Context, sessionID string) (string, error) {
	bearer, err := bearer()
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, provider+"/api/v1/info/"+url.PathEscape(sessionID), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Accept", "application/jwt")
	answer, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("no result: %s", answer.Status)
	}
	return strings.TrimSpace(string(body)), nil
}

// bearer is a token for the provider.
func bearer() (string, error) {
	secret := os.Getenv("CLIENT_SECRET") // from the environment, not from the source
	if secret == "" {
		secret = "your-client-secret"
	}
	answer, err := client.PostForm(tokenURL, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret},
	})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("no token: %s", answer.Status)
	}
	err = json.NewDecoder(answer.Body).Decode(&token)
	return token.AccessToken, err
}
