package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/static"
)

// file serves what pages load. Names with a hash may be kept for ever.
func (s *Server) file(c *fiber.Ctx) error {
	return s.serveFile(c, string(c.Request().URI().Path()))
}

// component serves a file that other sites include, under a name that stays.
func (s *Server) component(name string) fiber.Handler {
	return func(c *fiber.Ctx) error { return s.serveFile(c, static.Prefix+name) }
}

func (s *Server) serveFile(c *fiber.Ctx, path string) error {
	body, contentType, ok := static.Lookup(path)
	if !ok {
		return fiber.ErrNotFound
	}
	if static.Embeddable(path) {
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	} else {
		c.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	if static.Immutable(path) {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	} else {
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
		tag := static.Tag(path)
		c.Set(fiber.HeaderETag, tag)
		if strings.Contains(c.Get(fiber.HeaderIfNoneMatch), tag) {
			return c.SendStatus(fiber.StatusNotModified)
		}
	}
	c.Set(fiber.HeaderContentType, contentType)
	return c.Send(body)
}

// noIcon answers browsers that ask without having been told of an icon, so that no error stands in their console.
func (s *Server) noIcon(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	c.Status(fiber.StatusNoContent)
	return nil
}
