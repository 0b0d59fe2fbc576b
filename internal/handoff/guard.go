package handoff

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"
)

// noticeAgain is the shortest time between two notices of the same kind that a stranger can cause, so that nobody fills a
// session's record.
const noticeAgain = 10 * time.Second

// The refusals of the guard. They say what to do and nothing about the session.
func alreadyClaimed() error {
	return newError(CodeAlreadyClaimed, "Another phone uses this code, or used it until the session ended. Go on with that one, or get a new code on the page.")
}

func codeStale() error {
	return newError(CodeCodeStale, "This picture of the code is too old. Scan the one on the page now.")
}

func confirmFirst() error {
	return newError(CodeConfirmationRequired, "Confirm first: POST /api/v1/session/confirm with the person's answer.")
}

func deviceMissing() error {
	return newError(CodeInvalidInput, "This session takes one phone only: send `Baton-Device` with 22 to 128 URL-safe characters that the phone made itself, the same at every call.")
}

// call is a phone's call on its way through the guard. Its fields are of one attempt of a store's Append, which may run
// again.
type call struct {
	presented Presented
	now       time.Time
	fresh     bool // the presented code is the picture's

	events  []Event
	refused error // told to the caller after events are kept
}

func (c *call) tell(notice Notice) *Event {
	c.events = append(c.events, Event{Kind: KindNotice, Notice: notice, At: c.now})
	return &c.events[len(c.events)-1]
}

// refuse keeps what the call has changed and answers err. It returns nil, for Append.
func (c *call) refuse(err error) error {
	c.refused = err
	return nil
}

// admit reports whether the presenting phone is the session's. The first phone is bound here, by its device; a later one
// is refused, and the page is told.
func (c *call) admit(s *Session) bool {
	if !s.Protection.Once {
		return true
	}
	device := c.presented.Device
	if !s.Device.IsZero() {
		if !device.IsZero() && device.Digest().equal(s.Device) {
			return true
		}
		if c.now.Sub(s.SecondAt) >= noticeAgain {
			s.SecondAt = c.now
			c.tell(NoticeSecondClaim)
		}
		_ = c.refuse(alreadyClaimed())
		return false
	}
	if device.IsZero() && s.Protection.Confirm != ConfirmNone {
		_ = c.refuse(deviceMissing())
		return false
	}
	if s.Protection.Rotate && !c.fresh && !c.takeLink(s) {
		_ = c.refuse(codeStale())
		return false
	}
	if !device.IsZero() {
		s.Device = device.Digest()
	}
	return true
}

// takeLink uses up a copied link's own code.
func (c *call) takeLink(s *Session) bool {
	if c.presented.Code == "" || s.LinkCode.IsZero() || !c.now.Before(s.LinkUntil) ||
		!linkDigest(c.presented.Code, s.ID).equal(s.LinkCode) {
		return false
	}
	s.LinkCode, s.LinkUntil = Digest{}, time.Time{}
	return true
}

func linkDigest(code string, id SessionID) Digest {
	return deriveDigest(code, infoLinkCode+"/"+string(id))
}

// phone runs f on the session that the phone presents, behind the guard and inside one change. What the guard and f
// changed is kept beside a refusal; an error of f keeps nothing.
func (s *Service) phone(ctx context.Context, by Phone, f func(c *call, session *Session) error) (Session, []Event, error) {
	session, err := s.ByTicket(ctx, by.presented().Ticket)
	if err != nil {
		return Session{}, nil, err
	}
	return s.phoneOf(ctx, session, by, f)
}

// phoneOf is phone for a session that the ticket has found already.
func (s *Service) phoneOf(
	ctx context.Context, session Session, by Phone, f func(c *call, session *Session) error,
) (Session, []Event, error) {
	p := by.presented()
	now := s.Now()
	fresh := false
	if session.Protection.Rotate && p.Code != "" {
		rotation, err := p.Ticket.Open(session.ID, FieldRotation, session.SealedRotation)
		if err != nil {
			return Session{}, nil, err
		}
		fresh = codeFresh(rotation, p.Code, now)
	}
	var c call
	stored, err := s.store.Append(ctx, session.ID, now, func(current *Session) ([]Event, error) {
		c = call{presented: p, now: now, fresh: fresh}
		if c.admit(current) {
			if err := f(&c, current); err != nil {
				session = *current
				return c.events, err
			}
		}
		session = *current
		return c.events, nil
	})
	if err != nil {
		return Session{}, nil, err
	}
	s.recordEvents(ctx, session, session.Seq, stored)
	if ErrorCode(c.refused) == CodeCodeStale {
		s.record(ctx, session, AuditCodeStale)
	}
	if len(stored) > 0 {
		session.Seq = max(session.Seq, stored[len(stored)-1].Seq)
		if stored[0].Kind != KindProgress { // which no page is told
			s.ring(ctx, session.ID)
		}
	}
	if c.refused != nil {
		return Session{}, stored, c.refused
	}
	return session, stored, s.stillOpen(session)
}

// draw returns two random digits.
func drawNumber() string {
	n, err := rand.Int(rand.Reader, big.NewInt(100))
	if err != nil {
		panic("handoff: no random number: " + err.Error()) // crypto/rand's reader does not fail
	}
	return fmt.Sprintf("%02d", n.Int64())
}

// Confirm takes the person's answer. A session that asks for a number ends after MaxTries wrong ones; one that the person
// declines is cancelled. Confirming again is no error, and a wrong number that comes again counts once: its answer may
// have been lost. Codes, beside the guard's: CodeInvalidInput where the session asks
// for no confirmation; CodeConfirmationRequired for a wrong number with a try left, and before Open; CodeSessionEnded.
func (s *Service) Confirm(ctx context.Context, by Phone, agree bool, number string) error {
	_, stored, err := s.phone(ctx, by, func(c *call, session *Session) error {
		switch {
		case session.Protection.Confirm == ConfirmNone:
			return newError(CodeInvalidInput, "This session needs no confirmation. Claim it.")
		case session.Status.Ended():
			return c.refuse(sessionEnded())
		case !session.ConfirmedAt.IsZero():
			return nil
		case !agree:
			c.end(session, StatusCancelled, "USER_CANCEL")
			return nil
		case session.Protection.Confirm == ConfirmPrompt:
			session.ConfirmedAt = c.now
			return nil
		case session.Number == "":
			return c.refuse(newError(CodeConfirmationRequired, "Open the session first: POST /api/v1/session/open. The page then shows the number."))
		case hmac.Equal([]byte(number), []byte(session.Number)):
			session.ConfirmedAt = c.now
			return nil
		}
		session.Tries++
		c.tell(NoticeConfirmFailed).Key = wrongKey(number)
		if session.Tries < MaxTries {
			return c.refuse(wrongNumber())
		}
		c.end(session, StatusFailed, ReasonConfirmationFailed)
		return c.refuse(newError(CodeSessionEnded, "That was not the number on the page. The session has ended; get a new code there."))
	})
	if ErrorCode(err) == CodeSessionEnded && len(stored) == 1 && stored[0].Notice == NoticeConfirmFailed {
		return wrongNumber() // the store knew this one, and has kept nothing of a second try
	}
	return err
}

func wrongNumber() error {
	return newError(CodeConfirmationRequired, "That is not the number on the page. Look again: there is one more try.")
}

// wrongKey makes the store keep a wrong number once. No reporter's key looks like it: those are ASCII. What is not two
// digits long is no number and has no key.
func wrongKey(number string) string {
	if len(number) != 2 {
		return ""
	}
	return "№" + number
}

// end ends the session within the call.
func (c *call) end(session *Session, status Status, reason string) {
	session.Status, session.Reason, session.EndedAt = status, reason, c.now
	c.events = append(c.events, Event{Kind: KindStatus, Status: status, Reason: reason, At: c.now})
}

// Report takes the person's "it was not me": it ends a live session, and is only noted on one that has ended, once.
func (s *Service) Report(ctx context.Context, by Phone) error {
	_, _, err := s.phone(ctx, by, func(c *call, session *Session) error {
		if session.NotMe {
			return nil
		}
		session.NotMe = true
		c.tell(NoticeNotMe)
		if !session.Status.Ended() {
			c.end(session, StatusCancelled, ReasonNotMe)
		}
		return nil
	})
	return err
}

func sessionEnded() error {
	return newError(CodeSessionEnded, "The session has ended; nothing follows INFO, failed or cancelled. Create a new one.")
}
