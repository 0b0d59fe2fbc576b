package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// tellEvery keeps a lasting fault from filling the operator's log: one line each time.
	tellEvery = time.Minute
	// calm is how long nothing must have been refused before a fault counts as over. On a disk that is nearly full small
	// changes succeed between large ones that fail, and each turn would be a line of the log.
	calm = 10 * time.Second
	// checkGap is the least time between two checks of a damaged file, each of which reads all of it.
	checkGap = 5 * time.Second
	// squeezeGap is the least time between two attempts to make room on a full disk.
	squeezeGap = time.Second
)

// health is what the database's own work has taught about its file. Safe for concurrent use.
type health struct {
	log    *slog.Logger
	path   string
	opened os.FileInfo                 // the file that the connections hold
	whole  func(context.Context) error // reads the file anew and tells whether it is whole
	renew  func()                      // replaces the connections of readers

	damaged atomic.Bool // from the first sign of damage until a check passes
	tight   atomic.Bool // a change found no room, and none has been proved since
	stale   atomic.Bool // the writer's connection may remember damage that is no more

	squeezed time.Time // when the log was last cut to make room; the writer's alone

	failing atomic.Bool // since is set
	mu      sync.Mutex
	since   time.Time // the first change that was refused; zero when all is well
	last    time.Time // the last one
	refused int       // changes
	told    map[fault]time.Time

	ctx       context.Context // ends with the database
	stop      context.CancelFunc
	checks    sync.WaitGroup
	checking  bool
	nextCheck time.Time
	checkTold time.Time
}

func newHealth(path string, log *slog.Logger, renew func()) (*health, error) {
	opened, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	whole := func(ctx context.Context) error { return quickCheck(ctx, path) }
	return &health{log: log, path: path, opened: opened, whole: whole, renew: renew, told: make(map[fault]time.Time), ctx: ctx, stop: stop}, nil
}

// close ends a check that runs.
func (h *health) close() {
	h.mu.Lock() // no check begins after this
	h.stop()
	h.mu.Unlock()
	h.checks.Wait()
}

// usable tells whether changes may be made at all. In a damaged file each one may damage more, and is lost when a backup
// is restored; in a file that is no longer at its place it is lost at the next start. So neither is acknowledged.
func (h *health) usable() error {
	if h.damaged.Load() {
		h.checkSoon()
		return refused(faultDamaged, errDamaged)
	}
	if h.moved() {
		return refused(faultMoved, errMoved)
	}
	return nil
}

// moved never opens the file: closing it again would give up the locks that SQLite holds on it.
func (h *health) moved() bool {
	now, err := os.Stat(h.path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return !os.SameFile(h.opened, now)
}

// squeeze reports whether the log is to be cut now, to make room on a full disk.
func (h *health) squeeze() bool {
	if !h.tight.Load() || time.Since(h.squeezed) < squeezeGap {
		return false
	}
	h.squeezed = time.Now()
	return true
}

// note remembers what an error says of the file, and returns it.
func (h *health) note(err error) error {
	if err == nil || errors.Is(err, errDamaged) { // our own word, which a check may meanwhile have taken back
		return err
	}
	switch faultOf(err) {
	case faultFull:
		h.tight.Store(true)
	case faultDamaged:
		if !h.damaged.Swap(true) {
			h.log.Error("the database is damaged; changes are refused until a check finds it whole", "error", err)
		}
	}
	return err
}

// failed remembers that so many changes were refused.
func (h *health) failed(cause error, changes int) {
	h.note(cause)
	f, now := faultOf(cause), time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.since.IsZero() {
		h.since, h.refused = now, 0
		clear(h.told)
		h.failing.Store(true)
	}
	h.last, h.refused = now, h.refused+changes
	if told, known := h.told[f]; known && now.Sub(told) < tellEvery {
		return
	}
	h.told[f] = now
	h.log.Error("changes are refused", "fault", string(f), "refused", h.refused, "since", h.since, "error", cause)
}

// worked is told of every commit.
func (h *health) worked() {
	if !h.failing.Load() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.since.IsZero() || time.Since(h.last) < calm {
		return
	}
	h.log.Info("changes are kept again", "refused", h.refused, "after", h.last.Sub(h.since))
	h.since = time.Time{}
	h.failing.Store(false)
	h.tight.Store(false)
	h.renew() // one that was opened meanwhile may have found the disk read-only, and would remain so
}

// checkSoon has the damaged file checked, unless that is done at the moment or was done lately.
func (h *health) checkSoon() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.checking || h.ctx.Err() != nil || time.Now().Before(h.nextCheck) {
		return
	}
	h.checking = true
	h.checks.Go(h.check)
}

func (h *health) check() {
	began := time.Now()
	err := h.whole(h.ctx)
	if err == nil && h.moved() { // what was checked is not what the connections hold
		err = errMoved
	}
	if err == nil {
		h.renew()
		h.stale.Store(true)
		h.damaged.Store(false)
		h.log.Info("a check found the database whole; changes are taken again")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	h.checking, h.nextCheck = false, now.Add(max(checkGap, 10*now.Sub(began)))
	if err != nil && h.ctx.Err() == nil && now.Sub(h.checkTold) >= tellEvery {
		h.checkTold = now
		h.log.Error("a check finds the database damaged; it is repeated", "error", err)
	}
}
