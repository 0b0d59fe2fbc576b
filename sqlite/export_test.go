package sqlite

import (
	"context"
	"database/sql"
	"testing"
)

// Translate is translate.
var Translate = translate

// Commits is how many transactions the writer has committed.
func (db *DB) Commits() uint64 { return db.writer.commits.Load() }

// Waiting is how many changes wait for the writer.
func (db *DB) Waiting() int { return len(db.writer.queue) }

// Exec runs statements as one change.
func (db *DB) Exec(ctx context.Context, statements ...string) error {
	return db.writer.do(ctx, func(t tx) error {
		for _, statement := range statements {
			if _, err := t.exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// Connections are the writer's and every one that the read pool may have. The writer's may be used while nothing is
// written.
func (db *DB) Connections(tb testing.TB) map[string][]*sql.Conn {
	tb.Helper()
	var readers []*sql.Conn
	for range db.read.Stats().MaxOpenConnections {
		conn, err := db.read.Conn(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { conn.Close() })
		readers = append(readers, conn)
	}
	return map[string][]*sql.Conn{"writer": {db.writer.conn}, "reader": readers}
}

// MaxLog is the bytes to which the write-ahead log is cut.
const MaxLog = maxLog

// Fold folds the log into the file and has the next change begin it anew, as the folder does when enough of it waits.
func (db *DB) Fold(ctx context.Context) error { return db.writer.doBetween(ctx, restartLog) }

// Pages returns how many pages the file has and how many of them are free.
func (db *DB) Pages(ctx context.Context) (all, free int, err error) { return db.pages(ctx) }

// LogPages is how many pages the log holds since it began anew.
func (db *DB) LogPages(ctx context.Context) (pages int, err error) {
	var busy, folded int
	err = db.folder.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &folded)
	return pages, err
}

// Sweeps are the statements that remove what is over, by name.
var Sweeps = map[string]string{"sessions": deleteExpired, "registrations": deleteAbandoned, "results": deleteExpiredResults}
