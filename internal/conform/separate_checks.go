package conform

import (
	"context"
	"fmt"
	"net/http"

	"github.com/fasthttp/websocket"
)

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
