package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"log/slog"
	"strings"
)

const (
	keyPrefix = "bk_" // so that people and secret scanners know one when they see it
	keyTenant = "key" // stands where the issuer does in the tenant of a token

	keyRandom   = 21 // bytes: 168 bits
	keyChecksum = crc32.Size
	maxKeyName  = 64 // bytes

	hashPrefix = "sha256:"
)

// keyLength is that of a key's text: the prefix, then Base32 of the random bytes and their checksum.
var keyLength = len(keyPrefix) + keyAlphabet.EncodedLen(keyRandom+keyChecksum)

// keyAlphabet has one form of each letter, and nothing that a URL or a shell would have to escape.
var keyAlphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// APIKey is a static secret of a backend: bk_ and 40 lower-case letters and digits. NewAPIKey makes one; printing it
// shows nothing.
type APIKey struct{ text *string } // a pointer, as fmt shows the fields of a struct around it without asking String

// NewAPIKey draws a key.
func NewAPIKey() APIKey {
	drawn := make([]byte, keyRandom, keyRandom+keyChecksum)
	rand.Read(drawn) // never fails
	text := keyPrefix + keyAlphabet.EncodeToString(binary.BigEndian.AppendUint32(drawn, crc32.ChecksumIEEE(drawn)))
	return APIKey{&text}
}

// Reveal returns the secret. Call it only to hand the key to its owner.
func (k APIKey) Reveal() string { return *k.text }

// Line is what stands for the key, under its owner's name, in a KeyFile. It holds the key's hash only.
func (k APIKey) Line(name string) string {
	hash := sha256.Sum256([]byte(*k.text))
	return name + ":" + hashPrefix + hex.EncodeToString(hash[:])
}

func (k APIKey) String() string               { return "redacted" }
func (k APIKey) GoString() string             { return "redacted" }
func (k APIKey) LogValue() slog.Value         { return slog.StringValue("redacted") }
func (k APIKey) MarshalText() ([]byte, error) { return []byte("redacted"), nil }

// wellFormed reports whether text can be a key. The checksum tells a mistyped or cut one from a revoked one, to nobody
// but a scanner that finds it somewhere.
func wellFormed(text string) bool {
	encoded, ok := strings.CutPrefix(text, keyPrefix)
	if !ok || len(text) != keyLength {
		return false
	}
	raw, err := keyAlphabet.DecodeString(encoded)
	// The decoder skips line ends, so that the text may hold less than it is long.
	return err == nil && len(raw) == keyRandom+keyChecksum && binary.BigEndian.Uint32(raw[keyRandom:]) == crc32.ChecksumIEEE(raw[:keyRandom])
}

// holdsKey reports whether a key stands somewhere in text.
func holdsKey(text string) bool {
	for i := range text {
		if strings.HasPrefix(text[i:], keyPrefix) && len(text) >= i+keyLength && wellFormed(text[i:i+keyLength]) {
			return true
		}
	}
	return false
}

// ValidKeyName reports whether a key can have the name: 1 to 64 letters, digits, dots, dashes and underscores, the
// first a letter or digit.
func ValidKeyName(name string) bool {
	alphanumeric := func(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' }
	if name == "" || len(name) > maxKeyName || !alphanumeric(name[0]) {
		return false
	}
	for i := range len(name) {
		if !alphanumeric(name[i]) && !strings.Contains("._-", name[i:i+1]) {
			return false
		}
	}
	return true
}
