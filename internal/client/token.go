package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// FetchToken gets a bearer by OAuth 2 client credentials, sent in the form. A nil client is one with a time-out. The
// secret is in no error.
func FetchToken(ctx context.Context, client *http.Client, tokenURL, clientID, clientSecret string) (string, error) {
	if client == nil {
		client = &http.Client{Timeout: 15 * time.Second}
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, tokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", errors.New("the token address is no URL")
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return "", fmt.Errorf("the token endpoint does not answer: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return "", fmt.Errorf("the token endpoint's answer broke off: %w", err)
	}
	var granted struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
	}
	if err := json.Unmarshal(body, &granted); err != nil && response.StatusCode == http.StatusOK {
		return "", errors.New("the token endpoint answered something that is no JSON object")
	}
	if response.StatusCode != http.StatusOK || granted.AccessToken == "" {
		return "", fmt.Errorf("the token endpoint gave no token: %d %s", response.StatusCode, Printable(granted.Error))
	}
	return granted.AccessToken, nil
}
