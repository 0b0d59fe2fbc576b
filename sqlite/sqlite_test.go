package sqlite_test

import (
	"bytes"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/sqlite"
)

// open opens a new database that the test's end closes.
func open(tb testing.TB) *sqlite.DB {
	tb.Helper()
	return openAt(tb, filepath.Join(tb.TempDir(), "baton.db"))
}

func openAt(tb testing.TB, path string) *sqlite.DB {
	tb.Helper()
	db, err := sqlite.Open(tb.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// alter makes a database and changes it behind the package's back.
func alter(tb testing.TB, path string, statements ...string) {
	tb.Helper()
	db, err := sqlite.Open(tb.Context(), path, nil)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := sql.Open("sqlite3", path)
	if err != nil {
		tb.Fatal(err)
	}
	defer raw.Close()
	for _, statement := range statements {
		if _, err := raw.ExecContext(tb.Context(), statement); err != nil {
			tb.Fatal(err)
		}
	}
}

// damage makes a database and overwrites all of it but its header.
func damage(tb testing.TB, path string) {
	tb.Helper()
	alter(tb, path)
	content, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	copy(content[100:], bytes.Repeat([]byte{0xa5}, len(content)))
	write(tb, path, content)
}

func write(tb testing.TB, path string, content []byte) {
	tb.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
}

func soon() time.Time { return time.Now().UTC().Truncate(time.Millisecond).Add(time.Hour) }

func session() handoff.Session {
	id, ticket, now := handoff.NewSessionID(), handoff.NewTicket(), time.Now().UTC().Truncate(time.Millisecond)
	return handoff.Session{
		ID: id, Tenant: "t", Ticket: ticket.Digest(), SealedToken: ticket.Seal(id, handoff.FieldToken, "token"),
		SealedData: ticket.Seal(id, handoff.FieldData, "data"), Status: handoff.StatusCreated,
		CreatedAt: now, ExpiresAt: now.Add(handoff.MaxTTL),
	}
}

func mustCreate(tb testing.TB, db *sqlite.DB) handoff.Session {
	tb.Helper()
	s := session()
	if err := db.Create(tb.Context(), s); err != nil {
		tb.Fatal(err)
	}
	return s
}

func scanned(s *handoff.Session) ([]handoff.Event, error) {
	s.Events++
	return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepScan, At: s.CreatedAt}}, nil
}

// await returns when the condition holds.
func await(tb testing.TB, holds func() bool) {
	tb.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			tb.Fatal("what the test waits for does not happen")
		}
	}
}
