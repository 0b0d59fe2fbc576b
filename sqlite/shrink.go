package sqlite

import (
	"context"
	"errors"
	"strconv"
	"time"
)

const (
	// shrinkFrom is how many pages must be free before the file gives any back: 16 MiB. Less is not worth the work, since
	// the next sessions fill it again.
	shrinkFrom = 4096
	// shrinkShare is the part of the file that must be free, too: half. A steady load frees as many pages as it takes and
	// stays far below; half and more is left by a spike only, and is more than the next half hour needs.
	shrinkShare = 0.5
	// shrinkTo is the part of the file that stays free, so that the next load finds pages without growing the file: a
	// quarter, well below shrinkShare, so that the file does not go up and down.
	shrinkTo = 0.25
	// shrinkStep is how many pages go at once: about as much work as a batch of the sweep.
	shrinkStep = 32
)

// Shrink gives free pages back to the file system every interval, in small steps beside the callers' changes, until ctx
// ends, which is how it returns. It does so once half of the file is free, after a spike that is, and keeps a quarter:
// else the pages of sessions that are gone serve the next ones. A file made by a version that did not prepare for it
// never shrinks and is reused all the same; the operator's VACUUM, while the program is stopped, makes it small.
func (db *DB) Shrink(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		given, err := db.ShrinkOnce(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			db.log.WarnContext(ctx, "free pages were not given back; it is tried again at the next interval", "pages", given, "error", err)
		case given > 0:
			db.log.InfoContext(ctx, "the database has become smaller", "pages", given)
		}
	}
}

// ShrinkOnce gives back what Shrink would at this moment and returns how many pages that was. It ends early, with an error,
// when ctx ends.
func (db *DB) ShrinkOnce(ctx context.Context) (int, error) {
	pages, free, err := db.pages(ctx)
	if err != nil || free < shrinkFrom || float64(free) < shrinkShare*float64(pages) {
		return 0, err
	}
	// So many stay free beside those in use. What callers take and free meanwhile is seen at the next interval.
	spare := int(shrinkTo / (1 - shrinkTo) * float64(pages-free))
	given := 0
	for given < free-spare {
		var step int
		err := db.writer.doLast(ctx, func(t tx) (err error) {
			step, err = vacuum(t, min(shrinkStep, free-spare-given))
			return err
		})
		if err != nil || step <= 0 { // a file that was not prepared for it gives none
			return given, err
		}
		given += step
	}
	return given, nil
}

// pages returns how many pages the file has and how many of them are free.
func (db *DB) pages(ctx context.Context) (all, free int, err error) {
	err = db.read.QueryRowContext(ctx, "SELECT (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count)").Scan(&all, &free)
	return all, free, translate(err)
}

// vacuum gives back at most n pages and returns how many. The statement goes one page with each row that is asked for, so
// that an Exec, which asks for one, would give back one.
func vacuum(t tx, n int) (given int, err error) {
	before, err := freePages(t)
	if err != nil {
		return 0, err
	}
	rows, err := t.query("PRAGMA incremental_vacuum(" + strconv.Itoa(n) + ")")
	if err != nil {
		return 0, err
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return 0, translate(err)
	}
	after, err := freePages(t)
	return before - after, err
}

func freePages(t tx) (free int, err error) {
	err = t.queryRow("PRAGMA freelist_count").Scan(&free)
	return free, translate(err)
}
