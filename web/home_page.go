package web

import (
	"github.com/gofiber/fiber/v2"

	"baton/views"
)

func (s *Server) home(c *fiber.Ctx) error {
	return s.render(c, fiber.StatusOK, views.Home(views.HomePage{Links: []views.Link{{Label: "Integrate", Href: "/integrate"}}}))
}
