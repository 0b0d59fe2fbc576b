package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

func TestStopClosesChannelsSoThatTheyComeBack(t *testing.T) {
	t.Parallel()
	address, stop := startDemo(t)
	shop, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	session, err := shop.create("data")
	if err != nil {
		t.Fatal(err)
	}
	page := openChannel(t, address, session.Text)
	if err := shop.report(session.ID, "SCAN"); err != nil {
		t.Fatal(err)
	}
	if frame := readFrame(t, page); !strings.Contains(frame, `"SCAN"`) {
		t.Fatalf("frame %s, want SCAN", frame)
	}
	stop()
	_, _, err = page.ReadMessage()
	if closed, ok := errors.AsType[*websocket.CloseError](err); !ok || closed.Code != 4000 {
		t.Errorf("the channel ended with %v, want the close 4000", err)
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(address, "http://"), time.Second); err == nil {
		t.Error("something still listens after the stop")
	}
}

func TestARestartKeepsSessionsAndTheirEvents(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "below", "baton.db")
	address, stop := startDemo(t, "--db", db)
	shop, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	session, err := shop.create("kept über a restart")
	if err != nil {
		t.Fatal(err)
	}
	if err := shop.report(session.ID, "SCAN"); err != nil {
		t.Fatal(err)
	}
	stop()
	if left, _ := filepath.Glob(db + "-*"); len(left) > 0 {
		t.Errorf("left beside the database: %v; it was not closed last", left)
	}

	address, _ = startDemo(t, "--db", db)
	shop.server = address
	if data, err := shop.claim(session.Text); err != nil || data != "kept über a restart" {
		t.Errorf("claim after the restart: %q, %v", data, err)
	}
	// The sandbox's key is kept too: the bearer of before still creates.
	if _, err := shop.create("more"); err != nil {
		t.Errorf("creation with the bearer of before: %v", err)
	}
	page := openChannel(t, address, session.Text)
	if frame := readFrame(t, page); !strings.Contains(frame, `"SCAN"`) || !strings.Contains(frame, session.ID) {
		t.Errorf("frame %s, want the SCAN of before", frame)
	}
}

func TestARunningRequestIsFinishedBeforeTheStop(t *testing.T) {
	t.Parallel()
	p, err := startProgram(os.Environ(), "demo", "--db", filepath.Join(t.TempDir(), "baton.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	half := halfARequest(t, p.address)
	if err := p.ask(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the listener to close", func() bool {
		conn, err := net.DialTimeout("tcp", half.RemoteAddr().String(), time.Second)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	io.WriteString(half, "{}")
	answer, _ := io.ReadAll(half)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") { // it has no bearer
		t.Errorf("the request got %.60q, want its answer", answer)
	}
	if err := p.stop(); err != nil {
		t.Errorf("%v\n%s", err, p.stderr.String())
	}
}

func TestASecondSignalEndsTheProgramAtOnce(t *testing.T) {
	t.Parallel()
	p, err := startProgram(os.Environ(), "demo", "--db", filepath.Join(t.TempDir(), "baton.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	halfARequest(t, p.address) // keeps the graceful stop waiting
	if err := p.ask(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the stop to begin", func() bool { return strings.Contains(p.stderr.String(), "stopping") })
	p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second): // the first waits for up to 15 s on the request
		t.Fatal("it waits on after the second signal")
	}
	ended, _ := errors.AsType[*exec.ExitError](p.err)
	if ended == nil || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, want the signal's end", p.err)
	}
}

func TestATakenPortIsSaid(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	status, _, stderr := runWith(t.Context(), nil, "demo", "--addr", taken.Addr().String(), "--db", filepath.Join(t.TempDir(), "baton.db"))
	if status != exitFailed || !strings.Contains(stderr, "another program listens on "+taken.Addr().String()) || !strings.Contains(stderr, "--addr 127.0.0.1:8081") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestADatabaseThatCannotBeOpenedIsSaid(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "no-folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := runWith(t.Context(), nil, "demo", "--addr", "127.0.0.1:0", "--db", filepath.Join(file, "baton.db"))
	if status != exitFailed || !strings.Contains(stderr, "--db (BATON_DB)") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestTheDemoSaysWhereItIs(t *testing.T) {
	for _, c := range []struct {
		name        string
		public      string
		listensHere bool
		chosen      bool
		want, not   []string
	}{
		{"an address that it found", "http://192.168.7.20:8080", false, false,
			[]string{"http://192.168.7.20:8080/\n", "If it is the wrong one", "--public-url", "BATON_PUBLIC_URL", "Not for production", `client "sandbox", secret "sandbox"`, "█"}, []string{"Only this computer"}},
		{"an address that was chosen", "https://baton.example", false, true, []string{"https://baton.example/\n"}, []string{"--public-url", "Only this computer"}},
		{"no other address than loopback", "http://127.0.0.1:4711", false, false, []string{"Only this computer can open", "--public-url http://192.168.1.20:4711"}, []string{"wrong one"}},
		{"listening on loopback", "http://127.0.0.1:4711", true, false, []string{"listens on this computer only", "--addr :4711", "BATON_ADDR"}, []string{"--public-url", "in the same network"}},
		{"localhost, though chosen", "http://localhost:8080", false, true, []string{"Only this computer can open"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			public, err := url.Parse(c.public)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			welcome(&out, public, c.listensHere, c.chosen, false)
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("missing %q in:\n%s", want, out.String())
				}
			}
			for _, not := range c.not {
				if strings.Contains(out.String(), not) {
					t.Errorf("%q stands in:\n%s", not, out.String())
				}
			}
		})
	}
}

// BenchmarkStart measures from the program's start to its first answer. The aim is under 300 ms, also for the very first
// start, which makes the schema and the sandbox's signing key.
func BenchmarkStart(b *testing.B) {
	b.Run("first", func(b *testing.B) {
		benchmarkStart(b, func() string { return filepath.Join(b.TempDir(), "baton.db") })
	})
	b.Run("again", func(b *testing.B) {
		kept := filepath.Join(b.TempDir(), "baton.db")
		benchmarkStart(b, func() string { return kept })
	})
}

func benchmarkStart(b *testing.B, db func() string) {
	var total, worst time.Duration
	for b.Loop() {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		addr := free.Addr().String()
		free.Close()
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
		command := exec.Command("baton", "demo", "--addr", addr, "--db", db())
		began := time.Now()
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		waitFor(b, "the first answer", func() bool {
			response, err := client.Get("http://" + addr + "/healthz")
			if err != nil {
				return false
			}
			response.Body.Close()
			return response.StatusCode == http.StatusOK
		})
		took := time.Since(began)
		total, worst = total+took, max(worst, took)
		command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "ms/first-answer")
	b.ReportMetric(float64(worst.Milliseconds()), "ms/slowest")
}

// halfARequest is a connection whose request the server has begun to answer and whose two bytes of body are still to come.
// That a connection stands says less: until the server accepts it, it is the system's, and ends with the listener.
func halfARequest(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(startWithin))
	if _, err := io.WriteString(conn, "POST /api/v1/session HTTP/1.1\r\nHost: baton\r\nContent-Type: application/json\r\n"+
		"Content-Length: 2\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	const begun = "HTTP/1.1 100 Continue\r\n\r\n"
	said := make([]byte, len(begun))
	if _, err := io.ReadFull(conn, said); err != nil || string(said) != begun {
		t.Fatalf("the server said %q (%v), want that it goes on", said, err)
	}
	return conn
}

func openChannel(t *testing.T, address, text string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), strings.Replace(address, "http", "ws", 1)+"/ws/v1/session", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(startWithin))
	if err := conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func readFrame(t *testing.T, page *websocket.Conn) string {
	t.Helper()
	_, frame, err := page.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(frame)
}
