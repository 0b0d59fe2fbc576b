package phone_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"baton/internal/phone"
)

func TestParseTarget(t *testing.T) {
	const text = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	for _, tc := range []struct {
		name, target, base string
		server, ticket     string
		err                error
	}{
		{name: "a link carries its server", target: "https://relay.example/go#" + text, server: "https://relay.example", ticket: text},
		{name: "a link below a path keeps it", target: "http://192.168.1.20:8080/kyc/go#" + text, server: "http://192.168.1.20:8080/kyc", ticket: text},
		{name: "a link's query is the browser's", target: "https://relay.example/go?fast#" + text, server: "https://relay.example", ticket: text},
		{name: "spaces from copying are cut", target: " https://relay.example/go#" + text + "\n", server: "https://relay.example", ticket: text},
		{name: "a server given beside a link wins", target: "https://relay.example/go#" + text, base: "http://127.0.0.1:8080/", server: "http://127.0.0.1:8080", ticket: text},
		{name: "a bare text takes the server given", target: text, base: "https://relay.example", server: "https://relay.example", ticket: text},
		{name: "another server's text may look otherwise", target: "6f1c-aa_b.c~d=", base: "https://relay.example", server: "https://relay.example", ticket: "6f1c-aa_b.c~d="},
		{name: "a bare text alone leads nowhere", target: text, err: phone.ErrNoServer},
		{name: "nothing", target: "", base: "https://relay.example", err: phone.ErrNoTicket},
		{name: "a sentence", target: "scan me", base: "https://relay.example", err: phone.ErrNoTicket},
		{name: "a link without its fragment", target: "https://relay.example/go", err: phone.ErrNoTicket},
		{name: "a link to another page", target: "https://relay.example/register#" + text, err: phone.ErrNoTicket},
		{name: "a link of another scheme", target: "ftp://relay.example/go#" + text, err: phone.ErrNoTicket},
		{name: "a link that is none", target: "http://[::1/go#" + text, err: phone.ErrNoTicket},
		{name: "a line break in the fragment", target: "https://relay.example/go#AB%0ACD", err: phone.ErrNoTicket},
		{name: "a server with a query", target: text, base: "https://relay.example?x=1", err: phone.ErrNoURL},
		{name: "a server with a password", target: text, base: "https://a:b@relay.example", err: phone.ErrNoURL},
		{name: "a server without a scheme", target: text, base: "relay.example", err: phone.ErrNoURL},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server, ticket, err := phone.ParseTarget(tc.target, tc.base)
			if !errors.Is(err, tc.err) || (err == nil) != (tc.err == nil) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if server != tc.server || ticket.Reveal() != tc.ticket {
				t.Errorf("server %q with ticket %q, want %q with %q", server, ticket.Reveal(), tc.server, tc.ticket)
			}
			if err != nil && strings.Contains(err.Error(), text) {
				t.Errorf("the error %q tells the ticket", err)
			}
		})
	}
}

func TestTicketNeverPrintsItself(t *testing.T) {
	ticket := phone.NewTicket("SECRETSECRET")
	encoded, err := json.Marshal(map[string]any{"ticket": ticket})
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %q %s %v", ticket, ticket, ticket, ticket, ticket, encoded, ticket.LogValue())
	if strings.Contains(printed, "SECRET") {
		t.Errorf("printed %q", printed)
	}
}
