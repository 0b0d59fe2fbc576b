package phone_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/phone"
	"baton/web/webtest"
)

// guard creates a session with protections, asked for by a shop.
func (s station) guard(t *testing.T, options string) (session webtest.Session, page string) {
	t.Helper()
	data, err := json.Marshal(enrolment.New(enrolment.Passport).Encode())
	if err != nil {
		t.Fatal(err)
	}
	body := `{"data":` + string(data) + `,"requester":{"name":"Example Shop","userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"},` + options + `}`
	answer := s.Do("POST", "/api/v1/session", body, "Authorization", "Bearer "+s.token, "Content-Type", "application/json")
	answer.JSON(t, &session)
	var separate struct{ PageToken string }
	answer.JSON(t, &separate)
	return session, separate.PageToken
}

// number is the one that the session's page shows.
func (s station) number(t *testing.T, session webtest.Session) string {
	t.Helper()
	events, err := s.Handoff.EventsAfter(t.Context(), handoff.SessionID(session.ID), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Number != "" {
			return e.Number
		}
	}
	t.Fatal("the page shows no number")
	return ""
}

func (s station) wantHeard(t *testing.T, session webtest.Session, want string) {
	t.Helper()
	if got := strings.Join(s.heard(t, session), ", "); got != want {
		t.Errorf("the page heard %q, want %q", got, want)
	}
}

func TestRunAsksThePerson(t *testing.T) {
	s := start(t)
	t.Run("who agrees", func(t *testing.T) {
		session, _ := s.guard(t, `"confirm":"prompt"`)
		p := s.phone(session)
		var asked phone.Request
		p.Agree = func(_ context.Context, request phone.Request) (bool, error) {
			asked = request
			s.wantHeard(t, session, "opened") // and nothing more before the answer
			return true, nil
		}
		if err := p.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		created, err := s.Handoff.ByID(t.Context(), handoff.SessionID(session.ID))
		if err != nil {
			t.Fatal(err)
		}
		want := phone.Request{Name: "Example Shop", Browser: "Firefox", System: "Windows", Started: created.CreatedAt, Confirm: phone.ConfirmPrompt, Status: "created", Steps: []string{"SCAN", "INFO"}}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		s.wantHeard(t, session, "opened, claimed, SCAN, INFO, completed")
	})
	t.Run("and takes silence for a yes", func(t *testing.T) {
		session, _ := s.guard(t, `"confirm":"prompt"`)
		if err := s.phone(session).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("who declines", func(t *testing.T) {
		session, _ := s.guard(t, `"confirm":"prompt"`)
		p := s.phone(session)
		p.Agree = func(context.Context, phone.Request) (bool, error) { return false, nil }
		ended, _ := errors.AsType[*phone.EndedError](p.Run(t.Context(), nil))
		if diff := cmp.Diff(&phone.EndedError{Status: "cancelled", Reason: "USER_CANCEL"}, ended); diff != "" {
			t.Errorf("ended (-want +got):\n%s", diff)
		}
		s.wantHeard(t, session, "opened, cancelled USER_CANCEL")
	})
	t.Run("who cannot be asked", func(t *testing.T) {
		session, _ := s.guard(t, `"confirm":"prompt"`)
		p := s.phone(session)
		gone := errors.New("nobody is there")
		p.Agree = func(context.Context, phone.Request) (bool, error) { return false, gone }
		if err := p.Run(t.Context(), nil); !errors.Is(err, gone) {
			t.Errorf("error %v", err)
		}
		s.wantHeard(t, session, "opened")
	})
	t.Run("and not where nothing is asked", func(t *testing.T) {
		session, _ := s.guard(t, `"claim":"once"`)
		p := s.phone(session)
		p.Agree = func(context.Context, phone.Request) (bool, error) { return false, errors.New("asked") }
		if err := p.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRunEntersTheNumber(t *testing.T) {
	s := start(t)
	numbers := func(t *testing.T, session webtest.Session, wrong int) *phone.Phone {
		p := s.phone(session)
		tries := 0
		p.Number = func(_ context.Context, again bool) (string, error) {
			if again != (tries > 0) {
				t.Errorf("try %d is another one: %v", tries, again)
			}
			number := s.number(t, session)
			if tries++; tries <= wrong {
				guess := []string{"00", "01"}[tries-1]
				if guess == number {
					guess = "02"
				}
				return guess, nil
			}
			return number, nil
		}
		return p
	}
	t.Run("after a mistake", func(t *testing.T) {
		session, _ := s.guard(t, `"confirm":"number"`)
		if err := numbers(t, session, 1).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		s.wantHeard(t, session, "opened, confirm, confirm_failed, claimed, SCAN, INFO, completed")
	})
	t.Run("and ends after two", func(t *testing.T) {
		session, _ := s.guard(t, `"confirm":"number"`)
		if refused, _ := errors.AsType[*phone.RefusedError](numbers(t, session, 2).Run(t.Context(), nil)); refused == nil || refused.Code != "SESSION_ENDED" {
			t.Errorf("refused with %v", refused)
		}
		s.wantHeard(t, session, "opened, confirm, confirm_failed, confirm_failed, failed CONFIRMATION_FAILED")
	})
	t.Run("or declines", func(t *testing.T) {
		session, _ := s.guard(t, `"confirm":"number"`)
		p := s.phone(session)
		p.Number = func(context.Context, bool) (string, error) { return "", nil }
		if ended, _ := errors.AsType[*phone.EndedError](p.Run(t.Context(), nil)); ended == nil {
			t.Error("it did not end")
		}
		s.wantHeard(t, session, "opened, confirm, cancelled USER_CANCEL")
	})
	t.Run("or knows none", func(t *testing.T) {
		session, _ := s.guard(t, `"confirm":"number"`)
		if err := s.phone(session).Run(t.Context(), nil); !errors.Is(err, phone.ErrNoNumber) {
			t.Errorf("error %v, want ErrNoNumber", err)
		}
	})
}

func TestRunIsOnePhone(t *testing.T) {
	s := start(t)
	session, _ := s.guard(t, `"confirm":"prompt"`)
	mine := s.phone(session)
	mine.Device, mine.Steps = phone.NewDevice(), []string{"SCAN"}
	for range 2 { // the second run takes up what the first one left, and is not asked again
		if err := mine.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		mine.Agree = func(context.Context, phone.Request) (bool, error) { return false, errors.New("asked again") }
	}
	if refused, _ := errors.AsType[*phone.RefusedError](s.phone(session).Run(t.Context(), nil)); refused == nil || refused.Code != "SESSION_ALREADY_CLAIMED" {
		t.Errorf("another phone is refused with %v", refused)
	}
	s.wantHeard(t, session, "opened, claimed, SCAN, second_claim")
	if strings.Contains(s.Log.String(), mine.Device.Reveal()) {
		t.Error("the device is in the server's log")
	}
}

func TestRunTakesChangingCodes(t *testing.T) {
	s := start(t)
	session, page := s.guard(t, `"rotate":true,"confirm":"number"`)
	var copied struct{ Link string }
	s.Do("POST", "/api/v1/session/link", "", "Authorization", page).JSON(t, &copied)
	_, text, err := phone.ParseTarget(copied.Link, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if refused, _ := errors.AsType[*phone.RefusedError](s.phone(session).Run(t.Context(), nil)); refused == nil || refused.Code != "CODE_STALE" {
		t.Errorf("the bare ticket is refused with %v", refused)
	}
	p := s.phone(session)
	p.Ticket = text
	p.Number = func(context.Context, bool) (string, error) { return s.number(t, session), nil }
	if err := p.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s.wantHeard(t, session, "opened, confirm, claimed, SCAN, INFO, completed")
}

func TestRunReportsThatItWasSomebodyElse(t *testing.T) {
	s := start(t)
	session, _ := s.guard(t, `"confirm":"prompt"`)
	p := s.phone(session)
	p.NotMe = true
	var told []phone.State
	if err := p.Run(t.Context(), func(p phone.Progress) { told = append(told, p.State) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]phone.State{phone.Reported}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	s.wantHeard(t, session, "not_me, cancelled NOT_ME")
}

// Servers of the first contract answer a call that they do not know in every way there is.
func TestRunClaimsWhereNobodyKnowsHowToOpen(t *testing.T) {
	for name, opened := range map[string]func(*http.Request) (*http.Response, error){
		"404": says(404, `{"error":"SESSION_EXPIRED_OR_NOT_FOUND"}`), "405": says(405, ""), "401": says(401, ""), "500": says(500, ""),
		"429": says(429, ""), "a page": says(200, "<html>"), "lost": breaks, "no such fields": says(200, `{}`),
	} {
		t.Run(name, func(t *testing.T) {
			w := &wire{opened: opened, answers: []func(*http.Request) (*http.Response, error){says(200, claimed)}}
			if err := onWire(w).Run(t.Context(), func(p phone.Progress) {
				if p.State == phone.Waiting {
					t.Error("it waits for an answer that need not come")
				}
			}); err != nil {
				t.Fatal(err)
			}
			if w.calls[0] != "GET /api/v1/session" || len(w.calls) != 3 {
				t.Errorf("calls %q", w.calls)
			}
			for _, device := range w.devices {
				if device == "" || device != w.devices[0] {
					t.Errorf("the calls' devices differ: %q", w.devices)
				}
			}
		})
	}
}

func TestRunConfirmsAlthoughTheFirstCallWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opens := 0
		w := &wire{
			opened: func(r *http.Request) (*http.Response, error) {
				if opens++; opens < 3 {
					return breaks(r)
				}
				return says(200, `{"requester":{"name":"A\u001b[2Jsk"},"confirm":"prompt","status":"created","createdAt":"today"}`)(r)
			},
			answers: []func(*http.Request) (*http.Response, error){
				says(409, `{"error":"CONFIRMATION_REQUIRED"}`), says(204, ""), says(200, claimed),
			},
		}
		p := onWire(w)
		var name string
		p.Agree = func(_ context.Context, request phone.Request) (bool, error) { name = request.Name; return true, nil }
		if err := p.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		want := []string{"GET /api/v1/session", `POST /api/v1/session/confirm {"agree":true}`, "GET /api/v1/session"}
		if diff := cmp.Diff(want, w.calls[:3]); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if name != "A[2Jsk" {
			t.Errorf("who asks is %q, with what could move the cursor", name)
		}
	})
}

func TestDevice(t *testing.T) {
	first, second := phone.NewDevice(), phone.NewDevice()
	if _, ok := phone.ParseDevice(first.Reveal()); !ok || first == second {
		t.Error("a new device is none, or not new")
	}
	for _, text := range []string{"", strings.Repeat("a", 21), strings.Repeat("a", 129), strings.Repeat("a", 22) + "\n", strings.Repeat("ä", 22)} {
		if _, ok := phone.ParseDevice(text); ok {
			t.Errorf("%q is taken for a device", text)
		}
	}
	device, _ := phone.ParseDevice(strings.Repeat("SECRET", 4))
	if printed := fmt.Sprintf("%v %+v %#v %q %v", device, phone.Phone{Device: device}, device, device, device.LogValue()); strings.Contains(printed, "SECRET") {
		t.Errorf("printed %q", printed)
	}
}
