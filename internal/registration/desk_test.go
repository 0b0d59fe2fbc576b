package registration_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

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

func (s *sessions) ByPageToken(_ context.Context, d handoff.Digest, now time.Time) (handoff.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.kept {
		if session.Page == d && session.ExpiresAt.After(now) {
			return session, nil
		}
	}
	return handoff.Session{}, handoff.NotFound()
}

func (s *sessions) Delete(ctx context.Context, id handoff.SessionID, now time.Time) error {
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
		Protection: handoff.Protection{Once: true, Confirm: handoff.ConfirmPrompt}, Requester: handoff.Requester{Name: "Example Bank"},
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

func mustStart(t testing.TB, d *desk) (registration.Registration, registration.Key, handoff.PageToken) {
	t.Helper()
	r, key, page, err := d.Start(t.Context(), form)
	if err != nil {
		t.Fatal(err)
	}
	return r, key, page
}

func mustFinish(t testing.TB, d *desk, key registration.Key) registration.Registration {
	t.Helper()
	r, err := d.Finish(t.Context(), key, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}
