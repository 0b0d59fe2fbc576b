package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/client"
	"baton/web/webtest"
)

// told is one frame as a word.
func told(f client.Frame) string {
	words := []string{f.Type}
	for _, word := range []string{f.Service, f.Status, f.Notice, f.Reason} {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// watched is a session that somebody watches.
type watched struct {
	t      *testing.T
	frames chan string
	lost   chan string
	end    chan client.End
	err    chan error
}

func watch(t *testing.T, w client.Watcher) *watched {
	t.Helper()
	heard := &watched{t, make(chan string, 100), make(chan string, 100), make(chan client.End, 1), make(chan error, 1)}
	if w.FirstWord == 0 {
		w.FirstWord = time.Minute // a busy machine keeps a stream back, too
	}
	w.Frame = func(f client.Frame) { heard.frames <- told(f) }
	w.Lost = func(cause error, _ time.Duration) { heard.lost <- cause.Error() }
	go func() {
		end, err := w.Run(t.Context())
		heard.end <- end
		heard.err <- err
	}()
	return heard
}

func (w *watched) want(frames ...string) {
	w.t.Helper()
	for _, want := range frames {
		select {
		case got := <-w.frames:
			if got != want {
				w.t.Fatalf("frame %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			w.t.Fatalf("no frame, want %q", want)
		}
	}
}

func (w *watched) wantEnd(want client.End) {
	w.t.Helper()
	select {
	case got := <-w.end:
		if err := <-w.err; err != nil {
			w.t.Fatalf("error %v, want the end %v", err, want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.t.Errorf("end (-want +got):\n%s", diff)
		}
	case <-time.After(time.Minute):
		w.t.Fatal("it watches on")
	}
	if len(w.frames) > 0 {
		w.t.Errorf("one frame too many: %s", <-w.frames)
	}
}

// created makes a session with the fields given as JSON members.
func created(t *testing.T, server *webtest.Server, token, members string) (session webtest.Session, page string) {
	t.Helper()
	var answer struct {
		webtest.Session
		PageToken string `json:"pageToken"`
	}
	server.Do("POST", "/api/v1/session", `{"data":""`+members+`}`, "Authorization", "Bearer "+token, "Content-Type", "application/json").JSON(t, &answer)
	return answer.Session, answer.PageToken
}

func TestWatchHearsASessionToItsEnd(t *testing.T) {
	t.Parallel()
	server := webtest.Start(t)
	token := server.Token("shop")
	for name, c := range map[string]struct {
		members string
		secret  func(s webtest.Session, page string) string
	}{
		"by the code's text":   {"", func(s webtest.Session, _ string) string { return s.Text }},
		"by the page's secret": {`,"separatePage":true`, func(_ webtest.Session, page string) string { return page }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			session, page := created(t, server, token, c.members)
			w := watch(t, client.Watcher{Server: server.URL, Secret: c.secret(session, page)})
			w.want("snapshot created")
			server.Publish(token, session, `{"service":"SCAN"}`)
			w.want("event SCAN")
			server.Publish(token, session, `{"skipped":"READ","reason":"READ_NFC_UNAVAILABLE"}`)
			w.want("notice READ skipped READ_NFC_UNAVAILABLE")
			server.Publish(token, session, `{"status":"failed","reason":"FACE_NO_MATCH"}`)
			w.want("status failed FACE_NO_MATCH")
			w.wantEnd(client.End{Status: "failed", Reason: "FACE_NO_MATCH"})
			if len(w.lost) > 0 {
				t.Errorf("told a loss: %s", <-w.lost)
			}
		})
	}
}

func TestWatchSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	server := webtest.Start(t)
	token := server.Token("shop")
	separated, _ := created(t, server, token, `,"separatePage":true`)
	for name, c := range map[string]struct{ secret, code string }{
		"an unknown text":                {strings.Repeat("A", 32), "SESSION_EXPIRED_OR_NOT_FOUND"},
		"no text of a code":              {"hello", "INVALID_INPUT"},
		"a code whose page has a secret": {separated.Text, "FORBIDDEN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, client.Watcher{Server: server.URL, Secret: c.secret})
			refused, ok := errors.AsType[*client.RefusedError](<-w.err)
			if !ok || refused.Code != c.code || refused.Message == "" {
				t.Errorf("error %v, want %s", refused, c.code)
			}
		})
	}
	t.Run("a page that is no such server", func(t *testing.T) {
		t.Parallel()
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<h1>Hello</h1>") }))
		defer other.Close()
		if _, ok := errors.AsType[*client.RefusedError](<-watch(t, client.Watcher{Server: other.URL, Secret: "S"}).err); !ok {
			t.Error("want a refusal")
		}
	})
}

// hinderances are what a proxy does, and the way that is left.
var hinderances = map[string]hindrance{
	"WebSocket": {},
	"stream":    {upgrades: refuse},
	"poll":      {upgrades: refuse, streams: keepBack, patience: 100 * time.Millisecond},
}

func TestWatchComesBackAndHearsEverythingOnce(t *testing.T) {
	t.Parallel()
	for left, hinders := range hinderances {
		t.Run("by "+left, func(t *testing.T) {
			t.Parallel()
			server := webtest.Start(t)
			token := server.Token("shop")
			session := server.Create(token, "")
			between := startWire(t, server.URL, hinders)
			w := watch(t, client.Watcher{Server: between.address, Secret: session.Text, Kind: client.QRCodeText, FirstWord: hinders.patience})
			w.want("snapshot created")
			server.Publish(token, session, `{"service":"SCAN"}`)
			w.want("event SCAN")

			// What happens while nothing gets through is told afterwards.
			asks := map[string][]int{"WebSocket": {1, 1}, "stream": {1, 1}, "poll": {3, 2}}[left] // a poll begins, waits, and what it told is followed by another
			between.wantBegun(t, left, asks[0])
			between.hold()
			between.cut()
			<-w.lost
			server.Publish(token, session, `{"service":"FACE"}`)
			between.letGo()
			w.want("snapshot created", "event FACE")

			between.wantBegun(t, left, asks[1])
			between.hold()
			between.cut()
			<-w.lost
			server.Publish(token, session, `{"service":"INFO"}`)
			between.letGo()
			w.want("snapshot completed", "event INFO", "status completed")
			w.wantEnd(client.End{Status: "completed"})
		})
	}
}

func TestWatchKnowsAnEndThatItMissed(t *testing.T) {
	t.Parallel()
	for left, hinders := range hinderances {
		t.Run("by "+left, func(t *testing.T) {
			t.Parallel()
			if left == "poll" {
				hinders.streams = refuse // which is seen at once
			}
			server := webtest.Start(t)
			session := server.Create(server.Token("shop"), "")
			between := startWire(t, server.URL, hinders)
			between.holds = make(chan struct{})
			close(between.holds)
			w := watch(t, client.Watcher{Server: between.address, Secret: session.Text})
			w.want("snapshot created")
			between.hold()
			between.cut()
			if answer := server.Do("DELETE", "/api/v1/session/"+session.Text, ""); answer.Status != 204 {
				t.Fatalf("delete: %d", answer.Status)
			}
			between.letGo()
			w.wantEnd(client.End{Status: "deleted"})
			between.wantBegun(t, left, 1)
		})
	}
}

// TestWatchAsksAnEagerProxyWithPauses has something answer every poll at once, and with nothing.
func TestWatchAsksAnEagerProxyWithPauses(t *testing.T) {
	t.Parallel()
	statuses := []string{"created", "created", "cancelled"} // the first poll does not wait
	var asked atomic.Int32
	eager := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "application/json" {
			refuse(out, r, nil)
			return
		}
		out.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(out, `{"status":%q,"seq":0,"snapshot":{"type":"snapshot","status":"created"},"events":[]}`, statuses[min(int(asked.Add(1)), len(statuses))-1])
	}))
	defer eager.Close()
	begun := time.Now()
	w := watch(t, client.Watcher{Server: eager.URL, Secret: "S"})
	w.want("snapshot created")
	w.wantEnd(client.End{Status: "cancelled"})
	if took := time.Since(begun); took < time.Second {
		t.Errorf("an empty answer was followed by the next poll after %v", took)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server := webtest.Start(t)
	session := server.Create(server.Token("shop"), "")
	ctx, cancel := context.WithCancel(t.Context())
	w := client.Watcher{Server: server.URL, Secret: session.Text, Frame: func(client.Frame) { cancel() }}
	if _, err := w.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

// hindrance is what a proxy does with upgrades and with streams, given the server's own answer; nil lets it through.
type hindrance struct {
	upgrades, streams func(http.ResponseWriter, *http.Request, http.Handler)
	patience          time.Duration // of the watcher, with a stream
}

func refuse(out http.ResponseWriter, _ *http.Request, _ http.Handler) {
	http.Error(out, "not through here", http.StatusForbidden)
}

// keepBack passes nothing on until the answer has ended.
func keepBack(out http.ResponseWriter, r *http.Request, server http.Handler) {
	server.ServeHTTP(silent{out}, r)
}

type silent struct{ http.ResponseWriter }

func (silent) Flush() {}

func (silent) WriteHeader(int) {}

func (silent) Write(b []byte) (int, error) { return len(b), nil }

// wire is a proxy that can be cut, may hinder some, and can hold back what is new.
type wire struct {
	address string

	began chan string // what went through, by its way

	mu    sync.Mutex
	conns map[net.Conn]bool
	holds chan struct{} // closed: nothing is held
}

func startWire(t *testing.T, target string, hinders hindrance) *wire {
	t.Helper()
	w := &wire{conns: map[net.Conn]bool{}, began: make(chan string, 100)}
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.FlushInterval = -1
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		holds := w.holds
		w.mu.Unlock()
		if holds != nil {
			<-holds
		}
		way, hinder := "poll", (func(http.ResponseWriter, *http.Request, http.Handler))(nil)
		switch {
		case r.Header.Get("Upgrade") != "":
			way, hinder = "WebSocket", hinders.upgrades
		case r.Header.Get("Accept") == "text/event-stream":
			way, hinder = "stream", hinders.streams
		}
		if hinder != nil {
			hinder(out, r, proxy)
			return
		}
		w.began <- way
		proxy.ServeHTTP(out, r)
	}))
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew {
			w.mu.Lock()
			w.conns[conn] = true
			w.mu.Unlock()
		}
	}
	server.Config.SetKeepAlivesEnabled(false) // a call that breaks on a connection used before is made again unasked
	server.Start()
	t.Cleanup(func() { w.cut(); server.Close() })
	w.address = server.URL
	return w
}

// wantBegun waits until so many more have gone through by the way.
func (w *wire) wantBegun(t *testing.T, way string, more int) {
	t.Helper()
	late := time.After(time.Minute)
	for more > 0 {
		select {
		case began := <-w.began:
			if began == way {
				more--
			}
		case <-late:
			t.Fatalf("nothing went through by %s; %d more were to come", way, more)
		}
	}
}

// cut breaks every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for conn := range w.conns {
		conn.Close()
	}
	clear(w.conns)
}

func (w *wire) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holds = make(chan struct{})
}

func (w *wire) letGo() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.holds)
}
