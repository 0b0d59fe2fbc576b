package infoapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"

	"baton/internal/handoff"
	"baton/internal/registration"
)

// purpose says how long a token must be good for yet.
type purpose int

const (
	forUs    purpose = iota // one call, now
	forPhone                // a person with a phone, who has up to half an hour
)

const (
	leftForUs    = time.Minute
	leftForPhone = 25 * time.Minute
	// unstatedLife is what a token is kept for whose answer does not say.
	unstatedLife = 2 * time.Minute
)

// tokens keeps one access token and replaces it in time. The provider's tokens live 30 minutes, a hand-over too, so a
// token that is handed out would ideally be new each time; with 25 minutes left it sees nearly every phone through
// and still spares five minutes' worth of token calls.
type tokens struct {
	config  clientcredentials.Config
	http    *http.Client
	now     func() time.Time
	timeout time.Duration
	flight  singleflight.Group

	mu   sync.Mutex
	kept token
}

type token struct {
	text    string
	life    time.Duration
	expires time.Time
}

func newTokens(c Config, client *http.Client) *tokens {
	return &tokens{
		config: clientcredentials.Config{
			ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.TokenURL,
			AuthStyle: oauth2.AuthStyleInParams, // the provider takes them in the body only
		},
		http: client, now: c.Now, timeout: c.Timeout,
	}
}

// good reports whether t lasts long enough. A token that lives too short to ever satisfy the purpose is good for the
// first part of its life: half of it for us, a sixth for a phone.
func (t token) good(now time.Time, p purpose) bool {
	need := min(leftForUs, t.life/2)
	if p == forPhone {
		need = min(leftForPhone, t.life*5/6)
	}
	return t.text != "" && t.expires.Sub(now) > need
}

// get returns a token for the purpose, the kept one or a new one. Callers at the same time share one request, which
// goes on when one of them gives up.
func (t *tokens) get(ctx context.Context, p purpose) (string, error) {
	if kept := t.current(); kept.good(t.now(), p) {
		return kept.text, nil
	}
	fetched := t.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.timeout)
		defer cancel()
		return t.fetch(ctx)
	})
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("%w: token took too long or was given up: %w", registration.ErrProvider, ctx.Err())
	case result := <-fetched:
		if result.Err != nil {
			return "", result.Err
		}
		return result.Val.(string), nil
	}
}

func (t *tokens) current() token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept
}

// forget drops the kept token if it is still that one.
func (t *tokens) forget(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept.text == text {
		t.kept = token{}
	}
}

func (t *tokens) fetch(ctx context.Context) (string, error) {
	start, asked := time.Now(), t.now()
	got, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.http))
	if err != nil {
		return "", tokenFailure(ctx, err)
	}
	if len(got.AccessToken) > handoff.MaxToken {
		return "", fmt.Errorf("%w: the access token is longer than a phone can be handed", registration.ErrProvider)
	}
	life := unstatedLife
	if !got.Expiry.IsZero() {
		life = got.Expiry.Sub(start) // oauth2 reckons with the system's clock, t.now may be another
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = token{text: got.AccessToken, life: life, expires: asked.Add(life)}
	return got.AccessToken, nil
}

// tokenFailure keeps the answer's body out of the error: oauth2's own text repeats it.
func tokenFailure(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.Response != nil {
		hint := ""
		if e.Response.StatusCode == http.StatusUnauthorized || e.ErrorCode == "invalid_client" {
			hint = "; check the client id and secret"
		}
		return fmt.Errorf("%w: token answered with status %d%s", registration.ErrProvider, e.Response.StatusCode, hint)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: token took too long: %w", registration.ErrProvider, ctx.Err())
	}
	return fmt.Errorf("%w: no token could be had", registration.ErrProvider)
}
