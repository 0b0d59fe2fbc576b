package web

import (
	"encoding/base64"

	"github.com/gofiber/fiber/v2"

	"baton/internal/enrolment"
	"baton/views"
)

// consoleOutcome chooses what the next hand-over comes to, if what the demo uses can come to it.
func (s *Server) consoleOutcome(c *fiber.Ctx) error {
	if s.deps.Wishes == nil {
		return fiber.ErrNotFound
	}
	wish := enrolment.Wish{Outcome: enrolment.Outcome(formValue(c, "outcome")), At: formValue(c, "at")}
	if !wish.Outcome.Timed() { // the form has the field for every outcome
		wish.At = ""
	}
	_, chosen, err := s.presets(c)
	if err != nil {
		return err
	}
	config, err := enrolment.Parse(chosen.Data)
	if err == nil {
		err = config.Check(wish)
	}
	if err != nil {
		return s.renderConsole(c, fiber.StatusUnprocessableEntity, design{name: chosen.Name, text: decoded(chosen.Data), wrong: refusal(err)})
	}
	if wish.Outcome == enrolment.OutcomeSuccess {
		wish = enrolment.Wish{}
	}
	s.deps.Wishes.Choose(wish)
	return seeOther(c, consolePath+"?said=outcome#next")
}

// consoleNext shows the choice, held against what the demo uses now.
func (s *Server) consoleNext(data string) *views.ConsoleNext {
	if s.deps.Wishes == nil {
		return nil
	}
	config, err := enrolment.Parse(data)
	if err != nil {
		return nil // the page says what is wrong with it
	}
	wish := s.deps.Wishes.Chosen()
	next := &views.ConsoleNext{Outcomes: outcomes(&config), Steps: config.Steps(), Chosen: string(wish.Outcome), At: wish.At}
	next.Wrong = refusal(config.Check(wish))
	return next
}

func decoded(data string) []byte {
	text, _ := base64.StdEncoding.DecodeString(data)
	return text
}
