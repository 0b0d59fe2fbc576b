package handoff

import (
	"context"
	"time"
)

const (
	// sweepBatch is how many expired sessions go at once. Whoever writes meanwhile waits for one of them, so it is small.
	sweepBatch = 32
	// sweepNews is how often a long sweep tells how far it is.
	sweepNews = 30 * time.Second
)

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
		began := s.now()
		removed, err := s.SweepOnce(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.WarnContext(ctx, "sweep failed; it runs again at the next interval", "sessions", removed, "error", err)
		case removed > 0:
			s.log.DebugContext(ctx, "expired sessions removed", "sessions", removed, "took", s.now().Sub(began))
		}
	}
}

// SweepOnce removes every session whose Afterlife is over and returns how many. It goes in small batches; a store lets it
// wait between them for as long as its callers need. It ends early, with an error, when ctx ends.
func (s *Service) SweepOnce(ctx context.Context) (int, error) {
	removed := 0
	news := time.Now().Add(sweepNews)
	for {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
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
		if time.Now().After(news) {
			news = time.Now().Add(sweepNews)
			s.log.InfoContext(ctx, "many expired sessions are being removed", "sessions", removed)
		}
	}
}
