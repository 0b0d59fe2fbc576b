// Creates a hand-over session and prints it. Run it with: go run create.go
package main

import (
	"bytes"
	"encoding/base64"
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

type session struct {
	ID   string `json:"sessionId"`                 // keep it with the registration in your database
	Text string `json:"qrCodeText"`                // for the page: opens the channel; for an app's own scanner
	Link string `json:"qrCodeTextWithDynamicLink"` // for the page: what a phone's camera opens
}

func main() {
	created, err := createSession("registration-4711")
	if err != nil {
		log.Fatal(err)
	}
	json.NewEncoder(os.Stdout).Encode(created)
}

// createSession starts a hand-over. reference is your own id for it.
func createSession(reference string) (created session, err error) {
	bearer, err := bearer()
	if err != nil {
		return created, err
	}
	// What the app on the phone is to do. Baton does not read it; the provider's reader app takes it as Base64.
	enrolment := `{
		"documents": [{"documentType": "PASSPORT", "reading": {"enabled": true}}],
		"facialRecognition": {"enabled": true},
		"backgroundCheck": {"enabled": true}
	}`
	body, err := json.Marshal(map[string]any{
		"data":      base64.StdEncoding.EncodeToString([]byte(enrolment)),
		"reference": reference,
		"claim":     "once",                                    // one phone only may take the session
		"requester": map[string]string{"name": "Example Shop"}, // who asks, as the phone shows it
		// "token": without it the phone gets the bearer for its calls to the provider; name one that may do no more
		// than a phone has to.
	})
	if err != nil {
		return created, err
	}
	request, err := http.NewRequest(http.MethodPost, server+"/api/v1/session", bytes.NewReader(body))
	if err != nil {
		return created, err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Content-Type", "application/json")
	err = call(request, &created)
	return created, err
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

func call(request *http.Request, into any) error {
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", answer.Status, body) // the body names what to change
	}
	return json.Unmarshal(body, into)
}
