package registration

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"baton/internal/handoff"
)

// settled reports whether the identity has been verified, so that nothing is handed over or fetched again.
func (s Status) settled() bool { return s == StatusVerified || s == StatusCompleted }

// Finish fetches the result of the registration's own session, checks it, and keeps it (verified) or why not
// (refused). pageSessionID is what the page says the session is; it is only compared, and may be empty.
//
// It is idempotent: what is verified, completed or refused is answered from the store; a refused registration gets
// another try by Renew only. It answers ErrNotFound, ErrSessionMismatch, ErrNotReady and ErrProvider, after which
// nothing has changed and the same call may be made again, and *RefusedError, which is kept. With every error but
// ErrNotFound the registration as it stands comes too.
//
// No result serves two registrations: its jti must be the registration's own session, which no other one has.
func (s *Service) Finish(ctx context.Context, key Key, pageSessionID string) (Registration, error) {
	registration, err := s.Lookup(ctx, key)
	if err != nil {
		return Registration{}, err
	}
	if pageSessionID != "" {
		if id, ok := handoff.ParseSessionID(pageSessionID); !ok || id != registration.SessionID {
			s.log.WarnContext(ctx, "follow-up refused: the page named another session", "session", registration.SessionID)
			return registration, ErrSessionMismatch
		}
	}
	if registration.Status != StatusVerifying {
		return registration, registration.outcome()
	}

	// Fetched outside the transaction, which holds up all writers; so what is stored next is compared again.
	result, err := s.provider.Result(ctx, registration.SessionID)
	if err == nil {
		policy := s.policy
		if registration.Policy != nil {
			policy = *registration.Policy
		}
		err = policy.check(result, registration.SessionID, s.now())
	}
	refused, isRefused := errors.AsType[*RefusedError](err)
	if err != nil && !isRefused {
		return registration, err
	}
	id, now, changed := registration.SessionID, s.now(), false
	stored, err := s.store.UpdateRegistration(ctx, key.Digest(), func(r *Registration) error {
		changed = false
		switch {
		case r.SessionID != id: // renewed meanwhile: this outcome is the old hand-over's
			return ErrSessionMismatch
		case r.Status != StatusVerifying: // another tab was faster; what it stored stands
			return nil
		case isRefused:
			r.Status, r.Refusal = StatusRefused, refused.Check
		default:
			r.Status, r.Refusal, r.Result, r.VerifiedAt = StatusVerified, "", &result, now
		}
		changed = true
		return nil
	})
	if err != nil {
		return registration, err
	}
	if !changed {
		return stored, stored.outcome()
	}
	if isRefused {
		s.log.WarnContext(ctx, "result refused", "session", id, "check", string(refused.Check), "detail", refused.Detail)
		return stored, refused
	}
	s.log.InfoContext(ctx, "identity verified", "session", id)
	return stored, nil
}

// outcome is the error that a stored registration stands for.
func (r Registration) outcome() error {
	switch r.Status {
	case StatusRefused:
		return &RefusedError{Check: r.Refusal, Detail: "this session's result was refused before; a new code makes another try possible"}
	case StatusCancelled:
		return ErrNotReady
	}
	return nil
}

// ImageKind names one of a document's images.
type ImageKind string

// The images of a document.
const (
	ImagePortrait ImageKind = "portrait"
	ImageFront    ImageKind = "front"
	ImageBack     ImageKind = "back"
	ImageSelfie   ImageKind = "selfie"
)

// Image returns the document's image of that kind, or the zero Image.
func (d Document) Image(kind ImageKind) Image {
	switch kind {
	case ImagePortrait:
		return d.Portrait
	case ImageFront:
		return d.Front
	case ImageBack:
		return d.Back
	case ImageSelfie:
		return d.Selfie
	}
	return Image{}
}

// Image fetches the JPEG of the nth document (from 0) of the key's verified result. Images are not kept here. It
// answers ErrNotFound for an unknown key or an image that the result does not have, ErrNotVerified, ErrImageGone from the
// result's expiry or the registration's completion on, ErrProvider, or a *RefusedError for bytes that are not the
// image that was signed for.
func (s *Service) Image(ctx context.Context, key Key, n int, kind ImageKind) ([]byte, error) {
	registration, err := s.Lookup(ctx, key)
	if err != nil {
		return nil, err
	}
	if registration.Result == nil {
		return nil, ErrNotVerified
	}
	if n < 0 || n >= len(registration.Result.Documents) {
		return nil, ErrNotFound
	}
	image := registration.Result.Documents[n].Image(kind)
	if image.ID == "" {
		return nil, ErrNotFound
	}
	if registration.Status == StatusCompleted || !s.now().Before(registration.Result.ExpiresAt) {
		return nil, ErrImageGone
	}
	return s.provider.Image(ctx, image)
}

const (
	numberDraws  = 8               // tries for a number that nobody has; a second one is already rare
	deleteWithin = 5 * time.Second // the person waits behind this one
)

// Complete ends a verified registration: it draws the Number that the person keeps, and has the provider delete the
// session's data. It is idempotent. It answers ErrNotFound, or ErrNotVerified with the registration as it stands.
func (s *Service) Complete(ctx context.Context, key Key) (Registration, error) {
	registration, err := s.Lookup(ctx, key)
	if err != nil {
		return Registration{}, err
	}
	completed, changed, err := s.complete(ctx, registration)
	if err != nil {
		return registration, err
	}
	if !changed {
		return completed, nil
	}
	s.log.InfoContext(ctx, "registration completed", "session", completed.SessionID)

	// The registration stands whether or not this works: the person has done their part, and the provider removes the
	// data itself when the result expires.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteWithin)
	defer cancel()
	if err := s.provider.Delete(ctx, completed.SessionID); err != nil {
		s.log.WarnContext(ctx, "provider did not delete the session's data; it expires there by itself",
			"session", completed.SessionID, "error", err)
	}
	return completed, nil
}

func (s *Service) complete(ctx context.Context, r Registration) (completed Registration, changed bool, err error) {
	for range numberDraws {
		number, now := newNumber(), s.now()
		completed, err = s.store.UpdateRegistration(ctx, r.Digest, func(r *Registration) error {
			changed = false
			switch r.Status {
			case StatusCompleted:
				return nil
			case StatusVerified:
				r.Status, r.Number, r.CompletedAt, changed = StatusCompleted, number, now, true
				return nil
			}
			return ErrNotVerified
		})
		if handoff.ErrorCode(err) != handoff.CodeConflict {
			return completed, changed, err
		}
	}
	return completed, false, err
}

// numberAlphabet leaves out what is misread or misheard: 0 O, 1 I L, U (for V).
const numberAlphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// newNumber draws BTN-XXXX-XXXX, about 39 random bits: enough to be rarely taken, and it opens nothing.
func newNumber() string {
	const fair = 256 - 256%len(numberAlphabet) // bytes from here on would favour the first letters
	number := []byte("BTN-")
	var random [1]byte
	for drawn := 0; drawn < 8; {
		rand.Read(random[:])
		if int(random[0]) >= fair {
			continue
		}
		if drawn == 4 {
			number = append(number, '-')
		}
		number = append(number, numberAlphabet[int(random[0])%len(numberAlphabet)])
		drawn++
	}
	return string(number)
}
