package infoapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/handoff"
	"baton/internal/infoapi"
	"baton/internal/registration"
)

func TestVerifyRefuses(t *testing.T) {
	p := newProvider(t)
	with := func(changed map[string]any) string { return sign(t, jose.RS256, key, keyID, p.claims(changed)) }
	now := p.clock.Now().Unix()
	good := with(nil)
	parts := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := json.Marshal(map[string]any{"alg": "RS256", "kid": keyID, "jwk": jose.JSONWebKey{Key: otherKey.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Split(sign(t, jose.RS256, otherKey, keyID, p.claims(nil)), ".")

	for name, test := range map[string]struct {
		jws  string
		want registration.Refusal
	}{
		"AnotherKeysSignature": {strings.Join(forged, "."), registration.RefusalSignature},
		"KeyInTheHeader":       {encode(embedded) + "." + forged[1] + "." + forged[2], registration.RefusalSignature},
		"ChangedPayload":       {parts[0] + "." + encode([]byte(`{"jti":"`+string(session)+`"}`)) + "." + parts[2], registration.RefusalSignature},
		"CutShort":             {good[:len(good)-20], registration.RefusalSignature},
		"NoSignature":          {parts[0] + "." + parts[1] + ".", registration.RefusalSignature},
		"AlgNone":              {encode([]byte(`{"alg":"none","kid":"`+keyID+`"}`)) + "." + parts[1] + ".", registration.RefusalSignature},
		"HS256WithThePEM":      {sign(t, jose.HS256, publicPEM, keyID, p.claims(nil)), registration.RefusalSignature},
		"HS256WithTheDER":      {sign(t, jose.HS256, der, keyID, p.claims(nil)), registration.RefusalSignature},
		"PS256":                {sign(t, jose.PS256, key, keyID, p.claims(nil)), registration.RefusalSignature},
		"RS512":                {sign(t, jose.RS512, key, keyID, p.claims(nil)), registration.RefusalSignature},
		"ES256":                {sign(t, jose.ES256, ecKey, keyID, p.claims(nil)), registration.RefusalSignature},
		"JSONSerialization":    {fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]), registration.RefusalSignature},
		"NotAJWS":              {"hello", registration.RefusalSignature},
		"Empty":                {"", registration.RefusalSignature},
		"TwoDots":              {"..", registration.RefusalSignature},
		"FarTooLarge":          {strings.Repeat("a", 2<<20), registration.RefusalSignature},
		"NoKeyID":              {sign(t, jose.RS256, key, "", p.claims(nil)), registration.RefusalKey},
		"UnknownKeyID":         {sign(t, jose.RS256, key, "ffffffffffffffffffffffffffffffff", p.claims(nil)), registration.RefusalKey},
		"KeyTooShort":          {sign(t, jose.RS256, shortKey, "short", p.claims(nil)), registration.RefusalKey},
		"KeyForEncryption":     {sign(t, jose.RS256, otherKey, "enc", p.claims(nil)), registration.RefusalKey},
		"AnotherIssuer":        {with(map[string]any{"iss": "https://evil.example"}), registration.RefusalIssuer},
		"NoIssuer":             {with(map[string]any{"iss": nil}), registration.RefusalIssuer},
		"IssuerInAnotherCase":  {with(map[string]any{"iss": nil, "ISS": issuer}), registration.RefusalIssuer},
		"AnotherAudience":      {with(map[string]any{"aud": "other"}), registration.RefusalAudience},
		"TwoAudiences":         {with(map[string]any{"aud": []string{clientID, "other"}}), registration.RefusalAudience},
		"EmptyAudiences":       {with(map[string]any{"aud": []string{}}), registration.RefusalAudience},
		"NoAudience":           {with(map[string]any{"aud": nil}), registration.RefusalAudience},
		"ExpiredThisSecond":    {with(map[string]any{"exp": now}), registration.RefusalExpired},
		"NoExpiry":             {with(map[string]any{"exp": nil}), registration.RefusalExpired},
		"FromTheFuture":        {with(map[string]any{"iat": now + 61}), registration.RefusalIssuedAt},
		"NotDated":             {with(map[string]any{"iat": nil}), registration.RefusalIssuedAt},
		"AnotherSession":       {with(map[string]any{"jti": string(handoff.NewSessionID())}), registration.RefusalSession},
		"NoSession":            {with(map[string]any{"jti": nil}), registration.RefusalSession},
		"SessionIsNoUUID":      {with(map[string]any{"jti": "1"}), registration.RefusalSession},
		"NoData":               {with(map[string]any{"data": nil}), registration.RefusalContent},
		"DataIsText":           {with(map[string]any{"data": "Ana Specimen"}), registration.RefusalContent},
		"DocumentWithoutType":  {with(map[string]any{"data": map[string]any{"documents": []any{map[string]any{}}}}), registration.RefusalContent},
		"BackgroundUndecided":  {with(map[string]any{"data": map[string]any{"backgroundCheck": map[string]any{"type": "RDC"}}}), registration.RefusalContent},
		"PayloadIsNoJSON":      {sign(t, jose.RS256, key, keyID, []byte("Ana Specimen")), registration.RefusalContent},
		"PayloadIsNull":        {sign(t, jose.RS256, key, keyID, []byte("null")), registration.RefusalIssuer},
		"ClaimTwice": {sign(t, jose.RS256, key, keyID, []byte(fmt.Sprintf(`{"jti":"x","iss":%q,"aud":%q,"iat":%d,"exp":%d,"jti":%q,"data":{}}`,
			issuer, clientID, now, now+60, session))), registration.RefusalContent},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.keys = append(p.keys, jose.JSONWebKey{KeyID: "short", Key: shortKey.Public()}, jose.JSONWebKey{KeyID: "enc", Use: "enc", Key: otherKey.Public()},
				jose.JSONWebKey{KeyID: "ec", Key: ecKey.Public()})
			client := p.client(t, nil)
			got, err := client.Verify(t.Context(), test.jws, session)
			refused, ok := errors.AsType[*registration.RefusedError](err)
			if !ok || refused.Check != test.want || refused.Detail == "" || errors.Is(err, registration.ErrProvider) {
				t.Fatalf("%+v, error %v; want refusal %q", got, err, test.want)
			}
			for _, leak := range []string{"Ana", "evil", "eyJ", clientID, keyID, string(session)} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("the error repeats %q: %v", leak, err)
				}
			}
		})
	}
}

func TestVerifyAccepts(t *testing.T) {
	p := newProvider(t)
	now := p.clock.Now().Unix()
	for name, jws := range map[string]string{
		"Good":                  sign(t, jose.RS256, key, keyID, p.claims(nil)),
		"AudienceInAList":       sign(t, jose.RS256, key, keyID, p.claims(map[string]any{"aud": []string{clientID}})),
		"SessionInUpperCase":    sign(t, jose.RS256, key, keyID, p.claims(map[string]any{"jti": strings.ToUpper(string(session))})),
		"ProvidersClockIsAhead": sign(t, jose.RS256, key, keyID, p.claims(map[string]any{"iat": now + 60})),
		"ExpiresInASecond":      sign(t, jose.RS256, key, keyID, p.claims(map[string]any{"exp": now + 1})),
		"UnknownClaims":         sign(t, jose.RS256, key, keyID, p.claims(map[string]any{"deviceAttestation": 1, "x": nil})),
		"LineBreakAtTheEnd":     sign(t, jose.RS256, key, keyID, p.claims(nil)) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.client(t, nil).Verify(t.Context(), jws, session)
			if err != nil || got.SessionID != session || !got.IssuedAt.After(p.clock.Now().Add(-time.Second)) || !got.ExpiresAt.After(p.clock.Now()) {
				t.Errorf("%+v, error %v", got, err)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	signedBy := func(t *testing.T, p *provider, k any, kid string) string {
		return sign(t, jose.RS256, k, kid, p.claims(nil))
	}
	isRefused := func(err error) bool {
		refused, ok := errors.AsType[*registration.RefusedError](err)
		return ok && refused.Check == registration.RefusalKey
	}

	t.Run("AreFetchedOnce", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		for range 5 {
			if _, err := client.Verify(t.Context(), p.result, session); err != nil {
				t.Fatal(err)
			}
		}
		if n := p.count("keys"); n != 1 {
			t.Errorf("%d fetches, want 1", n)
		}
	})

	// Within the floor a new key cannot be told from an invented one: the answer must not be final.
	t.Run("ARotatedKeyIsFoundAfterTheFloor", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		if _, err := client.Verify(t.Context(), p.result, session); err != nil {
			t.Fatal(err)
		}
		p.set(func() { p.keys = []jose.JSONWebKey{{KeyID: "next", Key: otherKey.Public()}} })
		p.clock.Add(29 * time.Second)
		for range 3 {
			if _, err := client.Verify(t.Context(), signedBy(t, p, otherKey, "next"), session); !errors.Is(err, registration.ErrProvider) {
				t.Fatalf("within the floor: %v, want ErrProvider", err)
			}
		}
		if n := p.count("keys"); n != 1 {
			t.Errorf("%d fetches within the floor, want 1", n)
		}
		p.clock.Add(time.Second)
		if _, err := client.Verify(t.Context(), signedBy(t, p, otherKey, "next"), session); err != nil {
			t.Errorf("after the floor: %v", err)
		}
		p.clock.Add(time.Minute)
		if _, err := client.Verify(t.Context(), signedBy(t, p, key, keyID), session); !isRefused(err) {
			t.Errorf("withdrawn key: %v, want a refusal", err)
		}
	})

	t.Run("AWithdrawnKeyGoesOutOfUse", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		if _, err := client.Verify(t.Context(), p.result, session); err != nil {
			t.Fatal(err)
		}
		p.set(func() { p.keys = []jose.JSONWebKey{} })
		p.clock.Add(time.Hour)
		if _, err := client.Verify(t.Context(), signedBy(t, p, key, keyID), session); !isRefused(err) {
			t.Errorf("%v, want a refusal", err)
		}
	})

	t.Run("AKnownKeyOutlastsTheProvidersFailure", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		if _, err := client.Verify(t.Context(), p.result, session); err != nil {
			t.Fatal(err)
		}
		p.set(func() { p.routes["keys"] = answer(http.StatusBadGateway, "text/plain", "") })
		p.clock.Add(time.Hour)
		for range 2 {
			if _, err := client.Verify(t.Context(), signedBy(t, p, key, keyID), session); err != nil {
				t.Error(err)
			}
		}
		if n := p.count("keys"); n != 3 { // the first, then one with its retry
			t.Errorf("%d fetches, want 3", n)
		}
	})

	for name, handler := range map[string]http.HandlerFunc{
		"Answer500":   answer(http.StatusInternalServerError, "text/plain", "eyJ"),
		"Answer404":   answer(http.StatusNotFound, "text/plain", "eyJ"),
		"AreNoJSON":   answer(http.StatusOK, "text/html", "<html>"),
		"AreMissing":  answer(http.StatusOK, "application/json", "{}"),
		"AreTooLarge": answer(http.StatusOK, "application/json", `{"keys":[]}`+strings.Repeat(" ", 1<<20)),
	} {
		t.Run("NothingIsFinalWhenThey"+name, func(t *testing.T) {
			p := newProvider(t)
			p.routes["keys"] = handler
			client := p.client(t, nil)
			for range 3 {
				if _, err := client.Verify(t.Context(), p.result, session); !errors.Is(err, registration.ErrProvider) {
					t.Fatalf("%v, want ErrProvider", err)
				}
			}
			if n := p.count("keys"); n > 2 {
				t.Errorf("%d fetches in a row, want a pause after a failure", n)
			}
			p.set(func() { delete(p.routes, "keys") })
			p.clock.Add(2 * time.Second)
			if _, err := client.Verify(t.Context(), p.result, session); err != nil {
				t.Errorf("after the failure: %v", err)
			}
		})
	}

	t.Run("OddKeysSpoilNoOthers", func(t *testing.T) {
		p := newProvider(t)
		good, err := json.Marshal(p.keys[0])
		if err != nil {
			t.Fatal(err)
		}
		p.routes["keys"] = answer(http.StatusOK, "application/json", `{"keys":[{"kty":"odd"},7,null,{"kty":"oct","kid":"`+keyID+`","k":"AAAA"},`+string(good)+`]}`)
		if _, err := p.client(t, nil).Verify(t.Context(), p.result, session); err != nil {
			t.Error(err)
		}
	})
}

func TestNew(t *testing.T) {
	good := infoapi.Config{BaseURL: "https://id.provider.example", ClientID: "c", ClientSecret: "s"}
	for name, test := range map[string]struct {
		change func(*infoapi.Config)
		want   []string
	}{
		"Good":                {func(*infoapi.Config) {}, nil},
		"NothingSet":          {func(c *infoapi.Config) { *c = infoapi.Config{} }, []string{"base URL", "client id", "client secret"}},
		"OtherScheme":         {func(c *infoapi.Config) { c.BaseURL = "ftp://x" }, []string{"base URL"}},
		"Relative":            {func(c *infoapi.Config) { c.TokenURL = "/token" }, []string{"token URL"}},
		"CredentialsInTheURL": {func(c *infoapi.Config) { c.JWKSURL = "https://u:password@x/" }, []string{"JWKS URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			test.change(&config)
			_, err := infoapi.New(config)
			if (err == nil) != (test.want == nil) {
				t.Fatalf("error %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "password") {
					t.Errorf("error %q lacks %q, or tells too much", err, want)
				}
			}
		})
	}
}
