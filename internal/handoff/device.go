package handoff

import (
	"crypto/rand"
	"crypto/subtle"
	"log/slog"
)

// Lengths of a device's name, in characters. The shortest holds 128 random bits in URL-safe Base64.
const (
	minDevice = 22
	maxDevice = 128
)

// Device is the secret that a phone makes for itself and shows at every call of a session that takes one phone only
// (Baton-Device on the wire). The store sees its Digest. Every way of printing it prints a placeholder.
type Device struct{ secret secret }

// ParseDevice reads 22 to 128 URL-safe characters (A–Z, a–z, 0–9, - and _); it reports false for anything else.
func ParseDevice(text string) (Device, bool) {
	if len(text) < minDevice || len(text) > maxDevice {
		return Device{}, false
	}
	for i := range len(text) {
		c := text[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return Device{}, false
		}
	}
	return Device{secret: hide(text)}, true
}

// IsZero reports whether the phone named no device.
func (d Device) IsZero() bool { return d.secret == secret{} }

// Digest is what a session keeps of the device.
func (d Device) Digest() Digest { return deriveDigest(d.secret.reveal(), infoDevice) }

func (d Device) String() string               { return redacted }
func (d Device) GoString() string             { return redacted }
func (d Device) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (d Device) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// nobody's digest binds a session to a phone that named no device: nothing that is presented later equals it.
func nobodys() Digest {
	var d Digest
	rand.Read(d[:])
	return d
}

// equal compares without telling how far two digests agree.
func (d Digest) equal(other Digest) bool { return subtle.ConstantTimeCompare(d[:], other[:]) == 1 }
