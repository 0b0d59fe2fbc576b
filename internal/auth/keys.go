package auth

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	// keysFloor is the least time between two fetches of the keys. go-oidc fetches again for every unknown key id and
	// every bad signature, which anybody can send.
	keysFloor = 30 * time.Second
	// failureFloor is the same after a failed call to the issuer: short, as everybody is refused meanwhile.
	failureFloor = 5 * time.Second
	maxDocument  = 256 << 10 // bytes of the keys or of the discovery document
)

// staticKeys verifies with keys that were given, by their ids.
type staticKeys map[string]crypto.PublicKey

func (s staticKeys) VerifySignature(_ context.Context, text string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil {
		return nil, err
	}
	key, ok := s[jws.Signatures[0].Protected.KeyID]
	if !ok {
		return nil, errors.New("auth: unknown key")
	}
	return jws.Verify(key)
}

// watchKeys gives the key set a place to say that it was not the token's fault: what go-oidc makes of a key set's
// error no longer tells.
func watchKeys(ctx context.Context) (context.Context, *error) {
	trouble := new(error)
	return context.WithValue(ctx, troubleKey{}, trouble), trouble
}

type troubleKey struct{}

// remoteKeys verifies with the keys that an issuer publishes.
type remoteKeys struct {
	issuer string
	client *http.Client // of discovery
	keys   *http.Client // of the keys: the same with the floor
	now    func() time.Time

	looking chan struct{} // full while somebody asks the issuer where its keys are

	mu     sync.Mutex
	set    *oidc.RemoteKeySet // nil until the issuer said it
	failed time.Time          // when it last did not
}

func newRemoteKeys(c Config) *remoteKeys {
	base := http.DefaultTransport.(*http.Transport).Clone()
	var plain http.RoundTripper = base
	var redirects func(*http.Request, []*http.Request) error
	if c.HTTPClient != nil {
		redirects = c.HTTPClient.CheckRedirect
		if plain = c.HTTPClient.Transport; plain == nil {
			plain = base
		}
	}
	client := &http.Client{Transport: boundedTransport{plain}, CheckRedirect: redirects, Timeout: callWithin}
	r := &remoteKeys{
		issuer: c.Issuer, now: c.Now, looking: make(chan struct{}, 1), client: client,
		keys: &http.Client{Transport: &flooredTransport{next: client, now: c.Now}},
	}
	if c.JWKSURL != "" {
		r.use(c.JWKSURL)
	}
	return r
}

func (r *remoteKeys) use(address string) *oidc.RemoteKeySet {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.set = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), r.keys), address)
	return r.set
}

func (r *remoteKeys) VerifySignature(ctx context.Context, text string) ([]byte, error) {
	set, err := r.discovered(ctx)
	var payload []byte
	if err == nil {
		payload, err = set.VerifySignature(ctx, text)
	}
	trouble, watched := ctx.Value(troubleKey{}).(*error)
	if failure, ok := errors.AsType[*unreachable](err); ok && watched {
		*trouble = failure
	} else if err != nil && ctx.Err() != nil && watched {
		*trouble = ctx.Err()
	}
	return payload, err
}

// discovered returns the issuer's key set; the first caller asks the issuer where it is, others wait.
func (r *remoteKeys) discovered(ctx context.Context) (*oidc.RemoteKeySet, error) {
	if set, _ := r.state(); set != nil {
		return set, nil
	}
	select {
	case r.looking <- struct{}{}:
		defer func() { <-r.looking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	set, failed := r.state()
	if set != nil {
		return set, nil
	}
	if r.now().Sub(failed) < failureFloor {
		return nil, &unreachable{"the issuer could not be asked for its keys a moment ago"}
	}
	address, err := r.discover(ctx)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.failed = r.now()
		return nil, err
	}
	return r.use(address), nil
}

func (r *remoteKeys) state() (*oidc.RemoteKeySet, time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.set, r.failed
}

func (r *remoteKeys) discover(ctx context.Context) (string, error) {
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), r.client) // one caller's leaving must not fail the others
	provider, err := oidc.NewProvider(ctx, r.issuer)
	if err != nil {
		return "", &unreachable{"the issuer's discovery document cannot be had, or is another issuer's"}
	}
	var document struct {
		Keys string `json:"jwks_uri"`
	}
	if provider.Claims(&document) != nil || !webAddress(document.Keys) {
		return "", &unreachable{"the issuer's discovery document does not say where its keys are"}
	}
	return document.Keys, nil
}

// unreachable says that the issuer, not the token, is at fault. why holds nothing of what the issuer answered.
type unreachable struct{ why string }

func (u *unreachable) Error() string { return u.why }

// boundedTransport takes only a 200 of bearable size.
type boundedTransport struct{ next http.RoundTripper }

func (b boundedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(request)
	if err != nil || response.StatusCode >= 300 && response.StatusCode < 400 {
		return response, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, &unreachable{"the issuer answered with an error"}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxDocument {
		return nil, &unreachable{"the issuer's answer is larger than allowed"}
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// flooredTransport answers a fetch that comes too soon with what the last one brought. It is for the keys only, so one
// answer is all it keeps.
type flooredTransport struct {
	next *http.Client
	now  func() time.Time

	mu      sync.Mutex
	keys    []byte // of the last success; nil before
	fetched time.Time
	failed  time.Time
}

func (f *flooredTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	f.mu.Lock() // across the fetch: go-oidc has one under way at a time
	defer f.mu.Unlock()
	now := f.now()
	if now.Sub(f.failed) < failureFloor {
		return nil, &unreachable{"the issuer's keys could not be fetched a moment ago"}
	}
	if f.keys == nil || now.Sub(f.fetched) >= keysFloor {
		keys, err := f.fetch(request)
		if err != nil {
			f.failed = f.now()
			return nil, &unreachable{"the issuer's keys cannot be fetched"}
		}
		f.keys, f.fetched = keys, f.now()
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Request: request,
		Body: io.NopCloser(bytes.NewReader(f.keys)), ContentLength: int64(len(f.keys)),
	}, nil
}

func (f *flooredTransport) fetch(request *http.Request) ([]byte, error) {
	response, err := f.next.Do(request.Clone(request.Context()))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return usableKeys(body)
}

// usableKeys leaves in a key set only what can verify a signature, so that one odd key neither spoils the others nor is
// used for what it is not meant for.
func usableKeys(body []byte) ([]byte, error) {
	var published struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &published); err != nil || published.Keys == nil {
		return nil, errors.New("auth: not a JSON Web Key Set")
	}
	usable := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, raw := range published.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && key.KeyID != "" && key.IsPublic() && (key.Use == "" || key.Use == "sig") {
			usable.Keys = append(usable.Keys, key)
		}
	}
	return json.Marshal(usable)
}
