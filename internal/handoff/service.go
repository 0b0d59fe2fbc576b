package handoff

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// Service is the use cases of a hand-over. Safe for concurrent use.
type Service struct {
	store Store
	bell  Bell
	now   func() time.Time
	log   *slog.Logger

	auditor Auditor // nil: nobody keeps what happens
}

// NewService builds the use cases on a store and a bell, which stay the caller's to close. A nil now is the system's
// clock, a nil log discards.
func NewService(store Store, bell Bell, now func() time.Time, log *slog.Logger) *Service {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, bell: bell, now: now, log: log}
}

// Now is the domain's clock: UTC, cut to milliseconds as the store keeps them.
func (s *Service) Now() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// Secrets are what a creation hands out. They exist nowhere else.
type Secrets struct {
	Ticket Ticket
	Page   PageToken // zero where the page is not separated
}

// Create makes a session durable and returns it with its secrets. It answers CodeInvalidInput or CodePayloadTooLarge
// for what the limits refuse.
func (s *Service) Create(ctx context.Context, c Creation) (Session, Secrets, error) {
	if err := c.check(); err != nil {
		return Session{}, Secrets{}, err
	}
	ttl := c.TTL
	if ttl == 0 {
		ttl = MaxTTL
	}
	id, ticket, now := NewSessionID(), NewTicket(), s.Now()
	session := Session{
		ID: id, Tenant: c.Tenant, Ticket: ticket.Digest(),
		SealedToken: ticket.Seal(id, FieldToken, c.Token.Reveal()),
		SealedData:  ticket.Seal(id, FieldData, c.Data),
		Reference:   c.Reference, Steps: slices.Clone(c.Steps), Requester: c.Requester,
		Protection: c.Protection.whole(), Origins: slices.Clone(c.Origins), Locale: c.Locale,
		Status: StatusCreated, CreatedAt: now, ExpiresAt: now.Add(ttl),
	}
	secrets := Secrets{Ticket: ticket}
	if session.Protection.Separate {
		secrets.Page = NewPageToken()
		session.Page = secrets.Page.Digest()
		session.SealedTicket = secrets.Page.Seal(id, FieldTicket, ticket.Reveal())
	}
	if session.Protection.Rotate {
		session.SealedRotation = ticket.Seal(id, FieldRotation, newRotation())
	}
	if err := s.store.Create(ctx, session); err != nil {
		return Session{}, Secrets{}, err
	}
	s.record(ctx, session, AuditCreated)
	return session, secrets, nil
}

// Claim exchanges the ticket for the session, its token and its data. The first claim is a status change that the
// page sees; later ones only read. A session can be claimed until it expires, also after its end. Where it takes one
// phone only, the first to call is the one: CodeAlreadyClaimed for others, CodeStale for a picture that is too old,
// CodeConfirmationRequired until the person has agreed.
func (s *Service) Claim(ctx context.Context, by Phone) (Session, Token, string, error) {
	ticket := by.presented().Ticket
	session, err := s.ByTicket(ctx, ticket)
	if err != nil {
		return Session{}, Token{}, "", err
	}
	token, err := ticket.Open(session.ID, FieldToken, session.SealedToken)
	if err != nil {
		return Session{}, Token{}, "", err
	}
	data, err := ticket.Open(session.ID, FieldData, session.SealedData)
	if err != nil {
		return Session{}, Token{}, "", err
	}
	if session.Status == StatusCreated || session.Protection.Once {
		if session, _, err = s.phoneOf(ctx, session, by, claimOnce); err != nil {
			return Session{}, Token{}, "", err
		}
	}
	return session, NewToken(token), data, nil
}

// claimOnce marks the session as claimed if no claim and no end came first.
func claimOnce(c *call, session *Session) error {
	if session.Protection.Confirm != ConfirmNone && session.ConfirmedAt.IsZero() {
		c.tellOpened(session) // the phone is bound by now, and whoever is at the page should know
		return c.refuse(confirmFirst())
	}
	if session.Protection.Once && session.Device.IsZero() {
		session.Device = nobodys()
	}
	if session.Status == StatusCreated {
		session.Status, session.ClaimedAt = StatusClaimed, c.now
		c.events = append(c.events, Event{Kind: KindStatus, Status: StatusClaimed, At: c.now})
	}
	return nil
}

// stillOpen answers CodeNotFound if the session has expired while its change was made durable. Channels read what was
// accepted once more after the expiry, so what is acknowledged before it is told to them, and only that may be
// acknowledged.
func (s *Service) stillOpen(session Session) error {
	if !s.Now().Before(session.ExpiresAt) {
		return NotFound()
	}
	return nil
}

// Open says what a phone needs to know before it claims: who asks, which steps, until when. It claims nothing; before a
// claim the session's pages are told that a phone has opened the link, at most once in OpenAgain, and which number the
// phone will be asked for.
func (s *Service) Open(ctx context.Context, by Phone) (Session, error) {
	session, err := s.ByTicket(ctx, by.presented().Ticket)
	if err != nil || (!session.Protection.Once && !opensAnew(session, s.Now())) {
		return session, err
	}
	session, _, err = s.phoneOf(ctx, session, by, func(c *call, session *Session) error {
		c.tellOpened(session)
		if session.Protection.Confirm == ConfirmNumber && session.Number == "" && !session.Status.Ended() {
			session.Number = drawNumber()
			c.tell(NoticeConfirm).Number = session.Number
		}
		return nil
	})
	return session, err
}

// tellOpened tells the pages that a phone has the code and has not claimed.
func (c *call) tellOpened(session *Session) {
	if opensAnew(*session, c.now) {
		session.OpenedAt = c.now
		c.tell(NoticeOpened)
	}
}

func opensAnew(session Session, now time.Time) bool {
	return session.Status == StatusCreated && now.Sub(session.OpenedAt) >= OpenAgain
}

// Introduce keeps what the first page that watches a session says of itself, where the creation left it open. Later
// pages change nothing.
func (s *Service) Introduce(ctx context.Context, id SessionID, page Requester) error {
	if err := page.check(); err != nil {
		return err
	}
	_, err := s.store.Append(ctx, id, s.Now(), func(session *Session) ([]Event, error) {
		session.Requester = session.Requester.Or(page)
		return nil, nil
	})
	return err
}

// Publish appends what the holder of the ticket reports, and wakes the session's pages. It returns the event as
// numbered once that is durable. Codes: CodeInvalidInput; CodeNotFound; CodeNotClaimed before a claim;
// CodeSessionEnded after INFO, failed or cancelled; CodeTooManyRequests after MaxEvents; the guard's.
func (s *Service) Publish(ctx context.Context, by Phone, p Progress) (Event, error) {
	event, err := p.event(byPhone, s.Now())
	if err != nil {
		return Event{}, err
	}
	_, stored, err := s.phone(ctx, by, func(c *call, session *Session) error {
		if session.Status == StatusCreated {
			return newError(CodeNotClaimed, "Claim the session first: GET /api/v1/session with the QR code's text.")
		}
		c.events, err = report(session, p, event)
		return err
	})
	if err != nil {
		return Event{}, err
	}
	return stored[0], nil
}

// PublishAs appends what a backend reports of one of its own sessions, also before a claim. It returns the event as
// numbered; see Publish for the codes.
func (s *Service) PublishAs(ctx context.Context, tenant Tenant, id SessionID, p Progress) (Event, error) {
	now := s.Now()
	event, err := p.event(byBackend, now)
	if err != nil {
		return Event{}, err
	}
	var after Session
	stored, err := s.store.Append(ctx, id, now, func(session *Session) ([]Event, error) {
		after = *session
		if session.Tenant != tenant {
			return nil, NotFound()
		}
		return report(session, p, event)
	})
	if err != nil {
		return Event{}, err
	}
	s.recordEvents(ctx, after, after.Seq, stored)
	if stored[0].Kind != KindProgress { // which no page is told
		s.ring(ctx, id)
	}
	return stored[0], s.stillOpen(after)
}

func report(session *Session, p Progress, event Event) ([]Event, error) {
	if p.Session != "" && p.Session != session.ID {
		return nil, newError(CodeInvalidInput, "This trace object's `sessionId` is another session's. Send it to that one.")
	}
	return advance(session, event)
}

// advance is the one order rule: nothing after the end. It returns the event beside an error, so that the store can
// answer a repeated key with the event it knows.
func advance(session *Session, event Event) ([]Event, error) {
	events := []Event{event}
	if session.Status.Ended() {
		return events, sessionEnded()
	}
	if event.Kind != KindStatus && session.Events >= MaxEvents {
		return events, newError(CodeTooManyRequests, "A session takes at most 1000 events. Create a new one.")
	}
	end := event.Status
	if event.Step == StepInfo {
		end = StatusCompleted
		events = append(events, Event{Kind: KindStatus, Status: end, At: event.At})
	}
	if event.Kind != KindStatus {
		session.Events++
	}
	if end != "" {
		session.Status, session.Reason, session.EndedAt = end, event.Reason, event.At
	}
	return events, nil
}

// Delete ends the session that the ticket opens, for good, and wakes its pages, which then close. A ticket whose page is
// separated answers CodeForbidden.
func (s *Service) Delete(ctx context.Context, ticket Ticket) error {
	session, err := s.WatchedBy(ctx, ticket)
	if err != nil {
		return err
	}
	return s.delete(ctx, session)
}

// DeleteByPage is Delete by the page's own secret.
func (s *Service) DeleteByPage(ctx context.Context, page PageToken) error {
	session, err := s.ByPageToken(ctx, page)
	if err != nil {
		return err
	}
	return s.delete(ctx, session)
}

func (s *Service) delete(ctx context.Context, session Session) error {
	if err := s.store.Delete(ctx, session.ID, s.Now()); err != nil {
		return err
	}
	s.record(ctx, session, AuditDeleted)
	s.ring(ctx, session.ID)
	return nil
}

// WatchedBy returns the session that the ticket may watch, draw and delete; CodeForbidden where its page has a secret of
// its own.
func (s *Service) WatchedBy(ctx context.Context, ticket Ticket) (Session, error) {
	session, err := s.ByTicket(ctx, ticket)
	if err == nil && session.Protection.Separate {
		return Session{}, newError(CodeForbidden, "This session's page has a token of its own. Send the pageToken.")
	}
	return session, err
}

// ByTicket returns the session that the ticket opens, or CodeNotFound.
func (s *Service) ByTicket(ctx context.Context, ticket Ticket) (Session, error) {
	return s.store.ByTicket(ctx, ticket.Digest(), s.Now())
}

// ByID returns a session by its id, which grants nothing: for callers that have checked who asks.
func (s *Service) ByID(ctx context.Context, id SessionID) (Session, error) {
	return s.store.ByID(ctx, id, s.Now())
}

// ByPageToken returns the session that the page token watches, or CodeNotFound.
func (s *Service) ByPageToken(ctx context.Context, token PageToken) (Session, error) {
	return s.store.ByPageToken(ctx, token.Digest(), s.Now())
}

// Look tells a backend where one of its own sessions stands, as of one moment: the session, with its status, and what
// its events say. Another tenant's session answers CodeNotFound.
func (s *Service) Look(ctx context.Context, tenant Tenant, id SessionID) (Session, Snapshot, error) {
	session, err := s.store.ByID(ctx, id, s.Now())
	if err != nil {
		return Session{}, Snapshot{}, err
	}
	if session.Tenant != tenant {
		return Session{}, Snapshot{}, NotFound()
	}
	events, err := s.store.EventsAfter(ctx, id, s.Now(), 0)
	if err != nil {
		return Session{}, Snapshot{}, err
	}
	return session, SnapshotOf(events), nil
}

// Remains returns what was appended after seq to a session that has ended, for channels that were open at its end.
func (s *Service) Remains(ctx context.Context, id SessionID, seq uint64) ([]Event, error) {
	return s.store.Remains(ctx, id, seq)
}

// EventsAfter returns what was appended after seq, for callers that have checked who asks.
func (s *Service) EventsAfter(ctx context.Context, id SessionID, seq uint64) ([]Event, error) {
	return s.store.EventsAfter(ctx, id, s.Now(), seq)
}

// Listen waits for changes of a session; see Bell.
func (s *Service) Listen(ctx context.Context, id SessionID) (<-chan struct{}, func(), error) {
	return s.bell.Listen(ctx, id)
}

// ring never fails its caller: the change is durable, and a channel looks by itself at every ping.
func (s *Service) ring(ctx context.Context, id SessionID) {
	if err := s.bell.Ring(context.WithoutCancel(ctx), id); err != nil {
		s.log.WarnContext(ctx, "bell did not ring; pages look by themselves at their next ping", "session", id, "error", err)
	}
}
