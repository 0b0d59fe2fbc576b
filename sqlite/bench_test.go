package sqlite_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"baton/internal/handoff"
	"baton/sqlite"
)

const (
	callers = 64 // at once, and rows a commit of the bare writer

	tokenSize = 900  // bytes: an access token with an RS256 signature
	dataSize  = 1600 // bytes: the reader app's data as in reference, in Base64
	sealing   = 28   // bytes that a sealed field is longer: nonce and tag
)

// BenchmarkCreate64 measures durable creations with their tickets drawn and their fields sealed, from 64 callers.
func BenchmarkCreate64(b *testing.B) {
	store := open(b)
	create := creator(b, store)
	var took time.Duration
	rounds := 0
	for b.Loop() {
		took += create(callers * 16)
		rounds++
	}
	reportSessions(b, "sessions/s", rounds*callers*16, took)
	b.ReportMetric(float64(rounds*callers*16)/float64(store.Commits()), "sessions/commit")
}

// BenchmarkBareWriter64 measures what one goroutine gets into the same table with 64 ready-made rows a commit.
func BenchmarkBareWriter64(b *testing.B) {
	write := bareWriter(b)
	var took time.Duration
	rounds := 0
	for b.Loop() {
		took += write(callers * 16)
		rounds++
	}
	reportSessions(b, "sessions/s", rounds*callers*16, took)
}

// BenchmarkCreateAgainstBareWriter64 measures both in turns, so that they share whatever else the machine does, and
// reports their ratio: at least 0.7 is aimed at.
func BenchmarkCreateAgainstBareWriter64(b *testing.B) {
	create, write := creator(b, open(b)), bareWriter(b)
	var creating, writing time.Duration
	rounds := 0
	for b.Loop() {
		creating += create(callers * 16)
		writing += write(callers * 16)
		rounds++
	}
	reportSessions(b, "create/s", rounds*callers*16, creating)
	reportSessions(b, "bare/s", rounds*callers*16, writing)
	b.ReportMetric(writing.Seconds()/creating.Seconds(), "ratio")
}

// BenchmarkAppend64 measures durable events of 64 sessions at once, one caller each.
func BenchmarkAppend64(b *testing.B) {
	for name, size := range map[string]int{"SmallData": dataSize, "LargestData": handoff.MaxData} {
		b.Run(name, func(b *testing.B) {
			store := open(b)
			service := handoff.NewService(store, quietBell{}, nil, nil)
			tickets := make([]handoff.Ticket, callers)
			sessions := make([]handoff.Session, callers)
			for i := range tickets {
				var err error
				var secrets handoff.Secrets
				if sessions[i], secrets, err = service.Create(b.Context(), creation(size)); err != nil {
					b.Fatal(err)
				}
				tickets[i] = secrets.Ticket
			}
			var took time.Duration
			rounds := 0
			for b.Loop() {
				began := time.Now()
				each(b, func(caller int) error {
					for range 10 {
						_, err := store.Append(b.Context(), sessions[caller].ID, time.Now(), func(s *handoff.Session) ([]handoff.Event, error) {
							s.Events++
							return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepScan, At: time.Now()}}, nil
						})
						if err != nil {
							return err
						}
					}
					return nil
				})
				took += time.Since(began)
				rounds++
			}
			reportSessions(b, "events/s", rounds*callers*10, took)
		})
	}
}

// BenchmarkCreateAlone is one caller's wait: the time of one commit.
func BenchmarkCreateAlone(b *testing.B) {
	service := handoff.NewService(open(b), quietBell{}, nil, nil)
	for b.Loop() {
		if _, _, err := service.Create(b.Context(), creation(dataSize)); err != nil {
			b.Fatal(err)
		}
	}
}

// creator returns a function that makes n sessions from 64 callers and says how long that took.
func creator(b *testing.B, store *sqlite.DB) func(n int) time.Duration {
	service := handoff.NewService(store, quietBell{}, nil, nil)
	return func(n int) time.Duration {
		var left atomic.Int64
		left.Store(int64(n))
		began := time.Now()
		each(b, func(int) error {
			for left.Add(-1) >= 0 {
				if _, _, err := service.Create(b.Context(), creation(dataSize)); err != nil {
					return err
				}
			}
			return nil
		})
		return time.Since(began)
	}
}

func creation(size int) handoff.Creation {
	return handoff.Creation{
		Tenant: "https://issuer.example|client", Reference: "order 7", Steps: []handoff.Step{handoff.StepScan, handoff.StepInfo},
		Token: handoff.NewToken(strings.Repeat("t", tokenSize)), Data: strings.Repeat("d", size),
	}
}

// bareWriter returns a function that writes n rows, 64 a commit, and says how long that took.
func bareWriter(b *testing.B) func(n int) time.Duration {
	path := filepath.Join(b.TempDir(), "bare.db")
	if db, err := sqlite.Open(b.Context(), path, nil); err != nil || db.Close() != nil {
		b.Fatal("the bare writer's table cannot be made")
	}
	pool, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	b.Cleanup(func() { pool.Close() })
	insert, err := pool.Prepare(`INSERT INTO session (id, tenant, ticket, page, reference, steps, status, reason, seq, events,
		created_at, claimed_at, ended_at, expires_at, sealed_token, sealed_data)
		VALUES (?, ?, ?, NULL, ?, ?, 'created', '', 0, 0, ?, NULL, NULL, ?, ?, ?)`)
	if err != nil {
		b.Fatal(err)
	}
	token, data := make([]byte, tokenSize+sealing), make([]byte, dataSize+sealing)
	rand.Read(token)
	rand.Read(data)
	type ready struct{ id, ticket any }
	return func(n int) time.Duration {
		rows := make([]ready, n)
		for i := range rows {
			rows[i] = ready{string(handoff.NewSessionID()), rand.Text() + rand.Text()[:6]}
		}
		now := time.Now().UnixMilli()
		began := time.Now()
		for start := 0; start < n; start += callers {
			tx, err := pool.Begin()
			if err != nil {
				b.Fatal(err)
			}
			bound := tx.Stmt(insert)
			for _, r := range rows[start : start+callers] {
				if _, err := bound.Exec(r.id, "https://issuer.example|client", r.ticket, "order 7", "SCAN INFO",
					now, now+1_800_000, token, data); err != nil {
					b.Fatal(err)
				}
			}
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(began)
	}
}

// each runs f for every caller at once and fails the benchmark with their errors.
func each(b *testing.B, f func(caller int) error) {
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			if err := f(caller); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

func reportSessions(b *testing.B, unit string, n int, took time.Duration) {
	b.ReportMetric(float64(n)/took.Seconds(), unit)
}

// quietBell is a bell that nobody listens to.
type quietBell struct{}

func (quietBell) Ring(context.Context, handoff.SessionID) error { return nil }
func (quietBell) Listen(context.Context, handoff.SessionID) (<-chan struct{}, func(), error) {
	return nil, func() {}, nil
}
