package web

import (
	"github.com/gofiber/fiber/v2"

	"baton/static"
)

// file serves what pages load. Names with a hash may be kept for ever.
func (s *Server) file(c *fiber.Ctx) error {
	return s.serveFile(c, string(c.Request().URI().Path()))
}

// component serves the script that other sites include, under a name that stays.
func (s *Server) component(c *fiber.Ctx) error {
	return s.serveFile(c, static.Prefix+"baton.js")
}

func (s *Server) serveFile(c *fiber.Ctx, path string) error {
	body, contentType, ok := static.Lookup(path)
	if !ok {
		return fiber.ErrNotFound
	}
	cache := "public, max-age=300"
	if static.Immutable(path) {
		cache = "public, max-age=31536000, immutable"
	}
	c.Set(fiber.HeaderCacheControl, cache)
	c.Set(fiber.HeaderContentType, contentType)
	if path == static.Path("baton.js") || path == static.Prefix+"baton.js" {
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	} else {
		c.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	return c.Send(body)
}

// noIcon answers browsers that ask without having been told of an icon, so that no error stands in their console.
func (s *Server) noIcon(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	c.Status(fiber.StatusNoContent)
	return nil
}
