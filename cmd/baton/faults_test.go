package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"baton/internal/handoff"
)

// Every test here takes something from under the running program, and wants: the process lives, refuses with a sentence
// that says why, tells so at /readyz, goes on reading, has everything that it ever acknowledged, and goes on by itself
// once the cause is gone, or, where that cannot be, after a restart.

func TestAFullDisk(t *testing.T) {
	t.Parallel()
	m := mountTmpfs(t, "8m")
	ballast := m.outside("ballast") // what the operator will find to delete
	if err := os.WriteFile(ballast, make([]byte, 5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	p := m.demo()
	kept := newLedger(t, p)
	watched := kept.create()
	kept.report(watched, "SCAN")
	page := openChannel(t, p.address, watched.Text)
	readFrame(t, page)

	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for { // until the disk is full
				made, err := kept.tryCreate()
				if err == nil {
					err = kept.tryReport(made, "SCAN")
				}
				if err != nil {
					if !refusedWith(err, "no room left") {
						t.Errorf("a full disk answers %v", err)
					}
					return
				}
			}
		})
	}
	waitFor(t, "some sessions", func() bool { return kept.count() > 20 })
	fill(t, m.outside("filler"))
	writers.Wait()

	for range 3 {
		if _, err := kept.tryCreate(); !refusedWith(err, "no room left") {
			t.Errorf("a creation answers %v", err)
		}
	}
	kept.notReady("disk is full")
	kept.reads(watched, 1)
	if lines := strings.Count(p.stderr.String(), "changes are refused"); lines != 1 {
		t.Errorf("the log says %d times that changes are refused, want once", lines)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	kept.ready()
	kept.report(watched, "READ")
	if frame := readFrame(t, page); !strings.Contains(frame, `"READ"`) {
		t.Errorf("the page that was open all the time gets %s, want READ", frame)
	}
	kept.create()
	kept.verify("before a restart")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	kept.moveTo(m.demo())
	kept.verify("after a restart")
}

// The write-ahead log keeps a page as often as it was written. Where that fills the disk, and the file itself has room
// within, as it has once sessions came and went, nobody else need make any.
func TestADiskThatTheLogFills(t *testing.T) {
	t.Parallel()
	m := mountTmpfs(t, "5m")
	p := m.demo()
	kept := newLedger(t, p)
	var passing []created
	for range 50 {
		made, err := kept.shop.create(strings.Repeat("x", handoff.MaxData))
		if err != nil {
			t.Fatal(err)
		}
		passing = append(passing, made)
	}
	for _, made := range passing {
		kept.drop(made)
	}
	if err := p.stop(); err != nil { // which folds the log
		t.Fatal(err)
	}
	kept.moveTo(m.demo())
	refusals := 0
	for range 3 {
		watched := kept.create()
		for range 300 {
			waitFor(t, "room", func() bool {
				err := kept.tryReport(watched, "SCAN")
				if err == nil {
					return true
				}
				if refusals++; !refusedWith(err, "no room left") {
					t.Fatal(err)
				}
				return false
			})
		}
	}
	if refusals == 0 {
		t.Error("the disk was never full: this test shows nothing")
	}
	kept.ready()
	kept.verify("on a disk that was full")
	t.Logf("900 events were kept, after %d refusals", refusals)
}

func TestStartingOnAFullDisk(t *testing.T) {
	t.Parallel()
	m := mountTmpfs(t, "2m")
	fill(t, m.outside("filler"))
	refuses(t, m.command("baton", "demo", "--addr", "127.0.0.1:0", "--db", m.db()), "there is no room for the database", "Free space", m.db())
	if err := os.Remove(m.outside("filler")); err != nil {
		t.Fatal(err)
	}
	newLedger(t, m.demo()).create()
}

func TestAReadOnlyMount(t *testing.T) {
	t.Parallel()
	m := mountTmpfs(t, "16m")
	p := m.demo()
	kept := newLedger(t, p)
	kept.report(kept.create(), "SCAN")
	// The system refuses to take the mount from under a program that has files open for writing.
	if out, err := m.run(`mount -o remount,ro "$1"`); err == nil || !strings.Contains(out, "busy") {
		t.Errorf("the running program's mount becomes read-only: %v %s", err, out)
	}
	kept.create()
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	m.mustRun(`mount -o remount,ro "$1"`)
	refuses(t, m.command("baton", "demo", "--addr", "127.0.0.1:0", "--db", m.db()), "read-only file system", "name another path", m.db())
	refuses(t, m.command("baton", "demo", "--addr", "127.0.0.1:0", "--db", filepath.Join(m.dir, "deep", "baton.db")), "read-only file system", "--db")
	m.mustRun(`mount -o remount,rw "$1"`)
	kept.moveTo(m.demo())
	kept.verify("after the mount can be written again")
}

// A file system that finds itself damaged becomes read-only under the files that are open. It stays so until it has been
// unmounted and repaired, so the program has to be started again.
func TestAFileSystemThatBecomesReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	image := filepath.Join(dir, "image")
	if err := os.WriteFile(image, make([]byte, 24<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", image).CombinedOutput(); err != nil {
		t.Skipf("no file system to break: %v %s", err, out)
	}
	at := filepath.Join(dir, "mount")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	mount := "mount -o loop,errors=remount-ro " + image + ` "$1"`
	m := mountWith(t, mount, at)
	p := m.demo()
	kept := newLedger(t, p)
	watched := kept.create()
	kept.report(watched, "SCAN")
	if out, err := m.run(`echo broken > /sys/fs/ext4/$(basename $(findmnt -no SOURCE "$1"))/trigger_fs_error`); err != nil {
		t.Skipf("this system has no way to break a file system: %v %s", err, out)
	}
	for range 3 {
		if _, err := kept.tryCreate(); !refusedWith(err, "let it write its database") {
			t.Errorf("a creation answers %v", err)
		}
	}
	kept.notReady("database is read-only")
	kept.reads(watched, 1)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	// The program's end leaves the mount a moment later.
	waitFor(t, "the unmounting", func() bool { _, err := m.run(`umount "$1"`); return err == nil })
	if out, err := exec.Command("e2fsck", "-fy", image).CombinedOutput(); err != nil && !strings.Contains(string(out), "FILE SYSTEM WAS MODIFIED") {
		t.Fatalf("e2fsck: %v %s", err, out)
	}
	m.mustRun(mount)
	kept.moveTo(m.demo())
	kept.verify("after the repair")
}

func TestALockedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "baton.db")
	p := demoOn(t, path)
	kept := newLedger(t, p)
	watched := kept.create()
	kept.report(watched, "SCAN")
	release := holdLock(t, path)
	var calls sync.WaitGroup
	calls.Go(func() {
		refuses(t, exec.Command("baton", "demo", "--addr", "127.0.0.1:0", "--db", path), "in use by another process", path)
	})
	for range 20 { // all at once: none may wait for the lock behind the others
		calls.Go(func() {
			if _, err := kept.tryCreate(); !refusedWith(err, "too busy") {
				t.Errorf("a creation answers %v", err)
			}
		})
	}
	kept.notReady("locked")
	calls.Wait()
	kept.reads(watched, 1)
	release()
	kept.ready()
	kept.create()
	kept.verify("once the lock is gone")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	kept.moveTo(demoOn(t, path))
	kept.verify("after a restart")
}

func TestADamagedFileIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "baton.db")
	p := demoOn(t, path)
	kept := newLedger(t, p)
	for range 20 {
		kept.create()
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, to int
		says     string
	}{
		"Header":      {0, 100, "not a database of this program"},
		"MiddlePages": {len(whole) / 4096 / 2 * 4096, len(whole), "is damaged. Restore it from a backup"},
		"FirstPage":   {100, 4096, "is damaged. Restore it from a backup"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := filepath.Join(t.TempDir(), "bad.db")
			content := bytes.Clone(whole)
			copy(content[c.from:c.to], bytes.Repeat([]byte{0xa5}, len(content)))
			if err := os.WriteFile(bad, content, 0o600); err != nil {
				t.Fatal(err)
			}
			refuses(t, exec.Command("baton", "demo", "--addr", "127.0.0.1:0", "--db", bad), c.says, bad)
		})
	}
	kept.moveTo(demoOn(t, path))
	kept.verify("in the file that is whole")
}

func TestAFileThatIsDamagedUnderTheProgram(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "baton.db")
	p := demoOn(t, path)
	kept := newLedger(t, p)
	for range 30 {
		kept.report(kept.create(), "SCAN")
	}
	if err := p.stop(); err != nil { // which folds all of it into the file
		t.Fatal(err)
	}
	p = demoOn(t, path)
	kept.moveTo(p)
	const page = 4096
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	overwrite := func(with []byte) {
		t.Helper()
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(with, page); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	overwrite(bytes.Repeat([]byte{0xa5}, len(whole)-page))

	if code := closeCode(t, p.address, kept.sessions[3].Text); code != 4000 {
		t.Errorf("a channel that meets the damage is closed with %d, want 4000", code)
	}
	kept.notReady("database is damaged")
	for range 3 {
		if _, err := kept.tryCreate(); !refusedWith(err, "damaged") {
			t.Errorf("a creation answers %v", err)
		}
		if err := kept.tryReport(kept.sessions[5], "READ"); !refusedWith(err, "damaged") {
			t.Errorf("an event answers %v", err)
		}
	}
	kept.notReady("database is damaged")
	if lines := strings.Count(p.stderr.String(), "the database is damaged; changes are refused"); lines != 1 {
		t.Errorf("the log says %d times that the database is damaged, want once", lines)
	}

	overwrite(whole[page:])
	kept.ready()
	kept.report(kept.create(), "SCAN")
	kept.verify("once its own bytes are back")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	kept.moveTo(demoOn(t, path))
	kept.verify("after a restart")
}

// A file that takes the database's place, be it a backup, is not what the program has open: changes would go to a file
// without a name.
func TestAFileThatIsReplacedUnderTheProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "baton.db"), filepath.Join(dir, "backup.db")
	p := demoOn(t, path)
	kept := newLedger(t, p)
	kept.report(kept.create(), "SCAN")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(backup, content, 0o600); err != nil {
		t.Fatal(err)
	}
	p = demoOn(t, path)
	kept.moveTo(p)
	if err := os.Rename(backup, path); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.tryCreate(); !refusedWith(err, "not in its place") {
		t.Errorf("a creation answers %v", err)
	}
	kept.notReady("Start the server again")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	kept.moveTo(demoOn(t, path))
	kept.verify("after the restart that the answer asks for")
}
