package handoff_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"baton/internal/handoff"
)

// knownTicket and knownID are inputs of the known-answer tests, whose answers another implementation of RFC 5869 and
// AES-GCM has computed. If one fails, sessions that are stored open no more.
const (
	knownTicket = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	knownID     = handoff.SessionID("6f0c1a9e-3b52-4c8d-9e07-1d2f3a4b5c6d")
)

func TestNewTicket(t *testing.T) {
	seen := make(map[string]bool)
	used := make(map[rune]bool)
	for range 1000 {
		ticket := handoff.NewTicket()
		text := ticket.Reveal()
		if parsed, ok := handoff.ParseTicket(text); !ok || parsed != ticket || seen[text] || ticket.IsZero() {
			t.Fatalf("a new ticket does not parse to itself, or is not new (length %d)", len(text))
		}
		seen[text] = true
		for _, c := range text {
			used[c] = true
		}
	}
	if len(used) != 32 {
		t.Errorf("a thousand tickets use %d characters, want all 32", len(used))
	}
}

func TestParseTicket(t *testing.T) {
	for name, check := range map[string]struct {
		text string
		want bool
	}{
		"Ticket":        {knownTicket, true},
		"Empty":         {"", false},
		"Short":         {knownTicket[1:], false},
		"Long":          {knownTicket + "A", false},
		"LowerCase":     {strings.ToLower(knownTicket), false},
		"DigitOne":      {"1" + knownTicket[1:], false},
		"DigitEight":    {knownTicket[:31] + "8", false},
		"Padding":       {knownTicket[:31] + "=", false},
		"Space":         {knownTicket[:31] + " ", false},
		"NewLine":       {knownTicket[:31] + "\n", false},
		"NUL":           {knownTicket[:31] + "\x00", false},
		"Bearer":        {"Bearer " + knownTicket, false},
		"FullWidth":     {"Ａ" + knownTicket[3:], false}, // 32 bytes
		"InvalidUTF8":   {"\xff" + knownTicket[1:], false},
		"CommaSeparate": {knownTicket[:15] + "," + knownTicket[16:], false},
	} {
		t.Run(name, func(t *testing.T) {
			ticket, ok := handoff.ParseTicket(check.text)
			if ok != check.want || ticket.IsZero() == check.want {
				t.Errorf("ParseTicket says %t, want %t", ok, check.want)
			}
			if ok && ticket.Reveal() != check.text {
				t.Error("the ticket holds another text")
			}
			token, ok := handoff.ParsePageToken(check.text)
			if ok != check.want || token.IsZero() == check.want {
				t.Errorf("ParsePageToken says %t, want %t", ok, check.want)
			}
		})
	}
}

func TestDigestsAreKnown(t *testing.T) {
	ticket, _ := handoff.ParseTicket(knownTicket)
	page, _ := handoff.ParsePageToken(knownTicket)
	for name, check := range map[string]struct {
		got  handoff.Digest
		want string
	}{
		"ticket":     {ticket.Digest(), "5f51cecbe60f2d1ff3f578321bfe1305bca276123ab2a91860d974f930f89c90"},
		"page token": {page.Digest(), "0bd91de5e0dd653423843f625c9170cc3da28aedcf418308f7de0169a28071d1"},
	} {
		if got := hex.EncodeToString(check.got[:]); got != check.want {
			t.Errorf("the %s's digest is %s, want %s", name, got, check.want)
		}
		if check.got.IsZero() {
			t.Errorf("the %s's digest counts as none", name)
		}
	}
	if one, two := handoff.NewTicket(), handoff.NewTicket(); one.Digest() == two.Digest() {
		t.Error("two tickets have one digest")
	}
}
