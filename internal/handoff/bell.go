package handoff

import "context"

// Bell wakes whoever waits for a session. It carries nothing. Rings may be merged, lost or doubled, so a waiter
// listens first, then reads the store, then waits, and looks by itself now and then. Safe for concurrent use.
type Bell interface {
	// Ring wakes every listener of the session. It never blocks on one.
	Ring(ctx context.Context, id SessionID) error
	// Listen returns a channel of capacity 1 that receives after a ring. stop ends the listening and is idempotent;
	// the caller must call it. The channel is never closed.
	Listen(ctx context.Context, id SessionID) (wake <-chan struct{}, stop func(), err error)
}
