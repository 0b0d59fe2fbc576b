package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/sqlite"
)

const (
	// backlog is how many expired sessions wait for the sweep; BATON_BENCH_SESSIONS makes it another number.
	backlog      = 1_000_000
	shortBacklog = 50_000 // with -short

	// pace is what the callers create a second in the paced phases: nearly twice what fills a backlog of a million in
	// the half hour that sessions live.
	pace = 1000

	loadFor = 10 * time.Second // each phase without a sweep

	// sweepWithin bounds the run on a machine that others keep busy; what is removed until then is reported.
	sweepWithin = 4 * time.Minute
)

// BenchmarkSweepUnderLoad removes a backlog of expired sessions from a real file while 64 callers create sessions, and
// reports what a creation takes without the sweep and beside it, in the same file one after the other.
//
// Two loads take turns. The paced one is open: creations are due at random moments, 1,000 a second, and one that starts late
// has waited since it was due, so a stall counts for all that it holds up. The saturated one is closed: each of the 64
// callers begins anew as soon as it is answered, so the writer is never idle and whatever the sweep takes is taken from
// them. The first half of the backlog goes beside the paced load, the rest beside the saturated one.
//
// A full run takes some five minutes and 6 GB on the disk of the temporary directory.
func BenchmarkSweepUnderLoad(b *testing.B) {
	total := backlogSize(b)
	path := filepath.Join(b.TempDir(), "baton.db")
	db := openAt(b, path)
	fillExpired(b, db, total)
	full := fileSize(b, path)
	say("%d expired sessions fill %d MB; creations without a sweep", total, full>>20)

	service := handoff.NewService(db, quietBell{}, nil, nil)
	paced, saturated := &load{service: service, pace: pace}, &load{service: service}
	quietPaced := paced.during(b, after(loadFor))
	quietFull := saturated.during(b, after(loadFor))

	counted := &countedStore{Store: db}
	sweep := handoff.NewService(counted, quietBell{}, nil, nil)
	swept := make(chan struct{})
	ctx, cancel := context.WithTimeout(b.Context(), sweepWithin)
	defer cancel()
	b.ResetTimer()
	began := time.Now()
	var removed int
	go func() {
		defer close(swept)
		var err error
		if removed, err = sweep.SweepOnce(ctx); err != nil && ctx.Err() == nil {
			b.Error(err)
		}
	}()
	progress := reportProgress(&counted.removed, total, swept)
	halfTime := after(sweepWithin / 2)
	besidePaced := paced.during(b, func() bool { return counted.removed.Load() >= int64(total)/2 || halfTime() })
	half, halfAt := counted.removed.Load(), time.Since(began)
	besideFull := saturated.during(b, func() bool { return isClosed(swept) })
	<-swept
	took := time.Since(began)
	b.StopTimer()
	<-progress
	if removed != total && ctx.Err() == nil {
		b.Errorf("%d sessions were removed, want %d", removed, total)
	}

	for name, l := range map[string]struct{ quiet, beside latencies }{"paced": {quietPaced, besidePaced}, "saturated": {quietFull, besideFull}} {
		b.ReportMetric(l.quiet.ms(0.5), name+"-p50-ms")
		b.ReportMetric(l.beside.ms(0.5), name+"-p50-swept-ms")
		b.ReportMetric(l.quiet.ms(0.99), name+"-p99-ms")
		b.ReportMetric(l.beside.ms(0.99), name+"-p99-swept-ms")
		b.ReportMetric(l.beside.ms(0.99)/l.quiet.ms(0.99), name+"-p99-ratio")
		say("%s: without %v, beside the sweep %v", name, l.quiet, l.beside)
	}
	b.ReportMetric(float64(half)/halfAt.Seconds(), "paced-swept/s")
	b.ReportMetric(float64(int64(removed)-half)/(took-halfAt).Seconds(), "saturated-swept/s")
	b.ReportMetric(float64(removed), "removed")
	b.ReportMetric(took.Seconds(), "sweep-s")
	b.ReportMetric(float64(full>>20), "file-before-MB")
	b.ReportMetric(float64(fileSize(b, path)>>20), "file-after-MB")
	b.ReportMetric(float64(fileSize(b, path+"-wal")>>20), "log-MB")
	b.ReportMetric(0, "ns/op")
}

func backlogSize(b *testing.B) int {
	if text := os.Getenv("BATON_BENCH_SESSIONS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			b.Fatalf("BATON_BENCH_SESSIONS is %q, want a number from 1 on", text)
		}
		return n
	}
	if testing.Short() {
		return shortBacklog
	}
	return backlog
}

// fillExpired keeps n sessions, sized like real ones, that ended an hour ago, every other with what a finished hand-over
// reports.
func fillExpired(tb testing.TB, db *sqlite.DB, n int) {
	tb.Helper()
	const batch = 20_000
	began := time.Now().Add(-time.Hour).UnixMilli()
	for done := 0; done < n; done += batch {
		rows := min(batch, n-done)
		sessions := fmt.Sprintf(`INSERT INTO session (id, tenant, ticket, reference, steps, status, reason, seq, events, created_at, expires_at,
			sealed_token, sealed_data)
			SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||
				substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
				'https://issuer.example|client', randomblob(32), 'order 7', 'SCAN INFO', 'created', '', 0, 0, %[1]d - 1800000 + value, %[1]d + value,
				randomblob(%[2]d), randomblob(%[3]d)
			FROM (WITH RECURSIVE n (value) AS (VALUES (%[4]d) UNION ALL SELECT value + 1 FROM n WHERE value + 1 < %[5]d) SELECT value FROM n)`,
			began, tokenSize+sealing, dataSize+sealing, done, done+rows)
		events := fmt.Sprintf(`INSERT INTO event (session, seq, kind, step, status, notice, reason, at)
			SELECT s.key, e.column1, e.column2, e.column3, e.column4, e.column5, '', s.created_at
			FROM (SELECT key, created_at FROM session ORDER BY key DESC LIMIT %d) s, (VALUES (1, 'notice', '', '', 'opened'),
				(2, 'status', '', 'claimed', ''), (3, 'event', 'SCAN', '', ''), (4, 'event', 'READ', '', ''),
				(5, 'event', 'INFO', '', ''), (6, 'status', '', 'completed', '')) e
			WHERE s.key %% 2 = 0`, rows)
		if err := db.Exec(tb.Context(), sessions, events); err != nil {
			tb.Fatal(err)
		}
		if done%200_000 == 0 && done > 0 {
			say("%d of %d expired sessions are in", done, n)
		}
	}
}

// countedStore counts what the sweep removes.
type countedStore struct {
	handoff.Store
	removed atomic.Int64
}

func (s *countedStore) DeleteExpired(ctx context.Context, now time.Time, limit int) ([]handoff.Session, error) {
	gone, err := s.Store.DeleteExpired(ctx, now, limit)
	s.removed.Add(int64(len(gone)))
	return gone, err
}

// load is 64 callers that create sessions: pace a second between them, or as many as they can where pace is zero.
type load struct {
	service *handoff.Service
	pace    int
}

// during creates until over holds and returns what each creation took, from the moment that it was due.
func (l *load) during(b *testing.B, over func() bool) latencies {
	var mu sync.Mutex
	var all latencies
	each(b, func(int) error {
		var own latencies
		for due := time.Now(); !over(); {
			if l.pace > 0 {
				due = due.Add(time.Duration(rand.ExpFloat64() * callers / float64(l.pace) * float64(time.Second)))
				time.Sleep(time.Until(due))
			} else {
				due = time.Now()
			}
			if _, _, err := l.service.Create(b.Context(), creation(dataSize)); err != nil {
				return err
			}
			own = append(own, time.Since(due))
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, own...)
		return nil
	})
	slices.Sort(all)
	return all
}

type latencies []time.Duration // sorted

func (l latencies) ms(quantile float64) float64 {
	return float64(l[int(quantile*float64(len(l)-1))]) / 1e6
}

func (l latencies) String() string {
	return fmt.Sprintf("%d creations, p50 %.2f ms, p99 %.2f ms, most %.1f ms", len(l), l.ms(0.5), l.ms(0.99), l.ms(1))
}

func after(d time.Duration) func() bool {
	end := time.Now().Add(d)
	return func() bool { return time.Now().After(end) }
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// reportProgress says every few seconds how far the sweep is; the channel that it returns is closed after it has ended.
func reportProgress(removed *atomic.Int64, total int, swept <-chan struct{}) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-swept:
				return
			case <-tick.C:
				say("%d of %d expired sessions are removed", removed.Load(), total)
			}
		}
	}()
	return done
}

// say tells at once: a benchmark's log comes at its end only, and this one takes minutes.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "sweep: "+format+"\n", args...)
}

func fileSize(tb testing.TB, path string) int64 {
	tb.Helper()
	info, err := os.Stat(path)
	if err != nil {
		tb.Fatal(err)
	}
	return info.Size()
}
