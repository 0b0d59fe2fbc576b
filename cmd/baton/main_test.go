package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"baton/internal/enrolment"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain puts the program itself, under the name baton, on the path of every test: the test binary run again, so
// with the race detector where the tests have it.
func TestMain(m *testing.M) {
	testscript.Main(witnessedTests{m}, map[string]func(){"baton": witnessedMain})
}

// startDemo runs the real program, `baton demo`, with the flags given, on a free port of 127.0.0.1 and with a database of its
// own (unless args name one). It returns once the demo answers, with the demo's address (no trailing slash) and a function
// that stops it by SIGTERM and fails the test where that is not graceful. Stopping twice is harmless, and the test's
// end stops it as well.
func startDemo(t testing.TB, args ...string) (address string, stop func()) {
	t.Helper()
	if !slices.ContainsFunc(args, func(a string) bool { return a == "--db" || strings.HasPrefix(a, "--db=") }) {
		args = append(args, "--db", filepath.Join(t.TempDir(), "baton.db"))
	}
	return startServer(t, append([]string{"demo"}, args...)...)
}

// startServer is startDemo for any command that serves and prints its address; --addr is added where args have none.
func startServer(t testing.TB, args ...string) (address string, stop func()) {
	t.Helper()
	p, err := startProgram(os.Environ(), args...)
	if err != nil {
		t.Fatal(err)
	}
	stop = func() {
		t.Helper()
		if err := p.stop(); err != nil {
			t.Errorf("baton %s: %v\n%s", args[0], err, p.stderr.String())
		}
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("end of the standard error of baton %s:\n%s", args[0], lastLines(p.stderr.String(), 30))
		}
	})
	return p.address, stop
}

// program is a running server.
type program struct {
	address        string
	command        *exec.Cmd
	stdout, stderr buffer
	asked          bool          // to stop
	ended          chan struct{} // closed once it has; then err is how
	err            error
}

const (
	startWithin = 60 * time.Second // a race-detecting program on a busy machine
	stopWithin  = 30 * time.Second
)

var printedAddress = regexp.MustCompile(`https?://[^\s/]+`)

// startProgram starts `baton args…` and waits until it has printed its address.
func startProgram(env []string, args ...string) (*program, error) {
	if !slices.ContainsFunc(args, func(a string) bool { return a == "--addr" || strings.HasPrefix(a, "--addr=") }) {
		args = append(args, "--addr", "127.0.0.1:0")
	}
	command := exec.Command("baton", args...)
	command.Env = env
	return startCommand(command, args[0])
}

// startCommand is startProgram for a command that runs the program called name in a way of its own.
func startCommand(command *exec.Cmd, name string) (*program, error) {
	p := &program{command: command, ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = &p.stdout, &p.stderr
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.command.Wait()
		close(p.ended)
	}()
	timeout := time.After(startWithin)
	for {
		// The whole start-up text comes after the address; its end says that all of it is there.
		if found := printedAddress.FindString(p.stdout.String()); found != "" && strings.HasSuffix(p.stdout.String(), "\n") {
			p.address = found
			return p, nil
		}
		select {
		case <-p.ended:
			return nil, fmt.Errorf("baton %s ended before it printed an address: %v\n%s%s", name, p.err, p.stdout.String(), p.stderr.String())
		case <-timeout:
			return nil, errors.Join(fmt.Errorf("baton %s printed no address within %v\n%s", name, startWithin, p.stderr.String()), p.stop())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// ask sends the first SIGTERM.
func (p *program) ask() error {
	if p.asked {
		return nil
	}
	p.asked = true
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// stop asks, unless that was done, and waits; anything but exit status 0 is an error.
func (p *program) stop() error {
	if err := p.ask(); err != nil {
		return err
	}
	select {
	case <-p.ended:
		if p.err != nil {
			return fmt.Errorf("it ended with %w", p.err)
		}
		return nil
	case <-time.After(stopWithin):
		p.command.Process.Kill()
		<-p.ended
		return fmt.Errorf("it did not stop within %v of SIGTERM", stopWithin)
	}
}

// buffer is a bytes.Buffer that a process may write while a test reads.
type buffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

// TestScripts runs testdata/script/*.txtar. Beside testscript's own commands there are
//
//	serving NAME baton args…   starts a server, waits for its address and puts it into $NAME; where that has one, there again
//	halt NAME                  stops it by SIGTERM and fails unless that is graceful; its output is in NAME.out, NAME.err
//	create FILE                creates a session at $DEMO and keeps its link in FILE
//	awaits FILE PATTERN        waits until a line of FILE, which something else writes, matches
//	refusing NAME SERVER       starts a proxy before the SERVER that lets no WebSocket through, and puts its address into $NAME
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			running := map[string]*program{}
			env.Values["running"] = running
			env.Defer(func() {
				for _, p := range running {
					_ = p.stop()
				}
			})
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serving": servingCommand, "halt": haltCommand, "create": createCommand,
			"awaits": awaitsCommand, "refusing": refusingCommand,
		},
	})
}

func servingCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || args[1] != "baton" {
		ts.Fatalf("usage: serving NAME baton args…")
	}
	name, args := args[0], args[2:]
	for i := range args {
		if i > 0 && args[i-1] == "--db" { // relative to the script's folder
			args[i] = ts.MkAbs(args[i])
		}
	}
	if before := ts.Getenv(name); before != "" {
		args = append(args, "--addr", strings.TrimPrefix(before, "http://"))
	}
	p, err := startProgram(os.Environ(), args...)
	if err != nil {
		ts.Fatalf("%v", err)
	}
	ts.Value("running").(map[string]*program)[name] = p
	ts.Setenv(name, p.address)
}

func haltCommand(ts *testscript.TestScript, neg bool, args []string) {
	running := ts.Value("running").(map[string]*program)
	if neg || len(args) != 1 || running[args[0]] == nil {
		ts.Fatalf("usage: halt NAME, of a server that runs")
	}
	p := running[args[0]]
	delete(running, args[0])
	err := p.stop()
	for name, text := range map[string]string{".out": p.stdout.String(), ".err": p.stderr.String()} {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+name), []byte(text), 0o600))
	}
	if err != nil {
		ts.Fatalf("%v\n%s", err, p.stderr.String())
	}
}

func createCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: create FILE [STEP,…]")
	}
	shop, err := newBackend(context.Background(), ts.Getenv("DEMO"), ts.Getenv("DEMO"))
	ts.Check(err)
	session, err := shop.create(enrolment.Default().Encode())
	if len(args) == 2 { // a session that names its steps and has no data
		session, err = shop.expect(strings.Split(args[1], ","))
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(session.Link+"\n"), 0o600))
}

func lastLines(text string, most int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// waitFor polls until it holds.
func waitFor(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(startWithin); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
