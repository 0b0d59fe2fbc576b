package web

import (
	"strings"

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
	phone, err := phoneHeader(c)
	if err != nil {
		return err
	}
	progress, err := readProgress(c)
	if err != nil {
		return err
	}
	event, err := s.deps.Handoff.Publish(c.UserContext(), phone, progress)
	return answerEvent(c, event, err)
}

// answerEvent answers only when the event is durable.
func answerEvent(c *fiber.Ctx, event handoff.Event, err error) error {
	if err != nil {
		return err
	}
	return writeJSON(c, fiber.StatusOK, publishedEvent{Seq: event.Seq})
}

// readProgress reads a report: one of our own, or a trace object of the provider's SDK as the app got it. Only a trace
// has an `event`.
func readProgress(c *fiber.Ctx) (handoff.Progress, error) {
	body, err := decodeObject(c)
	if err != nil {
		return handoff.Progress{}, err
	}
	key, err := body.text("key")
	if err != nil {
		return handoff.Progress{}, err
	}
	if body.has("event") {
		return readTrace(body, key)
	}
	texts, err := body.allTexts("service", "skipped", "status", "reason")
	if err != nil {
		return handoff.Progress{}, err
	}
	return handoff.Progress{
		Step: handoff.Step(texts[0]), Skipped: handoff.Step(texts[1]), Status: handoff.Status(texts[2]), Reason: texts[3], Key: key,
	}, nil
}

// traceMembers are kept of a trace object for the timeline, in this order. Its device identifier and its free text are
// not: the one follows a person from session to session, and nobody knows what the other says.
var traceMembers = []string{"category", "event", "status", "page", "statusCode", "documentType", "timestamp"}

func readTrace(body object, key string) (handoff.Progress, error) {
	for _, other := range []string{"service", "skipped"} {
		if body.has(other) {
			return handoff.Progress{}, invalid("Send either a trace object, which has `event`, or `" + other + "`.")
		}
	}
	texts, err := body.allTexts("event", "status", "page", "statusCode", "sessionId")
	if err != nil {
		return handoff.Progress{}, err
	}
	if texts[0] == "" {
		return handoff.Progress{}, invalid("`event` of a trace object is its name, such as COMPLETE.")
	}
	trace := handoff.Trace{Event: texts[0], Status: texts[1], Page: texts[2], StatusCode: texts[3]}
	if texts[4] != "" { // the SDK's first object, INIT, has none yet
		var ok bool
		if trace.Session, ok = handoff.ParseSessionID(texts[4]); !ok {
			return handoff.Progress{}, invalid("`sessionId` of a trace object must be a UUID.")
		}
	}
	kept := make([]string, 0, len(traceMembers))
	for _, name := range traceMembers {
		switch {
		case !body.has(name):
			continue
		case body[name].Kind() != '"' && body[name].Kind() != '0':
			return handoff.Progress{}, invalid("`" + name + "` of a trace object must be a string.")
		}
		kept = append(kept, `"`+name+`":`+string(body[name]))
	}
	trace.Detail = "{" + strings.Join(kept, ",") + "}"
	progress := trace.Progress()
	progress.Key = key
	return progress, nil
}
