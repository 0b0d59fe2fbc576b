// Prints where a session stands. Run it with: go run status.go SESSION_ID
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"
)

const (
	server   = "https://baton.example.com"
	tokenURL = "https://auth.example.com/api/oauth/token"
	clientID = "your-client-id"
)

var client = &http.Client{Timeout: 10 * time.Second}

// status is created, claimed, completed, failed or cancelled; an expired or deleted session answers 404.
type status struct {
	Status   string   `json:"status"`
	Reason   string   `json:"reason"`   // why it failed or was cancelled
	Services []string `json:"services"` // the steps that are done
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run status.go SESSION_ID")
	}
	now, err := sessionStatus(os.Args[1]) // in your backend: from your own record of the registration
	if err != nil {
		log.Fatal(err)
	}
	json.NewEncoder(os.Stdout).Encode(now)
}

func sessionStatus(sessionID string) (now status, err error) {
	bearer, err := bearer()
	if err != nil {
		return now, err
	}
	request, err := http.NewRequest(http.MethodGet, server+"/api/v1/session/"+url.PathEscape(sessionID)+"/status", nil)
	if err != nil {
		return now, err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	answer, err := client.Do(request)
	if err != nil {
		return now, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return now, err
	}
	if answer.StatusCode != http.StatusOK {
		return now, fmt.Errorf("%s: %s", answer.Status, body)
	}
	err = json.Unmarshal(body, &now)
	return now, err
}

// bearer is a token for the server. With an API key of Baton, return the key.
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
