package web

import (
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"baton/static"
)

// routes is the whole URL map, by who calls. Everything is registered with Add and one method: app.Get would also
// answer HEAD, and link previews must not claim sessions.
func (s *Server) routes() {
	app := s.app
	app.Use(s.observe, s.deadline, s.baseHeaders, s.unambiguous)
	s.registerSessionRoutes(app)
	s.registerChannelRoutes(app)
	s.registerHealthRoutes(app)
	s.registerFileRoutes(app)
	s.registerDocsRoutes(app)
	s.registerSandboxRoutes(app)
	s.limitForms(app)
	app.Use(s.switchLanguage)
	s.registerRegistrationRoutes(app)
	s.registerPhoneRoutes(app)
	s.registerGalleryRoutes(app)
	s.registerBrandRoutes(app) // before the console's, whose forms are shorter
	s.registerConsoleRoutes(app)
	s.registerTimelineRoutes(app)
}

// limitForms stands before the pages' forms.
func (s *Server) limitForms(app *fiber.App) {
	if s.deps.Registration != nil {
		app.Use("/register", s.forms)
	}
	if s.deps.Sandbox != nil {
		app.Use(phoneScreensPath, s.forms)
	}
}

// apiPrefix is the API's, of this version of the contract.
const apiPrefix = "/api/v1"

func (s *Server) registerSessionRoutes(app *fiber.App) {
	api := app.Group(apiPrefix, s.crossOrigin)
	limits := s.limits

	// The backend.
	api.Add(fiber.MethodPost, "/session", s.asBackend(limits.create), s.creating, s.createSession)
	api.Add(fiber.MethodPost, "/session/:sessionId/events", s.asBackend(limits.backend), s.publishAsBackend)
	api.Add(fiber.MethodGet, "/session/:sessionId/status", s.asBackend(limits.backend), s.sessionStatus)

	// The phone, and the page where it has no WebSocket. The literal segments are no tickets, whatever the method.
	phone, picture := s.asHolder(limits.phone), s.asHolder(limits.picture)
	api.Add(fiber.MethodPost, "/session/open", phone, s.openSession)
	api.Add(fiber.MethodPost, "/session/confirm", phone, s.confirmSession)
	api.Add(fiber.MethodPost, "/session/report", phone, s.reportSession)
	api.Add(fiber.MethodPost, "/session/events", s.asHolder(limits.events), s.publishAsPhone)
	api.Add(fiber.MethodGet, "/session/events", s.asHolder(limits.watch.opening()), s.watchEvents)
	api.Add(fiber.MethodGet, "/session/qr.svg", picture, s.qrPicture)
	api.Add(fiber.MethodPost, "/session/link", picture, s.copiedLink)
	for _, literal := range []string{"/session/open", "/session/confirm", "/session/report", "/session/link"} {
		api.Add(fiber.MethodGet, literal, s.onlyMethods(fiber.MethodPost))
		api.Add(fiber.MethodDelete, literal, s.onlyMethods(fiber.MethodPost))
	}
	api.Add(fiber.MethodDelete, "/session/qr.svg", s.onlyMethods(fiber.MethodGet))
	api.Add(fiber.MethodDelete, "/session/events", s.onlyMethods(fiber.MethodGet, fiber.MethodPost))
	api.Add(fiber.MethodGet, "/session", phone, s.claim(phoneHeader))
	api.Add(fiber.MethodGet, "/session/:ticket", phone, s.claim(phoneParam))

	// Whoever holds the text.
	api.Add(fiber.MethodDelete, "/session", picture, s.delete(pageHeader))
	api.Add(fiber.MethodDelete, "/session/:ticket", picture, s.delete(pageParam))
}

// The page.
func (s *Server) registerChannelRoutes(app *fiber.App) {
	app.Add(fiber.MethodGet, "/ws/v1/session", s.crossOrigin, s.upgrade())
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
		for _, name := range static.Stable {
			app.Add(method, "/"+name, smaller, s.component)
		}
		for _, name := range static.Component { // under any hash: which ones there are is for the package to know
			extension := path.Ext(name)
			app.Add(method, "/"+strings.TrimSuffix(name, extension)+".:hash"+extension, smaller, s.component)
		}
		app.Add(method, "/favicon.ico", s.noIcon)
	}
}

// Whoever builds on the server.
func (s *Server) registerDocsRoutes(app *fiber.App) {
	if !s.deps.Docs {
		return
	}
	smaller := compress.New() // nothing here is secret; the best compression would take a fifth of a second for each visitor
	for _, method := range []string{fiber.MethodGet, fiber.MethodHead} {
		app.Add(method, "/integrate", smaller, s.integrate)
		app.Add(method, integratePrefix+":tab/:name", smaller, s.integrateFile)
		app.Add(method, "/reference", smaller, s.referencePage)
		app.Add(method, "/openapi.yaml", smaller, s.document(func(d *documentation) string { return d.openAPI }))
		app.Add(method, "/asyncapi.yaml", smaller, s.document(func(d *documentation) string { return d.asyncAPI }))
	}
}

// Whoever calls the provider.
func (s *Server) registerSandboxRoutes(app *fiber.App) {
	if s.deps.Sandbox != nil {
		app.All("/sandbox/*", s.sandbox)
	}
}
