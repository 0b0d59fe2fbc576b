package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
	"baton/internal/qr"
)

// pagePicture is what a page shows: the text of its code now.
func (s *Server) pagePicture(c *fiber.Ctx) (string, error) {
	secret, err := pageHeader(c)
	if err != nil {
		return "", err
	}
	_, err = s.deps.Handoff.WatchedBy(c.UserContext(), secret.ticket)
	if handoff.ErrorCode(err) == handoff.CodeNotFound && !secret.page.IsZero() {
		picture, err := s.deps.Handoff.Picture(c.UserContext(), secret.page)
		return picture.Text, err
	}
	return secret.ticket.Reveal(), err
}

// qrPicture draws the page's code as an SVG of one path on a light ground, quiet zone included. With link=true it draws
// the link, which a phone's own camera opens.
func (s *Server) qrPicture(c *fiber.Ctx) error {
	text, err := s.pagePicture(c)
	if err != nil {
		return err
	}
	switch asked := query(c, "link"); asked {
	case "", "false":
	case "true":
		text = s.link(text)
	default:
		return invalid("`link` is true or false.")
	}
	code, err := qr.Encode(text, qr.Medium)
	if err != nil {
		return err
	}
	side := strconv.Itoa(code.Modules)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentType, "image/svg+xml")
	return c.Status(fiber.StatusOK).SendString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + side + ` ` + side + `" shape-rendering="crispEdges">` +
		`<rect width="` + side + `" height="` + side + `" fill="#fff"/><path fill="#000" d="` + code.Path + `"/></svg>`)
}

// copiedLink gives the page a link that its person takes to the phone by hand.
func (s *Server) copiedLink(c *fiber.Ctx) error {
	secret, err := pageHeader(c)
	if err != nil {
		return err
	}
	text := secret.ticket.Reveal()
	_, err = s.deps.Handoff.WatchedBy(c.UserContext(), secret.ticket)
	if handoff.ErrorCode(err) == handoff.CodeNotFound && !secret.page.IsZero() {
		text, err = s.deps.Handoff.CopyLink(c.UserContext(), secret.page)
	}
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, struct {
		Link string `json:"link"`
	}{s.link(text)})
}
