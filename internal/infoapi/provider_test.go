package infoapi_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/handoff"
	"baton/internal/infoapi"
)

const (
	session  = handoff.SessionID("00000000-0000-4000-8000-000000000001")
	clientID = "00000000-0000-4000-8000-00000000c11e"
	secret   = "client-secret-that-must-not-show"
	issuer   = "https://id.provider.example"
	keyID    = "0123456789abcdef0123456789abcdef"
)

var (
	key, _      = rsa.GenerateKey(rand.Reader, 2048)
	otherKey, _ = rsa.GenerateKey(rand.Reader, 2048)
	shortKey, _ = rsa.GenerateKey(rand.Reader, 1024)
	jpeg        = append([]byte{0xff, 0xd8, 0xff, 0xe0}, make([]byte, 600)...)
)

// clock is a clock that tests move.
type clock struct{ at atomic.Int64 }

func (c *clock) Now() time.Time      { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) Add(d time.Duration) { c.at.Add(int64(d)) }

// provider plays the provider's API; tests replace what it answers.
type provider struct {
	*httptest.Server
	clock clock

	mu     sync.Mutex
	counts map[string]int
	keys   []jose.JSONWebKey
	routes map[string]http.HandlerFunc // in place of the usual answer, by "token", "keys", "info", "image", "delete"
	life   int                         // expires_in
	tokens int
	result string // what info answers
}

func newProvider(t testing.TB) *provider {
	p := &provider{
		counts: map[string]int{}, routes: map[string]http.HandlerFunc{}, life: 1800,
		keys: []jose.JSONWebKey{{KeyID: keyID, Use: "sig", Algorithm: "RS256", Key: key.Public()}},
	}
	p.clock.at.Store(time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	p.result = sign(t, jose.RS256, key, keyID, p.claims(nil))
	mux := http.NewServeMux()
	route := func(name, pattern string, usual http.HandlerFunc) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			p.counts[name]++
			handle := usual
			if replaced, ok := p.routes[name]; ok {
				handle = replaced
			}
			p.mu.Unlock()
			handle(w, r)
		})
	}
	route("token", "POST /api/oauth/token", p.token)
	route("keys", "GET /api/.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: p.keys})
	})
	route("info", "GET /api/v1/info/{id}", p.authorised(func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") != string(session) || r.Header.Get("Accept") != "application/jwt" {
			answerError(w, http.StatusBadRequest, "SESSION_EXPIRED_OR_NOT_FOUND")
			return
		}
		w.Header().Set("Content-Type", "application/jwt")
		p.mu.Lock()
		defer p.mu.Unlock()
		fmt.Fprint(w, p.result)
	}))
	route("image", "GET /api/v1/info/img/{id}", p.authorised(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		w.Write(jpeg)
	}))
	route("delete", "DELETE /api/v1/info/{id}", p.authorised(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	_, _, basic := r.BasicAuth()
	if basic || r.PostFormValue("client_id") != clientID || r.PostFormValue("client_secret") != secret || r.PostFormValue("grant_type") != "client_credentials" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":"invalid_client","error_description":"secret %s is wrong"}`, r.PostFormValue("client_secret"))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens++
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"access-token-%d","token_type":"bearer","expires_in":%d}`, p.tokens, p.life)
}

// authorised accepts the token given out last only.
func (p *provider) authorised(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		want := fmt.Sprintf("Bearer access-token-%d", p.tokens)
		p.mu.Unlock()
		if r.Header.Get("Authorization") != want {
			answerError(w, http.StatusUnauthorized, "UNAUTHORIZED")
			return
		}
		next(w, r)
	}
}

func answerError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":%q,"message":"about Ana Specimen"}`, code)
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func (p *provider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *provider) count(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[name]
}

// claims are a good result's, changed; nil removes a claim.
func (p *provider) claims(changed map[string]any) map[string]any {
	now := p.clock.Now().Unix()
	all := map[string]any{
		"iss": issuer, "aud": clientID, "jti": string(session), "iat": now, "exp": now + 7200,
		"data": map[string]any{"documents": []any{map[string]any{"documentType": "PASSPORT"}}},
	}
	maps.Copy(all, changed)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	return all
}

func (p *provider) client(t testing.TB, change func(*infoapi.Config)) *infoapi.Client {
	t.Helper()
	config := infoapi.Config{BaseURL: p.URL, ClientID: clientID, ClientSecret: secret, Issuer: issuer, Now: p.clock.Now, Timeout: 5 * time.Second}
	if change != nil {
		change(&config)
	}
	client, err := infoapi.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func sign(t testing.TB, algorithm jose.SignatureAlgorithm, key any, kid string, claims any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	if kid != "" {
		options = options.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, ok := claims.([]byte)
	if !ok {
		if payload, err = json.Marshal(claims); err != nil {
			t.Fatal(err)
		}
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func checksum(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256:" + hex.EncodeToString(sum[:])
}
