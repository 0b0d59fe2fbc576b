package web_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"baton/internal/audit"
	"baton/internal/auth"
	"baton/web"
	"baton/web/webtest"
)

// From the POST of an event over HTTP to its frame at a WebSocket client, the durable write between them included.
func BenchmarkEventToChannel(b *testing.B) {
	s := webtest.Start(b)
	token := s.Token("bank")
	session := s.Create(token, "x")
	channel := s.Watch(session)
	s.Publish(token, session, `{"service":"SCAN"}`)
	channel.Next()

	var took []time.Duration
	for b.Loop() {
		if len(took)%900 == 899 { // a session takes 1,000 events
			session = s.Create(token, "x")
			channel.Close()
			channel = s.Watch(session)
		}
		start := time.Now()
		s.Publish(token, session, `{"service":"SCAN"}`)
		channel.Next()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// Durable creations from 64 callers, over HTTP.
func BenchmarkCreate(b *testing.B) {
	create := creations(webtest.Start(b), `{"data":"your data"}`)
	create(b, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sessions/s")
}

// What the guards cost creations: bearers that are verified, limits that are counted, an audit that is written, and the
// same with each protection that a session can have; each against none of it, in turns of one run. The aim is 0.90.
func BenchmarkCreateGuarded(b *testing.B) {
	const turn = 4000
	bare := creations(webtest.Start(b, webtest.With(func(d *web.Deps) {
		d.Demo, d.Auth = true, anybody{} // loopback counts against no limit of a demo
	})), `{"data":"your data"}`)
	guarded := func(body string) func(testing.TB, int) {
		return creations(webtest.Start(b, func(s *webtest.Server, d *web.Deps) {
			file, err := os.Create(filepath.Join(b.TempDir(), "audit.jsonl"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { file.Close() })
			d.Audit = audit.New(file, []byte("key"), nil, nil)
			s.Handoff.Audit(d.Audit)
		}), body)
	}
	edges := guarded(`{"data":"your data"}`)
	protected := guarded(`{"data":"your data","token":"for the phone","claim":"once","confirm":"number","rotate":true,"separatePage":true,"requester":{"name":"Example Bank"}}`)

	var withEdges, withAll []float64
	took := func(create func(testing.TB, int)) float64 {
		start := time.Now()
		create(b, turn)
		return time.Since(start).Seconds()
	}
	for b.Loop() {
		none := took(bare)
		withEdges = append(withEdges, none/took(edges))
		withAll = append(withAll, none/took(protected))
	}
	slices.Sort(withEdges)
	slices.Sort(withAll)
	b.ReportMetric(withEdges[len(withEdges)/2], "of-bare-with-edges")
	b.ReportMetric(withAll[len(withAll)/2], "of-bare-with-all")
	b.ReportMetric(0, "ns/op")
}

// anybody lets everybody in.
type anybody struct{}

func (anybody) Verify(context.Context, string) (auth.Caller, error) {
	return auth.Caller{Tenant: "bank"}, nil
}

// creations returns what creates n sessions with this body from 64 callers.
func creations(s *webtest.Server, body string) func(tb testing.TB, n int) {
	const callers = 64
	token := s.Token("bank")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	return func(tb testing.TB, n int) {
		var left atomic.Int64
		left.Store(int64(n))
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					request, err := http.NewRequest("POST", s.URL+"/api/v1/session", strings.NewReader(body))
					if err != nil {
						tb.Error(err)
						return
					}
					request.Header.Set("Authorization", "Bearer "+token)
					request.Header.Set("Content-Type", jsonType)
					response, err := client.Do(request)
					if err != nil {
						tb.Error(err)
						return
					}
					response.Body.Close()
					if response.StatusCode != http.StatusOK {
						tb.Errorf("create: %s", response.Status)
						return
					}
				}
			})
		}
		all.Wait()
	}
}

// What a waiting page costs the server, the client's end in the same process included.
func BenchmarkWaitingPages(b *testing.B) {
	const pages = 2000
	for b.Loop() {
		s := webtest.Start(b, webtest.With(func(d *web.Deps) { d.Demo = true })) // loopback counts against no cap
		token := s.Token("bank")
		session := s.Create(token, "x")
		s.Publish(token, session, `{"service":"SCAN"}`)
		before := inUse()
		for i := range pages {
			if i%32 == 0 {
				session = s.Create(token, "x")
				s.Publish(token, session, `{"service":"SCAN"}`)
			}
			s.Watch(session).Next()
		}
		b.ReportMetric(float64(inUse()-before)/pages/1024, "KiB/page+client")
	}
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
