package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"baton/internal/audit"
	"baton/internal/auth"
	"baton/internal/brand"
	"baton/internal/handoff"
)

// exchange is what the log and the error answer need to know of a request.
type exchange struct {
	id      string
	client  netip.Addr
	started time.Time
	err     error
	code    handoff.Code

	meter meter
	asker
	checked  bool // the origin rule holds for the route
	readable bool // the page may read the answer

	bearer string // that was found valid, and whose it is
	known  auth.Caller
	tenant handoff.Tenant // of a backend's request
}

type exchangeKey struct{}

func exchangeOf(c *fiber.Ctx) (*exchange, bool) {
	seen, ok := c.Locals(exchangeKey{}).(*exchange)
	return seen, ok
}

func (s *Server) newExchange(c *fiber.Ctx) *exchange {
	seen := &exchange{id: s.requestID(c), client: s.clientAddr(c), started: time.Now()}
	agent := header(c, fiber.HeaderUserAgent)
	seen.meter = s.newMeter(seen, func() string { return requesterOf(agent).Browser })
	return seen
}

// observe gives the request its id, answers its error, turns a panic into one, and logs it by its route's pattern:
// paths hold tickets.
func (s *Server) observe(c *fiber.Ctx) error {
	seen := s.newExchange(c)
	c.Locals(exchangeKey{}, seen)
	c.Set(fiber.HeaderXRequestID, seen.id)
	defer s.logExchange(c, seen)
	err := s.recovered(c)
	if err != nil {
		err = s.handleError(c, err)
	}
	if s.channels.Closing() && c.Response().StatusCode() != fiber.StatusSwitchingProtocols {
		c.Response().SetConnectionClose() // else the client's next request meets a connection that has just been closed
	}
	return err
}

func (s *Server) recovered(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Response().Reset() // whatever the handler had begun
			s.setBaseHeaders(c)
			if seen, ok := exchangeOf(c); ok {
				c.Set(fiber.HeaderXRequestID, seen.id)
				setCrossOriginHeaders(c, seen)
			}
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.Next()
}

func (s *Server) logExchange(c *fiber.Ctx, seen *exchange) {
	status, route := c.Response().StatusCode(), "none"
	if _, routed := exchangeOf(c); routed { // else Fiber names its first route
		route = routePattern(c)
	}
	attributes := []slog.Attr{
		slog.String("request", seen.id),
		slog.String("method", knownMethod(method(c))),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Duration("took", time.Since(seen.started)),
		slog.String("client", seen.client.String()),
	}
	level := slog.LevelInfo
	if seen.code != "" {
		attributes = append(attributes, slog.String("code", string(seen.code)))
	}
	switch {
	case route == "/readyz": // its changes are logged, not its probes
		level = slog.LevelDebug
	case status >= 500:
		level = slog.LevelError
		attributes = append(attributes, slog.Any("error", seen.err))
	case strings.HasPrefix(route, "/static/"), strings.HasPrefix(route, brand.Prefix), route == "/healthz":
		level = slog.LevelDebug
	}
	s.log.LogAttrs(c.UserContext(), level, "request", attributes...)
}

// routePattern is the pattern of the route that answered, or "none".
func routePattern(c *fiber.Ctx) string {
	if route := c.Route(); route != nil && route.Path != "/" && route.Path != "/api/v1" {
		return strings.Clone(route.Path)
	} else if route != nil && string(c.Request().URI().Path()) == "/" {
		return "/"
	}
	return "none"
}

// deadline bounds a handler's work: neither Fiber's contexts nor the client's leaving would end it. Its context also says
// who called.
func (s *Server) deadline(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if seen, ok := exchangeOf(c); ok {
		ctx = audit.With(context.WithValue(ctx, exchangeKey{}, seen), seen.meter.caller)
		ctx = pendingCall(c.Context()).With(ctx)
	}
	c.SetUserContext(ctx)
	return c.Next()
}

// requestID takes a trusted proxy's id, so that both logs can be read together, and draws one otherwise.
func (s *Server) requestID(c *fiber.Ctx) string {
	if id := header(c, fiber.HeaderXRequestID); id != "" && s.fromProxy(c) && plainID(id) {
		return id
	}
	return rand.Text()
}

func plainID(id string) bool {
	return len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// knownMethodsOnly answers a method that Fiber does not know, which it would answer itself with plain text.
func (s *Server) knownMethodsOnly(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		if knownMethod(string(ctx.Method())) != "other" {
			next(ctx)
			return
		}
		c := s.app.AcquireCtx(ctx)
		defer s.app.ReleaseCtx(c)
		c.Set(fiber.HeaderAllow, "GET, POST, DELETE")
		_ = s.handleError(c, fiber.ErrMethodNotAllowed) // fails only if JSON cannot be encoded
	}
}

// knownMethod keeps what a client invents out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	}
	return "other"
}

// onlyMethods answers for a literal path that a pattern would else take.
func (s *Server) onlyMethods(allowed ...string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderAllow, strings.Join(allowed, ", "))
		return fiber.ErrMethodNotAllowed
	}
}
