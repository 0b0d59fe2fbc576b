package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"baton/sqlite"
)

// openKind opens a new file, or one that a version made that did not prepare files for giving pages back.
func openKind(t *testing.T, old bool) (db *sqlite.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "baton.db")
	if old {
		raw, err := sql.Open("sqlite3", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raw.ExecContext(t.Context(), "CREATE TABLE old (one INTEGER); DROP TABLE old"); err != nil {
			t.Fatal(err)
		}
		if err := raw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return openAt(t, path), path
}

func sweepAll(t *testing.T, db *sqlite.DB, want int) {
	t.Helper()
	for removed := 0; removed < want; {
		gone, err := db.DeleteExpired(t.Context(), time.Now(), 200)
		if err != nil || len(gone) == 0 {
			t.Fatalf("%d are removed (%v), want %d", removed, err, want)
		}
		removed += len(gone)
	}
}

// foldedSize is the file's size once everything is in it.
func foldedSize(t *testing.T, db *sqlite.DB, path string) int64 {
	t.Helper()
	await(t, func() bool { return db.Fold(t.Context()) == nil }) // else the folder is at it
	return fileSize(t, path)
}

func TestPagesOfSweptSessionsAreUsedAgain(t *testing.T) {
	for name, old := range map[string]bool{"InANewFile": false, "InAnOldFile": true} {
		t.Run(name, func(t *testing.T) {
			const sessions, rounds = 800, 6
			db, path := openKind(t, old)
			var first int64
			for round := range rounds {
				fillExpired(t, db, sessions)
				sweepAll(t, db, sessions)
				if _, err := db.ShrinkOnce(t.Context()); err != nil {
					t.Fatal(err)
				}
				if size := foldedSize(t, db, path); round == 0 {
					first = size
				} else if size > first+first/4 {
					t.Fatalf("after round %d the file has %d bytes, after the first it had %d", round+1, size, first)
				}
			}
		})
	}
}

func TestShrink(t *testing.T) {
	const spike = 5500 // sessions, of a page or more each: above shrinkFrom

	t.Run("AfterASpikeTheFileIsSmallAndWhole", func(t *testing.T) {
		db, path := openKind(t, false)
		fillExpired(t, db, spike)
		last := mustCreate(t, db) // at the file's end, from where pages are moved
		sweepAll(t, db, spike)
		before := foldedSize(t, db, path)
		given, err := db.ShrinkOnce(t.Context())
		if err != nil || given == 0 {
			t.Fatalf("%d pages are given back, %v", given, err)
		}
		if after := foldedSize(t, db, path); after > before/10 {
			t.Errorf("the file has %d bytes, before it had %d", after, before)
		}
		if all, free, err := db.Pages(t.Context()); err != nil || free > all/2 || free == 0 {
			t.Errorf("%d of %d pages are free (%v), want about a quarter", free, all, err)
		}
		if _, err := db.ByTicket(t.Context(), last.Ticket, last.CreatedAt); err != nil {
			t.Errorf("the session that stays: %v", err)
		}
		if again, err := db.ShrinkOnce(t.Context()); again != 0 || err != nil {
			t.Errorf("at once again %d pages are given back, %v; want none", again, err)
		}
	})

	t.Run("AnOldFileStaysAndIsUsedAgain", func(t *testing.T) {
		db, path := openKind(t, true)
		fillExpired(t, db, spike)
		sweepAll(t, db, spike)
		before := foldedSize(t, db, path)
		if given, err := db.ShrinkOnce(t.Context()); given != 0 || err != nil {
			t.Errorf("%d pages are given back, %v; want none", given, err)
		}
		fillExpired(t, db, spike)
		if after := foldedSize(t, db, path); after > before+before/20 {
			t.Errorf("with the next spike the file has %d bytes, with the first it had %d", after, before)
		}
	})

	t.Run("LittleIsKeptForTheNextSessions", func(t *testing.T) {
		db, _ := openKind(t, false)
		fillExpired(t, db, 500)
		sweepAll(t, db, 500)
		if given, err := db.ShrinkOnce(t.Context()); given != 0 || err != nil {
			t.Errorf("%d pages are given back, %v; want none", given, err)
		}
	})

	t.Run("EndsWithItsContext", func(t *testing.T) {
		db, _ := openKind(t, false)
		fillExpired(t, db, spike)
		sweepAll(t, db, spike)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			db.Shrink(ctx, time.Millisecond)
		}()
		all, _, err := db.Pages(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		await(t, func() bool {
			now, _, err := db.Pages(t.Context())
			return err == nil && now < all
		})
		cancel()
		<-done
		if _, err := db.ShrinkOnce(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("once ended: %v, want context.Canceled", err)
		}
	})
}
