package relay

import (
	"errors"
	"time"
)

// Conn is a page's connection as a channel needs it. Receive is called by one goroutine and every other method by
// another one, at the same time. Writes are bounded in time by the implementation; a write that fails ends the channel.
type Conn interface {
	// Receive waits for the next data frame. control is called, from within Receive, for every ping and pong that
	// arrives meanwhile. The errors are ErrPeerClosed, ErrTooLong and anything that the transport reports; no call
	// follows an error. Payloads and data belong to the receiver; of a frame after the first, data may be left out.
	Receive(control func(Control, []byte)) (text bool, data []byte, err error)
	// Send writes one text frame. seq is the number of the event that it tells, 0 for none.
	Send(seq uint64, frame []byte) error
	// Ping and Pong write control frames.
	Ping() error
	Pong(payload []byte) error
	// Close writes a close frame. Nothing is written after it.
	Close(code int, reason string) error
	// Interrupt makes a waiting Receive and all later ones return an error at once. It is safe to repeat.
	Interrupt()
	// Drain reads and drops what still arrives, for at most d, so that a close frame is not lost to a reset by a
	// transport that is closed on unread input. It is called only when no Receive is waiting.
	Drain(d time.Duration)
}

// Control is a kind of control frame.
type Control int

// The control frames that a channel hears of.
const (
	ControlPing Control = iota + 1
	ControlPong
)

// What Receive reports.
var (
	ErrPeerClosed = errors.New("relay: the page closed the channel")
	ErrTooLong    = errors.New("relay: frame over the limit")
)
