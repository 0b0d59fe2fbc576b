package handoff

import (
	"context"
	"time"
)

// sweepBatch is how many expired sessions go in one transaction: small, so that no writer waits long behind it.
const sweepBatch = 200

// Sweep removes expired sessions every interval until ctx ends, which is how it returns. Expiry itself does not
// depend on it: a session is gone at its ExpiresAt, swept or not.
func (s *Service) Sweep(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if removed, err := s.SweepOnce(ctx); err != nil {
			s.log.WarnContext(ctx, "sweep failed; it runs again at the next interval", "error", err)
		} else if removed > 0 {
			s.log.DebugContext(ctx, "expired sessions removed", "sessions", removed)
		}
	}
}

// SweepOnce removes every session whose Afterlife is over, in small batches, and returns how many.
func (s *Service) SweepOnce(ctx context.Context) (int, error) {
	removed := 0
	for {
		gone, err := s.store.DeleteExpired(ctx, s.Now().Add(-Afterlife), sweepBatch)
		removed += len(gone)
		for _, session := range gone {
			if session.Status == StatusCreated || session.Status == StatusClaimed { // else it ended or was deleted before
				s.record(ctx, session, AuditExpired)
			}
		}
		if err != nil || len(gone) < sweepBatch {
			return removed, err
		}
	}
}
