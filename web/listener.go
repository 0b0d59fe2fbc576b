package web

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"

	"baton/internal/handoff"
)

// Connections bounds what may be connected, whether it says anything or not. A zero field takes its default; a negative
// PerAddress is none.
type Connections struct {
	Total      int // of the process; what its file descriptors allow, less those that it needs itself
	PerAddress int // from one address that is neither a trusted proxy nor this machine; 1,024
}

const (
	defaultPerAddress = 1024
	// ownDescriptors are kept for the database, its log and calls to others: without them the store could not open a file
	// because of strangers who are connected.
	ownDescriptors = 256
	// fallbackTotal is for systems that do not say how many descriptors there are.
	fallbackTotal = 10_000

	// acceptPause is how long the door stays shut when the system refuses a connection, so as not to spin.
	acceptPause = 50 * time.Millisecond
	// refusalTime bounds the answer to a refused connection, and maxRefusing how many are answered at once; beyond them a
	// connection is closed without a word.
	refusalTime = time.Second
	maxRefusing = 64
)

func (c Connections) withDefaults() Connections {
	if c.Total == 0 {
		c.Total = fallbackTotal
		var limit syscall.Rlimit
		if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
			c.Total = int(min(limit.Cur, 1<<20)) - ownDescriptors
		}
		c.Total = max(c.Total, ownDescriptors)
	}
	if c.PerAddress == 0 {
		c.PerAddress = defaultPerAddress
	}
	return c
}

// door is the listener: it counts connections, answers what is over a cap, survives a system that has no descriptor left,
// and closes once.
type door struct {
	net.Listener
	limits  Connections
	trusted func(netip.Addr) bool
	log     *slog.Logger

	mu        sync.Mutex
	total     int
	addresses map[netip.Addr]int
	answering atomic.Int32
	said      time.Time // when a refusal was last logged; only Accept touches it

	once   sync.Once
	closed error
}

func newDoor(ln net.Listener, limits Connections, trusted func(netip.Addr) bool, log *slog.Logger) *door {
	return &door{Listener: ln, limits: limits.withDefaults(), trusted: trusted, log: log, addresses: make(map[netip.Addr]int)}
}

// Close is idempotent: Shutdown closes the door first, and Fiber once more.
func (d *door) Close() error {
	d.once.Do(func() { d.closed = d.Listener.Close() })
	return d.closed
}

// Accept returns the next connection within the caps. An error of the system that passes by itself is waited out: the
// server behind would take any error for the end.
func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			if !passing(err) {
				return nil, err
			}
			d.say("the system refuses connections; they are accepted again when it can", slog.Any("error", err))
			time.Sleep(acceptPause) // not for a condition: it is the pace of the attempts
			continue
		}
		addr := counted(conn, d.trusted)
		if refusal := d.enter(addr); refusal != "" {
			d.say("connections over the limit are refused", slog.String("code", string(refusal)))
			d.refuse(conn, refusal)
			continue
		}
		return &visit{Conn: conn, door: d, addr: addr}, nil
	}
}

func passing(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR, syscall.EPROTO,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// say logs at most once in a minute: whoever fills the server must not fill its log.
func (d *door) say(what string, attribute slog.Attr) {
	if now := time.Now(); now.Sub(d.said) > time.Minute {
		d.said = now
		d.log.Warn(what, attribute, slog.Int("connections", d.open()))
	}
}

func (d *door) open() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.total
}

// counted is the address that a connection counts for: an IPv6 one by its /64, the zero Addr for none. A proxy brings
// many visitors, and so may a program on this machine.
func counted(conn net.Conn, trusted func(netip.Addr) bool) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	addr, _ := netip.AddrFromSlice(tcp.IP)
	addr = addr.Unmap()
	if addr.IsLoopback() || trusted(addr) {
		return netip.Addr{}
	}
	if addr.Is6() {
		prefix, _ := addr.WithZone("").Prefix(64)
		return prefix.Addr()
	}
	return addr
}

func (d *door) enter(addr netip.Addr) handoff.Code {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.total >= d.limits.Total:
		return handoff.CodeUnavailable
	case addr.IsValid() && d.limits.PerAddress >= 0 && d.addresses[addr] >= d.limits.PerAddress:
		return handoff.CodeTooManyRequests
	}
	d.total++
	if addr.IsValid() {
		d.addresses[addr]++
	}
	return ""
}

func (d *door) leave(addr netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.total--
	if n := d.addresses[addr]; n > 1 {
		d.addresses[addr] = n - 1
	} else {
		delete(d.addresses, addr)
	}
}

// refuse answers in HTTP, whatever the connection would have said, and hangs up.
func (d *door) refuse(conn net.Conn, code handoff.Code) {
	if d.answering.Add(1) > maxRefusing {
		d.answering.Add(-1)
		_ = conn.Close()
		return
	}
	go func() {
		defer d.answering.Add(-1)
		defer conn.Close()
		if conn.SetDeadline(time.Now().Add(refusalTime)) != nil {
			return
		}
		if _, err := conn.Write(refusalText(code)); err != nil {
			return
		}
		if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(conn, headerLimit)) // closing on unread input would take the answer back
		}
	}()
}

func refusalText(code handoff.Code) []byte {
	message := "Too many connections are open. Try again in a few seconds."
	if code == handoff.CodeTooManyRequests {
		message = "Too many connections are open from your address. Close some, or try again in a minute."
	}
	var answer fasthttp.Response
	answer.SetStatusCode(statuses[code])
	answer.Header.SetContentType("application/json")
	for _, header := range bareHeaders {
		answer.Header.Set(header[0], header[1])
	}
	answer.Header.Set("Cache-Control", "no-store")
	answer.Header.Set("Retry-After", retryAfter[code])
	answer.Header.SetConnectionClose()
	answer.SetBodyString(`{"error":"` + string(code) + `","message":"` + message + `","requestId":"` + rand.Text() + `"}`)
	return []byte(answer.String())
}

// visit is a connection that counts until it is closed.
type visit struct {
	net.Conn
	door *door
	addr netip.Addr
	once sync.Once
}

func (v *visit) Close() error {
	v.once.Do(func() { v.door.leave(v.addr) })
	return v.Conn.Close()
}

// CloseWrite says that nothing follows and still reads.
func (v *visit) CloseWrite() error {
	half, ok := v.Conn.(interface{ CloseWrite() error })
	if !ok {
		return net.ErrClosed
	}
	return half.CloseWrite()
}
