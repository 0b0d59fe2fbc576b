package web

import (
	"errors"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"baton/internal/auth"
	"baton/internal/enrolment"
	"baton/internal/handoff"
)

// maxSteps is how many services a creation may list: more than any enrolment has.
const maxSteps = 32

type createdSession struct {
	SessionID string `json:"sessionId"`
	Text      string `json:"qrCodeText"`
	Link      string `json:"qrCodeTextWithDynamicLink"`
	PageToken string `json:"pageToken,omitempty"`
	ExpiresAt string `json:"expiresAt"`
}

type claimedSession struct {
	SessionID string `json:"sessionId"`
	Token     string `json:"token"`
	Data      string `json:"data"`
}

func (s *Server) createSession(c *fiber.Ctx) error {
	tenant, token, err := s.tenant(c)
	if err != nil {
		return err
	}
	body, err := decodeObject(c)
	if err != nil {
		return err
	}
	creation, err := readCreation(body, token)
	if err != nil {
		return err
	}
	creation.Tenant = tenant
	if err := s.deps.Policy.Allows(creation, body.has("token")); err != nil {
		return err
	}
	session, secrets, err := s.deps.Handoff.Create(c.UserContext(), creation)
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, createdSession{
		SessionID: string(session.ID),
		Text:      secrets.Ticket.Reveal(),
		Link:      s.link(secrets.Ticket.Reveal()),
		PageToken: secrets.Page.Reveal(),
		ExpiresAt: timeText(session.ExpiresAt),
	})
}

// link is the code's text behind the public URL, in the fragment, which no browser sends and no log sees.
func (s *Server) link(text string) string {
	u := url.URL{Scheme: s.deps.PublicURL.Scheme, Host: s.deps.PublicURL.Host, Path: "/go"}
	return u.String() + "#" + text
}

// tenant checks the bearer and returns whose it is, and what a phone may be given of it: an access token, and nothing of
// a static key.
func (s *Server) tenant(c *fiber.Ctx) (handoff.Tenant, string, error) {
	token, err := bearer(c)
	if err != nil {
		return "", "", err
	}
	caller, err := s.deps.Auth.Verify(c.UserContext(), token)
	switch {
	case errors.Is(err, auth.ErrUnavailable):
		return "", "", unavailable("Access tokens cannot be checked at the moment. Try again in a few seconds.", err)
	case errors.Is(err, auth.ErrInvalid):
		return "", "", unauthorized(bearerRefused, "The access token is not valid here or has expired. Get a new one.")
	case err != nil:
		return "", "", err
	}
	if caller.Key {
		token = "" // a static key is never handed out
	}
	return handoff.Tenant(caller.Tenant), token, nil
}

// readCreation reads the body of a creation. The bearer is the phone's token unless the body names one.
func readCreation(body object, bearer string) (handoff.Creation, error) {
	if _, ok := body["data"]; !ok {
		return handoff.Creation{}, invalid("`data` is missing. Send it as a string; it may be empty.")
	}
	if !body.has("data") {
		return handoff.Creation{}, invalid("`data` must be a string.")
	}
	var c handoff.Creation
	var err error
	if c.Data, err = body.text("data"); err != nil {
		return c, err
	}
	token := bearer
	if body.has("token") {
		if token, err = body.text("token"); err != nil {
			return c, err
		}
	}
	c.Token = handoff.NewToken(token)
	if c.TTL, err = body.seconds("ttlSeconds"); err != nil {
		return c, err
	}
	if c.Reference, err = body.text("reference"); err != nil {
		return c, err
	}
	if c.Requester, err = readRequester(body); err != nil {
		return c, err
	}
	if c.Protection, err = readProtection(body); err != nil {
		return c, err
	}
	if c.Origins, err = readOrigins(body); err != nil {
		return c, err
	}
	if c.Locale, err = body.text("locale"); err != nil {
		return c, err
	}
	c.Steps, err = readSteps(body, c.Data)
	return c, err
}

// readSteps takes what the caller expects, or what the reader app's own instructions say.
func readSteps(body object, data string) ([]handoff.Step, error) {
	names, err := body.texts("steps", maxSteps)
	if err != nil {
		return nil, err
	}
	if names == nil && len(data) <= handoff.MaxData {
		if config, err := enrolment.Parse(data); err == nil {
			names = config.Steps()
		}
	}
	steps := make([]handoff.Step, 0, len(names))
	for _, name := range names {
		steps = append(steps, handoff.Step(name))
	}
	return steps, nil
}

// readProtection reads how the session guards its claim.
func readProtection(body object) (handoff.Protection, error) {
	var p handoff.Protection
	claim, err := body.text("claim")
	if err != nil {
		return p, err
	}
	switch claim {
	case "", "open":
	case "once":
		p.Once = true
	default:
		return p, invalid("`claim` is open or once.")
	}
	confirm, err := body.text("confirm")
	if err != nil {
		return p, err
	}
	if p.Confirm = handoff.Confirm(confirm); confirm == "none" {
		p.Confirm = handoff.ConfirmNone
	}
	if p.Separate, err = body.flag("separatePage"); err != nil {
		return p, err
	}
	p.Rotate, err = body.flag("rotate")
	return p, err
}

// readOrigins reads which pages may watch this session, as browsers write their origins.
func readOrigins(body object) ([]string, error) {
	texts, err := body.texts("origins", handoff.MaxOrigins)
	if err != nil {
		return nil, err
	}
	origins := make([]string, 0, len(texts))
	for _, text := range texts {
		origin, ok := canonicalOrigin(text)
		if !ok {
			return nil, invalid("`origins` takes origins such as https://shop.example.com: scheme and host, no path.")
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

// claim answers a phone, which from finds in the request.
func (s *Server) claim(from func(*fiber.Ctx) (handoff.Presented, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		phone, err := from(c)
		if err != nil {
			return err
		}
		session, token, data, err := s.deps.Handoff.Claim(c.UserContext(), phone)
		if err != nil {
			return err
		}
		return writeJSON(c, fiber.StatusOK, claimedSession{
			SessionID: string(session.ID), Token: token.Reveal(), Data: data,
		})
	}
}

type shownStatus struct {
	SessionID string         `json:"sessionId"`
	Reference string         `json:"reference"`
	Status    handoff.Status `json:"status"`
	Reason    string         `json:"reason"`
	Services  []handoff.Step `json:"services"`
	// Notices are what the page was told besides: second_claim, confirm_failed and not_me are signs of an attack.
	Notices   []handoff.Notice `json:"notices"`
	Steps     []handoff.Step   `json:"steps"`
	Seq       uint64           `json:"seq"`
	CreatedAt *string          `json:"createdAt"`
	ClaimedAt *string          `json:"claimedAt"`
	EndedAt   *string          `json:"endedAt"`
	ExpiresAt *string          `json:"expiresAt"`
}

// sessionStatus tells a backend where one of its own sessions stands.
func (s *Server) sessionStatus(c *fiber.Ctx) error {
	tenant, _, err := s.tenant(c)
	if err != nil {
		return err
	}
	id, ok := handoff.ParseSessionID(param(c, "sessionId"))
	if !ok {
		return handoff.NotFound()
	}
	session, at, err := s.deps.Handoff.Look(c.UserContext(), tenant, id)
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, shownStatus{
		SessionID: string(session.ID), Reference: session.Reference, Status: at.Status, Reason: at.Reason,
		Services: listed(at.Services), Notices: listed(at.Notices), Steps: listed(session.Steps), Seq: at.Seq,
		CreatedAt: moment(session.CreatedAt), ClaimedAt: moment(at.ClaimedAt), EndedAt: moment(at.EndedAt), ExpiresAt: moment(session.ExpiresAt),
	})
}

// listed keeps null out of an answer: a list without elements is a list.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// moment is a time in an answer, to the millisecond; null is a time that has not come.
func moment(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(timeText(t))
}

// timeText is a time in an answer, RFC 3339 to the millisecond, which is how long a session lives to.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// delete ends the session of whoever holds its secret, which from finds in the request.
func (s *Server) delete(from func(*fiber.Ctx) (pageSecret, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		secret, err := from(c)
		if err != nil {
			return err
		}
		err = s.deps.Handoff.Delete(c.UserContext(), secret.ticket)
		if handoff.ErrorCode(err) == handoff.CodeNotFound && !secret.page.IsZero() {
			err = s.deps.Handoff.DeleteByPage(c.UserContext(), secret.page)
		}
		if err != nil {
			return err
		}
		return noContent(c)
	}
}
