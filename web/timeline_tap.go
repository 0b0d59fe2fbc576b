package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"baton/internal/handoff"
	"baton/internal/relay"
	"baton/internal/timeline"
)

// This file shows the timeline what passes the edge. Where there is no timeline nothing here is in the way: the server's
// handler is the plain one, and channels have the plain connection.

// whoseTimeout bounds the questions about whose a call is.
const whoseTimeout = 5 * time.Second

type pendingKey struct{}

// pendingCall is the request as the timeline counts it; nil where it does not.
func pendingCall(ctx *fasthttp.RequestCtx) *timeline.Pending {
	p, _ := ctx.UserValue(pendingKey{}).(*timeline.Pending)
	return p
}

// upgradedCall is a request that became a channel, whose secret comes as its first frame.
type upgradedCall struct {
	pending *timeline.Pending
	seen    timeline.Exchange
}

type upgradedKey struct{}

// letTimeline shows calls to Deps.Timeline once they are answered.
func (s *Server) letTimeline(server *fasthttp.Server) {
	if s.deps.Timeline == nil {
		return
	}
	handle := server.Handler
	server.Handler = func(ctx *fasthttp.RequestCtx) {
		from, to, told := s.partiesOf(ctx)
		if !told {
			handle(ctx)
			return
		}
		pending, before := s.deps.Timeline.Begin(from, to), witnessed(ctx) // the upgrade clears the request
		seen := timeline.Exchange{
			Method: before.Method, Origin: s.deps.PublicURL.Scheme + "://" + string(ctx.Host()), Path: string(ctx.URI().RequestURI()),
			RequestHeader: before.RequestHeader, Body: before.Body,
		}
		ctx.SetUserValue(pendingKey{}, pending)
		upgraded := &upgradedCall{pending: pending}
		ctx.SetUserValue(upgradedKey{}, upgraded)
		handle(ctx)

		seen.Status, seen.Header = ctx.Response.StatusCode(), http.Header{}
		ctx.Response.Header.VisitAll(func(name, value []byte) { seen.Header.Add(string(name), string(value)) })
		if seen.Taken = ctx.Hijacked(); !seen.Taken {
			seen.Answer = bytes.Clone(ctx.Response.Body())
		}
		if seen.Taken && seen.Status == fiber.StatusSwitchingProtocols {
			upgraded.seen = seen // the channel begins after this, and keeps it
			return
		}
		pending.End(s.whose(&seen, before.Path), seen)
	}
}

// partiesOf says who calls whom, by the route; false for what is no part of a hand-over.
func (s *Server) partiesOf(ctx *fasthttp.RequestCtx) (from, to timeline.Party, told bool) {
	path, method := string(ctx.Path()), string(ctx.Method())
	rest, api := strings.CutPrefix(path, apiPrefix)
	switch {
	case method == http.MethodOptions: // a preflight, which is the browser's own
	case api:
		return s.callerOf(rest, method, string(ctx.Request.Header.Peek(fiber.HeaderAuthorization))), timeline.Baton, true
	case path == "/ws/v1/session":
		return timeline.Page, timeline.Baton, true
	case path == "/register" || strings.HasPrefix(path, "/register/"):
		return timeline.Page, timeline.Backend, true
	case strings.HasPrefix(path, sandboxPrefix+"/api/v1/enrolment/"):
		return timeline.Phone, timeline.Provider, true
	case strings.HasPrefix(path, sandboxPrefix+"/"):
		// What this process's own registration calls is seen where it calls.
		return timeline.Backend, timeline.Provider, !s.deps.Timeline.Owns(ctx.RemoteAddr().String())
	}
	return 0, 0, false
}

// callerOf is whose route of the API it is.
func (s *Server) callerOf(path, method, authorization string) timeline.Party {
	scheme, _, isBearer := strings.Cut(authorization, " ")
	isBearer = isBearer && strings.EqualFold(scheme, "Bearer")
	switch {
	case isBearer, path == "/session" && method == http.MethodPost, strings.HasSuffix(path, "/status"):
		return timeline.Backend
	case path == "/session/qr.svg", path == "/session/link", path == "/session/events" && method == http.MethodGet, method == http.MethodDelete:
		return timeline.Page
	case strings.Count(path, "/") == 3 && strings.HasSuffix(path, "/events"): // of a session by its id
		return timeline.Backend
	}
	return timeline.Phone
}

// whose finds the session that a call belongs to, by whatever secret or id it shows, and says what its secrets are. That a
// call names a session's id opens nothing: it is shown to whoever presents the demo.
func (s *Server) whose(x *timeline.Exchange, path string) timeline.Of {
	ctx, cancel := context.WithTimeout(context.Background(), whoseTimeout)
	defer cancel()
	x.Secrets = map[string]string{}
	if session, ok := s.bySecret(ctx, x, x.RequestHeader.Get(fiber.HeaderAuthorization)); ok {
		return of(session)
	}
	segments := strings.Split(path, "/")
	for _, segment := range segments {
		if session, ok := s.bySecret(ctx, x, segment); ok {
			return of(session)
		}
	}
	for _, answer := range x.Header["Set-Cookie"] {
		if session, ok := s.byCookie(ctx, x, (&http.Response{Header: http.Header{"Set-Cookie": {answer}}}).Cookies()); ok {
			return of(session)
		}
	}
	if session, ok := s.byCookie(ctx, x, (&http.Request{Header: x.RequestHeader}).Cookies()); ok {
		return of(session)
	}
	var created createdSession
	_ = json.Unmarshal(x.Answer, &created) // else it names none
	for _, text := range append(segments, created.SessionID, x.RequestHeader.Get("Uq-Session-Id")) {
		if id, ok := handoff.ParseSessionID(text); ok {
			if session, err := s.deps.Handoff.ByID(ctx, id); err == nil {
				return of(session)
			}
		}
	}
	return timeline.Of{}
}

func of(session handoff.Session) timeline.Of {
	return timeline.Of{Session: session.ID, Until: session.ExpiresAt}
}

// bySecret finds the session that a ticket or a page token opens, and says which of the two it is.
func (s *Server) bySecret(ctx context.Context, x *timeline.Exchange, text string) (handoff.Session, bool) {
	p, ok := handoff.ParsePresented(text)
	if !ok {
		return handoff.Session{}, false
	}
	if session, err := s.deps.Handoff.ByTicket(ctx, p.Ticket); err == nil {
		x.Secrets[text], x.Secrets[p.Ticket.Reveal()] = timeline.QRCodeText, timeline.QRCodeText
		return session, true
	}
	page, ok := handoff.ParsePageToken(text)
	if !ok {
		return handoff.Session{}, false
	}
	session, err := s.deps.Handoff.ByPageToken(ctx, page)
	if err == nil {
		x.Secrets[text] = timeline.PageToken
	}
	return session, err == nil
}

func (s *Server) byCookie(ctx context.Context, x *timeline.Exchange, cookies []*http.Cookie) (handoff.Session, bool) {
	for _, cookie := range cookies {
		if _, page, found := strings.Cut(cookie.Value, "."); found && cookie.Name == s.cookieName() {
			if session, ok := s.bySecret(ctx, x, page); ok {
				return session, true
			}
		}
	}
	return handoff.Session{}, false
}

// tap shows the timeline the frames of one channel. A nil tap is not in the way.
type tap struct {
	recorder *timeline.Recorder
	upgraded *upgradedCall // nil for a stream, whose call is kept by itself
	of       timeline.Of   // once the session is known
	first    []byte        // the first frame, until then
	at       timeline.Mark // and when it came
}

// tapChannel begins to look at a channel, whose session becomes known when the page is let in or refused.
func (s *Server) tapChannel(c *fiber.Ctx, visitor *relay.Visitor) *tap {
	t := s.tapStream(visitor)
	if t != nil {
		t.upgraded, _ = c.Context().UserValue(upgradedKey{}).(*upgradedCall)
	}
	return t
}

func (s *Server) tapStream(visitor *relay.Visitor) *tap {
	if s.deps.Timeline == nil {
		return nil
	}
	t, admit := &tap{recorder: s.deps.Timeline}, visitor.Admit
	visitor.Admit = func(session handoff.Session) error {
		t.known(session)
		return admit(session)
	}
	return t
}

// known is called once, by the goroutine that then sends.
func (t *tap) known(session handoff.Session) {
	t.of = of(session)
	if t.upgraded == nil {
		return
	}
	t.upgraded.pending.End(t.of, t.upgraded.seen)
	t.recorder.Frame(t.of, t.at, timeline.Page, timeline.Baton, t.first)
	t.upgraded, t.first = nil, nil
}

// on returns the connection with the tap on it.
func (t *tap) on(conn relay.Conn) relay.Conn {
	if t == nil {
		return conn
	}
	return &tappedConn{Conn: conn, tap: t}
}

type tappedConn struct {
	relay.Conn
	tap *tap
	had bool
}

// Receive hands the first frame over before the channel looks at it, so nobody else touches the tap meanwhile.
func (c *tappedConn) Receive(control func(relay.Control, []byte)) (bool, []byte, error) {
	text, data, err := c.Conn.Receive(control)
	if !c.had && err == nil && c.tap.upgraded != nil {
		c.tap.first, c.tap.at = bytes.Clone(data), c.tap.recorder.Mark()
	}
	c.had = true
	return text, data, err
}

func (c *tappedConn) Send(seq uint64, frame []byte) error {
	at := c.tap.recorder.Mark() // before whatever the page does about it
	err := c.Conn.Send(seq, frame)
	if err == nil {
		c.tap.recorder.Frame(c.tap.of, at, timeline.Baton, timeline.Page, frame)
	}
	return err
}

func (c *tappedConn) Close(code int, reason string) error {
	at := c.tap.recorder.Mark()
	err := c.Conn.Close(code, reason)
	c.tap.recorder.Closed(c.tap.of, at, timeline.Baton, timeline.Page, strings.TrimSpace("close "+strconv.Itoa(code)+" "+reason))
	return err
}
