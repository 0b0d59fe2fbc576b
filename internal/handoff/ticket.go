package handoff

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"log/slog"
	"unique"
)

const (
	secretBytes = 20 // 160 random bits
	// TicketLength is a ticket's length in characters: 160 bits in Base32 without padding, so that a QR code can use
	// its alphanumeric mode.
	TicketLength = 32

	redacted = "[redacted]"

	infoTicketDigest = "baton/v1/digest"
	infoTicketSeal   = "baton/v1/seal/"
	infoPageDigest   = "baton/v1/page/digest"
	infoPageSeal     = "baton/v1/page/seal/"
	infoDevice       = "baton/v1/device"
	infoLinkCode     = "baton/v1/link"
)

var base32NoPad = base32.StdEncoding.WithPadding(base32.NoPadding)

// Ticket is the secret in the QR code (qrCodeText on the wire). It is the key that seals the session's token and
// data; the store only ever sees its Digest. Every way of printing it prints a placeholder.
type Ticket struct{ secret secret }

// NewTicket draws a ticket from the system's random source.
func NewTicket() Ticket { return Ticket{secret: drawSecret()} }

// ParseTicket reads a ticket's 32 characters (A–Z, 2–7). It reports false for anything else; such a text cannot
// belong to a session.
func ParseTicket(text string) (Ticket, bool) {
	if !wellFormedSecret(text) {
		return Ticket{}, false
	}
	return Ticket{secret: hide(text)}, true
}

// Reveal returns the secret. Call it only to hand the ticket to its owner.
func (t Ticket) Reveal() string { return t.secret.reveal() }

// IsZero reports whether t holds no secret.
func (t Ticket) IsZero() bool { return t.secret == secret{} }

// Digest is the store's key for the session.
func (t Ticket) Digest() Digest { return deriveDigest(t.Reveal(), infoTicketDigest) }

func (t Ticket) String() string               { return redacted }
func (t Ticket) GoString() string             { return redacted }
func (t Ticket) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (t Ticket) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// PageToken is the page's own secret where the page is separated from the phone: it watches, draws and deletes, and
// cannot claim.
type PageToken struct{ secret secret }

// NewPageToken draws a page token from the system's random source.
func NewPageToken() PageToken { return PageToken{secret: drawSecret()} }

// ParsePageToken reads a page token's 32 characters; it reports false for anything else.
func ParsePageToken(text string) (PageToken, bool) {
	if !wellFormedSecret(text) {
		return PageToken{}, false
	}
	return PageToken{secret: hide(text)}, true
}

// Reveal returns the secret. Call it only to hand the page token to its owner.
func (p PageToken) Reveal() string { return p.secret.reveal() }

// IsZero reports whether p holds no secret.
func (p PageToken) IsZero() bool { return p.secret == secret{} }

// Digest is the store's second key for the session.
func (p PageToken) Digest() Digest { return deriveDigest(p.Reveal(), infoPageDigest) }

func (p PageToken) String() string               { return redacted }
func (p PageToken) GoString() string             { return redacted }
func (p PageToken) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (p PageToken) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Token is the provider's access token that the phone receives with the claim. Opaque to Baton, at most MaxToken
// bytes, empty where the creator had none to hand out.
type Token struct{ secret secret }

// NewToken wraps an access token.
func NewToken(text string) Token { return Token{secret: hide(text)} }

// Reveal returns the secret. Call it only to hand the token to the phone.
func (t Token) Reveal() string { return t.secret.reveal() }

func (t Token) String() string               { return redacted }
func (t Token) GoString() string             { return redacted }
func (t Token) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (t Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Digest identifies a session to the store without opening it: HKDF-SHA256 of a secret, 32 bytes. The zero Digest
// means "none".
type Digest [sha256.Size]byte

// IsZero reports whether d stands for no secret.
func (d Digest) IsZero() bool { return d == Digest{} }

// secret holds a text where no way of printing reaches it. fmt shows a value without asking its methods under verbs
// such as %d and wherever it is an unexported field of another struct; of a handle it then shows an address. Two
// secrets are equal if their texts are.
type secret struct{ handle unique.Handle[string] }

func hide(text string) secret {
	if text == "" {
		return secret{}
	}
	return secret{handle: unique.Make(text)}
}

func (s secret) reveal() string {
	if s == (secret{}) {
		return ""
	}
	return s.handle.Value()
}

func drawSecret() secret {
	var random [secretBytes]byte
	rand.Read(random[:]) // never fails: crypto/rand ends the program instead
	return hide(base32NoPad.EncodeToString(random[:]))
}

func wellFormedSecret(text string) bool {
	return len(text) == TicketLength && inAlphabet(text)
}

// inAlphabet reports whether text is of Base32's letters only.
func inAlphabet(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

func deriveDigest(secret, info string) Digest {
	return Digest(deriveKey(secret, info))
}

func deriveKey(secret, info string) []byte {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, info, sha256.Size)
	if err != nil {
		panic("handoff: HKDF refuses a constant length: " + err.Error()) // cannot happen for 32 bytes
	}
	return key
}
