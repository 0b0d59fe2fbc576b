package timeline

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxSeen is how much of an answer is looked at; more than any that is kept.
const maxSeen = 512 << 10

// Client returns a client over base that shows the recorder what a backend calls to answer somebody, and remembers its own
// connections, so that a server in this process can tell them from others'. It owns base. A nil Recorder returns nil.
func (r *Recorder) Client(base *http.Transport) *http.Client {
	if r == nil {
		return nil
	}
	dial := base.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	base.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return r.own.add(conn), nil
	}
	return &http.Client{Transport: watched{r, base}}
}

// Owns reports whether a connection from that address is one of the Client's.
func (r *Recorder) Owns(address string) bool { return r != nil && r.own.has(address) }

// owned are the near ends of connections that are open.
type owned struct {
	mu    sync.Mutex
	addrs map[string]struct{}
}

func (o *owned) add(conn net.Conn) net.Conn {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.addrs == nil {
		o.addrs = map[string]struct{}{}
	}
	address := conn.LocalAddr().String()
	o.addrs[address] = struct{}{}
	return &ownConn{Conn: conn, leave: sync.OnceFunc(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.addrs, address)
	})}
}

func (o *owned) has(address string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, has := o.addrs[address]
	return has
}

type ownConn struct {
	net.Conn
	leave func()
}

func (c *ownConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

// watched shows what passes it, where that is to answer a call.
type watched struct {
	recorder *Recorder
	next     http.RoundTripper
}

func (w watched) RoundTrip(request *http.Request) (*http.Response, error) {
	p := pendingOf(request.Context())
	if p == nil {
		return w.next.RoundTrip(request)
	}
	var asked []byte
	if request.Body != nil && request.GetBody != nil {
		if body, err := request.GetBody(); err == nil {
			asked, _ = io.ReadAll(io.LimitReader(body, maxSeen))
			body.Close()
		}
	}
	e := Entry{N: w.recorder.next.Add(1), Kind: Call, From: Backend, To: Provider, At: w.recorder.now()}
	began := time.Now()
	x := Exchange{
		Method: request.Method, Origin: request.URL.Scheme + "://" + request.URL.Host, Path: request.URL.RequestURI(), RequestHeader: request.Header.Clone(), Body: asked,
	}
	keep := func(answer []byte) {
		e.Until, e.Took, x.Answer = w.recorder.next.Add(1), time.Since(began), answer
		p.add(e, x.fill)
	}
	response, err := w.next.RoundTrip(request)
	if err != nil {
		e.Title = "no answer"
		keep(nil)
		return response, err
	}
	x.Status, x.Header = response.StatusCode, response.Header.Clone()
	response.Body = &seenBody{ReadCloser: response.Body, done: keep}
	return response, nil
}

// seenBody shows a body once it is read or closed.
type seenBody struct {
	io.ReadCloser
	read bytes.Buffer
	done func([]byte)
	once sync.Once
}

func (s *seenBody) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if room := maxSeen - s.read.Len(); room > 0 {
		s.read.Write(p[:min(n, room)])
	}
	if err == io.EOF {
		s.show()
	}
	return n, err
}

func (s *seenBody) Close() error {
	s.show()
	return s.ReadCloser.Close()
}

func (s *seenBody) show() {
	s.once.Do(func() { s.done(s.read.Bytes()) })
}
