package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/fasthttp/websocket"
)

const maxPages = 32

var channelChecks = []check{
	{id: "channel.opens", name: "a channel opens with qrCodeText as its first frame, and waits", run: func(ctx context.Context, s *server) error {
		_, page, err := s.createAndOpen(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		if err := page.wantAlive(ctx); err != nil {
			return err
		}
		return page.wantQuiet(ctx)
	}},
	{id: "channel.claim-is-silent", name: "a claim sends no frame to a page that knows only services", run: func(ctx context.Context, s *server) error {
		made, page, err := s.createAndOpen(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		if err := page.wantAlive(ctx); err != nil {
			return err
		}
		if _, err := s.claim(ctx, made.text); err != nil {
			return err
		}
		return page.wantQuiet(ctx)
	}},
	firstFrame("channel.first-empty", "an empty first frame closes with 4500", websocket.TextMessage, "", 4500),
	// A server may know the form of its own texts, or look every text up.
	firstFrame("channel.first-garbage", "a first frame of garbage closes with 4500 or 4504", websocket.TextMessage, "{\"nonsense\": [", 4500, 4504),
	{id: "channel.first-binary", name: "a binary first frame closes with 4500", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		return s.wantRefused(ctx, websocket.BinaryMessage, made.text, 4500)
	}},
	firstFrame("channel.first-long", "a first frame of 5 KiB closes with 1009", websocket.TextMessage, strings.Repeat("A", 5<<10), 1009),
	{id: "channel.unknown", name: "an unknown text closes with 4504", run: func(ctx context.Context, s *server) error {
		text, err := s.unknownText(ctx)
		if err != nil {
			return err
		}
		return s.wantRefused(ctx, websocket.TextMessage, text, 4504)
	}},
	{id: "channel.deleted", name: "a deleted session's text closes with 4504", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		if _, err := s.call(ctx, http.MethodDelete, textPath(made.text), nil, ""); err != nil {
			return err
		}
		return s.wantRefused(ctx, websocket.TextMessage, made.text, 4504)
	}},
	{id: "channel.deletion-closes", name: "deletion closes open channels with 4504", run: func(ctx context.Context, s *server) error {
		made, page, err := s.createAndOpen(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		if err := page.wantAlive(ctx); err != nil {
			return err
		}
		if _, err := s.call(ctx, http.MethodDelete, textPath(made.text), nil, ""); err != nil {
			return err
		}
		return page.wantClose(ctx, s.patience, 4504)
	}},
	{id: "channel.limit", name: "32 pages may watch one session, the next closes with 4029", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		var pages []*channel
		defer func() {
			for _, page := range pages {
				page.close()
			}
		}()
		for i := range maxPages {
			page, err := s.open(ctx, made.text)
			if err != nil {
				return fmt.Errorf("page %d: %w", i+1, err)
			}
			pages = append(pages, page)
			if err := page.wantAlive(ctx); err != nil {
				return fmt.Errorf("page %d: %w", i+1, err)
			}
		}
		if err := s.wantRefused(ctx, websocket.TextMessage, made.text, 4029); err != nil {
			return fmt.Errorf("page %d: %w", maxPages+1, err)
		}
		for i, page := range pages {
			if err := page.wantAlive(ctx); err != nil {
				return fmt.Errorf("page %d, afterwards: %w", i+1, err)
			}
		}
		return nil
	}},
	{id: "channel.limit-room", name: "a page that leaves makes room for another", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		// Twice as many as may watch at a time, one after the other.
		for i := range 2 * maxPages {
			page, err := s.open(ctx, made.text)
			if err != nil {
				return fmt.Errorf("page %d: %w", i+1, err)
			}
			err = page.wantAlive(ctx)
			page.close()
			if err != nil {
				return fmt.Errorf("page %d: %w", i+1, err)
			}
		}
		return nil
	}},
}

func firstFrame(id, name string, kind int, body string, codes ...int) check {
	return check{id: id, name: name, run: func(ctx context.Context, s *server) error {
		return s.wantRefused(ctx, kind, body, codes...)
	}}
}

func (s *server) wantRefused(ctx context.Context, kind int, first string, codes ...int) error {
	page, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer page.close()
	if err := page.send(kind, []byte(first)); err != nil {
		return err
	}
	return page.wantClose(ctx, s.patience, codes...)
}

func (s *server) createAndOpen(ctx context.Context) (session, *channel, error) {
	made, err := s.createPlain(ctx)
	if err != nil {
		return session{}, nil, err
	}
	page, err := s.open(ctx, made.text)
	return made, page, err
}

// waitingChecks wait for a clock; they run beside the others.
var waitingChecks = []check{
	{id: "channel.first-late", name: "no first frame within 10 s closes with 4408", beside: true, run: func(ctx context.Context, s *server) error {
		page, err := s.dial(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		opened := time.Now()
		if err := page.wantClose(ctx, 10*time.Second+s.patience/2, 4408); err != nil {
			return err
		}
		if waited := time.Since(opened); waited < 9*time.Second {
			return fmt.Errorf("expected the close after 10 s, it came after %v", waited.Round(100*time.Millisecond))
		}
		return nil
	}},
	{id: "session.expiry", name: "a session ends at its 30th minute, and its channels close with 4504", beside: true, run: func(ctx context.Context, s *server) error {
		if !s.options.Slow {
			return skip("it takes 30 minutes; --slow waits for it")
		}
		return s.wantExpiry(ctx)
	}},
}

// expiryMargin is how near to the end the last look before it is, and how far after it the first look that must fail.
const expiryMargin = time.Second

func (s *server) wantExpiry(ctx context.Context) error {
	asked := time.Now()
	made, page, err := s.createAndOpen(ctx)
	if err != nil {
		return err
	}
	defer page.close()
	created := time.Now()
	// The session was born between the two moments, so that its end lies between these.
	earliest, latest := asked.Add(s.lifetime), created.Add(s.lifetime)

	if err := sleepUntil(ctx, earliest.Add(-expiryMargin)); err != nil {
		return err
	}
	a, err := s.claim(ctx, made.text)
	if err != nil {
		return err
	}
	if err := a.wantClaim(made.id, "conform"); err != nil {
		return fmt.Errorf("one second before the end: %w", err)
	}
	if err := page.wantAlive(ctx); err != nil {
		return fmt.Errorf("one second before the end: %w", err)
	}
	if err := sleepUntil(ctx, latest.Add(expiryMargin/4)); err != nil {
		return err
	}
	if a, err = s.claim(ctx, made.text); err != nil {
		return err
	}
	if err := a.wantError(http.StatusNotFound, notFound); err != nil {
		return fmt.Errorf("after the end: %w", err)
	}
	if err := page.wantClose(ctx, s.patience, 4504); err != nil {
		return fmt.Errorf("the channel, after the end: %w", err)
	}
	if time.Since(latest) > s.patience+expiryMargin {
		return errors.New("expected the channel to close at the end, it closed much later")
	}
	return nil
}

func sleepUntil(ctx context.Context, at time.Time) error {
	select {
	case <-time.After(time.Until(at)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
