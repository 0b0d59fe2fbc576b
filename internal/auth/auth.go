package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors of Verify.
var (
	ErrInvalid     = errors.New("auth: the bearer token is not valid")                    // 401
	ErrUnavailable = errors.New("auth: the bearer token cannot be checked at the moment") // 503
)

// MaxBearer is the longest bearer that is looked at, in bytes. Real ones have about 1 KiB.
const MaxBearer = 8 << 10

// Caller is a backend whose bearer was verified.
type Caller struct {
	// Tenant is whose sessions it sees, and no others: issuer|client of a token, key|name of an API key.
	Tenant string
	// Key says that the bearer is a static API key. It opens every session of its tenant for years: it must never be
	// handed to a phone as a token is.
	Key bool
}

// Gate takes API keys and tokens. Where one of them is nil, its bearers are refused. Safe for concurrent use.
type Gate struct {
	Keys   *KeyFile
	Tokens *Verifier
}

// Verify is KeyFile.Verify or Verifier.Verify, as the bearer looks.
func (g Gate) Verify(ctx context.Context, bearer string) (Caller, error) {
	switch isKey := strings.HasPrefix(bearer, keyPrefix); {
	case isKey && g.Keys != nil:
		return g.Keys.Verify(ctx, bearer)
	case !isKey && g.Tokens != nil:
		return g.Tokens.Verify(ctx, bearer)
	}
	return Caller{}, invalid("this kind of bearer is not accepted here")
}

// Verifier verifies the tokens of its issuers and remembers them until they expire. Safe for concurrent use.
type Verifier struct {
	issuers    map[string]*issuer
	now        func() time.Time
	remembered *memory
}

// New makes a Verifier of one or more issuers, and names everything that is wrong with them. It calls nobody: keys are
// fetched when the first token comes, so that a server starts while its issuer is down.
func New(configs ...Config) (*Verifier, error) {
	var errs []error
	if len(configs) == 0 {
		errs = append(errs, errors.New("auth: nothing says how bearer tokens are verified; name an issuer"))
	}
	v := &Verifier{issuers: map[string]*issuer{}, now: time.Now, remembered: newMemory()}
	for _, c := range configs {
		errs = append(errs, c.check())
		if _, twice := v.issuers[c.Issuer]; twice {
			errs = append(errs, errors.New("auth: an issuer is named twice"))
		}
		v.issuers[c.Issuer] = nil
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if configs[0].Now != nil {
		v.now = configs[0].Now
	}
	for _, c := range configs {
		v.issuers[c.Issuer] = newIssuer(c, v.now)
	}
	return v, nil
}

// Verify checks a bearer token (without the scheme word) and says whose it is. It answers ErrInvalid, or
// ErrUnavailable where the issuer's keys cannot be had; that takes a few seconds at most, or until ctx ends.
func (v *Verifier) Verify(ctx context.Context, bearer string) (Caller, error) {
	if bearer == "" || len(bearer) > MaxBearer {
		return Caller{}, invalid("it is empty or longer than 8 KiB")
	}
	digest, now := sha256.Sum256(append(make([]byte, 0, 2048), bearer...)), v.now() // a usual bearer is copied to the stack, not the heap
	if r, ok := v.remembered.find(digest, now); ok && r.issuer.keys.standsAt(r.revision, now) {
		return r.caller, nil
	}
	token, err := parseToken(bearer)
	if err != nil {
		return Caller{}, err
	}
	// The issuer that the token itself names decides whose keys and rules it is checked by, and nothing else.
	issuer := v.issuers[token.claims.Issuer]
	if issuer == nil {
		return Caller{}, invalid("its issuer is not among those that are accepted")
	}
	// Read before the keys, so that one withdrawn meanwhile makes this token be checked again.
	revision := issuer.keys.revision.Load()
	caller, err := issuer.verify(ctx, token, now)
	if err != nil {
		return Caller{}, err
	}
	v.remembered.keep(digest, remembered{caller, issuer, revision, token.claims.Expiry.Time()}, now)
	return caller, nil
}

func invalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }
