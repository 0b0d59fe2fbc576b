package relay

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"baton/internal/handoff"
)

// Outcome says how a channel went, for the log.
type Outcome struct {
	Session handoff.SessionID // empty if it never authenticated
	Code    int               // the close frame's code; 0 where none was sent
	Frames  int               // frames sent
	Err     error             // what broke it; nil for the ends that the contract knows
}

// Serve lives one channel's life on conn and returns when it is over: the close frame is out, the reader has returned
// and nothing will touch conn again. The caller closes the transport.
func (r *Registry) Serve(conn Conn, visitor Visitor) Outcome {
	if refusal := r.enter(visitor.Address); refusal != "" {
		end := endWith(refusal)
		if conn.Close(end.code, end.reason) == nil {
			conn.Drain(r.config.Linger)
		}
		return Outcome{Code: end.code}
	}
	ch := newChannel(&watch{registry: r, visitor: visitor}, conn)
	return ch.run(ch.live)
}

// channel is the life of one watch on one connection. Only the goroutine that called Serve touches it, but for in and
// gone.
type channel struct {
	*watch
	conn Conn
	in   chan received // closed by the reader when it returns
	gone chan struct{} // closed when nobody takes from in any more

	chatter    int  // frames since the last ping
	deaf       bool // the transport's pings are not answered
	unanswered bool // a ping is out and nothing has been heard since
}

func newChannel(w *watch, conn Conn) *channel {
	return &channel{watch: w, conn: conn, in: make(chan received), gone: make(chan struct{})}
}

func (ch *channel) run(life func() ending) Outcome {
	go ch.read()
	end := contained(life)
	ch.finish(end)
	ch.close()
	return Outcome{Session: ch.id, Code: end.code, Frames: ch.frames, Err: end.err}
}

// contained turns a panic of a channel's life into its end.
func contained(life func() ending) (end ending) {
	defer func() {
		if p := recover(); p != nil {
			end = ending{code: CloseUnexpected, reason: string(handoff.CodeUnexpected), err: panicked(p)}
		}
	}()
	return life()
}

// received is what the reader hands over: a data frame, a control frame, or its end.
type received struct {
	control Control // 0 for a data frame and for the end
	text    bool
	data    []byte
	err     error
}

// read is the reader's whole life. It hands one thing at a time to the channel, so that a page that floods is slowed
// down by its own channel and nothing is queued.
func (ch *channel) read() {
	defer close(ch.in)
	defer func() {
		if p := recover(); p != nil {
			ch.hand(received{err: panicked(p)})
		}
	}()
	control := func(kind Control, payload []byte) { ch.hand(received{control: kind, data: payload}) }
	for first := true; ; first = false {
		text, data, err := ch.conn.Receive(control)
		if !first {
			data = nil // ignored, so not kept
		}
		if !ch.hand(received{text: text, data: data, err: err}) || err != nil {
			return
		}
	}
}

func (ch *channel) hand(got received) bool {
	select {
	case ch.in <- got:
		return true
	case <-ch.gone:
		return false
	}
}

func (ch *channel) live() ending {
	first, ended := ch.awaitFirst()
	if ended != nil {
		return *ended
	}
	var ok bool
	if ch.hello, ok = parseFirst(first.text, first.data); !ok {
		return endWith(handoff.CodeInvalidInput)
	}
	ctx, cancel := ch.lookup()
	err := ch.open(ctx)
	cancel()
	if err != nil {
		return *ch.failed(err)
	}
	return ch.relay()
}

// awaitFirst returns the first data frame. Pings are answered meanwhile but buy no time.
func (ch *channel) awaitFirst() (received, *ending) {
	deadline := time.NewTimer(ch.registry.config.FirstFrame)
	defer deadline.Stop()
	for {
		select {
		case <-ch.registry.ctx.Done():
			return received{}, new(endWith(handoff.CodeUnavailable))
		case <-deadline.C:
			return received{}, &ending{code: CloseNoFirstFrame, reason: reasonNoFirstFrame}
		case got := <-ch.in:
			if got.control == 0 && got.err == nil {
				return got, nil
			}
			if ended := ch.hear(got); ended != nil {
				return received{}, ended
			}
		}
	}
}

// relay reads, then waits, until the end. The bell has been listened to before the first read, so that no event falls
// between the two; and because a ring may be lost, every ping looks as well.
func (ch *channel) relay() ending {
	config := ch.registry.config
	nextPing, nextPicture := time.Now().Add(config.Ping), time.Now().Add(ch.pictureStands())
	timer := time.NewTimer(config.Ping)
	defer timer.Stop()

	for look := true; ; {
		if look {
			if ended := ch.deliver(ch.conn.Send); ended != nil {
				return *ended
			}
		}
		look = true
		timer.Reset(max(min(time.Until(nextPing), time.Until(nextPicture), ch.left()), time.Millisecond)) // the store's precision

		select {
		case <-ch.registry.ctx.Done():
			return endWith(handoff.CodeUnavailable)
		case <-ch.wake:
		case got, open := <-ch.in:
			if !open {
				return ending{err: errors.New("relay: the reader has gone")}
			}
			if ended := ch.hear(got); ended != nil {
				return *ended
			}
			look = false
		case <-timer.C:
			if ch.rotates && !time.Now().Before(nextPicture) {
				nextPicture = time.Now().Add(ch.pictureStands())
				if err := ch.conn.Send(0, appendPictureDue(nil, ch.id)); err != nil {
					return ending{err: err}
				}
			}
			if time.Now().Before(nextPing) {
				continue // the session's last moment: the store now answers that it is gone
			}
			nextPing = time.Now().Add(config.Ping) // after a slow delivery, too, the page has this long to answer
			if ended := ch.ping(); ended != nil {
				return *ended
			}
		}
	}
}

func (ch *channel) ping() *ending {
	if ch.unanswered {
		return &ending{err: errors.New("relay: the page did not answer a ping")}
	}
	ch.unanswered, ch.chatter = !ch.deaf, 0
	if err := ch.conn.Ping(); err != nil {
		return &ending{err: err}
	}
	return nil
}

// hear takes what the page sent. All of it is ignored but pings and the end; too much of it ends the channel.
func (ch *channel) hear(got received) *ending {
	ch.unanswered = false
	switch {
	case errors.Is(got.err, ErrPeerClosed):
		return &ending{code: CloseNormal}
	case errors.Is(got.err, ErrTooLong):
		return new(endWith(handoff.CodePayloadTooLarge))
	case got.err != nil:
		end := ending{err: got.err}
		if _, isPanic := errors.AsType[*panicError](got.err); isPanic {
			end.code, end.reason = CloseUnexpected, string(handoff.CodeUnexpected)
		}
		return &end
	}
	if ch.chatter++; ch.chatter > ch.registry.config.Chatter {
		return new(endWith(handoff.CodeTooManyRequests))
	}
	if got.control == ControlPing {
		if err := ch.conn.Pong(got.data); err != nil {
			return &ending{err: err}
		}
	}
	return nil
}

// finish says goodbye and joins the reader. The page gets a moment to answer the close frame, because a transport that
// closes on unread input may reset the connection and take the close frame with it.
func (ch *channel) finish(end ending) {
	defer func() {
		if p := recover(); p != nil {
			ch.registry.config.Log.Error("a channel's close panicked", "error", panicked(p))
		}
		ch.conn.Interrupt()
		close(ch.gone)
		for range ch.in { // until the reader has closed it
		}
	}()
	if end.code == 0 {
		return
	}
	if err := ch.conn.Close(end.code, end.reason); err != nil && end.code != CloseTooLong { // the transport may itself have said 1009
		return
	}
	linger := time.NewTimer(ch.registry.config.Linger)
	defer linger.Stop()
	for range 2 * ch.registry.config.Chatter {
		select {
		case got, open := <-ch.in:
			switch {
			case open && got.err == nil: // the page had not yet read that this is the end
			case end.code == CloseTooLong:
				ch.conn.Drain(ch.registry.config.Linger)
				return
			default:
				return
			}
		case <-linger.C:
			return
		}
	}
}

// panicError carries a panic to the log. Its text goes nowhere else.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

func panicked(value any) error { return &panicError{value: value, stack: debug.Stack()} }
