package registration_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
)

var form = registration.Form{Name: "Ana Specimen", Email: "ana@example.com", Country: "NL", Consent: true}

var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// sessions is what of a handoff.Store the use cases touch; anything else is a nil call and ends the test.
type sessions struct {
	handoff.Store
	mu        sync.Mutex
	kept      map[handoff.SessionID]handoff.Session
	createErr error
}

func (s *sessions) Create(_ context.Context, session handoff.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.createErr != nil {
		return s.createErr
	}
	s.kept[session.ID] = session
	return nil
}

func (s *sessions) ByTicket(_ context.Context, d handoff.Digest, now time.Time) (handoff.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.kept {
		if session.Ticket == d && session.ExpiresAt.After(now) {
			return session, nil
		}
	}
	return handoff.Session{}, handoff.NotFound()
}

func (s *sessions) Delete(ctx context.Context, id handoff.SessionID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, id)
	return nil
}

func (s *sessions) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

type bell struct{}

func (bell) Ring(context.Context, handoff.SessionID) error { return nil }
func (bell) Listen(context.Context, handoff.SessionID) (<-chan struct{}, func(), error) {
	return nil, func() {}, nil
}

// desk is a Service with everything around it in the test's hands.
type desk struct {
	*registration.Service
	sessions *sessions
	store    *failingStore
	provider *registrationtest.Provider
	log      *bytes.Buffer
	now      time.Time
}

// failingStore is a store whose next creation can be made to fail.
type failingStore struct {
	registration.Store
	createErr error
	// before runs once, just before the next update: what another tab does in between.
	before func()
}

func (f *failingStore) CreateRegistration(ctx context.Context, r registration.Registration) error {
	if f.createErr != nil {
		return f.createErr
	}
	return f.Store.CreateRegistration(ctx, r)
}

func (f *failingStore) UpdateRegistration(ctx context.Context, d handoff.Digest, change func(*registration.Registration) error) (registration.Registration, error) {
	if before := f.before; before != nil {
		f.before = nil
		before()
	}
	return f.Store.UpdateRegistration(ctx, d, change)
}

func enrolment(t testing.TB, text string) string {
	t.Helper()
	if !json.Valid([]byte(text)) {
		t.Fatalf("not JSON: %s", text)
	}
	return base64.StdEncoding.EncodeToString([]byte(text))
}

const passportData = `{"documents":[{"documentType":"PASSPORT","reading":{"enabled":true},"isExpiredDocumentAllowed":false,
	"faceScanMinimumMatchLevel":2,"faceReadMinimumMatchLevel":3}],"facialRecognition":{"enabled":true},"backgroundCheck":{"enabled":true}}`

func newDesk(t testing.TB, data string) *desk {
	t.Helper()
	d := &desk{
		sessions: &sessions{kept: map[handoff.SessionID]handoff.Session{}},
		store:    &failingStore{Store: registrationtest.NewStore()},
		provider: &registrationtest.Provider{},
		log:      new(bytes.Buffer), now: start,
	}
	clock := func() time.Time { return d.now }
	d.provider.OnResult = func(id handoff.SessionID) (registration.Result, error) { return goodResult(id), nil }
	d.Service = registration.NewService(registration.Config{
		Store: d.store, Handoff: handoff.NewService(d.sessions, bell{}, clock, nil), Provider: d.provider,
		Data: enrolment(t, data), Steps: []handoff.Step{handoff.StepScan, handoff.StepInfo}, Tenant: "demo",
		Now: clock, Log: slog.New(slog.NewTextHandler(d.log, nil)),
	})
	return d
}

// goodResult passes every check of passportData.
func goodResult(id handoff.SessionID) registration.Result {
	yes, low := true, 3.5
	return registration.Result{
		SessionID: id, IssuedAt: start, ExpiresAt: start.Add(2 * time.Hour),
		Documents: []registration.Document{{
			Type: "PASSPORT", FullName: "ANA SPECIMEN", Number: "X00000001", ExpiresOn: "2031-01-01",
			Portrait: registration.Image{ID: "p", Checksum: "sha256:p"}, Front: registration.Image{ID: "f", Checksum: "sha256:f"},
			Selfie:   registration.Image{ID: "s", Checksum: "sha256:s"},
			ChipRead: true, ChipValid: true, Face: &registration.Face{Match: true, Level: 3}, MRZValid: &yes,
			Scores: registration.Scores{Screen: &low, Print: &low, Tampering: &low},
		}},
		Background: &registration.Background{Type: "RDC"},
	}
}

func mustStart(t testing.TB, d *desk) (registration.Registration, registration.Key, handoff.Ticket) {
	t.Helper()
	r, key, ticket, err := d.Start(t.Context(), form)
	if err != nil {
		t.Fatal(err)
	}
	return r, key, ticket
}

func mustFinish(t testing.TB, d *desk, key registration.Key) registration.Registration {
	t.Helper()
	r, err := d.Finish(t.Context(), key, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestStart(t *testing.T) {
	t.Run("KeepsTheFormAndCreatesTheHandOver", func(t *testing.T) {
		d := newDesk(t, passportData)
		r, key, ticket, err := d.Start(t.Context(), registration.Form{Name: "  Ana Specimen ", Email: " ana@example.com\n", Country: "nl", Consent: true})
		if err != nil {
			t.Fatal(err)
		}
		want := registration.Registration{Digest: key.Digest(), Form: form, SessionID: r.SessionID, Status: registration.StatusVerifying, CreatedAt: start}
		if diff := cmp.Diff(want, r); diff != "" {
			t.Errorf("registration (-want +got):\n%s", diff)
		}
		kept, err := d.Lookup(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, kept); diff != "" {
			t.Errorf("kept (-returned +kept):\n%s", diff)
		}
		session := d.sessions.kept[r.SessionID]
		token, err := ticket.Open(session.ID, handoff.FieldToken, session.SealedToken)
		if err != nil || token != "access-token" || session.Tenant != "demo" || len(session.Steps) != 2 {
			t.Errorf("session %+v with token %q (%v)", session, token, err)
		}
		if session.Reference == "" || strings.Contains(session.Reference, key.Reveal()) {
			t.Errorf("reference is %q", session.Reference)
		}
	})

	t.Run("AFormThatDoesNotValidateCreatesNothing", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, _, _, err := d.Start(t.Context(), registration.Form{Name: "Ana Specimen"})
		problems, ok := errors.AsType[registration.FieldErrors](err)
		if !ok || len(problems) != 3 || strings.Contains(err.Error(), "Ana") || d.sessions.count() != 0 {
			t.Errorf("error %v, %d sessions", err, d.sessions.count())
		}
	})

	t.Run("WithoutTokenThereIsNothing", func(t *testing.T) {
		d := newDesk(t, passportData)
		d.provider.OnAccessToken = func() (handoff.Token, error) { return handoff.Token{}, registration.ErrProvider }
		if _, _, _, err := d.Start(t.Context(), form); !errors.Is(err, registration.ErrProvider) || d.sessions.count() != 0 {
			t.Errorf("error %v, %d sessions", err, d.sessions.count())
		}
	})

	t.Run("ASessionWhoseRegistrationCannotBeKeptIsDeleted", func(t *testing.T) {
		d := newDesk(t, passportData)
		d.store.createErr = errors.New("disk full")
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // the person has left, too
		if _, _, _, err := d.Start(ctx, form); !errors.Is(err, d.store.createErr) || d.sessions.count() != 0 {
			t.Errorf("error %v, %d sessions are left", err, d.sessions.count())
		}
	})
}

func TestLookup(t *testing.T) {
	d := newDesk(t, passportData)
	mustStart(t, d)
	for name, key := range map[string]registration.Key{"unknown": registration.NewKey(), "zero": {}} {
		if _, err := d.Lookup(t.Context(), key); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("%s key: %v, want ErrNotFound", name, err)
		}
	}
}

func TestRenew(t *testing.T) {
	t.Run("ReplacesTheHandOverAndKeepsTheForm", func(t *testing.T) {
		d := newDesk(t, passportData)
		first, key, old := mustStart(t, d)
		second, ticket, err := d.Renew(t.Context(), key, old)
		if err != nil {
			t.Fatal(err)
		}
		if second.SessionID == first.SessionID || second.Form != form || second.Digest != first.Digest || ticket.IsZero() {
			t.Errorf("renewed: %+v", second)
		}
		if _, ok := d.sessions.kept[first.SessionID]; ok || d.sessions.count() != 1 {
			t.Errorf("the replaced session is still there, or another one is gone (%d left)", d.sessions.count())
		}
	})

	t.Run("WithoutTheOldTicketTheOldSessionExpiresByItself", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		if _, _, err := d.Renew(t.Context(), key, handoff.Ticket{}); err != nil || d.sessions.count() != 2 {
			t.Errorf("error %v, %d sessions", err, d.sessions.count())
		}
	})

	t.Run("AnotherSessionsTicketDeletesNothing", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		other, _, otherTicket := mustStart(t, d)
		if _, _, err := d.Renew(t.Context(), key, otherTicket); err != nil {
			t.Fatal(err)
		}
		if _, ok := d.sessions.kept[other.SessionID]; !ok {
			t.Error("another registration's session was deleted")
		}
	})

	t.Run("AFailureLeavesTheOldHandOver", func(t *testing.T) {
		d := newDesk(t, passportData)
		first, key, old := mustStart(t, d)
		d.provider.OnAccessToken = func() (handoff.Token, error) { return handoff.Token{}, registration.ErrProvider }
		if _, _, err := d.Renew(t.Context(), key, old); !errors.Is(err, registration.ErrProvider) {
			t.Errorf("%v, want ErrProvider", err)
		}
		if r, err := d.Lookup(t.Context(), key); err != nil || r.SessionID != first.SessionID || d.sessions.count() != 1 {
			t.Errorf("kept %+v (%v), %d sessions", r, err, d.sessions.count())
		}
	})

	t.Run("WhatIsVerifiedIsNotHandedOverAgain", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, old := mustStart(t, d)
		mustFinish(t, d, key)
		if _, _, err := d.Renew(t.Context(), key, old); !errors.Is(err, registration.ErrAlreadyVerified) || d.sessions.count() != 1 {
			t.Errorf("error %v, %d sessions", err, d.sessions.count())
		}
	})

	t.Run("VerifiedByAnotherTabMeanwhileStands", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, old := mustStart(t, d)
		d.store.before = func() { mustFinish(t, d, key) }
		if _, _, err := d.Renew(t.Context(), key, old); !errors.Is(err, registration.ErrAlreadyVerified) {
			t.Errorf("%v, want ErrAlreadyVerified", err)
		}
		if r, err := d.Lookup(t.Context(), key); err != nil || r.Status != registration.StatusVerified || d.sessions.count() != 1 {
			t.Errorf("status %q (%v), %d sessions, want the new one discarded", r.Status, err, d.sessions.count())
		}
	})
}

func TestCancel(t *testing.T) {
	d := newDesk(t, passportData)
	r, key, ticket := mustStart(t, d)
	_, _, otherTicket := mustStart(t, d)
	if err := d.Cancel(t.Context(), key, otherTicket); !errors.Is(err, registration.ErrSessionMismatch) || d.sessions.count() != 2 {
		t.Errorf("another session's ticket: %v, %d sessions", err, d.sessions.count())
	}
	for range 2 { // idempotent
		if err := d.Cancel(t.Context(), key, ticket); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := d.Lookup(t.Context(), key); err != nil || kept.Form != form || kept.SessionID != r.SessionID || d.sessions.count() != 1 {
		t.Errorf("kept %+v (%v), %d sessions", kept, err, d.sessions.count())
	}
	if err := d.Cancel(t.Context(), registration.NewKey(), ticket); !errors.Is(err, registration.ErrNotFound) {
		t.Errorf("unknown key: %v, want ErrNotFound", err)
	}
}

func TestFinish(t *testing.T) {
	t.Run("KeepsAVerifiedResultOnce", func(t *testing.T) {
		d := newDesk(t, passportData)
		r, key, _ := mustStart(t, d)
		d.now = start.Add(time.Minute)
		verified := mustFinish(t, d, key)
		want := goodResult(r.SessionID)
		if verified.Status != registration.StatusVerified || !verified.VerifiedAt.Equal(d.now) || !cmp.Equal(verified.Result, &want) {
			t.Errorf("verified: %+v", verified)
		}
		d.now = start.Add(time.Hour)
		if again := mustFinish(t, d, key); !cmp.Equal(again, verified) || d.provider.Results() != 1 {
			t.Errorf("again: %+v after %d fetches", again, d.provider.Results())
		}
	})

	t.Run("ThePageMayNameTheSessionInEitherCase", func(t *testing.T) {
		d := newDesk(t, passportData)
		r, key, _ := mustStart(t, d)
		if _, err := d.Finish(t.Context(), key, strings.ToUpper(string(r.SessionID))); err != nil {
			t.Error(err)
		}
	})

	for name, page := range map[string]string{"AnotherSession": string(handoff.NewSessionID()), "NoSession": "x", "Space": " "} {
		t.Run("Refuses"+name+"OfThePage", func(t *testing.T) {
			d := newDesk(t, passportData)
			r, key, _ := mustStart(t, d)
			got, err := d.Finish(t.Context(), key, page)
			if !errors.Is(err, registration.ErrSessionMismatch) || d.provider.Results() != 0 || !cmp.Equal(got, r) {
				t.Errorf("error %v after %d fetches, registration %+v", err, d.provider.Results(), got)
			}
			mustFinish(t, d, key) // nothing was spoilt
		})
	}

	for name, passing := range map[string]error{
		"NotReady": registration.ErrNotReady, "TheProviderFails": fmt.Errorf("%w: 502", registration.ErrProvider), "TheCallerLeft": context.Canceled,
	} {
		t.Run("StoresNothingWhen"+name, func(t *testing.T) {
			d := newDesk(t, passportData)
			r, key, _ := mustStart(t, d)
			d.provider.OnResult = func(handoff.SessionID) (registration.Result, error) { return registration.Result{}, passing }
			if got, err := d.Finish(t.Context(), key, ""); !errors.Is(err, passing) || !cmp.Equal(got, r) {
				t.Errorf("registration %+v, error %v", got, err)
			}
			if kept, err := d.Lookup(t.Context(), key); err != nil || !cmp.Equal(kept, r) {
				t.Errorf("kept %+v (%v)", kept, err)
			}
		})
	}

	t.Run("ARefusalIsKeptUntilRenewed", func(t *testing.T) {
		d := newDesk(t, passportData)
		good := d.provider.OnResult
		_, key, old := mustStart(t, d)
		d.provider.OnResult = func(handoff.SessionID) (registration.Result, error) {
			return registration.Result{}, fmt.Errorf("fetching: %w", &registration.RefusedError{Check: registration.RefusalSignature, Detail: "detail for the log"})
		}
		for range 2 { // the second time from the store
			r, err := d.Finish(t.Context(), key, "")
			refused, ok := errors.AsType[*registration.RefusedError](err)
			if !ok || refused.Check != registration.RefusalSignature || r.Status != registration.StatusRefused || r.Refusal != registration.RefusalSignature || r.Result != nil {
				t.Fatalf("registration %+v, error %v", r, err)
			}
		}
		if d.provider.Results() != 1 || !strings.Contains(d.log.String(), "detail for the log") {
			t.Errorf("%d fetches; log: %s", d.provider.Results(), d.log)
		}
		d.provider.OnResult = good
		renewed, _, err := d.Renew(t.Context(), key, old)
		if err != nil || renewed.Status != registration.StatusVerifying || renewed.Refusal != "" {
			t.Fatalf("renewed %+v, error %v", renewed, err)
		}
		if r := mustFinish(t, d, key); r.Status != registration.StatusVerified {
			t.Errorf("status %q", r.Status)
		}
	})

	// A phone's result must not count for a hand-over that "get a new code" has replaced.
	t.Run("AResultThatWasOvertakenByARenewalIsNotKept", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, old := mustStart(t, d)
		d.store.before = func() {
			if _, _, err := d.Renew(t.Context(), key, old); err != nil {
				t.Error(err)
			}
		}
		if _, err := d.Finish(t.Context(), key, ""); !errors.Is(err, registration.ErrSessionMismatch) {
			t.Errorf("%v, want ErrSessionMismatch", err)
		}
		if r, err := d.Lookup(t.Context(), key); err != nil || r.Status != registration.StatusVerifying || r.Result != nil {
			t.Errorf("kept %+v (%v)", r, err)
		}
	})

	t.Run("ARefusalAfterAnotherTabsSuccessDoesNotUndoIt", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		var calls atomic.Int32
		d.provider.OnResult = func(id handoff.SessionID) (registration.Result, error) {
			if calls.Add(1) == 1 {
				return registration.Result{}, &registration.RefusedError{Check: registration.RefusalKey}
			}
			return goodResult(id), nil
		}
		d.store.before = func() { mustFinish(t, d, key) }
		if r, err := d.Finish(t.Context(), key, ""); err != nil || r.Status != registration.StatusVerified {
			t.Errorf("status %q, error %v", r.Status, err)
		}
	})

	t.Run("ManyTabsAtOnceAgree", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		got := make([]registration.Registration, 16)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = d.Finish(t.Context(), key, ""); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, r := range got[1:] {
			if diff := cmp.Diff(got[0], r); diff != "" {
				t.Errorf("tabs differ:\n%s", diff)
			}
		}
	})

	t.Run("AnUnknownKeyIsNotFound", func(t *testing.T) {
		d := newDesk(t, passportData)
		if _, err := d.Finish(t.Context(), registration.NewKey(), ""); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
	})
}

func TestComplete(t *testing.T) {
	t.Run("DrawsANumberOnceAndDeletesAtTheProvider", func(t *testing.T) {
		d := newDesk(t, passportData)
		started, key, _ := mustStart(t, d)
		mustFinish(t, d, key)
		d.now = start.Add(time.Hour)
		r, err := d.Complete(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^BTN-[2-9A-HJ-KM-NP-TV-Z]{4}-[2-9A-HJ-KM-NP-TV-Z]{4}$`).MatchString(r.Number) ||
			r.Status != registration.StatusCompleted || !r.CompletedAt.Equal(d.now) || r.Result == nil {
			t.Errorf("completed: %+v", r)
		}
		if diff := cmp.Diff([]handoff.SessionID{started.SessionID}, d.provider.Deleted()); diff != "" {
			t.Errorf("deleted (-want +got):\n%s", diff)
		}
		again, err := d.Complete(t.Context(), key)
		if err != nil || !cmp.Equal(again, r) || len(d.provider.Deleted()) != 1 {
			t.Errorf("again: %+v, error %v, %d deletions", again, err, len(d.provider.Deleted()))
		}
		if finished := mustFinish(t, d, key); !cmp.Equal(finished, r) {
			t.Errorf("finished again: %+v", finished)
		}
		if _, _, err := d.Renew(t.Context(), key, handoff.Ticket{}); !errors.Is(err, registration.ErrAlreadyVerified) {
			t.Errorf("renewed: %v, want ErrAlreadyVerified", err)
		}
	})

	t.Run("OnlyWhatIsVerified", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		if _, err := d.Complete(t.Context(), key); !errors.Is(err, registration.ErrNotVerified) {
			t.Errorf("verifying: %v, want ErrNotVerified", err)
		}
		d.provider.OnResult = func(handoff.SessionID) (registration.Result, error) {
			return registration.Result{}, &registration.RefusedError{Check: registration.RefusalFace}
		}
		d.Finish(t.Context(), key, "")
		if _, err := d.Complete(t.Context(), key); !errors.Is(err, registration.ErrNotVerified) || len(d.provider.Deleted()) != 0 {
			t.Errorf("refused: %v, want ErrNotVerified; %d deletions", err, len(d.provider.Deleted()))
		}
		if _, err := d.Complete(t.Context(), registration.NewKey()); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("unknown: %v, want ErrNotFound", err)
		}
	})

	t.Run("StandsWhenTheProviderDoesNotDelete", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		mustFinish(t, d, key)
		d.provider.OnDelete = func(ctx context.Context, _ handoff.SessionID) error {
			if _, bounded := ctx.Deadline(); !bounded || ctx.Err() != nil {
				t.Errorf("the deletion is not bounded, or ended with the request (%v)", ctx.Err())
			}
			return registration.ErrProvider
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if r, err := d.Complete(ctx, key); err != nil || r.Number == "" {
			t.Errorf("%+v, error %v", r, err)
		}
		if !strings.Contains(d.log.String(), "provider did not delete") {
			t.Errorf("log: %s", d.log)
		}
	})

	t.Run("TwoTabsGetOneNumber", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		mustFinish(t, d, key)
		numbers := make([]string, 8)
		var wg sync.WaitGroup
		for i := range numbers {
			wg.Go(func() {
				r, err := d.Complete(t.Context(), key)
				if err != nil {
					t.Error(err)
				}
				numbers[i] = r.Number
			})
		}
		wg.Wait()
		for _, number := range numbers {
			if number == "" || number != numbers[0] {
				t.Fatalf("numbers: %q", numbers)
			}
		}
		if deleted := d.provider.Deleted(); len(deleted) != 1 {
			t.Errorf("%d deletions, want 1", len(deleted))
		}
	})
}

func TestImage(t *testing.T) {
	d := newDesk(t, passportData)
	_, key, _ := mustStart(t, d)
	d.provider.OnImage = func(image registration.Image) ([]byte, error) { return []byte("jpeg of " + image.ID), nil }
	if _, err := d.Image(t.Context(), key, 0, registration.ImagePortrait); !errors.Is(err, registration.ErrNotVerified) {
		t.Errorf("before the result: %v, want ErrNotVerified", err)
	}
	mustFinish(t, d, key)
	for kind, want := range map[registration.ImageKind]string{
		registration.ImagePortrait: "jpeg of p", registration.ImageFront: "jpeg of f", registration.ImageSelfie: "jpeg of s",
	} {
		if got, err := d.Image(t.Context(), key, 0, kind); err != nil || string(got) != want {
			t.Errorf("%s: %q, error %v", kind, got, err)
		}
	}
	for name, ask := range map[string]struct {
		n    int
		kind registration.ImageKind
	}{
		"an image that is not there": {0, registration.ImageBack}, "an unknown kind": {0, "x"},
		"the next document": {1, registration.ImageFront}, "a negative document": {-1, registration.ImageFront},
	} {
		if _, err := d.Image(t.Context(), key, ask.n, ask.kind); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if _, err := d.Image(t.Context(), registration.NewKey(), 0, registration.ImageFront); !errors.Is(err, registration.ErrNotFound) {
		t.Errorf("another key: %v, want ErrNotFound", err)
	}
	d.now = start.Add(2 * time.Hour)
	if _, err := d.Image(t.Context(), key, 0, registration.ImageFront); !errors.Is(err, registration.ErrImageGone) {
		t.Errorf("at the expiry: %v, want ErrImageGone", err)
	}
	d.now = start
	if _, err := d.Complete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Image(t.Context(), key, 0, registration.ImageFront); !errors.Is(err, registration.ErrImageGone) {
		t.Errorf("after completion: %v, want ErrImageGone", err)
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	d := newDesk(t, passportData)
	_, key, ticket := mustStart(t, d)
	d.Finish(t.Context(), key, string(handoff.NewSessionID()))
	mustFinish(t, d, key)
	if _, err := d.Complete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{key.Reveal(), ticket.Reveal(), "access-token", form.Name, form.Email, "X00000001"} {
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, d.log)
		}
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s", key, key, key, key)} {
		if strings.Contains(shown, key.Reveal()) {
			t.Errorf("a key prints itself: %s", shown)
		}
	}
}
