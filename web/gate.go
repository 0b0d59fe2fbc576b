package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"baton/internal/audit"
	"baton/internal/auth"
	"baton/internal/handoff"
)

// This file stands between the routes and their handlers: who calls, how often, and from which page.

// meter is who a request or a channel counts as, for as long as it lives.
type meter struct {
	key    string // of its address; empty counts against nothing
	caller audit.Caller
}

func (s *Server) newMeter(seen *exchange, agent func() string) meter {
	return meter{key: s.addressKey(seen.client), caller: audit.Caller{Address: seen.client, Request: seen.id, Agent: agent}}
}

// limited returns nil, or the refusal of a caller who is over a limit, which is written down once a minute.
func (s *Server) limited(of meter, b *buckets, key uint64, wait time.Duration, about handoff.Occurrence) error {
	if wait == 0 {
		return nil
	}
	if b.note(key, s.now()) {
		about.What, about.Reason = audit.RateLimited, b.name
		s.record(of, about)
	}
	return &failure{told: &handoff.Error{Code: handoff.CodeTooManyRequests, Message: b.told}, wait: wait}
}

// take counts a call against one limit.
func (s *Server) take(of meter, b *buckets, key string, about handoff.Occurrence) error {
	if of.key == "" || b == nil {
		return nil
	}
	hashed := s.limits.key(key)
	return s.limited(of, b, hashed, b.take(hashed, s.now()), about)
}

// look refuses a caller over a limit, and counts nothing.
func (s *Server) look(of meter, b *buckets, key string, about handoff.Occurrence) error {
	if of.key == "" || b == nil {
		return nil
	}
	hashed := s.limits.key(key)
	return s.limited(of, b, hashed, b.look(hashed, s.now()), about)
}

// count counts what has turned out to count.
func (s *Server) count(of meter, b *buckets, key string) {
	if of.key != "" && b != nil {
		b.count(s.limits.key(key), s.now())
	}
}

// record tells the audit of something at the edge.
func (s *Server) record(of meter, o handoff.Occurrence) {
	if s.deps.Audit != nil {
		s.deps.Audit.Record(audit.With(context.Background(), of.caller), o)
	}
}

// failed counts a request whose credential was refused against its address, and returns what it is answered: its own
// refusal, or that there were too many. A secret that has expired looks like a guess, and an honest page has few of them;
// so does the code of an old picture.
func (s *Server) failed(of meter, b *buckets, err error) error {
	switch handoff.ErrorCode(err) {
	case handoff.CodeUnauthorized:
		s.record(of, handoff.Occurrence{What: audit.AuthFailed})
	case handoff.CodeNotFound, handoff.CodeCodeStale:
	default:
		return err
	}
	if over := s.look(of, b, of.key, handoff.Occurrence{}); over != nil {
		return over
	}
	s.count(of, b, of.key)
	return err
}

// asBackend leads to a route that takes a bearer.
func (s *Server) asBackend(g *group) fiber.Handler {
	return func(c *fiber.Ctx) error {
		seen, _ := exchangeOf(c)
		if err := s.take(seen.meter, g.address, seen.meter.key, handoff.Occurrence{}); err != nil {
			return err
		}
		if err := s.look(seen.meter, s.limits.bearers, seen.meter.key, handoff.Occurrence{}); err != nil {
			return err // to check a bearer may be work
		}
		tenant, _, err := s.tenant(c)
		if err != nil {
			return s.failed(seen.meter, s.limits.bearers, err)
		}
		seen.tenant = tenant
		if err := s.allowOrigin(c, seen, tenant, nil); err != nil {
			return err
		}
		about := handoff.Occurrence{Tenant: tenant}
		if err := s.take(seen.meter, g.tenant, string(tenant), about); err != nil {
			return err
		}
		if id, ok := handoff.ParseSessionID(param(c, "sessionId")); ok {
			about.Session = id
			// Ids are no secret: another tenant's calls must not count.
			if err := s.take(seen.meter, g.session, string(tenant)+" "+string(id), about); err != nil {
				return err
			}
		}
		return c.Next()
	}
}

// creating bounds the sessions that a tenant may have alive. It stands behind asBackend.
func (s *Server) creating(c *fiber.Ctx) error {
	seen, _ := exchangeOf(c)
	if err := s.look(seen.meter, s.limits.sessions, string(seen.tenant), handoff.Occurrence{Tenant: seen.tenant}); err != nil {
		return err
	}
	if err := c.Next(); err != nil {
		return err
	}
	s.count(seen.meter, s.limits.sessions, string(seen.tenant))
	return nil
}

// onceAuth asks an authenticator once a request, although both the way to a route and the route ask who calls.
type onceAuth struct{ Authenticator }

// Verify returns what the request's context knows, or asks.
func (a onceAuth) Verify(ctx context.Context, bearer string) (auth.Caller, error) {
	seen, ok := ctx.Value(exchangeKey{}).(*exchange)
	if ok && seen.bearer == bearer {
		return seen.known, nil
	}
	known, err := a.Authenticator.Verify(ctx, bearer)
	if ok && err == nil {
		seen.bearer, seen.known = bearer, known
	}
	return known, err
}

// asHolder leads to a route that takes a session's own secret: in the header, or in the path where the route has one.
func (s *Server) asHolder(g *group) fiber.Handler {
	return func(c *fiber.Ctx) error {
		seen, _ := exchangeOf(c)
		if err := s.take(seen.meter, g.address, seen.meter.key, handoff.Occurrence{}); err != nil {
			return err
		}
		text := param(c, "ticket")
		if text == "" {
			text = header(c, fiber.HeaderAuthorization)
		}
		shown, wellFormed := handoff.ParsePresented(text)
		// Strangers who have the code's text must not use up the calls of the session's own phone: each device has its own.
		caller := shown.Ticket.Reveal() + " " + header(c, deviceHeader)
		if wellFormed {
			// A bare secret is beyond guessing, and whoever has the right one should not suffer for a neighbour. The code of
			// a picture has 40 bits only.
			if shown.Code != "" {
				if err := s.look(seen.meter, s.limits.secrets, seen.meter.key, handoff.Occurrence{}); err != nil {
					return err
				}
			}
			if err := s.take(seen.meter, g.session, caller, handoff.Occurrence{}); err != nil {
				return err
			}
			if err := s.allowHolder(c, seen, shown); err != nil {
				return err
			}
		}
		err := c.Next()
		if wellFormed && handoff.ErrorCode(err) == handoff.CodeNotFound {
			g.session.forget(s.limits.key(caller))
		}
		return s.failed(seen.meter, s.limits.secrets, err)
	}
}

// allowHolder is the origin rule for a secret's session. Only a foreign page's request costs a question to the store. That
// there is no such session is the handler's to say.
func (s *Server) allowHolder(c *fiber.Ctx, seen *exchange, shown handoff.Presented) error {
	if seen.origin == "" || seen.ours {
		return nil
	}
	session, err := s.deps.Handoff.ByTicket(c.UserContext(), shown.Ticket)
	if handoff.ErrorCode(err) == handoff.CodeNotFound && shown.Code == "" {
		if page, ok := handoff.ParsePageToken(shown.Ticket.Reveal()); ok {
			session, err = s.deps.Handoff.ByPageToken(c.UserContext(), page)
		}
	}
	switch {
	case handoff.ErrorCode(err) == handoff.CodeNotFound:
		return nil
	case err != nil:
		return err
	}
	return s.allowOrigin(c, seen, session.Tenant, session.Origins)
}

// forms bounds what visitors of the pages send, which takes no credential.
func (s *Server) forms(c *fiber.Ctx) error {
	if method(c) != fiber.MethodPost {
		return c.Next()
	}
	seen, _ := exchangeOf(c)
	if err := s.take(seen.meter, s.limits.forms.address, seen.meter.key, handoff.Occurrence{}); err != nil {
		return err
	}
	if err := s.take(seen.meter, s.limits.forms.tenant, "", handoff.Occurrence{}); err != nil {
		return err
	}
	if len(c.Request().Body()) > bodyLimit && string(c.Request().URI().Path()) != brandPath { // which says it in its own form
		return tooLarge("The form is longer than 131072 bytes. Send a shorter one.")
	}
	return c.Next()
}
