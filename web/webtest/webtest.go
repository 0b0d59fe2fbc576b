// Package webtest starts a whole server for tests: a real listener on 127.0.0.1, a real database file, real tokens, and
// a clock that the test moves.
package webtest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"baton/internal/auth"
	"baton/internal/handoff"
	"baton/internal/relay"
	"baton/sqlite"
	"baton/web"
)

// Issuer and Audience are in every token that Token mints.
const (
	Issuer   = "https://issuer.test"
	Audience = "baton-test"
	keyID    = "test"
)

// signingKey is made once: RSA keys take time, and tests of one process may share one.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("webtest: no RSA key: " + err.Error())
	}
	return key
})

// Server is a running server with everything behind it.
type Server struct {
	URL     string // http://127.0.0.1:port, without a slash at the end; also the public URL
	Store   *sqlite.DB
	Handoff *handoff.Service
	Web     *web.Server
	Clock   *Clock
	Log     *Log
	Dir     string // where the database's files lie, and nothing else

	tb     testing.TB
	client *http.Client
}

// Option changes the parts of a server before it starts. URL, Store, Handoff, Clock and Log are set by then.
type Option func(*Server, *web.Deps)

// With changes what the server is given.
func With(change func(*web.Deps)) Option {
	return func(_ *Server, deps *web.Deps) { change(deps) }
}

// Start starts a server that lives as long as the test. Its limits are the usual ones, but for a benchmark, which reaches none.
func Start(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	s := &Server{tb: tb, Clock: NewClock(), Log: &Log{}}
	s.client = &http.Client{
		Transport:     &http.Transport{},
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	log := slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))

	s.Dir = tb.TempDir()
	db, err := sqlite.Open(context.Background(), filepath.Join(s.Dir, "baton.db"), log)
	if err != nil {
		tb.Fatal(err)
	}
	bell := relay.NewBell()
	s.Store, s.Handoff = db, handoff.NewService(db, bell, s.Clock.Now, log)
	verifier, err := auth.New(auth.Config{
		Issuer: Issuer, Audience: Audience, Keys: map[string]crypto.PublicKey{keyID: signingKey().Public()}, Now: s.Clock.Now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s.URL = "http://" + listener.Addr().String()
	public, err := url.Parse(s.URL)
	if err != nil {
		tb.Fatal(err)
	}
	deps := web.Deps{
		Handoff: s.Handoff, Auth: verifier, PublicURL: public, Ready: db.Ready, Log: log, Now: s.Clock.Now, Docs: true,
	}
	if _, measures := tb.(*testing.B); measures {
		deps.Limits = ample()
	} else {
		deps.Witness = func(e web.Exchange) {
			if err := Conforms(e); err != nil {
				tb.Error(err)
			}
		}
	}
	for _, option := range options {
		option(s, &deps)
	}
	if s.Web, err = web.New(deps); err != nil {
		tb.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Web.Serve(listener) }()
	tb.Cleanup(func() {
		s.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Web.Shutdown(ctx); err != nil {
			tb.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			tb.Errorf("serve: %v", err)
		}
		if err := db.Close(); err != nil {
			tb.Errorf("close the store: %v", err)
		}
	})
	return s
}

// ample is limits that cost what others cost, and refuse nobody.
func ample() web.Limits {
	rate := web.Rate{PerSecond: 1e9, Burst: 1e9}
	all := web.Limit{Address: rate, Tenant: rate, Session: rate}
	return web.Limits{Create: all, Backend: all, Phone: all, Events: all, Watch: all, Picture: all, Forms: all, Guesses: rate, Sessions: 1e9}
}

// Token mints an access token for a backend, valid for an hour by the server's clock.
func (s *Server) Token(client string) string {
	s.tb.Helper()
	return s.TokenWith(map[string]any{"client_id": client})
}

// TokenWith mints a token with these claims over the usual ones.
func (s *Server) TokenWith(claims map[string]any) string {
	s.tb.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: signingKey(), KeyID: keyID}}, nil)
	if err != nil {
		s.tb.Fatal(err)
	}
	now := s.Clock.Now()
	all := map[string]any{"iss": Issuer, "aud": Audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for name, value := range claims {
		all[name] = value
	}
	token, err := jwt.Signed(signer).Claims(all).Serialize()
	if err != nil {
		s.tb.Fatal(err)
	}
	return token
}

// Answer is an HTTP answer that has been read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// JSON decodes the answer's body.
func (a Answer) JSON(tb testing.TB, into any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(a.Body), into); err != nil {
		tb.Fatalf("the answer %d %q is no JSON: %v", a.Status, a.Body, err)
	}
}

// Do sends a request; redirects are not followed. Headers come in pairs of name and value; "Host" sets the host.
func (s *Server) Do(method, path, body string, headers ...string) Answer {
	s.tb.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, content)
	if err != nil {
		s.tb.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.tb.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		s.tb.Fatalf("%s %s: %v", method, path, err)
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: string(read)}
}

// Session is what a creation answered.
type Session struct {
	ID   string `json:"sessionId"`
	Text string `json:"qrCodeText"`
	Link string `json:"qrCodeTextWithDynamicLink"`
}

// Create makes a session over the API.
func (s *Server) Create(token, data string) Session {
	s.tb.Helper()
	body, err := json.Marshal(map[string]string{"data": data})
	if err != nil {
		s.tb.Fatal(err)
	}
	answer := s.Do("POST", "/api/v1/session", string(body), "Authorization", "Bearer "+token, "Content-Type", "application/json")
	if answer.Status != http.StatusOK {
		s.tb.Fatalf("create: %d %s", answer.Status, answer.Body)
	}
	var session Session
	answer.JSON(s.tb, &session)
	return session
}

// Publish posts an event of a session as its backend and wants it taken.
func (s *Server) Publish(token string, session Session, body string) {
	s.tb.Helper()
	answer := s.Do("POST", "/api/v1/session/"+session.ID+"/events", body, "Authorization", "Bearer "+token, "Content-Type", "application/json")
	if answer.Status != http.StatusOK {
		s.tb.Fatalf("publish %s: %d %s", body, answer.Status, answer.Body)
	}
}

// Channel is a page's end of a channel.
type Channel struct {
	*websocket.Conn
	tb testing.TB
}

// Dial opens a channel and sends nothing. Headers come in pairs.
func (s *Server) Dial(headers ...string) *Channel {
	s.tb.Helper()
	channel, response, err := s.TryDial(headers...)
	if err != nil {
		s.tb.Fatalf("dial: %v (%v)", err, response)
	}
	return channel
}

// TryDial is Dial for a refusal: the answer is then read into the second value.
func (s *Server) TryDial(headers ...string) (*Channel, Answer, error) {
	s.tb.Helper()
	header := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		header.Add(headers[i], headers[i+1])
	}
	dialer := websocket.Dialer{HandshakeTimeout: patience, ReadBufferSize: 512, WriteBufferSize: 512}
	conn, response, err := dialer.Dial("ws"+strings.TrimPrefix(s.URL, "http")+"/ws/v1/session", header)
	if err != nil {
		var answer Answer
		if response != nil {
			body, _ := io.ReadAll(response.Body) // the dialer has kept the first kilobyte
			answer = Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
		}
		return nil, answer, err
	}
	s.tb.Cleanup(func() { conn.Close() })
	return &Channel{Conn: conn, tb: s.tb}, Answer{Status: response.StatusCode, Header: response.Header}, nil
}

// Watch opens a channel and authenticates it as a page does.
func (s *Server) Watch(session Session) *Channel {
	s.tb.Helper()
	channel := s.Dial()
	channel.Say(session.Text)
	return channel
}

// Say sends a text frame.
func (c *Channel) Say(text string) {
	c.tb.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.tb.Fatalf("send: %v", err)
	}
}

// Frame is what a page of the seed's contract reads.
type Frame struct {
	Service   string `json:"service"`
	SessionID string `json:"sessionId"`
	Seq       uint64 `json:"seq"`
}

const patience = time.Minute

// Next returns the next frame.
func (c *Channel) Next() Frame {
	c.tb.Helper()
	c.await()
	kind, data, err := c.ReadMessage()
	if err != nil {
		c.tb.Fatalf("receive: %v", err)
	}
	wantFrame(c.tb, data)
	var frame Frame
	if err := json.Unmarshal(data, &frame); err != nil || kind != websocket.TextMessage {
		c.tb.Fatalf("frame %q of kind %d is no JSON text: %v", data, kind, err)
	}
	return frame
}

// Closed reads until the channel is closed and returns the close frame's code and reason; 1006 without one.
func (c *Channel) Closed() (code int, reason string) {
	c.tb.Helper()
	c.await()
	for {
		_, _, err := c.ReadMessage()
		if closed, ok := err.(*websocket.CloseError); ok {
			return closed.Code, closed.Text
		}
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			c.tb.Fatal("the channel is still open")
		}
		if err != nil {
			return websocket.CloseAbnormalClosure, err.Error()
		}
	}
}

func (c *Channel) await() {
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.tb.Fatal(err)
	}
}

// Clock is a clock that goes as the system's until it is moved. Safe for concurrent use.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
	stop  time.Time // not zero: it stands still
}

// NewClock returns a clock that is right.
func NewClock() *Clock { return &Clock{} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stop.IsZero() {
		return c.stop
	}
	return time.Now().Add(c.ahead)
}

// Stop lets the clock stand still at t, so that a test can name a moment exactly.
func (c *Clock) Stop(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop = t
}

// Advance moves the clock on, standing or going.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stop.IsZero() {
		c.stop = c.stop.Add(d)
		return
	}
	c.ahead += d
}

// Log keeps what the server logged. Safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
