package web

import (
	"errors"
	"net/url"
	"slices"
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
	session, ticket, err := s.deps.Handoff.Create(c.UserContext(), creation)
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, createdSession{
		SessionID: string(session.ID),
		Text:      ticket.Reveal(),
		Link:      s.link(ticket),
		ExpiresAt: session.ExpiresAt.UTC().Format(time.RFC3339),
	})
}

// link is the ticket behind the public URL, in the fragment, which no browser sends and no log sees.
func (s *Server) link(ticket handoff.Ticket) string {
	u := url.URL{Scheme: s.deps.PublicURL.Scheme, Host: s.deps.PublicURL.Host, Path: "/go"}
	return u.String() + "#" + ticket.Reveal()
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
	if err := refuseUnavailable(body); err != nil {
		return handoff.Creation{}, err
	}
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

// refuseUnavailable refuses the protections that a caller may ask for and this version does not give. To ignore one
// would leave the caller unprotected and unaware.
func refuseUnavailable(body object) error {
	for _, option := range []struct{ name, harmless string }{ // the JSON text that asks for nothing, as null does
		{"claim", `"open"`}, {"separatePage", `false`}, {"confirm", `"none"`}, {"rotate", `false`}, {"origins", `[]`},
	} {
		value := slices.Clone(body[option.name])
		if body.has(option.name) && (value.Compact() != nil || string(value) != option.harmless) {
			return invalid("`" + option.name + "` is for protections that are not available yet. Leave it out, or send " + option.harmless + ".")
		}
	}
	return nil
}

func (s *Server) claimByHeader(c *fiber.Ctx) error {
	ticket, err := ticketHeader(c)
	if err != nil {
		return err
	}
	return s.claim(c, ticket)
}

func (s *Server) claimByPath(c *fiber.Ctx) error {
	ticket, err := ticketParam(c)
	if err != nil {
		return err
	}
	return s.claim(c, ticket)
}

func (s *Server) claim(c *fiber.Ctx, ticket handoff.Ticket) error {
	session, token, data, err := s.deps.Handoff.Claim(c.UserContext(), ticket)
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, claimedSession{
		SessionID: string(session.ID), Token: token.Reveal(), Data: data,
	})
}

type requesterShown struct {
	Name    string `json:"name"`
	Browser string `json:"browser"`
	System  string `json:"system"`
}

type openedSession struct {
	Requester requesterShown `json:"requester"`
	Confirm   string         `json:"confirm"`
	Steps     []handoff.Step `json:"steps"`
	Status    handoff.Status `json:"status"`
	ExpiresAt string         `json:"expiresAt"`
}

// openSession tells a phone, before it claims anything, who asks and what for. The page hears that it was asked.
func (s *Server) openSession(c *fiber.Ctx) error {
	ticket, err := ticketHeader(c)
	if err != nil {
		return err
	}
	session, err := s.deps.Handoff.Open(c.UserContext(), ticket)
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, openedSession{
		Requester: requesterShown(session.Requester), Confirm: "none", Steps: listed(session.Steps),
		Status: session.Status, ExpiresAt: session.ExpiresAt.UTC().Format(time.RFC3339),
	})
}

type shownStatus struct {
	SessionID string         `json:"sessionId"`
	Reference string         `json:"reference"`
	Status    handoff.Status `json:"status"`
	Reason    string         `json:"reason"`
	Services  []handoff.Step `json:"services"`
	Steps     []handoff.Step `json:"steps"`
	Seq       uint64         `json:"seq"`
	CreatedAt *string        `json:"createdAt"`
	ClaimedAt *string        `json:"claimedAt"`
	EndedAt   *string        `json:"endedAt"`
	ExpiresAt *string        `json:"expiresAt"`
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
		Services: listed(at.Services), Steps: listed(session.Steps), Seq: at.Seq,
		CreatedAt: moment(session.CreatedAt), ClaimedAt: moment(at.ClaimedAt), EndedAt: moment(at.EndedAt), ExpiresAt: moment(session.ExpiresAt),
	})
}

// listed keeps null out of an answer: a list without elements is a list.
func listed(steps []handoff.Step) []handoff.Step {
	if steps == nil {
		return []handoff.Step{}
	}
	return steps
}

// moment is a time in an answer, to the millisecond; null is a time that has not come.
func moment(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}

func (s *Server) deleteByHeader(c *fiber.Ctx) error {
	ticket, err := ticketHeader(c)
	if err != nil {
		return err
	}
	return s.delete(c, ticket)
}

func (s *Server) deleteByPath(c *fiber.Ctx) error {
	ticket, err := ticketParam(c)
	if err != nil {
		return err
	}
	return s.delete(c, ticket)
}

func (s *Server) delete(c *fiber.Ctx, ticket handoff.Ticket) error {
	if err := s.deps.Handoff.Delete(c.UserContext(), ticket); err != nil {
		return err
	}
	return noContent(c)
}
