package sandbox_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/enrolment"
	"baton/internal/sandbox"
)

const session = "00000000-0000-4000-8000-00000000abcd"

// clock is a time that a test moves.
type clock struct{ unix atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(c.unix.Load(), 0) }
func (c *clock) forward(d time.Duration) { c.unix.Add(int64(d / time.Second)) }

// provider is a running sandbox.
type provider struct {
	t       *testing.T
	url     string
	sandbox *sandbox.Sandbox
	store   *memory
	clock   *clock
	log     *logBuffer
	bearer  string
}

type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// start runs a sandbox; store and clock are new ones where they are nil.
func start(t *testing.T, store *memory, now *clock, change func(*sandbox.Config)) *provider {
	t.Helper()
	if store == nil {
		store = newMemoryWithKey()
	}
	if now == nil {
		now = &clock{}
		now.unix.Store(time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC).Unix())
	}
	log := &logBuffer{}
	config := sandbox.Config{Store: store, Now: now.now, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&config)
	}
	s, err := sandbox.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	p := &provider{t: t, url: server.URL, sandbox: s, store: store, clock: now, log: log}
	p.bearer = p.accessToken(config.ClientID, config.ClientSecret)
	return p
}

func (p *provider) accessToken(id, secret string) string {
	p.t.Helper()
	if id == "" {
		id, secret = sandbox.DefaultClientID, sandbox.DefaultClientSecret
	}
	a := p.send(http.MethodPost, "/api/oauth/token", tokenForm(id, secret), form)
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil || a.status != http.StatusOK {
		p.t.Fatalf("token: %d %s", a.status, a.body)
	}
	return body.AccessToken
}

func tokenForm(id, secret string) string {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode()
}

var form = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}

type reply struct {
	status int
	header http.Header
	body   []byte
}

// code is the answer's error code; it also checks that there is a sentence.
func (a reply) code(t *testing.T) string {
	t.Helper()
	var body struct{ Error, Message string }
	if err := json.Unmarshal(a.body, &body); err != nil || body.Message == "" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("not an error of the API: %d %s %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	return body.Error
}

func (p *provider) send(method, path, body string, header map[string]string) reply {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, text}
}

// call sends with the access token.
func (p *provider) call(method, path, body string) reply {
	p.t.Helper()
	return p.send(method, path, body, map[string]string{"Authorization": "Bearer " + p.bearer, "Content-Type": "application/json"})
}

func (p *provider) enrol(id string, e sandbox.Enrolment) reply {
	p.t.Helper()
	body, err := json.Marshal(e)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.call(http.MethodPost, "/api/v1/enrolment/"+id, string(body))
}

// enrolled hands an enrolment in, in place of what the session had, and returns its verified result.
func (p *provider) enrolled(e sandbox.Enrolment) result {
	p.t.Helper()
	p.call(http.MethodDelete, "/api/v1/info/"+session, "")
	if a := p.enrol(session, e); a.status != http.StatusNoContent {
		p.t.Fatalf("enrolment: %d %s", a.status, a.body)
	}
	jws := p.fetch(session)
	payload, err := p.verify(jws)
	if err != nil {
		p.t.Fatalf("the result's signature: %v", err)
	}
	return decode(p.t, payload)
}

func (p *provider) fetch(id string) string {
	p.t.Helper()
	a := p.call(http.MethodGet, "/api/v1/info/"+id, "")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/jwt" {
		p.t.Fatalf("info: %d %s %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	return string(a.body)
}

// verify checks a JWS as a backend would: with the published key that its header names.
func (p *provider) verify(jws string) ([]byte, error) {
	p.t.Helper()
	a := p.send(http.MethodGet, "/api/.well-known/jwks.json", "", nil)
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(a.body, &keys); err != nil || a.status != http.StatusOK {
		p.t.Fatalf("keys: %d %s", a.status, a.body)
	}
	parsed, err := jose.ParseSignedCompact(jws, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		p.t.Fatal(err)
	}
	found := keys.Key(parsed.Signatures[0].Protected.KeyID)
	if len(found) != 1 {
		p.t.Fatalf("%d keys of that id", len(found))
	}
	return parsed.Verify(found[0].Key)
}

func decodedHeader(t *testing.T, jws string) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(jws, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	var header map[string]any
	if err := json.Unmarshal(text, &header); err != nil {
		t.Fatal(err)
	}
	return header
}

// result is a payload as a backend reads it.
type result struct {
	Iss, Aud, Jti string
	Iat, Exp      int64
	Data          struct {
		Source        map[string]any
		Documents     []document
		Verifications []map[string]any
		Background    map[string]any `json:"backgroundCheck"`
	}
}

type document struct {
	DocumentType string
	Scan         map[string]any
	Reading      map[string]any
	Face         map[string]any
	Lookup       map[string]any
}

func decode(t *testing.T, payload []byte) result {
	t.Helper()
	var r result
	if err := json.Unmarshal(payload, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// at walks down nested objects.
func at(v any, path ...string) any {
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

func TestTokenEndpointGivesTheDocumentedToken(t *testing.T) {
	p := start(t, nil, nil, nil)
	a := p.send(http.MethodPost, "/api/oauth/token", tokenForm("sandbox", "sandbox"), form)
	var raw map[string]any
	if err := json.Unmarshal(a.body, &raw); err != nil {
		t.Fatal(err)
	}
	if a.header.Get("Cache-Control") != "no-store" || raw["token_type"] != "bearer" || raw["expires_in"] != 1800.0 {
		t.Errorf("got %s with %v", a.body, a.header)
	}
	jws := raw["access_token"].(string)
	payload, err := p.verify(jws)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	now := float64(p.clock.now().Unix())
	if claims["client_id"] != "sandbox" || claims["sub"] != "sandbox" || claims["iss"] != sandbox.Issuer || claims["jti"] != raw["jti"] ||
		claims["iat"] != now || claims["nbf"] != now || claims["exp"] != now+1800 || claims["aud"] == nil {
		t.Errorf("claims %s", payload)
	}
	var scope []string
	for _, s := range claims["scope"].([]any) {
		scope = append(scope, s.(string))
	}
	if strings.Join(scope, " ") != raw["scope"] {
		t.Errorf("scope %v and %v", scope, raw["scope"])
	}
}

func TestTokenEndpointRefuses(t *testing.T) {
	p := start(t, nil, nil, nil)
	basic := map[string]string{"Content-Type": form["Content-Type"], "Authorization": "Basic c2FuZGJveDpzYW5kYm94"}
	for _, test := range []struct {
		name, body string
		header     map[string]string
		status     int
	}{
		{"a wrong secret", tokenForm("sandbox", "wrong"), form, 401},
		{"a wrong id", tokenForm("other", "sandbox"), form, 401},
		{"no credentials", "grant_type=client_credentials", form, 401},
		{"credentials in the header", "grant_type=client_credentials", basic, 401},
		{"another grant", "grant_type=password&client_id=sandbox&client_secret=sandbox", form, 400},
		{"JSON", `{"grant_type":"client_credentials"}`, map[string]string{"Content-Type": "application/json"}, 415},
		{"a huge body", tokenForm("sandbox", strings.Repeat("x", 70<<10)), form, 413},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := p.send(http.MethodPost, "/api/oauth/token", test.body, test.header)
			if a.status != test.status {
				t.Errorf("got %d %s, want %d", a.status, a.body, test.status)
			}
			a.code(t)
		})
	}
	a := p.send(http.MethodPost, "/api/oauth/token?"+tokenForm("sandbox", "sandbox"), "grant_type=client_credentials", form)
	if a.status != 401 {
		t.Errorf("credentials in the address: got %d", a.status)
	}
}

func TestResultHasTheProvidersHeaderAndClaims(t *testing.T) {
	p := start(t, nil, nil, nil)
	if a := p.enrol(strings.ToUpper(session), sandbox.Enrolment{Data: enrolment.Default().Encode()}); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	jws := p.fetch(session)
	header := decodedHeader(t, jws)
	kid, _ := header["kid"].(string)
	if raw, err := hex.DecodeString(kid); len(header) != 2 || header["alg"] != "RS256" || err != nil || len(raw) != 16 {
		t.Errorf("header %v", header)
	}
	if _, ok := p.sandbox.Keys()[kid].(*rsa.PublicKey); !ok {
		t.Errorf("the key is not among Keys: %v", p.sandbox.Keys())
	}
	payload, err := p.verify(jws)
	if err != nil {
		t.Fatal(err)
	}
	r := decode(t, payload)
	if r.Iss != sandbox.Issuer || r.Aud != "sandbox" || r.Jti != session || r.Iat != p.clock.now().Unix() || r.Exp-r.Iat != 7200 {
		t.Errorf("claims %+v", r)
	}
	if r.Data.Source["sdkType"] != "KYC_MOBILE" {
		t.Errorf("source %v", r.Data.Source)
	}
	other := p.send(http.MethodGet, "/api/v1/info", "", map[string]string{"Authorization": "Bearer " + p.bearer, "UQ-Session-ID": session})
	if other.status != 200 || string(other.body) != jws || other.header.Get("Content-Type") != "application/jwt" {
		t.Errorf("by header: %d %s", other.status, other.body)
	}
}

func TestImagesAreServedWithTheirChecksums(t *testing.T) {
	p := start(t, nil, nil, nil)
	c := enrolment.New("PASSPORT", "UAE_ID")
	c.FacialRecognition.Enabled = true
	r := p.enrolled(sandbox.Enrolment{Data: c.Encode(), Documents: []string{"bo"}})
	images, bytesOf := 0, map[string]int{}
	check := func(part map[string]any, document string) {
		for name, id := range part {
			checksum, isImage := part[name+"Checksum"]
			if !isImage || id == nil {
				continue
			}
			images++
			a := p.call(http.MethodGet, "/api/v1/info/img/"+id.(string), "")
			sum := sha256.Sum256(a.body)
			if a.status != 200 || a.header.Get("Content-Type") != "image/jpeg" || checksum != "sha256:"+hex.EncodeToString(sum[:]) {
				t.Errorf("%s: %d %s", name, a.status, a.header.Get("Content-Type"))
			}
			if raw, err := hex.DecodeString(id.(string)); err != nil || len(raw) != 12 {
				t.Errorf("%s has the id %s", name, id)
			}
			picture, err := jpeg.Decode(bytes.NewReader(a.body))
			if err != nil || picture.Bounds().Dx() < 400 {
				t.Errorf("%s: %v", name, err)
			}
			bytesOf[document] += len(a.body)
		}
	}
	for _, d := range r.Data.Documents {
		check(d.Scan, d.DocumentType)
		check(d.Face, d.DocumentType)
	}
	if images != 3+1+5+1 {
		t.Errorf("%d images", images)
	}
	for document, size := range bytesOf {
		if size > 500_000 {
			t.Errorf("the pictures of a %s take %d bytes", document, size)
		}
	}
}

func TestRestartKeepsKeyResultsAndImages(t *testing.T) {
	p := start(t, newMemory(), nil, nil)
	r := p.enrolled(sandbox.Enrolment{Data: enrolment.Default().Encode()})
	jws := p.fetch(session)

	again := start(t, p.store, p.clock, nil)
	if again.fetch(session) != jws {
		t.Error("the result changed")
	}
	if _, err := again.verify(jws); err != nil {
		t.Errorf("the key changed: %v", err)
	}
	id := r.Data.Documents[0].Scan["frontImageId"].(string)
	if a := again.call(http.MethodGet, "/api/v1/info/img/"+id, ""); a.status != 200 {
		t.Errorf("image: %d", a.status)
	}
	again.bearer = p.bearer
	if again.fetch(session) != jws {
		t.Error("a token from before is not accepted")
	}
}

func TestAnotherClientReadsNothing(t *testing.T) {
	p := start(t, nil, nil, nil)
	r := p.enrolled(sandbox.Enrolment{Data: enrolment.Default().Encode()})
	id := r.Data.Documents[0].Scan["frontImageId"].(string)
	other := start(t, p.store, p.clock, func(c *sandbox.Config) { c.ClientID, c.ClientSecret = "other", "secret" })

	if a := other.call(http.MethodGet, "/api/v1/info/"+session, ""); a.status != 400 || a.code(t) != "SESSION_EXPIRED_OR_NOT_FOUND" {
		t.Errorf("info: %d %s", a.status, a.body)
	}
	if a := other.call(http.MethodGet, "/api/v1/info/img/"+id, ""); a.status != 404 {
		t.Errorf("image: %d", a.status)
	}
	if a := other.call(http.MethodDelete, "/api/v1/info/"+session, ""); a.status != 204 {
		t.Errorf("delete: %d", a.status)
	}
	if a := other.enrol(session, sandbox.Enrolment{Data: enrolment.Default().Encode()}); a.status != 403 {
		t.Errorf("enrolment: %d", a.status)
	}
	p.fetch(session) // still there
	own := other.bearer
	other.bearer = p.bearer
	if a := other.call(http.MethodGet, "/api/v1/info/"+session, ""); a.status != 403 || a.code(t) != "FORBIDDEN" {
		t.Errorf("the first client's token at the other's sandbox: %d %s", a.status, a.body)
	}
	p.bearer = own
	if a := p.call(http.MethodGet, "/api/v1/info/"+session, ""); a.status != 403 {
		t.Errorf("the other client's token: %d", a.status)
	}
}

func TestBearersThatAreNone(t *testing.T) {
	p := start(t, nil, nil, nil)
	p.enrolled(sandbox.Enrolment{Data: enrolment.Default().Encode()})
	jws := p.fetch(session)
	parts := strings.Split(p.bearer, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	foreign := start(t, newMemory(), p.clock, nil).bearer
	for name, header := range map[string]string{
		"nothing":          "",
		"another scheme":   "Basic " + p.bearer,
		"no scheme":        p.bearer,
		"garbage":          "Bearer x",
		"too long":         "Bearer " + strings.Repeat("x", 9<<10),
		"a result":         "Bearer " + jws,
		"alg none":         "Bearer " + none,
		"another key's":    "Bearer " + foreign,
		"another's claims": "Bearer " + strings.Join([]string{parts[0], strings.Split(foreign, ".")[1], parts[2]}, "."),
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/api/v1/info/" + session, "/api/v1/info", "/api/v1/info/img/" + strings.Repeat("0", 24)} {
				a := p.send(http.MethodGet, path, "", map[string]string{"Authorization": header, "UQ-Session-ID": session})
				if a.status != 401 || a.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s: %d %s", path, a.status, a.body)
				}
				a.code(t)
			}
		})
	}
	t.Run("an expired one", func(t *testing.T) {
		p.clock.forward(30 * time.Minute)
		if a := p.call(http.MethodGet, "/api/v1/info/"+session, ""); a.status != 401 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

func TestInfoErrors(t *testing.T) {
	p := start(t, nil, nil, nil)
	for _, test := range []struct {
		name, method, path string
		status             int
		code               string
	}{
		{"an unknown session", "GET", "/api/v1/info/" + session, 400, "SESSION_EXPIRED_OR_NOT_FOUND"},
		{"no UUID", "GET", "/api/v1/info/abc", 400, "INVALID_INPUT"},
		{"no header", "GET", "/api/v1/info", 400, "INVALID_INPUT"},
		{"deleting by no UUID", "DELETE", "/api/v1/info/abc", 400, "INVALID_INPUT"},
		{"an unknown image", "GET", "/api/v1/info/img/" + strings.Repeat("a", 24), 404, "NOT_FOUND"},
		{"no image id", "GET", "/api/v1/info/img/xyz", 400, "INVALID_INPUT"},
		{"an unknown address", "GET", "/api/v2/info", 404, "NOT_FOUND"},
		{"a wrong method on info", "POST", "/api/v1/info/" + session, 405, "METHOD_NOT_ALLOWED"},
		{"a wrong method on token", "GET", "/api/oauth/token", 405, "METHOD_NOT_ALLOWED"},
		{"a wrong method on the keys", "POST", "/api/.well-known/jwks.json", 405, "METHOD_NOT_ALLOWED"},
		{"a wrong method on an enrolment", "PUT", "/api/v1/enrolment/" + session, 405, "METHOD_NOT_ALLOWED"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := p.call(test.method, test.path, "")
			if a.status != test.status || a.code(t) != test.code {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, test.status, test.code)
			}
			if test.status == 405 && a.header.Get("Allow") == "" {
				t.Error("no Allow header")
			}
		})
	}
}

func TestDeleteRemovesResultAndImages(t *testing.T) {
	p := start(t, nil, nil, nil)
	r := p.enrolled(sandbox.Enrolment{Data: enrolment.Default().Encode()})
	id := r.Data.Documents[0].Scan["faceImageId"].(string)
	for range 2 { // also where nothing is left
		if a := p.call(http.MethodDelete, "/api/v1/info/"+session, ""); a.status != 204 || len(a.body) != 0 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if a := p.call(http.MethodGet, "/api/v1/info/"+session, ""); a.status != 400 {
		t.Errorf("info: %d", a.status)
	}
	if a := p.call(http.MethodGet, "/api/v1/info/img/"+id, ""); a.status != 404 {
		t.Errorf("image: %d", a.status)
	}
}

func TestResultAndImagesEndWithTheResultsLife(t *testing.T) {
	p := start(t, nil, nil, func(c *sandbox.Config) { c.ResultLifetime = 20 * time.Minute })
	r := p.enrolled(sandbox.Enrolment{Data: enrolment.Default().Encode()})
	id := r.Data.Documents[0].Scan["faceImageId"].(string)
	if r.Exp-r.Iat != 1200 {
		t.Errorf("exp - iat = %d", r.Exp-r.Iat)
	}
	p.clock.forward(20*time.Minute - time.Second)
	p.fetch(session)
	p.clock.forward(time.Second)
	if a := p.call(http.MethodGet, "/api/v1/info/"+session, ""); a.status != 400 {
		t.Errorf("info: %d", a.status)
	}
	if a := p.call(http.MethodGet, "/api/v1/info/img/"+id, ""); a.status != 404 {
		t.Errorf("image: %d", a.status)
	}
}

func TestSweepRemovesWhatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemoryWithKey()
		for i := range 250 {
			id := "00000000-0000-4000-8000-" + hex.EncodeToString([]byte{0, 0, 0, 0, 0, byte(i)})
			store.results[id] = sandbox.Result{SessionID: id, ExpiresAt: time.Now().Add(time.Minute)}
		}
		store.results[session] = sandbox.Result{SessionID: session, ExpiresAt: time.Now().Add(time.Hour)}
		s, err := sandbox.New(t.Context(), sandbox.Config{Store: store})
		if err != nil {
			t.Fatal(err)
		}
		go s.Sweep(t.Context(), 45*time.Second)
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if n := store.count(); n != 251 {
			t.Errorf("%d results before the minute is over", n)
		}
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if n := store.count(); n != 1 {
			t.Errorf("%d results left, want 1", n)
		}
	})
}

func TestNothingSecretIsLogged(t *testing.T) {
	p := start(t, nil, nil, func(c *sandbox.Config) { c.ClientID, c.ClientSecret = "client", "very-secret" })
	p.enrolled(sandbox.Enrolment{Data: enrolment.Default().Encode()})
	p.call(http.MethodPost, "/api/v1/enrolment/"+session, `{"data":"x"}`)
	p.send(http.MethodPost, "/api/oauth/token", tokenForm("client", "very-wrong"), form)
	log := p.log.String()
	if !strings.Contains(log, session) {
		t.Error("a result was not logged")
	}
	for _, secret := range []string{"very-secret", "very-wrong", p.bearer, enrolment.Default().Encode()} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

func TestSpecimenPicturesCanBeSeenWithoutToken(t *testing.T) {
	p := start(t, nil, nil, nil)
	for path, status := range map[string]int{
		"PASSPORT/ana/front.jpg":         200,
		"PASSPORT/ana/portrait.jpg":      200,
		"UAE_ID/cleo-expired/back.jpg":   200,
		"KEN_ID/bo/front.jpg":            200,
		"KEN_ID/bo/selfie.jpg":           200,
		"PASSPORT/ana/back.jpg":          404,
		"PASSPORT/nobody/front.jpg":      404,
		"PASSPORT/ana/front.png":         404,
		"PASSPORT/ana/front-frame.jpg":   404,
		"PASSPORT/ana/..%2f..%2ffront":   404,
		"%3Cscript%3E/nobody/front.jpg":  404,
		"PASSPORT/ana/portrait.jpg/more": 404,
	} {
		t.Run(path, func(t *testing.T) {
			a := p.send(http.MethodGet, "/api/v1/specimen/"+path, "", nil)
			if a.status != status {
				t.Fatalf("got %d, want %d", a.status, status)
			}
			if status == 200 && http.DetectContentType(a.body) != "image/jpeg" {
				t.Error("not a JPEG")
			}
			if status == 404 && strings.Contains(string(a.body), "script") {
				t.Errorf("the answer repeats what was asked: %s", a.body)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := sandbox.New(t.Context(), sandbox.Config{}); err == nil {
		t.Error("no store was accepted")
	}
	broken := newMemory()
	broken.key = sandbox.SigningKey{ID: "x", PKCS8: []byte("y")}
	if _, err := sandbox.New(t.Context(), sandbox.Config{Store: broken}); err == nil {
		t.Error("a broken key was accepted")
	}
}
