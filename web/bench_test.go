package web_test

import (
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

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
	s := webtest.Start(b)
	token := s.Token("bank")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			request, err := http.NewRequest("POST", s.URL+"/api/v1/session", strings.NewReader(`{"data":"your data"}`))
			if err != nil {
				b.Error(err)
				return
			}
			request.Header.Set("Authorization", "Bearer "+token)
			request.Header.Set("Content-Type", jsonType)
			response, err := client.Do(request)
			if err != nil {
				b.Error(err)
				return
			}
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				b.Errorf("create: %s", response.Status)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sessions/s")
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
