package handoff

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
)

// sealNonce is AES-GCM's nonce size in bytes; the nonce stands before each ciphertext.
const sealNonce = 12

// Field names one sealed value of a session. Each has a key of its own.
type Field string

// The sealed fields.
const (
	FieldToken    Field = "token"
	FieldData     Field = "data"
	FieldRotation Field = "rotation" // what a rotating code is made from
	FieldTicket   Field = "ticket"   // under the page token, so that the page's picture can be drawn
)

// Seal encrypts value for the session id under the ticket: AES-256-GCM, a fresh random nonce first, bound to the
// session and the field so that one sealed value cannot be put in another's place.
func (t Ticket) Seal(id SessionID, field Field, value string) []byte {
	return seal(t.Reveal(), infoTicketSeal, id, field, value)
}

// Open decrypts what Seal made. It fails if the ticket, the session, the field or a byte is another one.
func (t Ticket) Open(id SessionID, field Field, sealed []byte) (string, error) {
	return open(t.Reveal(), infoTicketSeal, id, field, sealed)
}

// Seal is Ticket.Seal under the page token.
func (p PageToken) Seal(id SessionID, field Field, value string) []byte {
	return seal(p.Reveal(), infoPageSeal, id, field, value)
}

// Open is Ticket.Open under the page token.
func (p PageToken) Open(id SessionID, field Field, sealed []byte) (string, error) {
	return open(p.Reveal(), infoPageSeal, id, field, sealed)
}

func seal(secret, info string, id SessionID, field Field, value string) []byte {
	sealed := make([]byte, sealNonce, sealNonce+len(value)+16)
	rand.Read(sealed)
	return newCipher(secret, info, field).Seal(sealed, sealed, []byte(value), sealContext(id, field))
}

func open(secret, info string, id SessionID, field Field, sealed []byte) (string, error) {
	if len(sealed) < sealNonce {
		return "", errors.New("handoff: sealed " + string(field) + " is cut short")
	}
	plain, err := newCipher(secret, info, field).Open(nil, sealed[:sealNonce], sealed[sealNonce:], sealContext(id, field))
	if err != nil {
		return "", errors.New("handoff: sealed " + string(field) + " does not open with this secret")
	}
	return string(plain), nil
}

func newCipher(secret, info string, field Field) cipher.AEAD {
	block, err := aes.NewCipher(deriveKey(secret, info+string(field)))
	if err != nil {
		panic("handoff: AES refuses a 32-byte key: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("handoff: GCM refuses AES: " + err.Error())
	}
	return aead
}

func sealContext(id SessionID, field Field) []byte {
	return []byte(string(id) + "/" + string(field))
}
