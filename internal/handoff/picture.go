package handoff

import (
	"context"
	"time"
)

// Picture is what a page shows: the text of the QR code, without and with the link around it to be built.
type Picture struct {
	Session Session
	Text    string    // the ticket, and the current code where it rotates
	Until   time.Time // when the next picture is due; zero where it does not rotate
}

// Picture returns what the page with this token shows now. CodeNotFound for an unknown token.
func (s *Service) Picture(ctx context.Context, page PageToken) (Picture, error) {
	session, err := s.ByPageToken(ctx, page)
	if err != nil {
		return Picture{}, err
	}
	ticket, err := ticketOf(session, page)
	if err != nil {
		return Picture{}, err
	}
	if !session.Protection.Rotate {
		return Picture{Session: session, Text: ticket.Reveal()}, nil
	}
	rotation, err := ticket.Open(session.ID, FieldRotation, session.SealedRotation)
	if err != nil {
		return Picture{}, err
	}
	now := s.Now()
	return Picture{Session: session, Text: ticket.Reveal() + codeSeparator + codeAt(rotation, now), Until: NextPicture(now)}, nil
}

func ticketOf(session Session, page PageToken) (Ticket, error) {
	text, err := page.Open(session.ID, FieldTicket, session.SealedTicket)
	if err != nil {
		return Ticket{}, err
	}
	ticket, ok := ParseTicket(text)
	if !ok {
		return Ticket{}, newError(CodeUnexpected, "Something went wrong on our side. Get a new code.")
	}
	return ticket, nil
}

// CopyLink returns the text of a link that the page's person takes to the phone by hand. Of a rotating code it has a code
// of its own, which can be used once within LinkLifetime and replaces the one before; it is given only where the phone
// must enter the page's number, because a link travels further than a picture.
func (s *Service) CopyLink(ctx context.Context, page PageToken) (string, error) {
	session, err := s.ByPageToken(ctx, page)
	if err != nil {
		return "", err
	}
	ticket, err := ticketOf(session, page)
	if err != nil || !session.Protection.Rotate {
		return ticket.Reveal(), err
	}
	if session.Protection.Confirm != ConfirmNumber {
		return "", newError(CodeForbidden, "A rotating code can be copied only where the phone is asked for a number: create the session with `confirm: \"number\"`.")
	}
	code, now := newCode(), s.Now()
	if _, err := s.store.Append(ctx, session.ID, now, func(session *Session) ([]Event, error) {
		session.LinkCode, session.LinkUntil = linkDigest(code, session.ID), now.Add(LinkLifetime)
		return nil, nil
	}); err != nil {
		return "", err
	}
	return ticket.Reveal() + codeSeparator + code, nil
}
