package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

const notFound = "SESSION_EXPIRED_OR_NOT_FOUND"

// wantClaim holds a claim's answer against the contract. The token is looked at by a check of its own.
func (a answer) wantClaim(id, data string) error {
	if err := a.wantStatus(http.StatusOK); err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if err := a.wantJSON(); err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	gotID, err := a.text("sessionId")
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if _, err := a.text("token"); err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	gotData, err := a.text("data")
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if gotID != id {
		return errors.New("claim: expected the creation's sessionId, got another")
	}
	return sameText("data", data, gotData)
}

var claimChecks = []check{
	{id: "claim.header", name: "claim by header returns sessionId, token, data", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		a, err := s.claim(ctx, made.text)
		if err != nil {
			return err
		}
		return a.wantClaim(made.id, "conform")
	}},
	{id: "claim.path", name: "claim by path returns the same, without a credential", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		byPath, err := s.call(ctx, http.MethodGet, textPath(made.text), nil, "")
		if err != nil {
			return err
		}
		if err := byPath.wantClaim(made.id, "conform"); err != nil {
			return err
		}
		byHeader, err := s.claim(ctx, made.text)
		if err != nil {
			return err
		}
		if byPath.fields["token"] != byHeader.fields["token"] {
			return errors.New("expected the token that the claim by header gives, got another")
		}
		return nil
	}},
	{id: "claim.again", name: "claim may be repeated", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		for i := range 3 {
			a, err := s.claim(ctx, made.text)
			if err != nil {
				return err
			}
			if err := a.wantClaim(made.id, "conform"); err != nil {
				return fmt.Errorf("claim %d: %w", i+1, err)
			}
		}
		return nil
	}},
	{id: "claim.token-bearer", name: "token is the bearer that created the session", run: func(ctx context.Context, s *server) error {
		return s.wantToken(ctx, map[string]any{"data": "conform"}, s.bearer)
	}},
	{id: "claim.token-body", name: "token is the body's where it names one", run: func(ctx context.Context, s *server) error {
		token := strings.Repeat("t", 8<<10)
		return s.wantToken(ctx, map[string]any{"data": "conform", "token": token}, token)
	}},
	returned("data.empty", "empty data comes back", ""),
	returned("data.longest", "data of exactly 16 KiB comes back", strings.Repeat("0123456789abcdef", maxData/16)),
	returned("data.longest-two-byte", "data of 16 KiB in two-byte characters comes back", strings.Repeat("é", maxData/2)),
	returned("data.scripts", "data in many scripts, with emoji, comes back", "Ünïcödé العربية 漢字 👩‍👩‍👧 e\u0301 \u202e\u2028\ufeff"),
	returned("data.controls", "data with quotes, markup and control characters comes back", "\"\\/</script><b>&amp;\x00\x01\t\r\n\x7f  "),
	acceptance("data.escapes", "data written with \\u escapes comes back", "application/json",
		`{"d\u0061ta":"\u0041\ud83d\ude00\u0000\/"}`, "A😀\x00/"),
	{id: "claim.scheme", name: "claim by header with a scheme word is 401", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		for _, scheme := range []string{"Bearer ", "bearer "} {
			a, err := s.call(ctx, http.MethodGet, sessionPath, textHeader(scheme+made.text), "")
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusUnauthorized, "UNAUTHORIZED"); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "claim.no-credential", name: "claim without a credential is 401", run: func(ctx context.Context, s *server) error {
		a, err := s.call(ctx, http.MethodGet, sessionPath, nil, "")
		if err != nil {
			return err
		}
		return a.wantChallenge()
	}},
	{id: "claim.unknown-header", name: "an unknown text by header is 404", run: func(ctx context.Context, s *server) error {
		text, err := s.unknownText(ctx)
		if err != nil {
			return err
		}
		a, err := s.claim(ctx, text)
		if err != nil {
			return err
		}
		return a.wantError(http.StatusNotFound, notFound)
	}},
	{id: "claim.unknown-path", name: "an unknown text by path is 404", run: func(ctx context.Context, s *server) error {
		text, err := s.unknownText(ctx)
		if err != nil {
			return err
		}
		a, err := s.call(ctx, http.MethodGet, textPath(text), nil, "")
		if err != nil {
			return err
		}
		return a.wantError(http.StatusNotFound, notFound)
	}},
	{id: "claim.by-id", name: "sessionId grants nothing: as a text it is 404", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		a, err := s.claim(ctx, made.id)
		if err != nil {
			return err
		}
		return a.wantError(http.StatusNotFound, notFound)
	}},
}

func returned(id, name, data string) check {
	return acceptance(id, name, "application/json", dataBody(data), data)
}

func (s *server) wantToken(ctx context.Context, fields map[string]any, token string) error {
	made, err := s.create(ctx, fields)
	if err != nil {
		return err
	}
	a, err := s.claim(ctx, made.text)
	if err != nil {
		return err
	}
	if err := a.wantClaim(made.id, "conform"); err != nil {
		return err
	}
	return sameText("the token", token, a.fields["token"].(string))
}

// unknownText is a text in the server's own form that belongs to no session: a real one, turned round.
func (s *server) unknownText(ctx context.Context) (string, error) {
	made, err := s.createPlain(ctx)
	if err != nil {
		return "", err
	}
	half := len(made.text) / 2
	turned := made.text[half:] + made.text[:half]
	if turned == made.text {
		return "", skip("this server's text is the same when it is turned round")
	}
	return turned, nil
}

var deletionChecks = []check{
	{id: "delete", name: "DELETE is 204, and the text is unknown from then on", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		a, err := s.call(ctx, http.MethodDelete, textPath(made.text), nil, "")
		if err != nil {
			return err
		}
		if err := a.wantStatus(http.StatusNoContent); err != nil {
			return err
		}
		if len(a.body) > 0 {
			return errors.New("expected no body, got one")
		}
		byHeader, err := s.claim(ctx, made.text)
		if err != nil {
			return err
		}
		if err := byHeader.wantError(http.StatusNotFound, notFound); err != nil {
			return fmt.Errorf("claim by header after it: %w", err)
		}
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			a, err := s.call(ctx, method, textPath(made.text), nil, "")
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusNotFound, notFound); err != nil {
				return fmt.Errorf("%s after it: %w", method, err)
			}
		}
		return nil
	}},
	{id: "delete.unknown", name: "DELETE of an unknown text is 404", run: func(ctx context.Context, s *server) error {
		text, err := s.unknownText(ctx)
		if err != nil {
			return err
		}
		a, err := s.call(ctx, http.MethodDelete, textPath(text), nil, "")
		if err != nil {
			return err
		}
		return a.wantError(http.StatusNotFound, notFound)
	}},
	{id: "delete.others", name: "DELETE leaves other sessions alone", run: func(ctx context.Context, s *server) error {
		gone, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		stays, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		if _, err := s.call(ctx, http.MethodDelete, textPath(gone.text), nil, ""); err != nil {
			return err
		}
		a, err := s.claim(ctx, stays.text)
		if err != nil {
			return err
		}
		return a.wantClaim(stays.id, "conform")
	}},
}
