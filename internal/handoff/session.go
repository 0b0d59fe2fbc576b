package handoff

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

// Limits of a session. A value over its limit is refused, never cut.
const (
	MaxData      = 16 << 10         // bytes of `data`, UTF-8
	MaxToken     = 8 << 10          // bytes of `token`
	MaxReference = 128              // characters of `reference`
	MaxEvents    = 1000             // posted events a session; what follows is refused with CodeTooManyRequests
	MaxKey       = 128              // characters of an event's idempotency key
	MaxReason    = 128              // characters of a reason
	MaxDetail    = 1 << 10          // bytes of an event's detail
	MaxRequester = 128              // characters of each field of a Requester
	MaxOrigins   = 16               // of one session
	MaxLocale    = 35               // characters: as long as BCP 47 asks everybody to take
	MaxTTL       = 30 * time.Minute // a session's life, and its default
	MinTTL       = time.Minute
	// Afterlife is how long what was accepted in a session's last moment stays readable for channels that were open at
	// its end: longer than a channel takes to look by itself, should the bell have been lost.
	Afterlife = time.Minute
	// OpenAgain is how long after a phone opened the link the next one who opens it is told to the page anew, so that
	// whoever holds the ticket cannot fill the session's record.
	OpenAgain = 10 * time.Second
)

// SessionID is a session's UUID v4 in canonical lower-case text. It becomes the `jti` of the provider's result and
// grants nothing.
type SessionID string

// NewSessionID draws a UUID v4.
func NewSessionID() SessionID {
	var u [16]byte
	rand.Read(u[:])
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	h := hex.EncodeToString(u[:])
	return SessionID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// ParseSessionID reads a UUID of any version in either case; it reports false for anything else.
func ParseSessionID(text string) (SessionID, bool) {
	if len(text) != 36 {
		return "", false
	}
	for i := range len(text) {
		c := text[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return "", false
			}
			continue
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return "", false
		}
	}
	return SessionID(strings.ToLower(text)), true
}

// Tenant is who created a session. A tenant sees only its own.
type Tenant string

// Status is where a session stands. See the package comment for the order.
type Status string

// The statuses. No session that a store finds is expired or deleted: these two are what a channel says of one that is
// gone, and StatusDeleted what DeleteExpired says of one that was.
const (
	StatusCreated   Status = "created"
	StatusClaimed   Status = "claimed"
	StatusCompleted Status = "completed"
	StatusFailed    Status = "failed"
	StatusCancelled Status = "cancelled"
	StatusExpired   Status = "expired"
	StatusDeleted   Status = "deleted"
)

// Ended reports whether nothing may be appended any more.
func (s Status) Ended() bool {
	return s == StatusCompleted || s == StatusFailed || s == StatusCancelled
}

// Session is one hand-over. Times are UTC with millisecond precision; a time that has not come is zero.
type Session struct {
	ID     SessionID
	Tenant Tenant

	Ticket Digest // the store's key; unique
	Page   Digest // the page token's; zero where the page is not separated, else unique

	SealedToken    []byte // opens with the ticket only
	SealedData     []byte
	SealedRotation []byte // what a rotating code is made from; opens with the ticket only
	SealedTicket   []byte // opens with the page token only

	Protection Protection
	Origins    []string // page origins of this session, beside the server's and the tenant's; empty for no rule of its own
	Locale     string   // BCP 47; empty where nobody said

	Device      Digest    // of the phone that called first; zero before, and where any may call
	Number      string    // the two digits that the page shows; empty before a phone has opened the link
	Tries       int       // wrong numbers
	ConfirmedAt time.Time // when the person agreed
	SecondAt    time.Time // when another phone was last told off, to within noticeAgain
	LinkCode    Digest    // of the single-use code in a copied link; zero for none
	LinkUntil   time.Time
	NotMe       bool // the person with the phone said so

	Reference string // the creator's own id
	Steps     []Step // what to expect, in order; empty where nobody said
	Requester Requester

	Status Status
	Reason string // why it failed or was cancelled
	Seq    uint64 // number of the last event; 0 before the first
	Events int    // how many were posted, against MaxEvents

	CreatedAt time.Time
	OpenedAt  time.Time // when a phone last opened the link before a claim, to within OpenAgain
	ClaimedAt time.Time
	EndedAt   time.Time
	ExpiresAt time.Time // from this moment on the session does not exist
}

// Requester is who asks the person with the phone to go on, as it is shown on the phone: a name, and the browser and
// system that show the code. An empty field is not known.
type Requester struct {
	Name    string // of the organisation or site
	Browser string // such as Firefox
	System  string // such as Windows
}

// IsZero reports whether nothing is known.
func (r Requester) IsZero() bool { return r == Requester{} }

// Or returns r with its empty fields taken from other.
func (r Requester) Or(other Requester) Requester {
	return Requester{
		Name: cmp.Or(r.Name, other.Name), Browser: cmp.Or(r.Browser, other.Browser), System: cmp.Or(r.System, other.System),
	}
}
