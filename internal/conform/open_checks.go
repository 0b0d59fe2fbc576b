package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// openChecks are about what a phone may ask before it claims, and say.
var openChecks = []check{
	{id: "open", name: "open says who asks, which steps and until when, and claims nothing", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, fields{"requester": fields{"name": "Example Bank"}, "steps": []string{"SCAN"}})
		if err != nil {
			return err
		}
		a, err := s.phone(ctx, "open", made.text, newDevice(), nil)
		if err != nil {
			return err
		}
		if err := a.wantStatus(http.StatusOK); err != nil {
			return err
		}
		if err := holds(a.fields, fields{"confirm": "none", "steps": []string{"SCAN"}}); err != nil {
			return err
		}
		if _, err := wantMoment(a.fields["expiresAt"], "expiresAt"); err != nil {
			return err
		}
		requester, _ := a.fields["requester"].(fields)
		if err := holds(requester, fields{"name": "Example Bank"}); err != nil {
			return fmt.Errorf("requester: %w", err)
		}
		return s.wantState(ctx, made, fields{"status": "created", "claimedAt": nil})
	}},
	{id: "open.notice", name: "open is told to the page", run: func(ctx context.Context, s *server) error {
		made, page, err := s.makeAndWatch(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		if _, err := s.phone(ctx, "open", made.text, newDevice(), nil); err != nil {
			return err
		}
		return page.want(ctx, "!opened")
	}},
	{id: "open.confirm", name: "open says what the phone must do", run: func(ctx context.Context, s *server) error {
		for _, options := range []fields{prompt, number} {
			made, err := s.make(ctx, options)
			if err != nil {
				return err
			}
			a, err := s.phone(ctx, "open", made.text, newDevice(), nil)
			if err != nil {
				return err
			}
			if err := holds(a.fields, options); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "open.unknown", name: "open of an unknown text is 404", run: func(ctx context.Context, s *server) error {
		text, err := s.unknownText(ctx)
		if err != nil {
			return err
		}
		a, err := s.phone(ctx, "open", text, newDevice(), nil)
		if err != nil {
			return err
		}
		return a.wantError(http.StatusNotFound, notFound)
	}},
	{id: "open.no-credential", name: "open without a text is 401", run: func(ctx context.Context, s *server) error {
		a, err := s.call(ctx, http.MethodPost, sessionPath+"/open", http.Header{}, "")
		if err != nil {
			return err
		}
		return a.wantError(http.StatusUnauthorized, "UNAUTHORIZED")
	}},
	{id: "report", name: "report NOT_ME ends a live session, and the page hears why", run: func(ctx context.Context, s *server) error {
		made, page, err := s.makeAndWatch(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		if err := s.reportNotMe(ctx, made); err != nil {
			return err
		}
		if err := page.want(ctx, "!not_me", "cancelled NOT_ME"); err != nil {
			return err
		}
		return s.wantState(ctx, made, fields{"status": "cancelled", "reason": "NOT_ME"})
	}},
	{id: "report.ended", name: "report NOT_ME on an ended session is recorded and changes nothing", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		if err := s.tell(ctx, made, `{"service":"INFO"}`); err != nil {
			return err
		}
		if err := s.reportNotMe(ctx, made); err != nil {
			return err
		}
		return s.wantState(ctx, made, fields{"status": "completed"})
	}},
	{id: "report.reason", name: "report with another reason is 400", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		a, err := s.phone(ctx, "report", made.text, newDevice(), fields{"reason": "BORED"})
		if err != nil {
			return err
		}
		return a.wantError(http.StatusBadRequest, invalidInput)
	}},
}

func (s *server) reportNotMe(ctx context.Context, made guarded) error {
	a, err := s.phone(ctx, "report", made.text, newDevice(), fields{"reason": "NOT_ME"})
	if err != nil {
		return err
	}
	if err := a.wantStatus(http.StatusNoContent); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// reportChecks are about the reports that layer 1 is silent on.
var reportChecks = []check{
	reported("trace.complete", "a trace object COMPLETE with SUCCESS is its page's service",
		[]string{`{"event":"COMPLETE","status":"SUCCESS","page":"SCAN"}`, `{"event":"COMPLETE","status":"SUCCESS","page":"FACE"}`}, "SCAN", "FACE"),
	reported("trace.skip", "a trace object SKIP is a skipped step",
		[]string{`{"event":"SKIP","page":"READ","statusCode":"READ_NFC_UNAVAILABLE"}`}, "!skipped READ_NFC_UNAVAILABLE"),
	reported("trace.finish", "a trace object FINISH with SUCCESS is INFO, and completes",
		[]string{`{"event":"FINISH","status":"SUCCESS"}`}, "INFO", "completed"),
	reported("trace.failure", "a trace object FINISH with FAILURE fails, with its statusCode",
		[]string{`{"event":"FINISH","status":"FAILURE","statusCode":"USER_CANCEL"}`}, "failed USER_CANCEL"),
	reported("trace.detail", "any other trace object is taken, and told to no page",
		[]string{`{"event":"VIEW","page":"SCAN"}`, `{"event":"COMPLETE","status":"FAILURE","page":"SCAN"}`, `{"event":"NEWER","page":"SCAN"}`, `{"service":"FACE"}`}, "FACE"),
	reported("event.skipped", "a skipped step is a notice, with its reason",
		[]string{`{"skipped":"READ","reason":"READ_NFC_UNAVAILABLE"}`}, "!skipped READ_NFC_UNAVAILABLE"),
	reported("event.reason", "failed and its reason reach the page",
		[]string{`{"service":"SCAN"}`, `{"status":"failed","reason":"FACE_NO_MATCH"}`}, "SCAN", "failed FACE_NO_MATCH"),
	{id: "event.key.ended", name: "an event with a known key has its first answer, also after the end", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		const keyed = `{"service":"SCAN","key":"conform-1"}`
		first, err := s.postEvent(ctx, made.session, keyed)
		if err == nil {
			err = first.wantSeq()
		}
		if err != nil {
			return err
		}
		for _, between := range []string{"", `{"service":"INFO"}`} {
			if between != "" {
				if err := s.tell(ctx, made, between); err != nil {
					return err
				}
			}
			again, err := s.postEvent(ctx, made.session, keyed)
			if err != nil {
				return err
			}
			if err := again.wantStatus(http.StatusOK); err != nil {
				return err
			}
			if again.fields["seq"] != first.fields["seq"] {
				return errors.New("expected the first one's seq, got another")
			}
		}
		return nil
	}},
	{id: "event.other-session", name: "a trace object that names another session is 400", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		a, err := s.postEvent(ctx, made.session, `{"event":"COMPLETE","status":"SUCCESS","page":"SCAN","sessionId":"5b0a35c2-6a2f-4a5e-9df5-3f8f1f1b0c77"}`)
		if err != nil {
			return err
		}
		return a.wantError(http.StatusBadRequest, invalidInput)
	}},
}

// reported posts and wants the page to be told just these.
func reported(id, name string, bodies []string, words ...string) check {
	return check{id: id, name: name, run: func(ctx context.Context, s *server) error {
		made, page, err := s.makeAndWatch(ctx)
		if err != nil {
			return err
		}
		defer page.close()
		for _, body := range bodies {
			if err := s.tell(ctx, made, body); err != nil {
				return err
			}
		}
		return page.want(ctx, words...)
	}}
}

// statusChecks are about the backend's view.
var statusChecks = []check{
	{id: "status", name: "status follows the session, with every key", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		if err := s.wantState(ctx, made, fields{
			"sessionId": made.id, "reference": "", "status": "created", "reason": "", "services": []string{}, "claimedAt": nil, "endedAt": nil,
		}); err != nil {
			return fmt.Errorf("at first: %w", err)
		}
		if _, err := s.claim(ctx, made.text); err != nil {
			return err
		}
		if err := s.tell(ctx, made, `{"service":"SCAN"}`); err != nil {
			return err
		}
		if err := s.wantState(ctx, made, fields{"status": "claimed", "services": []string{"SCAN"}, "endedAt": nil}); err != nil {
			return fmt.Errorf("after a claim and SCAN: %w", err)
		}
		if err := s.tell(ctx, made, `{"service":"INFO"}`); err != nil {
			return err
		}
		if err := s.wantState(ctx, made, fields{"status": "completed", "services": []string{"SCAN", "INFO"}}); err != nil {
			return fmt.Errorf("after INFO: %w", err)
		}
		a, err := s.status(ctx, made)
		if err != nil {
			return err
		}
		for _, key := range []string{"createdAt", "claimedAt", "endedAt", "expiresAt"} {
			if _, err := wantMoment(a.fields[key], key); err != nil {
				return err
			}
		}
		if seq, _ := a.fields["seq"].(float64); seq < 4 { // claimed, SCAN, INFO, completed
			return fmt.Errorf("expected a seq of 4 or more, got %v", a.fields["seq"])
		}
		return nil
	}},
	{id: "status.no-bearer", name: "status without a bearer, or with the text, is 401", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		for _, header := range []http.Header{{}, textHeader(made.text)} {
			a, err := s.call(ctx, http.MethodGet, sessionPath+"/"+made.id+"/status", header, "")
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusUnauthorized, "UNAUTHORIZED"); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "status.unknown", name: "status of an unknown or deleted session is 404", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := s.call(ctx, http.MethodDelete, textPath(made.text), nil, ""); err != nil {
			return err
		}
		unknown := made
		unknown.id = made.id[:len(made.id)-12] + "000000000000"
		for _, gone := range []guarded{made, unknown} {
			a, err := s.status(ctx, gone)
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusNotFound, notFound); err != nil {
				return err
			}
		}
		return nil
	}},
}
