package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"
)

const (
	// foldAt is how many pages of the write-ahead log may wait before they are folded into the file: 16 MiB. Pages that
	// are written again and again until then, those of the indices above all, are folded once.
	foldAt = 4096
	// tailAt is the rest of the log that may be folded while every change waits: 2 MiB, a few milliseconds.
	tailAt = 512
	// maxFolds is how often the log is folded beside the writer, which writes on, before the rest is taken as it is.
	maxFolds = 4
	// maxLog is the size in bytes to which the log's file is cut when it begins anew: room for what is written while
	// foldAt pages are folded, so that a file of this size is not cut and grown again and again.
	maxLog = 64 << 20

	// patience is how long, in milliseconds, every change waits for readers of the old log before the log is left to
	// grow; reads of this package are over in less than one.
	patience = 50
	// busyTimeout is how long, in milliseconds, a second process on the same file is waited for.
	busyTimeout = 5000

	// lookGap is the least time between two looks at the log's size. At full load some 8 MiB come in it.
	lookGap = 100 * time.Millisecond
	// warnGap keeps a lasting failure from filling the operator's log.
	warnGap = time.Minute
)

// folder folds the write-ahead log into the file. SQLite's own way is to do that inside the commit that fills the log,
// which then takes as long as everything before it together. The folder does it on a connection of its own while the
// writer writes on, and has the writer stop for the short rest only, since the log begins anew only when all of it is
// folded and nobody reads it. So it never grows without end under a load that does not pause, be it reads or changes.
type folder struct {
	pool   *sql.DB // one connection
	writer *writer
	log    *slog.Logger
	warned time.Time

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

func startFolder(pool *sql.DB, w *writer, log *slog.Logger) *folder {
	ctx, stop := context.WithCancel(context.Background())
	f := &folder{pool: pool, writer: w, log: log, stop: stop}
	f.stopped.Go(func() { f.loop(ctx) })
	return f
}

// close ends the folder; what is in the log stays there.
func (f *folder) close() error {
	f.stop()
	f.stopped.Wait()
	return f.pool.Close()
}

func (f *folder) loop(ctx context.Context) {
	gap := time.NewTicker(lookGap)
	defer gap.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.writer.wrote:
		}
		if err := f.look(ctx); err != nil && ctx.Err() == nil && time.Since(f.warned) > warnGap {
			f.warned = time.Now()
			f.log.Warn("the write-ahead log was not folded into the database and grows; look for a program that reads the file, or for a failing or full disk",
				"error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-gap.C:
		}
	}
}

// look folds the log if enough of it waits.
func (f *folder) look(ctx context.Context) error {
	waiting, err := checkpoint(ctx, f.pool, "NOOP")
	if err != nil || waiting < foldAt {
		return err
	}
	var failed error
	for range maxFolds {
		if waiting, failed = checkpoint(ctx, f.pool, "PASSIVE"); failed == nil {
			waiting, failed = checkpoint(ctx, f.pool, "NOOP")
		}
		if failed != nil || waiting < tailAt {
			break
		}
	}
	return errors.Join(failed, f.writer.doBetween(ctx, restartLog))
}

// errLogHeld is no failure of SQLite: somebody reads what the log would be written over with.
var errLogHeld = errors.New("sqlite: a reader holds the write-ahead log")

// restartLog folds the rest of the log and has the next change begin it anew.
func restartLog(t tx) (err error) {
	if _, err := t.exec("PRAGMA busy_timeout = " + strconv.Itoa(patience)); err != nil {
		return err
	}
	defer func() {
		_, restored := t.exec("PRAGMA busy_timeout = " + strconv.Itoa(busyTimeout))
		err = errors.Join(err, restored)
	}()
	_, err = checkpoint(context.Background(), t.conn, "RESTART")
	return err
}

// queryer is a *sql.DB or *sql.Conn.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// checkpoint runs SQLite's checkpoint in a mode and returns how many pages of the log are not in the file yet.
func checkpoint(ctx context.Context, on queryer, mode string) (waiting int, err error) {
	var busy bool
	var pages, folded int
	if err := on.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &folded); err != nil {
		return 0, translate(err)
	}
	if busy && mode == "RESTART" { // else another process folds, or another reader has not come so far
		return pages - folded, errLogHeld
	}
	return pages - folded, nil
}
