package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// readyTimeout is for the small write that proves the store works; a probe does not wait long.
const readyTimeout = 3 * time.Second

type health struct {
	Status string `json:"status"`
}

// healthz says that the process answers.
func (s *Server) healthz(c *fiber.Ctx) error {
	return writeJSON(c, fiber.StatusOK, health{"ok"})
}

// readyz says whether the server can do its work: the store can write and it is not shutting down.
func (s *Server) readyz(c *fiber.Ctx) error {
	if s.channels.Closing() {
		return unavailable("The server is shutting down.", nil)
	}
	if s.deps.Ready != nil {
		ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
		defer cancel()
		if err := s.deps.Ready(ctx); err != nil {
			return unavailable("The store cannot write. The server's log says why.", err)
		}
	}
	return writeJSON(c, fiber.StatusOK, health{"ready"})
}
