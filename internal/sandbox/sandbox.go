package sandbox

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// DefaultClientID and DefaultClientSecret are the demo's credentials. They are public and open a sandbox only.
	DefaultClientID     = "sandbox"
	DefaultClientSecret = "sandbox"

	// Issuer is the iss of results and of access tokens. It names no address, so that both stay valid when the
	// sandbox is started again under another one.
	Issuer = "urn:baton:sandbox"

	// DefaultResultLifetime is a result's exp - iat, and how long its images are there.
	DefaultResultLifetime = 2 * time.Hour

	keyBits    = 2048
	sweepBatch = 100 // results in one transaction
)

// Config is what a Sandbox needs.
type Config struct {
	Store          Store
	ClientID       string           // the one client; "" for DefaultClientID
	ClientSecret   string           // "" for DefaultClientSecret
	ResultLifetime time.Duration    // 0 for DefaultResultLifetime
	Lateness       time.Duration    // of a slow provider; 0 for DefaultLateness
	Now            func() time.Time // nil for the system's clock
	Log            *slog.Logger     // nil for none
}

// Sandbox is the provider's stand-in. Safe for concurrent use.
type Sandbox struct {
	store        Store
	clientID     string
	clientSecret string
	lifetime     time.Duration
	lateness     time.Duration
	now          func() time.Time
	log          *slog.Logger
	wishes       wishes

	keyID  string
	public *rsa.PublicKey
	signer jose.Signer
	jwks   []byte
}

// New returns a sandbox with the store's signing key, which it makes the first time.
func New(ctx context.Context, c Config) (*Sandbox, error) {
	if c.Store == nil {
		return nil, errors.New("sandbox: a store is needed for the signing key and the results")
	}
	if c.ResultLifetime < 0 {
		return nil, errors.New("sandbox: a result's lifetime cannot be negative")
	}
	s := &Sandbox{
		store: c.Store, clientID: cmp.Or(c.ClientID, DefaultClientID), clientSecret: cmp.Or(c.ClientSecret, DefaultClientSecret),
		lifetime: cmp.Or(c.ResultLifetime, DefaultResultLifetime), lateness: cmp.Or(c.Lateness, DefaultLateness), now: c.Now, log: c.Log,
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	key, err := c.Store.SigningKey(ctx, newSigningKey)
	if err != nil {
		return nil, fmt.Errorf("sandbox: signing key: %w", err)
	}
	if err := s.use(key); err != nil {
		return nil, err
	}
	return s, nil
}

func newSigningKey() (SigningKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return SigningKey{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return SigningKey{}, err
	}
	return SigningKey{ID: randomHex(16), PKCS8: der}, nil
}

func (s *Sandbox) use(kept SigningKey) error {
	parsed, err := x509.ParsePKCS8PrivateKey(kept.PKCS8)
	key, isRSA := parsed.(*rsa.PrivateKey)
	if err != nil || !isRSA {
		return errors.New("sandbox: the kept signing key is not an RSA key; remove it from the store to have a new one made")
	}
	s.keyID, s.public = kept.ID, &key.PublicKey
	s.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: kept.ID}}, nil)
	if err != nil {
		return fmt.Errorf("sandbox: signer: %w", err)
	}
	s.jwks, err = json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: s.public, KeyID: s.keyID, Algorithm: string(jose.RS256), Use: "sig"},
	}})
	if err != nil {
		return fmt.Errorf("sandbox: key set: %w", err)
	}
	return nil
}

// sign returns the compact JWS of claims. Its header is alg and kid and nothing else, as the provider's.
func (s *Sandbox) sign(claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sandbox: encode claims: %w", err)
	}
	signed, err := s.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sandbox: sign: %w", err)
	}
	return signed.CompactSerialize()
}

// Keys returns the public keys of results and access tokens by kid, for verifiers in the same process.
func (s *Sandbox) Keys() map[string]crypto.PublicKey {
	return map[string]crypto.PublicKey{s.keyID: s.public}
}

// Sweep removes expired results every interval until ctx ends, which is how it returns. Expiry itself does not depend
// on it.
func (s *Sandbox) Sweep(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.sweepOnce(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "sandbox sweep failed; it runs again at the next interval", "error", err)
		}
	}
}

func (s *Sandbox) sweepOnce(ctx context.Context) error {
	for {
		removed, err := s.store.DeleteExpiredResults(ctx, s.now(), sweepBatch)
		if err != nil || removed < sweepBatch {
			return err
		}
	}
}

func randomHex(bytes int) string {
	random := make([]byte, bytes)
	rand.Read(random)
	return hex.EncodeToString(random)
}
