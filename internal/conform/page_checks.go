package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/fasthttp/websocket"
)

// pageChecks are about what else a page calls, and from where.
var pageChecks = []check{
	{id: "picture", name: "qr.svg is a picture that reads as qrCodeText, with link=true as its link", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		for _, c := range []struct {
			link bool
			want string
		}{{false, made.text}, {true, made.link}} {
			read, err := s.readPicture(ctx, made.text, c.link)
			if err != nil {
				return err
			}
			if err := sameText("the picture's text", c.want, read); err != nil {
				return fmt.Errorf("link=%v: %w", c.link, err)
			}
		}
		return nil
	}},
	{id: "picture.page", name: "qr.svg by the page token is the same code", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, separate)
		if err != nil {
			return err
		}
		read, err := s.readPicture(ctx, made.page, false)
		if err != nil {
			return err
		}
		return sameText("the picture's text", made.text, read)
	}},
	{id: "picture.refused", name: "qr.svg of an unknown text is 404, without one 401", run: func(ctx context.Context, s *server) error {
		text, err := s.unknownText(ctx)
		if err != nil {
			return err
		}
		a, err := s.call(ctx, http.MethodGet, sessionPath+"/qr.svg", textHeader(text), "")
		if err != nil {
			return err
		}
		if err := a.wantError(http.StatusNotFound, notFound); err != nil {
			return err
		}
		if a, err = s.call(ctx, http.MethodGet, sessionPath+"/qr.svg", nil, ""); err != nil {
			return err
		}
		return a.wantError(http.StatusUnauthorized, "UNAUTHORIZED")
	}},
	{id: "link", name: "link answers the session's link", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, separate)
		if err != nil {
			return err
		}
		link, err := s.copyLink(ctx, made.page)
		if err != nil {
			return err
		}
		return sameText("the link", made.link, link)
	}},
	{id: "delete.header", name: "DELETE with the text in a header is 204, and the text is unknown from then on", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		return s.wantDeleted(ctx, made, made.text)
	}},
	{id: "cors.preflight", name: "a preflight passes from any origin, without credentials, for the four headers", run: func(ctx context.Context, s *server) error {
		for _, path := range []string{sessionPath, eventsOfPage} {
			a, err := s.call(ctx, http.MethodOptions, path, http.Header{
				"Origin": {"https://conform.example"}, "Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization"},
			}, "")
			if err != nil {
				return err
			}
			if a.status/100 != 2 {
				return fmt.Errorf("%s: expected a status from 200 to 299, got %s", path, a.describe())
			}
			if origin := a.header.Get("Access-Control-Allow-Origin"); origin != "*" && origin != "https://conform.example" {
				return fmt.Errorf("%s: expected Access-Control-Allow-Origin to be * or the origin, got %q", path, cut(origin))
			}
			if a.header.Get("Access-Control-Allow-Credentials") != "" {
				return errors.New("expected no Access-Control-Allow-Credentials, got it")
			}
			allowed := strings.ToLower(a.header.Get("Access-Control-Allow-Headers"))
			for _, name := range []string{"authorization", "content-type", "baton-device", "last-event-id"} {
				if !strings.Contains(allowed, name) {
					return fmt.Errorf("%s: expected Access-Control-Allow-Headers to name %s, got %q", path, name, cut(allowed))
				}
			}
		}
		return nil
	}},
	{id: "origins", name: "a session's origins watch it, another page's channel closes with 4503 and its call is 403", run: func(ctx context.Context, s *server) error {
		const own, other = "https://shop.conform.example", "https://other.conform.example"
		made, err := s.make(ctx, fields{"origins": []string{own}})
		if err != nil {
			return err
		}
		for _, c := range []struct {
			origin  string
			refused bool
		}{{own, false}, {other, true}, {"", false}} {
			header := textHeader(made.text)
			header.Set("Accept", "application/json")
			if c.origin != "" {
				header.Set("Origin", c.origin)
			}
			a, err := s.call(ctx, http.MethodGet, eventsOfPage, header, "")
			if err != nil {
				return err
			}
			if c.refused {
				err = a.wantError(http.StatusForbidden, "FORBIDDEN")
			} else {
				err = a.wantStatus(http.StatusOK)
			}
			if err == nil {
				err = s.wantFrom(ctx, made, c.origin, c.refused)
			}
			if err != nil {
				return fmt.Errorf("from %q: %w", c.origin, err)
			}
		}
		return nil
	}},
	{id: "limit.shape", name: "over a limit is 429 TOO_MANY_REQUESTS with Retry-After", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		for i := range maxPages {
			page, err := s.open(ctx, made.text)
			if err != nil {
				return fmt.Errorf("page %d: %w", i+1, err)
			}
			defer page.close()
			if err := page.wantAlive(ctx); err != nil {
				return fmt.Errorf("page %d: %w", i+1, err)
			}
		}
		a, err := s.poll(ctx, made, 0, 0)
		if a.status != http.StatusTooManyRequests && err != nil {
			return err
		}
		if err := a.wantError(http.StatusTooManyRequests, "TOO_MANY_REQUESTS"); err != nil {
			return fmt.Errorf("page %d: %w", maxPages+1, err)
		}
		if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 1 {
			return fmt.Errorf("expected Retry-After to be a number of seconds, got %q", cut(a.header.Get("Retry-After")))
		}
		return nil
	}},
}

// wantFrom opens a channel as a page of an origin.
func (s *server) wantFrom(ctx context.Context, made guarded, origin string, refused bool) error {
	c, err := s.dialFrom(ctx, origin)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.send(websocket.TextMessage, []byte(made.text)); err != nil {
		return err
	}
	if refused {
		return c.wantClose(ctx, s.patience, 4503)
	}
	return c.wantAlive(ctx)
}

// copyLink is the link that a page's person takes to the phone.
func (s *server) copyLink(ctx context.Context, secret string) (string, error) {
	a, err := s.call(ctx, http.MethodPost, sessionPath+"/link", textHeader(secret), "")
	if err != nil {
		return "", err
	}
	if err := a.wantStatus(http.StatusOK); err != nil {
		return "", fmt.Errorf("link: %w", err)
	}
	return a.text("link")
}
