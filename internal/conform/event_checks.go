package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

var allServices = []string{"SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO"}

var eventChecks = []check{
	posted("events.all", "every service reaches the page, in order, with service and sessionId", func(ctx context.Context, s *server, made session) error {
		page, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer page.close()
		for _, service := range allServices {
			if err := s.report(ctx, made, service); err != nil {
				return err
			}
			if err := page.wantServices(ctx, made.id, service); err != nil {
				return err
			}
		}
		return nil
	}),
	posted("events.late", "a page that connects late gets every service from the first on", func(ctx context.Context, s *server, made session) error {
		if err := s.report(ctx, made, allServices[:3]...); err != nil {
			return err
		}
		page, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer page.close()
		if err := page.wantServices(ctx, made.id, allServices[:3]...); err != nil {
			return err
		}
		if err := s.report(ctx, made, allServices[3:]...); err != nil {
			return err
		}
		return page.wantServices(ctx, made.id, allServices[3:]...)
	}),
	posted("events.after-info", "a page that connects after INFO gets every service, INFO too", func(ctx context.Context, s *server, made session) error {
		if err := s.report(ctx, made, allServices...); err != nil {
			return err
		}
		for range 2 { // again is as late
			page, err := s.open(ctx, made.text)
			if err != nil {
				return err
			}
			err = page.wantServices(ctx, made.id, allServices...)
			page.close()
			if err != nil {
				return err
			}
		}
		return nil
	}),
	posted("events.pages", "several pages of one session get the same", func(ctx context.Context, s *server, made session) error {
		var pages []*channel
		defer func() {
			for _, page := range pages {
				page.close()
			}
		}()
		for range 3 {
			page, err := s.open(ctx, made.text)
			if err != nil {
				return err
			}
			pages = append(pages, page)
		}
		if err := s.report(ctx, made, "SCAN", "INFO"); err != nil {
			return err
		}
		for i, page := range pages {
			if err := page.wantServices(ctx, made.id, "SCAN", "INFO"); err != nil {
				return fmt.Errorf("page %d: %w", i+1, err)
			}
		}
		return nil
	}),
	posted("events.own", "a page hears of its own session only", func(ctx context.Context, s *server, made session) error {
		other, page, err := s.createAndOpen(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		if err := page.wantAlive(ctx); err != nil {
			return err
		}
		if err := s.report(ctx, made, "SCAN"); err != nil {
			return err
		}
		if err := page.wantQuiet(ctx); err != nil {
			return fmt.Errorf("after another session's event: %w", err)
		}
		if err := s.report(ctx, other, "FACE"); err != nil {
			return err
		}
		return page.wantServices(ctx, other.id, "FACE")
	}),
	posted("events.repeat", "a service may repeat, and come in any order", func(ctx context.Context, s *server, made session) error {
		page, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer page.close()
		odd := []string{"FACE", "SCAN", "SCAN", "READ", "SCAN"}
		if err := s.report(ctx, made, odd...); err != nil {
			return err
		}
		if err := page.wantServices(ctx, made.id, odd...); err != nil {
			return err
		}
		return page.wantQuiet(ctx)
	}),
	posted("events.info-open", "the channel stays open after INFO", func(ctx context.Context, s *server, made session) error {
		page, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer page.close()
		if err := s.report(ctx, made, "INFO"); err != nil {
			return err
		}
		if err := page.wantServices(ctx, made.id, "INFO"); err != nil {
			return err
		}
		if err := page.wantQuiet(ctx); err != nil {
			return err
		}
		return page.wantAlive(ctx)
	}),
	posted("events.info-readable", "a session stays readable after INFO", func(ctx context.Context, s *server, made session) error {
		if err := s.report(ctx, made, "INFO"); err != nil {
			return err
		}
		a, err := s.claim(ctx, made.text)
		if err != nil {
			return err
		}
		return a.wantClaim(made.id, "conform")
	}),
	posted("events.info-last", "nothing follows INFO: 409 SESSION_ENDED", func(ctx context.Context, s *server, made session) error {
		if err := s.report(ctx, made, "INFO"); err != nil {
			return err
		}
		return s.wantEnded(ctx, made)
	}),
	ended("failed"),
	ended("cancelled"),
	posted("events.phone", "the phone reports with qrCodeText, after its claim", func(ctx context.Context, s *server, made session) error {
		early, err := s.call(ctx, http.MethodPost, sessionPath+"/events", textJSONHeader(made.text), `{"service":"SCAN"}`)
		if err != nil {
			return err
		}
		if err := early.wantError(http.StatusConflict, "NOT_CLAIMED"); err != nil {
			return fmt.Errorf("before the claim: %w", err)
		}
		page, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer page.close()
		if _, err := s.claim(ctx, made.text); err != nil {
			return err
		}
		a, err := s.call(ctx, http.MethodPost, sessionPath+"/events", textJSONHeader(made.text), `{"service":"SCAN"}`)
		if err != nil {
			return err
		}
		if err := a.wantSeq(); err != nil {
			return err
		}
		return page.wantServices(ctx, made.id, "SCAN")
	}),
	posted("events.key", "an event with a key that is known is told once", func(ctx context.Context, s *server, made session) error {
		page, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer page.close()
		var seqs [2]any
		for i := range seqs {
			a, err := s.postEvent(ctx, made, `{"service":"SCAN","key":"conform-1"}`)
			if err != nil {
				return err
			}
			if err := a.wantSeq(); err != nil {
				return err
			}
			seqs[i] = a.fields["seq"]
		}
		if seqs[0] != seqs[1] {
			return fmt.Errorf("expected the first one's seq %v, got %v", seqs[0], seqs[1])
		}
		if err := page.wantServices(ctx, made.id, "SCAN"); err != nil {
			return err
		}
		return page.wantQuiet(ctx)
	}),
	posted("events.malformed", "an event that is none is 400", func(ctx context.Context, s *server, made session) error {
		for _, body := range []string{`{}`, `{"service":"LUNCH"}`, `{"service":"scan"}`, `{"status":"completed"}`, `{"service":"SCAN","status":"failed"}`, `{"service":7}`} {
			a, err := s.postEvent(ctx, made, body)
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusBadRequest, invalidInput); err != nil {
				return fmt.Errorf("%s: %w", body, err)
			}
		}
		return nil
	}),
	posted("events.no-bearer", "an event without a bearer is 401", func(ctx context.Context, s *server, made session) error {
		a, err := s.call(ctx, http.MethodPost, eventsPath(made), jsonHeader(""), `{"service":"SCAN"}`)
		if err != nil {
			return err
		}
		return a.wantError(http.StatusUnauthorized, "UNAUTHORIZED")
	}),
}

// posted is a check that needs the events API; it gets a session of its own.
func posted(id, name string, run func(ctx context.Context, s *server, made session) error) check {
	return check{id: id, name: name, run: func(ctx context.Context, s *server) error {
		if s.options.Events == EventsManual {
			return skip("it needs the events API; leave --events manual away to use it")
		}
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		return run(ctx, s, made)
	}}
}

// ended checks how a session ends that does not complete: live page, late page, and the one order rule.
func ended(status string) check {
	return posted("events."+status, status+" closes the channel with 4509, a late one too", func(ctx context.Context, s *server, made session) error {
		page, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer page.close()
		if err := s.report(ctx, made, "SCAN"); err != nil {
			return err
		}
		if err := page.wantServices(ctx, made.id, "SCAN"); err != nil {
			return err
		}
		a, err := s.postEvent(ctx, made, `{"status":"`+status+`","reason":"USER_CANCEL"}`)
		if err != nil {
			return err
		}
		if err := a.wantSeq(); err != nil {
			return err
		}
		if err := page.wantClose(ctx, s.patience, 4509); err != nil {
			return fmt.Errorf("the open channel: %w", err)
		}
		if err := s.wantEnded(ctx, made); err != nil {
			return fmt.Errorf("an event after it: %w", err)
		}
		late, err := s.open(ctx, made.text)
		if err != nil {
			return err
		}
		defer late.close()
		if err := late.wantServices(ctx, made.id, "SCAN"); err != nil {
			return fmt.Errorf("a late channel: %w", err)
		}
		if err := late.wantClose(ctx, s.patience, 4509); err != nil {
			return fmt.Errorf("a late channel: %w", err)
		}
		return nil
	})
}

func eventsPath(made session) string { return sessionPath + "/" + made.id + "/events" }

func textJSONHeader(text string) http.Header {
	return http.Header{"Authorization": {text}, "Content-Type": {"application/json"}}
}

func (s *server) postEvent(ctx context.Context, made session, body string) (answer, error) {
	return s.call(ctx, http.MethodPost, eventsPath(made), jsonHeader(s.bearer), body)
}

func (s *server) report(ctx context.Context, made session, services ...string) error {
	for _, service := range services {
		body, err := json.Marshal(map[string]string{"service": service})
		if err != nil {
			return err
		}
		a, err := s.postEvent(ctx, made, string(body))
		if err != nil {
			return err
		}
		if a.status == http.StatusNotFound && a.fields["error"] != notFound {
			return fmt.Errorf("expected the events API to answer 200, got %s (a server without it is checked with --events manual)", a.describe())
		}
		if err := a.wantSeq(); err != nil {
			return fmt.Errorf("posting %s: %w", service, err)
		}
	}
	return nil
}

func (a answer) wantSeq() error {
	if err := a.wantStatus(http.StatusOK); err != nil {
		return err
	}
	if err := a.wantJSON(); err != nil {
		return err
	}
	if seq, ok := a.fields["seq"].(float64); !ok || seq < 1 {
		return errors.New("expected seq, a number from 1 on, got none")
	}
	return nil
}

func (s *server) wantEnded(ctx context.Context, made session) error {
	for _, body := range []string{`{"service":"SCAN"}`, `{"service":"INFO"}`, `{"status":"failed"}`} {
		a, err := s.postEvent(ctx, made, body)
		if err != nil {
			return err
		}
		if err := a.wantError(http.StatusConflict, "SESSION_ENDED"); err != nil {
			return fmt.Errorf("%s: %w", body, err)
		}
	}
	return nil
}
