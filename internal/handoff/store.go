package handoff

import (
	"context"
	"time"
)

// Store keeps sessions and their events until they expire. Safe for concurrent use. Times are UTC, millisecond
// precision. A session whose ExpiresAt is not after now, or that was deleted, does not exist for any method but Remains,
// swept or not.
// A method that returns nil has made its change durable. A store that cannot work at the moment answers
// CodeUnavailable. Sessions and events that a store returns belong to the caller.
type Store interface {
	// Create keeps s, or answers CodeConflict if the id or a digest is taken, be it by a session that has ended and is
	// not swept yet.
	Create(ctx context.Context, s Session) error
	// ByID, ByTicket and ByPageToken answer CodeNotFound for a session that does not exist at now. A zero digest
	// belongs to no session.
	ByID(ctx context.Context, id SessionID, now time.Time) (Session, error)
	ByTicket(ctx context.Context, d Digest, now time.Time) (Session, error)
	ByPageToken(ctx context.Context, d Digest, now time.Time) (Session, error)
	// Append runs f on the session inside one transaction and stores what f changed together with the events f
	// returns, numbered last+1, last+2, …, and returns them as stored; f may run again, so it only reads and changes
	// its session. f may change every field but ID, Tenant, the digests, CreatedAt and ExpiresAt; Seq is the store's.
	// If f fails, nothing is stored and its error is returned as it is.
	//
	// If the first of f's events bears a Key that the session knows, nothing is stored or changed and the event first
	// stored under that key is returned alone, even if f returned an error beside it: so a repeated report gets the
	// first one's answer, also after the session's end. If f returns neither events nor an error, what it changed is
	// stored all the same.
	Append(ctx context.Context, id SessionID, now time.Time, f func(*Session) ([]Event, error)) ([]Event, error)
	// EventsAfter returns the session's events numbered above seq, in order; none is not an error.
	EventsAfter(ctx context.Context, id SessionID, now time.Time, seq uint64) ([]Event, error)
	// Remains returns the events numbered above seq, in order, of a session that exists or has expired or was deleted, for
	// as long as the store has them: until a DeleteExpired with a now after its end. Of a session that the store does not
	// know there are none. It is for channels that were open at the end: what was accepted before it, they still tell.
	Remains(ctx context.Context, id SessionID, seq uint64) ([]Event, error)
	// Delete ends the session at now, as if it had expired then, and removes what was sealed. Its events stay for
	// Remains. Deleting what is not there is no error.
	Delete(ctx context.Context, id SessionID, now time.Time) error
	// DeleteExpired removes at most limit sessions that have expired at now, or were deleted by then, with their events,
	// those that ended first before the others. It returns what it removed, for the audit and webhooks; what was deleted
	// has StatusDeleted.
	DeleteExpired(ctx context.Context, now time.Time, limit int) ([]Session, error)
}
