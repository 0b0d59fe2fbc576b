package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"baton/internal/handoff"
	"baton/sqlite"
)

// ledger keeps what a program has acknowledged. Safe for concurrent use.
type ledger struct {
	t *testing.T

	mu       sync.Mutex
	shop     backend
	sessions []created
	events   map[string][]string // services by session
}

func newLedger(t *testing.T, p *program) *ledger {
	l := &ledger{t: t, events: make(map[string][]string)}
	l.moveTo(p)
	return l
}

// moveTo goes on at another start of the program.
func (l *ledger) moveTo(p *program) {
	l.t.Helper()
	shop, err := newBackend(l.t.Context(), p.address, p.address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.shop = shop
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sessions)
}

func ledgerData(n int) string { return strings.Repeat(fmt.Sprintf("data %d ", n), 400) }

func (l *ledger) tryCreate() (created, error) {
	l.mu.Lock()
	data := ledgerData(len(l.sessions) % 10)
	l.mu.Unlock()
	made, err := l.shop.create(data)
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.sessions = append(l.sessions, made)
		l.events[made.ID] = nil
	}
	return made, err
}

func (l *ledger) create() created {
	l.t.Helper()
	made, err := l.tryCreate()
	if err != nil {
		l.t.Fatal(err)
	}
	return made
}

func (l *ledger) tryReport(s created, service string) error {
	err := l.shop.report(s.ID, service)
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events[s.ID] = append(l.events[s.ID], service)
	}
	return err
}

func (l *ledger) report(s created, service string) {
	l.t.Helper()
	if err := l.tryReport(s, service); err != nil {
		l.t.Fatal(err)
	}
}

func (l *ledger) drop(s created) {
	l.t.Helper()
	request, err := http.NewRequestWithContext(l.t.Context(), http.MethodDelete, l.shop.server+"/api/v1/session/"+s.Text, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		l.t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		l.t.Fatalf("DELETE answers %d", response.StatusCode)
	}
}

// reads looks at a session without changing anything.
func (l *ledger) reads(s created, events int) {
	l.t.Helper()
	page := openChannel(l.t, l.shop.server, s.Text)
	defer page.Close()
	for range events {
		readFrame(l.t, page)
	}
}

// verify wants each session as it was created, with exactly the events that were acknowledged, in their order.
func (l *ledger) verify(when string) {
	l.t.Helper()
	for _, s := range l.sessions {
		l.report(s, "BACKGROUND_CHECK") // so that one event too many would stand before it
		page := openChannel(l.t, l.shop.server, s.Text)
		for i, want := range l.events[s.ID] {
			if frame := readFrame(l.t, page); !strings.Contains(frame, `"`+want+`"`) {
				l.t.Errorf("%s: event %d is %s, want %s", when, i+1, frame, want)
			}
		}
		page.Close()
		data, err := l.shop.claim(s.Text)
		if err != nil || !strings.HasPrefix(data, "data ") || len(data) != len(ledgerData(0)) {
			l.t.Errorf("%s: a session that was acknowledged: %v, data of %d bytes", when, err, len(data))
		}
	}
	l.t.Logf("%s: %d acknowledged sessions, none lost", when, len(l.sessions))
}

func (l *ledger) probe() (status int, body string) {
	l.t.Helper()
	response, err := http.Get(l.shop.server + "/readyz")
	if err != nil {
		l.t.Fatalf("the process does not answer: %v", err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return response.StatusCode, string(read)
}

// notReady waits until /readyz says why it is not.
func (l *ledger) notReady(says string) {
	l.t.Helper()
	waitFor(l.t, "/readyz saying "+says, func() bool {
		status, body := l.probe()
		return status == http.StatusServiceUnavailable && strings.Contains(body, says)
	})
	if response, err := http.Get(l.shop.server + "/healthz"); err != nil || response.Body.Close() != nil || response.StatusCode != http.StatusOK {
		l.t.Errorf("/healthz says that the process is not alive: %v", err)
	}
}

func (l *ledger) ready() {
	l.t.Helper()
	waitFor(l.t, "/readyz saying 200", func() bool { status, _ := l.probe(); return status == http.StatusOK })
}

// refusedWith reports whether a call was answered 503 with a sentence.
func refusedWith(err error, says string) bool {
	return err != nil && strings.Contains(err.Error(), ": 503 ") && strings.Contains(err.Error(), `"UNAVAILABLE"`) && strings.Contains(err.Error(), says)
}

// holdLock locks the file for writing until it is released, as another program would.
func holdLock(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	s := handoff.Session{ID: handoff.NewSessionID(), Tenant: "another", Ticket: handoff.NewTicket().Digest(),
		Status: handoff.StatusCreated, CreatedAt: now, ExpiresAt: now.Add(handoff.MaxTTL)}
	if err := db.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	locked, let, gone := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = db.Append(t.Context(), s.ID, now, func(*handoff.Session) ([]handoff.Event, error) {
			close(locked)
			<-let
			return nil, nil
		})
	}()
	<-locked
	release = sync.OnceFunc(func() {
		close(let)
		<-gone
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release)
	return release
}

// closeCode is what a new channel for the session is closed with.
func closeCode(t *testing.T, address, text string) int {
	t.Helper()
	page := openChannel(t, address, text)
	for {
		if _, _, err := page.ReadMessage(); err != nil {
			if closed, ok := err.(*websocket.CloseError); ok {
				return closed.Code
			}
			t.Fatal(err)
		}
	}
}
