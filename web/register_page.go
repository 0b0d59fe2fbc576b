package web

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/views"
)

// The person who registers. The routes take a cookie, so their forms are protected. verify_page.go shows the code,
// followup_page.go the result.
func (s *Server) registerRegistrationRoutes(app *fiber.App) {
	if s.deps.Registration == nil {
		return
	}
	app.Add(fiber.MethodGet, "/", s.home)
	pages := app.Group("/register", s.keepOrigin, s.protectForms)
	pages.Add(fiber.MethodGet, "", s.registerForm)
	pages.Add(fiber.MethodPost, "", s.register)
	pages.Add(fiber.MethodGet, "/verify", s.verify)
	pages.Add(fiber.MethodGet, "/phone", s.phoneHere)
	pages.Add(fiber.MethodPost, "/renew", s.renew)
	pages.Add(fiber.MethodPost, "/cancel", s.cancel)
	pages.Add(fiber.MethodGet, "/review", s.review)
	pages.Add(fiber.MethodGet, "/image/:document/:kind", s.registrationImage)
	pages.Add(fiber.MethodPost, "/complete", s.complete)
	pages.Add(fiber.MethodGet, "/done", s.done)
}

// keepOrigin: under "no-referrer" browsers send forms with "Origin: null", which protectForms has to refuse where
// Sec-Fetch-Site is missing, as it is on plain http. These pages' addresses hold no secret.
func (s *Server) keepOrigin(c *fiber.Ctx) error {
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	return c.Next()
}

// cookieLife is how long a browser remembers its registration: long enough to come back the next morning.
const cookieLife = 24 * time.Hour

// visitor is what a browser holds of its registration: the key, and the page token of the current hand-over, which is
// kept nowhere else. The page token is zero after a cancellation.
type visitor struct {
	key  registration.Key
	page handoff.PageToken
}

// cookieName has the prefix that makes browsers refuse the cookie from anywhere but this very host over TLS, where
// there is TLS.
func (s *Server) cookieName() string {
	if s.deps.PublicURL.Scheme == "https" {
		return "__Host-baton_registration"
	}
	return "baton_registration"
}

func (s *Server) visitor(c *fiber.Ctx) visitor {
	keyText, pageText, _ := strings.Cut(cookie(c, s.cookieName()), ".")
	key, ok := registration.ParseKey(keyText)
	if !ok {
		return visitor{}
	}
	page, _ := handoff.ParsePageToken(pageText)
	return visitor{key: key, page: page}
}

func (s *Server) remember(c *fiber.Ctx, v visitor) {
	c.Cookie(&fiber.Cookie{
		Name: s.cookieName(), Value: v.key.Reveal() + "." + v.page.Reveal(), Path: "/",
		MaxAge: int(cookieLife / time.Second), HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
		Secure: s.deps.PublicURL.Scheme == "https",
	})
}

// seeOther answers a form with the page to go to, so that a reload sends nothing twice.
func seeOther(c *fiber.Ctx, path string) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Redirect(path, fiber.StatusSeeOther)
}

func (s *Server) noRegistration(c *fiber.Ctx) error {
	return s.render(c, fiber.StatusNotFound, views.NoCookie())
}

func (s *Server) registerForm(c *fiber.Ctx) error {
	page := views.RegisterPage{Notice: query(c, "notice")} // a name, so that no text comes from an address
	r, err := s.deps.Registration.Lookup(c.UserContext(), s.visitor(c).key)
	switch {
	case errors.Is(err, registration.ErrNotFound):
	case err != nil:
		return err
	case r.Status != registration.StatusCompleted: // after that, one starts over
		page.Form = formView(r.Form)
	}
	return s.renderForm(c, fiber.StatusOK, page)
}

func (s *Server) renderForm(c *fiber.Ctx, status int, page views.RegisterPage) error {
	for _, country := range registration.Countries(wordsFor(c).Tag()) {
		page.Countries = append(page.Countries, views.Country(country))
	}
	var err error
	if page.Documents, err = s.deps.Registration.Documents(c.UserContext()); err != nil {
		return err
	}
	if name := firstPerson(page.Documents).FullName(); s.deps.Sandbox != nil && page.Form.Name != name {
		page.Specimen = name
	}
	return s.render(c, status, views.Register(page))
}

// fieldErrors are problems for showing.
func fieldErrors(problems registration.FieldErrors) map[string]string {
	shown := map[string]string{}
	for field, problem := range problems {
		shown[field] = string(problem)
	}
	return shown
}

// registerIn draws the form in another language, with what was typed, and with what was wrong with it if that was shown.
func (s *Server) registerIn(c *fiber.Ctx, asked views.Language, form registration.Form) error {
	s.keepLanguage(c, asked)
	page := views.RegisterPage{Form: formView(form)}
	if formValue(c, "marked") != "" {
		page.Errors = fieldErrors(form.Validate())
	}
	return s.renderForm(c, fiber.StatusOK, page)
}

// firstPerson is whose documents the phone shows before any other's.
func firstPerson(documents []string) enrolment.Person {
	kind := enrolment.Passport
	if len(documents) > 0 {
		kind = documents[0]
	}
	first, _ := enrolment.SpecimenFor(kind, "")
	return first.Person
}

// specimenCountry is where the invented people live: their identity cards are of there. Their own is on no list.
const specimenCountry = "AE"

// fillIn draws the form with what the phone's documents say in it. The consent is nobody else's to give.
func (s *Server) fillIn(c *fiber.Ctx, form registration.Form) error {
	documents, err := s.deps.Registration.Documents(c.UserContext())
	if err != nil {
		return err
	}
	person := firstPerson(documents)
	form.Name, form.Email, form.Country = person.FullName(), person.Email, cmp.Or(form.Country, specimenCountry)
	return s.renderForm(c, fiber.StatusOK, views.RegisterPage{Form: formView(form), Filled: true, Notice: "filled"})
}

func formView(f registration.Form) views.Form {
	return views.Form{Name: f.Name, Email: f.Email, Country: f.Country, Consent: f.Consent}
}

func (s *Server) register(c *fiber.Ctx) error {
	form := registration.Form{
		Name:    formValue(c, registration.FieldName),
		Email:   formValue(c, registration.FieldEmail),
		Country: formValue(c, registration.FieldCountry),
		Consent: formValue(c, registration.FieldConsent) != "",
	}.Trim()
	if asked := views.Language(formValue(c, "language")); views.Speaks(asked) {
		return s.registerIn(c, asked, form)
	}
	if formValue(c, "fill") != "" && s.deps.Sandbox != nil {
		return s.fillIn(c, form)
	}
	next, err := s.startOrGoOn(c, form)
	if problems, ok := errors.AsType[registration.FieldErrors](err); ok {
		return s.renderForm(c, fiber.StatusUnprocessableEntity, views.RegisterPage{Form: formView(form), Errors: fieldErrors(problems)})
	}
	if errors.Is(err, registration.ErrProvider) {
		c.Set(fiber.HeaderRetryAfter, retryAfter[handoff.CodeUnavailable])
		return s.renderForm(c, fiber.StatusServiceUnavailable, views.RegisterPage{
			Form: formView(form), Notice: "unavailable",
		})
	}
	if err != nil {
		return err
	}
	return seeOther(c, next)
}

// startOrGoOn returns the page to go to. A form that is sent again unchanged, from the back button or a second tab,
// goes on where its registration stands; a changed one is a new registration, and the old one's code stops working.
func (s *Server) startOrGoOn(c *fiber.Ctx, form registration.Form) (string, error) {
	ctx, before := c.UserContext(), s.visitor(c)
	if problems := form.Validate(); len(problems) > 0 {
		return "", problems
	}
	r, err := s.deps.Registration.Lookup(ctx, before.key)
	if err != nil && !errors.Is(err, registration.ErrNotFound) {
		return "", err
	}
	known := err == nil && r.Status != registration.StatusCompleted
	if known && r.Form == form {
		if r.Status == registration.StatusVerified {
			return "/register/review", nil
		}
		return s.goOn(c, r, before)
	}
	_, key, token, err := s.deps.Registration.Start(ctx, form)
	if err != nil {
		return "", err
	}
	s.remember(c, visitor{key: key, page: token})
	if known {
		s.abandon(ctx, before)
	}
	return "/register/verify", nil
}

// goOn keeps a hand-over that can still be used and renews any other.
func (s *Server) goOn(c *fiber.Ctx, r registration.Registration, v visitor) (string, error) {
	session, err := s.session(c.UserContext(), r, v)
	if err == nil && !session.Status.Ended() && r.Status == registration.StatusVerifying {
		return "/register/verify", nil
	}
	if err == nil && session.Status == handoff.StatusCompleted && r.Status == registration.StatusVerifying {
		return "/register/review", nil
	}
	if err != nil && handoff.ErrorCode(err) != handoff.CodeNotFound {
		return "", err
	}
	_, token, err := s.deps.Registration.Renew(c.UserContext(), v.key, v.page)
	if errors.Is(err, registration.ErrAlreadyVerified) { // in another tab, just now
		return "/register/review", nil
	}
	if err != nil {
		return "", err
	}
	s.remember(c, visitor{key: v.key, page: token})
	return "/register/verify", nil
}

func (s *Server) abandon(ctx context.Context, v visitor) {
	if err := s.deps.Registration.Cancel(ctx, v.key, v.page); err != nil {
		s.log.WarnContext(ctx, "the code of a replaced registration was not withdrawn; it expires by itself", "error", err)
	}
}

// session returns the registration's current hand-over, or handoff.CodeNotFound.
func (s *Server) session(ctx context.Context, r registration.Registration, v visitor) (handoff.Session, error) {
	if v.page.IsZero() {
		return handoff.Session{}, handoff.NotFound()
	}
	session, err := s.deps.Handoff.ByPageToken(ctx, v.page)
	if err == nil && session.ID != r.SessionID {
		return handoff.Session{}, handoff.NotFound()
	}
	return session, err
}
