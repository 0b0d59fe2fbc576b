package conform

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// enrolmentChecks wait for somebody with a phone.
var enrolmentChecks = []check{
	{id: "events.manual", name: "an enrolment on a real phone reaches the page, up to INFO", run: func(ctx context.Context, s *server) error {
		if s.options.Events != EventsManual {
			return skip("events were posted to the API; --events manual waits for somebody with a phone")
		}
		if s.options.Ask == nil {
			return skip("nobody was asked")
		}
		return s.watchEnrolment(ctx)
	}, beside: true},
}

// watchEnrolment follows a session that somebody takes through an enrolment, with two pages and a late one.
func (s *server) watchEnrolment(ctx context.Context) error {
	made, first, err := s.createAndOpen(ctx)
	if err != nil {
		return err
	}
	defer first.close()
	second, err := s.open(ctx, made.text)
	if err != nil {
		return err
	}
	defer second.close()
	wait := s.options.AskFor
	if wait == 0 {
		wait = defaultAskFor
	}
	s.options.Ask(made.text, made.link)

	var seen []string
	timeout := time.After(wait)
	for len(seen) == 0 || seen[len(seen)-1] != "INFO" {
		select {
		case f, ok := <-first.frames:
			if !ok {
				return fmt.Errorf("expected INFO at the end, got the close %d after %s", first.code, told(seen))
			}
			if err := f.check(made.id); err != nil {
				return err
			}
			seen = append(seen, f.service)
		case <-timeout:
			if len(seen) == 0 {
				return skip(fmt.Sprintf("nobody went through an enrolment within %v", wait))
			}
			return fmt.Errorf("expected INFO within %v, got %s", wait, told(seen))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := second.wantServices(ctx, made.id, seen...); err != nil {
		return fmt.Errorf("a second page: %w", err)
	}
	if err := first.wantQuiet(ctx); err != nil {
		return fmt.Errorf("after INFO: %w", err)
	}
	late, err := s.open(ctx, made.text)
	if err != nil {
		return err
	}
	defer late.close()
	if err := late.wantServices(ctx, made.id, seen...); err != nil {
		return fmt.Errorf("a late page: %w", err)
	}
	return nil
}

func told(services []string) string {
	if len(services) == 0 {
		return "nothing"
	}
	return strings.Join(services, ", ")
}
