package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

func TestHandoffStoreIsDurable(t *testing.T) {
	t.Run("Closed", func(t *testing.T) {
		handofftest.TestDurable(t, func(t *testing.T) (handoff.Store, func() handoff.Store) {
			path := filepath.Join(t.TempDir(), "baton.db")
			db := openAt(t, path)
			return db, func() handoff.Store {
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
				return openAt(t, path)
			}
		})
	})

	// The files as a process that is killed leaves them. What a power cut leaves only a power cut shows.
	t.Run("LeftBehind", func(t *testing.T) {
		handofftest.TestDurable(t, func(t *testing.T) (handoff.Store, func() handoff.Store) {
			path := filepath.Join(t.TempDir(), "baton.db")
			return openAt(t, path), func() handoff.Store {
				left := filepath.Join(t.TempDir(), "baton.db")
				copyInUse(t, path, left)
				return openAt(t, left)
			}
		})
	})
}

// copyInUse copies a database that is written to, and its log, as they are at one moment of the copying. What is folded
// into the file meanwhile does not matter as long as the log still has it, so the copy counts if the log was not begun anew.
func copyInUse(t *testing.T, from, to string) {
	t.Helper()
	const header = 32 // bytes of a log; each beginning has another
	for {
		before := readFile(t, from+"-wal")
		write(t, to, readFile(t, from))
		log := readFile(t, from+"-wal")
		if len(before) >= header && len(log) >= header && bytes.Equal(before[:header], log[:header]) {
			write(t, to+"-wal", log)
			return
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
