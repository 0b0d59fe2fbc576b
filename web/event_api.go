package web

import (
	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
)

type publishedEvent struct {
	Seq uint64 `json:"seq"`
}

// publishAsBackend takes an event for a session of the caller's own tenant.
func (s *Server) publishAsBackend(c *fiber.Ctx) error {
	tenant, _, err := s.tenant(c)
	if err != nil {
		return err
	}
	progress, err := readProgress(c)
	if err != nil {
		return err
	}
	id, ok := handoff.ParseSessionID(param(c, "sessionId"))
	if !ok {
		return handoff.NotFound()
	}
	event, err := s.deps.Handoff.PublishAs(c.UserContext(), tenant, id, progress)
	return answerEvent(c, event, err)
}

// publishAsPhone takes an event from the holder of the ticket, after a claim.
func (s *Server) publishAsPhone(c *fiber.Ctx) error {
	ticket, err := ticketHeader(c)
	if err != nil {
		return err
	}
	progress, err := readProgress(c)
	if err != nil {
		return err
	}
	event, err := s.deps.Handoff.Publish(c.UserContext(), ticket, progress)
	return answerEvent(c, event, err)
}

// answerEvent answers only when the event is durable.
func answerEvent(c *fiber.Ctx, event handoff.Event, err error) error {
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, publishedEvent{Seq: event.Seq})
}

func readProgress(c *fiber.Ctx) (handoff.Progress, error) {
	body, err := decodeObject(c)
	if err != nil {
		return handoff.Progress{}, err
	}
	var texts [5]string
	for i, name := range []string{"service", "skipped", "status", "reason", "key"} {
		if texts[i], err = body.text(name); err != nil {
			return handoff.Progress{}, err
		}
	}
	return handoff.Progress{
		Step: handoff.Step(texts[0]), Skipped: handoff.Step(texts[1]), Status: handoff.Status(texts[2]),
		Reason: texts[3], Key: texts[4],
	}, nil
}
