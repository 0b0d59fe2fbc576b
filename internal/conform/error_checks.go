package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

var errorChecks = []check{
	{id: "error.no-route", name: "no such route is 404 NOT_FOUND", run: func(ctx context.Context, s *server) error {
		for _, path := range []string{"/api/v1/no-such-route", "/api/v1/session/a/b/c/d"} {
			a, err := s.call(ctx, http.MethodGet, path, nil, "")
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusNotFound, "NOT_FOUND"); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "error.method", name: "a wrong method is 405", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		for _, c := range [][2]string{
			{http.MethodPut, sessionPath}, {http.MethodPatch, sessionPath}, {http.MethodPut, textPath(made.text)},
		} {
			a, err := s.call(ctx, c[0], c[1], jsonHeader(s.bearer), `{"data":"conform"}`)
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED"); err != nil {
				return fmt.Errorf("%s: %w", c[0], err)
			}
		}
		return nil
	}},
	{id: "error.head", name: "HEAD on the claim is 405", run: func(ctx context.Context, s *server) error {
		made, err := s.createPlain(ctx)
		if err != nil {
			return err
		}
		for _, c := range []struct {
			path   string
			header http.Header
		}{{sessionPath, textHeader(made.text)}, {textPath(made.text), nil}} {
			a, err := s.call(ctx, http.MethodHead, c.path, c.header, "")
			if err != nil {
				return err
			}
			if a.status != http.StatusMethodNotAllowed {
				return fmt.Errorf("expected 405, got %d", a.status)
			}
		}
		return nil
	}},
	{id: "error.upgrade", name: "a plain GET on the channel is 426", run: func(ctx context.Context, s *server) error {
		a, err := s.call(ctx, http.MethodGet, channelPath, nil, "")
		if err != nil {
			return err
		}
		return a.wantError(http.StatusUpgradeRequired, "UPGRADE_REQUIRED")
	}},
	{id: "error.headers", name: "headers that are too large are 431", run: func(ctx context.Context, s *server) error {
		header := http.Header{"X-Filler": {strings.Repeat("x", 40<<10)}}
		// A server that answers and closes while headers are still coming resets the connection, and the answer may be lost
		// on its way. That is the network's doing; the answer has to arrive in one of a few tries.
		var a answer
		var err error
		for range 10 {
			if a, err = s.call(ctx, http.MethodGet, sessionPath, header, ""); err == nil {
				return a.wantError(http.StatusRequestHeaderFieldsTooLarge, invalidInput)
			}
		}
		return err
	}},
	{id: "error.request-id", name: "two errors have two request ids", run: func(ctx context.Context, s *server) error {
		var ids [2]string
		for i := range ids {
			a, err := s.call(ctx, http.MethodGet, sessionPath, nil, "")
			if err != nil {
				return err
			}
			if ids[i], err = a.text("requestId"); err != nil {
				return err
			}
		}
		if ids[0] == ids[1] {
			return errors.New("expected two ids, got one twice")
		}
		return nil
	}},
}
