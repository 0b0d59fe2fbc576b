package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
)

// formApp has one route of each kind that the pages have, with the server's own error answers.
func formApp(t *testing.T) *fiber.App {
	t.Helper()
	s := &Server{}
	app := fiber.New(fiber.Config{Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		answer := answerTo(err)
		return c.Status(statuses[answer.told.Code]).SendString(string(answer.told.Code))
	}})
	app.Add(fiber.MethodPost, "/form", s.protectForms, func(c *fiber.Ctx) error {
		return c.SendString(formValue(c, "name") + "|" + cookie(c, "kept") + "|" + query(c, "q"))
	})
	return app
}

func TestProtectForms(t *testing.T) {
	app := formApp(t)
	for name, test := range map[string]struct {
		headers map[string]string
		status  int
	}{
		"the site's own page":               {map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://baton.test"}, 200},
		"an old browser on the site's page": {map[string]string{"Origin": "http://baton.test"}, 200},
		"no browser":                        {nil, 200},
		"another site":                      {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		"a sibling of the site":             {map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://other.baton.test"}, 403},
		"an old browser on another site":    {map[string]string{"Origin": "https://evil.example"}, 403},
		"a sandboxed frame":                 {map[string]string{"Origin": "null"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "http://baton.test/form?q=ask", strings.NewReader("name=Ana+Specimen"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Cookie", "kept=value")
			for name, value := range test.headers {
				r.Header.Set(name, value)
			}
			response, err := app.Test(r, -1)
			if err != nil {
				t.Fatal(err)
			}
			body := new(strings.Builder)
			if err := response.Write(body); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != test.status {
				t.Errorf("answers %d, want %d", response.StatusCode, test.status)
			}
			want := "Ana Specimen|value|ask"
			if test.status != 200 {
				want = "FORBIDDEN"
			}
			if !strings.Contains(body.String(), want) {
				t.Errorf("answers %q, want %q", body, want)
			}
		})
	}
}

// Every code has a status; what has none would be answered as 0.
func TestEveryCodeHasItsStatus(t *testing.T) {
	want := map[handoff.Code]int{
		"INVALID_INPUT": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "SESSION_EXPIRED_OR_NOT_FOUND": 404, "NOT_FOUND": 404,
		"METHOD_NOT_ALLOWED": 405, "UPGRADE_REQUIRED": 426, "SESSION_ENDED": 409, "SESSION_ALREADY_CLAIMED": 409, "NOT_CLAIMED": 409,
		"CODE_STALE": 409, "CONFIRMATION_REQUIRED": 409, "PAYLOAD_TOO_LARGE": 413, "TOO_MANY_REQUESTS": 429, "UNAVAILABLE": 503,
		"UNEXPECTED_ERROR": 500,
	}
	for code, status := range want {
		if statuses[code] != status {
			t.Errorf("%s is answered with %d, want %d", code, statuses[code], status)
		}
	}
	for code := range statuses {
		if want[code] == 0 {
			t.Errorf("%s is not in the contract", code)
		}
	}
	if got := answerTo(&handoff.Error{Code: handoff.CodeConflict, Message: "an id is taken"}); got.told.Code != handoff.CodeUnexpected || strings.Contains(got.told.Message, "taken") {
		t.Errorf("a conflict reaches the wire as %s %q", got.told.Code, got.told.Message)
	}
}
