package relay

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"baton/internal/handoff"
)

// Source is what a channel reads from; *handoff.Service is one. Its errors carry handoff codes.
type Source interface {
	ByTicket(ctx context.Context, ticket handoff.Ticket) (handoff.Session, error)
	EventsAfter(ctx context.Context, id handoff.SessionID, seq uint64) ([]handoff.Event, error)
	Listen(ctx context.Context, id handoff.SessionID) (wake <-chan struct{}, stop func(), err error)
	Now() time.Time
}

// Outcome says how a channel went, for the log.
type Outcome struct {
	Session handoff.SessionID // empty if it never authenticated
	Code    int               // the close frame's code; 0 where none was sent
	Frames  int               // service frames sent
	Err     error             // what broke it; nil for the ends that the contract knows
}

// Serve lives one channel's life on conn and returns when it is over: the close frame is out, the reader has returned
// and nothing will touch conn again. The caller closes the transport. address counts against the per-address cap;
// empty counts against none.
func (r *Registry) Serve(conn Conn, address string) Outcome {
	if refusal := r.enter(address); refusal != "" {
		end := endWith(refusal)
		if conn.Close(end.code, end.reason) == nil {
			conn.Drain(r.config.Linger)
		}
		return Outcome{Code: end.code}
	}
	ch := &channel{registry: r, conn: conn, in: make(chan received), left: make(chan struct{})}
	go ch.read()

	end := ch.live()
	if ch.stopListening != nil {
		ch.stopListening()
	}
	ch.finish(end)
	r.leave(address, ch.joined)
	return Outcome{Session: ch.id, Code: end.code, Frames: ch.frames, Err: end.err}
}

// channel is the state of one channel. Only the goroutine that called Serve touches it, but for in and left.
type channel struct {
	registry *Registry
	conn     Conn
	in       chan received // closed by the reader when it returns
	left     chan struct{} // closed when nobody takes from in any more

	id            handoff.SessionID
	joined        handoff.SessionID // id, once it counts for its session
	seq           uint64            // the last event that was read
	frames        int
	expiresAt     time.Time
	wake          <-chan struct{}
	stopListening func()

	chatter    int  // frames since the last ping
	unanswered bool // a ping is out and nothing has been heard since
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
	case <-ch.left:
		return false
	}
}

func (ch *channel) live() (end ending) {
	defer func() {
		if p := recover(); p != nil {
			end = ending{code: CloseUnexpected, reason: string(handoff.CodeUnexpected), err: panicked(p)}
		}
	}()
	first, ended := ch.awaitFirst()
	if ended != nil {
		return *ended
	}
	ticket, ok := parseFirst(first.text, first.data)
	if !ok {
		return endWith(handoff.CodeInvalidInput)
	}
	if ended := ch.open(ticket); ended != nil {
		return *ended
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

// open finds the ticket's session, counts the channel for it and listens to its bell.
func (ch *channel) open(ticket handoff.Ticket) *ending {
	ctx, cancel := ch.lookup()
	defer cancel()
	session, err := ch.registry.source.ByTicket(ctx, ticket)
	if err != nil {
		return ch.failed(err)
	}
	ch.id, ch.expiresAt = session.ID, session.ExpiresAt
	if !ch.registry.join(session.ID) {
		return new(endWith(handoff.CodeTooManyRequests))
	}
	ch.joined = session.ID
	if ch.wake, ch.stopListening, err = ch.registry.source.Listen(ctx, session.ID); err != nil {
		ch.stopListening = nil
		return ch.failed(err)
	}
	return nil
}

// relay reads, then waits, until the end. The bell has been listened to before the first read, so that no event falls
// between the two; and because a ring may be lost, every ping looks as well.
func (ch *channel) relay() ending {
	config := ch.registry.config
	nextPing := time.Now().Add(config.Ping)
	timer := time.NewTimer(config.Ping)
	defer timer.Stop()

	for look := true; ; {
		if look {
			if ended := ch.deliver(); ended != nil {
				return *ended
			}
		}
		look = true
		left := ch.expiresAt.Sub(ch.registry.source.Now())
		timer.Reset(max(min(time.Until(nextPing), left), time.Millisecond)) // the store's precision

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

// deliver sends the service events that follow the last one read. A failed or cancelled session ends the channel after
// what came before it.
func (ch *channel) deliver() *ending {
	ctx, cancel := ch.lookup()
	events, err := ch.registry.source.EventsAfter(ctx, ch.id, ch.seq)
	cancel()
	if err != nil {
		return ch.failed(err)
	}
	var buffer [160]byte
	for _, event := range events {
		ch.seq = event.Seq
		switch {
		case event.Kind == handoff.KindService:
			if err := ch.conn.Send(appendFrame(buffer[:0], ch.id, event)); err != nil {
				return &ending{err: err} // too slow or gone: a close frame would wait in the same queue
			}
			ch.frames++
		case event.Status == handoff.StatusFailed, event.Status == handoff.StatusCancelled:
			return new(endWith(handoff.CodeSessionEnded))
		}
	}
	return nil
}

func (ch *channel) ping() *ending {
	if ch.unanswered {
		return &ending{err: errors.New("relay: the page did not answer a ping")}
	}
	ch.unanswered, ch.chatter = true, 0
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

// failed turns a source's error into an end. While the process shuts down, every failure is the shutdown's.
func (ch *channel) failed(err error) *ending {
	if ch.registry.ctx.Err() != nil {
		return new(endWith(handoff.CodeUnavailable))
	}
	code := handoff.ErrorCode(err)
	if errors.Is(err, context.DeadlineExceeded) {
		code = handoff.CodeUnavailable
	}
	end := endWith(code)
	if code != handoff.CodeNotFound {
		end.err = err
	}
	if code == handoff.CodeConflict {
		end.reason = string(handoff.CodeUnexpected)
	}
	return &end
}

func (ch *channel) lookup() (context.Context, context.CancelFunc) {
	return context.WithTimeout(ch.registry.ctx, ch.registry.config.Lookup)
}

// finish says goodbye and joins the reader. The page gets a moment to answer the close frame, because a transport that
// closes on unread input may reset the connection and take the close frame with it.
func (ch *channel) finish(end ending) {
	defer func() {
		if p := recover(); p != nil {
			ch.registry.config.Log.Error("a channel's close panicked", "error", panicked(p))
		}
		ch.conn.Interrupt()
		close(ch.left)
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
