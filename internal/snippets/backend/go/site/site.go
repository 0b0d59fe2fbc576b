// A whole small site: it serves the page element.html, which lies beside this file, creates sessions, fetches and checks
// results, and decides. Run it with:
// go mod init example && go mod tidy && go run site.go
// and open http://localhost:3000 (PORT=8000 in front of go run: http://localhost:8000).
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
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	server = "https://baton.example.com"
	// Where results and their keys are, who must have signed them (iss), and for whom (aud).
	provider = "https://id.example.com"
	issuer   = "https://issuer.example.com"
	audience = "your-audience"

	tokenURL = "https://auth.example.com/api/oauth/token"
	clientID = "your-client-id"

	// What the app on the phone is to do. decide, below, fits it.
	enrolment = `{
		"documents": [{"documentType": "PASSPORT", "reading": {"enabled": true}}],
		"facialRecognition": {"enabled": true},
		"backgroundCheck": {"enabled": true}
	}`
)

var words = map[string]string{
	"DOCUMENT_REFUSED":   "We could not accept the document.",
	"FACE_NO_MATCH":      "The face does not match the document.",
	"BACKGROUND_REFUSED": "A person has to look at this. Please contact us.",
}

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
		log.Fatal(err, ". Set PORT to another one.")
	}
	fmt.Printf("Open http://localhost:%d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, http.NewCrossOriginProtection().Handler(site)))
}

func createSession(visitor string) ([]byte, error) {
	body, err := json.Marshal(map[string]any{
		"data":      base64.StdEncoding.EncodeToString([]byte(enrolment)),
		"claim":     "once",
		"requester": map[string]string{"name": "Example Shop"}, // who asks, as the phone shows it
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
		ID   string  `json:"jti"`
		Data verdict `json:"data"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	if !strings.EqualFold(claims.ID, sessionID.(string)) {
		return nil, errors.New("the result is another session's")
	}
	if code := decide(claims.Data); code != "" {
		return nil, refusal(code)
	}
	return []byte("Welcome. We have checked your " + strings.ToLower(claims.Data.Documents[0].Type) + "."), nil
}

// verdict is what decide looks at: a part of a result's data.
type verdict struct {
	Documents []struct {
		Type string `json:"documentType"`
		Scan struct {
			Front struct {
				Expires string `json:"dateOfExpiryFullFormatted"` // as printed
				EndsMRZ string `json:"dateOfExpiryFormatted"`     // as in the machine-readable zone
			} `json:"front"`
		} `json:"scan"`
		Reading struct {
			Data map[string]any `json:"data"`
		} `json:"reading"`
		Face struct {
			Match bool `json:"match"`
			Level int  `json:"matchLevel"`
		} `json:"face"`
	} `json:"documents"`
	Verifications []checks `json:"verifications"`
	Background    struct {
		Match *bool `json:"match"`
	} `json:"backgroundCheck"`
}

// checks are those of one document. Scores are of 100; none is 0.
type checks struct {
	Type      string `json:"documentType"`
	Tampering score  `json:"idPhotoTamperingDetection"`
	Screen    score  `json:"idScreenDetection"`
	Print     score  `json:"idPrintDetection"`
	MRZ       struct {
		Valid *bool `json:"valid"`
	} `json:"mrzChecksum"`
	Reading struct {
		Signed struct {
			ByCountry bool `json:"documentSigningCertificateSignatureValid"`
			Data      bool `json:"documentDataSignatureValid"`
		} `json:"passiveAuthentication"`
	} `json:"reading"`
}

type score struct {
	Score float64 `json:"score"`
}

// decide says why a genuine result is not good enough, by a code that the page has words for, or nothing. Here is the place for
// your own rules: these fit a session that asks for one passport, its chip where the phone reads it, the face and the lists.
func decide(result verdict) string {
	if len(result.Documents) != 1 || result.Documents[0].Type != "PASSPORT" {
		return "DOCUMENT_REFUSED" // not what was asked for
	}
	document := result.Documents[0]
	expires := cmp.Or(document.Scan.Front.Expires, document.Scan.Front.EndsMRZ)
	if _, err := time.Parse(time.DateOnly, expires); err != nil || expires < time.Now().UTC().Format(time.DateOnly) {
		return "DOCUMENT_REFUSED" // expired, or it does not say when: a passport does
	}

	var found checks
	if i := slices.IndexFunc(result.Verifications, func(c checks) bool { return c.Type == document.Type }); i >= 0 {
		found = result.Verifications[i]
	}
	chipRead, least := len(document.Reading.Data) > 0, 2 // of 5
	if chipRead {
		least = 3 // the chip's picture is better than the printed one
	}
	switch {
	case found.Tampering.Score > 70: // another photo in it
		return "DOCUMENT_REFUSED"
	case found.Screen.Score > 50 || found.Print.Score > 50: // no original
		return "DOCUMENT_REFUSED"
	case found.MRZ.Valid != nil && !*found.MRZ.Valid:
		return "DOCUMENT_REFUSED"
	case chipRead && !(found.Reading.Signed.ByCountry && found.Reading.Signed.Data): // not what its country signed
		return "DOCUMENT_REFUSED"
	case !document.Face.Match || document.Face.Level < least:
		return "FACE_NO_MATCH"
	case result.Background.Match == nil || *result.Background.Match: // not looked up, or on a list
		return "BACKGROUND_REFUSED"
	}
	return ""
}

// refusal is a code of decide.
type refusal string

func (r refusal) Error() string { return words[string(r)] }

// forVisitor knows a visitor by a cookie.
func forVisitor(answer func(visitor string) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("visitor")
		if err != nil {
			cookie = &http.Cookie{Name: "visitor", Value: rand.Text(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}
			http.SetCookie(w, cookie)
		}
		body, err := answer(cookie.Value)
		var refused refusal
		w.Header().Set("Cache-Control", "no-store")
		switch {
		case errors.As(err, &refused):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			json.NewEncoder(w).Encode(map[string]string{"code": string(refused), "message": refused.Error()})
		case err != nil:
			log.Print(err) // for you; the visitor is told no more than this
			http.Error(w, "That did not work.", http.StatusBadGateway)
		default:
			w.Write(body)
		}
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
