package phone

import (
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"regexp"
)

// Device is the secret by which a server knows a phone again (Baton-Device on the wire). A session that takes one phone
// only is bound by the first that calls. Every way of printing it prints a placeholder.
type Device struct{ secret string }

var deviceText = regexp.MustCompile(`^[A-Za-z0-9_-]{22,128}$`)

// NewDevice makes one that nobody can guess.
func NewDevice() Device {
	var random [24]byte
	rand.Read(random[:])
	return Device{base64.RawURLEncoding.EncodeToString(random[:])}
}

// ParseDevice reads 22 to 128 URL-safe characters; it reports false for anything else.
func ParseDevice(text string) (Device, bool) {
	if !deviceText.MatchString(text) {
		return Device{}, false
	}
	return Device{text}, true
}

// IsZero reports whether there is none.
func (d Device) IsZero() bool { return d.secret == "" }

// Reveal returns the secret. Call it only to send it to the session's server.
func (d Device) Reveal() string { return d.secret }

func (d Device) String() string               { return "[redacted]" }
func (d Device) GoString() string             { return "[redacted]" }
func (d Device) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (d Device) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }
