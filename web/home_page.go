package web

import (
	"github.com/gofiber/fiber/v2"

	"baton/views"
)

func (s *Server) home(c *fiber.Ctx) error {
	page := views.HomePage{}
	if s.deps.Docs {
		page.Links = []views.Link{{Label: wordsFor(c).Home.Integrate, Href: "/integrate"}}
	}
	if s.opensConsole(c) {
		page.Links = append(page.Links, views.Link{Label: "Console", Href: consolePath})
	}
	return s.render(c, fiber.StatusOK, views.Home(page))
}
