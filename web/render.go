package web

import (
	"bytes"
	"context"
	"fmt"

	"github.com/a-h/templ"
	"github.com/go-json-experiment/json"
	"github.com/gofiber/fiber/v2"

	"baton/views"
)

// render answers with a page. The page is drawn whole before anything is written, so that a failure midway is an error
// answer and not half a page. It is drawn in the language that the visitor chose, else the browser's. It sets the headers that every page has; a handler that needs others sets them first.
func (s *Server) render(c *fiber.Ctx, status int, component templ.Component) error {
	var page bytes.Buffer
	// Drawing waits for nobody, and the page that says "too slow" is drawn when the deadline has passed.
	ctx := views.WithLanguage(context.WithoutCancel(c.UserContext()), languageOf(c))
	if method(c) != fiber.MethodGet { // the page's address answers another question
		ctx = views.WithReturn(ctx, returnTo(c))
	}
	ctx = views.WithBrand(ctx, s.brandView())
	if err := component.Render(ctx, &page); err != nil {
		return fmt.Errorf("web: draw a page: %w", err)
	}
	s.setPageHeaders(c)
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return c.Status(status).Send(page.Bytes())
}

// writeJSON answers with an API body. API answers hold secrets, so nobody may store them.
func writeJSON(c *fiber.Ctx, status int, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("web: encode an answer: %w", err)
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Status(status).Send(encoded)
}

func noContent(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Status(fiber.StatusNoContent)
	return nil
}
