package web

import (
	"context"
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
	case views.StateReady, views.StateOpened, views.StateConfirm, views.StateClaimed, views.StateExpired:
		page.Notice = query(c, "notice") // a name, so that no text comes from an address
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
	page := views.VerifyPage{SessionID: string(r.SessionID), Needs: s.deps.Registration.DocumentsOf(r)}
	session, err := s.session(ctx, r, v)
	if r.Status == registration.StatusCancelled {
		page.State, page.Reason = views.StateCancelled, "PAGE_CANCEL"
		page.Underneath = s.underVerification(c, page, session, nil)
		return page, nil
	}
	var events []handoff.Event
	if err == nil {
		events, err = s.deps.Handoff.EventsAfter(ctx, session.ID, 0)
	}
	if handoff.ErrorCode(err) == handoff.CodeNotFound {
		page.State = views.StateExpired
		if v.page.IsZero() {
			page.State, page.Reason = views.StateCancelled, "PAGE_CANCEL"
		}
		page.Underneath = s.underVerification(c, page, session, events)
		return page, nil
	}
	if err != nil {
		return page, err
	}
	page.Seq, page.Token, page.Rotates = session.Seq, v.page.Reveal(), session.Protection.Rotate
	page.Remaining, page.Lifetime = session.ExpiresAt.Sub(s.deps.Handoff.Now()), session.ExpiresAt.Sub(session.CreatedAt)
	page.SecondPhone, page.SecondPhoneNow = secondPhone(events)
	switch session.Status {
	case handoff.StatusCompleted:
		page.State, page.Next = views.StateChecking, "/register/review?sessionId="+string(session.ID)
		page.Underneath = s.underVerification(c, page, session, events)
	case handoff.StatusFailed, handoff.StatusCancelled:
		page.State = views.VerifyState(session.Status)
		page.Reason = reasonOf(session)
		if !views.ReasonKnown(reasonOf(session)) {
			page.RequestID = requestIDOf(c)
		}
		page.Underneath = s.underVerification(c, page, session, events)
	case handoff.StatusCreated:
		if !slices.ContainsFunc(events, atWork) {
			// A phone may be quicker than this page's channel, and is to be told where the code is shown.
			if err := s.introduce(ctx, session, requesterOf(header(c, fiber.HeaderUserAgent))); err != nil {
				return page, err
			}
			return page, s.awaitClaim(ctx, &page, session, v)
		}
		fallthrough // a backend reports steps without a claim: the phone is at work all the same
	default:
		page.State, page.Steps = views.StateClaimed, stepsOf(session, events)
	}
	return page, nil
}

func (s *Server) introduce(ctx context.Context, session handoff.Session, page handoff.Requester) error {
	if session.Requester.Or(page) == session.Requester {
		return nil
	}
	return s.deps.Handoff.Introduce(ctx, session.ID, page)
}

// awaitClaim draws what comes before a phone has claimed: the number that it has to enter, where it has to, else the code.
func (s *Server) awaitClaim(ctx context.Context, page *views.VerifyPage, session handoff.Session, v visitor) error {
	if session.Number != "" && session.ConfirmedAt.IsZero() {
		page.State, page.Number, page.WrongNumber = views.StateConfirm, session.Number, session.Tries > 0
		return nil
	}
	page.State = views.StateReady
	if page.Until = session.OpenedAt.Add(openedFor).Sub(s.deps.Handoff.Now()); page.Until > 0 {
		page.State = views.StateOpened
	}
	page.Copies = !session.Protection.Rotate || session.Protection.Confirm == handoff.ConfirmNumber
	picture, err := s.deps.Handoff.Picture(ctx, v.page)
	if err != nil {
		return err
	}
	code, err := qr.Encode(s.link(picture.Text), qr.Medium)
	page.Code = views.QR{Modules: code.Modules, Path: code.Path}
	return err
}

// atWork reports whether an event tells of a phone that does more than look at the link.
func atWork(event handoff.Event) bool {
	return event.Kind != handoff.KindNotice || event.Notice == handoff.NoticeSkipped
}

// secondPhone reports whether another phone has been refused, and whether nothing has followed it that a page is told.
func secondPhone(events []handoff.Event) (refused, last bool) {
	for _, event := range events {
		if event.Kind == handoff.KindProgress {
			continue
		}
		last = event.Kind == handoff.KindNotice && event.Notice == handoff.NoticeSecondClaim
		refused = refused || last
	}
	return refused, last
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

// phoneHere opens the phone's page in this browser. What the code says at this moment goes into the fragment, which
// browsers keep to themselves; so it stands in no page, and a link that was drawn a while ago is not a stale one.
func (s *Server) phoneHere(c *fiber.Ctx) error {
	if site := header(c, "Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return seeOther(c, "/register/verify") // opening the link binds a phone: no other site's link may do that
	}
	picture, err := s.deps.Handoff.Picture(c.UserContext(), s.visitor(c).page)
	if handoff.ErrorCode(err) == handoff.CodeNotFound {
		return seeOther(c, "/register/verify") // which says what has become of the code
	}
	if err != nil {
		return err
	}
	return seeOther(c, "/go#"+picture.Text) // on this very server, also where the code names another address of it
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
	_, token, err := s.deps.Registration.Renew(ctx, v.key, v.page)
	switch {
	case errors.Is(err, registration.ErrAlreadyVerified):
		return seeOther(c, "/register/review")
	case errors.Is(err, registration.ErrProvider):
		return s.unreachable(c, r, "/register/verify")
	case err != nil:
		return err
	}
	s.remember(c, visitor{key: v.key, page: token})
	return seeOther(c, "/register/verify")
}

// unreachable says that the provider cannot be reached, and loads next in a while.
func (s *Server) unreachable(c *fiber.Ctx, r registration.Registration, next string) error {
	c.Set(fiber.HeaderRetryAfter, "10")
	page := views.VerifyPage{State: views.StateUnavailable, SessionID: string(r.SessionID), RequestID: requestIDOf(c), Next: next, After: 10 * time.Second}
	page.Underneath = s.underVerification(c, page, handoff.Session{}, nil)
	return s.render(c, fiber.StatusServiceUnavailable, views.Verify(page))
}

func (s *Server) cancel(c *fiber.Ctx) error {
	v := s.visitor(c)
	err := s.deps.Registration.Cancel(c.UserContext(), v.key, v.page)
	switch {
	case errors.Is(err, registration.ErrNotFound):
		return s.noRegistration(c)
	case err != nil && !errors.Is(err, registration.ErrSessionMismatch): // renewed elsewhere: this code is dead already
		return err
	}
	s.remember(c, visitor{key: v.key})
	return seeOther(c, "/register?notice=cancelled")
}
