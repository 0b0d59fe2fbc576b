package web

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/views"
)

// underneath is what happened below a page, for presenters only: nil for anybody else. Its lines hold no secret.
func (s *Server) underneath(c *fiber.Ctx, id handoff.SessionID, code string, lines ...string) *views.Underneath {
	if !s.isPresenter(c) {
		return nil
	}
	u := &views.Underneath{Code: code, Lines: lines}
	if s.deps.Wishes != nil {
		u.Wished = string(s.deps.Wishes.Taken(string(id)).Outcome)
	}
	if _, kept := s.deps.Timeline.Session(id); kept {
		u.Timeline = timelinePath + "/" + string(id)
	}
	return u
}

// underVerification tells how the session of a verification came to its state.
func (s *Server) underVerification(c *fiber.Ctx, page views.VerifyPage, session handoff.Session, events []handoff.Event) *views.Underneath {
	id := handoff.SessionID(page.SessionID)
	switch page.State {
	case views.StateFailed, views.StateCancelled:
		if session.ID == "" {
			return s.underneath(c, id, "deleted", "The page deleted its session: `DELETE /api/v1/session` with the page token. Every call answers 404 SESSION_EXPIRED_OR_NOT_FOUND now.")
		}
		return s.underneath(c, id, reasonOf(session), howItEnded(session, events),
			fmt.Sprintf("Session `%s` is `%s` now; the channel told this page so, and closed.", id, session.Status))
	case views.StateExpired:
		return s.underneath(c, id, "expired", fmt.Sprintf("Session `%s` is over by the clock: every call answers 404 SESSION_EXPIRED_OR_NOT_FOUND, and the channel closed with 4504.", id))
	case views.StateChecking:
		return s.underneath(c, id, "", fmt.Sprintf("The phone has reported INFO. The backend waits for the provider's `GET /api/v1/info/%s`: for 10 seconds at most, then it asks again.", id))
	case views.StateUnavailable:
		return s.underneath(c, id, "", "The provider did not answer in time, or with an error; the log names it. The page asks again by itself.")
	}
	return nil
}

// howItEnded tells by which call of the phone a session failed or was cancelled, and at which step.
func howItEnded(session handoff.Session, events []handoff.Event) string {
	switch session.Reason {
	case handoff.ReasonNotMe:
		return "The person with the phone said that they had not asked for this: the phone's `POST /api/v1/session/report`."
	case handoff.ReasonConfirmationFailed:
		return "The phone entered a wrong number too often: its last `POST /api/v1/session/confirm` ended the session."
	}
	did := "reported a failure"
	if session.Status == handoff.StatusCancelled {
		did = "stopped"
	}
	if session.ClaimedAt.IsZero() && session.Status == handoff.StatusCancelled && !slices.ContainsFunc(events, stepDone) {
		return "The phone stopped before the first step, where it was asked whether to start: its `POST /api/v1/session/confirm` said no."
	}
	for _, step := range stepsOf(session, events) {
		if step.State == views.StepCurrent {
			return fmt.Sprintf("The phone %s at the step `%s`: its `POST /api/v1/session/events` said so.", did, step.Service)
		}
	}
	return fmt.Sprintf("The phone %s: its `POST /api/v1/session/events` said so.", did)
}

func stepDone(event handoff.Event) bool {
	return event.Kind == handoff.KindService || event.Kind == handoff.KindNotice && event.Notice == handoff.NoticeSkipped
}

// underResult tells what of a result was verified.
func (s *Server) underResult(c *fiber.Ctx, r registration.Registration) *views.Underneath {
	if r.Result == nil {
		return nil
	}
	images := "Its pictures are fetched from `GET /api/v1/info/img/{id}` as they are shown, and never kept: 404 or 410 there means that they are gone, and another checksum than the signed one that they are others."
	if picturesGone(r, s.now()) {
		images = "Its pictures are there no more: results and pictures last two hours at the provider."
	}
	return s.underneath(c, r.SessionID, "",
		fmt.Sprintf("The JWS of `GET /api/v1/info/%s` holds: RS256 by a key of the provider, iss, aud, exp, and jti = the session's id.", r.SessionID), images)
}

// picturesGone reports whether a result's pictures are over by its own word.
func picturesGone(r registration.Registration, now time.Time) bool {
	return r.Result != nil && !now.Before(r.Result.ExpiresAt)
}

func (s *Server) underRefusal(r registration.Registration, refused *registration.RefusedError) (code string, lines []string) {
	lines = []string{fmt.Sprintf("The result of `GET /api/v1/info/%s` came and failed the check `%s`.", r.SessionID, refused.Check)}
	if refused.Detail != "" {
		lines = append(lines, sentence(strings.ReplaceAll(refused.Detail, "`", "")))
	}
	if s.deps.Wishes != nil && s.deps.Wishes.Taken(string(r.SessionID)).Outcome.ByProvider() {
		line := "The phone did its part as usual; the provider's result says otherwise."
		if _, judged := refusals[refused.Check]; !judged {
			line = "The phone did its part as usual; it is the provider's answer that cannot be used."
		}
		lines = append(lines, line)
	}
	return string(refused.Check), lines
}

// sentence turns an error's words into one.
func sentence(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[size:] + "."
}
