package web

import (
	"github.com/gofiber/fiber/v2"

	"baton/views"
)

func (s *Server) home(c *fiber.Ctx) error {
	if asked := views.Language(query(c, "language")); asked == views.English || asked == views.Arabic {
		s.keepLanguage(c, asked)
		return seeOther(c, "/")
	}
	c.SetUserContext(views.WithLanguage(c.UserContext(), language(c)))
	c.Vary(fiber.HeaderAcceptLanguage, fiber.HeaderCookie)
	page := views.HomePage{}
	if s.deps.Docs {
		page.Links = []views.Link{{Label: views.WordsOf(c.UserContext()).HomeIntegrate, Href: "/integrate"}}
	}
	if s.opensConsole(c) {
		page.Links = append(page.Links, views.Link{Label: "Console", Href: consolePath})
	}
	return s.render(c, fiber.StatusOK, views.Home(page))
}
