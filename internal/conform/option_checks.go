package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// optionChecks are about what a creation may ask for.
var optionChecks = []check{
	{id: "create.expiresAt", name: "a creation's expiresAt is 30 minutes away", run: lasts(nil, 30*time.Minute)},
	{id: "create.ttl", name: "ttlSeconds sets how long the session lives", run: lasts(fields{"ttlSeconds": 90}, 90*time.Second)},
	option("create.ttl.short", "ttlSeconds of 59 is 400", `"ttlSeconds":59`),
	option("create.ttl.long", "ttlSeconds of 1801 is 400", `"ttlSeconds":1801`),
	option("create.ttl.type", "ttlSeconds that is no whole number is 400", `"ttlSeconds":"90"`, `"ttlSeconds":90.5`),
	{id: "create.reference", name: "reference comes back in the status", run: func(ctx context.Context, s *server) error {
		reference := "order " + strings.Repeat("é", 122) // 128 characters
		made, err := s.make(ctx, fields{"reference": reference})
		if err != nil {
			return err
		}
		return s.wantState(ctx, made, fields{"reference": reference})
	}},
	option("create.reference.long", "reference of 129 characters is 400", `"reference":"`+strings.Repeat("r", 129)+`"`),
	{id: "create.steps", name: "steps come back in the status, the snapshot and to the phone", run: func(ctx context.Context, s *server) error {
		steps := []string{"SCAN", "FACE", "INFO"}
		made, err := s.make(ctx, fields{"steps": steps})
		if err != nil {
			return err
		}
		page, snapshot, err := s.watch(ctx, made, 0)
		if err != nil {
			return err
		}
		defer page.close()
		if err := holds(snapshot, fields{"steps": steps}); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
		a, err := s.phone(ctx, "open", made.text, newDevice(), nil)
		if err != nil {
			return err
		}
		if err := holds(a.fields, fields{"steps": steps}); err != nil {
			return fmt.Errorf("open: %w", err)
		}
		return s.wantState(ctx, made, fields{"steps": steps})
	}},
	option("create.steps.unknown", "steps with an unknown service are 400", `"steps":["SCAN","DANCE"]`, `"steps":"SCAN"`),
	option("create.requester.type", "requester of another type is 400", `"requester":"Shop"`, `"requester":{"name":7}`),
	option("create.claim.unknown", "claim that is neither open nor once is 400", `"claim":"never"`),
	option("create.confirm.unknown", "confirm that is neither none, prompt nor number is 400", `"confirm":"perhaps"`),
	option("create.flags.type", "separatePage and rotate that are no booleans are 400", `"separatePage":"yes"`, `"rotate":1`),
	option("create.origins.malformed", "origins that are none are 400", `"origins":["https://shop.example/path"]`, `"origins":["shop.example"]`),
	option("create.locale.malformed", "locale that is no language tag is 400", `"locale":"not a language"`),
	{id: "create.token.empty", name: "an empty token hands out none", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, fields{"token": ""})
		if err != nil {
			return err
		}
		a, err := s.claim(ctx, made.text)
		if err != nil {
			return err
		}
		token, err := a.text("token")
		if err != nil {
			return err
		}
		return sameText("the token", "", token)
	}},
	{id: "create.pageToken", name: "separatePage, confirm and rotate answer a pageToken, a plain creation does not", run: func(ctx context.Context, s *server) error {
		for _, c := range []struct {
			options fields
			want    bool
		}{
			{nil, false}, {fields{"claim": "once"}, false}, {fields{"separatePage": true}, true}, {fields{"confirm": "prompt"}, true}, {fields{"rotate": true}, true},
		} {
			made, err := s.make(ctx, c.options)
			if err != nil {
				return err
			}
			if (made.page != "") != c.want {
				return fmt.Errorf("with %v: expected a pageToken: %v, got one: %v", c.options, c.want, made.page != "")
			}
			if made.page == made.text && c.want {
				return errors.New("expected a pageToken of its own, got qrCodeText")
			}
		}
		return nil
	}},
}

// option is members of a creation that must be refused, each alone.
func option(id, name string, members ...string) check {
	return check{id: id, name: name, run: func(ctx context.Context, s *server) error {
		for _, member := range members {
			a, err := s.post(ctx, jsonHeader(s.bearer), `{"data":"conform",`+member+`}`)
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusBadRequest, invalidInput); err != nil {
				return fmt.Errorf("%s: %w", cut(member), err)
			}
		}
		return nil
	}}
}

// lasts compares expiresAt with createdAt, both by the server's own clock.
func lasts(options fields, want time.Duration) func(context.Context, *server) error {
	return func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, options)
		if err != nil {
			return err
		}
		expires, err := wantMoment(made.expires, "expiresAt")
		if err != nil {
			return err
		}
		a, err := s.status(ctx, made)
		if err != nil {
			return err
		}
		created, err := wantMoment(a.fields["createdAt"], "createdAt")
		if err != nil {
			return fmt.Errorf("status: %w", err)
		}
		if lives := expires.Sub(created).Round(2 * time.Second); lives != want.Round(2*time.Second) {
			return fmt.Errorf("expected %v between createdAt and expiresAt, got %v", want, lives)
		}
		return nil
	}
}
