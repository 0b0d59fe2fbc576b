package registration

import (
	"context"
	"time"
)

const (
	// KeepAbandoned is how long a registration that nobody completes is kept, counted from its creation: long enough to
	// come back the next morning, and many times a code's life, so that no phone is still at work on it.
	KeepAbandoned = 24 * time.Hour

	// sweepBatch is how many registrations go at once. Whoever writes meanwhile waits for one of them, so it is small.
	sweepBatch = 50
)

// Sweep removes abandoned registrations at its start and every interval until ctx ends, which is how it returns. What
// people typed and what the provider said of them is not kept for a purpose that they gave up. A failure is logged and
// tried again at the next interval.
func (s *Service) Sweep(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		removed, err := s.SweepOnce(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.WarnContext(ctx, "abandoned registrations were not removed; it is tried again at the next interval", "error", err)
		case removed > 0:
			s.log.InfoContext(ctx, "abandoned registrations removed", "registrations", removed)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// SweepOnce removes every registration that was created more than KeepAbandoned ago and never completed, in small
// batches, and returns how many. It ends early, with an error, when ctx ends.
func (s *Service) SweepOnce(ctx context.Context) (int, error) {
	removed := 0
	for {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		n, err := s.store.DeleteAbandoned(ctx, s.now().Add(-KeepAbandoned), sweepBatch)
		removed += n
		if err != nil || n < sweepBatch {
			return removed, err
		}
	}
}
