package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"strconv"

	"github.com/mattn/go-sqlite3"
)

// begin begins a transaction, unless the database's health forbids it, on a connection that is in order.
func (w *writer) begin() error {
	if err := w.health.usable(); err != nil {
		return err
	}
	if w.health.stale.Swap(false) {
		w.hangUp()
	}
	err := w.beginOnce()
	if err != nil && w.inside() { // somebody's transaction was left open
		w.rollback(nil)
		err = w.beginOnce()
	}
	return err
}

func (w *writer) beginOnce() error {
	if w.hungUp {
		conn, err := w.connect(context.Background())
		if err != nil {
			return translate(err)
		}
		w.conn, w.hungUp = conn, false
	}
	if w.health.squeeze() {
		if err := cutLog(tx{w.conn}); err != nil {
			w.log.Debug("the write-ahead log does not make room", "error", err)
		}
	}
	_, err := (tx{w.conn}).exec("BEGIN IMMEDIATE")
	return err
}

// cutLog folds the log into the file and gives back what it takes on the disk. Pages that were written many times stand in
// the log as often, so that the file grows by less.
func cutLog(t tx) (err error) {
	if _, err := t.exec("PRAGMA busy_timeout = " + strconv.Itoa(patience)); err != nil {
		return err
	}
	defer func() {
		_, restored := t.exec("PRAGMA busy_timeout = " + strconv.Itoa(busyTimeout))
		err = errors.Join(err, restored)
	}()
	_, err = checkpoint(context.Background(), t.conn, "TRUNCATE")
	return err
}

// rollback leaves the transaction, whatever state a failure has left the connection in.
func (w *writer) rollback(cause error) {
	if _, err := (tx{w.conn}).exec("ROLLBACK"); err != nil {
		w.log.Debug("nothing to roll back", "error", err) // SQLite had done so itself
	}
	switch faultOf(cause) {
	case faultReadOnly, faultDisk, faultDamaged:
		// What a connection once found, such as a file that it could open for reading only or pages that were damaged,
		// it keeps when the cause has gone.
		w.hangUp()
	default:
		if w.inside() {
			w.hangUp()
		}
	}
}

// inside reports whether the connection is in a transaction.
func (w *writer) inside() bool {
	inside := false
	err := w.conn.Raw(func(conn any) error {
		inside = !conn.(*sqlite3.SQLiteConn).AutoCommit()
		return nil
	})
	return err == nil && inside
}

// hangUp gives the connection up, which rolls back what is open on it; the next transaction begins on another. It
// returns the error of a connection that does not close.
func (w *writer) hangUp() error {
	if w.hungUp {
		return nil
	}
	w.hungUp = true
	// ErrBadConn keeps the pool from using it again.
	if err := w.conn.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
		return err
	}
	return nil
}

// takeWaiting adds to batch whoever waits in the queue.
func (w *writer) takeWaiting(batch []*job) []*job {
	for range maxWaiting {
		select {
		case j := <-w.queue:
			if j == nil { // closed and empty
				return batch
			}
			j.taken.CompareAndSwap(false, true)
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}
