package main

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// badNetwork stands before a server and spoils connections at random until it is told to heal: it cuts them after any
// number of bytes or at any moment, with a reset or without; it holds back what it carries and hands it on in pieces; it
// ends one direction while the other flows on.
type badNetwork struct {
	listener net.Listener
	target   string
	seed     uint64
	healed   atomic.Bool
	ctx      context.Context
	running  sync.WaitGroup

	connections, cut, delayed, halfClosed atomic.Int64
}

// startBadNetwork returns one before the server at address; it ends with the test.
func startBadNetwork(t *testing.T, address string, seed uint64) *badNetwork {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	n := &badNetwork{listener: listener, target: strings.TrimPrefix(address, "http://"), seed: seed, ctx: ctx}
	n.running.Go(n.accept)
	t.Cleanup(func() {
		end()
		listener.Close()
		n.running.Wait()
	})
	return n
}

func (n *badNetwork) address() string { return "http://" + n.listener.Addr().String() }

// heal lets what connects from now on be. What stands already meets its fate.
func (n *badNetwork) heal() { n.healed.Store(true) }

// spoil undoes heal.
func (n *badNetwork) spoil() { n.healed.Store(false) }

func (n *badNetwork) accept() {
	for number := 0; ; number++ {
		conn, err := n.listener.Accept()
		if err != nil {
			return
		}
		n.connections.Add(1)
		draw := drawing(n.seed, number)
		n.running.Go(func() { n.carry(draw, conn.(*net.TCPConn)) })
	}
}

// fate is what happens to a connection. Zero values do nothing.
type fate struct {
	cutAfter      time.Duration
	cutAfterBytes int64 // carried towards the caller
	reset         bool  // and nobody is told nicely
	delay         time.Duration
	halfAfter     time.Duration
	halfUp        bool // the caller's direction ends, not the server's
}

const (
	fateWithin = 900 * time.Millisecond // of a connection's beginning
	afterHalf  = 400 * time.Millisecond // a connection of one direction lives at most
	heldBack   = 60 * time.Millisecond  // at most, each piece
)

func drawFate(draw chance) fate {
	var f fate
	if draw.once(3) {
		f.delay = 1 + draw.upTo(heldBack)
	}
	switch draw.IntN(8) {
	case 0, 1:
		f.cutAfter = 1 + draw.upTo(fateWithin)
	case 2, 3:
		f.cutAfterBytes = 1 + draw.Int64N(pick(draw, int64(40), 400, 4000)) // in a head, in a frame, after some
	case 4, 5:
		f.halfAfter, f.halfUp = 1+draw.upTo(fateWithin), draw.once(2)
	}
	f.reset = draw.once(2)
	return f
}

// carry lives a connection.
func (n *badNetwork) carry(draw chance, caller *net.TCPConn) {
	defer caller.Close()
	dialed, err := (&net.Dialer{}).DialContext(n.ctx, "tcp", n.target)
	if err != nil {
		return
	}
	server := dialed.(*net.TCPConn)
	defer server.Close()
	var f fate
	if !n.healed.Load() {
		f = drawFate(draw)
	}
	if f.delay > 0 {
		n.delayed.Add(1)
	}
	var once sync.Once
	cut := func(count bool) {
		once.Do(func() {
			if count {
				n.cut.Add(1)
			}
			for _, conn := range []*net.TCPConn{caller, server} {
				if f.reset {
					_ = conn.SetLinger(0)
				}
				conn.Close()
			}
		})
	}
	defer context.AfterFunc(n.ctx, func() { cut(false) })()

	var pumps sync.WaitGroup
	down := &pump{from: server, to: caller, draw: drawing(draw.Uint64(), 0), delay: f.delay, limit: f.cutAfterBytes, atLimit: func() { cut(true) }}
	up := &pump{from: caller, to: server, draw: drawing(draw.Uint64(), 0), delay: f.delay}
	pumps.Go(down.run)
	pumps.Go(up.run)
	ended := make(chan struct{})
	n.running.Go(func() {
		pumps.Wait()
		close(ended)
	})
	if f.cutAfter > 0 && !waits(ended, f.cutAfter) {
		cut(true)
	}
	if f.halfAfter > 0 && !waits(ended, f.halfAfter) {
		n.halfClosed.Add(1)
		if f.halfUp {
			_ = server.CloseWrite()
		} else {
			_ = caller.CloseWrite()
		}
		if !waits(ended, draw.upTo(afterHalf)) {
			cut(false)
		}
	}
	<-ended
}

// waits reports whether ended came within d.
func waits(ended <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
		return false
	}
}

// pump is one direction of a connection. An end of its source is passed on; the other direction goes on.
type pump struct {
	from, to *net.TCPConn
	draw     chance
	delay    time.Duration // at most, before each piece
	limit    int64         // bytes; 0 for any number
	atLimit  func()
}

func (p *pump) run() {
	buffer := make([]byte, 4096)
	carried := int64(0)
	for {
		n, err := p.from.Read(buffer)
		for rest := buffer[:n]; len(rest) > 0; {
			piece := rest
			if p.delay > 0 {
				piece = rest[:1+p.draw.IntN(len(rest))]
				<-time.After(p.draw.upTo(p.delay))
			}
			if p.limit > 0 && carried+int64(len(piece)) >= p.limit {
				_, _ = p.to.Write(piece[:p.limit-carried])
				p.atLimit()
				return
			}
			if _, err := p.to.Write(piece); err != nil {
				return // the reader is gone, or this direction was ended: the source finds that out by itself
			}
			carried += int64(len(piece))
			rest = rest[len(piece):]
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				_ = p.to.CloseWrite()
			} else {
				p.to.Close()
			}
			return
		}
	}
}
