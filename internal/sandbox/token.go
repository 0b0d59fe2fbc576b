package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	tokenLifetime = 30 * time.Minute
	tokenAudience = Issuer + ":api" // unlike a result's, so that a result is no access token
	maxBearer     = 8 << 10         // bytes; ours have some 900

	scopeInfo  = "KYC_INFO_SDK" // results and images
	scopeEvent = "KYC_EVENT_SDK"
	scopeScan  = "KYC_SCAN_SDK" // handing an enrolment in
)

// accessClaims are an access token's.
type accessClaims struct {
	Audience  []string `json:"aud"`
	ClientID  string   `json:"client_id"`
	Expires   int64    `json:"exp"` // seconds of Unix time, as the others
	IssuedAt  int64    `json:"iat"`
	Issuer    string   `json:"iss"`
	ID        string   `json:"jti"`
	NotBefore int64    `json:"nbf"`
	Scope     []string `json:"scope"`
	Subject   string   `json:"sub"`
}

func (s *Sandbox) token(w http.ResponseWriter, r *http.Request) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		refuse(w, http.StatusUnsupportedMediaType, codeInput, "Send the body as application/x-www-form-urlencoded.")
		return
	}
	if err := r.ParseForm(); err != nil {
		unreadable(w, err)
		return
	}
	if r.PostForm.Get("grant_type") != "client_credentials" {
		refuse(w, http.StatusBadRequest, codeInput, "`grant_type` must be client_credentials.")
		return
	}
	// Both are compared, whatever the first says, and by digests of one length.
	id := equal(r.PostForm.Get("client_id"), s.clientID)
	secret := equal(r.PostForm.Get("client_secret"), s.clientSecret)
	if id&secret != 1 {
		refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "Wrong client id or secret. Send both as `client_id` and `client_secret` in the body.")
		return
	}
	now := s.now()
	claims := accessClaims{
		Audience: []string{tokenAudience}, ClientID: s.clientID, Expires: now.Add(tokenLifetime).Unix(), IssuedAt: now.Unix(),
		Issuer: Issuer, ID: newUUID(), NotBefore: now.Unix(), Scope: []string{scopeScan, scopeInfo, scopeEvent}, Subject: s.clientID,
	}
	signed, err := s.sign(claims)
	if err != nil {
		s.broken(w, r, "access token", err)
		return
	}
	w.Header().Set("Pragma", "no-cache")
	answer(w, http.StatusOK, struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
		Scope       string `json:"scope"`
		ID          string `json:"jti"`
	}{signed, "bearer", int64(tokenLifetime / time.Second), strings.Join(claims.Scope, " "), claims.ID})
}

func equal(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

func (s *Sandbox) keySet(w http.ResponseWriter, _ *http.Request) {
	cacheFor(w, 5*time.Minute)
	w.Header().Set("Content-Type", "application/json")
	w.Write(s.jwks)
}

// authorised lets only bearers of this sandbox's access tokens through: 401 for anything that is not one, 403 for one
// of another client or without the scope.
func (s *Sandbox) authorised(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		claims, ok := s.accessToken(bearer)
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "Send a valid access token of this sandbox: `Authorization: Bearer …`.")
			return
		}
		scope := scopeInfo
		if r.Method == http.MethodPost {
			scope = scopeScan
		}
		if claims.ClientID != s.clientID || !slices.Contains(claims.Scope, scope) {
			refuse(w, http.StatusForbidden, codeForbidden, "This access token does not allow that. Use one of this sandbox's own client.")
			return
		}
		next(w, r)
	}
}

func (s *Sandbox) accessToken(bearer string) (accessClaims, bool) {
	if bearer == "" || len(bearer) > maxBearer {
		return accessClaims{}, false
	}
	jws, err := jose.ParseSignedCompact(bearer, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || jws.Signatures[0].Protected.KeyID != s.keyID {
		return accessClaims{}, false
	}
	payload, err := jws.Verify(s.public)
	if err != nil {
		return accessClaims{}, false
	}
	var claims accessClaims
	if json.Unmarshal(payload, &claims) != nil { // a result's aud is no list
		return accessClaims{}, false
	}
	now := s.now().Unix()
	valid := claims.Issuer == Issuer && slices.Contains(claims.Audience, tokenAudience) && now >= claims.NotBefore && now < claims.Expires
	return claims, valid
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
