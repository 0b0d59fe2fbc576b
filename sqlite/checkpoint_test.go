package sqlite_test

import (
	"database/sql"
	"testing"

	"baton/sqlite"
)

// The write-ahead log's file keeps its size when the log begins anew, unless it is cut.
func TestTheLogComesBackToItsLimitAfterABurst(t *testing.T) {
	db, path := openKind(t, false)
	fillExpired(t, db, 18_000) // in one transaction, which the log must hold as a whole
	burst := fileSize(t, path+"-wal")
	if burst <= sqlite.MaxLog {
		t.Fatalf("the burst's log has %d bytes; the test needs more than %d", burst, sqlite.MaxLog)
	}
	await(t, func() bool {
		mustCreate(t, db)
		return fileSize(t, path+"-wal") <= sqlite.MaxLog
	})
}

func TestReadersDoNotKeepTheLogFromBeginningAnew(t *testing.T) {
	t.Run("WhereOneComesBeforeTheOtherGoes", func(t *testing.T) {
		db, _ := openKind(t, false)
		fillExpired(t, db, 500)
		readers := db.Connections(t)["reader"][:2]
		begin(t, readers[0])
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() { // at every moment one of the two reads
			defer close(stopped)
			for i := 1; ; i++ {
				if err := read(t, readers[i%2], "BEGIN", "SELECT count(*) FROM ready"); err != nil {
					t.Error(err)
				}
				if err := read(t, readers[(i+1)%2], "ROLLBACK"); err != nil {
					t.Error(err)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		}()
		before, err := db.LogPages(t.Context())
		if err != nil || before < 500 {
			t.Fatalf("the log has %d pages (%v), want those of 500 sessions", before, err)
		}
		await(t, func() bool {
			if err := db.Fold(t.Context()); err != nil {
				return false
			}
			mustCreate(t, db)
			pages, err := db.LogPages(t.Context())
			return err == nil && pages < 100
		})
		close(stop)
		<-stopped
	})

	t.Run("OneThatStaysDelaysItOnly", func(t *testing.T) {
		db, _ := openKind(t, false)
		reader := db.Connections(t)["reader"][0]
		begin(t, reader)
		fillExpired(t, db, 100)
		if err := db.Fold(t.Context()); err == nil {
			t.Error("the log begins anew under a reader's feet")
		}
		mustCreate(t, db)
		if err := read(t, reader, "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		if err := db.Fold(t.Context()); err != nil {
			t.Errorf("without the reader: %v", err)
		}
	})
}

func begin(t *testing.T, conn *sql.Conn) {
	t.Helper()
	if err := read(t, conn, "BEGIN", "SELECT count(*) FROM ready"); err != nil {
		t.Fatal(err)
	}
}

// read executes statements on a reader's connection; a SELECT in a transaction takes hold of the log.
func read(t *testing.T, conn *sql.Conn, statements ...string) error {
	for _, statement := range statements {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			return err
		}
	}
	return nil
}
