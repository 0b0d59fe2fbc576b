package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"time"

	fasthttpws "github.com/fasthttp/websocket"
	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
	"baton/internal/relay"
)

const (
	frameLimit   = 4096 // bytes of a frame from a page; a ticket has 32
	channelSpace = 512  // bytes of each buffer of a channel; most frames have under 200
	writeTimeout = 10 * time.Second
	// drainLimit is how much unread input is dropped to let a close frame arrive.
	drainLimit = 1 << 20
)

const channelLocal = "channel"

// channelOpening is all that a channel keeps of its request.
type channelOpening struct {
	request string
	visitor relay.Visitor
	meter   meter // of a WebSocket, whose secret comes later
	tap     *tap  // for the timeline; nil: there is none
	started time.Time
}

// upgrade turns a page's GET into a channel.
func (s *Server) upgrade() fiber.Handler {
	accept := websocket.New(s.serveChannel, websocket.Config{
		Origins:         []string{"*"}, // crossOrigin and admission decide; this check would answer 426 and refuse native clients
		ReadBufferSize:  channelSpace,
		WriteBufferSize: channelSpace,
		RecoverHandler:  s.recoverChannel,
	})
	return func(c *fiber.Ctx) error {
		if !websocket.IsWebSocketUpgrade(c) {
			return fiber.ErrUpgradeRequired
		}
		if s.channels.Closing() {
			return unavailable("The server is shutting down. Connect again in a few seconds.", nil)
		}
		seen, _ := exchangeOf(c)
		if err := s.take(seen.meter, s.limits.watch.address, seen.meter.key, handoff.Occurrence{}); err != nil {
			return err
		}
		opening := s.openingOf(c)
		opening.visitor = s.visitorOf(c)
		opening.meter = seen.meter
		opening.tap = s.tapChannel(c, &opening.visitor)

		forgetRequest(c)
		c.Locals(channelLocal, opening)
		err := accept(c)
		if err != nil {
			s.setBaseHeaders(c) // the library has cleared the answer's headers
			setCrossOriginHeaders(c, seen)
		}
		c.Locals(exchangeKey{}, seen) // the log still needs it
		return err
	}
}

// forgetRequest leaves of a request only what the upgrade reads: the library copies every header, cookie and local into
// a connection that may live for half an hour.
func forgetRequest(c *fiber.Ctx) {
	headers := &c.Request().Header
	keep := map[string]string{}
	for _, name := range []string{"Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key"} {
		keep[name] = string(headers.Peek(name))
	}
	headers.Reset()
	headers.SetMethod(fiber.MethodGet)
	for name, value := range keep {
		headers.Set(name, value)
	}
	c.Context().ResetUserValues()
	c.Context().QueryArgs().Reset()
}

func (s *Server) openingOf(c *fiber.Ctx) *channelOpening {
	seen, _ := exchangeOf(c)
	return &channelOpening{request: seen.id, started: seen.started}
}

// addressKey is what one visitor counts as: an IPv4 address, or the /64 that an IPv6 host can choose from. A demo on
// one machine is one visitor with many windows.
func (s *Server) addressKey(client netip.Addr) string {
	if !client.IsValid() || (s.deps.Demo && client.IsLoopback()) {
		return ""
	}
	if client.Is6() {
		if prefix, err := client.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return client.String()
}

// serveChannel runs in the connection's own goroutine and is the last to touch it: when it returns, the library gives
// the connection to somebody else.
func (s *Server) serveChannel(c *websocket.Conn) {
	c.SetReadLimit(frameLimit)
	opening, _ := c.Locals(channelLocal).(*channelOpening)
	visitor := opening.visitor
	opening.visitor = relay.Visitor{} // what was needed to let the page in is not kept with it
	outcome := s.channels.Serve(opening.tap.on(newPageConn(c)), visitor)
	if outcome.Session == "" && outcome.Code == relay.CloseNotFound {
		_ = s.failed(opening.meter, s.limits.secrets, handoff.NotFound()) // the page has its answer
	}
	s.logChannel("websocket", opening, outcome)
}

func (s *Server) logChannel(kind string, opening *channelOpening, outcome relay.Outcome) {
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("kind", kind),
		slog.String("request", opening.request),
		slog.String("session", string(outcome.Session)),
		slog.Int("code", outcome.Code),
		slog.Int("frames", outcome.Frames),
		slog.Duration("took", time.Since(opening.started)),
	}
	if outcome.Err != nil {
		attributes = append(attributes, slog.Any("error", outcome.Err))
		if outcome.Code != 0 {
			level = slog.LevelError // ours; a page that merely vanished has no code
		}
	}
	s.log.LogAttrs(context.Background(), level, "channel closed", attributes...)
}

// recoverChannel replaces the library's own, which would send the panic's text to the page.
func (s *Server) recoverChannel(c *websocket.Conn) {
	if p := recover(); p != nil {
		s.log.Error("a channel panicked outside of its life", "panic", p)
		_ = c.WriteControl(websocket.CloseMessage,
			websocket.FormatCloseMessage(relay.CloseUnexpected, string(handoff.CodeUnexpected)), time.Now().Add(writeTimeout))
	}
}

// pageConn is the relay's view of a WebSocket. It lives no longer than serveChannel.
type pageConn struct {
	ws      *websocket.Conn
	control func(relay.Control, []byte)
	first   bool
}

func newPageConn(ws *websocket.Conn) *pageConn {
	p := &pageConn{ws: ws, first: true}
	// Control frames are answered by the channel, which alone writes.
	ws.SetPingHandler(func(payload string) error {
		p.control(relay.ControlPing, []byte(payload))
		return nil
	})
	ws.SetPongHandler(func(string) error {
		p.control(relay.ControlPong, nil)
		return nil
	})
	ws.SetCloseHandler(func(int, string) error { return nil })
	return p
}

func (p *pageConn) Receive(control func(relay.Control, []byte)) (bool, []byte, error) {
	p.control = control
	kind, frame, err := p.ws.NextReader()
	if err != nil {
		return false, nil, receiveError(err)
	}
	if !p.first {
		return kind == websocket.TextMessage, nil, nil // the next NextReader skips what is left of it
	}
	p.first = false
	data, err := io.ReadAll(frame)
	if err != nil {
		return false, nil, receiveError(err)
	}
	return kind == websocket.TextMessage, data, nil
}

func receiveError(err error) error {
	if errors.Is(err, fasthttpws.ErrReadLimit) { // the wrapper's variable of this name is another one
		return relay.ErrTooLong
	}
	// Whatever code the page gave, its close frame is owed an answer, and its reason is its own text: nothing for the log.
	if closed, ok := errors.AsType[*fasthttpws.CloseError](err); ok && closed.Code != fasthttpws.CloseAbnormalClosure {
		return relay.ErrPeerClosed
	}
	return err
}

func (p *pageConn) Send(_ uint64, frame []byte) error {
	if err := p.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return p.ws.WriteMessage(websocket.TextMessage, frame)
}

func (p *pageConn) Ping() error { return p.writeControl(websocket.PingMessage, nil) }

func (p *pageConn) Pong(payload []byte) error { return p.writeControl(websocket.PongMessage, payload) }

func (p *pageConn) Close(code int, reason string) error {
	return p.writeControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason))
}

func (p *pageConn) writeControl(kind int, payload []byte) error {
	return p.ws.WriteControl(kind, payload, time.Now().Add(writeTimeout))
}

func (p *pageConn) Interrupt() { _ = p.ws.SetReadDeadline(time.Unix(1, 0)) }

func (p *pageConn) Drain(d time.Duration) {
	drain(p.ws.NetConn(), d)
}
