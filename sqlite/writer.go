package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"baton/internal/handoff"
)

const (
	// maxBatch bounds one transaction, so that the first of its jobs does not wait long for the last.
	maxBatch = 128
	// maxWaiting bounds the queue; callers beyond it wait at its door until their context ends.
	maxWaiting = 1024
	// maxYields is how often the writer steps back for callers before it commits.
	maxYields = 8
)

// tx is what a job may do inside the writer's transaction. It has no context: once begun, a job runs to its end.
type tx struct{ conn *sql.Conn }

func (t tx) exec(query string, args ...any) (sql.Result, error) {
	result, err := t.conn.ExecContext(context.Background(), query, args...)
	return result, translate(err)
}

func (t tx) query(query string, args ...any) (*sql.Rows, error) {
	rows, err := t.conn.QueryContext(context.Background(), query, args...)
	return rows, translate(err)
}

func (t tx) queryRow(query string, args ...any) *sql.Row {
	return t.conn.QueryRowContext(context.Background(), query, args...)
}

// job is one change on its way through the writer.
type job struct {
	ctx   context.Context
	run   func(tx) error
	taken atomic.Bool // by the writer, which runs it, or by its caller, who gave up; whoever is first
	err   error
	done  chan struct{} // closed when err is final
}

// writer runs jobs one after another on one connection and commits many at once.
type writer struct {
	conn *sql.Conn
	log  *slog.Logger

	mu     sync.RWMutex // held for reading while a job is put in the queue, so that close closes an idle one
	closed bool
	queue  chan *job
	ended  chan struct{} // closed when the loop has returned

	commits atomic.Uint64 // successful commits since the start
}

func startWriter(conn *sql.Conn, log *slog.Logger) *writer {
	w := &writer{conn: conn, log: log, queue: make(chan *job, maxWaiting), ended: make(chan struct{})}
	go w.loop()
	return w
}

// do runs one change and returns when it is durable or has failed. A caller whose context ends before the change is
// begun gets an error and nothing is changed; once begun, its outcome is told as it is.
func (w *writer) do(ctx context.Context, run func(tx) error) error {
	if err := ctx.Err(); err != nil {
		return coded(handoff.CodeUnavailable, sayGone, err)
	}
	j := &job{ctx: ctx, run: run, done: make(chan struct{})}
	if err := w.enqueue(j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return coded(handoff.CodeUnavailable, sayGone, ctx.Err())
		}
		<-j.done
	}
	return j.err
}

func (w *writer) enqueue(j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return translate(errClosed)
	}
	select {
	case w.queue <- j:
		return nil
	case <-j.ctx.Done():
		return coded(handoff.CodeUnavailable, sayGone, j.ctx.Err())
	}
}

// close refuses new jobs, finishes those that wait and returns when the loop has ended. It is idempotent.
func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
}

func (w *writer) loop() {
	defer close(w.ended)
	batch := make([]*job, 0, maxBatch)
	for first := range w.queue {
		batch = w.transact(batch[:0], first)
		for _, j := range batch {
			close(j.done)
		}
		clear(batch)
	}
}

// transact runs first and what else waits in one transaction, commits it and returns all jobs that it took.
func (w *writer) transact(batch []*job, first *job) []*job {
	var err error
	began := false
	for j := first; j != nil; j = w.next(len(batch)) {
		batch = append(batch, j)
		if !w.wanted(j) {
			continue
		}
		if !began {
			if _, err = (tx{w.conn}).exec("BEGIN IMMEDIATE"); err != nil {
				break
			}
			began = true
		}
		if err = w.runOne(tx{w.conn}, j); err != nil {
			break
		}
	}
	if began && err == nil {
		if _, err = (tx{w.conn}).exec("COMMIT"); err == nil {
			w.commits.Add(1)
		}
	}
	if err != nil {
		w.fail(batch, err)
	}
	return batch
}

// next returns the next job of a transaction that has taken so many, or nil when it is time to commit. The callers of
// the last transaction have just been answered and many come back at once: letting them run before the commit fills
// it, and costs nothing where nobody else is runnable.
func (w *writer) next(taken int) *job {
	if taken == maxBatch {
		return nil
	}
	for range maxYields {
		select {
		case j := <-w.queue: // nil when it is closed and empty
			return j
		default:
			runtime.Gosched()
		}
	}
	return nil
}

// wanted takes the job, unless its caller has given up.
func (w *writer) wanted(j *job) bool {
	if !j.taken.CompareAndSwap(false, true) {
		return false
	}
	if cause := j.ctx.Err(); cause != nil {
		j.err = coded(handoff.CodeUnavailable, sayGone, cause)
		return false
	}
	return true
}

// runOne runs a job inside a savepoint. SQLite answers some failures (a full disk, say) by rolling back the whole
// transaction; then the savepoint is gone and the error is returned.
func (w *writer) runOne(t tx, j *job) error {
	if _, err := t.exec("SAVEPOINT job"); err != nil {
		return err
	}
	if j.err = w.contain(t, j.run); j.err != nil {
		if _, err := t.exec("ROLLBACK TO job"); err != nil {
			return errors.Join(j.err, err)
		}
	}
	_, err := t.exec("RELEASE job")
	return err
}

// contain turns a panic of a job into its error, so that one caller's mistake does not stop everybody's writes.
func (w *writer) contain(t tx, run func(tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("a change panicked and was rolled back", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = coded(handoff.CodeUnexpected, sayBug, errors.New("sqlite: a change panicked"))
		}
	}()
	return run(t)
}

// fail gives up the transaction: nothing of the batch was kept, so nobody may hear anything else.
func (w *writer) fail(batch []*job, cause error) {
	if _, err := (tx{w.conn}).exec("ROLLBACK"); err != nil {
		w.log.Debug("nothing to roll back", "error", err) // SQLite had done so itself
	}
	err := cause
	if handoff.ErrorCode(err) != handoff.CodeUnavailable {
		err = coded(handoff.CodeUnavailable, sayBusy, cause)
	}
	w.log.Error("a commit failed; its changes were refused", "changes", len(batch), "error", cause)
	for _, j := range batch {
		j.err = err
	}
}
