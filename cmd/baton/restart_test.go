package main

import (
	"context"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"baton/internal/client"
	"baton/internal/sandbox"
)

// A graceful stop is for pages what a broken connection is: pages of every kind that watched before it have, after the
// start, everything that was accepted before, between and after, once and in order, and a report that was under way when
// the signal came has been answered.
func TestPagesGoOnOverARestart(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	database := t.TempDir() + "/baton.db"
	server, stop := startDemo(t, "--addr", address, "--db", database, "--log-level", "warn")
	bearer, err := client.FetchToken(t.Context(), nil, server+"/sandbox/api/oauth/token", sandbox.DefaultClientID, sandbox.DefaultClientSecret)
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithTimeout(t.Context(), 90*time.Second)
	defer leave()
	bank, closeBank := newParty(ctx, func() string { return server }, func() string { return bearer }, 10*time.Second)
	defer closeBank()

	draw := drawing(newSeed(t), 0)
	r := bank.create(draw, 0)
	if r == nil {
		t.Fatal("no session was created")
	}
	var pages []*page
	var living sync.WaitGroup
	for i, kind := range slices.Sorted(maps.Keys(pageKinds)) {
		p := &page{kind: kind, r: r, party: bank, draw: drawing(1, i)}
		pages = append(pages, p)
		living.Go(func() { p.live(ctx) })
	}
	report := func(posted *post) {
		t.Helper()
		if status, err := bank.report(r, r.begin(posted, false)); status != 200 || err != nil {
			t.Fatalf("a report is answered %d, %v", status, err)
		}
	}
	for n := range 3 {
		report(drawPost(draw, r, n, false))
	}
	before := 0
	for n := range 3 { // reporters that are at work when the signal comes
		living.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				status, err := bank.report(r, r.begin(drawPost(drawing(2, n), r, 100*(n+1)+i, true), false))
				if err != nil {
					t.Error(err)
				}
				if status != 200 || i == 40 {
					return // it is stopping: 503, or nobody listens
				}
			}
		})
	}
	stop() // fails the test where it is not graceful
	for _, p := range pages {
		p.mu.Lock()
		before += p.sessions
		p.mu.Unlock()
	}
	if before < len(pages) {
		t.Errorf("only %d connections of %d pages stood before the stop", before, len(pages))
	}

	startDemo(t, "--addr", address, "--db", database, "--log-level", "warn")
	for n := range 3 {
		report(drawPost(draw, r, 1000+n, true))
	}
	report(drawEnd(draw, 2000, true))
	over := make(chan struct{})
	go func() {
		living.Wait()
		close(over)
	}()
	if !waits(over, time.Minute) {
		t.Fatal("a page still waits a minute after the end")
	}
	all, _, ok := bank.read(r, 0, 0)
	if !ok {
		t.Fatal("the session cannot be read")
	}
	for _, p := range pages {
		p.mu.Lock()
		sessions := p.sessions
		p.mu.Unlock()
		if verdict := p.verdict(all.Events); verdict.lost+verdict.doubled+verdict.disordered+verdict.changed > 0 {
			t.Errorf("%s, after %d connections: %+v", p.kind, sessions, verdict)
		}
		if sessions < 2 {
			t.Errorf("%s: it had %d connections; the restart broke none", p.kind, sessions)
		}
	}
}
