package relay

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"baton/internal/handoff"
)

// Config bounds channels. A zero field takes its default.
type Config struct {
	FirstFrame time.Duration // how long a page may take to authenticate; 10 s
	Ping       time.Duration // between two pings; a page that has not answered one by the next is gone; 25 s
	Lookup     time.Duration // for one question to the store; 10 s
	Linger     time.Duration // for the page's half of the close; 2 s

	PerSession int // channels of one session; 32
	PerAddress int // channels from one address; 256
	Total      int // channels of the whole process; 50,000: some 600 MB, and file descriptors that a service can be given
	Chatter    int // frames that a page may send between two pings, which are all ignored; 100

	Log *slog.Logger // nil discards
}

func (c Config) withDefaults() Config {
	c.FirstFrame = cmp.Or(c.FirstFrame, 10*time.Second)
	c.Ping = cmp.Or(c.Ping, 25*time.Second)
	c.Lookup = cmp.Or(c.Lookup, 10*time.Second)
	c.Linger = cmp.Or(c.Linger, 2*time.Second)
	c.PerSession = cmp.Or(c.PerSession, 32)
	c.PerAddress = cmp.Or(c.PerAddress, 256)
	c.Total = cmp.Or(c.Total, 50_000)
	c.Chatter = cmp.Or(c.Chatter, 100)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Registry counts the open channels, refuses what is over a cap, and can close them all. It holds one cancel function
// for them and no connection. Safe for concurrent use.
type Registry struct {
	config Config
	source Source
	ctx    context.Context // ends when the channels must close
	cancel context.CancelFunc
	open   sync.WaitGroup

	mu        sync.Mutex
	closing   bool
	total     int
	addresses map[string]int
	sessions  map[handoff.SessionID]int
}

// NewRegistry returns a registry whose channels read from source.
func NewRegistry(source Source, config Config) *Registry {
	ctx, cancel := context.WithCancel(context.Background())
	return &Registry{
		config: config.withDefaults(), source: source, ctx: ctx, cancel: cancel,
		addresses: make(map[string]int), sessions: make(map[handoff.SessionID]int),
	}
}

// Open is the number of channels at the moment, those not yet authenticated among them.
func (r *Registry) Open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// Closing reports whether CloseAll has been called: new channels are then closed at once.
func (r *Registry) Closing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closing
}

// CloseAll closes every channel with 4000, refuses new ones from now on, and waits until the last goroutine of a
// channel has returned or ctx ends, whose error it then returns. It is safe to repeat.
func (r *Registry) CloseAll(ctx context.Context) error {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	r.cancel()

	done := make(chan struct{})
	go func() {
		r.open.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter counts a new channel, or says why it may not be. Every enter without a refusal is followed by one leave.
func (r *Registry) enter(address string) (refusal handoff.Code) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closing:
		return handoff.CodeUnavailable
	case r.total >= r.config.Total, address != "" && r.addresses[address] >= r.config.PerAddress:
		return handoff.CodeTooManyRequests
	}
	r.open.Add(1) // under the lock that closing is set under, so never after CloseAll began to wait
	r.total++
	if address != "" {
		r.addresses[address]++
	}
	return ""
}

// join counts an entered channel for its session and reports whether there was room.
func (r *Registry) join(id handoff.SessionID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions[id] >= r.config.PerSession {
		return false
	}
	r.sessions[id]++
	return true
}

// leave undoes enter, and join where joined names a session.
func (r *Registry) leave(address string, joined handoff.SessionID) {
	r.mu.Lock()
	r.total--
	release(r.addresses, address)
	release(r.sessions, joined)
	r.mu.Unlock()
	r.open.Done()
}

func release[K comparable](counts map[K]int, key K) {
	if n, counted := counts[key]; counted && n > 1 {
		counts[key] = n - 1
	} else {
		delete(counts, key)
	}
}
