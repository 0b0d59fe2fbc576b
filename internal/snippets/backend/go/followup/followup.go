// Fetches a session's result from the provider, checks that it is genuine, and decides. Run it with:
// go mod init example && go mod tidy && go run followup.go SESSION_ID
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	// Where results and their keys are, who must have signed them (iss), and for whom (aud).
	provider = "https://id.example.com"
	issuer   = "https://issuer.example.com"
	audience = "your-audience"

	tokenURL = "https://auth.example.com/api/oauth/token"
	clientID = "your-client-id"
)

var client = &http.Client{Timeout: 10 * time.Second}

// keys are the provider's, fetched when a result names one that is not known yet. Keep it for the life of the process.
var keys = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), client), provider+"/api/.well-known/jwks.json")

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run followup.go SESSION_ID")
	}
	// In your backend the session's id comes from your own record of the registration, never from the page.
	data, err := result(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var found verdict
	if err := json.Unmarshal(data, &found); err != nil {
		log.Fatal(err)
	}
	if refused := decide(found); refused != "" {
		log.Fatal("refused: ", refused)
	}
	fmt.Fprintln(os.Stderr, "accepted: the result is genuine and good enough")
	fmt.Printf("%s\n", data)
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

// result returns what the provider says of a session, once it is certain that the provider says so, to us, of this session.
func result(ctx context.Context, sessionID string) (json.RawMessage, error) {
	signed, err := fetch(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	// Signature, iss, aud and exp.
	verifier := oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{oidc.RS256}})
	token, err := verifier.Verify(ctx, signed)
	if err != nil {
		return nil, err
	}
	var claims struct {
		ID   string          `json:"jti"`
		Data json.RawMessage `json:"data"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	if !strings.EqualFold(claims.ID, sessionID) {
		return nil, errors.New("the result is another session's")
	}
	return claims.Data, nil
}

func fetch(ctx context.Context, sessionID string) (string, error) {
	bearer, err := bearer()
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, provider+"/api/v1/info/"+url.PathEscape(sessionID), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Accept", "application/jwt")
	answer, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("no result: %s %s", answer.Status, body) // the body says why
	}
	return strings.TrimSpace(string(body)), nil
}

// bearer is a token for the provider.
func bearer() (string, error) {
	secret := os.Getenv("CLIENT_SECRET") // from the environment, not from the source
	if secret == "" {
		secret = "your-client-secret"
	}
	answer, err := client.PostForm(tokenURL, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret},
	})
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("no token: %s", answer.Status)
	}
	err = json.NewDecoder(answer.Body).Decode(&token)
	return token.AccessToken, err
}
