package web

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
)

// routes is the whole URL map, by who calls. Everything is registered with Add and one method: app.Get would also
// answer HEAD, and link previews must not claim sessions.
func (s *Server) routes() {
	app := s.app
	app.Use(s.observe, s.deadline, s.baseHeaders)
	s.registerSessionRoutes(app)
	s.registerChannelRoutes(app)
	s.registerHealthRoutes(app)
	s.registerFileRoutes(app)
	s.registerSandboxRoutes(app)
	s.registerRegistrationRoutes(app)
	s.registerPhoneRoutes(app)
}

func (s *Server) registerSessionRoutes(app *fiber.App) {
	api := app.Group("/api/v1", s.allowOrigins)

	// The backend.
	api.Add(fiber.MethodPost, "/session", s.createSession)
	api.Add(fiber.MethodPost, "/session/:sessionId/events", s.publishAsBackend)

	api.Add(fiber.MethodGet, "/session/:sessionId/status", s.sessionStatus)

	// The phone, and the page where it has no WebSocket. The literal segments are no tickets, whatever the method.
	api.Add(fiber.MethodPost, "/session/open", s.openSession)
	api.Add(fiber.MethodPost, "/session/confirm", s.confirmSession)
	api.Add(fiber.MethodPost, "/session/report", s.reportSession)
	api.Add(fiber.MethodPost, "/session/events", s.publishAsPhone)
	api.Add(fiber.MethodGet, "/session/events", s.watchEvents)
	api.Add(fiber.MethodGet, "/session/qr.svg", s.qrPicture)
	api.Add(fiber.MethodPost, "/session/link", s.copiedLink)
	for _, literal := range []string{"/session/open", "/session/confirm", "/session/report", "/session/link"} {
		api.Add(fiber.MethodGet, literal, s.onlyMethods(fiber.MethodPost))
		api.Add(fiber.MethodDelete, literal, s.onlyMethods(fiber.MethodPost))
	}
	api.Add(fiber.MethodDelete, "/session/qr.svg", s.onlyMethods(fiber.MethodGet))
	api.Add(fiber.MethodDelete, "/session/events", s.onlyMethods(fiber.MethodGet, fiber.MethodPost))
	api.Add(fiber.MethodGet, "/session", s.claimByHeader)
	api.Add(fiber.MethodGet, "/session/:ticket", s.claimByPath)

	// Whoever holds the text.
	api.Add(fiber.MethodDelete, "/session", s.deleteByHeader)
	api.Add(fiber.MethodDelete, "/session/:ticket", s.deleteByPath)
}

// The page.
func (s *Server) registerChannelRoutes(app *fiber.App) {
	app.Add(fiber.MethodGet, "/ws/v1/session", s.allowOrigins, s.upgrade())
}

// The operator.
func (s *Server) registerHealthRoutes(app *fiber.App) {
	for _, method := range []string{fiber.MethodGet, fiber.MethodHead} {
		app.Add(method, "/healthz", s.healthz)
		app.Add(method, "/readyz", s.readyz)
	}
}

// Every browser.
func (s *Server) registerFileRoutes(app *fiber.App) {
	// Files hold no secret that a compressed answer's length could give away; pages do, so they go as they are.
	smaller := compress.New(compress.Config{Level: compress.LevelBestCompression})
	for _, method := range []string{fiber.MethodGet, fiber.MethodHead} {
		app.Add(method, "/static/*", smaller, s.file)
		app.Add(method, "/baton.js", smaller, s.component)
		app.Add(method, "/favicon.ico", s.noIcon)
	}
}

// Whoever calls the provider.
func (s *Server) registerSandboxRoutes(app *fiber.App) {
	if s.deps.Sandbox != nil {
		app.All("/sandbox/*", s.sandbox)
	}
}
