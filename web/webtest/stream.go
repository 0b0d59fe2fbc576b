package webtest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fasthttp/websocket"
)

// Told is a frame of layer 2, whatever carried it.
type Told struct {
	Type      string   `json:"type"`
	SessionID string   `json:"sessionId"`
	Seq       uint64   `json:"seq"`
	Service   string   `json:"service"`
	Status    string   `json:"status"`
	Notice    string   `json:"notice"`
	Number    string   `json:"number"`
	Reason    string   `json:"reason"`
	Services  []string `json:"services"`
	Steps     []string `json:"steps"`
	ExpiresAt string   `json:"expiresAt"`
	At        string   `json:"at"`
}

// String is the frame in a few words, for comparing.
func (f Told) String() string {
	return fmt.Sprintf("%s %d %s", f.Type, f.Seq, f.Notice+f.Service+f.Status+f.Reason)
}

// WatchAfter opens a channel of layer 2 for a page that has the events up to after.
func (s *Server) WatchAfter(session Session, after uint64) *Channel {
	s.tb.Helper()
	channel := s.Dial()
	channel.Say(fmt.Sprintf(`{"qrCodeText":%q,"after":%d}`, session.Text, after))
	return channel
}

// NextTold returns the next frame of layer 2.
func (c *Channel) NextTold() Told {
	c.tb.Helper()
	c.await()
	kind, data, err := c.ReadMessage()
	if err != nil || kind != websocket.TextMessage {
		c.tb.Fatalf("receive: kind %d, %v", kind, err)
	}
	return told(c.tb, data)
}

func told(tb testing.TB, data []byte) Told {
	tb.Helper()
	wantFrame(tb, data)
	var frame Told
	if err := json.Unmarshal(data, &frame); err != nil {
		tb.Fatalf("frame %q is no JSON: %v", data, err)
	}
	return frame
}

// Stream is a page's end of an event stream.
type Stream struct {
	Header http.Header

	tb    testing.TB
	body  io.ReadCloser
	lines *bufio.Reader
	end   context.CancelFunc
}

// Stream opens an event stream for a page that has the events up to lastID; "" sends no such header. It ends with the
// test, or by Leave.
func (s *Server) Stream(session Session, lastID string) *Stream {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	s.tb.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/v1/session/events", nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	request.Header.Set("Authorization", session.Text)
	request.Header.Set("Accept", "text/event-stream")
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.tb.Fatalf("open a stream: %v", err)
	}
	s.tb.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(response.Body)
		s.tb.Fatalf("open a stream: %d %s", response.StatusCode, body)
	}
	return &Stream{Header: response.Header, tb: s.tb, body: response.Body, lines: bufio.NewReader(response.Body), end: cancel}
}

// Next returns the next event and its id. ok is false at the end of the stream.
func (s *Stream) Next() (frame Told, id string, ok bool) {
	s.tb.Helper()
	var data string
	for {
		line, err := s.lines.ReadString('\n')
		if err == io.EOF && line == "" && data == "" {
			return Told{}, "", false
		}
		if err != nil {
			s.tb.Fatalf("read the stream: %v after %q", err, line)
		}
		line = strings.TrimSuffix(line, "\n")
		switch field, value, _ := strings.Cut(line, ": "); {
		case line == "" && data != "":
			return told(s.tb, []byte(data)), id, true
		case field == "id":
			id = value
		case field == "data":
			data += value
		case line != "" && !strings.HasPrefix(line, ":"):
			s.tb.Fatalf("the stream holds the line %q", line)
		}
	}
}

// Leave breaks the stream off, as a page does that is closed.
func (s *Stream) Leave() { s.end() }

// Polled is the answer to a poll.
type Polled struct {
	Status   string `json:"status"`
	Seq      uint64 `json:"seq"`
	Snapshot Told   `json:"snapshot"`
	Events   []Told `json:"events"`
}

// Poll asks what follows after and waits for as many seconds.
func (s *Server) Poll(session Session, after uint64, wait int) Polled {
	s.tb.Helper()
	answer := s.Do("GET", fmt.Sprintf("/api/v1/session/events?after=%d&wait=%d", after, wait), "", "Authorization", session.Text)
	if answer.Status != http.StatusOK {
		s.tb.Fatalf("poll: %d %s", answer.Status, answer.Body)
	}
	var raw struct {
		Snapshot json.RawMessage
		Events   []json.RawMessage
	}
	answer.JSON(s.tb, &raw)
	for _, frame := range append(raw.Events, raw.Snapshot) {
		wantFrame(s.tb, frame)
	}
	var polled Polled
	answer.JSON(s.tb, &polled)
	return polled
}
