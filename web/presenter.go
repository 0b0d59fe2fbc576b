package web

import (
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
)

// presenters leads to the pages for whoever presents the demo: /console and /gallery. They open on the machine that runs
// it, and everywhere where Deps.ConsoleOpen says so, because they show what a session's own parties see.
func (s *Server) presenters(c *fiber.Ctx) error {
	if s.isPresenter(c) {
		return c.Next()
	}
	return &handoff.Error{Code: codeNotFound, Message: "This page opens only on the machine that runs the demo, under localhost. Start the demo with --console-open to open it for others."}
}

func (s *Server) isPresenter(c *fiber.Ctx) bool {
	return s.deps.ConsoleOpen || s.deps.Demo && s.atTheMachine(c)
}

// atTheMachine reports whether a request comes from this machine, by a name that only this machine answers to: else a
// foreign page could have its own name lead here. A proxy on the machine speaks for others.
func (s *Server) atTheMachine(c *fiber.Ctx) bool {
	seen, ok := exchangeOf(c)
	if !ok || !seen.client.IsLoopback() {
		return false
	}
	for _, forwarded := range []string{fiber.HeaderXForwardedFor, fiber.HeaderForwarded, "X-Real-IP", "Via"} {
		if header(c, forwarded) != "" {
			return false
		}
	}
	host := string(c.Request().Host())
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
