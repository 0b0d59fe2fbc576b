package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
)

const confirmFirst = "CONFIRMATION_REQUIRED"

var (
	prompt = fields{"confirm": "prompt"}
	number = fields{"confirm": "number"}
)

// confirmChecks are about phones whose person is asked before the claim.
var confirmChecks = []check{
	{id: "confirm.first", name: "confirm: a claim before it is 409, and claims nothing", run: func(ctx context.Context, s *server) error {
		for _, options := range []fields{prompt, number} {
			made, err := s.make(ctx, options)
			if err != nil {
				return err
			}
			a, err := s.claimAs(ctx, made.text, newDevice())
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusConflict, confirmFirst); err != nil {
				return err
			}
			if err := s.wantState(ctx, made, fields{"status": "created"}); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "confirm.prompt", name: "confirm prompt: who agrees may claim", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, prompt)
		if err != nil {
			return err
		}
		device := newDevice()
		return s.wantConfirmed(ctx, made, made.text, device, fields{"agree": true})
	}},
	{id: "confirm.one-phone", name: "confirm implies claim once", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, prompt)
		if err != nil {
			return err
		}
		if err := s.wantConfirmed(ctx, made, made.text, newDevice(), fields{"agree": true}); err != nil {
			return err
		}
		a, err := s.claimAs(ctx, made.text, newDevice())
		if err != nil {
			return err
		}
		return a.wantError(http.StatusConflict, alreadyClaimed)
	}},
	{id: "confirm.number", name: "confirm number: the page shows two digits once a phone has opened the link, and they let it claim", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, number)
		if err != nil {
			return err
		}
		return s.wantNumbered(ctx, made, func() (string, error) { return made.text, nil })
	}},
	{id: "confirm.number.unopened", name: "confirm number: before open it is 409", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, number)
		if err != nil {
			return err
		}
		a, err := s.phone(ctx, "confirm", made.text, newDevice(), fields{"agree": true, "number": "47"})
		if err != nil {
			return err
		}
		return a.wantError(http.StatusConflict, confirmFirst)
	}},
	{id: "confirm.number.wrong", name: "confirm number: two wrong ones end the session with CONFIRMATION_FAILED, and the page hears of each", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, number)
		if err != nil {
			return err
		}
		page, _, err := s.watch(ctx, made, 0)
		if err != nil {
			return err
		}
		defer page.close()
		device := newDevice()
		shown, err := s.wantNumber(ctx, page, made.text, device)
		if err != nil {
			return err
		}
		for try, code := range []string{confirmFirst, "SESSION_ENDED"} {
			a, err := s.phone(ctx, "confirm", made.text, device, fields{"agree": true, "number": otherNumber(shown, try)})
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusConflict, code); err != nil {
				return fmt.Errorf("wrong number %d: %w", try+1, err)
			}
		}
		return page.want(ctx, "!confirm_failed", "!confirm_failed", "failed CONFIRMATION_FAILED")
	}},
}

// otherNumber is a number that is not the one.
func otherNumber(shown string, try int) string {
	return fmt.Sprintf("%02d", (int(shown[0]-'0')*10+int(shown[1]-'0')+1+try)%100)
}

// wantConfirmed confirms and claims.
func (s *server) wantConfirmed(ctx context.Context, made guarded, text, device string, body fields) error {
	a, err := s.phone(ctx, "confirm", text, device, body)
	if err != nil {
		return err
	}
	if err := a.wantStatus(http.StatusNoContent); err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	if a, err = s.claimAs(ctx, text, device); err != nil {
		return err
	}
	return a.wantClaim(made.id, "conform")
}

// wantNumber opens the session as a phone and returns the digits that the page is told.
func (s *server) wantNumber(ctx context.Context, page *watch, text, device string) (string, error) {
	a, err := s.phone(ctx, "open", text, device, nil)
	if err != nil {
		return "", err
	}
	if err := a.wantStatus(http.StatusOK); err != nil {
		return "", fmt.Errorf("open: %w", err)
	}
	if err := page.want(ctx, "!opened"); err != nil {
		return "", err
	}
	notice, err := page.wantOne(ctx, "!confirm")
	if err != nil {
		return "", fmt.Errorf("frame !confirm: %w", err)
	}
	digits, _ := notice["number"].(string)
	if !regexp.MustCompile(`^[0-9]{2}$`).MatchString(digits) {
		return "", errors.New("expected the notice confirm to have a number of two digits, got none")
	}
	return digits, nil
}

// wantNumbered goes through the whole of confirm number, with the text that a phone gets.
func (s *server) wantNumbered(ctx context.Context, made guarded, text func() (string, error)) error {
	page, _, err := s.watch(ctx, made, 0)
	if err != nil {
		return err
	}
	defer page.close()
	scanned, err := text()
	if err != nil {
		return err
	}
	device := newDevice()
	digits, err := s.wantNumber(ctx, page, scanned, device)
	if err != nil {
		return err
	}
	if err := s.wantConfirmed(ctx, made, scanned, device, fields{"agree": true, "number": digits}); err != nil {
		return err
	}
	return page.want(ctx, "claimed")
}
