package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/web"
	"baton/web/webtest"
)

// limited starts a server behind a proxy, so that a test can come from many addresses, with a clock that stands.
func limited(t *testing.T, limits web.Limits, options ...webtest.Option) *webtest.Server {
	t.Helper()
	s := webtest.Start(t, append(options, webtest.With(func(d *web.Deps) {
		d.TrustedProxies, d.Limits = []string{"127.0.0.1"}, limits
	}))...)
	s.Clock.Stop(time.Now())
	return s
}

func from(addr string) []string { return []string{"X-Forwarded-For", addr, "Content-Type", jsonType} }

// address is the nth of many.
func address(n int) string { return fmt.Sprintf("203.0.%d.%d", 100+n/250, 1+n%250) }

// once lets one call through in ten seconds.
var once = web.Rate{PerSecond: 0.1, Burst: 1}

// call is a request of a route, by what it counts for.
type call struct {
	name    string
	group   func(*web.Limits) *web.Limit
	backend bool
	send    func(s *webtest.Server, session protected, headers []string) webtest.Answer
}

func create(l *web.Limits) *web.Limit  { return &l.Create }
func backend(l *web.Limits) *web.Limit { return &l.Backend }
func phone(l *web.Limits) *web.Limit   { return &l.Phone }
func events(l *web.Limits) *web.Limit  { return &l.Events }
func watch(l *web.Limits) *web.Limit   { return &l.Watch }
func picture(l *web.Limits) *web.Limit { return &l.Picture }

// route sends to a path below the sessions; {id} and {text} are the session's.
func route(method, path, body string) func(*webtest.Server, protected, []string) webtest.Answer {
	return func(s *webtest.Server, session protected, headers []string) webtest.Answer {
		if !slices.Contains(headers, "Authorization") && !strings.Contains(path, "{text}") {
			headers = append([]string{"Authorization", session.Text}, headers...)
		}
		path := strings.NewReplacer("{id}", session.ID, "{text}", session.Text).Replace(path)
		return s.Do(method, "/api/v1/session"+path, body, headers...)
	}
}

var calls = []call{
	{name: "create", group: create, backend: true, send: route("POST", "", `{"data":"x"}`)},
	{name: "a backend's event", group: backend, backend: true, send: route("POST", "/{id}/events", `{"service":"SCAN"}`)},
	{name: "status", group: backend, backend: true, send: route("GET", "/{id}/status", "")},
	{name: "open", group: phone, send: route("POST", "/open", "")},
	{name: "claim", group: phone, send: route("GET", "", "")},
	{name: "claim by path", group: phone, send: route("GET", "/{text}", "")},
	{name: "confirm", group: phone, send: route("POST", "/confirm", `{"agree":true}`)},
	{name: "report", group: phone, send: route("POST", "/report", `{"reason":"NOT_ME"}`)},
	{name: "a phone's event", group: events, send: route("POST", "/events", `{"service":"SCAN"}`)},
	{name: "poll", group: watch, send: route("GET", "/events", "")},
	{name: "picture", group: picture, send: route("GET", "/qr.svg", "")},
	{name: "copied link", group: picture, send: route("POST", "/link", "")},
	{name: "delete", group: picture, send: route("DELETE", "", "")},
	{name: "delete by path", group: picture, send: route("DELETE", "/{text}", "")},
	{name: "channel", group: watch, send: func(s *webtest.Server, session protected, headers []string) webtest.Answer {
		channel, answer, err := s.TryDial(headers[:len(headers)-2]...)
		if err == nil {
			channel.Close()
		}
		return answer
	}},
}

func wantWait(t *testing.T, what string, answer webtest.Answer, seconds string) {
	t.Helper()
	if got := answer.Header.Get("Retry-After"); answer.Status != 429 || got != seconds || !strings.Contains(answer.Body, `"TOO_MANY_REQUESTS"`) {
		t.Errorf("%s: %d after %q s: %s; want 429 after %s s", what, answer.Status, got, answer.Body, seconds)
	}
}

func wantPassed(t *testing.T, what string, answer webtest.Answer) {
	t.Helper()
	if answer.Status == 429 || answer.Status >= 500 {
		t.Errorf("%s: %d %s", what, answer.Status, answer.Body)
	}
}

func TestEveryRouteCountsTheAddress(t *testing.T) {
	var limits web.Limits
	for _, group := range []func(*web.Limits) *web.Limit{create, backend, phone, events, watch, picture} {
		group(&limits).Address = once
	}
	s := limited(t, limits)
	token := s.Token("bank")
	for i, call := range calls {
		t.Run(call.name, func(t *testing.T) {
			session := made(t, s, handoff.Creation{Tenant: tenantOf("bank")})
			send := func(addr string) webtest.Answer {
				headers := from(addr)
				if call.backend {
					headers = append(headers, "Authorization", "Bearer "+token)
				}
				return call.send(s, session, headers)
			}
			wantPassed(t, "the first", send(address(i)))
			wantWait(t, "the second", send(address(i)), "10")
			wantPassed(t, "another address", send(address(100+i)))
		})
	}
	t.Run("an IPv6 host counts by its /64", func(t *testing.T) {
		session := made(t, s, handoff.Creation{})
		send := func(addr string) webtest.Answer {
			return s.Do("GET", "/api/v1/session", "", append(from(addr), "Authorization", session.Text)...)
		}
		wantPassed(t, "the first", send("2001:db8:1:2::1"))
		wantWait(t, "a neighbour of its own", send("2001:db8:1:2:ffff::9"), "10")
		wantPassed(t, "the next network", send("2001:db8:1:3::1"))
	})
	t.Run("it passes again after the seconds that it was told", func(t *testing.T) {
		session, here := made(t, s, handoff.Creation{}), address(200)
		send := func() webtest.Answer {
			return s.Do("GET", "/api/v1/session", "", append(from(here), "Authorization", session.Text)...)
		}
		wantPassed(t, "the first", send())
		s.Clock.Advance(9400 * time.Millisecond)
		wantWait(t, "too early", send(), "1")
		s.Clock.Advance(time.Second)
		wantPassed(t, "in time", send())
	})
}

func TestEveryRouteCountsTheSession(t *testing.T) {
	var limits web.Limits
	for _, group := range []func(*web.Limits) *web.Limit{create, backend, phone, events, watch, picture} {
		group(&limits).Session = once
	}
	s := limited(t, limits)
	token := s.Token("bank")
	for i, call := range calls {
		if call.name == "create" || call.name == "channel" || strings.HasPrefix(call.name, "delete") {
			continue // which have no session yet, tell it later, or have none any more
		}
		t.Run(call.name, func(t *testing.T) {
			headers := func(n int) []string {
				if call.backend {
					return append(from(address(3*i+n)), "Authorization", "Bearer "+token)
				}
				return from(address(3*i + n))
			}
			session := made(t, s, handoff.Creation{Tenant: tenantOf("bank")})
			wantPassed(t, "the first", call.send(s, session, headers(0)))
			wantWait(t, "the second, from elsewhere", call.send(s, session, headers(1)), "10")
			wantPassed(t, "another session", call.send(s, made(t, s, handoff.Creation{Tenant: tenantOf("bank")}), headers(1)))
		})
	}
	t.Run("channel", func(t *testing.T) {
		session := made(t, s, handoff.Creation{})
		if got := s.WatchAfter(session.Session, 0).NextTold(); got.Type != "snapshot" {
			t.Errorf("the first begins with %v", got)
		}
		wantClosed(t, s.WatchAfter(session.Session, 0), 4029, "TOO_MANY_REQUESTS")
	})
	t.Run("the codes of a picture are one session's", func(t *testing.T) {
		session := made(t, s, handoff.Creation{})
		wantPassed(t, "a code", s.Do("POST", "/api/v1/session/open", "", "Authorization", session.Text+"-AAAAAAAA"))
		wantWait(t, "the next guess", s.Do("POST", "/api/v1/session/open", "", "Authorization", session.Text+"-AAAAAAAB"), "10")
	})
	t.Run("a ticket that opens nothing leaves nothing behind", func(t *testing.T) {
		text := handoff.NewTicket().Reveal()
		for range 2 {
			wantAnswer(t, "it", s.Do("GET", "/api/v1/session", "", "Authorization", text), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		}
	})
	t.Run("another tenant's calls do not count", func(t *testing.T) {
		session := made(t, s, handoff.Creation{Tenant: tenantOf("bank")})
		path := "/api/v1/session/" + session.ID + "/status"
		wantAnswer(t, "another tenant's", s.Do("GET", path, "", "Authorization", "Bearer "+s.Token("thief")), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		wantAnswer(t, "its own", s.Do("GET", path, "", "Authorization", "Bearer "+token), 200, "")
	})
}

func TestATenantIsLimited(t *testing.T) {
	s := limited(t, web.Limits{Create: web.Limit{Tenant: once}, Backend: web.Limit{Tenant: once}})
	for i, call := range calls[:2] {
		t.Run(call.name, func(t *testing.T) {
			send := func(tenant, addr string) webtest.Answer {
				return call.send(s, made(t, s, handoff.Creation{Tenant: tenantOf(tenant)}), append(from(addr), "Authorization", "Bearer "+s.Token(tenant)))
			}
			wantPassed(t, "the first", send("bank", address(2*i)))
			wantWait(t, "the second, from elsewhere", send("bank", address(2*i+1)), "10")
			wantPassed(t, "another tenant", send("shop", address(2*i)))
		})
	}
}

// A tenant cannot have more alive than it may create in half an hour.
func TestSessionsOfATenantAreBounded(t *testing.T) {
	s := limited(t, web.Limits{Sessions: 4})
	n := 0
	send := func(tenant, body string) webtest.Answer {
		n++
		return s.Do("POST", "/api/v1/session", body, append(from(address(n)), "Authorization", "Bearer "+s.Token(tenant))...)
	}
	alive := func() (alive int) {
		for range 4 {
			if answer := send("bank", `{"data":"x"}`); answer.Status == 200 {
				alive++
			}
		}
		return alive
	}
	wantAnswer(t, "a creation that fails", send("bank", `{}`), 400, "INVALID_INPUT")
	if got := alive(); got != 2 {
		t.Errorf("%d are created at once, want half of what may live", got)
	}
	wantWait(t, "one more", send("bank", `{"data":"x"}`), "900")
	wantAnswer(t, "another tenant's", send("shop", `{"data":"x"}`), 200, "")
	total := 2
	for range 29 {
		s.Clock.Advance(time.Minute)
		total += alive()
	}
	if total > 4 {
		t.Errorf("%d are alive, want 4 at most", total)
	}
	s.Clock.Advance(time.Minute)
	if got := alive(); got != 1 {
		t.Errorf("%d are created when the first have expired, want 1", got)
	}
}

func TestTheDemoLimitsNothingFromItsOwnMachine(t *testing.T) {
	var limits web.Limits
	for _, group := range []func(*web.Limits) *web.Limit{create, backend, phone, events, watch, picture} {
		*group(&limits) = web.Limit{Address: once, Tenant: once, Session: once}
	}
	limits.Guesses, limits.Sessions = once, 1
	s := limited(t, limits, webtest.With(func(d *web.Deps) { d.Demo = true }))
	token := s.Token("bank")
	for _, call := range calls {
		for range 3 {
			headers := []string{"Content-Type", jsonType}
			if call.backend {
				headers = append(headers, "Authorization", "Bearer "+token)
			}
			wantPassed(t, call.name, call.send(s, made(t, s, handoff.Creation{Tenant: tenantOf("bank")}), headers))
		}
	}
	for range 3 {
		wantAnswer(t, "a wrong ticket", s.Do("GET", "/api/v1/session/what", ""), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
	}
	here := append(from(address(1)), "Authorization", "Bearer "+token)
	wantPassed(t, "the first from elsewhere", s.Do("POST", "/api/v1/session", `{"data":"x"}`, here...))
	wantWait(t, "the second from elsewhere", s.Do("POST", "/api/v1/session", `{"data":"x"}`, here...), "10")
}

func withRegistration(s *webtest.Server, deps *web.Deps) {
	deps.Registration = registration.NewService(registration.Config{
		Store: s.Store, Handoff: s.Handoff, Provider: &registrationtest.Provider{}, Tenant: "bank", Now: s.Clock.Now, Log: deps.Log,
	})
}

func TestFormsAreLimited(t *testing.T) {
	s := limited(t, web.Limits{Forms: web.Limit{Address: once, Tenant: web.Rate{PerSecond: 0.1, Burst: 2}}}, withRegistration)
	form := func(addr string) webtest.Answer {
		return s.Do("POST", "/register", "name=x", "X-Forwarded-For", addr, "Content-Type", "application/x-www-form-urlencoded", "Origin", s.URL)
	}
	page := func(addr string) webtest.Answer { return s.Do("GET", "/register", "", "X-Forwarded-For", addr) }
	wantPassed(t, "the first", form(address(1)))
	wantWait(t, "the second", form(address(1)), "10")
	wantAnswer(t, "the page", page(address(1)), 200, "")
	wantPassed(t, "another visitor", form(address(2)))
	wantWait(t, "more than all visitors may", form(address(3)), "10")
	t.Run("the played phone's screens", func(t *testing.T) {
		s := limited(t, web.Limits{Forms: web.Limit{Address: once}}, webtest.With(func(d *web.Deps) { d.Sandbox = http.NotFoundHandler() }))
		screens := func() webtest.Answer { return s.Do("POST", "/go/screens", `{"data":""}`, from(address(1))...) }
		wantAnswer(t, "the first", screens(), 200, "")
		wantWait(t, "the second", screens(), "10")
	})
	t.Run("a form that is too long", func(t *testing.T) {
		s := webtest.Start(t, withRegistration)
		answer := s.Do("POST", "/register", "name="+strings.Repeat("x", 128<<10), "Content-Type", "application/x-www-form-urlencoded", "Origin", s.URL)
		wantAnswer(t, "it", answer, 413, "PAYLOAD_TOO_LARGE")
	})
}
