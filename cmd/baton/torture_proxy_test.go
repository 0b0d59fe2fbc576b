package main

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"baton/internal/client"
	"baton/internal/sandbox"
)

const (
	proxyUsual    = 10 * time.Second
	proxyWriters  = 12                     // sessions at the same time, each with a page of every kind
	proxyPatience = 4 * time.Second        // of a call before it is tried again
	proxyPause    = 150 * time.Millisecond // at most, between two reports of one reporter
	legLasts      = 90 * time.Second
	healWithin    = time.Minute // all pages are over, once the network is well and all sessions have ended
)

// TestTortureBadNetwork has pages of every kind read sessions through a network that breaks connections at random,
// while phones and backends report through it, too. Each page must have heard exactly what there is to hear.
func TestTortureBadNetwork(t *testing.T) {
	t.Parallel()
	b := newBadDay(t)
	kinds := slices.Sorted(maps.Keys(pageKinds))
	b.legs(proxyWriters, func(_ int, load func(session func(draw chance))) {
		load(func(draw chance) { b.session(draw, kinds) })
		b.network.heal()
		over := make(chan struct{})
		go func() {
			b.living.Wait()
			close(over)
		}()
		if !waits(over, healWithin) {
			b.t.Errorf("pages still wait %v after the last report", healWithin)
		}
	})
}

// badDay is a server behind a bad network, and who works with it.
type badDay struct {
	t       *testing.T
	seed    uint64
	server  string
	network *badNetwork
	through party // by the network
	direct  party // past it, for what is held against
	bearer  atomic.Pointer[string]

	living sync.WaitGroup // pages
	ctx    context.Context

	mu       sync.Mutex
	sessions []*watched // of the leg
	pages    map[string]int
	back     int // how often pages came back
	retries  int
	total    tally
}

// watched is a session with its pages.
type watched struct {
	r     *record
	pages []*page
}

func newBadDay(t *testing.T) *badDay {
	t.Helper()
	b := &badDay{t: t, seed: newSeed(t), pages: map[string]int{}}
	b.server, _ = startDemo(t, "--log-level", "warn")
	b.network = startBadNetwork(t, b.server, b.seed)
	ctx, leave := context.WithCancel(t.Context())
	b.ctx = ctx
	bearer := func() string { return *b.bearer.Load() }
	var closeThrough, closeDirect func()
	b.through, closeThrough = newParty(ctx, b.network.address, bearer, proxyPatience)
	b.direct, closeDirect = newParty(ctx, func() string { return b.server }, bearer, proxyPatience)
	t.Cleanup(func() {
		leave()
		b.living.Wait()
		closeThrough()
		closeDirect()
	})
	return b
}

// legs runs leg after leg until the time is up, and reports. A leg is short, so that neither a bearer nor a session
// expires in it. It loads the server by as many writers as given, and leaves the pages of all b.sessions over.
func (b *badDay) legs(writers int, leg func(number int, load func(session func(draw chance)))) {
	b.t.Helper()
	left, _ := tortureFor(b.t, proxyUsual)
	for number := 0; left > 0 && !b.t.Failed() && b.total.faults() == 0; number++ {
		bearer, err := client.FetchToken(b.t.Context(), nil, b.server+"/sandbox/api/oauth/token", sandbox.DefaultClientID, sandbox.DefaultClientSecret)
		if err != nil {
			b.t.Fatal(err)
		}
		b.bearer.Store(&bearer)
		b.network.spoil()
		leg(number, func(session func(draw chance)) {
			until := time.Now().Add(min(left, legLasts))
			var loading sync.WaitGroup
			for i := range writers {
				draw := drawing(b.seed, number*1000+i)
				loading.Go(func() {
					for time.Now().Before(until) && !b.t.Failed() {
						session(draw)
					}
				})
			}
			loading.Wait()
		})
		left -= legLasts
		for _, w := range b.sessions {
			b.judge(w)
		}
		b.sessions = nil
	}
	n := b.network
	count(b.t, "pages: %v, which came back %d times; connections: %d, cut: %d, delayed: %d, half-closed: %d; calls repeated: %d\n%s",
		b.pages, b.back, n.connections.Load(), n.cut.Load(), n.delayed.Load(), n.halfClosed.Load(), b.retries, &b.total)
	if n.cut.Load() == 0 || n.delayed.Load() == 0 || n.halfClosed.Load() == 0 || b.total.events == 0 {
		b.t.Error("nothing was tortured")
	}
	b.total.report(b.t)
}

// session plays one from its creation to its end, with pages of these kinds.
func (b *badDay) session(draw chance, kinds []string) {
	w := b.create(draw)
	if w == nil {
		return
	}
	for _, kind := range kinds {
		p := &page{kind: kind, r: w.r, party: b.through, draw: drawing(draw.Uint64(), 0)}
		w.pages = append(w.pages, p)
		b.living.Go(func() { p.live(b.ctx) })
	}
	b.play(draw, w)
}

func (b *badDay) create(draw chance) *watched {
	for range 100 {
		if r := b.through.create(draw, 0); r != nil {
			w := &watched{r: r}
			b.mu.Lock()
			b.sessions = append(b.sessions, w)
			b.mu.Unlock()
			return w
		}
	}
	b.t.Error("100 creations in a row were not answered")
	return nil
}

// play reports until the session has ended.
func (b *badDay) play(draw chance, w *watched) {
	var reporters sync.WaitGroup
	for i, asPhone := range []bool{true, false} {
		own := drawing(draw.Uint64(), i)
		reporters.Go(func() {
			if asPhone {
				b.insist(func() (int, error) { return b.through.open(w.r), nil })
				b.insist(func() (int, error) { return b.through.claim(w.r) })
			}
			for n := range 4 + own.IntN(12) {
				b.report(own, w.r, drawPost(own, w.r, 1000*i+n, !own.once(3)), asPhone)
				<-time.After(own.upTo(proxyPause))
			}
		})
	}
	reporters.Wait()
	if draw.once(8) {
		b.insist(func() (int, error) { return b.through.delete(w.r), nil })
		w.r.mu.Lock()
		w.r.deleted = true // by this call or by one before it whose answer was lost
		w.r.mu.Unlock()
		return
	}
	b.report(draw, w.r, drawEnd(draw, 5000, true), draw.once(2))
}

// report sends a post until it is answered where it bears a key, and else once.
func (b *badDay) report(draw chance, r *record, posted *post, asPhone bool) {
	r.begin(posted, asPhone)
	once := func() (int, error) { return b.through.report(r, posted) }
	switch {
	case posted.key == "":
		if _, err := once(); err != nil {
			b.fault(err)
		}
	case draw.once(6):
		b.insist(func() (int, error) { return b.through.reportTwice(r, posted) })
	default:
		b.insist(once)
	}
}

// insist calls until an answer is seen.
func (b *badDay) insist(call func() (int, error)) {
	for tries := range 100 {
		status, err := call()
		if err != nil {
			b.fault(err)
		}
		if !unknown(status) && status != http.StatusTooManyRequests {
			b.mu.Lock()
			b.retries += tries
			b.mu.Unlock()
			return
		}
	}
	b.t.Error("100 calls in a row were not answered")
}

func (b *badDay) fault(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.total.wrong(&b.total.doubled, "%v", err)
}

// judge holds what the callers and the pages of a session know against what the server has.
func (b *badDay) judge(w *watched) {
	b.t.Helper()
	for _, p := range w.pages {
		p.mu.Lock()
		b.pages[p.kind]++
		b.back += max(p.sessions-1, 0)
		p.mu.Unlock()
	}
	if w.r.deleted {
		t, err := b.direct.checkGone(w.r)
		if err != nil {
			b.t.Error(err)
		}
		b.total.add(t)
		for _, p := range w.pages {
			b.total.add(p.prefix())
		}
		return
	}
	all, status, ok := b.direct.read(w.r, 0, 0)
	if !ok {
		b.t.Errorf("session %s cannot be read: %d", w.r.id, status)
		return
	}
	b.total.add(w.r.audit(all.Events, all.Seq))
	for _, p := range w.pages {
		b.total.add(p.verdict(all.Events))
	}
}

// prefix judges a page whose session was deleted: it may not have heard all, but nothing else.
func (p *page) prefix() tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.t
	if !p.gone {
		t.wrong(&t.lost, "%s: was never told that it is gone", p.name())
	}
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	for _, posted := range p.r.posts {
		for _, f := range p.heard {
			if posted.answered != 0 && f.Seq == posted.seq && (f.Service != posted.told.Service || strings.HasPrefix(posted.told.Type, "progress")) {
				t.wrong(&t.changed, "%s: heard %+v, which was %+v", p.name(), f, posted.told)
			}
		}
	}
	return t
}
