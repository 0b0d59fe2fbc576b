package web

import (
	"time"

	"github.com/gofiber/fiber/v2"
	tags "golang.org/x/text/language"

	"baton/views"
)

const (
	languageCookie = "baton_language"
	languageLife   = 365 * 24 * time.Hour
)

// pageLanguages are matched against what a browser asks for; the first is for those that ask for neither.
var (
	pageLanguages   = []views.Language{views.English, views.Arabic}
	languageMatcher = tags.NewMatcher([]tags.Tag{tags.English, tags.Arabic})
)

// language is the one somebody chose before, else the browser's.
func language(c *fiber.Ctx) views.Language {
	if chosen := views.Language(cookie(c, languageCookie)); chosen == views.English || chosen == views.Arabic {
		return chosen
	}
	_, i := tags.MatchStrings(languageMatcher, header(c, fiber.HeaderAcceptLanguage))
	return pageLanguages[i]
}

// keepLanguage remembers a choice. It is no secret and gives access to nothing.
func (s *Server) keepLanguage(c *fiber.Ctx, chosen views.Language) {
	c.Cookie(&fiber.Cookie{
		Name: languageCookie, Value: string(chosen), Path: "/", MaxAge: int(languageLife / time.Second),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: s.deps.PublicURL.Scheme == "https",
	})
}
