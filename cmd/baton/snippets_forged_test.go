package main

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/snippets"
)

const (
	forgedSession  = "0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11"
	otherSession   = "0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e12"
	forgedIssuer   = "https://issuer.test"
	forgedAudience = "shop"
)

// forger is a provider whose results are wrong, each in one way. The way is part of its address.
type forger struct {
	t        *testing.T
	created  atomic.Int32 // sessions for sites that are to judge
	key      *rsa.PrivateKey
	stranger *rsa.PrivateKey
}

// forgeries are what may be wrong with a result; "" is sound.
var forgeries = []string{"", "jti", "aud", "iss", "exp", "no-exp", "no-jti", "signature", "payload", "unknown-key", "none", "hmac"}

func newForger(t *testing.T) *httptest.Server {
	t.Helper()
	f := &forger{t: t}
	for _, key := range []**rsa.PrivateKey{&f.key, &f.stranger} {
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		*key = made
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != "shop-client" || r.FormValue("client_secret") != "shop-secret" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token": "token-of-the-shop", "token_type": "bearer", "expires_in": 1800}`)
	})
	mux.HandleFunc("POST /api/v1/session", func(w http.ResponseWriter, _ *http.Request) { // the relay, for whole sites
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"sessionId": %q, "qrCodeText": "x", "qrCodeTextWithDynamicLink": "x"}`, forgedSession)
	})
	mux.HandleFunc("POST /judged/api/v1/session", func(w http.ResponseWriter, _ *http.Request) { // each with the next judgement
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"sessionId": %q, "qrCodeText": "x", "qrCodeTextWithDynamicLink": "x"}`, judgedSession(int(f.created.Add(1))-1))
	})
	mux.HandleFunc("GET /judged/api/v1/info/{session}", func(w http.ResponseWriter, r *http.Request) {
		i := slices.IndexFunc(judgements(), func(j judgement) bool { return strings.HasSuffix(r.PathValue("session"), j.id()) })
		if i < 0 {
			http.Error(w, "this session has no result", http.StatusBadRequest)
			return
		}
		data := soundData()
		judgements()[i].change(data)
		w.Header().Set("Content-Type", "application/jwt")
		fmt.Fprint(w, f.sign("", map[string]any{"jti": r.PathValue("session"), "data": data}))
	})
	mux.HandleFunc("GET /{way}/api/.well-known/jwks.json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: "key-1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /{way}/api/v1/info/{session}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer token-of-the-shop" || r.PathValue("session") != forgedSession {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/jwt")
		fmt.Fprint(w, f.result(strings.TrimPrefix(r.PathValue("way"), "way-")))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// result is a result that is wrong in the way given.
func (f *forger) result(way string) string { return f.sign(way, nil) }

// sign signs a result with other claims, in the way given.
func (f *forger) sign(way string, others map[string]any) string {
	claims := map[string]any{
		"iss": forgedIssuer, "aud": forgedAudience, "jti": forgedSession, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"data": soundData(),
	}
	maps.Copy(claims, others)
	maps.Copy(claims, map[string]map[string]any{
		"jti": {"jti": otherSession}, "aud": {"aud": "another-shop"}, "iss": {"iss": "https://other.test"},
		"exp": {"exp": time.Now().Add(-time.Hour).Unix(), "iat": time.Now().Add(-2 * time.Hour).Unix()},
	}[way])
	if name, ok := strings.CutPrefix(way, "no-"); ok {
		delete(claims, name)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		f.t.Error(err)
	}
	algorithm, key, kid := jose.RS256, any(f.key), "key-1"
	switch way {
	case "signature":
		key = f.stranger
	case "unknown-key":
		key, kid = f.stranger, "key-2"
	case "hmac": // signed with what everybody knows: the public key as a secret
		algorithm, key = jose.HS256, f.key.N.Bytes()
	case "none":
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"none","kid":"key-1"}`)) + "." + encode(payload) + "."
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		f.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		f.t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		f.t.Error(err)
	}
	if way == "payload" { // changed after it was signed
		parts := strings.Split(text, ".")
		parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), "PASSPORT", "UAE_ID", 1)))
		text = strings.Join(parts, ".")
	}
	return text
}

// TestSnippetsRefuseForgedResults: each follow-up that is marked as run, be it one by itself or that of a whole site, takes a sound
// result and refuses every forged one, with nothing on its standard output.
func TestSnippetsRefuseForgedResults(t *testing.T) {
	needSnippetTools(t)
	server := newForger(t)
	for _, one := range snippets.All() {
		checks := one.Task == snippets.FollowUp && one.Tab != "curl" || one.Task == snippets.Site // curl checks nothing, and says so
		if !checks || one.Check != snippets.Run {
			continue
		}
		t.Run(one.ID(), func(t *testing.T) {
			t.Parallel()
			for _, way := range forgeries {
				folder := t.TempDir()
				values := snippets.Values{
					Server: server.URL, TokenURL: server.URL + "/token", ClientID: "shop-client", ClientSecret: "shop-secret",
					Provider: server.URL + "/way-" + way, Issuer: forgedIssuer, Audience: forgedAudience,
				}
				command := snippetCommand(t, folder, one, values.Fill(one.Source()))
				var stdout, stderr string
				var err error
				if one.Task == snippets.Site {
					stdout, stderr, err = askSite(t, folder, command)
				} else {
					stdout, stderr, err = runIn(t, folder, append(command, forgedSession)...)
				}
				switch {
				case way == "" && (err != nil || !strings.Contains(strings.ToUpper(stdout), "PASSPORT")):
					t.Errorf("a sound result is refused: %v\n%s%s", err, stdout, stderr)
				case way != "" && (err == nil || stdout != ""):
					t.Errorf("a result with a wrong %s is taken: %v\n%s%s", way, err, stdout, stderr)
				case strings.Contains(stderr, "Traceback") || strings.Contains(stderr, "    at "):
					t.Errorf("the refusal for %s is a stack:\n%s", way, stderr)
				case way != "" && strings.Count(strings.TrimSpace(stderr), "\n") > 0 && one.Task == snippets.FollowUp:
					t.Errorf("the refusal for %s is more than a line:\n%s", way, stderr)
				case way == "" && one.Task == snippets.FollowUp && !strings.HasPrefix(stderr, "accepted: "):
					t.Errorf("it does not say that it has accepted:\n%s", stderr)
				case strings.Contains(stderr, "token-of-the-shop"):
					t.Errorf("the refusal for %s tells the token", way)
				}
			}
		})
	}
}

// askSite runs a whole site, creates a session there as a browser would, and returns what the follow-up answers and what the
// site has logged.
func askSite(t *testing.T, folder string, command []string) (answer, logged string, err error) {
	t.Helper()
	site := startSite(t, folder, command)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: snippetTimeout}
	for _, path := range []string{"/session", "/follow-up"} {
		response, err := client.Post(site.address+path, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK {
			if told := strings.TrimSpace(string(body)); told != "That did not work." {
				t.Errorf("the visitor is told %q", told)
			}
			return "", site.stderr.String(), fmt.Errorf("%s: %s", path, response.Status)
		}
		answer = string(body)
	}
	return answer, site.stderr.String(), nil
}

// wantUsage: without the session's id a follow-up says in a line how it is called.
func wantUsage(t *testing.T, folder string, command []string) {
	t.Helper()
	if stdout, stderr, err := runIn(t, folder, command...); err == nil || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "usage: ") {
		t.Errorf("without an id: %v\n%s%s", err, stdout, stderr)
	}
}

// wantTaken: a second site at the first one's address says in a sentence why it does not start.
func wantTaken(t *testing.T, folder string, command []string, site *program) {
	t.Helper()
	address, err := url.Parse(site.address)
	if err != nil {
		t.Fatal(err)
	}
	second := exec.CommandContext(t.Context(), command[0], command[1:]...)
	second.Dir, second.Env = folder, append(os.Environ(), "PORT="+address.Port())
	said, err := second.CombinedOutput()
	if err == nil || strings.Count(string(said), "\n") != 1 || !strings.Contains(string(said), "in use") || !strings.Contains(string(said), ". Set PORT to another one.") {
		t.Errorf("with a port that is taken: %v\n%s", err, said)
	}
}

// startSite runs a snippet that is a whole site, on a free port, until the test ends.
func startSite(t *testing.T, folder string, command []string) *program {
	t.Helper()
	started := exec.Command(command[0], command[1:]...)
	started.Dir, started.Env = folder, append(os.Environ(), "PORT=0")
	site, err := startCommand(started, command[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = site.command.Process.Kill()
		<-site.ended
	})
	return site
}
