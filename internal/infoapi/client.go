package infoapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"baton/internal/handoff"
	"baton/internal/registration"
)

// Limits on what the provider may cost us.
const (
	// DefaultTimeout bounds a whole call of this package: the token, the request, one retry, the keys.
	DefaultTimeout = 10 * time.Second

	maxResult = 1 << 20 // bytes of a result; real ones have about 10 KiB
	maxImage  = 8 << 20 // bytes of an image; the largest seen has 1.8 MB
	maxKeys   = 256 << 10
	maxError  = 16 << 10 // bytes of an error body that are looked at
)

// Config says where the provider is and who we are there.
type Config struct {
	BaseURL      string // such as https://id.uqudo.io
	TokenURL     string // empty for BaseURL + /api/oauth/token
	JWKSURL      string // empty for BaseURL + /api/.well-known/jwks.json
	ClientID     string
	ClientSecret string
	Issuer       string // the results' iss; empty for BaseURL
	Audience     string // the results' aud; empty for ClientID

	Timeout    time.Duration    // of a whole call; zero for DefaultTimeout
	HTTPClient *http.Client     // nil for one of our own; its redirect rule and time-out are replaced
	Now        func() time.Time // nil for the system's clock
}

// Client calls the provider. Safe for concurrent use.
type Client struct {
	base     string
	issuer   string
	audience string
	timeout  time.Duration
	http     *http.Client
	now      func() time.Time
	tokens   *tokens
	keys     *keys
}

var _ registration.Provider = (*Client)(nil)

// New checks the configuration and names everything that is wrong with it. It calls nobody.
func New(c Config) (*Client, error) {
	base, baseErr := parseURL("base", c.BaseURL)
	if c.TokenURL == "" {
		c.TokenURL = base + "/api/oauth/token"
	}
	if c.JWKSURL == "" {
		c.JWKSURL = base + "/api/.well-known/jwks.json"
	}
	if c.Issuer == "" {
		c.Issuer = base
	}
	if c.Audience == "" {
		c.Audience = c.ClientID
	}
	var tokenErr, keysErr, clientErr, secretErr error
	if baseErr == nil {
		c.TokenURL, tokenErr = parseURL("token", c.TokenURL)
		c.JWKSURL, keysErr = parseURL("JWKS", c.JWKSURL)
	}
	if c.ClientID == "" {
		clientErr = errors.New("infoapi: the provider's client id is missing")
	}
	if c.ClientSecret == "" {
		secretErr = errors.New("infoapi: the provider's client secret is missing")
	}
	if err := errors.Join(baseErr, tokenErr, keysErr, clientErr, secretErr); err != nil {
		return nil, err
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	client := &Client{
		base: base, issuer: c.Issuer, audience: c.Audience,
		timeout: c.Timeout, http: guarded(c.HTTPClient), now: c.Now,
	}
	client.tokens = newTokens(c, client.http)
	client.keys = &keys{url: c.JWKSURL, client: client}
	return client, nil
}

// parseURL wants an absolute http(s) address without credentials, query or fragment. What was given is not repeated in
// the error: an address may hold a password.
func parseURL(name, text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("infoapi: the provider's %s URL must look like https://host/path, without credentials, query and fragment", name)
	}
	return strings.TrimRight(text, "/"), nil
}

// AccessToken returns a token that will do for a phone: it is valid for most of a hand-over's half hour, as far as the
// provider's tokens live that long. It answers registration.ErrProvider.
func (c *Client) AccessToken(ctx context.Context) (handoff.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	token, err := c.tokens.get(ctx, forPhone)
	if err != nil {
		return handoff.Token{}, err
	}
	return handoff.NewToken(token), nil
}

// Result implements registration.Provider.
func (c *Client) Result(ctx context.Context, id handoff.SessionID) (registration.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if _, ok := handoff.ParseSessionID(string(id)); !ok {
		return registration.Result{}, registration.ErrNotReady
	}
	answer, err := c.call(ctx, call{
		name: "info", method: http.MethodGet, path: "/api/v1/info/" + string(id), accept: "application/jwt", limit: maxResult,
	})
	if err != nil {
		return registration.Result{}, err
	}
	switch {
	case answer.status == http.StatusNotFound, answer.status == http.StatusBadRequest && answer.code() == "SESSION_EXPIRED_OR_NOT_FOUND":
		return registration.Result{}, registration.ErrNotReady
	case answer.status != http.StatusOK:
		return registration.Result{}, answer.failure()
	case answer.mediaType != "application/jwt":
		return registration.Result{}, answer.wrongType()
	}
	return c.verify(ctx, string(answer.body), id)
}

// Image implements registration.Provider.
func (c *Client) Image(ctx context.Context, image registration.Image) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if !plainID(image.ID) {
		return nil, registration.ErrImageGone
	}
	answer, err := c.call(ctx, call{
		name: "image", method: http.MethodGet, path: "/api/v1/info/img/" + image.ID, accept: "image/jpeg", limit: maxImage,
	})
	if err != nil {
		return nil, err
	}
	switch {
	case answer.status == http.StatusNotFound, answer.status == http.StatusGone:
		return nil, registration.ErrImageGone
	case answer.status != http.StatusOK:
		return nil, answer.failure()
	case answer.mediaType != "image/jpeg":
		return nil, answer.wrongType()
	}
	sum := sha256.Sum256(answer.body)
	if !strings.EqualFold(image.Checksum, "sha256:"+hex.EncodeToString(sum[:])) { // also where the result named none
		return nil, &registration.RefusedError{Check: registration.RefusalContent, Detail: "an image's bytes do not have the checksum that was signed"}
	}
	if http.DetectContentType(answer.body) != "image/jpeg" {
		return nil, &registration.RefusedError{Check: registration.RefusalContent, Detail: "an image is not a JPEG"}
	}
	return answer.body, nil
}

// plainID keeps what a result calls an image from reaching any other path. Seen are 24 hex digits.
func plainID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
}

// Delete implements registration.Provider.
func (c *Client) Delete(ctx context.Context, id handoff.SessionID) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if _, ok := handoff.ParseSessionID(string(id)); !ok {
		return nil
	}
	answer, err := c.call(ctx, call{name: "delete", method: http.MethodDelete, path: "/api/v1/info/" + string(id), limit: maxError})
	if err != nil {
		return err
	}
	switch answer.status {
	case http.StatusNoContent, http.StatusOK, http.StatusNotFound:
		return nil
	}
	return answer.failure()
}

// code is the provider's name for an error: the `error` of its JSON body. It is compared, never repeated.
func (a answer) code() string {
	var body struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(a.body, &body) != nil {
		return ""
	}
	return body.Error
}
