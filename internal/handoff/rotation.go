package handoff

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// RotationStep is how long the picture of a rotating code stands. The one before it counts as well, so a code that was
// scanned in its last moment still claims.
const RotationStep = 20 * time.Second

// CodeLength is the length in characters of what follows the ticket in a rotating code: 40 bits in Base32. It need not
// outlast a search: it is tried at the server only, on a ticket that is known already, and for 40 s.
const CodeLength = 8

// codeSeparator parts a ticket and its code; it is in the QR code's alphanumeric set, and not in Base32.
const codeSeparator = "-"

// LinkLifetime is how long a copied link's own code may be used, once.
const LinkLifetime = 5 * time.Minute

// newRotation draws the 32 bytes that a session's codes are made from. They are independent of the ticket: whoever has
// seen one picture has the ticket, and must not be able to make the next code.
func newRotation() string {
	var key [32]byte
	rand.Read(key[:])
	return string(key[:])
}

func newCode() string {
	var random [CodeLength * 5 / 8]byte
	rand.Read(random[:])
	return base32NoPad.EncodeToString(random[:])
}

// codeAt is the code of the step that t lies in.
func codeAt(rotation string, t time.Time) string {
	var step [8]byte
	binary.BigEndian.PutUint64(step[:], uint64(t.UnixMilli()/RotationStep.Milliseconds()))
	mac := hmac.New(sha256.New, []byte(rotation))
	mac.Write(step[:])
	return base32NoPad.EncodeToString(mac.Sum(nil)[:CodeLength*5/8])
}

// codeFresh reports whether code is the current or the previous one.
func codeFresh(rotation, code string, now time.Time) bool {
	current := hmac.Equal([]byte(code), []byte(codeAt(rotation, now)))
	previous := hmac.Equal([]byte(code), []byte(codeAt(rotation, now.Add(-RotationStep))))
	return current || previous
}

// NextPicture is when the picture of a rotating code changes after now.
func NextPicture(now time.Time) time.Time {
	step := RotationStep.Milliseconds()
	return time.UnixMilli((now.UnixMilli()/step + 1) * step).UTC()
}
