package handoff_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

// lateStore makes changes durable so slowly that the clock moves on meanwhile.
type lateStore struct {
	handoff.Store
	clock *clock
	takes time.Duration
}

func (s *lateStore) Append(
	ctx context.Context, id handoff.SessionID, now time.Time, f func(*handoff.Session) ([]handoff.Event, error),
) ([]handoff.Event, error) {
	events, err := s.Store.Append(ctx, id, now, f)
	s.clock.forward(s.takes)
	return events, err
}

// Channels read what was accepted once more after the expiry. What becomes durable later than that may reach no page,
// so nobody may be told that it was accepted.
func TestWhatBecomesDurableAfterTheExpiryIsNotAcknowledged(t *testing.T) {
	calls := map[string]func(*handoff.Service, handoff.Session, handoff.Ticket) error{
		"Claim": func(service *handoff.Service, _ handoff.Session, ticket handoff.Ticket) error {
			_, token, data, err := service.Claim(t.Context(), ticket)
			if err != nil && (token.Reveal() != "" || data != "") {
				t.Error("a refused claim hands out the token or the data")
			}
			return err
		},
		"Open": func(service *handoff.Service, _ handoff.Session, ticket handoff.Ticket) error {
			_, err := service.Open(t.Context(), ticket)
			return err
		},
		"PublishAs": func(service *handoff.Service, session handoff.Session, _ handoff.Ticket) error {
			_, err := service.PublishAs(t.Context(), "tenant", session.ID, handoff.Progress{Step: handoff.StepScan})
			return err
		},
		"PublishAsAnEnd": func(service *handoff.Service, session handoff.Session, _ handoff.Ticket) error {
			_, err := service.PublishAs(t.Context(), "tenant", session.ID, handoff.Progress{Step: handoff.StepInfo})
			return err
		},
		"PublishAsADetail": func(service *handoff.Service, session handoff.Session, _ handoff.Ticket) error {
			_, err := service.PublishAs(t.Context(), "tenant", session.ID, handoff.Progress{Detail: "{}"})
			return err
		},
	}
	for name, call := range calls {
		for when, check := range map[string]struct {
			takes time.Duration
			want  handoff.Code
		}{
			"AMillisecondBefore": {999 * time.Millisecond, ""},
			"AtIt":               {time.Second, handoff.CodeNotFound},
			"Later":              {time.Minute, handoff.CodeNotFound},
		} {
			t.Run(name+"/"+when, func(t *testing.T) {
				c := &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
				store := &lateStore{Store: handofftest.NewStore(), clock: c}
				service := handoff.NewService(store, handofftest.NewBell(), c.Now, nil)
				session, ticket := create(t, service, handoff.Creation{
					Tenant: "tenant", TTL: time.Minute, Token: handoff.NewToken("the token"), Data: "the data",
				})
				c.forward(59 * time.Second)
				store.takes = check.takes
				wantCode(t, name, call(service, session, ticket), check.want)
			})
		}
	}
}

// A report that is repeated after its answer was lost in the last moment must not be told anything else than the first.
func TestAKnownKeyIsNotAcknowledgedAfterTheExpiry(t *testing.T) {
	c := &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	store := &lateStore{Store: handofftest.NewStore(), clock: c}
	service := handoff.NewService(store, handofftest.NewBell(), c.Now, nil)
	session, _ := create(t, service, handoff.Creation{Tenant: "tenant", TTL: time.Minute})
	report := handoff.Progress{Step: handoff.StepScan, Key: "k"}
	first, err := service.PublishAs(t.Context(), "tenant", session.ID, report)
	if err != nil {
		t.Fatal(err)
	}
	c.forward(time.Minute - time.Millisecond)
	if again, err := service.PublishAs(t.Context(), "tenant", session.ID, report); err != nil || again != first {
		t.Errorf("a millisecond before: %v, %v; want the first one's answer", again, err)
	}
	c.forward(time.Millisecond)
	_, err = service.PublishAs(t.Context(), "tenant", session.ID, report)
	wantCode(t, "at the expiry", err, handoff.CodeNotFound)
	remains, err := service.Remains(t.Context(), session.ID, 0)
	if diff := cmp.Diff([]handoff.Event{first}, remains); diff != "" || err != nil {
		t.Errorf("what remains (-want +got):\n%s%v", diff, err)
	}
}
