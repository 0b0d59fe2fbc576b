package relay_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/internal/relay"
)

// ledger is a Source of one session in memory. Its bell can be made deaf, its answers can be made errors.
type ledger struct {
	bell   *relay.Bell
	ticket handoff.Ticket
	page   handoff.PageToken

	mu      sync.Mutex
	session handoff.Session
	events  []handoff.Event
	deleted bool
	fail    error
	lose    bool // rings are lost
	looks   int
	breaks  bool // EventsAfter panics

	introduced []handoff.Requester
}

func newLedger() *ledger {
	now := time.Now().UTC().Truncate(time.Millisecond)
	ticket, page := handoff.NewTicket(), handoff.NewPageToken()
	return &ledger{
		bell: relay.NewBell(), ticket: ticket, page: page,
		session: handoff.Session{
			ID: handoff.NewSessionID(), Ticket: ticket.Digest(), Page: page.Digest(), Status: handoff.StatusCreated,
			CreatedAt: now, ExpiresAt: now.Add(handoff.MaxTTL),
		},
	}
}

func (l *ledger) Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func (l *ledger) gone() error {
	if l.fail != nil {
		return l.fail
	}
	if l.deleted || !l.session.ExpiresAt.After(l.Now()) {
		return handoff.NotFound()
	}
	return nil
}

func (l *ledger) WatchedBy(_ context.Context, ticket handoff.Ticket) (handoff.Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.gone(); err != nil {
		return handoff.Session{}, err
	}
	if ticket.Digest() != l.session.Ticket {
		return handoff.Session{}, handoff.NotFound()
	}
	return l.session, nil
}

func (l *ledger) EventsAfter(_ context.Context, _ handoff.SessionID, seq uint64) ([]handoff.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looks++
	if l.breaks {
		panic("a secret in a panic")
	}
	if err := l.gone(); err != nil {
		return nil, err
	}
	return slices.Clone(l.events[seq:]), nil
}

func (l *ledger) ByPageToken(_ context.Context, token handoff.PageToken) (handoff.Session, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.gone(); err != nil {
		return handoff.Session{}, err
	}
	if token.Digest() != l.session.Page {
		return handoff.Session{}, handoff.NotFound()
	}
	return l.session, nil
}

func (l *ledger) Remains(_ context.Context, _ handoff.SessionID, seq uint64) ([]handoff.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events[seq:]), l.fail
}

func (l *ledger) Introduce(_ context.Context, _ handoff.SessionID, page handoff.Requester) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.introduced = append(l.introduced, page)
	l.session.Requester = l.session.Requester.Or(page)
	return l.fail
}

func (l *ledger) Listen(ctx context.Context, id handoff.SessionID) (<-chan struct{}, func(), error) {
	return l.bell.Listen(ctx, id)
}

func (l *ledger) change(t *testing.T, f func()) {
	t.Helper()
	l.mu.Lock()
	f()
	lose := l.lose
	l.mu.Unlock()
	if !lose {
		if err := l.bell.Ring(t.Context(), l.session.ID); err != nil {
			t.Error(err)
		}
	}
}

func (l *ledger) done(t *testing.T, steps ...handoff.Step) {
	t.Helper()
	for _, step := range steps {
		l.append(t, handoff.Event{Kind: handoff.KindService, Step: step})
	}
}

func (l *ledger) append(t *testing.T, e handoff.Event) {
	t.Helper()
	l.change(t, func() {
		e.Seq, e.At = uint64(len(l.events)+1), l.Now()
		l.events = append(l.events, e)
	})
}

// page is a Conn in memory and what its page has seen. Its methods for the test may be called at any time.
type page struct {
	toServer  chan sent
	interrupt chan struct{}
	once      sync.Once

	mu      sync.Mutex
	frames  []string
	pings   int
	pongs   []string
	code    int
	reason  string
	drained bool
	over    bool // Serve has returned
	late    bool // something touched the conn after that

	mute bool // does not answer pings
	stop bool // reads nothing: every write runs into its deadline
	bad  bool // Receive panics

	lag  time.Duration // how long a frame takes to be written
	trip time.Duration // from a ping to its answer
}

type sent struct {
	control relay.Control
	text    bool
	data    string
	err     error
}

func newPage() *page {
	return &page{toServer: make(chan sent, 4096), interrupt: make(chan struct{})}
}

const writeDeadline = 10 * time.Second

func (p *page) touch() {
	if p.over {
		p.late = true
	}
}

func (p *page) Receive(control func(relay.Control, []byte)) (bool, []byte, error) {
	if p.bad {
		panic("a secret in a panic")
	}
	for {
		select {
		case <-p.interrupt:
			return false, nil, os.ErrDeadlineExceeded
		case s := <-p.toServer:
			if s.control == 0 {
				return s.text, []byte(s.data), s.err
			}
			control(s.control, []byte(s.data))
		}
	}
}

func (p *page) write(record func()) error {
	if p.stop {
		time.Sleep(writeDeadline)
		return os.ErrDeadlineExceeded
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touch()
	if p.code != 0 {
		return errors.New("close frame already written")
	}
	record()
	return nil
}

func (p *page) Send(_ uint64, frame []byte) error {
	text := string(frame)
	time.Sleep(p.lag)
	return p.write(func() { p.frames = append(p.frames, text) })
}

func (p *page) Ping() error {
	err := p.write(func() { p.pings++ })
	if !p.mute && err == nil {
		time.AfterFunc(p.trip, func() { p.toServer <- sent{control: relay.ControlPong} })
	}
	return err
}

func (p *page) Pong(payload []byte) error {
	return p.write(func() { p.pongs = append(p.pongs, string(payload)) })
}

func (p *page) Close(code int, reason string) error {
	return p.write(func() { p.code, p.reason = code, reason })
}

func (p *page) Interrupt() { p.once.Do(func() { close(p.interrupt) }) }

func (p *page) Drain(time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drained = true
}

func (p *page) says(text string) { p.toServer <- sent{text: true, data: text} }

func (p *page) seen() (frames []string, code int, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.frames), p.code, p.reason
}

// serve lives the channel's life beside the test; the result arrives when it is over.
func (p *page) serve(r *relay.Registry, address string) <-chan relay.Outcome {
	done := make(chan relay.Outcome, 1)
	go func() {
		outcome := r.Serve(p, relay.Visitor{Address: address})
		p.mu.Lock()
		p.over = true
		p.mu.Unlock()
		done <- outcome
	}()
	return done
}
