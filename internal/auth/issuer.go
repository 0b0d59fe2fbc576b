package auth

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Config says which tokens of one issuer are accepted. Its keys are Keys, or those at JWKSURL, or, with neither, those that
// the issuer says by OpenID Connect discovery.
type Config struct {
	Issuer   string   // the tokens' iss
	JWKSURL  string   // where the keys are published
	Audience string   // must be among the tokens' aud; empty does not check
	Clients  []string // the backends that may come, by client_id, else azp, else sub; empty for all
	Scope    string   // must be among the tokens' scope or scp; empty does not check

	Keys map[string]crypto.PublicKey // static keys by kid, in place of JWKSURL and discovery

	HTTPClient *http.Client     // nil for one of our own; its time-out is replaced
	Now        func() time.Time // nil for the system's clock; that of New's first Config counts for all
	Log        *slog.Logger     // told when the keys cannot be fetched; nil discards
}

func (c Config) check() error {
	var errs []error
	switch {
	case c.Issuer == "":
		errs = append(errs, errors.New("auth: an issuer has no name; name the iss that its tokens have"))
	case c.Issuer == keyTenant || strings.Contains(c.Issuer, "|"):
		errs = append(errs, errors.New("auth: an issuer's name must not hold a | and must not be the word for API keys: tenants could be taken for each other"))
	}
	if len(c.Keys) > 0 && c.JWKSURL != "" {
		errs = append(errs, errors.New("auth: give keys or a JWKS URL, not both"))
	}
	if len(c.Keys) == 0 && c.Audience == "" && len(c.Clients) == 0 && c.Scope == "" {
		errs = append(errs, errors.New("auth: any token of the issuer would do, also those it issues for other services; name an audience, the clients or a scope"))
	}
	if c.JWKSURL != "" && !webAddress(c.JWKSURL) {
		errs = append(errs, errors.New("auth: the JWKS URL must be an absolute http(s) URL"))
	}
	if len(c.Keys) == 0 && c.JWKSURL == "" && c.Issuer != "" && !webAddress(c.Issuer) {
		errs = append(errs, errors.New("auth: the issuer must be an absolute http(s) URL, so that it can be asked for its keys; else give a JWKS URL"))
	}
	if slices.Contains(c.Clients, "") {
		errs = append(errs, errors.New("auth: the list of clients has an empty entry"))
	}
	for kid, key := range c.Keys {
		if kid == "" || !(&jose.JSONWebKey{Key: key}).Valid() || !(&jose.JSONWebKey{Key: key}).IsPublic() {
			errs = append(errs, errors.New("auth: every static key needs an id and must be a public RSA, EC or Ed25519 key"))
			break
		}
	}
	return errors.Join(errs...)
}

func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// issuer is an identity server whose tokens are accepted.
type issuer struct {
	name, audience, scope string
	clients               []string
	keys                  *keySet
}

func newIssuer(c Config, now func() time.Time) *issuer {
	i := &issuer{name: c.Issuer, audience: c.Audience, scope: c.Scope, clients: slices.Clone(c.Clients)}
	if len(c.Keys) > 0 {
		i.keys = staticKeySet(c.Keys)
	} else {
		log := c.Log
		if log == nil {
			log = slog.New(slog.DiscardHandler)
		}
		i.keys = newKeySet(newPublisher(c).fetch, now, log.With("issuer", c.Issuer))
	}
	return i
}

// verify is for a token that says it is this issuer's.
func (i *issuer) verify(ctx context.Context, t *token, now time.Time) (Caller, error) {
	keys, err := i.keys.find(ctx, t.keyID)
	if err != nil {
		return Caller{}, err
	}
	if !t.signedBy(keys) {
		return Caller{}, invalid("its signature is wrong")
	}
	client := t.client()
	switch {
	case t.claims.Expiry == nil:
		return Caller{}, invalid("it does not say when it expires")
	case !now.Before(t.claims.Expiry.Time().Add(skew)):
		return Caller{}, invalid("it has expired")
	case t.claims.NotBefore != nil && now.Add(skew).Before(t.claims.NotBefore.Time()):
		return Caller{}, invalid("it is not valid yet")
	case t.claims.IssuedAt != nil && now.Add(skew).Before(t.claims.IssuedAt.Time()):
		return Caller{}, invalid("it says that it was issued in the future")
	case i.audience != "" && !slices.Contains(t.claims.Audience, i.audience):
		return Caller{}, invalid("it is for another audience")
	case client == "" || len(client) > maxClient:
		return Caller{}, invalid("it does not say whose it is, or at too great length")
	case len(i.clients) > 0 && !slices.Contains(i.clients, client):
		return Caller{}, invalid("this client is not among those that may come")
	case i.scope != "" && !slices.Contains(t.scopes(), i.scope):
		return Caller{}, invalid("it lacks the scope")
	}
	return Caller{Tenant: i.name + "|" + client}, nil
}
