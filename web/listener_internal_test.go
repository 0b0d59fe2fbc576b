package web

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
)

// queue is a listener whose next results the test has chosen.
type queue struct {
	results []any // a net.Conn or an error
	closed  int
}

func (q *queue) Accept() (net.Conn, error) {
	if len(q.results) == 0 {
		return nil, net.ErrClosed
	}
	next := q.results[0]
	q.results = q.results[1:]
	if err, ok := next.(error); ok {
		return nil, err
	}
	return next.(net.Conn), nil
}

func (q *queue) Close() error   { q.closed++; return nil }
func (q *queue) Addr() net.Addr { return &net.TCPAddr{} }

// stranger is the server's end of a connection from somewhere, whose other end is far.
type stranger struct {
	net.Conn
	far  net.Conn
	from string
}

func (s *stranger) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s.from))
}

func (s *stranger) CloseWrite() error { return nil }

func from(t *testing.T, address string) *stranger {
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	return &stranger{Conn: near, far: far, from: address}
}

func nobody(netip.Addr) bool { return false }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// answered reads the answer that a refused stranger gets.
func answered(t *testing.T, s *stranger) (status int, retryAfter, body string) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(s.far), nil)
	if err != nil {
		t.Fatalf("a refused connection reads %v", err)
	}
	defer response.Body.Close()
	for _, header := range append(bareHeaders, [2]string{"Cache-Control", "no-store"}) {
		if got := response.Header.Get(header[0]); got != header[1] {
			t.Errorf("a refusal's %s is %q, want %q", header[0], got, header[1])
		}
	}
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Retry-After"), string(read)
}

func TestDoorCountsConnections(t *testing.T) {
	refuse := func(t *testing.T, limits Connections, let []string, refused string, status int, code string) {
		t.Helper()
		q := &queue{}
		d := newDoor(q, limits, func(addr netip.Addr) bool { return addr == netip.MustParseAddr("198.51.100.1") }, quiet())
		var inside []net.Conn
		for _, address := range let {
			q.results = append(q.results, from(t, address))
			conn, err := d.Accept()
			if err != nil {
				t.Fatalf("%s is not let in: %v", address, err)
			}
			inside = append(inside, conn)
		}
		over := from(t, refused)
		q.results = append(q.results, over)
		got := make(chan error, 1)
		go func() {
			_, err := d.Accept()
			got <- err
		}()
		gotStatus, retry, body := answered(t, over)
		if gotStatus != status || retry == "" || !strings.Contains(body, `"error":"`+code+`"`) {
			t.Errorf("%s is answered %d, Retry-After %q, %s", refused, gotStatus, retry, body)
		}
		if err := <-got; !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s was let in: %v", refused, err)
		}
		for _, conn := range inside {
			conn.Close()
			conn.Close() // counts once
		}
		if d.open() != 0 || len(d.addresses) != 0 {
			t.Errorf("%d connections of %d addresses are still counted", d.open(), len(d.addresses))
		}
		q.results = append(q.results, from(t, refused))
		if _, err := d.Accept(); err != nil {
			t.Errorf("%s is not let in when there is room: %v", refused, err)
		}
	}
	t.Run("InAll", func(t *testing.T) {
		refuse(t, Connections{Total: 2}, []string{"192.0.2.1:1", "127.0.0.1:1"}, "192.0.2.2:1", 503, "UNAVAILABLE")
	})
	t.Run("OfAnAddress", func(t *testing.T) {
		refuse(t, Connections{PerAddress: 2}, []string{"192.0.2.1:1", "192.0.2.2:1", "192.0.2.1:2"}, "192.0.2.1:3", 429, "TOO_MANY_REQUESTS")
	})
	t.Run("OfANetworkOfIPv6", func(t *testing.T) {
		refuse(t, Connections{PerAddress: 1}, []string{"[2001:db8:0:1::1]:1", "[2001:db8:0:2::1]:1"}, "[2001:db8:0:1::2]:1", 429, "TOO_MANY_REQUESTS")
	})
	t.Run("ButNotOfAProxyOrThisMachine", func(t *testing.T) {
		refuse(t, Connections{PerAddress: 1, Total: 5}, []string{"127.0.0.1:1", "127.0.0.1:2", "[::1]:1", "198.51.100.1:1", "198.51.100.1:2"},
			"192.0.2.1:1", 503, "UNAVAILABLE")
	})
}

func TestDoorSurvivesASystemWithoutDescriptors(t *testing.T) {
	var q queue
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.ENOBUFS, syscall.ENOMEM} {
		q.results = append(q.results, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", errno)})
	}
	q.results = append(q.results, from(t, "192.0.2.1:1"))
	d := newDoor(&q, Connections{}, nobody, quiet())
	if _, err := d.Accept(); err != nil {
		t.Errorf("the door is given up: %v", err)
	}
	if _, err := d.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after its close it answers %v", err)
	}
}

func TestDoorClosesOnce(t *testing.T) {
	var q queue
	d := newDoor(&q, Connections{}, nobody, quiet())
	if err := errors.Join(d.Close(), d.Close()); err != nil || q.closed != 1 {
		t.Errorf("closed %d times, %v", q.closed, err)
	}
}
