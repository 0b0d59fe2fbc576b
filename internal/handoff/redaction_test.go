package handoff_test

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"baton/internal/handoff"
)

// What a secret prints as must hold no part of it, whatever way somebody prints it.
func TestSecretsPrintRedacted(t *testing.T) {
	ticket, _ := handoff.ParseTicket(knownTicket)
	page, _ := handoff.ParsePageToken(knownTicket)
	token := handoff.NewToken(knownTicket)
	for name, secret := range map[string]any{
		"ticket": ticket, "page token": page, "token": token,
		"pointer": &ticket, "list": []handoff.Ticket{ticket}, "map": map[string]handoff.Token{"token": token},
		"field":    struct{ Ticket handoff.Ticket }{ticket},
		"creation": handoff.Creation{Token: token},
		"unexported field": struct {
			ticket handoff.Ticket
			page   *handoff.PageToken
			token  handoff.Token
		}{ticket, &page, token}, // fmt asks no method there
	} {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%c", "%U", "%T", "%t", "%b", "%o", "%e", "%p", "%40s", "%-5.3s"} {
				withoutSecret(t, verb, fmt.Sprintf(verb, secret))
			}
			withoutSecret(t, "Sprint", fmt.Sprint(secret))
			withoutSecret(t, "Sprintln", fmt.Sprintln("x", secret))
			withoutSecret(t, "Errorf", fmt.Errorf("failed for %v", secret).Error())
			encoded, err := json.Marshal(secret)
			if err != nil {
				t.Fatal(err)
			}
			withoutSecret(t, "JSON", string(encoded))
			var log bytes.Buffer
			for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
				logger := slog.New(handler)
				logger.With("with", secret).WithGroup("g").Info("message", "attr", secret, slog.Group("group", "in", secret))
			}
			withoutSecret(t, "slog", log.String())
		})
	}
	for name, secret := range map[string]encoding.TextMarshaler{"ticket": ticket, "page token": page, "token": token} {
		text, err := secret.MarshalText()
		if err != nil || string(text) != "[redacted]" || fmt.Sprint(secret) != "[redacted]" {
			t.Errorf("the %s prints %q (%v), want [redacted]", name, text, err)
		}
	}
}

func withoutSecret(t *testing.T, way, printed string) {
	t.Helper()
	hexed := fmt.Sprintf("%x", knownTicket)
	for _, part := range []string{knownTicket[:6], knownTicket[10:16], knownTicket[26:], hexed[:8], strings.ToUpper(hexed[:8]), "41 42 43"} {
		if strings.Contains(printed, part) {
			t.Errorf("%s prints a part of the secret: %s", way, printed)
			return
		}
	}
}
