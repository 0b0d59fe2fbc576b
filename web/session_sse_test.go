package web_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/relay"
	"baton/web"
	"baton/web/webtest"
)

// reader takes one frame after the other from whatever carries them; ok is false at the end.
type reader func() (frame webtest.Told, ok bool)

// carriers are the three ways to the same frames, each for a page that has the events up to after.
func carriers(t *testing.T, s *webtest.Server, session webtest.Session) map[string]func(after uint64) reader {
	return map[string]func(after uint64) reader{
		"WebSocket": func(after uint64) reader {
			channel := s.WatchAfter(session, after)
			return func() (webtest.Told, bool) { return channel.NextTold(), true }
		},
		"event stream": func(after uint64) reader {
			stream := s.Stream(session, fmt.Sprint(after))
			return func() (webtest.Told, bool) {
				frame, id, ok := stream.Next()
				want := ""
				if frame.Seq > 0 && frame.Type != "snapshot" {
					want = fmt.Sprint(frame.Seq)
				}
				if id != want {
					t.Errorf("the id of %v is %q, want %q", frame, id, want)
				}
				return frame, ok
			}
		},
		"long poll": func(after uint64) reader {
			var waiting []webtest.Told
			begun := false
			return func() (webtest.Told, bool) {
				for len(waiting) == 0 {
					polled := s.Poll(session, after, 20)
					if !begun {
						begun, waiting = true, append(waiting, polled.Snapshot)
					}
					waiting, after = append(waiting, polled.Events...), polled.Seq
				}
				next := waiting[0]
				waiting = waiting[1:]
				return next, true
			}
		},
	}
}

func TestEveryCarrierTellsTheSame(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	s.Publish(token, session, `{"service":"SCAN"}`)
	s.Publish(token, session, `{"event":"VIEW","page":"READ"}`) // 2: told to no page

	early := map[string]reader{}
	for name, watch := range carriers(t, s, session) {
		early[name] = watch(0)
		for _, want := range []string{"snapshot 2 created", "event 1 SCAN"} {
			if got, _ := early[name](); got.String() != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
	s.Do("GET", "/api/v1/session", "", "Authorization", session.Text)
	s.Publish(token, session, `{"skipped":"READ","reason":"READ_NFC_UNAVAILABLE"}`)
	s.Publish(token, session, `{"event":"COMPLETE","status":"SUCCESS","page":"FACE"}`)
	s.Publish(token, session, `{"event":"FINISH","status":"FAILURE","statusCode":"USER_CANCEL"}`)
	want := []string{"status 3 claimed", "notice 4 skippedREADREAD_NFC_UNAVAILABLE", "event 5 FACE", "status 6 failedUSER_CANCEL"}
	for name, next := range early {
		for _, want := range want {
			if got, _ := next(); got.String() != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
	for name, watch := range carriers(t, s, session) { // and a late one gets the rest
		next := watch(4)
		for _, want := range []string{"snapshot 6 failedUSER_CANCEL", "event 5 FACE", "status 6 failedUSER_CANCEL"} {
			if got, _ := next(); got.String() != want {
				t.Errorf("%s, late: %q, want %q", name, got, want)
			}
		}
	}
}

func TestEventStream(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Origins = []string{"https://shop.example"} }))
	token := s.Token("bank")

	t.Run("EndsAfterItsLastStatus", func(t *testing.T) {
		session := s.Create(token, "x")
		stream := s.Stream(session, "")
		s.Publish(token, session, `{"service":"INFO"}`)
		var seen []string
		for {
			frame, _, ok := stream.Next()
			if !ok {
				break
			}
			seen = append(seen, frame.String())
		}
		if diff := cmp.Diff([]string{"snapshot 0 created", "event 1 INFO", "status 2 completed"}, seen); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
	})

	t.Run("SaysThatItsSessionWasDeleted", func(t *testing.T) {
		session := s.Create(token, "x")
		stream := s.Stream(session, "")
		s.Do("DELETE", "/api/v1/session", "", "Authorization", session.Text)
		stream.Next()
		if frame, _, _ := stream.Next(); frame.Status != "deleted" {
			t.Errorf("it says %v", frame)
		}
		if _, _, ok := stream.Next(); ok {
			t.Error("it goes on")
		}
	})

	t.Run("HasTheHeadersThatItNeeds", func(t *testing.T) {
		session := s.Create(token, "x")
		stream := s.Stream(session, "")
		for name, want := range map[string]string{
			"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff",
		} {
			if got := stream.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if stream.Header.Get("X-Request-Id") == "" {
			t.Error("it has no request id")
		}
	})

	t.Run("IsCountedUntilItsPageLeaves", func(t *testing.T) {
		one := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Channels = relay.Config{PerSession: 1} }))
		session := one.Create(one.Token("bank"), "x")
		stream := one.Stream(session, "")
		stream.Next()
		refused := one.Do("GET", "/api/v1/session/events", "", "Authorization", session.Text)
		if refused.Status != http.StatusTooManyRequests || refused.Header.Get("Retry-After") == "" {
			t.Errorf("a second page: %d, Retry-After %q", refused.Status, refused.Header.Get("Retry-After"))
		}
		stream.Leave()
		eventually(t, func() *webtest.Answer {
			answer := one.Do("GET", "/api/v1/session/events", "", "Authorization", session.Text)
			if answer.Status != http.StatusOK {
				return nil
			}
			return &answer
		})
	})

	t.Run("EndsWhenTheServerStops", func(t *testing.T) {
		stopping := webtest.Start(t)
		session := stopping.Create(stopping.Token("bank"), "x")
		stream := stopping.Stream(session, "")
		stream.Next()
		if err := stopping.Web.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if frame, _, ok := stream.Next(); ok {
			t.Errorf("it goes on with %v", frame)
		}
	})
}

// A proxy that speaks HTTP/1.0 to what stands behind it understands no chunks.
func TestEventStreamOverHTTP10(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	s.Publish(token, session, `{"status":"failed"}`)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /api/v1/session/events HTTP/1.0\r\nAccept: text/event-stream\r\nAuthorization: "+session.Text+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	if strings.Contains(head, "chunked") || !strings.HasPrefix(body, "data: {") || !strings.HasSuffix(body, "}\n\n") {
		t.Errorf("it is answered %s\n\n%s", head, body)
	}
}

func TestWatchingWithoutWebSocketRefuses(t *testing.T) {
	s := webtest.Start(t)
	session := s.Create(s.Token("bank"), "x")
	ticket := []string{"Authorization", session.Text}
	const path = "/api/v1/session/events"
	for _, sc := range []webtest.Scenario{
		{Name: "no ticket", Path: path, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "a scheme word", Path: path, Headers: []string{"Authorization", "Bearer " + session.Text}, Status: 401, Code: "UNAUTHORIZED"},
		{Name: "an unknown ticket", Path: path, Headers: []string{"Authorization", handoff.NewTicket().Reveal()}, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "an unknown ticket for a stream", Path: path, Headers: []string{"Authorization", handoff.NewTicket().Reveal(), "Accept", "text/event-stream"}, Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "a number that is none", Path: path + "?after=x", Headers: ticket, Status: 400, Code: "INVALID_INPUT", Says: "`after`"},
		{Name: "a negative number", Path: path + "?after=-1", Headers: ticket, Status: 400, Code: "INVALID_INPUT"},
		{Name: "a wait that is too long", Path: path + "?wait=26", Headers: ticket, Status: 400, Code: "INVALID_INPUT", Says: "`wait` takes 0 to 25"},
		{Name: "an id that is no number", Path: path, Headers: append([]string{"Last-Event-ID", "first", "Accept", "text/event-stream"}, ticket...), Status: 400, Code: "INVALID_INPUT", Says: "`Last-Event-ID`"},
	} {
		sc.Method = "GET"
		sc.Run(t, s)
	}
}

func TestPollOfAQuietSession(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	want := webtest.Polled{Status: "created", Seq: 0, Events: []webtest.Told{}}
	got := s.Poll(session, 0, 0)
	if got.Snapshot.Type != "snapshot" || got.Snapshot.ExpiresAt == "" {
		t.Errorf("its snapshot is %+v", got.Snapshot)
	}
	got.Snapshot = webtest.Told{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}
