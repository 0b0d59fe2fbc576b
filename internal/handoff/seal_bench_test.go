package handoff_test

import (
	"strings"
	"testing"

	"baton/internal/handoff"
)

// Sealing and opening one field of the size that the reader app's data has, its key derived each time: 20 µs at most are
// aimed at.
func BenchmarkSealing(b *testing.B) {
	id, ticket, data := handoff.NewSessionID(), handoff.NewTicket(), strings.Repeat("x", 1600)
	sealed := ticket.Seal(id, handoff.FieldData, data)
	b.Run("Seal", func(b *testing.B) {
		for b.Loop() {
			ticket.Seal(id, handoff.FieldData, data)
		}
	})
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			if _, err := ticket.Open(id, handoff.FieldData, sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
