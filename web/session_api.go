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

// tenant checks the bearer and returns whose it is, and the bearer itself.
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
