package web

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
	"baton/views"
	"baton/views/specimen"
)

// registerGalleryRoutes shows whoever works on the pages what they look like.
func (s *Server) registerGalleryRoutes(app *fiber.App) {
	if !s.deps.Demo {
		return
	}
	app.Add(fiber.MethodGet, "/gallery", s.presenters, s.gallery)
	app.Add(fiber.MethodGet, "/gallery/picture/:name", s.presenters, s.galleryPicture)
	app.Add(fiber.MethodGet, "/gallery/:view/:state", s.presenters, s.galleryState)
}

func (s *Server) gallery(c *fiber.Ctx) error {
	return s.render(c, fiber.StatusOK, views.Gallery(specimen.Gallery()))
}

// galleryState shows one page in one state. Its script is left out, and the policy lets none run and no form be sent, so that
// what is shown does nothing.
func (s *Server) galleryState(c *fiber.Ctx) error {
	page, ok := specimen.Find(c.Params("view"), c.Params("state"))
	if !ok {
		return &handoff.Error{Code: codeNotFound, Message: "The gallery has no such page. All that it has is listed at /gallery."}
	}
	still := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return specimen.Still(ctx, w, page) })
	if err := s.render(c, fiber.StatusOK, still); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return nil
}

func (s *Server) galleryPicture(c *fiber.Ctx) error {
	name, isSVG := strings.CutSuffix(c.Params("name"), ".svg")
	svg, ok := specimen.DrawnPicture(name)
	if !ok || !isSVG {
		return &handoff.Error{Code: codeNotFound, Message: "The gallery has no such picture."}
	}
	c.Set(fiber.HeaderContentType, "image/svg+xml")
	return c.Status(fiber.StatusOK).SendString(svg)
}
