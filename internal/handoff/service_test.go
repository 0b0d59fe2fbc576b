package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newService returns a service on fakes and the clock that it goes by, which starts between two milliseconds and away
// from UTC.
func newService(t *testing.T) (*handoff.Service, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("elsewhere", 4*3600))}
	return handoff.NewService(handofftest.NewStore(), handofftest.NewBell(), c.Now, nil), c
}

func create(t *testing.T, service *handoff.Service, c handoff.Creation) (handoff.Session, handoff.Ticket) {
	t.Helper()
	session, secrets, err := service.Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return session, secrets.Ticket
}

func wantCode(t *testing.T, call string, err error, want handoff.Code) {
	t.Helper()
	if got := handoff.ErrorCode(err); got != want {
		t.Errorf("%s answers %v, want %q", call, err, want)
	}
}

func TestCreate(t *testing.T) {
	t.Run("WhatIsAskedForIsKept", func(t *testing.T) {
		service, c := newService(t)
		steps := []handoff.Step{handoff.StepScan, handoff.StepInfo}
		session, ticket := create(t, service, handoff.Creation{
			Tenant: "tenant", Token: handoff.NewToken("token"), Data: "data", TTL: time.Minute, Reference: "ref", Steps: steps,
		})
		now := c.Now().UTC().Truncate(time.Millisecond)
		want := handoff.Session{
			Tenant: "tenant", Ticket: ticket.Digest(), Reference: "ref", Steps: []handoff.Step{handoff.StepScan, handoff.StepInfo},
			Status: handoff.StatusCreated, CreatedAt: now, ExpiresAt: now.Add(time.Minute),
		}
		drawn := cmpopts.IgnoreFields(handoff.Session{}, "ID", "SealedToken", "SealedData")
		if diff := cmp.Diff(want, session, drawn); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		clear(steps) // the creator's, not the session's
		stored, err := service.ByTicket(t.Context(), ticket)
		if diff := cmp.Diff(session, stored); diff != "" || err != nil {
			t.Errorf("stored (-created +stored):\n%s%v", diff, err)
		}
		for _, sealed := range [][]byte{session.SealedToken, session.SealedData} {
			if bytes.Contains(sealed, []byte("token")) || bytes.Contains(sealed, []byte("data")) {
				t.Error("a value lies unsealed")
			}
		}
	})

	t.Run("LimitsAreExact", func(t *testing.T) {
		creation := func(change func(*handoff.Creation)) handoff.Creation {
			c := handoff.Creation{Tenant: "tenant"}
			change(&c)
			return c
		}
		for name, check := range map[string]struct {
			creation handoff.Creation
			want     handoff.Code
		}{
			"Nothing":              {handoff.Creation{}, ""},
			"LargestData":          {creation(func(c *handoff.Creation) { c.Data = strings.Repeat("d", 16384) }), ""},
			"DataTooLarge":         {creation(func(c *handoff.Creation) { c.Data = strings.Repeat("d", 16385) }), handoff.CodePayloadTooLarge},
			"DataTooLargeInBytes":  {creation(func(c *handoff.Creation) { c.Data = strings.Repeat("é", 8193) }), handoff.CodePayloadTooLarge},
			"LargestDataInBytes":   {creation(func(c *handoff.Creation) { c.Data = strings.Repeat("é", 8192) }), ""},
			"DataNoUTF8":           {creation(func(c *handoff.Creation) { c.Data = "\xff" }), handoff.CodeInvalidInput},
			"LargestToken":         {creation(func(c *handoff.Creation) { c.Token = handoff.NewToken(strings.Repeat("t", 8192)) }), ""},
			"TokenTooLarge":        {creation(func(c *handoff.Creation) { c.Token = handoff.NewToken(strings.Repeat("t", 8193)) }), handoff.CodePayloadTooLarge},
			"ShortestTTL":          {creation(func(c *handoff.Creation) { c.TTL = time.Minute }), ""},
			"TTLTooShort":          {creation(func(c *handoff.Creation) { c.TTL = time.Minute - 1 }), handoff.CodeInvalidInput},
			"LongestTTL":           {creation(func(c *handoff.Creation) { c.TTL = 30 * time.Minute }), ""},
			"TTLTooLong":           {creation(func(c *handoff.Creation) { c.TTL = 30*time.Minute + 1 }), handoff.CodeInvalidInput},
			"NegativeTTL":          {creation(func(c *handoff.Creation) { c.TTL = -time.Minute }), handoff.CodeInvalidInput},
			"LongestReference":     {creation(func(c *handoff.Creation) { c.Reference = strings.Repeat("安", 128) }), ""},
			"ReferenceTooLong":     {creation(func(c *handoff.Creation) { c.Reference = strings.Repeat("r", 129) }), handoff.CodeInvalidInput},
			"UnknownStep":          {creation(func(c *handoff.Creation) { c.Steps = []handoff.Step{handoff.StepScan, "LOOK"} }), handoff.CodeInvalidInput},
			"StepInAnotherCase":    {creation(func(c *handoff.Creation) { c.Steps = []handoff.Step{"scan"} }), handoff.CodeInvalidInput},
			"EveryStepMoreThanOne": {creation(func(c *handoff.Creation) { c.Steps = slices.Repeat(allSteps, 3) }), ""},
		} {
			t.Run(name, func(t *testing.T) {
				service, _ := newService(t)
				session, secrets, err := service.Create(t.Context(), check.creation)
				ticket := secrets.Ticket
				wantCode(t, "Create", err, check.want)
				if err != nil {
					if !ticket.IsZero() || session.ID != "" {
						t.Error("a refused creation returns a session or a ticket")
					}
					return
				}
				_, token, data, err := service.Claim(t.Context(), ticket)
				if err != nil || token != check.creation.Token || data != check.creation.Data {
					t.Errorf("the claim does not bring back what was given: %v", err)
				}
			})
		}
	})

	t.Run("WithoutATTLItLivesThirtyMinutesExactly", func(t *testing.T) {
		service, c := newService(t)
		session, ticket := create(t, service, handoff.Creation{})
		if life := session.ExpiresAt.Sub(session.CreatedAt); life != 30*time.Minute {
			t.Fatalf("it lives %v", life)
		}
		c.forward(30*time.Minute - time.Millisecond)
		if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
			t.Errorf("a millisecond before its end: %v", err)
		}
		c.forward(time.Millisecond)
		_, _, _, claim := service.Claim(t.Context(), ticket)
		_, byID := service.ByID(t.Context(), session.ID)
		_, publish := service.Publish(t.Context(), ticket, handoff.Progress{Step: handoff.StepScan})
		_, publishAs := service.PublishAs(t.Context(), "", session.ID, handoff.Progress{Step: handoff.StepScan})
		_, events := service.EventsAfter(t.Context(), session.ID, 0)
		for call, err := range map[string]error{
			"Claim": claim, "ByID": byID, "Publish": publish, "PublishAs": publishAs, "EventsAfter": events,
			"Delete": service.Delete(t.Context(), ticket),
		} {
			wantCode(t, call+" at the thirtieth minute", err, handoff.CodeNotFound)
		}
	})
}

func TestClaim(t *testing.T) {
	t.Run("BringsTokenAndDataAndIsSeen", func(t *testing.T) {
		service, _ := newService(t)
		created, ticket := create(t, service, handoff.Creation{Tenant: "tenant", Token: handoff.NewToken("the token"), Data: "the data"})
		wake := listen(t, service, created.ID)
		session, token, data, err := service.Claim(t.Context(), ticket)
		if err != nil || token.Reveal() != "the token" || data != "the data" {
			t.Fatalf("the claim answers %q, %q, %v", token.Reveal(), data, err)
		}
		want := created
		want.Status, want.ClaimedAt, want.Seq = handoff.StatusClaimed, service.Now(), 1
		if diff := cmp.Diff(want, session); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		rang(t, wake, true)
		wantEvents(t, service, created.ID, handoff.Event{Seq: 1, Kind: handoff.KindStatus, Status: handoff.StatusClaimed, At: service.Now()})
	})

	t.Run("AgainOnlyReads", func(t *testing.T) {
		service, c := newService(t)
		created, ticket := create(t, service, handoff.Creation{Data: "the data"})
		first, _, _, err := service.Claim(t.Context(), ticket)
		if err != nil {
			t.Fatal(err)
		}
		wake := listen(t, service, created.ID)
		c.forward(time.Minute)
		again, _, data, err := service.Claim(t.Context(), ticket)
		if diff := cmp.Diff(first, again); diff != "" || err != nil || data != "the data" {
			t.Errorf("again it answers %q, %v (-first +again):\n%s", data, err, diff)
		}
		rang(t, wake, false)
	})

	t.Run("ManyAtOnceAreOneStatusChange", func(t *testing.T) {
		service, _ := newService(t)
		created, ticket := create(t, service, handoff.Creation{})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if session, _, _, err := service.Claim(t.Context(), ticket); err != nil || session.Status != handoff.StatusClaimed || session.Seq != 1 {
					t.Errorf("a claim answers %s, seq %d, %v", session.Status, session.Seq, err)
				}
			})
		}
		wg.Wait()
		if events, err := service.EventsAfter(t.Context(), created.ID, 0); err != nil || len(events) != 1 {
			t.Errorf("events are %v, %v; want one", events, err)
		}
	})

	t.Run("AfterTheEndItStillReads", func(t *testing.T) {
		service, _ := newService(t)
		created, ticket := create(t, service, handoff.Creation{Tenant: "tenant", Data: "the data"})
		if _, err := service.PublishAs(t.Context(), "tenant", created.ID, handoff.Progress{Step: handoff.StepInfo}); err != nil {
			t.Fatal(err)
		}
		session, _, data, err := service.Claim(t.Context(), ticket)
		if err != nil || data != "the data" || session.Status != handoff.StatusCompleted || !session.ClaimedAt.IsZero() {
			t.Errorf("it answers %s, %q, %v; want the completed session and its data", session.Status, data, err)
		}
	})

	t.Run("AnUnknownOrZeroTicketIsNotFound", func(t *testing.T) {
		service, _ := newService(t)
		create(t, service, handoff.Creation{})
		for name, ticket := range map[string]handoff.Ticket{"unknown": handoff.NewTicket(), "zero": {}} {
			_, _, _, err := service.Claim(t.Context(), ticket)
			wantCode(t, name, err, handoff.CodeNotFound)
		}
	})
}

func TestDelete(t *testing.T) {
	service, _ := newService(t)
	session, ticket := create(t, service, handoff.Creation{})
	wake := listen(t, service, session.ID)
	if err := service.Delete(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	rang(t, wake, true)
	_, err := service.ByID(t.Context(), session.ID)
	wantCode(t, "ByID afterwards", err, handoff.CodeNotFound)
	wantCode(t, "a second Delete", service.Delete(t.Context(), ticket), handoff.CodeNotFound)
}

// brokenBell cannot ring.
type brokenBell struct{ handoff.Bell }

func (brokenBell) Ring(context.Context, handoff.SessionID) error { return errors.New("no bell") }

func TestABrokenBellFailsNobodyAndIsLogged(t *testing.T) {
	var log bytes.Buffer
	service := handoff.NewService(handofftest.NewStore(), brokenBell{}, nil, slog.New(slog.NewTextHandler(&log, nil)))
	session, ticket := create(t, service, handoff.Creation{Token: handoff.NewToken("the-token")})
	if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
		t.Error(err)
	}
	if _, err := service.Publish(t.Context(), ticket, handoff.Progress{Step: handoff.StepScan}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "bell did not ring") || !strings.Contains(log.String(), string(session.ID)) {
		t.Errorf("the log says %q", log.String())
	}
	if strings.Contains(log.String(), ticket.Reveal()) || strings.Contains(log.String(), "the-token") {
		t.Error("a secret stands in the log")
	}
}

func listen(t *testing.T, service *handoff.Service, id handoff.SessionID) <-chan struct{} {
	t.Helper()
	wake, stop, err := service.Listen(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return wake
}

// rang checks whether the fake bell, which rings at once, has rung.
func rang(t *testing.T, wake <-chan struct{}, want bool) {
	t.Helper()
	select {
	case <-wake:
		if !want {
			t.Error("the bell rang")
		}
	default:
		if want {
			t.Error("the bell did not ring")
		}
	}
}

func wantEvents(t *testing.T, service *handoff.Service, id handoff.SessionID, want ...handoff.Event) {
	t.Helper()
	got, err := service.EventsAfter(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
