package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	tags "golang.org/x/text/language"

	"baton/views"
)

const (
	languageCookie = "baton_language"
	languageLife   = 365 * 24 * time.Hour
)

// languageMatcher matches what a browser asks for; the first language is for those that ask for none of them.
var languageMatcher = tags.NewMatcher(languageTags())

func languageTags() []tags.Tag {
	var all []tags.Tag
	for _, language := range views.Languages() {
		all = append(all, tags.MustParse(string(language)))
	}
	return all
}

// languageOf is the one somebody has just chosen or chose before, else the browser's.
func languageOf(c *fiber.Ctx) views.Language {
	if chosen, ok := c.Locals(languageKey{}).(views.Language); ok {
		return chosen
	}
	if chosen := views.Language(cookie(c, languageCookie)); views.Speaks(chosen) {
		return chosen
	}
	_, i := tags.MatchStrings(languageMatcher, header(c, fiber.HeaderAcceptLanguage))
	return views.Languages()[i]
}

// switchLanguage keeps the choice that a page's address names, and leads to the address without it.
func (s *Server) switchLanguage(c *fiber.Ctx) error {
	asked := views.Language(query(c, "language"))
	if method(c) != fiber.MethodGet || !views.Speaks(asked) {
		return c.Next()
	}
	s.keepLanguage(c, asked)
	rest := c.Context().QueryArgs()
	rest.Del("language")
	to := url.URL{Path: string(c.Request().URI().Path()), RawQuery: rest.String()}
	return seeOther(c, to.String()) // which never takes a path for another host
}

type languageKey struct{}

// keepLanguage remembers a choice, for this answer too. It is no secret and gives access to nothing.
func (s *Server) keepLanguage(c *fiber.Ctx, chosen views.Language) {
	c.Locals(languageKey{}, chosen)
	c.Cookie(&fiber.Cookie{
		Name: languageCookie, Value: string(chosen), Path: "/", MaxAge: int(languageLife / time.Second),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode, Secure: s.deps.PublicURL.Scheme == "https",
	})
}

// wordsFor are the words of the page that answers.
func wordsFor(c *fiber.Ctx) *views.Words {
	return views.WordsOf(views.WithLanguage(c.UserContext(), languageOf(c)))
}

// returnTo is the page that shows where things stand after an answer to a form.
func returnTo(c *fiber.Ctx) string {
	path := string(c.Request().URI().Path())
	if strings.HasPrefix(path, "/register/") {
		return "/register/verify"
	}
	if strings.HasPrefix(path, timelinePath+"/") {
		return path
	}
	return "/"
}
