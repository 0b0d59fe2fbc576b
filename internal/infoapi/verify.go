package infoapi

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // matches keys exactly and refuses doubled ones, unlike encoding/json
	"github.com/go-jose/go-jose/v4/jwt"

	"baton/internal/handoff"
	"baton/internal/registration"
)

// issuedAhead is how far the provider's clock may be ahead of ours. There is no such grace for the expiry: a result
// that is late is fetched again, one whose time is over is gone.
const issuedAhead = time.Minute

// Verify checks a result's signature and claims and returns what it says. It makes no difference how the text came
// here: fetched, or by the provider's webhook. id is the session that it must be of. It answers a
// *registration.RefusedError that names the first check that failed, or registration.ErrProvider where the provider's
// keys cannot be had.
func (c *Client) Verify(ctx context.Context, jws string, id handoff.SessionID) (registration.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if len(jws) > maxResult {
		return registration.Result{}, refused(registration.RefusalSignature, "the result is larger than allowed")
	}
	return c.verify(ctx, jws, id)
}

// claims is a result's payload.
type claims struct {
	Issuer   string           `json:"iss"`
	Audience jwt.Audience     `json:"aud"` // a string or an array
	Expires  *jwt.NumericDate `json:"exp"`
	IssuedAt *jwt.NumericDate `json:"iat"`
	ID       string           `json:"jti"`
	Data     *data            `json:"data"`
}

func (c *Client) verify(ctx context.Context, text string, id handoff.SessionID) (registration.Result, error) {
	payload, err := c.checkSignature(ctx, strings.TrimSpace(text))
	if err != nil {
		return registration.Result{}, err
	}
	var claims claims
	if json.Unmarshal(payload, &claims) != nil { // its text could repeat what it stumbled over
		return registration.Result{}, refused(registration.RefusalContent, "the result's content does not have the documented form")
	}
	now := c.now()
	switch {
	case claims.Issuer != c.issuer:
		return registration.Result{}, refused(registration.RefusalIssuer, "the result is another issuer's")
	case len(claims.Audience) != 1 || claims.Audience[0] != c.audience:
		return registration.Result{}, refused(registration.RefusalAudience, "the result is not addressed to us alone")
	case claims.Expires == nil || !now.Before(claims.Expires.Time()):
		return registration.Result{}, refused(registration.RefusalExpired, "the result has expired or does not say when")
	case claims.IssuedAt == nil || claims.IssuedAt.Time().After(now.Add(issuedAhead)):
		return registration.Result{}, refused(registration.RefusalIssuedAt, "the result is dated in the future or not at all")
	}
	if session, ok := handoff.ParseSessionID(claims.ID); !ok || !strings.EqualFold(string(session), string(id)) {
		return registration.Result{}, refused(registration.RefusalSession, "the result is another session's")
	}
	if claims.Data == nil {
		return registration.Result{}, refused(registration.RefusalContent, "the result has no data")
	}
	result, err := claims.Data.result(now)
	if err != nil {
		return registration.Result{}, err
	}
	result.SessionID = handoff.SessionID(strings.ToLower(claims.ID))
	result.IssuedAt, result.ExpiresAt = claims.IssuedAt.Time().UTC(), claims.Expires.Time().UTC()
	return result, nil
}

// checkSignature takes the compact form and RS256 only. Both are pinned before any key is looked at, so that no header
// can choose how it is checked.
func (c *Client) checkSignature(ctx context.Context, text string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(jws.Signatures) != 1 {
		return nil, refused(registration.RefusalSignature, "the result is not a compact JWS signed with RS256")
	}
	kid := jws.Signatures[0].Protected.KeyID
	if kid == "" || len(kid) > maxKeyID {
		return nil, refused(registration.RefusalKey, "the result names no key")
	}
	key, err := c.keys.find(ctx, kid)
	if err != nil {
		return nil, err
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return nil, refused(registration.RefusalSignature, "the signature is not the named key's")
	}
	return payload, nil
}

func refused(check registration.Refusal, format string, args ...any) *registration.RefusedError {
	return &registration.RefusedError{Check: check, Detail: fmt.Sprintf(format, args...)}
}
