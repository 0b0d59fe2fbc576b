package registration

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"log/slog"
	"time"
	"unique"

	"baton/internal/handoff"
)

// Key is the secret that a browser holds (in its HttpOnly cookie) and that opens its registration. The store sees
// its digest only. The text lies behind a handle, because fmt shows a string without asking its methods under verbs such
// as %d.
type Key struct{ secret unique.Handle[string] }

// KeyLength is a key's length in characters.
const KeyLength = 32

// NewKey draws a key of 160 random bits.
func NewKey() Key {
	var random [20]byte
	rand.Read(random[:])
	return Key{secret: unique.Make(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:]))}
}

// ParseKey reads a key's text; it reports false for what cannot be one.
func ParseKey(text string) (Key, bool) {
	if _, ok := handoff.ParseTicket(text); !ok { // the same 32 characters of Base32
		return Key{}, false
	}
	return Key{secret: unique.Make(text)}, true
}

// Reveal returns the secret, for the cookie.
func (k Key) Reveal() string {
	if k.IsZero() {
		return ""
	}
	return k.secret.Value()
}

// IsZero reports whether k holds no secret. The zero Key opens no registration.
func (k Key) IsZero() bool { return k == Key{} }

// Digest is the store's key for the registration.
func (k Key) Digest() handoff.Digest {
	return sha256.Sum256([]byte("baton/v1/registration/" + k.Reveal()))
}

func (k Key) String() string               { return "[redacted]" }
func (k Key) GoString() string             { return "[redacted]" }
func (k Key) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (k Key) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Status is where a registration stands.
type Status string

// The statuses.
const (
	StatusVerifying Status = "verifying" // the form is in; a code is shown or the phone is at work
	StatusVerified  Status = "verified"  // the provider's result was fetched and every check passed
	StatusRefused   Status = "refused"   // a result came and a check failed; see Refusal
	StatusCompleted Status = "completed" // the person confirmed; Number is the reference they keep
	StatusCancelled Status = "cancelled" // the person stopped on the page; Renew goes on
)

// Form is what the person typed. Validate says what is wrong with it.
type Form struct {
	Name    string
	Email   string
	Country string // ISO 3166-1 alpha-2
	Consent bool
}

// Registration is one sign-up. Times are UTC with millisecond precision; a time that has not come is zero.
type Registration struct {
	Digest    handoff.Digest // of its Key; unique
	Form      Form
	SessionID handoff.SessionID // the current hand-over's; replaced by "get a new code"
	Policy    *Policy           // what that one's result must show; nil for the service's own policy
	Status    Status
	Refusal   Refusal // which check failed, when StatusRefused
	Result    *Result // what the provider said, verified; nil before
	Number    string  // the reference that the person keeps, when StatusCompleted; unique

	CreatedAt   time.Time
	VerifiedAt  time.Time
	CompletedAt time.Time
}

// Store keeps registrations. Safe for concurrent use. A method that returns nil has made its change durable.
// What a store returns belongs to the caller.
type Store interface {
	// CreateRegistration keeps r; it answers handoff.CodeConflict if the digest is taken.
	CreateRegistration(ctx context.Context, r Registration) error
	// Registration returns the registration with that digest, or ErrNotFound.
	Registration(ctx context.Context, d handoff.Digest) (Registration, error)
	// UpdateRegistration runs f on the registration inside one transaction and stores what f changed (all but Digest
	// and CreatedAt), and returns it as stored. f may run again. If f fails, nothing is stored and its error is
	// returned as it is. It answers ErrNotFound for an unknown digest and handoff.CodeConflict if the Number that f
	// set is another registration's.
	UpdateRegistration(ctx context.Context, d handoff.Digest, f func(*Registration) error) (Registration, error)
	// DeleteAbandoned removes at most limit registrations that nobody completed (those of any status but StatusCompleted)
	// and that were created before the given moment, the oldest first, and returns how many.
	DeleteAbandoned(ctx context.Context, before time.Time, limit int) (int, error)
}
