package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

const alreadyClaimed = "SESSION_ALREADY_CLAIMED"

var once = fields{"claim": "once"}

// deviceChecks are about sessions that take one phone only.
var deviceChecks = []check{
	{id: "once.device", name: "claim once: the first phone may repeat, another is 409", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, once)
		if err != nil {
			return err
		}
		first := newDevice()
		for range 2 {
			a, err := s.claimAs(ctx, made.text, first)
			if err != nil {
				return err
			}
			if err := a.wantClaim(made.id, "conform"); err != nil {
				return fmt.Errorf("the first phone: %w", err)
			}
		}
		for _, device := range []string{newDevice(), ""} {
			a, err := s.claimAs(ctx, made.text, device)
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusConflict, alreadyClaimed); err != nil {
				return fmt.Errorf("another phone: %w", err)
			}
		}
		return nil
	}},
	{id: "once.open-binds", name: "claim once: the phone's first call binds it, be it open", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, once)
		if err != nil {
			return err
		}
		if a, err := s.phone(ctx, "open", made.text, newDevice(), nil); err != nil || a.status != http.StatusOK {
			return errors.Join(err, a.wantStatus(http.StatusOK))
		}
		a, err := s.claimAs(ctx, made.text, newDevice())
		if err != nil {
			return err
		}
		return a.wantError(http.StatusConflict, alreadyClaimed)
	}},
	{id: "once.no-device", name: "claim once: a phone without Baton-Device claims once", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, once)
		if err != nil {
			return err
		}
		a, err := s.claimAs(ctx, made.text, "")
		if err != nil {
			return err
		}
		if err := a.wantClaim(made.id, "conform"); err != nil {
			return err
		}
		if a, err = s.claimAs(ctx, made.text, ""); err != nil {
			return err
		}
		return a.wantError(http.StatusConflict, alreadyClaimed)
	}},
	{id: "once.events", name: "claim once: only its phone reports", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, once)
		if err != nil {
			return err
		}
		device := newDevice()
		if a, err := s.claimAs(ctx, made.text, device); err != nil || a.status != http.StatusOK {
			return errors.Join(err, a.wantStatus(http.StatusOK))
		}
		a, err := s.phone(ctx, "events", made.text, newDevice(), fields{"service": "SCAN"})
		if err != nil {
			return err
		}
		if err := a.wantError(http.StatusConflict, alreadyClaimed); err != nil {
			return fmt.Errorf("another phone: %w", err)
		}
		if a, err = s.phone(ctx, "events", made.text, device, fields{"service": "SCAN"}); err != nil {
			return err
		}
		return a.wantSeq()
	}},
	{id: "once.notice", name: "claim once: the page hears of a second phone", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, once)
		if err != nil {
			return err
		}
		page, _, err := s.watch(ctx, made, 0)
		if err != nil {
			return err
		}
		defer page.close()
		for range 2 {
			if _, err := s.claimAs(ctx, made.text, newDevice()); err != nil {
				return err
			}
		}
		return page.want(ctx, "claimed", "!second_claim")
	}},
	{id: "open.any-device", name: "claim open: any phone may claim", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, fields{"claim": "open"})
		if err != nil {
			return err
		}
		for range 2 {
			a, err := s.claimAs(ctx, made.text, newDevice())
			if err != nil {
				return err
			}
			if err := a.wantClaim(made.id, "conform"); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "device.malformed", name: "a Baton-Device of 21 characters, or with others than URL-safe ones, is 400", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, once)
		if err != nil {
			return err
		}
		for _, device := range []string{strings.Repeat("d", 21), strings.Repeat("d", 30) + "/"} {
			a, err := s.claimAs(ctx, made.text, device)
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusBadRequest, invalidInput); err != nil {
				return err
			}
		}
		return nil
	}},
}
