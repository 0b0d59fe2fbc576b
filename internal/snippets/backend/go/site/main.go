// A whole small site: it serves the page element.html, which lies beside this file, creates sessions, and fetches and checks
// results. Open http://localhost:3000 (PORT changes it). Run it with:
// go mod init example && go mod tidy && go run main.go
package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	server   = "https://baton.example.com"
	provider = "https://id.example.com"     // where results and their keys are
	issuer   = "https://issuer.example.com" // who must have signed: iss
	audience = "your-audience"              // for whom: aud
	tokenURL = "https://auth.example.com/api/oauth/token"
	clientID = "your-client-id"
)

var (
	clientSecret = cmp.Or(os.Getenv("CLIENT_SECRET"), "your-client-secret") // from the environment, not from the source

	client = &http.Client{Timeout: 10 * time.Second}
	keys   = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), provider+"/api/.well-known/jwks.json")

	// Who is registering, by a cookie, and the session that belongs to it. In your product: the registration in your database.
	registrations sync.Map
)

func main() {
	site := http.NewServeMux()
	site.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "element.html") })
	site.HandleFunc("POST /session", forVisitor(createSession))
	site.HandleFunc("POST /follow-up", forVisitor(followUp))
	listener, err := net.Listen("tcp", "localhost:"+cmp.Or(os.Getenv("PORT"), "3000"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Open http://localhost:%d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, http.NewCrossOriginProtection().Handler(site)))
}

func createSession(visitor string) ([]byte, error) {
	body, err := json.Marshal(map[string]string{
		"data":  base64.StdEncoding.EncodeToString([]byte(`{"documents":[{"documentType":"PASSPORT"}]}`)),
		"claim": "once",
	})
	if err != nil {
		return nil, err
	}
	created, err := callWithBearer(http.MethodPost, server+"/api/v1/session", body)
	if err != nil {
		return nil, err
	}
	var session struct {
		ID string `json:"sessionId"`
	}
	if err := json.Unmarshal(created, &session); err != nil {
		return nil, err
	}
	registrations.Store(visitor, session.ID)
	return created, nil
}

func followUp(visitor string) ([]byte, error) {
	sessionID, ok := registrations.Load(visitor) // our own record: what the page says does not count
	if !ok {
		return nil, errors.New("nobody has registered here")
	}
	signed, err := callWithBearer(http.MethodGet, provider+"/api/v1/info/"+sessionID.(string), nil)
	if err != nil {
		return nil, err
	}
	verifier := oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{oidc.RS256}})
	token, err := verifier.Verify(context.Background(), strings.TrimSpace(string(signed)))
	if err != nil {
		return nil, err
	}
	var claims struct {
		ID   string `json:"jti"`
		Data struct {
			Documents []struct {
				Type string `json:"documentType"`
			} `json:"documents"`
		} `json:"data"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	if !strings.EqualFold(claims.ID, sessionID.(string)) || len(claims.Data.Documents) == 0 {
		return nil, errors.New("the result is another session's, or empty")
	}
	return []byte("Welcome. We have checked your " + strings.ToLower(claims.Data.Documents[0].Type) + "."), nil
}

// forVisitor knows a visitor by a cookie.
func forVisitor(answer func(visitor string) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("visitor")
		if err != nil {
			cookie = &http.Cookie{Name: "visitor", Value: rand.Text(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}
			http.SetCookie(w, cookie)
		}
		body, err := answer(cookie.Value)
		if err != nil {
			log.Print(err)
			http.Error(w, "That did not work.", http.StatusBadGateway)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Write(body)
	}
}

func callWithBearer(method, address string, body []byte) ([]byte, error) {
	answer, err := client.PostForm(tokenURL, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret},
	})
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || token.AccessToken == "" {
		return nil, fmt.Errorf("no token: %s", answer.Status)
	}
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token.AccessToken)
	request.Header.Set("Content-Type", "application/json")
	if answer, err = client.Do(request); err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, read)
	}
	return read, err
}
