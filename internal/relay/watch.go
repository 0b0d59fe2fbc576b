package relay

import (
	"context"
	"errors"
	"time"

	"baton/internal/handoff"
)

// Source is what a channel reads from; *handoff.Service is one. Its errors carry handoff codes.
type Source interface {
	WatchedBy(ctx context.Context, ticket handoff.Ticket) (handoff.Session, error)
	ByPageToken(ctx context.Context, token handoff.PageToken) (handoff.Session, error)
	EventsAfter(ctx context.Context, id handoff.SessionID, seq uint64) ([]handoff.Event, error)
	Remains(ctx context.Context, id handoff.SessionID, seq uint64) ([]handoff.Event, error)
	Introduce(ctx context.Context, id handoff.SessionID, page handoff.Requester) error
	Listen(ctx context.Context, id handoff.SessionID) (wake <-chan struct{}, stop func(), err error)
	Now() time.Time
}

// Visitor is who watches. Address counts against the per-address cap, and empty against none; Requester is what its
// browser says of itself, for the phone's "started in …". Admit, where it is not nil, is asked once the session is known,
// and its error, which has a code, refuses the page. Opened, where it is not nil, is told of a watch that stands.
type Visitor struct {
	Address   string
	Requester handoff.Requester
	Admit     func(handoff.Session) error
	Opened    func(handoff.Session)
}

// watch is one page's reading of one session, whatever carries it: how far it has come, and what it owes the page.
// Only one goroutine uses it.
type watch struct {
	registry *Registry
	hello    Hello
	visitor  Visitor

	id        handoff.SessionID
	joined    handoff.SessionID // id, once it counts for its session
	steps     []handoff.Step    // that the session expects
	requester handoff.Requester // as far as it was known when the session was found
	expiresAt time.Time
	rotates   bool           // the page\'s picture changes with time
	begun     bool           // the first reading is done
	seq       uint64         // the last event that was read
	frames    int            // sent, the snapshot not among them
	status    handoff.Status // as of the last reading
	wake      <-chan struct{}
	stopWaits func()
}

// open finds the session, counts the watch for it and listens to its bell.
func (w *watch) open(ctx context.Context) error {
	source := w.registry.source
	session, err := handoff.Session{}, handoff.NotFound()
	if !w.hello.Ticket.IsZero() {
		session, err = source.WatchedBy(ctx, w.hello.Ticket)
	}
	if handoff.ErrorCode(err) == handoff.CodeNotFound && !w.hello.Page.IsZero() {
		session, err = source.ByPageToken(ctx, w.hello.Page)
	}
	if err != nil {
		return err
	}
	if w.visitor.Admit != nil {
		if err := w.visitor.Admit(session); err != nil {
			return err
		}
		w.visitor.Admit = nil
	}
	opened := w.visitor.Opened
	w.visitor.Opened = nil // what it holds is not kept with the watch
	w.rotates = session.Protection.Rotate && session.Status == handoff.StatusCreated && !w.hello.Plain
	w.hello.Ticket, w.hello.Page = handoff.Ticket{}, handoff.PageToken{} // nothing here needs them any more
	w.id, w.steps, w.requester, w.expiresAt = session.ID, session.Steps, session.Requester, session.ExpiresAt
	if !w.registry.join(w.id) {
		return &handoff.Error{Code: handoff.CodeTooManyRequests,
			Message: "Too many pages watch this session at once. Close one of them, or try again in a minute."}
	}
	w.joined = w.id
	wake, stop, err := source.Listen(ctx, w.id)
	if err != nil {
		return err
	}
	w.wake, w.stopWaits = wake, stop
	if opened != nil {
		opened(session)
	}
	return nil
}

// close gives up the bell and the place in the registry. It is called once.
func (w *watch) close() {
	if w.stopWaits != nil {
		w.stopWaits()
	}
	w.registry.leave(w.visitor.Address, w.joined)
}

// lookup bounds one question to the store.
func (w *watch) lookup() (context.Context, context.CancelFunc) {
	return context.WithTimeout(w.registry.ctx, w.registry.config.Lookup)
}

// left is how long the session still exists.
func (w *watch) left() time.Duration { return w.expiresAt.Sub(w.registry.source.Now()) }

// pictureStands is how long the page's picture is still the current one; longer than any session where it does not
// change.
func (w *watch) pictureStands() time.Duration {
	if !w.rotates {
		return 2 * handoff.MaxTTL
	}
	now := w.registry.source.Now()
	return handoff.NextPicture(now).Sub(now)
}

// deliver reads what follows and sends it, and returns how the watch ends if that was the last. send is given the
// event's number, 0 for the snapshot; its error ends the watch.
func (w *watch) deliver(send func(seq uint64, frame []byte) error) *ending {
	events, gone, err := w.read()
	if err != nil {
		return w.failed(err)
	}
	var buffer [320]byte
	if !w.begun {
		if w.begun, w.seq = true, 0; !w.hello.Plain {
			at := handoff.SnapshotOf(events)
			w.status = at.Status
			if gone != "" {
				at.Status = gone
			}
			if err := send(0, appendSnapshot(buffer[:0], w.id, at, w.steps, w.expiresAt)); err != nil {
				return &ending{err: err}
			}
		}
		defer w.introduce()
	}
	for _, event := range events {
		w.seq = event.Seq
		if event.Kind == handoff.KindStatus {
			w.status, w.rotates = event.Status, false // no code claims any more
		}
		frame, told := w.frame(buffer[:0], event)
		if told {
			if err := send(event.Seq, frame); err != nil {
				return &ending{err: err} // too slow or gone: a close frame would wait in the same queue
			}
			w.frames++
		}
		if w.hello.Plain && (event.Status == handoff.StatusFailed || event.Status == handoff.StatusCancelled) {
			return new(endWith(handoff.CodeSessionEnded))
		}
	}
	switch {
	case !w.hello.Plain && w.status.Ended(): // told now, or known from an earlier connection
		return &ending{code: CloseNormal, reason: string(w.status)}
	case gone != "":
		return w.farewell(gone, send)
	}
	return nil
}

// frame draws an event for the watch's layer and reports whether the page is told of it.
func (w *watch) frame(b []byte, event handoff.Event) ([]byte, bool) {
	switch {
	case w.hello.Plain:
		return appendPlain(b, w.id, event), event.Kind == handoff.KindService
	case event.Seq <= w.hello.After:
		return nil, false
	}
	return appendEvent(b, w.id, event)
}

// read returns what follows the last event that was read. Of a session that is gone, gone says how, and the events are
// those that it accepted before.
func (w *watch) read() (events []handoff.Event, gone handoff.Status, err error) {
	ctx, cancel := w.lookup()
	defer cancel()
	events, err = w.registry.source.EventsAfter(ctx, w.id, w.seq)
	if handoff.ErrorCode(err) != handoff.CodeNotFound {
		return events, "", err
	}
	gone = handoff.StatusDeleted
	if w.left() <= 0 {
		gone = handoff.StatusExpired
	}
	events, err = w.registry.source.Remains(ctx, w.id, w.seq)
	return events, gone, err
}

// farewell ends the watch of a session that is gone. Its last status has the next number although no store keeps it:
// nothing can follow, and a page that drops what it knows must not drop this.
func (w *watch) farewell(gone handoff.Status, send func(uint64, []byte) error) *ending {
	w.status = gone
	end := endWith(handoff.CodeNotFound)
	if w.hello.Plain {
		return &end
	}
	w.seq = max(w.seq, w.hello.After) + 1
	last := handoff.Event{Seq: w.seq, Kind: handoff.KindStatus, Status: gone, At: w.registry.source.Now()}
	frame, _ := appendEvent(nil, w.id, last)
	if err := send(last.Seq, frame); err != nil {
		return &ending{err: err}
	}
	w.frames++
	return &end
}

// introduce keeps what the first page says of itself. It comes after the page has what it waits for, because it is a
// durable write; that it failed is no reason to end a channel.
func (w *watch) introduce() {
	if w.requester.Or(w.visitor.Requester) == w.requester {
		return
	}
	ctx, cancel := w.lookup()
	defer cancel()
	if err := w.registry.source.Introduce(ctx, w.id, w.visitor.Requester); err != nil && handoff.ErrorCode(err) != handoff.CodeNotFound {
		w.registry.config.Log.Warn("the first page's browser is not kept; its phone will not be told where this started", "session", w.id, "error", err)
	}
}

// failed turns a source's error into an end. While the process shuts down, every failure is the shutdown's.
func (w *watch) failed(err error) *ending {
	if w.registry.ctx.Err() != nil {
		return new(endWith(handoff.CodeUnavailable))
	}
	code := handoff.ErrorCode(err)
	if errors.Is(err, context.DeadlineExceeded) {
		code = handoff.CodeUnavailable
	}
	end := endWith(code)
	if code != handoff.CodeNotFound && code != handoff.CodeTooManyRequests && code != handoff.CodeForbidden {
		end.err = err
	}
	if code == handoff.CodeConflict {
		end.reason = string(handoff.CodeUnexpected)
	}
	return &end
}
