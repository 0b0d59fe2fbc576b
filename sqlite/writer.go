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
	"time"

	"baton/internal/handoff"
)

const (
	// maxBatch bounds one transaction, so that the first of its jobs does not wait long for the last.
	maxBatch = 128
	// maxWaiting bounds the queue; callers beyond it wait at its door until their context ends.
	maxWaiting = 1024
	// tidyRest is how long no job that tidies up is taken after one, as a multiple of the time that it took: such jobs get
	// at most a third of the writer's time, on whatever machine, so that a writer that is busy all the time takes at most
	// half as long again for its callers.
	tidyRest = 2
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
	last  bool        // it may wait for the others
	err   error
	done  chan struct{} // closed when err is final
}

// writer runs jobs one after another on one connection and commits many at once. What tidies up has doors of its own,
// without a queue, so that it never stands before a caller: each transaction takes at most one such job, as its last,
// which then shares the commit with the callers' and costs them no wait for the disk of its own.
type writer struct {
	conn    *sql.Conn
	connect func(context.Context) (*sql.Conn, error) // for another connection
	hungUp  bool                                     // conn is given up
	health  *health
	log     *slog.Logger

	mu      sync.RWMutex // held for reading while a job is put in the queue, so that close closes an idle one
	closed  bool
	queue   chan *job
	lasts   chan *job     // for the end of a transaction
	between chan *job     // for the moment between two transactions
	wrote   chan struct{} // holds one when there was a commit
	ended   chan struct{} // closed when the loop has returned

	rested time.Time // when the next job that tidies up may be taken; the loop's own

	commits atomic.Uint64 // successful commits since the start
}

func startWriter(conn *sql.Conn, connect func(context.Context) (*sql.Conn, error), h *health, log *slog.Logger) *writer {
	w := &writer{conn: conn, connect: connect, health: h, log: log, queue: make(chan *job, maxWaiting),
		lasts: make(chan *job), between: make(chan *job), wrote: make(chan struct{}, 1), ended: make(chan struct{})}
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

// doLast is do for a change that tidies up: small, and run when the callers' changes of a transaction are done. It waits
// while the writer rests from the one before.
func (w *writer) doLast(ctx context.Context, run func(tx) error) error {
	return w.hand(w.lasts, &job{ctx: ctx, run: run, last: true, done: make(chan struct{})})
}

// doBetween runs something on the writer's connection outside of a transaction, while every change waits.
func (w *writer) doBetween(ctx context.Context, run func(tx) error) error {
	return w.hand(w.between, &job{ctx: ctx, run: run, done: make(chan struct{})})
}

func (w *writer) hand(door chan<- *job, j *job) error {
	if err := j.ctx.Err(); err != nil {
		return coded(handoff.CodeUnavailable, sayGone, err)
	}
	select {
	case door <- j:
		<-j.done
		return j.err
	case <-j.ctx.Done():
		return coded(handoff.CodeUnavailable, sayGone, j.ctx.Err())
	case <-w.ended:
		return translate(errClosed)
	}
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
	batch := make([]*job, 0, maxBatch+1)
	for {
		select {
		case j := <-w.between:
			w.runBetween(j)
		default:
		}
		first, open := w.first()
		if !open {
			return
		}
		if first == nil {
			continue
		}
		batch = w.transact(batch[:0], first)
		for _, j := range batch {
			close(j.done)
		}
		clear(batch)
	}
}

// first waits for the first job of a transaction, a caller's before one that tidies up. It returns nil where there is
// none yet but something else has happened, and false once the queue is closed and empty.
func (w *writer) first() (*job, bool) {
	select {
	case j, open := <-w.queue:
		return j, open
	default:
	}
	lasts, over := w.lasts, (<-chan time.Time)(nil)
	if rest := time.Until(w.rested); rest > 0 {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		lasts, over = nil, timer.C
	}
	select {
	case j, open := <-w.queue:
		return j, open
	case j := <-lasts:
		return j, true
	case <-over:
		return nil, true
	case j := <-w.between:
		w.runBetween(j)
		return nil, true
	}
}

// runBetween runs a job outside of a transaction. Where the connection is given up, it is the next change that opens
// another, and what tidies up can wait.
func (w *writer) runBetween(j *job) {
	if !w.hungUp {
		j.err = w.contain(tx{w.conn}, j.run)
	}
	close(j.done)
}

// transact runs first and what else waits in one transaction, commits it and returns all jobs that it took.
func (w *writer) transact(batch []*job, first *job) []*job {
	var err error
	began := false
	for j := first; j != nil; j = w.next(batch) {
		batch = append(batch, j)
		if !w.wanted(j) {
			continue
		}
		if !began {
			if err = w.begin(); err != nil {
				break
			}
			began = true
		}
		tidying := time.Now()
		if err = w.runOne(tx{w.conn}, j); err != nil {
			break
		}
		if j.last {
			took := time.Since(tidying)
			w.rested = time.Now().Add(tidyRest * took)
		}
	}
	if began && err == nil {
		if _, err = (tx{w.conn}).exec("COMMIT"); err == nil {
			w.commits.Add(1)
			w.health.worked()
			select {
			case w.wrote <- struct{}{}:
			default:
			}
		}
	}
	if err != nil {
		batch = w.fail(batch, err)
	}
	return batch
}

// next returns the next job of a transaction that has taken those of batch, or nil when it is time to commit. The
// callers of the last transaction have just been answered and many come back at once: letting them run before the
// commit fills it, and costs nothing where nobody else is runnable.
func (w *writer) next(batch []*job) *job {
	if batch[len(batch)-1].last {
		return nil
	}
	if len(batch) < maxBatch {
		for range maxYields {
			select {
			case j := <-w.queue: // nil when it is closed and empty
				return j
			default:
				runtime.Gosched()
			}
		}
	}
	if time.Now().Before(w.rested) {
		return nil
	}
	select {
	case j := <-w.lasts:
		return j
	default:
		return nil
	}
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
		if f := faultOf(j.err); f == faultDamaged {
			return j.err // nothing of the transaction is to be acknowledged
		} else if f != "" {
			w.health.failed(j.err, 1)
		}
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

// fail gives up the transaction: nothing of the batch was kept, so nobody may hear anything else. Where another process
// holds the file, whoever waits in the queue has waited for it as well and is answered now, lest each waits anew behind
// the one before. It returns all whose answer is final.
func (w *writer) fail(batch []*job, cause error) []*job {
	w.rollback(cause)
	if faultOf(cause) == faultBusy {
		batch = w.takeWaiting(batch)
	}
	err := cause
	if handoff.ErrorCode(err) != handoff.CodeUnavailable {
		err = refused(faultBusy, cause)
	}
	w.health.failed(cause, len(batch))
	for _, j := range batch {
		j.err = err
	}
	return batch
}
