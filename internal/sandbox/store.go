package sandbox

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound is what a Store answers for a result or an image that is unknown, deleted or expired.
var ErrNotFound = errors.New("sandbox: not found")

// ErrHasResult is what a Store answers for a second result of one session.
var ErrHasResult = errors.New("sandbox: the session has a result already")

// SigningKey is the key that signs results and access tokens.
type SigningKey struct {
	ID    string // 32 hex digits, the JWS header's kid
	PKCS8 []byte // DER
}

// Result is the outcome of one enrolment, signed.
type Result struct {
	SessionID string // lower-case UUID
	ClientID  string // who may read it
	JWS       string // compact form
	HandedIn  []byte // digest of the enrolment that it was made from
	Images    []Image
	ExpiresAt time.Time
}

// Image is one specimen image of a result.
type Image struct {
	ID   string // 24 hex digits
	JPEG []byte
}

// Store keeps the sandbox's key and results over restarts. Safe for concurrent use. A method that returns nil has made
// its change durable. What has expired at now does not exist, swept or not.
type Store interface {
	// SigningKey returns the kept key; the first time it keeps and returns what create makes.
	SigningKey(ctx context.Context, create func() (SigningKey, error)) (SigningKey, error)
	// SaveResult keeps a session's first result with its images. It answers ErrHasResult where the session has one that was
	// made from another enrolment, and nothing where it was the same one: the phone has not heard the first answer.
	SaveResult(ctx context.Context, r Result, now time.Time) error
	// Result returns a session's result without its images, or ErrNotFound.
	Result(ctx context.Context, sessionID string, now time.Time) (Result, error)
	// Image returns an image and the client that may read it, or ErrNotFound.
	Image(ctx context.Context, id string, now time.Time) (image Image, clientID string, err error)
	// DeleteResult removes a session's result and images if they are the client's. Deleting what is not there is no
	// error.
	DeleteResult(ctx context.Context, sessionID, clientID string) error
	// DeleteExpiredResults removes at most limit results that have expired at now, with their images, and returns how many.
	DeleteExpiredResults(ctx context.Context, now time.Time, limit int) (int, error)
}
