package web_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"baton/internal/handoff"
	"baton/internal/relay"
	"baton/web"
	"baton/web/webtest"
)

func wantClosed(t *testing.T, channel *webtest.Channel, code int, reason string) {
	t.Helper()
	if gotCode, gotReason := channel.Closed(); gotCode != code || gotReason != reason {
		t.Errorf("closed with %d %q, want %d %q", gotCode, gotReason, code, reason)
	}
}

func TestChannelRelaysLiveAndAgain(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	first, second := s.Watch(session), s.Watch(session)
	for i, service := range []string{"SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO"} {
		s.Publish(token, session, `{"service":"`+service+`"}`)
		for name, channel := range map[string]*webtest.Channel{"first": first, "second": second} {
			want := webtest.Frame{Service: service, SessionID: session.ID, Seq: uint64(i + 1)}
			if got := channel.Next(); got != want {
				t.Errorf("the %s page sees %+v, want %+v", name, got, want)
			}
		}
	}
	late := s.Watch(session)
	for _, service := range []string{"SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO"} {
		if got := late.Next(); got.Service != service {
			t.Errorf("the late page sees %s, want %s", got.Service, service)
		}
	}
	late.Say("anything") // ignored
	s.Do("DELETE", "/api/v1/session/"+session.Text, "")
	for _, channel := range []*webtest.Channel{first, second, late} {
		wantClosed(t, channel, 4504, "SESSION_EXPIRED_OR_NOT_FOUND")
	}
}

func TestChannelOfAFailedSession(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	early := s.Watch(session)
	s.Publish(token, session, `{"service":"SCAN"}`)
	s.Publish(token, session, `{"status":"cancelled","reason":"USER_CANCEL"}`)
	for name, channel := range map[string]*webtest.Channel{"early": early, "late": s.Watch(session)} {
		if got := channel.Next(); got.Service != "SCAN" {
			t.Errorf("the %s page sees %s first", name, got.Service)
		}
		wantClosed(t, channel, 4509, "SESSION_ENDED")
	}
}

func TestFirstFrameOnTheWire(t *testing.T) {
	s := webtest.Start(t)
	session := s.Create(s.Token("bank"), "x")
	for name, test := range map[string]struct {
		kind   int
		frame  string
		code   int
		reason string
	}{
		"empty":               {websocket.TextMessage, "", 4500, "INVALID_INPUT"},
		"binary":              {websocket.BinaryMessage, session.Text, 4500, "INVALID_INPUT"},
		"malformed":           {websocket.TextMessage, "hello", 4500, "INVALID_INPUT"},
		"not UTF-8":           {websocket.TextMessage, strings.Repeat("\xff", 32), 4500, "INVALID_INPUT"},
		"an object cut short": {websocket.TextMessage, `{"qrCodeText":"` + session.Text, 4500, "INVALID_INPUT"},
		"with a scheme word":  {websocket.TextMessage, "Bearer " + session.Text, 4500, "INVALID_INPUT"},
		"as long as may be":   {websocket.TextMessage, strings.Repeat("a", 4096), 4500, "INVALID_INPUT"},
		"unknown":             {websocket.TextMessage, handoff.NewTicket().Reveal(), 4504, "SESSION_EXPIRED_OR_NOT_FOUND"},
		"too long":            {websocket.TextMessage, strings.Repeat("a", 4097), 1009, ""},
		"much too long":       {websocket.TextMessage, strings.Repeat("a", 1<<20), 1009, ""},
	} {
		t.Run(name, func(t *testing.T) {
			channel := s.Dial()
			// A long frame may be refused while it is still being written.
			if err := channel.WriteMessage(test.kind, []byte(test.frame)); err != nil && len(test.frame) <= 4097 {
				t.Fatal(err)
			}
			wantClosed(t, channel, test.code, test.reason)
		})
	}
	t.Run("none", func(t *testing.T) {
		silent := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Channels.FirstFrame = 100 * time.Millisecond }))
		wantClosed(t, silent.Dial(), 4408, "NO_FIRST_FRAME")
	})
	t.Run("in pieces", func(t *testing.T) {
		channel := s.Dial()
		w, err := channel.NextWriter(websocket.TextMessage)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{session.Text[:7], session.Text[7:]} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		s.Publish(s.Token("bank"), session, `{"service":"SCAN"}`)
		if got := channel.Next(); got.Service != "SCAN" {
			t.Errorf("saw %+v", got)
		}
	})
}

func TestChannelAnswersAPing(t *testing.T) {
	s := webtest.Start(t)
	channel := s.Watch(s.Create(s.Token("bank"), "x"))
	pong := make(chan string, 1)
	channel.SetPongHandler(func(payload string) error {
		pong <- payload
		return errors.New("seen")
	})
	if err := channel.WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	_ = channel.SetReadDeadline(time.Now().Add(time.Minute))
	_, _, _ = channel.ReadMessage()
	select {
	case payload := <-pong:
		if payload != "hello" {
			t.Errorf("the pong says %q", payload)
		}
	default:
		t.Error("no pong")
	}
}

func TestChannelIsPinged(t *testing.T) {
	t.Parallel() // it waits for pings, which are seconds apart so that a busy page has time to answer
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Channels.Ping = 3 * time.Second }))
	session := s.Create(s.Token("bank"), "x")
	channel := s.Watch(session)
	pings := 0
	channel.SetPingHandler(func(payload string) error {
		if pings++; pings == 2 { // the second comes to those who have answered the first
			return errors.New("seen enough")
		}
		return channel.WriteControl(websocket.PongMessage, []byte(payload), time.Now().Add(time.Second))
	})
	_ = channel.SetReadDeadline(time.Now().Add(time.Minute))
	_, _, err := channel.ReadMessage()
	if pings != 2 {
		t.Errorf("%d pings, then %v", pings, err)
	}
	t.Run("and looks for itself then", func(t *testing.T) {
		channel := s.Watch(session)
		s.Clock.Advance(31 * time.Minute) // nothing rings
		wantClosed(t, channel, 4504, "SESSION_EXPIRED_OR_NOT_FOUND")
	})
}

func TestAPageThatLeavesIsAnsweredAndForgotten(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Channels.PerAddress = 1 }))
	session := s.Create(s.Token("bank"), "x")
	channel := s.Watch(session)
	s.Publish(s.Token("bank"), session, `{"service":"SCAN"}`)
	channel.Next()
	wantClosed(t, s.Dial(), 4029, "TOO_MANY_REQUESTS")
	if err := channel.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "done"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	wantClosed(t, channel, 1000, "")
	again := eventually(t, func() *webtest.Channel {
		next := s.Watch(session)
		_ = next.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if _, _, err := next.ReadMessage(); websocket.IsCloseError(err, 4029) {
			return nil
		}
		return next
	})
	again.Close()
}

// A close frame is answered whatever its code, and what stands in it is the page's own.
func TestEveryCloseOfAPageIsAnswered(t *testing.T) {
	s := webtest.Start(t)
	session := s.Create(s.Token("bank"), "x")
	for _, code := range []int{1000, 1001, 1011, 3001, 4000} {
		channel := s.Watch(session)
		if err := channel.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, session.Text), time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		wantClosed(t, channel, 1000, "")
	}
	if strings.Contains(s.Log.String(), session.Text) {
		t.Error("the log repeats what a page gave as its reason")
	}
}

// eventually repeats f until it returns something.
func eventually[T any](t *testing.T, f func() *T) *T {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if got := f(); got != nil {
			return got
		}
	}
	t.Fatal("it never came")
	return nil
}

func TestTheThirtyThirdChannelOfASessionIsRefused(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	s.Publish(token, session, `{"service":"SCAN"}`)
	for i := range 32 {
		if got := s.Watch(session).Next(); got.Service != "SCAN" {
			t.Fatalf("channel %d sees %+v", i, got)
		}
	}
	wantClosed(t, s.Watch(session), 4029, "TOO_MANY_REQUESTS")
}

func TestAFloodOfFramesEndsTheChannel(t *testing.T) {
	s := webtest.Start(t)
	session := s.Create(s.Token("bank"), "x")
	channel := s.Watch(session)
	for range 150 {
		if channel.WriteMessage(websocket.TextMessage, []byte("hello")) != nil {
			break
		}
	}
	wantClosed(t, channel, 4029, "TOO_MANY_REQUESTS")
}

func TestUpgradeRefuses(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Origins = []string{"https://shop.example", "HTTPS://Other.example:443"} }))
	session := s.Create(s.Token("bank"), "x")
	webtest.Scenario{Name: "a plain GET", Method: "GET", Path: "/ws/v1/session", Status: 426, Code: "UPGRADE_REQUIRED", WantHeaders: map[string]string{"Upgrade": "websocket"}}.Run(t, s)
	webtest.Scenario{Name: "half an upgrade", Method: "GET", Path: "/ws/v1/session", Headers: []string{"Connection", "Upgrade", "Upgrade", "websocket"}, Status: 426, Code: "UPGRADE_REQUIRED",
		WantHeaders: map[string]string{"Sec-WebSocket-Version": "13", "X-Content-Type-Options": "nosniff"}}.Run(t, s)

	for origin, code := range map[string]int{
		"":                          200, // a native client
		"https://shop.example":      200,
		"https://other.example":     200,
		s.URL:                       200, // the server's own pages
		"https://evil.example":      4503,
		"http://shop.example":       4503,
		"https://shop.example.evil": 4503,
		"null":                      403,
		"https://shop.example/":     403,
	} {
		t.Run("origin "+origin, func(t *testing.T) {
			var headers []string
			if origin != "" {
				headers = []string{"Origin", origin}
			}
			channel, answer, err := s.TryDial(headers...)
			if code == 403 {
				if err == nil || answer.Status != 403 || !strings.Contains(answer.Body, `"FORBIDDEN"`) {
					t.Errorf("answers %d %s", answer.Status, answer.Body)
				}
				return
			}
			if err != nil {
				t.Fatalf("refused: %v %+v", err, answer)
			}
			if code == 4503 {
				channel.Say(session.Text)
				wantClosed(t, channel, 4503, "FORBIDDEN")
				return
			}
			channel.Say(`{"qrCodeText":"` + session.Text + `"}`)
			if got := channel.NextTold(); got.Type != "snapshot" {
				t.Errorf("it begins with %v", got)
			}
		})
	}
}

func TestShutdownClosesChannels(t *testing.T) {
	s := webtest.Start(t)
	session := s.Create(s.Token("bank"), "x")
	live, waiting := s.Watch(session), s.Dial()
	s.Publish(s.Token("bank"), session, `{"service":"SCAN"}`)
	live.Next()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Web.Shutdown(ctx) }()
	wantClosed(t, live, 4000, "UNAVAILABLE")
	wantClosed(t, waiting, 4000, "UNAVAILABLE")
	if err := <-done; err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if conn, err := net.DialTimeout("tcp", strings.TrimPrefix(s.URL, "http://"), time.Second); err == nil {
		conn.Close()
		t.Error("it still accepts")
	}
}

// A client that keeps its connection is told not to, so that its next request finds another server and not a reset.
func TestShutdownEndsKeptConnections(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	session := s.Create(token, "x")
	page := s.Watch(session)
	s.Publish(token, session, `{"service":"SCAN"}`)
	page.Next() // from here on it reads nothing, so that its close takes its time
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	ready := func() *http.Response {
		response, err := client.Get(s.URL + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		return response
	}
	if response := ready(); response.StatusCode != 200 || response.Close {
		t.Fatalf("before: %d, close %v", response.StatusCode, response.Close)
	}
	done := make(chan error, 1)
	go func() { done <- s.Web.Shutdown(t.Context()) }()
	// Every answer either keeps the connection, and the next request goes through it, or ends it: then it is over, since
	// nothing listens any more.
	eventually(t, func() *http.Response {
		if response := ready(); response.Close {
			return response
		}
		return nil
	})
	page.Close()
	if err := <-done; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

func TestASlowPageDelaysNobody(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Channels = relay.Config{Ping: time.Second} }))
	token := s.Token("bank")
	session := s.Create(token, "x")
	s.Watch(session) // and never reads
	quick := s.Watch(session)
	for range 50 {
		s.Publish(token, session, `{"service":"SCAN"}`)
		quick.Next()
	}
}
