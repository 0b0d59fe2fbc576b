package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
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

func TestWatchComesBackAndHearsEverythingOnce(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		t.Run("upgrades refused: "+strconv.FormatBool(refuses), func(t *testing.T) {
			t.Parallel()
			server := webtest.Start(t)
			token := server.Token("shop")
			session := server.Create(token, "")
			between := startWire(t, server.URL, refuses)
			w := watch(t, client.Watcher{Server: between.address, Secret: session.Text, Kind: client.QRCodeText})
			w.want("snapshot created")
			server.Publish(token, session, `{"service":"SCAN"}`)
			w.want("event SCAN")

			between.cut()
			<-w.lost
			server.Publish(token, session, `{"service":"FACE"}`)
			w.want("snapshot created", "event FACE")

			// What happens while nothing gets through is told afterwards.
			between.hold()
			between.cut()
			<-w.lost
			server.Publish(token, session, `{"service":"INFO"}`)
			between.letGo()
			w.want("snapshot completed", "event INFO", "status completed")
			w.wantEnd(client.End{Status: "completed"})
			if used := between.upgraded.Load(); (used == 0) != refuses {
				t.Errorf("%d WebSockets were opened", used)
			}
		})
	}
}

func TestWatchKnowsAnEndThatItMissed(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		server := webtest.Start(t)
		session := server.Create(server.Token("shop"), "")
		between := startWire(t, server.URL, refuses)
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

// wire is a proxy that can be cut, may let no upgrade through, and can hold back what is new.
type wire struct {
	address  string
	upgraded atomicCount

	mu    sync.Mutex
	conns map[net.Conn]bool
	holds chan struct{} // closed: nothing is held
}

type atomicCount struct {
	mu sync.Mutex
	n  int
}

func (c *atomicCount) Add() { c.mu.Lock(); c.n++; c.mu.Unlock() }

func (c *atomicCount) Load() int { c.mu.Lock(); defer c.mu.Unlock(); return c.n }

func startWire(t *testing.T, target string, refusesUpgrades bool) *wire {
	t.Helper()
	w := &wire{conns: map[net.Conn]bool{}}
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
		if r.Header.Get("Upgrade") != "" {
			if refusesUpgrades {
				http.Error(out, "no upgrades here", http.StatusBadRequest)
				return
			}
			w.upgraded.Add()
		}
		proxy.ServeHTTP(out, r)
	}))
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew {
			w.mu.Lock()
			w.conns[conn] = true
			w.mu.Unlock()
		}
	}
	server.Start()
	t.Cleanup(func() { w.cut(); server.Close() })
	w.address = server.URL
	return w
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
