package auth

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// Errors of Verify.
var (
	ErrInvalid     = errors.New("auth: the bearer token is not valid")                    // 401
	ErrUnavailable = errors.New("auth: the bearer token cannot be checked at the moment") // 503
)

const (
	// MaxBearer is the longest token that is looked at, in bytes. Real ones have about 1 KiB.
	MaxBearer = 8 << 10
	// skew is how far the issuer's clock may be from ours.
	skew = time.Minute
	// callWithin bounds one request to the issuer, and so what a bearer waits at most.
	callWithin = 5 * time.Second
)

// algorithms are the signatures that are accepted: asymmetric ones only, since whoever can check a symmetric one can
// also make it.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// Config says whose tokens are accepted. One source of keys is needed: Keys, or JWKSURL, or Issuer alone, which is then
// asked where its keys are (OpenID Connect discovery).
type Config struct {
	Issuer   string   // the tokens' iss; empty accepts any that the keys sign for
	Audience string   // must be among the tokens' aud; empty does not check
	JWKSURL  string   // where the keys are published
	Clients  []string // the backends that may come, by client_id, else azp, else sub; empty for all

	Keys map[string]crypto.PublicKey // static keys by kid, in place of JWKSURL and discovery

	HTTPClient *http.Client     // nil for one of our own; its time-out is replaced
	Now        func() time.Time // nil for the system's clock
}

// Caller is a backend whose token was verified.
type Caller struct {
	Tenant string // issuer and client; sees only its own sessions
}

// Verifier verifies bearer tokens and remembers them until they expire. Safe for concurrent use.
type Verifier struct {
	audience   string
	clients    []string
	now        func() time.Time
	oidc       *oidc.IDTokenVerifier
	remembered *memory
}

// New checks the configuration and names everything that is wrong with it. It calls nobody: keys are fetched when the
// first token comes, so that a server starts while its issuer is down.
func New(c Config) (*Verifier, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	names := make([]string, len(algorithms))
	for i, algorithm := range algorithms {
		names[i] = string(algorithm)
	}
	var keys oidc.KeySet = staticKeys(maps.Clone(c.Keys))
	if len(c.Keys) == 0 {
		keys = newRemoteKeys(c)
	}
	return &Verifier{
		audience: c.Audience, clients: slices.Clone(c.Clients), now: c.Now,
		oidc: oidc.NewVerifier(c.Issuer, keys, &oidc.Config{
			SupportedSigningAlgs: names,
			ClientID:             c.Audience, SkipClientIDCheck: c.Audience == "",
			SkipIssuerCheck: c.Issuer == "",
			SkipExpiryCheck: true, // ours has the same skew on both sides
		}),
		remembered: newMemory(),
	}, nil
}

func (c Config) check() error {
	var errs []error
	if len(c.Keys) == 0 && c.JWKSURL == "" && c.Issuer == "" {
		errs = append(errs, errors.New("auth: nothing says how bearer tokens are verified; name an issuer, a JWKS URL or keys"))
	}
	if len(c.Keys) > 0 && c.JWKSURL != "" {
		errs = append(errs, errors.New("auth: give keys or a JWKS URL, not both"))
	}
	if len(c.Keys) == 0 && c.Audience == "" && len(c.Clients) == 0 {
		errs = append(errs, errors.New("auth: any token of the issuer would do, also those it issues for other services; name an audience or the clients"))
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

// claims are what of a token decides beside its issuer and audience.
type claims struct {
	NotBefore float64 `json:"nbf"`
	ClientID  string  `json:"client_id"`
	Party     string  `json:"azp"`
	Subject   string  `json:"sub"`
}

// Verify checks a bearer token (without the scheme word) and says whose it is. It answers ErrInvalid, or
// ErrUnavailable where the issuer's keys cannot be had.
func (v *Verifier) Verify(ctx context.Context, bearer string) (Caller, error) {
	if bearer == "" || len(bearer) > MaxBearer {
		return Caller{}, invalid("it is empty or longer than 8 KiB")
	}
	digest, now := sha256.Sum256([]byte(bearer)), v.now()
	if caller, ok := v.remembered.find(digest, now); ok {
		return caller, nil
	}
	caller, expires, err := v.verify(ctx, bearer, now)
	if err != nil {
		return Caller{}, err
	}
	v.remembered.keep(digest, caller, expires, now)
	return caller, nil
}

func (v *Verifier) verify(ctx context.Context, bearer string, now time.Time) (Caller, time.Time, error) {
	jws, err := jose.ParseSignedCompact(bearer, algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return Caller{}, time.Time{}, invalid("it is not a compact JWT with an asymmetric signature")
	}
	if jws.Signatures[0].Protected.KeyID == "" {
		return Caller{}, time.Time{}, invalid("it names no key")
	}
	ctx, trouble := watchKeys(ctx)
	token, err := v.oidc.Verify(ctx, bearer)
	switch {
	case *trouble != nil:
		return Caller{}, time.Time{}, fmt.Errorf("%w: %w", ErrUnavailable, *trouble)
	case err != nil: // its text quotes claims
		return Caller{}, time.Time{}, invalid("signature, issuer or audience is wrong")
	}
	var c claims
	if token.Claims(&c) != nil {
		return Caller{}, time.Time{}, invalid("its claims do not have the documented form")
	}
	client := c.ClientID
	if client == "" {
		client = c.Party
	}
	if client == "" {
		client = c.Subject
	}
	notBefore := time.UnixMilli(int64(min(max(c.NotBefore, 0), 1<<40) * 1000))
	switch {
	case !now.Before(token.Expiry.Add(skew)):
		return Caller{}, time.Time{}, invalid("it has expired or does not say when")
	case now.Add(skew).Before(notBefore):
		return Caller{}, time.Time{}, invalid("it is not valid yet")
	case token.Issuer == "" || client == "":
		return Caller{}, time.Time{}, invalid("it does not say whose it is")
	case len(v.clients) > 0 && !slices.Contains(v.clients, client):
		return Caller{}, time.Time{}, invalid("this client is not among those that may come")
	}
	return Caller{Tenant: token.Issuer + "|" + client}, token.Expiry, nil
}

func invalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }
