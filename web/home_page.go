package web

import (
	"github.com/gofiber/fiber/v2"

	"baton/views"
)

func (s *Server) home(c *fiber.Ctx) error {
	documents, err := s.deps.Registration.Documents(c.UserContext())
	if err != nil {
		return err
	}
	page := views.HomePage{Documents: documents}
	if s.deps.Docs {
		page.Links = []views.Link{{Label: wordsFor(c).Home.Integrate, Href: "/integrate"}}
	}
	if s.opensConsole(c) {
		page.Links = append(page.Links, views.Link{Label: wordsFor(c).Home.Console, Href: consolePath})
	}
	return s.render(c, fiber.StatusOK, views.Home(page))
}
