package conform

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// watchChecks are about the channel's second layer.
var watchChecks = []check{
	{id: "watch.snapshot", name: "the first frame is a snapshot of where the session stands", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		page, first, err := s.watch(ctx, made, 0)
		if err != nil {
			return err
		}
		page.close()
		if err := holds(first, fields{"status": "created", "services": []string{}}); err != nil {
			return err
		}
		if err := s.tell(ctx, made, `{"service":"SCAN"}`); err != nil {
			return err
		}
		if page, first, err = s.watch(ctx, made, 0); err != nil {
			return err
		}
		defer page.close()
		if err := holds(first, fields{"services": []string{"SCAN"}}); err != nil {
			return fmt.Errorf("after SCAN: %w", err)
		}
		if seq, _ := first["seq"].(float64); seq < 1 {
			return fmt.Errorf("after SCAN: expected a seq from 1 on, got %v", first["seq"])
		}
		return nil
	}},
	{id: "watch.live", name: "claim, steps and end are told live, each with its number and time, then the channel closes with 1000", run: func(ctx context.Context, s *server) error {
		made, page, err := s.makeAndWatch(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		if _, err := s.claim(ctx, made.text); err != nil {
			return err
		}
		if err := page.want(ctx, "claimed"); err != nil {
			return err
		}
		for _, service := range []string{"SCAN", "READ", "INFO"} {
			if err := s.tell(ctx, made, `{"service":"`+service+`"}`); err != nil {
				return err
			}
			if err := page.want(ctx, service); err != nil {
				return err
			}
		}
		if err := page.want(ctx, "completed"); err != nil {
			return err
		}
		return page.wantClose(ctx, s.patience, 1000)
	}},
	{id: "watch.late", name: "a page that comes late hears everything from the first on", run: func(ctx context.Context, s *server) error {
		made, err := s.makeStory(ctx)
		if err != nil {
			return err
		}
		page, _, err := s.watch(ctx, made, 0)
		if err != nil {
			return err
		}
		defer page.close()
		if err := page.want(ctx, storyWords...); err != nil {
			return err
		}
		return page.wantClose(ctx, s.patience, 1000)
	}},
	{id: "watch.after", name: "after: a page that comes back hears exactly what follows, whatever it had", run: func(ctx context.Context, s *server) error {
		made, err := s.makeStory(ctx)
		if err != nil {
			return err
		}
		page, _, err := s.watch(ctx, made, 0)
		if err != nil {
			return err
		}
		defer page.close()
		for i, word := range storyWords {
			if err := page.want(ctx, word); err != nil {
				return err
			}
			if err := s.wantRest(ctx, made, page.seq, storyWords[i+1:]); err != nil {
				return fmt.Errorf("after %v: %w", page.seq, err)
			}
		}
		return nil
	}},
	{id: "watch.failed", name: "after a last status failed or cancelled the channel closes with 1000", run: func(ctx context.Context, s *server) error {
		for _, status := range []string{"failed", "cancelled"} {
			made, page, err := s.makeAndWatch(ctx)
			if err != nil {
				return err
			}
			defer page.close()
			if err := s.tell(ctx, made, `{"status":"`+status+`"}`); err != nil {
				return err
			}
			if err := page.want(ctx, status); err != nil {
				return err
			}
			if err := page.wantClose(ctx, s.patience, 1000); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "watch.deleted", name: "a deletion is a last status deleted, then the channel closes with 4504", run: func(ctx context.Context, s *server) error {
		made, page, err := s.makeAndWatch(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		if err := s.wantDeleted(ctx, made, made.text); err != nil {
			return err
		}
		if err := page.want(ctx, "deleted"); err != nil {
			return err
		}
		return page.wantClose(ctx, s.patience, 4504)
	}},
	{id: "watch.expired", name: "at its expiresAt a session is told as expired, and the channel closes with 4504", slow: true, beside: true, run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, fields{"ttlSeconds": 60})
		if err != nil {
			return err
		}
		page, _, err := s.watch(ctx, made, 0)
		if err != nil {
			return err
		}
		defer page.close()
		expires, err := wantMoment(made.expires, "expiresAt")
		if err != nil {
			return err
		}
		if wait := time.Until(expires); wait > 5*time.Minute {
			return fmt.Errorf("expected the session to end in a minute, it does in %v", wait.Round(time.Second))
		}
		if err := sleepUntil(ctx, expires); err != nil {
			return err
		}
		if err := page.want(ctx, "expired"); err != nil {
			return err
		}
		return page.wantClose(ctx, s.patience, 4504)
	}},
	{id: "watch.unknown", name: "a first frame with an unknown text or page token closes with 4504", run: func(ctx context.Context, s *server) error {
		text, err := s.unknownText(ctx)
		if err != nil {
			return err
		}
		for _, kind := range []string{"qrCodeText", "pageToken"} {
			if err := s.refusedHello(ctx, `{"`+kind+`":"`+text+`"}`, 4504); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
		return nil
	}},
	{id: "watch.malformed", name: "a first object without a secret, or with an after that is no number, closes with 4500", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		for _, first := range []string{`{"after":0}`, `{"qrCodeText":"` + made.text + `","after":"x"}`, `{"qrCodeText":7}`} {
			if err := s.refusedHello(ctx, first, 4500); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "watch.layer1-silent", name: "a page of layer 1 hears of services only, from a session of layer 2 too", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		page, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer page.close()
		if err := s.story(ctx, made); err != nil {
			return err
		}
		if err := page.wantServices(ctx, made.id, "SCAN", "FACE", "INFO"); err != nil {
			return err
		}
		return page.wantQuiet(ctx)
	}},
}

func (s *server) makeAndWatch(ctx context.Context) (guarded, *watch, error) {
	made, err := s.make(ctx, nil)
	if err != nil {
		return guarded{}, nil, err
	}
	page, _, err := s.watch(ctx, made, 0)
	return made, page, err
}

// storyWords are what a page is told of a story.
var storyWords = []string{"!opened", "claimed", "SCAN", "!skipped READ_NFC_UNAVAILABLE", "FACE", "INFO", "completed"}

// makeStory creates a session that has had one of each.
func (s *server) makeStory(ctx context.Context) (guarded, error) {
	made, err := s.make(ctx, nil)
	if err != nil {
		return guarded{}, err
	}
	return made, s.story(ctx, made)
}

// story lets a session have one of each.
func (s *server) story(ctx context.Context, made guarded) error {
	if _, err := s.phone(ctx, "open", made.text, newDevice(), nil); err != nil {
		return err
	}
	if _, err := s.claim(ctx, made.text); err != nil {
		return err
	}
	for _, body := range []string{
		`{"service":"SCAN"}`, `{"skipped":"READ","reason":"READ_NFC_UNAVAILABLE"}`, `{"event":"VIEW","page":"FACE"}`, `{"service":"FACE"}`, `{"service":"INFO"}`,
	} {
		if err := s.tell(ctx, made, body); err != nil {
			return err
		}
	}
	return nil
}

// wantRest comes back after seq, and wants the words, and the end.
func (s *server) wantRest(ctx context.Context, made guarded, seq float64, words []string) error {
	page, _, err := s.watch(ctx, made, seq)
	if err != nil {
		return err
	}
	defer page.close()
	if err := page.want(ctx, words...); err != nil {
		return err
	}
	if err := page.wantClose(ctx, s.patience, 1000); err != nil {
		return errors.Join(errors.New("after the last of them"), err)
	}
	return nil
}
