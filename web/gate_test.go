package web_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"baton/internal/audit"
	"baton/internal/auth"
	"baton/internal/handoff"
	"baton/web"
	"baton/web/webtest"
)

// Who fails often is not looked at any more, for the kind of credential that failed, unless that is beyond guessing.
func TestGuessingIsLimited(t *testing.T) {
	s := limited(t, web.Limits{Guesses: web.Rate{PerSecond: 0.1, Burst: 3}})
	session, token := made(t, s, handoff.Creation{Tenant: tenantOf("bank")}), s.Token("bank")
	claim := func(addr, text string) webtest.Answer {
		return s.Do("GET", "/api/v1/session", "", append(from(addr), "Authorization", text)...)
	}
	status := func(addr, bearer string) webtest.Answer {
		return s.Do("GET", "/api/v1/session/"+session.ID+"/status", "", append(from(addr), "Authorization", "Bearer "+bearer)...)
	}
	unknown := func() string { return handoff.NewTicket().Reveal() }

	t.Run("of tickets", func(t *testing.T) {
		here := address(1)
		wantAnswer(t, "unknown", claim(here, unknown()), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		wantAnswer(t, "malformed", s.Do("GET", "/api/v1/session/what", "", from(here)...), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		wantAnswer(t, "none", claim(here, ""), 401, "UNAUTHORIZED")
		wantWait(t, "one more", claim(here, unknown()), "10")
		wantWait(t, "and none", claim(here, ""), "10")
		wantAnswer(t, "the right one, of a neighbour", claim(here, session.Text), 200, "")
		wantAnswer(t, "a bearer from there", status(here, token), 200, "")
		wantAnswer(t, "an unknown one from elsewhere", claim(address(2), unknown()), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		s.Clock.Advance(10 * time.Second)
		wantAnswer(t, "an unknown one later", claim(here, unknown()), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
	})
	t.Run("of a picture's codes", func(t *testing.T) {
		here := address(7)
		session := made(t, s, handoff.Creation{Tenant: tenantOf("bank"), Protection: handoff.Protection{Rotate: true}})
		page, _ := handoff.ParsePageToken(session.Page)
		open := func(addr, text string) webtest.Answer {
			return s.Do("POST", "/api/v1/session/open", "", append(from(addr), "Authorization", text, "Baton-Device", mine)...)
		}
		for range 3 {
			wantAnswer(t, "a stale one", open(here, session.Text+"-AAAAAAAA"), 409, "CODE_STALE")
		}
		fresh, err := s.Handoff.Picture(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		wantWait(t, "even the right one", open(here, fresh.Text), "10")
		wantAnswer(t, "the right one from elsewhere", open(address(8), fresh.Text), 200, "")
	})
	t.Run("of bearers", func(t *testing.T) {
		here := address(3)
		for range 3 {
			wantAnswer(t, "a wrong one", status(here, "a.b.c"), 401, "UNAUTHORIZED")
		}
		wantWait(t, "even the right one", status(here, token), "10")
		wantAnswer(t, "a ticket from there", claim(here, session.Text), 200, "")
		wantAnswer(t, "the right one from elsewhere", status(address(4), token), 200, "")
	})
	t.Run("on channels", func(t *testing.T) {
		here := []string{"X-Forwarded-For", address(5)}
		for range 3 {
			channel := s.Dial(here...)
			channel.Say(unknown())
			wantClosed(t, channel, 4504, "SESSION_EXPIRED_OR_NOT_FOUND")
		}
		eventually(t, func() *webtest.Answer { // the last is counted after its close frame is out
			if answer := claim(address(5), unknown()); answer.Status == 429 {
				return &answer
			}
			return nil
		})
		channel := s.Dial(here...)
		channel.Say(`{"qrCodeText":"` + session.Text + `"}`)
		channel.NextTold() // the right one watches
	})
	t.Run("what a backend asks in vain is no guess", func(t *testing.T) {
		here := address(6)
		for range 5 {
			wantAnswer(t, "another's session", status(here, s.Token("shop")), 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		}
	})
}

// lines reads the audit.
func lines(t *testing.T, text string) (lines []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var read map[string]any
		if err := json.Unmarshal([]byte(line), &read); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		lines = append(lines, read)
	}
	return lines
}

func TestTheEdgeIsAudited(t *testing.T) {
	var written webtest.Log
	s := limited(t, web.Limits{Phone: web.Limit{Address: web.Rate{PerSecond: 0.1, Burst: 2}}}, func(s *webtest.Server, d *web.Deps) {
		log := audit.New(&written, []byte("key"), s.Clock.Now, nil)
		d.Audit = log
		s.Handoff.Audit(log)
	})
	token := s.Token("bank")
	firefox := []string{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	want := func(what string, occurrence map[string]any) {
		t.Helper()
		got := eventually(t, func() *map[string]any {
			all := lines(t, written.String())
			if i := slices.IndexFunc(all, func(line map[string]any) bool { return line["what"] == occurrence["what"] && line["request"] != nil }); i >= 0 {
				return &all[i]
			}
			return nil
		})
		for name, value := range occurrence {
			if (*got)[name] != value {
				t.Errorf("%s: %s is %v, want %v", what, name, (*got)[name], value)
			}
		}
		if (*got)["address"] == nil {
			t.Errorf("%s: no address in %v", what, *got)
		}
	}

	created := s.Do("POST", "/api/v1/session", `{"data":"x"}`, append(append(from(address(1)), firefox...), "Authorization", "Bearer "+token)...)
	var session webtest.Session
	created.JSON(t, &session)
	tenant := string(tenantOf("bank"))
	want("a creation", map[string]any{"what": "created", "tenant": tenant, "session": session.ID, "agent": "Firefox", "request": created.Header.Get("X-Request-ID")})

	channel := s.Dial(firefox...)
	channel.Say(`{"qrCodeText":"` + session.Text + `"}`)
	channel.NextTold()
	want("a channel", map[string]any{"what": "channel_opened", "tenant": tenant, "session": session.ID, "agent": "Firefox"})
	stream := s.Stream(session, "")
	stream.Next()
	s.Poll(session, 0, 0)
	if got := strings.Count(written.String(), `"channel_opened"`); got != 3 {
		t.Errorf("%d openings are written of a channel, a stream and a poll", got)
	}

	refused := s.Do("GET", "/api/v1/session/"+session.ID+"/status", "", append(from(address(2)), "Authorization", "Bearer not.a.token-that-is-good")...)
	want("a refused bearer", map[string]any{"what": "auth_failed", "request": refused.Header.Get("X-Request-ID"), "session": nil})

	for range 5 {
		s.Do("GET", "/api/v1/session", "", append(from(address(3)), "Authorization", session.Text)...)
	}
	want("a limit", map[string]any{"what": "rate_limited", "reason": "phone by address"})
	if got := strings.Count(written.String(), `"rate_limited"`); got != 1 {
		t.Errorf("%d refusals within a minute are written, want the first", got)
	}
	for name, secret := range map[string]string{"the ticket": session.Text, "the bearer": token, "a wrong bearer": "not.a.token", "an address": address(3)} {
		if strings.Contains(written.String(), secret) {
			t.Errorf("%s stands in the audit:\n%s", name, written.String())
		}
	}
}

// counting is an authenticator that counts how often it is asked.
type counting struct {
	web.Authenticator
	asked *atomic.Int32
}

func (c counting) Verify(ctx context.Context, bearer string) (auth.Caller, error) {
	c.asked.Add(1)
	return c.Authenticator.Verify(ctx, bearer)
}

func TestABearerIsCheckedOnceARequest(t *testing.T) {
	var asked atomic.Int32
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Auth = counting{d.Auth, &asked} }))
	for range 3 { // on one connection
		s.Create(s.Token("bank"), "x")
	}
	if got := asked.Load(); got != 3 {
		t.Errorf("it is checked %d times in three requests", got)
	}
}

// A page over the session's cap has opened nothing, and the audit says so.
func TestARefusedChannelIsNotAudited(t *testing.T) {
	var written webtest.Log
	s := webtest.Start(t, func(s *webtest.Server, d *web.Deps) { d.Audit = audit.New(&written, []byte("key"), s.Clock.Now, nil) })
	session := s.Create(s.Token("bank"), "x")
	for range 32 {
		s.WatchAfter(session, 0).NextTold() // it stands
	}
	over := s.WatchAfter(session, 0)
	if code, _ := over.Closed(); code != 4029 {
		t.Fatalf("the page over the cap is closed with %d", code)
	}
	opened := 0
	for _, line := range lines(t, written.String()) {
		if line["what"] == audit.ChannelOpened {
			opened++
		}
	}
	if opened != 32 {
		t.Errorf("%d channels are in the audit, want 32", opened)
	}
}
