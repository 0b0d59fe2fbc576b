package web

import (
	"baton/internal/enrolment"
	"baton/views"
)

// Wishes is where a presenter's choice for the next hand-over is kept; *sandbox.Sandbox is one. Safe for concurrent use.
type Wishes interface {
	// Choose makes w what the next hand-over comes to, once; the zero Wish takes a choice back.
	Choose(w enrolment.Wish)
	// Chosen returns it, until a phone has taken it up.
	Chosen() enrolment.Wish
	// Taken returns what the phone of a session has taken up.
	Taken(sessionID string) enrolment.Wish
}

// outcomes are all that can be chosen; those that config cannot come to are marked. nil is any config.
func outcomes(config *enrolment.Config) []views.Outcome {
	var all []views.Outcome
	for _, o := range enrolment.Outcomes() {
		one := views.Outcome{Value: string(o), Needs: o.Needs(), Timed: o.Timed()}
		switch {
		case o.ByPhone():
			one.Where = "phone"
		case o.ByProvider():
			one.Where = "provider"
		}
		if config != nil {
			one.Unfit = config.Check(enrolment.Wish{Outcome: o}) != nil
		}
		all = append(all, one)
	}
	return all
}
