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

// component serves a file that other sites include at the root.
func (s *Server) component(c *fiber.Ctx) error {
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*") // also on a refusal, which the browser would misname otherwise
	return s.serveFile(c, static.Prefix+strings.TrimPrefix(string(c.Request().URI().Path()), "/"))
}

func (s *Server) serveFile(c *fiber.Ctx, path string) error {
	body, contentType, ok := static.Lookup(path)
	if !ok {
		// Where servers of two versions stand behind one address, the next one may have it.
		c.Set(fiber.HeaderCacheControl, "no-store")
		return fiber.ErrNotFound
	}
	if static.Embeddable(path) {
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	} else {
		c.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	switch tag := static.Tag(path); {
	case static.Immutable(path):
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	case tag == "": // it stands in for what the name says
		c.Set(fiber.HeaderCacheControl, "no-store")
	default:
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
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
