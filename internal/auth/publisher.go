package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	// fetchWithin bounds a fetch of the keys with the discovery before it, and so what a bearer waits at most.
	fetchWithin = 5 * time.Second
	maxDocument = 256 << 10 // bytes of the keys or of the discovery document
)

// publisher is where an issuer publishes its keys. It is called by one at a time.
type publisher struct {
	issuer string
	given  string // where its keys are, as configured; empty for discovery
	found  string // what discovery said; empty where it has to be asked (again)
	client *http.Client
}

func newPublisher(c Config) *publisher {
	var base http.RoundTripper
	if c.HTTPClient != nil {
		base = c.HTTPClient.Transport
	}
	if base == nil {
		base = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &publisher{
		issuer: c.Issuer, given: c.JWKSURL,
		client: &http.Client{Transport: boundedTransport{base}, CheckRedirect: staysSecure},
	}
}

// staysSecure lets no redirect lead from https to http, where anybody on the way could put in a key.
func staysSecure(next *http.Request, before []*http.Request) error {
	if before[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return errors.New("auth: the issuer redirects to an address without TLS")
	}
	if len(before) >= 5 {
		return errors.New("auth: the issuer redirects too often")
	}
	return nil
}

// fetch asks for the keys, whoever waits for them or no longer does.
func (p *publisher) fetch() (publishedKeys, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchWithin)
	defer cancel()
	address := p.given
	if address == "" {
		address = p.found
	}
	if address == "" {
		var err error
		if address, err = p.discover(ctx); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	p.found = "" // unless it proves right
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	keys, err := usableKeys(body)
	if err == nil && p.given == "" {
		p.found = address
	}
	return keys, err
}

// discover asks the issuer where its keys are.
func (p *publisher) discover(ctx context.Context) (string, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.issuer)
	if err != nil {
		return "", err
	}
	var document struct {
		Keys string `json:"jwks_uri"`
	}
	switch err := provider.Claims(&document); {
	case err != nil:
		return "", err
	case !webAddress(document.Keys):
		return "", errors.New("auth: the issuer's discovery document does not say where its keys are")
	case strings.HasPrefix(p.issuer, "https:") && !strings.HasPrefix(document.Keys, "https:"):
		return "", errors.New("auth: the issuer publishes its keys without TLS")
	}
	return document.Keys, nil
}

// boundedTransport takes only a 200 of bearable size.
type boundedTransport struct{ next http.RoundTripper }

func (b boundedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err != nil || response.StatusCode >= 300 && response.StatusCode < 400 {
		return response, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New("auth: the issuer answered with an error")
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxDocument {
		return nil, errors.New("auth: the issuer's answer is larger than allowed")
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// usableKeys takes from a key set only what can verify a signature, so that one odd key neither spoils the others nor is
// used for what it is not meant for.
func usableKeys(body []byte) (publishedKeys, error) {
	var published struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &published); err != nil || published.Keys == nil {
		return nil, errors.New("auth: not a JSON Web Key Set")
	}
	usable := publishedKeys{}
	for _, raw := range published.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && key.KeyID != "" && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			usable[key.KeyID] = append(usable[key.KeyID], key)
		}
	}
	return usable, nil
}
