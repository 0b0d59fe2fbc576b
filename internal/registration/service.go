package registration

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"baton/internal/handoff"
)

// Errors of the use cases, beside ErrNotFound, ErrNotReady, ErrImageGone, ErrProvider and *RefusedError.
var (
	// ErrSessionMismatch: the page speaks of another hand-over than the registration's own. Either it was renewed
	// elsewhere (another tab), or somebody puts a session of theirs in its place. Nothing was changed.
	ErrSessionMismatch = errors.New("registration: that session is not this registration's")
	// ErrNotVerified: there is no verified result (yet) to show or to complete.
	ErrNotVerified = errors.New("registration: the identity has not been verified")
	// ErrAlreadyVerified: the identity is verified, so there is nothing to hand over again.
	ErrAlreadyVerified = errors.New("registration: the identity has been verified already")
)

// Config is what a Service is made of. Store, Handoff and Provider are needed; they stay the caller's to close.
type Config struct {
	Store    Store
	Handoff  *handoff.Service
	Provider Provider

	Data   string         // the enrolment: what the phone is to do
	Steps  []handoff.Step // what the page may expect
	Tenant handoff.Tenant // whose sessions these are

	// Ask says what the next hand-over asks, and false for Data and Steps; nil is always false. Such a hand-over's result
	// must show what PolicyOf makes of it, also when Ask says something else by then.
	Ask func(context.Context) (Asked, bool, error)

	// Protection is how the hand-overs guard their claim. Their pages are separated in any case: what a browser keeps for
	// its person must not be able to claim.
	Protection handoff.Protection
	Requester  handoff.Requester // who the phone says is asking; what is left empty the first page fills
	Asker      func() string     // the requester's name as it is when a hand-over begins; nil for Requester's

	CodeLifetime time.Duration // of each code; zero for handoff.MaxTTL

	Policy *Policy // what a result must show; nil for what Data and Steps ask for (see PolicyOf)

	Now func() time.Time // nil for the system's clock
	Log *slog.Logger     // nil discards
}

// Service is the use cases of a registration. Safe for concurrent use.
type Service struct {
	store    Store
	handoff  *handoff.Service
	provider Provider
	data     string
	steps    []handoff.Step
	ask      func(context.Context) (Asked, bool, error)
	tenant   handoff.Tenant
	lifetime time.Duration

	protection handoff.Protection
	requester  handoff.Requester
	asker      func() string

	policy Policy
	clock  func() time.Time
	log    *slog.Logger
}

// NewService builds the use cases.
func NewService(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Policy == nil {
		policy := PolicyOf(c.Data, c.Steps)
		c.Policy = &policy
	}
	c.Protection.Separate = true
	return &Service{
		store: c.Store, handoff: c.Handoff, provider: c.Provider,
		data: c.Data, steps: c.Steps, ask: c.Ask, tenant: c.Tenant, lifetime: c.CodeLifetime,
		protection: c.Protection, requester: c.Requester, asker: c.Asker, policy: *c.Policy,
		clock: c.Now, log: c.Log,
	}
}

func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Millisecond) }

// Start keeps the trimmed form as a new registration and creates its hand-over. The key and the page token exist nowhere
// else: they go into the person's cookie. It answers FieldErrors for a form that does not validate, ErrProvider where the
// provider has no token for us, and the domain's errors; after an error nothing is left behind.
func (s *Service) Start(ctx context.Context, form Form) (Registration, Key, handoff.PageToken, error) {
	form = form.Trim()
	if problems := form.Validate(); len(problems) > 0 {
		return Registration{}, Key{}, handoff.PageToken{}, problems
	}
	key := NewKey()
	session, page, policy, err := s.handOver(ctx, key)
	if err != nil {
		return Registration{}, Key{}, handoff.PageToken{}, err
	}
	registration := Registration{
		Digest: key.Digest(), Form: form, SessionID: session.ID, Policy: policy,
		Status: StatusVerifying, CreatedAt: s.now(),
	}
	if err := s.store.CreateRegistration(ctx, registration); err != nil {
		s.discard(ctx, session.ID, page)
		return Registration{}, Key{}, handoff.PageToken{}, err
	}
	return registration, key, page, nil
}

// handOver creates a session for the registration of key. Callers store its id afterwards, in this order on purpose:
// should the program end between the two, a session is left that nobody has the secrets of and that expires by itself.
// The other way round would leave a registration whose hand-over never existed. The token comes first of all, since
// the provider is the part most likely to fail.
func (s *Service) handOver(ctx context.Context, key Key) (handoff.Session, handoff.PageToken, *Policy, error) {
	asked, policy, err := s.asked(ctx)
	if err != nil {
		return handoff.Session{}, handoff.PageToken{}, nil, err
	}
	token, err := s.provider.AccessToken(ctx)
	if err != nil {
		return handoff.Session{}, handoff.PageToken{}, nil, err
	}
	requester := s.requester
	if s.asker != nil {
		requester.Name = s.asker()
	}
	digest := key.Digest()
	session, secrets, err := s.handoff.Create(ctx, handoff.Creation{
		Tenant: s.tenant, Token: token, Data: asked.Data, Steps: asked.Steps, TTL: s.lifetime,
		Reference:  "registration-" + hex.EncodeToString(digest[:8]), // tells registrations apart, opens none
		Protection: s.protection, Requester: requester,
	})
	return session, secrets.Page, policy, err
}

// asked is what the next hand-over asks, with a policy of its own where Ask says so.
func (s *Service) asked(ctx context.Context) (Asked, *Policy, error) {
	if s.ask != nil {
		asked, ok, err := s.ask(ctx)
		if err != nil {
			return Asked{}, nil, err
		}
		if ok {
			policy := PolicyOf(asked.Data, asked.Steps)
			return asked, &policy, nil
		}
	}
	return Asked{s.data, s.steps}, nil, nil
}

// Documents returns the types of the documents that the next hand-over asks for, as far as its data tells.
func (s *Service) Documents(ctx context.Context) ([]string, error) {
	asked, _, err := s.asked(ctx)
	return PolicyOf(asked.Data, asked.Steps).types(), err
}

// DocumentsOf returns the same of r's current hand-over.
func (s *Service) DocumentsOf(r Registration) []string {
	if r.Policy != nil {
		return r.Policy.types()
	}
	return s.policy.types()
}

// discard removes a session that is of no use any more. It still works when the request that asked for it has ended,
// and a failure is only logged: the session expires by itself.
func (s *Service) discard(ctx context.Context, id handoff.SessionID, page handoff.PageToken) {
	err := s.handoff.DeleteByPage(context.WithoutCancel(ctx), page)
	if err != nil && handoff.ErrorCode(err) != handoff.CodeNotFound {
		s.log.WarnContext(ctx, "session was not deleted; it expires by itself", "session", id, "error", err)
	}
}

// Lookup returns the key's registration, or ErrNotFound.
func (s *Service) Lookup(ctx context.Context, key Key) (Registration, error) {
	if key.IsZero() {
		return Registration{}, ErrNotFound
	}
	return s.store.Registration(ctx, key.Digest())
}

// Renew gives the registration a new hand-over ("get a new code", "try again") and keeps its form. The old session is
// deleted if old is its page token; the zero PageToken leaves it to expire. A refused registration is verifying again. It
// answers ErrNotFound, ErrAlreadyVerified, ErrProvider and the domain's errors; after an error the old hand-over
// stands.
func (s *Service) Renew(ctx context.Context, key Key, old handoff.PageToken) (Registration, handoff.PageToken, error) {
	before, err := s.Lookup(ctx, key)
	if err != nil {
		return Registration{}, handoff.PageToken{}, err
	}
	if before.Status.settled() {
		return before, handoff.PageToken{}, ErrAlreadyVerified
	}
	session, page, policy, err := s.handOver(ctx, key)
	if err != nil {
		return Registration{}, handoff.PageToken{}, err
	}
	var replaced handoff.SessionID
	renewed, err := s.store.UpdateRegistration(ctx, key.Digest(), func(r *Registration) error {
		if r.Status.settled() { // another tab finished meanwhile
			return ErrAlreadyVerified
		}
		replaced = r.SessionID
		r.SessionID, r.Status, r.Refusal, r.Policy = session.ID, StatusVerifying, "", policy
		return nil
	})
	if err != nil {
		s.discard(ctx, session.ID, page)
		return Registration{}, handoff.PageToken{}, err
	}
	if err := s.deleteSession(ctx, replaced, old); err != nil {
		s.log.WarnContext(ctx, "replaced session was not deleted; it expires by itself", "session", replaced, "error", err)
	}
	return renewed, page, nil
}

// Cancel marks a registration that is under way as cancelled and deletes its hand-over, if page is its token; the phone
// then learns that it is gone. The registration stays, so that its form is kept and Renew can go on. It is idempotent, and
// answers ErrNotFound for an unknown key and ErrSessionMismatch for another session's token.
func (s *Service) Cancel(ctx context.Context, key Key, page handoff.PageToken) error {
	registration, err := s.Lookup(ctx, key)
	if err != nil || page.IsZero() {
		return err
	}
	session, err := s.handoff.ByPageToken(ctx, page)
	switch {
	case handoff.ErrorCode(err) == handoff.CodeNotFound:
		return nil
	case err != nil:
		return err
	case session.ID != registration.SessionID:
		return ErrSessionMismatch
	}
	// Before the hand-over goes: a page that hears of its end asks why, and would renew a code that has merely expired.
	_, err = s.store.UpdateRegistration(ctx, key.Digest(), func(r *Registration) error {
		if r.SessionID == session.ID && r.Status == StatusVerifying {
			r.Status = StatusCancelled
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.deleteSession(ctx, session.ID, page)
}

// deleteSession deletes session id if page is its token. One that opens nothing is no error: the session is gone.
func (s *Service) deleteSession(ctx context.Context, id handoff.SessionID, page handoff.PageToken) error {
	if page.IsZero() {
		return nil
	}
	session, err := s.handoff.ByPageToken(ctx, page)
	if err == nil && session.ID != id {
		return ErrSessionMismatch
	}
	if err == nil {
		err = s.handoff.DeleteByPage(ctx, page)
	}
	if handoff.ErrorCode(err) == handoff.CodeNotFound {
		return nil
	}
	return err
}
