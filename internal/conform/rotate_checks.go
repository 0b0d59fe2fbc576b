package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

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
