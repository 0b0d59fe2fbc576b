package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"golang.org/x/sys/unix"
)

// A process that runs out of file descriptors must neither end nor lose its pages, and lets people in again when there
// are some. The limit is lowered while it runs, below what its own cap on connections was computed from.
func TestTheServerOutlivesAnExhaustionOfFileDescriptors(t *testing.T) {
	p, err := startProgram(os.Environ(), "demo", "--db", t.TempDir()+"/baton.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("stop: %v\n%s", err, lastLines(p.stderr.String(), 20))
		}
	})
	bank, err := newBackend(t.Context(), p.address, p.address) // its connection stays open from here on
	if err != nil {
		t.Fatal(err)
	}
	session, err := bank.create("x")
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(p.address, "http")+"/ws/v1/session", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	if err := page.WriteMessage(websocket.TextMessage, []byte(session.Text)); err != nil {
		t.Fatal(err)
	}
	hears := func(seq int) {
		t.Helper()
		if err := bank.report(session.ID, "SCAN"); err != nil {
			t.Fatal(err)
		}
		_ = page.SetReadDeadline(time.Now().Add(time.Minute))
		if _, frame, err := page.ReadMessage(); err != nil || !strings.Contains(string(frame), fmt.Sprintf(`"seq":%d,`, seq)) {
			t.Fatalf("the page hears %s, %v; want number %d", frame, err, seq)
		}
	}
	hears(1)

	var before unix.Rlimit
	if err := unix.Prlimit(p.command.Process.Pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: 20_000}, &before); err != nil {
		t.Skipf("the limit of a process cannot be lowered here: %v", err)
	}
	var flood []net.Conn
	for range 200 { // the kernel accepts for it, up to its backlog
		conn, err := net.DialTimeout("tcp", strings.TrimPrefix(p.address, "http://"), 5*time.Second)
		if err != nil {
			break
		}
		flood = append(flood, conn)
	}
	said := func() bool { return strings.Contains(p.stderr.String(), "the system refuses connections") }
	for deadline := time.Now().Add(time.Minute); !said(); {
		select {
		case <-p.ended:
			t.Fatalf("the process has ended: %v\n%s", p.err, lastLines(p.stderr.String(), 20))
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections have exhausted nothing", len(flood))
		}
	}
	hears(2) // who is inside goes on

	for _, conn := range flood {
		conn.Close()
	}
	if err := unix.Prlimit(p.command.Process.Pid, unix.RLIMIT_NOFILE, &before, nil); err != nil {
		t.Fatal(err)
	}
	again, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(p.address, "http")+"/ws/v1/session", nil)
	if err != nil {
		t.Fatalf("nobody is let in any more: %v", err)
	}
	again.Close()
	hears(3)
}
