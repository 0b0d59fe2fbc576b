package handoff_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

// meetingStore lets callers meet between their reading and their change, or lets something happen there.
type meetingStore struct {
	handoff.Store
	meets bool // so many as meet counts
	meet  sync.WaitGroup
	then  func()
}

func (s *meetingStore) ByTicket(ctx context.Context, d handoff.Digest, now time.Time) (handoff.Session, error) {
	session, err := s.Store.ByTicket(ctx, d, now)
	if s.then != nil {
		s.then()
	} else if s.meets {
		s.meet.Done()
		s.meet.Wait()
	}
	return session, err
}

func TestOpen(t *testing.T) {
	open := func(t *testing.T, service *handoff.Service, ticket handoff.Ticket) handoff.Session {
		t.Helper()
		session, err := service.Open(t.Context(), ticket)
		if err != nil {
			t.Fatal(err)
		}
		return session
	}

	t.Run("SaysWhoAsksAndTellsThePage", func(t *testing.T) {
		service, _ := newService(t)
		created, ticket := create(t, service, handoff.Creation{
			Steps: []handoff.Step{handoff.StepScan, handoff.StepInfo}, Requester: handoff.Requester{Name: "Example Bank"},
		})
		wake := listen(t, service, created.ID)
		want := created
		want.OpenedAt, want.Seq = service.Now(), 1
		if diff := cmp.Diff(want, open(t, service, ticket)); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		stored, err := service.ByTicket(t.Context(), ticket)
		if diff := cmp.Diff(want, stored); diff != "" || err != nil {
			t.Errorf("stored (-want +got):\n%s%v", diff, err)
		}
		rang(t, wake, true)
		wantEvents(t, service, created.ID, handoff.Event{Seq: 1, Kind: handoff.KindNotice, Notice: handoff.NoticeOpened, At: service.Now()})
	})

	t.Run("TellsItOnceInTenSeconds", func(t *testing.T) {
		service, c := newService(t)
		created, ticket := create(t, service, handoff.Creation{})
		wake := listen(t, service, created.ID)
		first := open(t, service, ticket)
		rang(t, wake, true)
		for _, step := range []struct {
			later time.Duration
			told  bool
		}{{0, false}, {10*time.Second - time.Millisecond, false}, {time.Millisecond, true}, {time.Second, false}, {9 * time.Second, true}} {
			c.forward(step.later)
			session := open(t, service, ticket)
			rang(t, wake, step.told)
			if step.told {
				first.OpenedAt, first.Seq = service.Now(), first.Seq+1
			}
			if diff := cmp.Diff(first, session); diff != "" {
				t.Errorf("after %v more (-want +got):\n%s", step.later, diff)
			}
		}
		if events, err := service.EventsAfter(t.Context(), created.ID, 0); err != nil || len(events) != 3 {
			t.Errorf("events are %v, %v; want three", events, err)
		}
	})

	t.Run("TwoPhonesAtOnceAreToldOnce", func(t *testing.T) {
		c := &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
		store := &meetingStore{Store: handofftest.NewStore()}
		service := handoff.NewService(store, handofftest.NewBell(), c.Now, nil)
		created, ticket := create(t, service, handoff.Creation{})
		store.meets = true
		store.meet.Add(2)
		var phones sync.WaitGroup
		for range 2 {
			phones.Go(func() {
				session, err := service.Open(t.Context(), ticket)
				if err != nil || session.Seq != 1 || !session.OpenedAt.Equal(service.Now()) {
					t.Errorf("a phone is answered seq %d, opened at %v, %v", session.Seq, session.OpenedAt, err)
				}
			})
		}
		phones.Wait()
		wantEvents(t, service, created.ID, handoff.Event{Seq: 1, Kind: handoff.KindNotice, Notice: handoff.NoticeOpened, At: service.Now()})
	})

	t.Run("AClaimAtTheSameMomentIsWhatItAnswers", func(t *testing.T) {
		c := &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
		store := &meetingStore{Store: handofftest.NewStore()}
		service := handoff.NewService(store, handofftest.NewBell(), c.Now, nil)
		created, ticket := create(t, service, handoff.Creation{})
		store.then = func() {
			store.then = nil
			if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
				t.Error(err)
			}
		}
		if session := open(t, service, ticket); session.Status != handoff.StatusClaimed || session.Seq != 1 {
			t.Errorf("it answers %s, seq %d; want the claimed session", session.Status, session.Seq)
		}
		wantEvents(t, service, created.ID, handoff.Event{Seq: 1, Kind: handoff.KindStatus, Status: handoff.StatusClaimed, At: service.Now()})
	})

	t.Run("ClaimsNothing", func(t *testing.T) {
		service, _ := newService(t)
		_, ticket := create(t, service, handoff.Creation{})
		if session := open(t, service, ticket); session.Status != handoff.StatusCreated || !session.ClaimedAt.IsZero() {
			t.Errorf("it is %s", session.Status)
		}
		_, err := service.Publish(t.Context(), ticket, handoff.Progress{Step: handoff.StepScan})
		wantCode(t, "Publish", err, handoff.CodeNotClaimed)
	})

	t.Run("AfterAClaimOrAnEndItOnlyReads", func(t *testing.T) {
		for name, change := range map[string]func(service *handoff.Service, id handoff.SessionID, ticket handoff.Ticket) error{
			"Claimed": func(service *handoff.Service, _ handoff.SessionID, ticket handoff.Ticket) error {
				_, _, _, err := service.Claim(t.Context(), ticket)
				return err
			},
			"Cancelled": func(service *handoff.Service, id handoff.SessionID, _ handoff.Ticket) error {
				_, err := service.PublishAs(t.Context(), "tenant", id, handoff.Progress{Status: handoff.StatusCancelled})
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				service, _ := newService(t)
				created, ticket := create(t, service, handoff.Creation{Tenant: "tenant"})
				if err := change(service, created.ID, ticket); err != nil {
					t.Fatal(err)
				}
				want, err := service.ByTicket(t.Context(), ticket)
				if err != nil {
					t.Fatal(err)
				}
				wake := listen(t, service, created.ID)
				if diff := cmp.Diff(want, open(t, service, ticket)); diff != "" {
					t.Errorf("session (-want +got):\n%s", diff)
				}
				rang(t, wake, false)
			})
		}
	})

	t.Run("CountsAgainstNoLimit", func(t *testing.T) {
		service, _ := newService(t)
		_, ticket := create(t, service, handoff.Creation{})
		if session := open(t, service, ticket); session.Events != 0 {
			t.Errorf("%d events are counted, want none", session.Events)
		}
	})

	t.Run("UnknownAndExpiredAreNotFound", func(t *testing.T) {
		service, c := newService(t)
		_, ticket := create(t, service, handoff.Creation{TTL: time.Minute})
		for name, ticket := range map[string]handoff.Ticket{"unknown": handoff.NewTicket(), "zero": {}} {
			_, err := service.Open(t.Context(), ticket)
			wantCode(t, name, err, handoff.CodeNotFound)
		}
		c.forward(time.Minute)
		_, err := service.Open(t.Context(), ticket)
		wantCode(t, "expired", err, handoff.CodeNotFound)
	})
}

func TestIntroduce(t *testing.T) {
	firefox := handoff.Requester{Name: "first.example", Browser: "Firefox", System: "Windows"}
	safari := handoff.Requester{Name: "second.example", Browser: "Safari", System: "iOS"}
	for name, check := range map[string]struct {
		created handoff.Requester
		pages   []handoff.Requester
		want    handoff.Requester
	}{
		"TheFirstPageWins":              {handoff.Requester{}, []handoff.Requester{firefox, safari}, firefox},
		"WhatTheCreationSaidStays":      {handoff.Requester{Name: "Example Bank"}, []handoff.Requester{firefox}, handoff.Requester{Name: "Example Bank", Browser: "Firefox", System: "Windows"}},
		"OfAWholeCreationNothingMoves":  {safari, []handoff.Requester{firefox}, safari},
		"ALaterPageFillsWhatIsLeft":     {handoff.Requester{}, []handoff.Requester{{Browser: "Firefox"}, safari}, handoff.Requester{Name: "second.example", Browser: "Firefox", System: "iOS"}},
		"APageThatSaysNothingIsNoError": {handoff.Requester{}, []handoff.Requester{{}, firefox}, firefox},
	} {
		t.Run(name, func(t *testing.T) {
			service, _ := newService(t)
			created, ticket := create(t, service, handoff.Creation{Requester: check.created})
			wake := listen(t, service, created.ID)
			for _, page := range check.pages {
				if err := service.Introduce(t.Context(), created.ID, page); err != nil {
					t.Fatal(err)
				}
			}
			want := created
			want.Requester = check.want
			got, err := service.ByTicket(t.Context(), ticket)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("session (-want +got):\n%s%v", diff, err)
			}
			rang(t, wake, false) // no page shows it
			wantEvents(t, service, created.ID)
		})
	}

	t.Run("ATextThatMayNotBeShownIsRefused", func(t *testing.T) {
		for name, text := range map[string]string{
			"TooLong": strings.Repeat("安", 129), "NotUTF8": "\xff", "NewLine": "a\nb", "Escape": "\x1b[31m", "C1Control": "\u0085",
		} {
			t.Run(name, func(t *testing.T) {
				service, _ := newService(t)
				created, _ := create(t, service, handoff.Creation{})
				for _, page := range []handoff.Requester{{Name: text}, {Browser: text}, {System: text}} {
					wantCode(t, "Introduce", service.Introduce(t.Context(), created.ID, page), handoff.CodeInvalidInput)
					_, _, err := service.Create(t.Context(), handoff.Creation{Requester: page})
					wantCode(t, "Create", err, handoff.CodeInvalidInput)
				}
				if got, err := service.ByID(t.Context(), created.ID); err != nil || !got.Requester.IsZero() {
					t.Errorf("the requester is %v, %v; want none", got.Requester, err)
				}
			})
		}
	})

	t.Run("TheLongestIsTaken", func(t *testing.T) {
		service, _ := newService(t)
		created, _ := create(t, service, handoff.Creation{})
		page := handoff.Requester{Name: strings.Repeat("安", 128)}
		if err := service.Introduce(t.Context(), created.ID, page); err != nil {
			t.Error(err)
		}
	})

	t.Run("UnknownIsNotFound", func(t *testing.T) {
		service, _ := newService(t)
		wantCode(t, "Introduce", service.Introduce(t.Context(), handoff.NewSessionID(), firefox), handoff.CodeNotFound)
	})
}
