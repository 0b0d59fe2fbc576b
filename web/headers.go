package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// baseHeaders go with every answer.
func (s *Server) baseHeaders(c *fiber.Ctx) error {
	s.setBaseHeaders(c)
	return c.Next()
}

func (s *Server) setBaseHeaders(c *fiber.Ctx) {
	for _, header := range bareHeaders {
		c.Set(header[0], header[1])
	}
	if s.deps.PublicURL.Scheme == "https" {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
}

// bareHeaders go with every answer, also with one that no route has seen.
var bareHeaders = [][2]string{
	{fiber.HeaderXContentTypeOptions, "nosniff"},
	{fiber.HeaderReferrerPolicy, "no-referrer"},
	// What is no page has nothing to load, and nobody to be framed for. Pages replace it.
	{fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"},
}

// setPageHeaders go with every page. No page has script or style of its own text, so the policy needs no exception; a
// handler that called allowFraming may be shown in a frame of this site.
func (s *Server) setPageHeaders(c *fiber.Ctx) {
	ancestors := "'none'"
	if framed, _ := c.Locals(framingKey{}).(bool); framed {
		ancestors = "'self'"
	}
	channel := "ws" + strings.TrimPrefix(s.deps.PublicURL.Scheme, "http") + "://" + s.deps.PublicURL.Host
	c.Set(fiber.HeaderContentSecurityPolicy, strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
		"connect-src 'self' " + channel, // 'self' covers the channel where the page was opened under another name
		"frame-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors " + ancestors,
	}, "; "))
	if ancestors == "'none'" {
		c.Set(fiber.HeaderXFrameOptions, "DENY")
	}
	c.Set(fiber.HeaderPermissionsPolicy, "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	if s.deps.PublicURL.Scheme == "https" { // browsers warn about it elsewhere and ignore it
		c.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	if len(c.Response().Header.Peek(fiber.HeaderCacheControl)) == 0 {
		c.Set(fiber.HeaderCacheControl, "no-store") // pages show what their visitor typed
	}
}

type framingKey struct{}

// allowFraming lets the page that the handler renders next be shown in a frame of this site.
func allowFraming(c *fiber.Ctx) { c.Locals(framingKey{}, true) }
