package sqlite

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mattn/go-sqlite3"
)

func newTestHealth(t *testing.T, whole func(context.Context) error) (*health, *bytes.Buffer, *int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "baton.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	renewed := new(int)
	h, err := newHealth(path, slog.New(slog.NewTextHandler(&log, nil)), func() { *renewed++ })
	if err != nil {
		t.Fatal(err)
	}
	h.whole = whole
	t.Cleanup(h.close)
	return h, &log, renewed
}

func lines(log *bytes.Buffer, with string) int {
	count := 0
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, with) {
			count++
		}
	}
	return count
}

func TestAFaultIsLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, log, renewed := newTestHealth(t, nil)
		full, locked := sqlite3.Error{Code: sqlite3.ErrFull}, sqlite3.Error{Code: sqlite3.ErrBusy}
		for range 150 { // seconds of a night, in which some changes are small enough and some callers meet a lock
			for range 20 {
				h.failed(full, 2)
				h.worked()
				h.failed(locked, 1)
				h.worked()
			}
			time.Sleep(time.Second)
		}
		if full, locked := lines(log, `fault="disk full"`), lines(log, "fault=busy"); full != 3 || locked != 3 {
			t.Errorf("in two and a half minutes two faults are logged %d and %d times, want 3 each:\n%s", full, locked, log)
		}
		if lines(log, "kept again") != 0 {
			t.Error("the fault counts as over between two refusals")
		}
		time.Sleep(calm)
		h.worked()
		h.worked()
		if lines(log, "kept again") != 1 || lines(log, "refused=9000 after=2m29s") != 1 {
			t.Errorf("the end of it is not logged, or not once, or wrongly:\n%s", log)
		}
		if *renewed != 1 {
			t.Errorf("readers' connections are renewed %d times, want 1", *renewed)
		}
		h.failed(full, 1)
		if lines(log, `fault="disk full"`) != 4 {
			t.Error("a new fault is not logged at once")
		}
	})
}

func TestADamagedFileIsCheckedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checks := 0
		verdict := error(errDamaged)
		takes := 100 * time.Millisecond
		h, log, renewed := newTestHealth(t, func(context.Context) error {
			checks++
			time.Sleep(takes)
			return verdict
		})
		if err := h.usable(); err != nil || checks != 0 {
			t.Fatalf("a file without a sign of damage: %v, %d checks", err, checks)
		}
		ask := func(want fault) {
			t.Helper()
			for range 100 {
				if got := faultOf(h.usable()); got != want {
					t.Fatalf("the fault is %q, want %q", got, want)
				}
				synctest.Wait()
			}
		}
		h.note(sqlite3.Error{Code: sqlite3.ErrCorrupt})
		ask(faultDamaged)
		time.Sleep(takes)
		ask(faultDamaged)
		if checks != 1 {
			t.Errorf("%d checks at once, want 1", checks)
		}
		for range 60 {
			time.Sleep(time.Second)
			ask(faultDamaged)
		}
		if checks < 8 || checks > 12 {
			t.Errorf("%d checks in a minute, want one every %v", checks, checkGap)
		}
		takes = 10 * time.Second // a large file: a tenth of the time is spent on checks at most
		before := checks
		for range 300 {
			time.Sleep(time.Second)
			ask(faultDamaged)
		}
		if checks-before > 4 {
			t.Errorf("%d checks of ten seconds in five minutes", checks-before)
		}
		if told := lines(log, "a check finds"); told > 6 {
			t.Errorf("in six minutes the checks log %d lines", told)
		}
		verdict, takes = nil, 0
		time.Sleep(5 * time.Minute)
		_ = h.usable()
		synctest.Wait()
		ask("")
		if *renewed != 1 || !h.stale.Load() {
			t.Error("connections that may remember the damage are kept")
		}
		// An answer from before the check speaks of what is no more.
		h.note(refused(faultDamaged, errDamaged))
		ask("")
	})
}

func TestAReplacedFileDoesNotPassForTheOldOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _, renewed := newTestHealth(t, func(context.Context) error { return nil })
		h.note(sqlite3.Error{Code: sqlite3.ErrCorrupt})
		if err := os.Rename(h.path, h.path+".damaged"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(h.path, []byte("a backup"), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = h.usable()
		synctest.Wait()
		if faultOf(h.usable()) != faultDamaged || *renewed != 0 {
			t.Error("a check of another file makes the damaged one whole")
		}
		h.damaged.Store(false)
		if got := faultOf(h.usable()); got != faultMoved {
			t.Errorf("the fault is %q, want %q", got, faultMoved)
		}
		if err := os.Rename(h.path+".damaged", h.path); err != nil {
			t.Fatal(err)
		}
		if err := h.usable(); err != nil {
			t.Errorf("the file is back in its place: %v", err)
		}
		if err := os.Remove(h.path); err != nil {
			t.Fatal(err)
		}
		if got := faultOf(h.usable()); got != faultMoved {
			t.Errorf("of a file that is gone the fault is %q, want %q", got, faultMoved)
		}
	})
}
