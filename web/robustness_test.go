package web_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"baton/internal/handoff"
	"baton/web"
	"baton/web/webtest"
)

// raw sends bytes on a connection of its own and returns all that comes back.
func raw(t *testing.T, s *webtest.Server, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(conn) // a reset after the answer is fine
	return string(answer)
}

// What an attacker reads from errors: file names, SQL, Go's own texts, another's secrets.
func TestNoAnswerLeaks(t *testing.T) {
	var answers []string
	stand := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("sql: /srv/secret.go:12 goroutine 7") })
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Sandbox = stand }))
	token := s.Token("bank")
	session := s.Create(token, "their data")
	bearer := []string{"Authorization", "Bearer " + token}
	withType := append(bearer[:2:2], "Content-Type", jsonType)

	for _, call := range []struct {
		method, path, body string
		headers            []string
	}{
		{"POST", "/api/v1/session", "", nil},
		{"POST", "/api/v1/session", `{"data":`, withType},
		{"POST", "/api/v1/session", `{"data":{}}`, withType},
		{"POST", "/api/v1/session", "{\"data\":\"\xff\"}", withType},
		{"POST", "/api/v1/session", `{"data":""}`, bearer},
		{"POST", "/api/v1/session", `{"data":"` + strings.Repeat("a", 200<<10) + `"}`, withType},
		{"POST", "/api/v1/session", `{"data":""}`, []string{"Authorization", "Bearer a.b.c"}},
		{"POST", "/api/v1/session", `{"data":""}`, []string{"Authorization", "Bearer " + strings.Repeat("a", 20<<10)}},
		{"GET", "/api/v1/session", "", bearer},
		{"GET", "/api/v1/session", "", []string{"Authorization", "' OR 1=1 --"}},
		{"GET", "/api/v1/session/' OR 1=1 --", "", nil},
		{"GET", "/api/v1/session/%00", "", nil},
		{"GET", "/api/v1/session/" + strings.Repeat("A", 8000), "", nil},
		{"GET", "/api/v1/session/" + session.ID, "", nil},
		{"HEAD", "/api/v1/session/" + session.Text, "", nil},
		{"DELETE", "/api/v1/session/" + session.Text + "x", "", nil},
		{"PATCH", "/api/v1/session/" + session.Text, "", nil},
		{"POST", "/api/v1/session/" + session.ID + "/events", `{"service":"x"}`, withType},
		{"POST", "/api/v1/session/" + session.Text + "/events", `{"service":"SCAN"}`, withType},
		{"POST", "/api/v1/session/events", `{"service":"SCAN"}`, []string{"Authorization", session.Text, "Content-Type", jsonType}},
		{"GET", "/ws/v1/session", "", nil},
		{"GET", "/ws/v1/session?t=" + session.Text, "", []string{"Origin", "https://evil.example"}},
		{"GET", "/static/../../etc/passwd", "", nil},
		{"GET", "/" + session.Text, "", []string{"Accept", "text/html"}},
		{"GET", "/sandbox/x", "", nil},
		{"GET", "/sandbox/x", "", []string{"Accept", "text/html"}},
		{"BREW", "/", "", nil},
	} {
		request, err := http.NewRequestWithContext(t.Context(), call.method, s.URL, strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		request.URL.Path, request.URL.RawQuery, _ = strings.Cut(call.path, "?")
		for i := 0; i+1 < len(call.headers); i += 2 {
			request.Header.Set(call.headers[i], call.headers[i+1])
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatalf("%s %.60s: %v", call.method, call.path, err)
		}
		var all bytes.Buffer
		if err := response.Write(&all); err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode < 400 {
			t.Errorf("%s %.60s answers %d", call.method, call.path, response.StatusCode)
		}
		answers = append(answers, all.String())
	}
	for _, request := range []string{
		"hello\r\n\r\n",
		"GET\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n",
		"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: nine\r\n\r\n",
		"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
		"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nBad Header: " + session.Text + "\r\n\r\n",
		"GET /" + strings.Repeat("a", 20<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		answer := raw(t, s, request)
		if answer == "" {
			t.Errorf("%.40q is not answered", request)
		}
		answers = append(answers, answer)
	}

	leaks := regexp.MustCompile(`(?i)sql|sqlite|\.go\b|goroutine|panic|runtime|json:|jsontext|fasthttp|fiber|jose|oidc|/srv|/tmp|/root|/home|/etc|\.db\b|unmarshal|invalid character|ContentLength|strconv`)
	drawn := regexp.MustCompile(`(?i)("requestId":"|X-Request-Id: )\w+`) // may spell anything, "SQL" for one
	for _, answer := range answers {
		answer = drawn.ReplaceAllString(answer, "")
		if found := leaks.FindString(answer); found != "" {
			t.Errorf("an answer holds %q:\n%s", found, answer)
		}
		for name, secret := range map[string]string{"a ticket": session.Text, "the bearer": token, "the data": "their data"} {
			if strings.Contains(answer, secret) {
				t.Errorf("an answer holds %s:\n%s", name, answer)
			}
		}
	}
}

// Logs are read by people and machines that may not open sessions.
func TestNoSecretStandsInTheLog(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	data := "their-data-in-the-session"
	session, phones := s.Create(token, data), "phones-own-token"
	named := s.Do("POST", "/api/v1/session", `{"data":"x","token":"`+phones+`"}`, "Authorization", "Bearer "+token, "Content-Type", jsonType)
	var second webtest.Session
	named.JSON(t, &second)

	channel := s.Watch(session)
	for _, path := range []string{"/api/v1/session/" + session.Text, "/api/v1/session/" + second.Text, "/" + session.Text, "/nothing?q=" + session.Text,
		"/ws/v1/session?t=" + session.Text, "/go?t=" + session.Text, "/static/" + session.Text} {
		s.Do("GET", path, "", "Referer", s.URL+"/go#"+session.Text, "User-Agent", session.Text, "Cookie", "t="+session.Text, "X-Request-ID", session.Text)
	}
	s.Do("GET", "/api/v1/session", "", "Authorization", session.Text)
	s.Do("GET", "/api/v1/session", "", "Authorization", "Bearer "+session.Text)
	s.Do(session.Text, "/api/v1/session", "")
	s.Do("POST", "/api/v1/session/events", `{"service":"`+session.Text+`"}`, "Authorization", session.Text, "Content-Type", jsonType)
	s.Do("POST", "/api/v1/session/"+session.Text+"/events", `{"service":"SCAN"}`, "Authorization", "Bearer "+token, "Content-Type", jsonType)
	s.Do("POST", "/api/v1/session/events", `{"service":"INFO","key":"`+phones+`"}`, "Authorization", session.Text, "Content-Type", jsonType)
	channel.Next()
	wrong := s.Dial()
	wrong.Say("x" + session.Text)
	wantClosed(t, wrong, 4500, "INVALID_INPUT")
	raw(t, s, "GET /"+session.Text+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nBad Header: "+session.Text+"\r\n\r\n")
	s.Do("DELETE", "/api/v1/session/"+session.Text, "")
	wantClosed(t, channel, 4504, "SESSION_EXPIRED_OR_NOT_FOUND")

	log := eventually(t, func() *string {
		if text := s.Log.String(); strings.Count(text, "channel closed") == 2 {
			return &text
		}
		return nil
	})
	for name, secret := range map[string]string{
		"a ticket": session.Text, "another ticket": second.Text, "the bearer": token, "its signature": token[strings.LastIndex(token, ".")+1:],
		"the phone's token": phones, "the data": data,
	} {
		if strings.Contains(*log, secret) {
			t.Errorf("%s stands in the log:\n%s", name, *log)
		}
	}
	for _, part := range []string{`"route":"/api/v1/session/:ticket"`, `"route":"/ws/v1/session"`, `"status":404`, `"code":4504`, session.ID} {
		if !strings.Contains(*log, part) {
			t.Errorf("the log lacks %s", part)
		}
	}
}

// The WebSocket library gives a connection's object to the next page once its handler returns, and Fiber's strings die
// with their request. Neither may bring one page what is another's.
func TestNoPageReceivesWhatIsAnothers(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	var pages sync.WaitGroup
	for worker := range 8 {
		pages.Go(func() {
			for round := range 12 {
				data := fmt.Sprintf("data of %d in round %d", worker, round)
				session := s.Create(token, data)
				channel := s.Watch(session)
				s.Publish(token, session, `{"service":"SCAN"}`)
				if round%3 == 0 {
					channel.Close() // and what follows is published into the void
				} else if got := channel.Next(); got.SessionID != session.ID {
					t.Errorf("the page of %s receives %+v", session.ID, got)
				}
				s.Publish(token, session, `{"service":"READ"}`)
				var claimed struct{ SessionID, Data string }
				s.Do("GET", "/api/v1/session", "", "Authorization", session.Text).JSON(t, &claimed)
				if claimed.SessionID != session.ID || claimed.Data != data {
					t.Errorf("the claim of %s answers %+v", session.ID, claimed)
				}
				if round%3 != 0 {
					if got := channel.Next(); got.SessionID != session.ID || got.Service != "READ" {
						t.Errorf("the page of %s receives %+v", session.ID, got)
					}
					channel.Close()
				}
			}
		})
	}
	pages.Wait()
}

// A frame larger than memory, announced but never sent whole, is refused by its header.
func TestAHugeFrameIsRefusedByItsHeader(t *testing.T) {
	s := webtest.Start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET /ws/v1/session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(make([]byte, 16)))
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v %v", response, err)
	}
	response.Body.Close()
	// A masked text frame of 1<<40 bytes.
	if _, err := conn.Write([]byte{0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, 4)
	if _, err := io.ReadFull(reader, frame); err != nil || frame[0] != 0x88 || int(frame[2])<<8|int(frame[3]) != websocket.CloseMessageTooBig {
		t.Errorf("answers % x (%v), want a close frame with 1009", frame, err)
	}
}

// A body that is cut by the server must not cost the client its answer.
func TestTooLongABodyIsAnsweredNotReset(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("bank")
	for range 20 {
		webtest.Scenario{Name: "1 MiB", Method: "POST", Path: "/api/v1/session", Body: `{"data":"` + strings.Repeat("a", 1<<20) + `"}`,
			Headers: []string{"Authorization", "Bearer " + token, "Content-Type", jsonType}, Status: 413, Code: "PAYLOAD_TOO_LARGE"}.Run(t, s)
	}
}

// Session ids are no secret, so whoever holds one must not learn that the session exists.
func TestASessionOfAnotherTenantLooksLikeNone(t *testing.T) {
	s := webtest.Start(t)
	session := s.Create(s.Token("bank"), "x")
	body := func(id string) string {
		answer := s.Do("POST", "/api/v1/session/"+id+"/events", `{"service":"SCAN"}`, "Authorization", "Bearer "+s.Token("thief"), "Content-Type", jsonType)
		return fmt.Sprint(answer.Status, regexp.MustCompile(`"requestId":"[^"]*"`).ReplaceAllString(answer.Body, ""))
	}
	if theirs, none := body(session.ID), body(string(handoff.NewSessionID())); theirs != none {
		t.Errorf("%s is answered for another's session, %s for none", theirs, none)
	}
}

// Phones lose their network in the middle of a request. That is no failure of ours, and nothing to wake anybody for.
func TestABrokenConnectionIsNoFailureOfOurs(t *testing.T) {
	for name, sent := range map[string]string{
		"within the header": "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Le",
		"within the body":   "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			s := webtest.Start(t)
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
			_ = conn.(*net.TCPConn).SetLinger(0) // the close becomes a reset
			conn.Close()
			logged := eventually(t, func() *string {
				if text := s.Log.String(); strings.Contains(text, `"status":`) {
					return &text
				}
				return nil
			})
			if strings.Contains(*logged, "ERROR") || !strings.Contains(*logged, `"route":"none","status":408`) {
				t.Errorf("logged as %s", *logged)
			}
		})
	}
}

// A slow sender holds no connection for ever.
func TestAHalfSentRequestIsGivenUp(t *testing.T) {
	if testing.Short() || os.Getenv("BATON_SLOW_TESTS") == "" {
		t.Skip("takes 15 s; set BATON_SLOW_TESTS=1")
	}
	s := webtest.Start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Le"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), "408") {
		t.Errorf("after 15 s: %q, %v", answer, err)
	}
}

// A network that cuts a request short is no client's mistake: the answer, where anybody still reads it, must not say that
// sending it again is of no use.
func TestARequestThatWasCutShortMayBeSentAgain(t *testing.T) {
	s := webtest.Start(t)
	for name, sent := range map[string]string{
		"in its first line":  "GET /api/v1/ses",
		"in its headers":     "GET /api/v1/session/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthoriz",
		"in its body":        "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"data\"",
		"in a chunk of body": "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{\"data\"",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, sent); err != nil {
				t.Fatal(err)
			}
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
			answer, err := io.ReadAll(conn)
			if err != nil {
				t.Fatal(err)
			}
			if status, _, _ := strings.Cut(string(answer), "\r\n"); status != "" && !strings.Contains(status, " 408 ") {
				t.Errorf("it is answered %q", status)
			}
		})
	}
}
