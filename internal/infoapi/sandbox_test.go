package infoapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	jpg "image/jpeg"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
	"baton/internal/infoapi"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/internal/sandbox"
	"baton/sqlite"
)

// bank is a registration on the real sandbox, with a store of its own.
type bank struct {
	*registration.Service
	client  *infoapi.Client
	url     string
	handoff *handoff.Service
}

func openBank(t *testing.T, config enrolment.Config) bank {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "baton.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	box, err := sandbox.New(t.Context(), sandbox.Config{Store: db})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/sandbox", box.Handler()))
	t.Cleanup(server.Close)
	client, err := infoapi.New(infoapi.Config{
		BaseURL: server.URL + "/sandbox", ClientID: sandbox.DefaultClientID, ClientSecret: sandbox.DefaultClientSecret, Issuer: sandbox.Issuer,
	})
	if err != nil {
		t.Fatal(err)
	}
	service := handoff.NewService(handofftest.NewStore(), handofftest.NewBell(), nil, nil)
	return bank{
		client: client, url: server.URL + "/sandbox", handoff: service,
		Service: registration.NewService(registration.Config{
			Store: registrationtest.NewStore(), Handoff: service, Provider: client, Data: config.Encode(), Tenant: "demo",
		}),
	}
}

// enrol does what the simulated phone does: it claims the session and hands in its enrolment.
func (b bank) enrol(t *testing.T, page handoff.PageToken, outcome sandbox.Outcome) {
	t.Helper()
	picture, err := b.handoff.Picture(t.Context(), page)
	if err != nil {
		t.Fatal(err)
	}
	scanned, _ := handoff.ParsePresented(picture.Text)
	session, token, data, err := b.handoff.Claim(t.Context(), scanned)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(sandbox.Enrolment{Data: data, Outcome: outcome})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/api/v1/enrolment/"+string(session.ID), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Fatalf("enrolment: status %d", response.StatusCode)
	}
}

var ana = registration.Form{Name: "Ana Specimen", Email: "ana@example.com", Country: "NL", Consent: true}

func TestRegistrationOnTheSandbox(t *testing.T) {
	config := enrolment.Default()
	config.Documents = append(config.Documents, enrolment.New(enrolment.UAEID).Documents...)
	config.Documents[1].Reading.Enabled = true
	b := openBank(t, config)
	_, key, page, err := b.Start(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Finish(t.Context(), key, ""); !errors.Is(err, registration.ErrNotReady) {
		t.Fatalf("before the phone has done its part: %v, want ErrNotReady", err)
	}
	b.enrol(t, page, sandbox.Success)
	r, err := b.Finish(t.Context(), key, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Result.Documents) != 2 || r.Result.Background == nil || r.Result.SessionID != r.SessionID {
		t.Errorf("result: %+v", r.Result)
	}
	for i, d := range r.Result.Documents {
		if d.FullName == "" || d.Number == "" || d.Nationality == "" || d.Sex == "" || d.DateOfBirth == "" || d.ExpiresOn == "" ||
			!d.ChipValid || d.Face == nil || d.MRZValid == nil || d.Scores.Print == nil || d.Scores.Screen == nil || d.Scores.Tampering == nil {
			t.Errorf("document %d lacks something: %+v", i, d)
		}
		for _, kind := range []registration.ImageKind{registration.ImagePortrait, registration.ImageFront, registration.ImageBack, registration.ImageSelfie} {
			body, err := b.Image(t.Context(), key, i, kind)
			if kind == registration.ImageBack && d.Type == enrolment.Passport {
				if !errors.Is(err, registration.ErrNotFound) {
					t.Errorf("back of a passport: %v, want ErrNotFound", err)
				}
				continue
			}
			if err != nil {
				t.Errorf("document %d, %s: %v", i, kind, err)
			} else if _, err := jpg.Decode(bytes.NewReader(body)); err != nil {
				t.Errorf("document %d, %s: %v", i, kind, err)
			}
		}
	}
	if r, err = b.Complete(t.Context(), key); err != nil || r.Number == "" {
		t.Fatalf("completed: %+v, error %v", r, err)
	}
	if _, err := b.client.Result(t.Context(), r.SessionID); !errors.Is(err, registration.ErrNotReady) {
		t.Errorf("after completion: %v, want the result gone", err)
	}
	if _, err := b.client.Image(t.Context(), r.Result.Documents[0].Front); !errors.Is(err, registration.ErrImageGone) {
		t.Errorf("after completion: %v, want the images gone", err)
	}
}

func TestRefusalsOnTheSandbox(t *testing.T) {
	for outcome, want := range map[sandbox.Outcome]registration.Refusal{
		sandbox.FaceMismatch:      registration.RefusalFace,
		sandbox.DocumentTampering: registration.RefusalDocument,
		sandbox.ChipInvalid:       registration.RefusalDocument,
		sandbox.BackgroundHit:     registration.RefusalBackground,
		sandbox.TamperedResult:    registration.RefusalSignature,
		sandbox.ExpiredResult:     registration.RefusalExpired,
	} {
		t.Run(string(outcome), func(t *testing.T) {
			b := openBank(t, enrolment.Default())
			_, key, page, err := b.Start(t.Context(), ana)
			if err != nil {
				t.Fatal(err)
			}
			b.enrol(t, page, outcome)
			r, err := b.Finish(t.Context(), key, "")
			refused, ok := errors.AsType[*registration.RefusedError](err)
			if !ok || refused.Check != want || r.Status != registration.StatusRefused || r.Refusal != want {
				t.Fatalf("registration %+v, error %v; want refusal %q", r, err, want)
			}
			_, again, err := b.Renew(t.Context(), key, page)
			if err != nil {
				t.Fatal(err)
			}
			b.enrol(t, again, sandbox.Success)
			if r, err := b.Finish(t.Context(), key, ""); err != nil || r.Status != registration.StatusVerified {
				t.Errorf("tried again: status %q, error %v", r.Status, err)
			}
		})
	}
}
