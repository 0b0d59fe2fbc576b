package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/fasthttp/websocket"
)

const (
	alreadyClaimed = "SESSION_ALREADY_CLAIMED"
	confirmFirst   = "CONFIRMATION_REQUIRED"
)

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

var separate = fields{"separatePage": true}

// separateChecks are about pages with a secret of their own.
var separateChecks = []check{
	{id: "separate.channel", name: "separatePage: the text closes a channel with 4503, in both layers", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, separate)
		if err != nil {
			return err
		}
		for _, first := range []string{made.text, `{"qrCodeText":"` + made.text + `"}`} {
			if err := s.wantRefused(ctx, websocket.TextMessage, first, 4503); err != nil {
				return err
			}
		}
		page, _, err := s.watch(ctx, made, 0)
		if err != nil {
			return fmt.Errorf("with the page token: %w", err)
		}
		page.close()
		return nil
	}},
	{id: "separate.text", name: "separatePage: the text draws, streams and deletes nothing: 403", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, separate)
		if err != nil {
			return err
		}
		for _, call := range [][2]string{{"GET", "/qr.svg"}, {"GET", "/events"}, {"DELETE", ""}} {
			a, err := s.call(ctx, call[0], sessionPath+call[1], textHeader(made.text), "")
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusForbidden, "FORBIDDEN"); err != nil {
				return fmt.Errorf("%s %s: %w", call[0], call[1], err)
			}
		}
		return nil
	}},
	{id: "separate.claim", name: "separatePage: the page token does not claim, the text does", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, separate)
		if err != nil {
			return err
		}
		a, err := s.claim(ctx, made.page)
		if err != nil {
			return err
		}
		if err := a.wantError(http.StatusNotFound, notFound); err != nil {
			return fmt.Errorf("the page token: %w", err)
		}
		if a, err = s.claim(ctx, made.text); err != nil {
			return err
		}
		return a.wantClaim(made.id, "conform")
	}},
	{id: "separate.delete", name: "separatePage: the page token deletes", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, separate)
		if err != nil {
			return err
		}
		return s.wantDeleted(ctx, made, made.page)
	}},
}

// wantDeleted deletes by header.
func (s *server) wantDeleted(ctx context.Context, made guarded, secret string) error {
	a, err := s.call(ctx, http.MethodDelete, sessionPath, textHeader(secret), "")
	if err != nil {
		return err
	}
	if err := a.wantStatus(http.StatusNoContent); err != nil {
		return err
	}
	if a, err = s.claim(ctx, made.text); err != nil {
		return err
	}
	return a.wantError(http.StatusNotFound, notFound)
}

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

// rotateChecks are about codes that change.
var rotateChecks = []check{
	{id: "rotate.bare", name: "rotate: the bare text does not claim: 409 CODE_STALE", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, fields{"rotate": true})
		if err != nil {
			return err
		}
		a, err := s.claimAs(ctx, made.text, newDevice())
		if err != nil {
			return err
		}
		return a.wantError(http.StatusConflict, "CODE_STALE")
	}},
	{id: "rotate.picture", name: "rotate: the picture's text claims", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, fields{"rotate": true})
		if err != nil {
			return err
		}
		text, err := s.readPicture(ctx, made.page, false)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(text, made.text+"-") {
			return errors.New("expected the picture to hold qrCodeText, a dash and a code, got something else")
		}
		a, err := s.claimAs(ctx, text, newDevice())
		if err != nil {
			return err
		}
		return a.wantClaim(made.id, "conform")
	}},
	{id: "rotate.link", name: "every protection at once: a copied link claims once, with the page's number", strict: true, run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, strictest)
		if err != nil {
			return err
		}
		var text string
		err = s.wantNumbered(ctx, made, func() (string, error) {
			link, err := s.copyLink(ctx, made.page)
			_, text, _ = strings.Cut(link, "#")
			return text, err
		})
		if err != nil {
			return err
		}
		a, err := s.claimAs(ctx, text, newDevice())
		if err != nil {
			return err
		}
		return a.wantError(http.StatusConflict, alreadyClaimed)
	}},
	{id: "rotate.stale", name: "rotate: a picture that is 40 s old is 409 CODE_STALE, and the page is told of each change", slow: true, beside: true, run: func(ctx context.Context, s *server) error {
		return s.wantStale(ctx, 41*time.Second)
	}},
}

func (s *server) wantStale(ctx context.Context, after time.Duration) error {
	made, err := s.make(ctx, fields{"rotate": true})
	if err != nil {
		return err
	}
	page, _, err := s.watch(ctx, made, 0)
	if err != nil {
		return err
	}
	defer page.close()
	text, err := s.readPicture(ctx, made.page, false)
	if err != nil {
		return err
	}
	if err := sleepUntil(ctx, time.Now().Add(after)); err != nil {
		return err
	}
	for range 2 {
		f, err := page.next(ctx)
		if err != nil {
			return fmt.Errorf("a new picture is due: %w", err)
		}
		if err := page.checkFrame(f.fields, "qr"); err != nil {
			return err
		}
	}
	a, err := s.claimAs(ctx, text, newDevice())
	if err != nil {
		return err
	}
	return a.wantError(http.StatusConflict, "CODE_STALE")
}
