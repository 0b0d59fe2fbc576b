package auth

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// skew is how far the issuer's clock may be from ours.
	skew = time.Minute
	// maxClient bounds the part of a tenant's name that a token chooses, in bytes.
	maxClient = 256
)

// algorithms are the signatures that are accepted: asymmetric ones only, since whoever can check a symmetric one can
// also make it.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// claims are what of a token decides. The form of anything else is the issuer's business.
type claims struct {
	Issuer    string           `json:"iss"`
	Audience  jwt.Audience     `json:"aud"`
	Expiry    *jwt.NumericDate `json:"exp"`
	NotBefore *jwt.NumericDate `json:"nbf"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	ClientID  string           `json:"client_id"`
	Party     string           `json:"azp"`
	Subject   string           `json:"sub"`
	Scope     json.RawMessage  `json:"scope"` // scope and scp are read only where one is asked for: issuers differ in their form
	Scp       json.RawMessage  `json:"scp"`
}

// token is a well-formed JWT. Nothing in it can be believed before signedBy.
type token struct {
	jwt              *jwt.JSONWebToken
	keyID, algorithm string
	claims           claims
}

func parseToken(bearer string) (*token, error) {
	parsed, err := jwt.ParseSigned(bearer, algorithms)
	if err != nil || len(parsed.Headers) != 1 {
		return nil, invalid("it is not a compact JWT with an asymmetric signature")
	}
	t := &token{jwt: parsed, keyID: parsed.Headers[0].KeyID, algorithm: parsed.Headers[0].Algorithm}
	if t.keyID == "" {
		return nil, invalid("it names no key")
	}
	if parsed.UnsafeClaimsWithoutVerification(&t.claims) != nil {
		return nil, invalid("its claims do not have the documented form")
	}
	return t, nil
}

// signedBy reports whether one of the keys made the signature, with the algorithm that the key is for.
func (t *token) signedBy(keys []jose.JSONWebKey) bool {
	for _, key := range keys {
		if (key.Algorithm == "" || key.Algorithm == t.algorithm) && t.jwt.Claims(key.Key) == nil {
			return true
		}
	}
	return false
}

// client is the backend that the token was issued to.
func (t *token) client() string {
	switch {
	case t.claims.ClientID != "":
		return t.claims.ClientID
	case t.claims.Party != "":
		return t.claims.Party
	}
	return t.claims.Subject
}

// scopes are the token's scopes: a text of words (RFC 8693) or a list, under either name.
func (t *token) scopes() []string {
	var all []string
	for _, raw := range []json.RawMessage{t.claims.Scope, t.claims.Scp} {
		var words string
		var list []string
		if json.Unmarshal(raw, &words) == nil {
			all = append(all, strings.Fields(words)...)
		} else if json.Unmarshal(raw, &list) == nil {
			all = append(all, list...)
		}
	}
	return all
}
