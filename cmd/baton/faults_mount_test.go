package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mounted is a file system of the test's own, in a mount namespace of its own, which a process holds open. Nothing of it
// is seen outside, and it is gone with the test.
type mounted struct {
	t   *testing.T
	dir string // inside the namespace
	pid string // of the process that holds it
}

// mountTmpfs mounts a small file system in memory; size is as mount takes it.
func mountTmpfs(t *testing.T, size string) mounted {
	return mountWith(t, "mount -t tmpfs -o size="+size+" tmpfs \"$1\"", t.TempDir())
}

// mountWith runs a shell script that mounts something at $1, which is dir. It skips the test where that is not permitted.
func mountWith(t *testing.T, script, dir string) mounted {
	t.Helper()
	holder := exec.Command("unshare", "--mount", "sh", "-c", "mount --make-rprivate / && "+script+" && echo mounted && exec cat", "sh", dir)
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	holder.Stderr = &stderr
	if err := holder.Start(); err != nil {
		t.Skipf("no mount namespace here: %v", err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = holder.Wait()
	})
	said := make([]byte, len("mounted"))
	if _, err := io.ReadFull(stdout, said); err != nil {
		_, _ = io.Copy(io.Discard, stdout)
		_ = holder.Wait()
		t.Skipf("no file system of the test's own here: %s", strings.TrimSpace(stderr.String()))
	}
	return mounted{t, dir, strconv.Itoa(holder.Process.Pid)}
}

// db is the database's path inside the namespace.
func (m mounted) db() string { return filepath.Join(m.dir, "baton.db") }

// outside is a file's path as the test reaches it.
func (m mounted) outside(name string) string {
	return filepath.Join("/proc", m.pid, "root", m.dir, name)
}

// command is one that runs inside the namespace. It replaces nsenter, so that signals reach it.
func (m mounted) command(name string, args ...string) *exec.Cmd {
	m.t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		m.t.Fatal(err)
	}
	return exec.Command("nsenter", append([]string{"--mount", "--target", m.pid, "--", path}, args...)...)
}

// run runs a shell script, in which $1 is the directory, and returns what it says.
func (m mounted) run(script string) (string, error) {
	m.t.Helper()
	out, err := m.command("sh", "-c", script, "sh", m.dir).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (m mounted) mustRun(script string) {
	m.t.Helper()
	if out, err := m.run(script); err != nil {
		m.t.Fatalf("%s: %v: %s", script, err, out)
	}
}

// demo starts the demo with its database inside. The test's end stops it.
func (m mounted) demo() *program {
	m.t.Helper()
	return startAlive(m.t, m.command("baton", "demo", "--addr", "127.0.0.1:0", "--db", m.db()))
}

func demoOn(t *testing.T, db string) *program {
	t.Helper()
	return startAlive(t, exec.Command("baton", "demo", "--addr", "127.0.0.1:0", "--db", db))
}

func startAlive(t *testing.T, command *exec.Cmd) *program {
	t.Helper()
	p, err := startCommand(command, "demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("the program's end: %v", err)
		}
		if t.Failed() {
			t.Logf("end of the program's standard error:\n%s", lastLines(p.stderr.String(), 30))
		}
	})
	return p
}

// fill writes a file until there is no room for a byte more.
func fill(t *testing.T, name string) {
	t.Helper()
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 64 << 10; size > 0; {
		if _, err := file.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// refuses runs a command that must end with exit status 1 and say so on its standard error.
func refuses(t *testing.T, command *exec.Cmd, says ...string) {
	t.Helper()
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(startWithin, func() { _ = command.Process.Kill() })
	defer stuck.Stop()
	err := command.Wait()
	if ended, ok := errors.AsType[*exec.ExitError](err); !ok || ended.ExitCode() != exitFailed {
		t.Errorf("it ends with %v, want exit status %d", err, exitFailed)
	}
	for _, want := range says {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("its standard error lacks %q:\n%s", want, stderr.String())
		}
	}
	if strings.Contains(stderr.String(), "goroutine ") {
		t.Errorf("its standard error holds Go's own text:\n%s", stderr.String())
	}
}
