package web

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/language"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/views"
)

const (
	// The provider may need a moment after the phone's last step. Until patience ends the page asks again by itself.
	askAgain = 2 * time.Second
	patience = time.Minute
)

// review is the follow-up: the result is fetched, checked and shown. Which session's result is the registration's to
// say; a session id in the address is only compared.
func (s *Server) review(c *fiber.Ctx) error {
	v := s.visitor(c)
	r, err := s.deps.Registration.Finish(c.UserContext(), v.key, query(c, "sessionId"))
	refused, isRefused := errors.AsType[*registration.RefusedError](err)
	switch {
	case err == nil && r.Status == registration.StatusCompleted:
		return seeOther(c, "/register/done")
	case err == nil:
		page := reviewPage(r, s.now(), wordsFor(c).Tag())
		page.Underneath = s.underResult(c, r)
		return s.render(c, fiber.StatusOK, views.Review(page))
	case isRefused:
		return s.render(c, fiber.StatusOK, views.Refused(s.refusedPage(c, r, v, refused)))
	case errors.Is(err, registration.ErrNotFound):
		return s.noRegistration(c)
	case errors.Is(err, registration.ErrSessionMismatch):
		return s.render(c, fiber.StatusConflict, views.Error(views.ErrorPage{Code: "OTHER_SESSION", Href: "/register/verify"}))
	case errors.Is(err, registration.ErrNotReady):
		return s.notReady(c, r, v)
	case errors.Is(err, registration.ErrProvider):
		return s.unreachable(c, r, "/register/review")
	}
	return err
}

// notReady waits where the phone has finished, and leads back to the verification where it has not.
func (s *Server) notReady(c *fiber.Ctx, r registration.Registration, v visitor) error {
	session, err := s.session(c.UserContext(), r, v)
	if err != nil && handoff.ErrorCode(err) != handoff.CodeNotFound {
		return err
	}
	if err != nil || session.Status != handoff.StatusCompleted || r.Status == registration.StatusCancelled {
		return seeOther(c, "/register/verify?notice=not-ready")
	}
	next := "/register/review?sessionId=" + url.QueryEscape(string(r.SessionID))
	if s.deps.Handoff.Now().Sub(session.EndedAt) > patience {
		return s.unreachable(c, r, next)
	}
	page := views.VerifyPage{State: views.StateChecking, SessionID: string(r.SessionID), Seq: session.Seq, Next: next, After: askAgain}
	page.Underneath = s.underVerification(c, page, session, nil)
	return s.render(c, fiber.StatusOK, views.Verify(page))
}

func person(f registration.Form, in language.Tag) views.Person {
	country, ok := registration.CountryName(in, f.Country)
	if !ok {
		country = f.Country
	}
	return views.Person{Name: f.Name, Email: f.Email, Country: country}
}

func reviewPage(r registration.Registration, now time.Time, in language.Tag) views.ReviewPage {
	page := views.ReviewPage{Typed: person(r.Form, in), VerifiedAt: r.VerifiedAt}
	for _, d := range r.Differences() {
		page.Differences = append(page.Differences, views.Difference{Document: d.Document, Typed: d.Typed, Says: d.Says})
	}
	if r.Result == nil {
		return page
	}
	page.Checks = checksOf(*r.Result)
	for i, d := range r.Result.Documents {
		image := func(kind registration.ImageKind) string {
			if d.Image(kind).ID == "" || picturesGone(r, now) {
				return ""
			}
			return fmt.Sprintf("/register/image/%d/%s", i, kind)
		}
		page.Documents = append(page.Documents, views.Document{
			Type: d.Type, FullName: d.FullName, Number: d.Number, Nationality: d.Nationality, Sex: d.Sex,
			DateOfBirth: d.DateOfBirth, ExpiresOn: d.ExpiresOn,
			Portrait: image(registration.ImagePortrait), Front: image(registration.ImageFront),
			Back: image(registration.ImageBack), Selfie: image(registration.ImageSelfie), Gone: picturesGone(r, now),
		})
	}
	return page
}

// The checks, in the order in which they are made.
const (
	checkResult     = "result"
	checkDocument   = "document"
	checkChip       = "chip"
	checkFace       = "face"
	checkBackground = "background"
)

// checksOf lists what a verified result has passed.
func checksOf(result registration.Result) []views.Check {
	checks := []views.Check{{What: checkResult, Outcome: "passed", Meaning: views.MeaningDone}}
	for i, d := range result.Documents {
		add := func(what, outcome string, meaning views.Meaning) {
			check := views.Check{What: what, Outcome: outcome, Meaning: meaning}
			if len(result.Documents) > 1 {
				check.Document, check.Type = i+1, d.Type
			}
			checks = append(checks, check)
		}
		add(checkDocument, "passed", views.MeaningDone)
		if d.ChipRead {
			add(checkChip, "read", views.MeaningDone)
		} else {
			add(checkChip, "unread", views.MeaningOpen)
		}
		if d.Face != nil {
			add(checkFace, "passed", views.MeaningDone)
		}
	}
	if result.Background != nil {
		checks = append(checks, views.Check{What: checkBackground, Outcome: "clear", Meaning: views.MeaningDone})
	}
	return checks
}

// refusals say which of the checks a refusal belongs to, and the code of its words.
var refusals = map[registration.Refusal]struct{ check, reason string }{
	registration.RefusalDocument:   {checkDocument, "DOCUMENT_REFUSED"},
	registration.RefusalFace:       {checkFace, "FACE_NO_MATCH"},
	registration.RefusalBackground: {checkBackground, "BACKGROUND_REFUSED"},
}

func (s *Server) refusedPage(c *fiber.Ctx, r registration.Registration, v visitor, refused *registration.RefusedError) views.RefusedPage {
	failed, ok := refusals[refused.Check]
	if !ok { // signature, key, issuer, audience, times, session, content
		failed.check, failed.reason = checkResult, "RESULT_REFUSED"
	}
	page := views.RefusedPage{
		SessionID: string(r.SessionID), Reason: failed.reason,
	}
	code, lines := s.underRefusal(r, refused)
	page.Underneath = s.underneath(c, r.SessionID, code, lines...)
	page.Checks = checksUntil(failed.check, s.chipOf(c, r, v))
	return page
}

// checksUntil lists the checks with the one that failed: what comes after it was not used. chip is how far the phone
// says it came with that: nothing of a refused result is kept, so the page has no better word for it.
func checksUntil(failed string, chip views.StepState) []views.Check {
	var checks []views.Check
	outcome, meaning := "passed", views.MeaningDone
	for _, key := range []string{checkResult, checkDocument, checkChip, checkFace, checkBackground} {
		check := views.Check{What: key, Outcome: outcome, Meaning: meaning}
		switch {
		case key == failed:
			check.Outcome, check.Meaning = "failed", views.MeaningWrong
			outcome, meaning = "open", views.MeaningOpen
		case key == checkChip && chip == views.StepSkipped:
			check.Outcome, check.Meaning = "unread", views.MeaningOpen
		case key == checkChip && chip != views.StepDone:
			continue
		case key == checkChip && meaning == views.MeaningDone:
			check.Outcome = "reported"
		}
		checks = append(checks, check)
	}
	return checks
}

// chipOf is what the phone reported of the chip; empty for nothing, and where nobody knows any more.
func (s *Server) chipOf(c *fiber.Ctx, r registration.Registration, v visitor) views.StepState {
	session, err := s.session(c.UserContext(), r, v)
	if err != nil {
		return ""
	}
	events, err := s.deps.Handoff.EventsAfter(c.UserContext(), session.ID, 0)
	if err != nil {
		return ""
	}
	for _, step := range stepsOf(session, events) {
		if step.Service == string(handoff.StepRead) {
			return step.State
		}
	}
	return ""
}

// registrationImage passes an image of the verified result on to the person whose result it is.
func (s *Server) registrationImage(c *fiber.Ctx) error {
	n, err := strconv.Atoi(param(c, "document"))
	if err != nil {
		return fiber.ErrNotFound
	}
	jpeg, err := s.deps.Registration.Image(c.UserContext(), s.visitor(c).key, n, registration.ImageKind(param(c, "kind")))
	_, isRefused := errors.AsType[*registration.RefusedError](err)
	switch {
	case errors.Is(err, registration.ErrNotFound), errors.Is(err, registration.ErrNotVerified):
		return fiber.ErrNotFound
	case errors.Is(err, registration.ErrImageGone):
		return withStatus(fiber.StatusGone, &handoff.Error{Code: codeNotFound, Message: "The provider no longer has this picture. Nothing else is lost."})
	case isRefused, errors.Is(err, registration.ErrProvider):
		return unavailable("The image could not be fetched. Load the page again in a moment.", err)
	case err != nil:
		return err
	}
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderContentType, "image/jpeg")
	return c.Send(jpeg)
}

func (s *Server) complete(c *fiber.Ctx) error {
	_, err := s.deps.Registration.Complete(c.UserContext(), s.visitor(c).key)
	switch {
	case errors.Is(err, registration.ErrNotFound):
		return s.noRegistration(c)
	case errors.Is(err, registration.ErrNotVerified):
		return seeOther(c, "/register/verify")
	case err != nil:
		return err
	}
	return seeOther(c, "/register/done")
}

func (s *Server) done(c *fiber.Ctx) error {
	r, err := s.deps.Registration.Lookup(c.UserContext(), s.visitor(c).key)
	switch {
	case errors.Is(err, registration.ErrNotFound):
		return s.noRegistration(c)
	case err != nil:
		return err
	case r.Status != registration.StatusCompleted:
		return seeOther(c, "/register/verify")
	}
	page := views.DonePage{Number: r.Number, Typed: person(r.Form, wordsFor(c).Tag()), VerifiedAt: r.VerifiedAt, CompletedAt: r.CompletedAt}
	if r.Result != nil && len(r.Result.Documents) > 0 {
		document := r.Result.Documents[0]
		page.Name, page.Type, page.Ends = document.FullName, document.Type, endOf(document.Number)
	}
	return s.render(c, fiber.StatusOK, views.Done(page))
}

// endOf is as much of a number as may be told to whoever looks over the shoulder.
func endOf(number string) string {
	const shown = 4
	characters := []rune(number)
	if len(characters) <= shown {
		return ""
	}
	return string(characters[len(characters)-shown:])
}
