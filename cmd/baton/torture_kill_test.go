package main

import (
	"context"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"baton/internal/client"
	"baton/internal/sandbox"
)

const (
	killsAtLeast    = 20
	killWriters     = 6                      // sessions that are written at the same time, each by a phone and a backend
	killWithin      = 400 * time.Millisecond // of the load's beginning
	killPatience    = 10 * time.Second       // of a call; a killed process ends its calls at once
	startWithinKill = 300 * time.Millisecond // of a start: when it may be killed
	killOld         = 20 * time.Minute       // when a session is checked a last time: well before it expires
	killAgain       = 8                      // sessions of earlier rounds that are checked in each
)

// TestTortureKill kills the real process with SIGKILL at random moments while backends, phones and pages work with
// it, starts it again on the same file, and holds what is there against what was answered.
//
// It proves that nothing acknowledged is still in the process's memory. It does not prove that it outlives a power cut:
// what a killed process has written, the kernel still has. That each commit reaches the disk rests on synchronous=FULL,
// which the tests of package sqlite look at.
func TestTortureKill(t *testing.T) {
	t.Parallel()
	lasts, long := tortureFor(t, 0)
	k := &killing{t: t, seed: newSeed(t), db: filepath.Join(t.TempDir(), "baton.db"), long: long}
	defer func() {
		count(t, "kills under load: %d, kills while starting: %d, pages: %d, checks of a session: %d\n%s",
			k.kills, k.startKills, k.pages, k.checks.Load(), &k.total)
		k.total.report(t)
	}()
	k.killStarting(drawing(k.seed, 0).upTo(startWithinKill)) // which may find no file yet
	k.start()
	for began := time.Now(); !t.Failed() && k.total.faults() == 0 && (k.kills < killsAtLeast || time.Since(began) < lasts); {
		k.round()
	}
	k.checkAll(k.known, true)
	if err := k.server.stop(); err != nil {
		t.Error(err)
	}
}

// killing is the state of the test. Only what goes on at the same time is locked.
type killing struct {
	t    *testing.T
	seed uint64
	db   string
	long bool

	server  *program
	address atomic.Pointer[string] // where it answers at the moment
	bearer  atomic.Pointer[string]

	known                    []*record // of all rounds, except for what has expired
	kills, startKills, pages int
	checks                   atomic.Int64
	mu                       sync.Mutex
	total                    tally
}

func (k *killing) round() {
	k.t.Helper()
	draw := drawing(k.seed, (k.kills+1)*100)
	p, closeParty := newParty(k.t.Context(), k.where, k.token, killPatience)
	defer closeParty()
	watching, leave := context.WithCancel(k.t.Context())
	round := &killRound{killing: k, party: p, watching: watching, older: sample(draw, k.known, killWriters)}
	defer round.open.Wait()
	defer leave()

	moment := time.NewTimer(draw.upTo(killWithin))
	var writers sync.WaitGroup
	for i := range killWriters {
		own := drawing(draw.Uint64(), i)
		writers.Go(func() { round.write(own, i) })
	}
	select {
	case <-moment.C:
	case <-k.server.ended:
	}
	k.kill()
	writers.Wait()
	k.kills++

	if draw.once(4) {
		k.killStarting(draw.upTo(startWithinKill))
	}
	k.start()
	again := slices.Concat(round.made, round.older, sample(draw, k.known, killAgain))
	slices.SortFunc(again, func(a, b *record) int { return strings.Compare(a.id, b.id) })
	k.checkAll(slices.Compact(again), false)
	round.checkPages()
	k.known = append(k.known, round.made...)
	k.retire()
}

func (k *killing) where() string { return *k.address.Load() }

func (k *killing) token() string { return *k.bearer.Load() }

// start starts the process on the file as the last one left it, unless it runs.
func (k *killing) start() {
	k.t.Helper()
	if k.server != nil {
		select {
		case <-k.server.ended:
		default:
			return
		}
	}
	server, err := startProgram(os.Environ(), "demo", "--db", k.db, "--log-level", "warn")
	if err != nil {
		k.t.Fatalf("after %d kills it does not start: %v", k.kills+k.startKills, err)
	}
	k.t.Cleanup(func() {
		server.command.Process.Kill()
		<-server.ended
	})
	k.server = server
	k.address.Store(&server.address)
	token, err := client.FetchToken(k.t.Context(), nil, server.address+"/sandbox/api/oauth/token", sandbox.DefaultClientID, sandbox.DefaultClientSecret)
	if err != nil {
		k.t.Fatal(err)
	}
	k.bearer.Store(&token)
}

// kill kills the process and makes sure that it had not ended by itself or said anything of note.
func (k *killing) kill() {
	k.t.Helper()
	k.server.command.Process.Kill()
	<-k.server.ended
	k.mustBeKilled(k.server.command, k.server.stderr.String())
}

func (k *killing) mustBeKilled(command *exec.Cmd, stderr string) {
	k.t.Helper()
	if state, ok := command.ProcessState.Sys().(syscall.WaitStatus); !ok || state.Signal() != syscall.SIGKILL {
		k.t.Fatalf("it ended by itself: %v\n%s", command.ProcessState, lastLines(stderr, 60))
	}
	for _, alarm := range []string{"DATA RACE", "panic", "level=ERROR"} {
		if strings.Contains(stderr, alarm) {
			k.t.Errorf("before it was killed it said %s:\n%s", alarm, lastLines(stderr, 60))
		}
	}
}

// killStarting kills a process that may be about to make its schema, or to take up what the one before has left.
func (k *killing) killStarting(moment time.Duration) {
	k.t.Helper()
	var stderr buffer
	command := exec.Command("baton", "demo", "--db", k.db, "--addr", "127.0.0.1:0", "--log-level", "warn")
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		k.t.Fatal(err)
	}
	<-time.After(moment)
	command.Process.Kill()
	_ = command.Wait()
	k.mustBeKilled(command, stderr.String())
	k.startKills++
}

// sample draws at most n different records.
func sample(draw chance, of []*record, n int) []*record {
	var drawn []*record
	for _, i := range draw.Perm(len(of))[:min(n, len(of))] {
		drawn = append(drawn, of[i])
	}
	return drawn
}

// retire checks the sessions that will expire in a long run a last time, and forgets them.
func (k *killing) retire() {
	k.t.Helper()
	young := k.known[:0:0]
	var old []*record
	for _, r := range k.known {
		if time.Since(r.created) > killOld {
			old = append(old, r)
		} else {
			young = append(young, r)
		}
	}
	k.known = young
	k.checkAll(old, true)
}

// killRound is one load and its kill.
type killRound struct {
	*killing
	party    party
	watching context.Context
	open     sync.WaitGroup // pages

	older []*record // of earlier rounds, which go on in this one
	dead  atomic.Bool

	making sync.Mutex
	made   []*record
	pages  []*page
}

// write works on one session after the other until a call sees no answer.
func (k *killRound) write(draw chance, writer int) {
	var older *record
	if writer < len(k.older) {
		older = k.older[writer]
	}
	for !k.dead.Load() {
		r := older
		if older = nil; r == nil {
			var ttl time.Duration
			if k.long && draw.once(30) {
				ttl = time.Minute
			}
			if r = k.party.create(draw, ttl); r == nil {
				k.dead.Store(true)
				return
			}
			k.keep(r)
		}
		if draw.once(3) {
			k.watch(draw, r)
		}
		var reporters sync.WaitGroup
		n := 1000 * (1 + k.kills) // keys and reasons of one round are no other's
		for i, asPhone := range []bool{true, false} {
			own := drawing(draw.Uint64(), i)
			reporters.Go(func() { k.report(own, r, n+500*i, asPhone) })
		}
		reporters.Wait()
		if draw.once(8) && !k.dead.Load() {
			k.saw(k.party.delete(r), nil)
		}
	}
}

// report is a phone that claims and reports, or a backend that reports.
func (k *killRound) report(draw chance, r *record, n int, asPhone bool) {
	if asPhone {
		if draw.once(3) && !k.saw(k.party.open(r), nil) {
			return
		}
		if draw.once(8) {
			return
		}
		if !k.saw(k.party.claim(r)) {
			return
		}
	}
	for range draw.IntN(7) {
		n++
		posted := drawPost(draw, r, n, draw.once(2))
		if !k.send(draw, r, posted, asPhone) {
			return
		}
	}
	if draw.once(4) {
		k.send(draw, r, drawEnd(draw, n+1, draw.once(2)), asPhone)
	}
}

func (k *killRound) send(draw chance, r *record, posted *post, asPhone bool) (alive bool) {
	r.begin(posted, asPhone)
	if posted.key != "" && draw.once(6) {
		return k.saw(k.party.reportTwice(r, posted))
	}
	return k.saw(k.party.report(r, posted))
}

// saw reports whether a call was answered. No answer means that the process is dead.
func (k *killRound) saw(status int, err error) bool {
	if err != nil {
		var t tally
		t.wrong(&t.doubled, "%v", err)
		k.count(t)
	}
	if status == http.StatusInternalServerError {
		k.t.Error("an answer was 500 before the kill")
	}
	if status == 0 {
		k.dead.Store(true)
	}
	return status != 0
}

func (k *killRound) keep(r *record) {
	k.making.Lock()
	defer k.making.Unlock()
	k.made = append(k.made, r)
}

// watch opens a page, which lives through the kill.
func (k *killRound) watch(draw chance, r *record) {
	if time.Until(r.expires) < time.Minute/2 {
		return // it may end before the page is asked what it heard
	}
	kinds := slices.Sorted(maps.Keys(pageKinds))
	p := &page{kind: pick(draw, kinds...), r: r, party: k.party, draw: drawing(draw.Uint64(), 0)}
	k.making.Lock()
	k.pages = append(k.pages, p)
	k.making.Unlock()
	k.open.Go(func() { p.live(k.watching) })
}

// checkPages waits until every page of the round has caught up, and holds what it heard against what there is: what a
// page heard before the kill, too, must be there after it.
func (k *killRound) checkPages() {
	k.t.Helper()
	for _, p := range k.pages {
		got, status, ok := k.party.read(p.r, 0, 0)
		switch {
		case status == http.StatusNotFound:
			continue // deleted
		case !ok:
			k.t.Fatalf("session %s cannot be read: %d", p.r.id, status)
		}
		k.count(p.catchUp(got))
		k.killing.pages++
	}
}

// checkAll holds the records against the server, four at a time. Only the last check of a record counts what was
// acknowledged; faults always count.
func (k *killing) checkAll(records []*record, last bool) {
	k.t.Helper()
	p, closeParty := newParty(k.t.Context(), k.where, k.token, killPatience)
	defer closeParty()
	work := make(chan int)
	var checkers sync.WaitGroup
	for range 4 {
		checkers.Go(func() {
			for i := range work {
				k.checks.Add(1)
				t, err := p.check(k.t.Context(), drawing(k.seed+uint64(k.kills), i), records[i])
				if err != nil {
					t.wrong(&t.lost, "%v", err)
				}
				if !last {
					t.sessions, t.events, t.unseen = 0, 0, 0
				}
				k.count(t)
			}
		})
	}
	for i := range records {
		work <- i
	}
	close(work)
	checkers.Wait()
}

func (k *killing) count(t tally) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.total.add(t)
}
