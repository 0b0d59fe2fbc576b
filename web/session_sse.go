package web

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"

	"baton/internal/audit"
	"baton/internal/handoff"
	"baton/internal/relay"
)

// maxWait is how long a poll may ask to wait, in seconds: less than the patience of the usual proxy.
const maxWait = 25

const eventStream = "text/event-stream"

// watchEvents is the channel for a page that has no WebSocket: server-sent events where the caller accepts them, else
// one answer to a long poll.
func (s *Server) watchEvents(c *fiber.Ctx) error {
	secret, err := pageHeader(c)
	if err != nil {
		return err
	}
	hello := relay.Hello{Ticket: secret.ticket, Page: secret.page}
	if accepts(c, eventStream) {
		if hello.After, err = number(header(c, "Last-Event-ID"), "Last-Event-ID"); err != nil {
			return err
		}
		return s.stream(c, hello)
	}
	if hello.After, err = number(query(c, "after"), "after"); err != nil {
		return err
	}
	wait, err := number(query(c, "wait"), "wait")
	if err != nil {
		return err
	}
	if wait > maxWait {
		return invalid("`wait` takes 0 to 25 seconds. Ask again after that.")
	}
	return s.poll(c, hello, time.Duration(wait)*time.Second)
}

// accepts reports whether the Accept header names a media type.
func accepts(c *fiber.Ctx, mediaType string) bool {
	for part := range strings.SplitSeq(header(c, fiber.HeaderAccept), ",") {
		name, _, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), mediaType) {
			return true
		}
	}
	return false
}

// number reads an event's number, or a wait; nothing is 0. name stands in the error, the value does not.
func number(text, name string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 53)
	if err != nil {
		return 0, invalid("`" + name + "` must be a whole number from 0 on.")
	}
	return n, nil
}

// poll answers with what follows, as soon as something does or the wait is over.
func (s *Server) poll(c *fiber.Ctx, hello relay.Hello, wait time.Duration) error {
	feed, err := s.channels.Watch(c.UserContext(), hello, s.visitorOf(c))
	if err != nil {
		return err
	}
	batch, err := feed.Poll(wait)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	body.WriteString(`{"status":`)
	status, _ := jsontext.AppendQuote(nil, string(batch.Status)) // our own word
	body.Write(status)
	body.WriteString(`,"seq":` + strconv.FormatUint(batch.Seq, 10) + `,"snapshot":`)
	body.Write(batch.Snapshot)
	body.WriteString(`,"events":[`)
	body.Write(bytes.Join(batch.Frames, []byte{','}))
	body.WriteString(`]}`)
	setUnkept(c)
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Status(fiber.StatusOK).Send(body.Bytes())
}

func setUnkept(c *fiber.Ctx) {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Accel-Buffering", "no") // nginx would keep a stream back until its buffer is full
}

// stream answers with an event stream. The connection is taken out of Fiber's hands, as a WebSocket's is: a stream writer
// of fasthttp could neither be bounded in time nor see its reader leave.
func (s *Server) stream(c *fiber.Ctx, hello relay.Hello) error {
	visitor := s.visitorOf(c)
	seen := s.tapStream(&visitor)
	feed, err := s.channels.Watch(c.UserContext(), hello, visitor)
	if err != nil {
		return err
	}
	opening := s.openingOf(c)
	takeOver(c, func(conn *eventConn) { s.logChannel("stream", opening, feed.Stream(seen.on(conn))) })
	return nil
}

// takeOver answers with an event stream and hands its connection to live, in a goroutine of its own. The connection is closed
// when live returns.
func takeOver(c *fiber.Ctx, live func(*eventConn)) {
	setUnkept(c)
	c.Set(fiber.HeaderContentType, eventStream+"; charset=utf-8")
	answer := &c.Response().Header
	answer.SetContentLength(-1) // chunked, so that a stream that was cut off can be told from one that has ended
	answer.SetConnectionClose()
	head, chunked := slices.Clone(answer.Header()), c.Request().Header.IsHTTP11()
	if !chunked { // some proxies speak HTTP/1.0 to what stands behind them
		head = bytes.Replace(head, []byte("Transfer-Encoding: chunked\r\n"), nil, 1)
	}

	c.Context().HijackSetNoResponse(true)
	c.Context().Hijack(func(conn net.Conn) {
		defer conn.Close()
		live(&eventConn{conn: conn, head: head, chunked: chunked})
	})
}

// eventConn is the relay's view of an event stream. It lives no longer than the hijacked connection.
type eventConn struct {
	conn    net.Conn
	head    []byte // of the answer; empty once it is written, its space then the chunks'
	space   []byte // for an event
	chunked bool   // else the end of the connection is the end of the stream
}

// Receive waits for the reader to leave. It has nothing to say; what it says all the same counts as chatter.
func (e *eventConn) Receive(func(relay.Control, []byte)) (bool, []byte, error) {
	var ignored [64]byte
	if _, err := e.conn.Read(ignored[:]); err == io.EOF {
		return false, nil, relay.ErrPeerClosed
	} else if err != nil {
		return false, nil, err
	}
	return false, nil, nil
}

// Send writes one event. A frame is JSON without line breaks, so it is one data line; the snapshot has no number and so
// no id, and a reader that comes back names the last event that it has.
func (e *eventConn) Send(seq uint64, frame []byte) error {
	b := e.space[:0]
	if seq > 0 {
		b = append(strconv.AppendUint(append(b, "id: "...), seq, 10), '\n')
	}
	b = append(append(append(b, "data: "...), frame...), "\n\n"...)
	e.space = b
	return e.write(b)
}

// Ping writes a comment, which keeps proxies from closing the stream and finds out that its reader is gone.
func (e *eventConn) Ping() error { return e.write([]byte(":\n\n")) }

func (e *eventConn) Pong([]byte) error { return nil }

// Close says that nothing follows. A stream has no close codes; its last status frame has said why.
func (e *eventConn) Close(int, string) error {
	if err := e.write(nil); err != nil { // the empty chunk is the last one
		return err
	}
	raw := e.conn
	if hijacked, ok := raw.(interface{ UnsafeConn() net.Conn }); ok {
		raw = hijacked.UnsafeConn()
	}
	half, ok := raw.(interface{ CloseWrite() error })
	if !ok {
		return net.ErrClosed // no goodbye to wait for: the caller closes it whole
	}
	return half.CloseWrite()
}

// write sends a chunk, and the head of the answer with what comes first, be it the end.
func (e *eventConn) write(b []byte) error {
	if err := e.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	chunk := e.head
	if e.chunked {
		chunk = append(strconv.AppendInt(chunk, int64(len(b)), 16), "\r\n"...)
	}
	if chunk = append(chunk, b...); e.chunked {
		chunk = append(chunk, "\r\n"...)
	}
	_, err := e.conn.Write(chunk)
	e.head = e.head[:0]
	return err
}

func (e *eventConn) Interrupt() { _ = e.conn.SetReadDeadline(time.Unix(1, 0)) }

func (e *eventConn) Drain(d time.Duration) { drain(e.conn, d) }

// drain drops what still arrives, so that a last word is not lost to a reset.
func drain(conn net.Conn, d time.Duration) {
	if conn.SetReadDeadline(time.Now().Add(d)) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, drainLimit))
}

// visitorOf is who watches, as the relay counts and introduces it.
func (s *Server) visitorOf(c *fiber.Ctx) relay.Visitor {
	seen, _ := exchangeOf(c)
	requester := requesterOf(header(c, fiber.HeaderUserAgent))
	seen.meter = s.newMeter(seen, func() string { return requester.Browser }) // outlives the request, so it keeps no more of it
	return relay.Visitor{Address: seen.meter.key, Requester: requester, Admit: s.admission(seen.asker, seen.meter), Opened: s.opened(seen.meter)}
}

// admission is what is asked of a page when its session is known.
func (s *Server) admission(page asker, counted meter) func(handoff.Session) error {
	return func(session handoff.Session) error {
		if !s.mayUse(page, session.Tenant, session.Origins) {
			return originRefused()
		}
		return s.take(counted, s.limits.watch.session, string(session.ID), channelOpened(session))
	}
}

// opened writes down a channel that stands.
func (s *Server) opened(counted meter) func(handoff.Session) {
	return func(session handoff.Session) { s.record(counted, channelOpened(session)) }
}

func channelOpened(session handoff.Session) handoff.Occurrence {
	return handoff.Occurrence{What: audit.ChannelOpened, Tenant: session.Tenant, Session: session.ID}
}
