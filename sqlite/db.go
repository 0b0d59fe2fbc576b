package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/sandbox"
)

var (
	_ handoff.Store      = (*DB)(nil)
	_ registration.Store = (*DB)(nil)
	_ sandbox.Store      = (*DB)(nil)
)

// writerCache is how many KiB of pages the writer's connection keeps: the indices of about a million sessions, whose keys
// are random, so that a change or a sweep finds its pages here and not at the operating system's door.
const writerCache = 128 << 10

// DB is an open database file. Safe for concurrent use.
type DB struct {
	writer *writer
	write  *sql.DB // one connection, which the writer holds
	read   *sql.DB
	folder *folder
	health *health
	log    *slog.Logger

	closing sync.Once
	closed  error
}

// Open opens the database at path, makes it and its directory where they are missing (readable by their owner only),
// and brings its schema up to date. Its errors name the path and say what to do; they are for the operator. A nil log
// discards. The caller must Close what it gets.
func Open(ctx context.Context, path string, log *slog.Logger) (*DB, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := makeFile(path); err != nil {
		return nil, err
	}
	// Of processes that make a new file at once SQLite tells some at once that it is busy, however long they would wait.
	for deadline := time.Now().Add(busyTimeout * time.Millisecond); ; {
		db := &DB{log: log}
		err := db.open(ctx, path)
		if err == nil {
			return db, nil
		}
		closing := db.closePools()
		if faultOf(err) != faultBusy || !time.Now().Before(deadline) || ctx.Err() != nil {
			return nil, errors.Join(explain(path, err), closing)
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (db *DB) open(ctx context.Context, path string) error {
	var err error
	more := "&_txlock=immediate"
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		more += "&_auto_vacuum=incremental" // has an effect before the first table only; see Shrink
	}
	if db.write, err = openPool(path, 1, more); err != nil {
		return err
	}
	if err := checkSmall(ctx, path); err != nil {
		return err
	}
	if err := migrate(ctx, db.write, db.log); err != nil {
		return err
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	if db.read, err = openPool(path, readers, "&_query_only=on"); err != nil {
		return err
	}
	if err := db.read.PingContext(ctx); err != nil {
		return err
	}
	conn, err := db.connect(ctx)
	if err != nil {
		return err
	}
	// What would refuse every change is better known now, and to whoever starts the program.
	if _, err := conn.ExecContext(ctx, writeReady, time.Now().UnixMilli()); err != nil {
		return errors.Join(err, conn.Close())
	}
	renew := func() { // idle connections go; the next ones are opened anew
		db.read.SetMaxIdleConns(0)
		db.read.SetMaxIdleConns(readers)
	}
	if db.health, err = newHealth(path, db.log, renew); err != nil {
		return errors.Join(err, conn.Close())
	}
	folding, err := openPool(path, 1, "")
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	db.writer = startWriter(conn, db.connect, db.health, db.log)
	db.folder = startFolder(folding, db.writer, db.log)
	return nil
}

// connect opens the connection that the writer holds.
func (db *DB) connect(ctx context.Context) (*sql.Conn, error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	// A PRAGMA that the driver's address cannot carry. fullfsync makes macOS flush the disk's own cache; elsewhere it has no effect.
	for _, pragma := range []string{
		"PRAGMA fullfsync = ON", "PRAGMA checkpoint_fullfsync = ON", "PRAGMA journal_size_limit = " + strconv.Itoa(maxLog),
		"PRAGMA wal_autocheckpoint = 0", // the folder's work
		"PRAGMA cache_size = -" + strconv.Itoa(writerCache),
	} {
		if _, err := conn.ExecContext(ctx, pragma); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// Close finishes the changes that wait, brings the log back into the file and closes it. Later calls of any method
// answer CodeUnavailable. It is idempotent.
func (db *DB) Close() error {
	db.closing.Do(func() {
		folded := db.folder.close()
		db.writer.close()
		db.health.close()
		// Readers first: the last connection to leave can then fold the write-ahead log into the file and remove it.
		err := db.read.Close()
		t := tx{db.writer.conn}
		if _, checkpoint := t.exec("PRAGMA wal_checkpoint(TRUNCATE)"); checkpoint != nil {
			db.log.Warn("the write-ahead log stays beside the file and is read at the next start", "error", checkpoint)
		}
		db.closed = errors.Join(folded, err, db.writer.hangUp(), db.write.Close())
	})
	return db.closed
}

func (db *DB) closePools() error {
	var err error
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil {
			err = errors.Join(err, pool.Close())
		}
	}
	return err
}

func openPool(path string, size int, more string) (*sql.DB, error) {
	pool, err := sql.Open("sqlite3", address(path)+more)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool, nil
}

// address carries the PRAGMAs, since what is executed on a pool reaches one of its connections only.
func address(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" +
		"_journal_mode=WAL" + // readers and the writer do not wait for one another
		"&_synchronous=FULL" + // each commit is on the disk before it is acknowledged
		"&_busy_timeout=" + strconv.Itoa(busyTimeout) + // for a second process on the same file
		"&_foreign_keys=on" + // events go with their session
		"&_stmt_cache_size=64" // statements of a connection, prepared once
}

// makeFile makes the file before SQLite does, which would let everybody read it. Its write-ahead log takes its mode.
func makeFile(path string) error {
	if path == "" || path == ":memory:" {
		return errors.New("the database needs a file: name one, such as data/baton.db")
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the directory %s for the database: %w. Make it yourself or name another path", dir, cause(err))
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("cannot open the database %s for reading and writing: %w. Check its permissions or name another path", path, cause(err))
	}
	return file.Close()
}

// cause takes the path out of an error of os, which its reader has just been told.
func cause(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
