package infoapi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"baton/internal/handoff"
	"baton/internal/infoapi"
	"baton/internal/registration"
)

// noLeak fails if an error tells what only the two ends may know.
func noLeak(t *testing.T, err error) {
	t.Helper()
	for _, leak := range []string{secret, "access-token", "Ana", "eyJ", string(session), "<html"} {
		if err != nil && strings.Contains(err.Error(), leak) {
			t.Errorf("the error repeats %q: %v", leak, err)
		}
	}
}

func TestResult(t *testing.T) {
	t.Run("IsFetchedAndVerified", func(t *testing.T) {
		p := newProvider(t)
		got, err := p.client(t, nil).Result(t.Context(), session)
		if err != nil || got.SessionID != session || len(got.Documents) != 1 || got.Documents[0].Type != "PASSPORT" {
			t.Errorf("%+v, error %v", got, err)
		}
	})

	t.Run("AnotherSessionsIsRefused", func(t *testing.T) {
		p := newProvider(t)
		p.result = sign(t, jose.RS256, key, keyID, p.claims(map[string]any{"jti": string(handoff.NewSessionID())}))
		_, err := p.client(t, nil).Result(t.Context(), session)
		if refused, ok := errors.AsType[*registration.RefusedError](err); !ok || refused.Check != registration.RefusalSession {
			t.Errorf("%v, want a refusal", err)
		}
	})

	t.Run("NoUUIDReachesNoPath", func(t *testing.T) {
		p := newProvider(t)
		if _, err := p.client(t, nil).Result(t.Context(), "../../oauth"); !errors.Is(err, registration.ErrNotReady) || p.count("info") != 0 {
			t.Errorf("%v after %d calls", err, p.count("info"))
		}
	})

	truncated := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwt")
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "eyJ")
	}
	fiftyMegabytes := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/jwt")
		chunk := bytes.Repeat([]byte("a"), 1<<20)
		for range 50 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   error
		calls  int
	}{
		"NotReadyBy400":    {answer(400, "application/json", `{"error":"SESSION_EXPIRED_OR_NOT_FOUND","message":"m"}`), registration.ErrNotReady, 1},
		"NotReadyBy404":    {answer(404, "text/plain", "no"), registration.ErrNotReady, 1},
		"Another400":       {answer(400, "application/json", `{"error":"INVALID_INPUT","message":"Ana Specimen"}`), registration.ErrProvider, 1},
		"A400OfGarbage":    {answer(400, "text/html", "<html>Ana"), registration.ErrProvider, 1},
		"Forbidden":        {answer(403, "application/json", `{"error":"FORBIDDEN"}`), registration.ErrProvider, 1},
		"TooMany":          {answer(429, "text/plain", ""), registration.ErrProvider, 1},
		"A500IsTriedTwice": {answer(500, "text/plain", "Ana eyJ"), registration.ErrProvider, 2},
		"WrongContentType": {answer(200, "text/html", "<html>Ana"), registration.ErrProvider, 1},
		"NoContentType":    {answer(200, "", "Ana"), registration.ErrProvider, 1},
		"Truncated":        {truncated, registration.ErrProvider, 2},
		"FiftyMegabytes":   {fiftyMegabytes, registration.ErrProvider, 1},
		"HugeErrorBody":    {answer(400, "application/json", strings.Repeat("x", 1<<20)), registration.ErrProvider, 1},
		"NoContent":        {answer(204, "application/jwt", ""), registration.ErrProvider, 1},
		"EndlessRedirect":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, registration.ErrProvider, 8},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.routes["info"] = test.answer
			_, err := p.client(t, nil).Result(t.Context(), session)
			if !errors.Is(err, test.want) || p.count("info") != test.calls {
				t.Errorf("error %v after %d calls, want %v after %d", err, p.count("info"), test.want, test.calls)
			}
			noLeak(t, err)
		})
	}

	t.Run("IsThereAfterOneFailure", func(t *testing.T) {
		p := newProvider(t)
		p.routes["info"] = func(w http.ResponseWriter, r *http.Request) {
			p.set(func() { delete(p.routes, "info") })
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		if _, err := p.client(t, nil).Result(t.Context(), session); err != nil || p.count("info") != 2 {
			t.Errorf("error %v after %d calls", err, p.count("info"))
		}
	})

	// A redirect would take token and session id to whoever stands there.
	t.Run("NoRedirectToAnotherHost", func(t *testing.T) {
		reached := false
		elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reached = true }))
		defer elsewhere.Close()
		p := newProvider(t)
		p.routes["info"] = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}
		_, err := p.client(t, func(c *infoapi.Config) { c.HTTPClient = elsewhere.Client() }).Result(t.Context(), session)
		if !errors.Is(err, registration.ErrProvider) || reached {
			t.Errorf("error %v, the other host was reached: %t", err, reached)
		}
		noLeak(t, err)
	})

	hang := func(p *provider, route string) (stop func()) {
		release := make(chan struct{})
		p.routes[route] = func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
		return sync.OnceFunc(func() { close(release) })
	}
	for _, route := range []string{"token", "info", "keys"} {
		t.Run("EndsInTimeWhenTheProviderHangsAt"+strings.ToUpper(route), func(t *testing.T) {
			p := newProvider(t)
			stop := hang(p, route)
			t.Cleanup(stop)
			client := p.client(t, func(c *infoapi.Config) { c.Timeout = 60 * time.Millisecond })
			_, err := client.Result(t.Context(), session)
			if !errors.Is(err, registration.ErrProvider) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want ErrProvider by the deadline", err)
			}
			noLeak(t, err)
		})
		t.Run("EndsWithItsCallerWhenTheProviderHangsAt"+strings.ToUpper(route), func(t *testing.T) {
			p := newProvider(t)
			stop := hang(p, route)
			t.Cleanup(stop)
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
			defer cancel()
			client := p.client(t, func(c *infoapi.Config) { c.Timeout = time.Hour })
			if _, err := client.Result(ctx, session); !errors.Is(err, registration.ErrProvider) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want ErrProvider by the caller's deadline", err)
			}
		})
	}

	t.Run("TheProviderIsGone", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		p.Close()
		_, err := client.Result(t.Context(), session)
		if !errors.Is(err, registration.ErrProvider) {
			t.Errorf("%v, want ErrProvider", err)
		}
		noLeak(t, err)
	})
}

func TestAccessToken(t *testing.T) {
	reveal := func(t *testing.T, client *infoapi.Client) string {
		t.Helper()
		token, err := client.AccessToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return token.Reveal()
	}

	t.Run("IsKeptWhileAPhoneCanUseIt", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		first := reveal(t, client)
		p.clock.Add(4*time.Minute + 59*time.Second)
		if again := reveal(t, client); again != first || p.count("token") != 1 {
			t.Errorf("with 25 minutes left: %q after %q, %d token calls", again, first, p.count("token"))
		}
		p.clock.Add(2 * time.Second)
		if next := reveal(t, client); next == first || p.count("token") != 2 {
			t.Errorf("with less: %q after %q, %d token calls", next, first, p.count("token"))
		}
	})

	t.Run("ServesUsUntilAMinuteBeforeItsEnd", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		for range 2 {
			if _, err := client.Result(t.Context(), session); err != nil {
				t.Fatal(err)
			}
		}
		p.clock.Add(28*time.Minute + 58*time.Second)
		if _, err := client.Result(t.Context(), session); err != nil || p.count("token") != 1 {
			t.Errorf("error %v after %d token calls, want 1", err, p.count("token"))
		}
		p.clock.Add(3 * time.Second)
		if _, err := client.Result(t.Context(), session); err != nil || p.count("token") != 2 {
			t.Errorf("error %v after %d token calls, want 2", err, p.count("token"))
		}
	})

	t.Run("ShortLivedOnesAreKeptForPartOfTheirLife", func(t *testing.T) {
		p := newProvider(t)
		p.life = 60
		client := p.client(t, nil)
		first := reveal(t, client)
		p.clock.Add(9 * time.Second)
		if again := reveal(t, client); again != first {
			t.Errorf("after 9 of 60 seconds: another one")
		}
		p.clock.Add(2 * time.Second)
		if again := reveal(t, client); again == first {
			t.Errorf("after 11 of 60 seconds: still the first")
		}
	})

	t.Run("OneWithoutStatedLifeIsNotKeptForLong", func(t *testing.T) {
		p := newProvider(t)
		p.routes["token"] = answer(200, "application/json", `{"access_token":"x","token_type":"bearer"}`)
		client := p.client(t, nil)
		reveal(t, client)
		p.clock.Add(2 * time.Minute)
		reveal(t, client)
		if n := p.count("token"); n != 2 {
			t.Errorf("%d token calls, want 2", n)
		}
	})

	t.Run("ManyAtOnceShareOneCall", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		arrived := make(chan struct{})
		p.routes["token"] = func(w http.ResponseWriter, r *http.Request) { <-arrived; p.token(w, r) }
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := client.AccessToken(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		close(arrived)
		wg.Wait()
		if n := p.count("token"); n > 2 { // a late caller may find the flight over, and the token then kept
			t.Errorf("%d token calls", n)
		}
	})

	t.Run("ACallerWhoLeavesSpoilsItForNobody", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		arrived, release := make(chan struct{}), make(chan struct{})
		p.routes["token"] = func(w http.ResponseWriter, r *http.Request) { close(arrived); <-release; p.token(w, r) }
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { _, err := client.AccessToken(ctx); left <- err }()
		<-arrived
		stayed := make(chan error)
		go func() { _, err := client.AccessToken(t.Context()); stayed <- err }()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
		close(release)
		if err := <-stayed; err != nil || p.count("token") != 1 {
			t.Errorf("who stayed: %v, %d token calls", err, p.count("token"))
		}
	})

	t.Run("AWithdrawnOneIsReplacedOnce", func(t *testing.T) {
		p := newProvider(t)
		client := p.client(t, nil)
		reveal(t, client)
		p.set(func() { p.tokens++ }) // the provider no longer knows the one given out
		if _, err := client.Result(t.Context(), session); err != nil || p.count("token") != 2 || p.count("info") != 2 {
			t.Errorf("error %v after %d token and %d info calls", err, p.count("token"), p.count("info"))
		}
		p.set(func() { p.routes["info"] = answer(401, "application/json", "{}") })
		if _, err := client.Result(t.Context(), session); !errors.Is(err, registration.ErrProvider) || p.count("token") != 3 || p.count("info") != 4 {
			t.Errorf("error %v after %d token and %d info calls", err, p.count("token"), p.count("info"))
		}
	})

	for name, change := range map[string]func(*provider, *infoapi.Config){
		"WrongSecret": func(_ *provider, c *infoapi.Config) { c.ClientSecret = secret + "x" },
		"Answers500": func(p *provider, _ *infoapi.Config) {
			p.routes["token"] = answer(500, "text/plain", "access-token Ana")
		},
		"NoToken": func(p *provider, _ *infoapi.Config) {
			p.routes["token"] = answer(200, "application/json", `{"x":"Ana"}`)
		},
		"NoJSON": func(p *provider, _ *infoapi.Config) { p.routes["token"] = answer(200, "text/html", "<html>") },
		"TokenTooLong": func(p *provider, _ *infoapi.Config) {
			p.routes["token"] = answer(200, "application/json", `{"access_token":"`+strings.Repeat("x", 9<<10)+`"}`)
		},
		"FiftyMegabytes": func(p *provider, _ *infoapi.Config) {
			p.routes["token"] = answer(200, "application/json", `{"x":"`+strings.Repeat("x", 50<<20))
		},
	} {
		t.Run("FailsPlainlyWith"+name, func(t *testing.T) {
			p := newProvider(t)
			client := p.client(t, func(c *infoapi.Config) { change(p, c) })
			_, err := client.AccessToken(t.Context())
			if !errors.Is(err, registration.ErrProvider) {
				t.Errorf("%v, want ErrProvider", err)
			}
			noLeak(t, err)
		})
	}
}

func TestImage(t *testing.T) {
	good := registration.Image{ID: "650000000000000000000001", Checksum: checksum(jpeg)}

	t.Run("IsFetchedAndChecked", func(t *testing.T) {
		p := newProvider(t)
		got, err := p.client(t, nil).Image(t.Context(), good)
		if err != nil || !bytes.Equal(got, jpeg) {
			t.Errorf("%d bytes, error %v", len(got), err)
		}
		upper := registration.Image{ID: good.ID, Checksum: "sha256:" + strings.ToUpper(good.Checksum[7:])}
		if _, err := p.client(t, nil).Image(t.Context(), upper); err != nil {
			t.Errorf("checksum in upper case: %v", err)
		}
	})

	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100)
	large := string(jpeg) + strings.Repeat("x", 8<<20)
	for name, test := range map[string]struct {
		image  registration.Image
		answer http.HandlerFunc
		want   error // nil: a refusal
	}{
		"OtherBytes":       {registration.Image{ID: good.ID, Checksum: checksum([]byte("other"))}, nil, nil},
		"NoChecksum":       {registration.Image{ID: good.ID}, nil, nil},
		"AnotherChecksum":  {registration.Image{ID: good.ID, Checksum: "md5:00"}, nil, nil},
		"NotAJPEG":         {registration.Image{ID: good.ID, Checksum: checksum([]byte(png))}, answer(200, "image/jpeg", png), nil},
		"NoImage":          {registration.Image{}, nil, registration.ErrImageGone},
		"AnotherPath":      {registration.Image{ID: "../" + string(session), Checksum: good.Checksum}, nil, registration.ErrImageGone},
		"Gone":             {good, answer(404, "application/json", "{}"), registration.ErrImageGone},
		"WrongContentType": {good, answer(200, "text/html", string(jpeg)), registration.ErrProvider},
		"TooLarge":         {registration.Image{ID: good.ID, Checksum: checksum([]byte(large))}, answer(200, "image/jpeg", large), registration.ErrProvider},
		"Answers500":       {good, answer(500, "text/plain", ""), registration.ErrProvider},
		"Forbidden":        {good, answer(403, "text/plain", ""), registration.ErrProvider},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			if test.answer != nil {
				p.routes["image"] = test.answer
			}
			got, err := p.client(t, nil).Image(t.Context(), test.image)
			refused, isRefused := errors.AsType[*registration.RefusedError](err)
			if test.want == nil && (!isRefused || refused.Check != registration.RefusalContent) || test.want != nil && !errors.Is(err, test.want) || got != nil {
				t.Errorf("%d bytes, error %v", len(got), err)
			}
			noLeak(t, err)
		})
	}
}

func TestDelete(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		want   error
		calls  int
	}{
		"Deleted": {204, nil, 1}, "NotThere": {404, nil, 1}, "Forbidden": {403, registration.ErrProvider, 1},
		"A500IsNotRepeated": {500, registration.ErrProvider, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.routes["delete"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(test.status) }
			if err := p.client(t, nil).Delete(t.Context(), session); !errors.Is(err, test.want) || p.count("delete") != test.calls {
				t.Errorf("error %v after %d calls", err, p.count("delete"))
			}
		})
	}
	t.Run("UsualAnswer", func(t *testing.T) {
		p := newProvider(t)
		if err := p.client(t, nil).Delete(t.Context(), session); err != nil {
			t.Error(err)
		}
	})
}
