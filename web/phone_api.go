package web

import (
	"cmp"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
)

// What a phone calls before and beside its claim.

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
	CreatedAt string         `json:"createdAt"`
	ExpiresAt string         `json:"expiresAt"`
}

// openSession tells a phone, before it claims anything, who asks and what for. The page hears that it was asked.
func (s *Server) openSession(c *fiber.Ctx) error {
	phone, err := phoneHeader(c)
	if err != nil {
		return err
	}
	session, err := s.deps.Handoff.Open(c.UserContext(), phone)
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, openedSession{
		Requester: requesterShown(session.Requester), Confirm: cmp.Or(string(session.Protection.Confirm), "none"), Steps: listed(session.Steps),
		Status: session.Status, CreatedAt: timeText(session.CreatedAt), ExpiresAt: timeText(session.ExpiresAt),
	})
}

// phoneCall is who calls, and the body.
func phoneCall(c *fiber.Ctx) (handoff.Presented, object, error) {
	phone, err := phoneHeader(c)
	if err != nil {
		return handoff.Presented{}, nil, err
	}
	body, err := decodeObject(c)
	return phone, body, err
}

// confirmSession takes the person's answer to what the phone was told of who asks.
func (s *Server) confirmSession(c *fiber.Ctx) error {
	phone, body, err := phoneCall(c)
	if err != nil {
		return err
	}
	if !body.has("agree") {
		return invalid("`agree` is missing: true if the person asked for this, false if not.")
	}
	agree, err := body.flag("agree")
	if err != nil {
		return err
	}
	number, err := body.text("number")
	if err != nil {
		return err
	}
	if err := s.deps.Handoff.Confirm(c.UserContext(), phone, agree, number); err != nil {
		return err
	}
	return noContent(c)
}

// reportSession takes the person's "it was not me".
func (s *Server) reportSession(c *fiber.Ctx) error {
	phone, body, err := phoneCall(c)
	if err != nil {
		return err
	}
	reason, err := body.text("reason")
	if err != nil {
		return err
	}
	if reason != handoff.ReasonNotMe {
		return invalid("`reason` is NOT_ME.")
	}
	if err := s.deps.Handoff.Report(c.UserContext(), phone); err != nil {
		return err
	}
	return noContent(c)
}
