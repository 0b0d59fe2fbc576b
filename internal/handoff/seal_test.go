package handoff_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"baton/internal/handoff"
)

func TestOpenReadsKnownSeals(t *testing.T) {
	ticket, _ := handoff.ParseTicket(knownTicket)
	for field, check := range map[handoff.Field]struct{ sealed, want string }{
		handoff.FieldToken: {"000102030405060708090a0b6db35166b55154ec98b7d74f2bb6f5f540bffc0527be24", "a token"},
		handoff.FieldData: {"000102030405060708090a0b788ba8743fed8ef6cd47293bbd1a3ff24d3d9d31bb93b8cd9f5d848c2ba8fb104b97bfeb4d5c",
			"data for the phone 安"},
	} {
		sealed, err := hex.DecodeString(check.sealed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ticket.Open(knownID, field, sealed); err != nil || got != check.want {
			t.Errorf("%s opens to %q, %v; want %q", field, got, err, check.want)
		}
	}
}

func TestSeal(t *testing.T) {
	ticket, id := handoff.NewTicket(), handoff.NewSessionID()

	t.Run("OpensToTheSameBytes", func(t *testing.T) {
		for _, value := range []string{"", "x", "安\x00\xff", strings.Repeat("d", handoff.MaxData)} {
			sealed := ticket.Seal(id, handoff.FieldData, value)
			if got, err := ticket.Open(id, handoff.FieldData, sealed); err != nil || got != value {
				t.Errorf("%d bytes open to %d, %v", len(value), len(got), err)
			}
			if len(value) > 2 && bytes.Contains(sealed, []byte(value)) {
				t.Error("the value stands in its seal")
			}
		}
	})

	t.Run("NeverSealsTwiceAlike", func(t *testing.T) {
		if bytes.Equal(ticket.Seal(id, handoff.FieldData, "x"), ticket.Seal(id, handoff.FieldData, "x")) {
			t.Error("two seals of one value are equal")
		}
	})

	t.Run("OpensForNothingElse", func(t *testing.T) {
		sealed := ticket.Seal(id, handoff.FieldToken, "a token")
		for name, open := range map[string]func() (string, error){
			"ticket":  func() (string, error) { return handoff.NewTicket().Open(id, handoff.FieldToken, sealed) },
			"session": func() (string, error) { return ticket.Open(handoff.NewSessionID(), handoff.FieldToken, sealed) },
			"field":   func() (string, error) { return ticket.Open(id, handoff.FieldData, sealed) },
		} {
			if got, err := open(); err == nil || got != "" {
				t.Errorf("another %s opens it to %q", name, got)
			} else if strings.Contains(err.Error(), ticket.Reveal()) {
				t.Errorf("another %s: the error holds the ticket", name)
			}
		}
		for i := range sealed {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1
			if _, err := ticket.Open(id, handoff.FieldToken, changed); err == nil {
				t.Errorf("it opens with byte %d changed", i)
			}
			if _, err := ticket.Open(id, handoff.FieldToken, sealed[:i]); err == nil {
				t.Errorf("it opens cut to %d bytes", i)
			}
		}
		if _, err := ticket.Open(id, handoff.FieldToken, append(bytes.Clone(sealed), 0)); err == nil {
			t.Error("it opens with a byte more")
		}
	})
}
