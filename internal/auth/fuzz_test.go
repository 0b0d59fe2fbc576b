package auth

import (
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// FuzzGate: whatever a bearer is, it is refused without a panic unless it is the key.
func FuzzGate(f *testing.F) {
	key := NewAPIKey()
	path := filepath.Join(f.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(key.Line("shop")), 0o600); err != nil {
		f.Fatal(err)
	}
	keys, err := OpenKeyFile(path)
	if err != nil {
		f.Fatal(err)
	}
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	tokens, err := New(Config{Issuer: "urn:a", Keys: map[string]crypto.PublicKey{"k": public}})
	if err != nil {
		f.Fatal(err)
	}
	gate := Gate{Keys: keys, Tokens: tokens}
	f.Add("")
	f.Add("bk_")
	f.Add("bk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n")
	f.Add("eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ.eyJpc3MiOiJ1cm46YSJ9.AAAA")                  // {"alg":"EdDSA","kid":"k"} . {"iss":"urn:a"}
	f.Add("eyJhbGciOiJub25lIiwia2lkIjoiayJ9.eyJpc3MiOiJ1cm46YSIsImV4cCI6OTk5OTk5OTk5OX0.") // none
	f.Fuzz(func(t *testing.T, bearer string) {
		if caller, err := gate.Verify(t.Context(), bearer); !errors.Is(err, ErrInvalid) || caller != (Caller{}) {
			t.Errorf("caller %+v, error %v", caller, err)
		}
	})
}

// FuzzUsableKeys: whatever an issuer publishes, what is taken of it is a public key for signatures.
func FuzzUsableKeys(f *testing.F) {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	good, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{KeyID: "k", Use: "sig", Key: public}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"keys":[{"kty":"oct","kid":"k","k":"c2VjcmV0"},{"kty":"EC","kid":"k","crv":"P-256","x":"AA","y":"AA"},7]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB","d":"AQAB"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := usableKeys(body)
		if err != nil {
			return
		}
		for kid, list := range keys {
			for _, key := range list {
				if kid == "" || key.KeyID != kid || !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" {
					t.Errorf("took %+v under %q", key, kid)
				}
			}
		}
		keys.loseAny(publishedKeys{})
	})
}
