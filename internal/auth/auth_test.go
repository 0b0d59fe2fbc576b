package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/auth"
)

var (
	rsaKey, _   = rsa.GenerateKey(rand.Reader, 2048)
	otherKey, _ = rsa.GenerateKey(rand.Reader, 2048)
	ecKey, _    = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, edKey, _ = ed25519.GenerateKey(rand.Reader)
)

const issuerName = "https://issuer.example"

// clock is a clock that tests move.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.at.Store(time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) Now() time.Time           { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) Add(d time.Duration)      { c.at.Add(int64(d)) }
func (c *clock) In(d time.Duration) int64 { return c.Now().Add(d).Unix() }

// sign makes a token; a nil value removes a claim.
func sign(t testing.TB, algorithm jose.SignatureAlgorithm, key any, kid string, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		options = options.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
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

func claims(c *clock, changed map[string]any) map[string]any {
	all := map[string]any{
		"iss": issuerName, "aud": []string{"baton"}, "exp": c.In(time.Hour), "nbf": c.In(-time.Second), "client_id": "bank", "sub": "somebody",
	}
	maps.Copy(all, changed)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	return all
}

func static(t *testing.T, c *clock, change func(*auth.Config)) *auth.Verifier {
	t.Helper()
	config := auth.Config{
		Issuer: issuerName, Audience: "baton", Now: c.Now,
		Keys: map[string]crypto.PublicKey{"rsa": rsaKey.Public(), "ec": ecKey.Public(), "ed": edKey.Public()},
	}
	if change != nil {
		change(&config)
	}
	verifier, err := auth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func TestVerify(t *testing.T) {
	c := newClock()
	good := sign(t, jose.RS256, rsaKey, "rsa", claims(c, nil))
	with := func(changed map[string]any) string { return sign(t, jose.RS256, rsaKey, "rsa", claims(c, changed)) }
	publicBytes, err := json.Marshal(jose.JSONWebKey{Key: rsaKey.Public()})
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	body := strings.Split(good, ".")[1]

	for name, token := range map[string]string{
		"RS256":                     good,
		"PS256":                     sign(t, jose.PS256, rsaKey, "rsa", claims(c, nil)),
		"ES256":                     sign(t, jose.ES256, ecKey, "ec", claims(c, nil)),
		"EdDSA":                     sign(t, jose.EdDSA, edKey, "ed", claims(c, nil)),
		"AudienceIsText":            with(map[string]any{"aud": "baton"}),
		"OneOfSeveralAudiences":     with(map[string]any{"aud": []string{"other", "baton"}}),
		"NoNotBefore":               with(map[string]any{"nbf": nil}),
		"ExpiredWithinTheSkew":      with(map[string]any{"exp": c.In(-59 * time.Second)}),
		"NotBeforeWithinTheSkew":    with(map[string]any{"nbf": c.In(59 * time.Second)}),
		"IssuedWithinTheSkew":       with(map[string]any{"iat": c.In(59 * time.Second)}),
		"OddScopeThatNobodyAsksFor": with(map[string]any{"scope": 7, "scp": map[string]any{}}),
		"ClientByAzp":               with(map[string]any{"client_id": nil, "azp": "bank"}),
		"ClientBySub":               with(map[string]any{"client_id": nil, "sub": "bank"}),
		"ClientIDOutranksAzpAndSub": with(map[string]any{"azp": "x", "sub": "y"}),
	} {
		t.Run("Accepted"+name, func(t *testing.T) {
			caller, err := static(t, c, nil).Verify(t.Context(), token)
			if err != nil || caller.Tenant != issuerName+"|bank" {
				t.Errorf("tenant %q, error %v", caller.Tenant, err)
			}
		})
	}

	for name, token := range map[string]string{
		"Empty":                 "",
		"NotAToken":             "not-a-token",
		"OverTheLimit":          strings.Repeat("a", auth.MaxBearer+1),
		"WithScheme":            "Bearer " + good,
		"AlgNone":               encode([]byte(`{"alg":"none","kid":"rsa"}`)) + "." + body + ".",
		"HS256WithThePublicKey": sign(t, jose.HS256, publicBytes, "rsa", claims(c, nil)),
		"JSONSerialization": fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`,
			strings.Split(good, ".")[0], body, strings.Split(good, ".")[2]),
		"NoKeyID":          sign(t, jose.RS256, rsaKey, "", claims(c, nil)),
		"UnknownKeyID":     sign(t, jose.RS256, rsaKey, "other", claims(c, nil)),
		"AnotherKey":       sign(t, jose.RS256, otherKey, "rsa", claims(c, nil)),
		"KeyOfAnotherKind": sign(t, jose.RS256, rsaKey, "ec", claims(c, nil)),
		"ChangedPayload":   strings.Split(good, ".")[0] + "." + encode([]byte(`{"iss":"`+issuerName+`","aud":"baton"}`)) + "." + strings.Split(good, ".")[2],
		"AnotherIssuer":    with(map[string]any{"iss": "https://evil.example"}),
		"NoIssuer":         with(map[string]any{"iss": nil}),
		"AnotherAudience":  with(map[string]any{"aud": "other"}),
		"NoAudience":       with(map[string]any{"aud": nil}),
		"Expired":          with(map[string]any{"exp": c.In(-time.Minute)}),
		"NoExpiry":         with(map[string]any{"exp": nil}),
		"NotYet":           with(map[string]any{"nbf": c.In(61 * time.Second)}),
		"IssuedLater":      with(map[string]any{"iat": c.In(61 * time.Second)}),
		"ExpiryIsNoNumber": with(map[string]any{"exp": "tomorrow"}),
		"ExpiryTooLarge":   with(map[string]any{"exp": 1e30}),
		"NotBeforeInAges":  with(map[string]any{"nbf": 1e15}),
		"ClientTooLong":    with(map[string]any{"client_id": strings.Repeat("bank", 65)}),
		"Nobody":           with(map[string]any{"client_id": nil, "sub": nil}),
		"ClientIDIsNoText": with(map[string]any{"client_id": []string{"bank"}}),
	} {
		t.Run("Refused"+name, func(t *testing.T) {
			caller, err := static(t, c, nil).Verify(t.Context(), token)
			if !errors.Is(err, auth.ErrInvalid) || errors.Is(err, auth.ErrUnavailable) || caller != (auth.Caller{}) {
				t.Fatalf("caller %+v, error %v; want ErrInvalid", caller, err)
			}
			for _, secret := range []string{"evil.example", "eyJ", "bank"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats %q from the token: %v", secret, err)
				}
			}
		})
	}

	t.Run("TheLongestIs8KiB", func(t *testing.T) {
		longest, over := "", ""
		for padding := 5000; over == ""; padding++ {
			if token := with(map[string]any{"padding": strings.Repeat("x", padding)}); len(token) <= auth.MaxBearer {
				longest = token
			} else {
				over = token
			}
			if len(longest) < auth.MaxBearer-100 {
				padding += (auth.MaxBearer - len(longest)) / 2
			}
		}
		if _, err := static(t, c, nil).Verify(t.Context(), longest); err != nil {
			t.Errorf("%d bytes: %v", len(longest), err)
		}
		if _, err := static(t, c, nil).Verify(t.Context(), over); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%d bytes: %v, want ErrInvalid", len(over), err)
		}
	})

	t.Run("TheScopeIsDemanded", func(t *testing.T) {
		verifier := static(t, c, func(config *auth.Config) { config.Audience, config.Scope = "", "baton.create" })
		for name, test := range map[string]struct {
			claim string
			value any
			ok    bool
		}{
			"alone":             {"scope", "baton.create", true},
			"among words":       {"scope", "openid  baton.create", true},
			"in a list":         {"scope", []string{"openid", "baton.create"}, true},
			"scp, a list":       {"scp", []string{"baton.create"}, true},
			"scp, words":        {"scp", "a baton.create", true},
			"another":           {"scope", "baton.creates", false},
			"in another case":   {"scope", "Baton.Create", false},
			"words in a list":   {"scope", []string{"a baton.create"}, false},
			"an empty text":     {"scope", "", false},
			"of another form":   {"scope", map[string]any{"baton.create": true}, false},
			"under another key": {"scopes", "baton.create", false},
		} {
			_, err := verifier.Verify(t.Context(), with(map[string]any{test.claim: test.value}))
			if test.ok != (err == nil) || err != nil && !errors.Is(err, auth.ErrInvalid) {
				t.Errorf("%s: %v, want accepted: %v", name, err, test.ok)
			}
		}
	})

	t.Run("OnlyListedClientsMayCome", func(t *testing.T) {
		verifier := static(t, c, func(config *auth.Config) { config.Audience, config.Clients = "", []string{"bank"} })
		if _, err := verifier.Verify(t.Context(), good); err != nil {
			t.Errorf("listed client: %v", err)
		}
		for name, changed := range map[string]map[string]any{
			"another client_id":  {"client_id": "shop"},
			"listed in azp only": {"client_id": "shop", "azp": "bank"},
			"listed in sub only": {"client_id": nil, "azp": "shop", "sub": "bank"},
		} {
			if _, err := verifier.Verify(t.Context(), with(changed)); !errors.Is(err, auth.ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", name, err)
			}
		}
	})
}

func TestNew(t *testing.T) {
	keys := map[string]crypto.PublicKey{"k": rsaKey.Public()}
	for name, test := range map[string]struct {
		config auth.Config
		want   string
	}{
		"NoIssuer":             {auth.Config{Audience: "a", JWKSURL: issuerName + "/keys"}, "an issuer has no name"},
		"IssuerWithABar":       {auth.Config{Issuer: "https://a|b", Audience: "a"}, "must not hold a |"},
		"IssuerNamedAsAPIKeys": {auth.Config{Issuer: "key", Keys: keys}, "the word for API keys"},
		"AnyTokenWouldDo":      {auth.Config{Issuer: issuerName}, "name an audience, the clients or a scope"},
		"AnyTokenOfJWKS":       {auth.Config{Issuer: "urn:x", JWKSURL: issuerName + "/keys"}, "name an audience, the clients or a scope"},
		"KeysAndURL":           {auth.Config{Keys: keys, JWKSURL: issuerName}, "not both"},
		"IssuerIsNoAddress":    {auth.Config{Issuer: "urn:x", Audience: "a"}, "issuer must be an absolute"},
		"JWKSURLIsNoAddress":   {auth.Config{JWKSURL: "keys.json", Audience: "a"}, "JWKS URL must be"},
		"EmptyClient":          {auth.Config{Keys: keys, Clients: []string{""}}, "empty entry"},
		"PrivateKey":           {auth.Config{Keys: map[string]crypto.PublicKey{"k": rsaKey}}, "static key"},
		"SymmetricKey":         {auth.Config{Keys: map[string]crypto.PublicKey{"k": []byte("secret")}}, "static key"},
		"KeyWithoutID":         {auth.Config{Keys: map[string]crypto.PublicKey{"": rsaKey.Public()}}, "static key"},
		"EveryProblemIsNamed":  {auth.Config{JWKSURL: "x"}, "name an audience"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := auth.New(test.config); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
		})
	}
	t.Run("NobodyToTrust", func(t *testing.T) {
		if _, err := auth.New(); err == nil || !strings.Contains(err.Error(), "nothing says how") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("AnIssuerTwice", func(t *testing.T) {
		config := auth.Config{Issuer: issuerName, Keys: keys}
		if _, err := auth.New(config, config); err == nil || !strings.Contains(err.Error(), "named twice") {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("IssuerOfAnotherSchemeWithStaticKeys", func(t *testing.T) {
		if _, err := auth.New(auth.Config{Keys: keys, Issuer: "urn:x"}); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkVerifyRemembered(b *testing.B) {
	c := newClock()
	verifier, err := auth.New(auth.Config{Issuer: issuerName, Now: c.Now, Keys: map[string]crypto.PublicKey{"rsa": rsaKey.Public()}})
	if err != nil {
		b.Fatal(err)
	}
	for name, padding := range map[string]int{"Usual": 400, "Longest": 5650} {
		b.Run(name, func(b *testing.B) {
			token := sign(b, jose.RS256, rsaKey, "rsa", claims(c, map[string]any{"padding": strings.Repeat("x", padding)}))
			b.ReportAllocs()
			b.ReportMetric(float64(len(token)), "B/bearer")
			for b.Loop() {
				if _, err := verifier.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerifyFirstTime(b *testing.B) {
	c := newClock()
	config := auth.Config{Issuer: issuerName, Now: c.Now, Keys: map[string]crypto.PublicKey{"rsa": rsaKey.Public()}}
	token := sign(b, jose.RS256, rsaKey, "rsa", claims(c, nil))
	for b.Loop() {
		verifier, err := auth.New(config)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := verifier.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
