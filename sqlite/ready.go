package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"baton/internal/handoff"
)

const (
	writeReady = `INSERT INTO ready (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at`

	// room is how many bytes must be free again after the disk was full. It is far more than one change needs, so that
	// readiness does not come and go with every page.
	room = 1 << 20
	// checkedAtOpen is up to how many bytes a file is checked for damage each time it is opened: some tens of
	// milliseconds. Damage in a larger one is found by the first change or question that meets it.
	checkedAtOpen = 64 << 20
)

// Ready reports whether the database takes changes, by making a small one durable. Its error has CodeUnavailable and
// says in the operator's words what is wrong and what to do.
//
// After a full disk it also wants room for more than the small change. After a sign of damage, wherever it was met, it
// answers so, and every change is refused, until a check of the whole file (PRAGMA quick_check, at most every few
// seconds) passes; that is so when the file's own bytes have come back, as with a disk that was away. A backup must be
// restored while the program is stopped, and without the old file's -wal and -shm: the connections hold the old file
// open, and the old log would be folded into the backup.
func (db *DB) Ready(ctx context.Context) error {
	err := db.health.usable()
	if err == nil {
		err = db.health.roomy()
	}
	if err == nil {
		err = db.writer.do(ctx, func(t tx) error {
			_, err := t.exec(writeReady, time.Now().UnixMilli())
			return err
		})
	}
	return unready(err)
}

// unready turns a caller's sentence into the operator's.
func unready(err error) error {
	if f := faultOf(err); f != "" {
		return coded(handoff.CodeUnavailable, said[f].operator, err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return coded(handoff.CodeUnavailable, saySlow, err)
	}
	return err
}

// roomy tells, where a change found no room, whether there is some again.
func (h *health) roomy() error {
	if !h.tight.Load() {
		return nil
	}
	err := takeRoom(filepath.Dir(h.path))
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return refused(faultFull, fmt.Errorf("%w: %w", errNoRoom, cause(err)))
	}
	h.tight.Store(false) // whatever else is wrong with the directory, the change that follows will meet
	return nil
}

// takeRoom takes room in a directory and gives it back.
func takeRoom(dir string) error {
	file, err := os.CreateTemp(dir, ".room-*")
	if err != nil {
		return err
	}
	// Where the system lets an open file be removed, none stays behind a process that is killed.
	removed := os.Remove(file.Name())
	_, err = file.Write(make([]byte, room))
	if err == nil {
		err = file.Sync() // some file systems look for room only now
	}
	err = errors.Join(err, file.Close())
	if removed != nil {
		err = errors.Join(err, os.Remove(file.Name()))
	}
	return err
}

// checkSmall checks a file that is small enough to be checked at every start.
func checkSmall(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 || info.Size() > checkedAtOpen {
		return err
	}
	return quickCheck(ctx, path)
}

// quickCheck reads the whole file, on a connection of its own that remembers nothing, and returns errDamaged where its
// structure is not sound. What only a checksum would find, it does not.
func quickCheck(ctx context.Context, path string) (err error) {
	pool, err := openPool(path, 1, "&_query_only=on")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	var verdict string
	if err := pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: %s", errDamaged, verdict)
	}
	return nil
}
