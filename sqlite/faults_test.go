package sqlite_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mattn/go-sqlite3"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/sandbox"
	"baton/sqlite"
)

const brokenAtItsCommit = `INSERT INTO event (session, seq, kind, step, status, notice, reason) VALUES (999, 1, '', '', '', '', '')`

// A connection that stays inside a transaction would refuse every change for ever: "cannot start a transaction within a
// transaction".
func TestTheWriterSurvivesItsConnection(t *testing.T) {
	raw := func(t *testing.T, db *sqlite.DB, do func(*sqlite3.SQLiteConn)) {
		t.Helper()
		err := db.WriterConn().Raw(func(conn any) error {
			do(conn.(*sqlite3.SQLiteConn))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		breaks  func(t *testing.T, db *sqlite.DB)
		refused bool // the change that meets it
	}{
		"ThatWasLeftInATransaction": {func(t *testing.T, db *sqlite.DB) {
			if _, err := db.WriterConn().ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
				t.Fatal(err)
			}
		}, false},
		"ThatDoesNotRollBack": {func(t *testing.T, db *sqlite.DB) {
			raw(t, db, func(conn *sqlite3.SQLiteConn) {
				conn.RegisterAuthorizer(func(op int, what, _, _ string) int {
					if op == sqlite3.SQLITE_TRANSACTION && what == "ROLLBACK" {
						return sqlite3.SQLITE_DENY
					}
					return sqlite3.SQLITE_OK
				})
			})
			if err := db.Exec(t.Context(), "PRAGMA defer_foreign_keys = ON", brokenAtItsCommit); handoff.ErrorCode(err) != handoff.CodeUnavailable {
				t.Errorf("the change that broke it: %v", err)
			}
		}, false},
		"ThatIsLeftInATransactionAndDoesNotRollBack": {func(t *testing.T, db *sqlite.DB) {
			if _, err := db.WriterConn().ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
				t.Fatal(err)
			}
			raw(t, db, func(conn *sqlite3.SQLiteConn) {
				conn.RegisterAuthorizer(func(op int, what, _, _ string) int {
					if op == sqlite3.SQLITE_TRANSACTION && what == "ROLLBACK" {
						return sqlite3.SQLITE_DENY
					}
					return sqlite3.SQLITE_OK
				})
			})
		}, false},
		"ThatMayOnlyRead": {func(t *testing.T, db *sqlite.DB) { // as one that was opened while the disk was read-only
			if _, err := db.WriterConn().ExecContext(t.Context(), "PRAGMA query_only = ON"); err != nil {
				t.Fatal(err)
			}
		}, true},
		"ThatWasClosed": {func(t *testing.T, db *sqlite.DB) {
			raw(t, db, func(conn *sqlite3.SQLiteConn) { conn.Close() })
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "baton.db")
			db := openAt(t, path)
			kept := mustCreate(t, db)
			c.breaks(t, db)
			first := session()
			err := db.Create(t.Context(), first)
			if refused := err != nil; refused != c.refused {
				t.Errorf("the change that meets it: %v", err)
			}
			for range 3 {
				kept = mustCreate(t, db)
			}
			if err := db.Ready(t.Context()); err != nil {
				t.Errorf("afterwards: %v", err)
			}
			if _, err := db.ByID(t.Context(), kept.ID, kept.CreatedAt); err != nil {
				t.Error(err)
			}
			var foreign string // the new connection has what the old one had
			if err := db.WriterConn().QueryRowContext(t.Context(), "PRAGMA foreign_keys").Scan(&foreign); err != nil || foreign != "1" {
				t.Errorf("foreign_keys is %q, %v", foreign, err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			_, err = openAt(t, path).ByID(t.Context(), first.ID, first.CreatedAt)
			if found := err == nil; found == c.refused {
				t.Errorf("the change that met it, after a restart: %v", err)
			}
		})
	}
}

// Each waiter would else wait for the lock behind the one before, one busy timeout after another.
func TestALockIsAnsweredToAllWhoWait(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "baton.db")
	db, other := openAt(t, path), openAt(t, path)
	lock := holdWriter(t, other)
	before := db.Commits()
	var waiters sync.WaitGroup
	for range 40 {
		waiters.Go(func() {
			if err := db.Create(t.Context(), session()); handoff.ErrorCode(err) != handoff.CodeUnavailable || !strings.Contains(handoff.ErrorMessage(err), "busy") {
				t.Errorf("answer is %v", err)
			}
		})
	}
	waiters.Wait() // with the lock still held
	if err := db.Ready(t.Context()); handoff.ErrorCode(err) != handoff.CodeUnavailable || !strings.Contains(handoff.ErrorMessage(err), "another process") {
		t.Errorf("Ready answers %v", err)
	}
	if db.Commits() != before {
		t.Error("something was committed under another's lock")
	}
	lock.release()
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("once the lock is gone: %v", err)
	}
	mustCreate(t, db)
}

// Damage is remembered whoever meets it: the small change of Ready alone would not notice.
func TestEveryQuestionNoticesDamage(t *testing.T) {
	digest := handoff.NewTicket().Digest()
	for name, ask := range map[string]func(t *testing.T, db *sqlite.DB, s handoff.Session) error{
		"ByID": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.ByID(t.Context(), s.ID, s.CreatedAt)
			return err
		},
		"ByTicket": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.ByTicket(t.Context(), s.Ticket, s.CreatedAt)
			return err
		},
		"ByPageToken": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.ByPageToken(t.Context(), digest, s.CreatedAt)
			return err
		},
		"EventsAfter": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.EventsAfter(t.Context(), s.ID, s.CreatedAt, 0)
			return err
		},
		"Remains": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.Remains(t.Context(), s.ID, 0)
			return err
		},
		"Registration": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.Registration(t.Context(), digest)
			return err
		},
		"SigningKey": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.SigningKey(t.Context(), func() (sandbox.SigningKey, error) { return sandbox.SigningKey{}, nil })
			return err
		},
		"Result": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.Result(t.Context(), string(s.ID), s.CreatedAt)
			return err
		},
		"Image": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, _, err := db.Image(t.Context(), "0123456789abcdef01234567", s.CreatedAt)
			return err
		},
		"Create": func(t *testing.T, db *sqlite.DB, s handoff.Session) error { return db.Create(t.Context(), session()) },
		"Append": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.Append(t.Context(), s.ID, s.CreatedAt, scanned)
			return err
		},
		"DeleteExpired": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			_, err := db.DeleteExpired(t.Context(), s.ExpiresAt, 10)
			return err
		},
		"CreateRegistration": func(t *testing.T, db *sqlite.DB, s handoff.Session) error {
			return db.CreateRegistration(t.Context(), registration.Registration{Digest: digest, CreatedAt: s.CreatedAt})
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "baton.db")
			db := openAt(t, path)
			s := mustCreate(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			db, err := sqlite.Open(t.Context(), path, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := bytes.Clone(content)
			for page := 4096; page < len(damaged); page += 4096 {
				copy(damaged[page:], bytes.Repeat([]byte{0xa5}, 4096))
			}
			overwrite(t, path, damaged)
			err = ask(t, db, s)
			if handoff.ErrorCode(err) != handoff.CodeUnavailable || !strings.Contains(handoff.ErrorMessage(err), "damaged") {
				t.Fatalf("answer is %v", err)
			}
			overwrite(t, path, content) // so that Ready itself meets nothing
			if !strings.Contains(log.String(), "is damaged; changes are refused") {
				t.Error("the log does not say so")
			}
			err = db.Ready(t.Context())
			if handoff.ErrorCode(err) != handoff.CodeUnavailable || !strings.Contains(handoff.ErrorMessage(err), "restore") {
				t.Errorf("Ready answers %v", err)
			}
			await(t, func() bool { return db.Ready(t.Context()) == nil }) // after the check, of which Ready is the cause
			mustCreate(t, db)
			if _, err := db.ByID(t.Context(), s.ID, s.CreatedAt); err != nil {
				t.Errorf("a reader remembers the damage: %v", err)
			}
		})
	}
}

func TestReadyAfterAFullDisk(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, filepath.Join(dir, "baton.db"))
	if err := db.Exec(t.Context(), "PRAGMA max_page_count = 40"); err != nil {
		t.Fatal(err)
	}
	large := session()
	large.SealedData = make([]byte, 1<<20)
	if err := db.Create(t.Context(), large); err == nil {
		t.Fatal("there is room")
	}
	if err := db.Exec(t.Context(), "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("the search for room leaves %v behind, %v", left, err)
	}
}

func TestDamageIsFoundAtTheOpening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baton.db")
	db := openAt(t, path)
	for range 50 {
		mustCreate(t, db)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[len(content)-4096:], bytes.Repeat([]byte{0xa5}, 4096)) // one page, which the opening itself does not need
	write(t, path, content)
	if db, err := sqlite.Open(t.Context(), path, nil); err == nil {
		db.Close()
		t.Error("it opens")
	} else if !strings.Contains(err.Error(), "is damaged. Restore it from a backup") {
		t.Errorf("error %q does not say what to do", err)
	}
}

// overwrite changes a file in its place, as a disk would.
func overwrite(t *testing.T, path string, content []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(content, 0); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}
