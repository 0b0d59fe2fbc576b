package web

import (
	"errors"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
	"baton/internal/qr"
	"baton/internal/registration"
	"baton/views"
)

func (s *Server) verify(c *fiber.Ctx) error {
	v := s.visitor(c)
	r, err := s.deps.Registration.Lookup(c.UserContext(), v.key)
	if errors.Is(err, registration.ErrNotFound) {
		return s.noRegistration(c)
	}
	if err != nil {
		return err
	}
	if next := elsewhere(r); next != "" {
		return seeOther(c, next)
	}
	page, err := s.verification(c, r, v)
	if err != nil {
		return err
	}
	switch page.State {
	case views.StateReady, views.StateOpened, views.StateClaimed, views.StateExpired:
		page.Notice = notices[query(c, "notice")]
	}
	return s.render(c, fiber.StatusOK, views.Verify(page))
}

// openedFor is how long the page points to the phone that has opened the link. Whoever has not gone on by then may have
// meant to look only, or it was another's phone: the code is there to be scanned again.
const openedFor = time.Minute

// elsewhere is the page of a registration that is past its verification.
func elsewhere(r registration.Registration) string {
	switch r.Status {
	case registration.StatusVerified, registration.StatusRefused:
		return "/register/review"
	case registration.StatusCompleted:
		return "/register/done"
	}
	return ""
}

// verification draws the state of the hand-over from what is stored, so that a reload, a second tab and a page without
// scripts all show the same.
func (s *Server) verification(c *fiber.Ctx, r registration.Registration, v visitor) (views.VerifyPage, error) {
	ctx := c.UserContext()
	page := views.VerifyPage{SessionID: string(r.SessionID)}
	session, err := s.session(ctx, r, v)
	var events []handoff.Event
	if err == nil {
		events, err = s.deps.Handoff.EventsAfter(ctx, session.ID, 0)
	}
	if handoff.ErrorCode(err) == handoff.CodeNotFound {
		page.State = views.StateExpired
		if v.ticket.IsZero() {
			page.State, page.Reason = views.StateCancelled, views.ReasonFor("PAGE_CANCEL")
		}
		return page, nil
	}
	if err != nil {
		return page, err
	}
	page.Seq = session.Seq
	page.Remaining, page.Lifetime = session.ExpiresAt.Sub(s.deps.Handoff.Now()), session.ExpiresAt.Sub(session.CreatedAt)
	switch session.Status {
	case handoff.StatusCompleted:
		page.State, page.Next = views.StateChecking, "/register/review?sessionId="+string(session.ID)
	case handoff.StatusFailed, handoff.StatusCancelled:
		page.State = views.VerifyState(session.Status)
		page.Reason = views.ReasonFor(reasonOf(session))
		if !views.ReasonKnown(reasonOf(session)) {
			page.RequestID = requestIDOf(c)
		}
	case handoff.StatusCreated:
		if !slices.ContainsFunc(events, atWork) {
			page.State, page.Ticket, page.Link = views.StateReady, v.ticket.Reveal(), s.link(v.ticket.Reveal())
			if page.Until = session.OpenedAt.Add(openedFor).Sub(s.deps.Handoff.Now()); page.Until > 0 {
				page.State = views.StateOpened
			}
			code, err := qr.Encode(page.Link, qr.Medium)
			page.Code = views.QR{Modules: code.Modules, Path: code.Path}
			return page, err
		}
		fallthrough // a backend reports steps without a claim: the phone is at work all the same
	default:
		page.State, page.Ticket = views.StateClaimed, v.ticket.Reveal()
		page.Steps = stepsOf(session, events)
	}
	return page, nil
}

// atWork reports whether an event tells of a phone that does more than look at the link.
func atWork(event handoff.Event) bool {
	return event.Kind != handoff.KindNotice || event.Notice != handoff.NoticeOpened
}

// reasonOf lets a person who stopped without giving a reason have stopped.
func reasonOf(session handoff.Session) string {
	if session.Reason == "" && session.Status == handoff.StatusCancelled {
		return "USER_CANCEL"
	}
	return session.Reason
}

func requestIDOf(c *fiber.Ctx) string {
	if seen, ok := exchangeOf(c); ok {
		return seen.id
	}
	return ""
}

// stepsOf lists the steps that the session expects, and any other that was reported, as far as they have come.
func stepsOf(session handoff.Session, events []handoff.Event) []views.Step {
	var steps []views.Step
	index := map[handoff.Step]int{}
	add := func(step handoff.Step) int {
		if i, ok := index[step]; ok {
			return i
		}
		index[step] = len(steps)
		steps = append(steps, views.Step{Service: string(step), State: views.StepTodo})
		return len(steps) - 1
	}
	for _, step := range session.Steps {
		add(step)
	}
	for _, event := range events {
		switch {
		case event.Kind == handoff.KindService:
			step := &steps[add(event.Step)]
			step.State, step.At = views.StepDone, event.At
		case event.Kind == handoff.KindNotice && event.Notice == handoff.NoticeSkipped:
			if step := &steps[add(event.Step)]; step.State != views.StepDone { // two documents: one chip may have been read
				step.State, step.At = views.StepSkipped, event.At
			}
		}
	}
	for i := range steps {
		if steps[i].State == views.StepTodo {
			steps[i].State = views.StepCurrent
			break
		}
	}
	return steps
}

// renew answers "Get a new code" and "Try again". The form names the hand-over that it replaces, so that two tabs that
// ask at once get one new code.
func (s *Server) renew(c *fiber.Ctx) error {
	ctx, v := c.UserContext(), s.visitor(c)
	r, err := s.deps.Registration.Lookup(ctx, v.key)
	if errors.Is(err, registration.ErrNotFound) {
		return s.noRegistration(c)
	}
	if err != nil {
		return err
	}
	if replaces := formValue(c, "replaces"); replaces != "" && replaces != string(r.SessionID) {
		return seeOther(c, "/register/verify")
	}
	_, ticket, err := s.deps.Registration.Renew(ctx, v.key, v.ticket)
	switch {
	case errors.Is(err, registration.ErrAlreadyVerified):
		return seeOther(c, "/register/review")
	case errors.Is(err, registration.ErrProvider):
		return s.unreachable(c, r, "/register/verify")
	case err != nil:
		return err
	}
	s.remember(c, visitor{key: v.key, ticket: ticket})
	return seeOther(c, "/register/verify")
}

// unreachable says that the provider cannot be reached, and loads next in a while.
func (s *Server) unreachable(c *fiber.Ctx, r registration.Registration, next string) error {
	c.Set(fiber.HeaderRetryAfter, "10")
	return s.render(c, fiber.StatusServiceUnavailable, views.Verify(views.VerifyPage{
		State: views.StateUnavailable, SessionID: string(r.SessionID), RequestID: requestIDOf(c), Next: next, After: 10 * time.Second,
	}))
}

func (s *Server) cancel(c *fiber.Ctx) error {
	v := s.visitor(c)
	err := s.deps.Registration.Cancel(c.UserContext(), v.key, v.ticket)
	switch {
	case errors.Is(err, registration.ErrNotFound):
		return s.noRegistration(c)
	case err != nil && !errors.Is(err, registration.ErrSessionMismatch): // renewed elsewhere: this code is dead already
		return err
	}
	s.remember(c, visitor{key: v.key})
	return seeOther(c, "/register?notice=cancelled")
}
