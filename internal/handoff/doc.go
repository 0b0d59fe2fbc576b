// Package handoff is Baton's domain: one session carries a registration from a page to a phone and back.
//
// It knows no HTTP, no SQL and no library outside Go's own. It refuses to hold a secret it does not need: the store
// sees a digest of the ticket and sealed fields, never the ticket.
//
// A session's life:
//
//	created ──claim──▶ claimed ──INFO──▶ completed
//	   │                  ├──failed────▶ failed
//	   │                  └──cancelled─▶ cancelled
//	   └── a backend may report without a claim, so every end can also be reached from created
//
// Whatever its status, a session stays readable until ExpiresAt or its deletion; from then on no method knows it.
// Nothing is appended after completed, failed or cancelled.
//
// The store is the truth and the bell only says "look again": whoever waits listens to the bell first, then reads
// the events after the last number it has, then waits.
package handoff
