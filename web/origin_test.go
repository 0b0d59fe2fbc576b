package web_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"baton/internal/auth"
	"baton/internal/handoff"
	"baton/web"
	"baton/web/webtest"
)

func TestOrigins(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Origins = []string{"https://shop.example"} }))
	session := s.Create(s.Token("bank"), "x")
	path := "/api/v1/session/" + session.Text
	for _, sc := range []webtest.Scenario{
		{Name: "no origin passes and nothing is said", Status: 200, WantHeaders: map[string]string{"Access-Control-Allow-Origin": "", "Vary": "Origin"}},
		{Name: "a listed origin passes", Headers: []string{"Origin", "https://shop.example"}, Status: 200, WantHeaders: map[string]string{
			"Access-Control-Allow-Origin": "https://shop.example", "Access-Control-Expose-Headers": "X-Request-ID, Retry-After, Date", "Access-Control-Allow-Credentials": "", "Vary": "Origin"}},
		{Name: "the server's own passes", Headers: []string{"Origin", s.URL}, Status: 200, WantHeaders: map[string]string{"Access-Control-Allow-Origin": s.URL}},
		{Name: "a name that only resolves here is refused", Headers: []string{"Origin", "http://rebound.example:8080", "Host", "rebound.example:8080"}, Status: 403, Code: "FORBIDDEN"},
		{Name: "another is refused", Headers: []string{"Origin", "https://evil.example"}, Status: 403, Code: "FORBIDDEN", WantHeaders: map[string]string{"Access-Control-Allow-Origin": "", "Vary": "Origin"}, Lacks: []string{"evil", session.ID}},
		{Name: "a listed one's lookalike is refused", Headers: []string{"Origin", "https://shop.example.evil"}, Status: 403, Code: "FORBIDDEN"},
		{Name: "a listed one with a path is refused", Headers: []string{"Origin", "https://shop.example/"}, Status: 403, Code: "FORBIDDEN"},
		{Name: "null is refused", Headers: []string{"Origin", "null"}, Status: 403, Code: "FORBIDDEN"},
	} {
		sc.Method, sc.Path = "GET", path
		sc.Run(t, s)
	}
	webtest.Scenario{Name: "another cannot read one", Method: "GET", Path: "/api/v1/session/unknown", Headers: []string{"Origin", "https://evil.example"},
		Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND", WantHeaders: map[string]string{"Access-Control-Allow-Origin": "", "Vary": "Origin"}}.Run(t, s)
	t.Run("a listed page can read an error", func(t *testing.T) {
		answer := s.Do("GET", "/api/v1/session/unknown", "", "Origin", "https://shop.example")
		if answer.Status != 404 || answer.Header.Get("Access-Control-Allow-Origin") != "https://shop.example" {
			t.Errorf("%d %v", answer.Status, answer.Header)
		}
	})
	webtest.Scenario{Name: "a preflight passes from anywhere", Method: "OPTIONS", Path: "/api/v1/session",
		Headers: []string{"Origin", "https://evil.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"},
		Status:  204, WantHeaders: map[string]string{
			"Access-Control-Allow-Origin":      "*",
			"Access-Control-Allow-Methods":     "GET, POST, DELETE",
			"Access-Control-Allow-Headers":     "Authorization, Content-Type, Baton-Device, Last-Event-ID",
			"Access-Control-Allow-Credentials": "",
		}}.Run(t, s)
}

func TestAnyOrigin(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Origins = []string{"*"} }))
	session := s.Create(s.Token("bank"), "x")
	for _, origin := range []string{"https://anywhere.example", "null"} {
		webtest.Scenario{Name: origin, Method: "GET", Path: "/api/v1/session/" + session.Text, Headers: []string{"Origin", origin},
			Status: 200, WantHeaders: map[string]string{"Access-Control-Allow-Origin": origin}}.Run(t, s)
	}
}

// made is a session that came about beside the API, with the secrets that a creation answers.
func made(t *testing.T, s *webtest.Server, creation handoff.Creation) protected {
	t.Helper()
	session, secrets, err := s.Handoff.Create(t.Context(), creation)
	if err != nil {
		t.Fatal(err)
	}
	return protected{Session: webtest.Session{ID: string(session.ID), Text: secrets.Ticket.Reveal()}, Page: secrets.Page.Reveal()}
}

func tenantOf(client string) handoff.Tenant { return handoff.Tenant(webtest.Issuer + "|" + client) }

// A session's own list decides alone, else its tenant's, else the server's; the server's own pages always may.
func TestWhoseOriginListDecides(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) {
		d.Origins = []string{"https://server.example"}
		d.TenantOrigins = map[handoff.Tenant][]string{
			tenantOf("shop"): {"https://tenant.example"}, tenantOf("closed"): {}, tenantOf("open"): {"*"},
		}
	}))
	own := []string{"https://session.example"}
	for _, test := range []struct {
		name    string
		tenant  string
		own     []string
		allowed []string
	}{
		{"no list of its own: the server's", "other", nil, []string{"https://server.example"}},
		{"the tenant's", "shop", nil, []string{"https://tenant.example"}},
		{"the tenant's, which is empty", "closed", nil, nil},
		{"the tenant's, which is any", "open", nil, []string{"https://server.example", "https://tenant.example", "https://session.example", "null"}},
		{"the session's, not the server's", "other", own, own},
		{"the session's, not the tenant's", "shop", own, own},
		{"the session's, although the tenant allows any", "open", own, own},
	} {
		t.Run(test.name, func(t *testing.T) {
			session := made(t, s, handoff.Creation{Tenant: tenantOf(test.tenant), Origins: test.own})
			for _, origin := range []string{s.URL, "https://server.example", "https://tenant.example", "https://session.example", "null"} {
				allowed := origin == s.URL || slices.Contains(test.allowed, origin)
				answer := s.Do("GET", "/api/v1/session/events", "", "Authorization", session.Text, "Origin", origin)
				readable := answer.Header.Get("Access-Control-Allow-Origin") == origin
				if want := map[bool]int{true: 200, false: 403}[allowed]; answer.Status != want || readable != allowed {
					t.Errorf("a poll from %s: %d, readable %v; want %d", origin, answer.Status, readable, want)
				}
				channel := s.Dial("Origin", origin) // this server has an open list, so any may knock
				channel.Say(`{"qrCodeText":"` + session.Text + `"}`)
				if !allowed {
					wantClosed(t, channel, 4503, "FORBIDDEN")
				} else if got := channel.NextTold(); got.Type != "snapshot" {
					t.Errorf("a channel from %s begins with %v", origin, got)
				}
			}
			creation := s.Do("POST", "/api/v1/session", `{"data":"x"}`, "Authorization", "Bearer "+s.Token(test.tenant), "Content-Type", jsonType, "Origin", "https://tenant.example")
			if want := map[bool]int{true: 200, false: 403}[test.tenant == "shop" || test.tenant == "open"]; creation.Status != want {
				t.Errorf("a creation from the tenant's page: %d, want %d", creation.Status, want)
			}
		})
	}
}

// A refused page has done nothing, on any route.
func TestAForeignPageChangesNothing(t *testing.T) {
	s := webtest.Start(t)
	evil := []string{"Origin", "https://evil.example", "Content-Type", jsonType}
	session := made(t, s, handoff.Creation{Tenant: tenantOf("bank"), Token: handoff.NewToken("t")})
	separate := made(t, s, handoff.Creation{Tenant: tenantOf("bank"), Protection: handoff.Protection{Separate: true}})
	asHolder := append([]string{"Authorization", session.Text}, evil...)
	asPage := append([]string{"Authorization", separate.Page}, evil...)
	asBackend := append([]string{"Authorization", "Bearer " + s.Token("bank")}, evil...)
	for _, call := range []struct {
		method, path, body string
		headers            []string
	}{
		{"POST", "", `{"data":"x"}`, asBackend},
		{"POST", "/" + session.ID + "/events", `{"service":"SCAN"}`, asBackend},
		{"GET", "/" + session.ID + "/status", "", asBackend},
		{"GET", "", "", asHolder},
		{"GET", "/" + session.Text, "", evil},
		{"POST", "/open", "", asHolder},
		{"POST", "/confirm", `{"agree":true}`, asHolder},
		{"POST", "/report", `{"reason":"NOT_ME"}`, asHolder},
		{"POST", "/events", `{"service":"SCAN"}`, asHolder},
		{"GET", "/events", "", asHolder},
		{"GET", "/events", "", append([]string{"Accept", "text/event-stream"}, asHolder...)},
		{"GET", "/qr.svg", "", asHolder},
		{"POST", "/link", "", asHolder},
		{"DELETE", "", "", asHolder},
		{"DELETE", "/" + session.Text, "", evil},
		{"GET", "/events", "", asPage},
		{"GET", "/qr.svg", "", asPage},
		{"DELETE", "", "", asPage},
	} {
		answer := s.Do(call.method, "/api/v1/session"+call.path, call.body, call.headers...)
		wantAnswer(t, call.method+" "+call.path, answer, 403, "FORBIDDEN")
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s %s may be read by %s", call.method, call.path, got)
		}
	}
	for _, id := range []string{session.ID, separate.ID} {
		got, err := s.Handoff.ByID(t.Context(), handoff.SessionID(id))
		if err != nil || got.Seq != 0 || got.Status != handoff.StatusCreated {
			t.Errorf("%v, %v", got.Status, err)
		}
	}
}

func TestTheDemoIsOpenedUnderSeveralNames(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Demo = true }))
	session := s.Create(s.Token("bank"), "x")
	alias := []string{"Authorization", session.Text, "Origin", "http://baton.test:8080", "Host", "baton.test:8080"}
	if got := s.Do("GET", "/api/v1/session", "", alias...); got.Status != 200 {
		t.Errorf("its own page under another name: %d %s", got.Status, got.Body)
	}
	wantAnswer(t, "another's page", s.Do("GET", "/api/v1/session", "", "Authorization", session.Text, "Origin", "http://evil.test:8080", "Host", "baton.test:8080"), 403, "FORBIDDEN")
}

// panicking is an authenticator with a mistake in it.
type panicking struct{}

func (panicking) Verify(context.Context, string) (auth.Caller, error) { panic("a mistake") }

func TestPagesCanReadErrors(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) {
		d.Origins, d.Auth = []string{"https://shop.example"}, panicking{}
	}))
	shop := []string{"Origin", "https://shop.example"}
	huge := strings.Repeat("a", 3<<20)
	for _, sc := range []webtest.Scenario{
		{Name: "no such session", Method: "GET", Path: "/api/v1/session/unknown", Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND"},
		{Name: "no credential", Method: "GET", Path: "/api/v1/session", Status: 401, Code: "UNAUTHORIZED"},
		{Name: "no such route", Method: "GET", Path: "/api/v1/nothing/here", Status: 404, Code: "NOT_FOUND"},
		{Name: "no such method", Method: "PATCH", Path: "/api/v1/session", Status: 405, Code: "METHOD_NOT_ALLOWED"},
		{Name: "a failed upgrade", Method: "GET", Path: "/ws/v1/session", Headers: []string{"Connection", "Upgrade", "Upgrade", "websocket"}, Status: 426, Code: "UPGRADE_REQUIRED"},
		{Name: "a panic", Method: "POST", Path: "/api/v1/session", Headers: []string{"Authorization", "Bearer x", "Content-Type", jsonType}, Body: `{"data":""}`, Status: 500, Code: "UNEXPECTED_ERROR"},
	} {
		sc.Headers = append(sc.Headers, shop...)
		sc.WantHeaders = map[string]string{"Access-Control-Allow-Origin": "https://shop.example", "Vary": "Origin", "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
		sc.Run(t, s)
	}
	t.Run("a body that is refused before any route", func(t *testing.T) {
		answer := raw(t, s, "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\nContent-Length: "+strconv.Itoa(len(huge))+"\r\n\r\n")
		for _, part := range []string{"413", "Access-Control-Allow-Origin: https://shop.example", "Vary: Origin", "X-Content-Type-Options: nosniff"} {
			if !strings.Contains(answer, part) {
				t.Errorf("it lacks %q: %s", part, answer)
			}
		}
	})
	t.Run("headers that are refused before any route", func(t *testing.T) {
		answer := raw(t, s, "GET /api/v1/session HTTP/1.1\r\nHost: x\r\nAuthorization: "+huge[:20<<10]+"\r\n\r\n")
		for _, part := range []string{"431", "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer"} {
			if !strings.Contains(answer, part) {
				t.Errorf("it lacks %q: %s", part, answer)
			}
		}
	})
}

func TestClientAddress(t *testing.T) {
	for name, test := range map[string]struct {
		proxies   []string
		forwarded []string
		want      string
	}{
		"without proxies nobody is believed": {nil, []string{"203.0.113.9"}, "127.0.0.1"},
		"a proxy's word is taken":            {[]string{"127.0.0.1"}, []string{"203.0.113.9"}, "203.0.113.9"},
		"only the rightmost stranger counts": {[]string{"127.0.0.0/8"}, []string{"6.6.6.6, 203.0.113.9"}, "203.0.113.9"},
		"a chain of proxies is followed":     {[]string{"127.0.0.1", "10.0.0.0/8"}, []string{"6.6.6.6, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"over several headers":               {[]string{"127.0.0.1", "10.0.0.0/8"}, []string{"6.6.6.6", "203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"a mapped address is the plain one":  {[]string{"127.0.0.1"}, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"a proxy that writes the port":       {[]string{"127.0.0.1"}, []string{"6.6.6.6, 203.0.113.9:4711"}, "203.0.113.9"},
		"and of IPv6":                        {[]string{"127.0.0.1"}, []string{"[2001:db8::9]:4711"}, "2001:db8::9"},
		"brackets without a port":            {[]string{"127.0.0.1"}, []string{"[2001:db8::9]"}, "2001:db8::9"},
		"what is no address ends the chain":  {[]string{"127.0.0.1", "10.0.0.0/8"}, []string{"203.0.113.9, evil, 10.1.2.3"}, "10.1.2.3"},
		"a request of the proxies' own":      {[]string{"127.0.0.1", "10.0.0.0/8"}, []string{"10.1.2.3"}, "10.1.2.3"},
		"a proxy that says nothing":          {[]string{"127.0.0.1"}, nil, "127.0.0.1"},
		"another's word is not taken":        {[]string{"10.0.0.0/8"}, []string{"203.0.113.9"}, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.TrustedProxies = test.proxies }))
			var headers []string
			for _, line := range test.forwarded {
				headers = append(headers, "X-Forwarded-For", line)
			}
			s.Do("GET", "/nothing", "", headers...)
			if !strings.Contains(s.Log.String(), `"client":"`+test.want+`"`) {
				t.Errorf("want %s; the log says %s", test.want, s.Log.String())
			}
		})
	}
}

func TestPerAddressCapCountsTheClient(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) {
		d.TrustedProxies, d.Channels.PerAddress = []string{"127.0.0.1"}, 1
	}))
	for i, test := range []struct {
		client  string
		refused bool
	}{
		{"203.0.113.1", false}, {"203.0.113.2", false}, {"203.0.113.1", true},
		{"2001:db8:1:2::1", false}, {"2001:db8:1:2:ffff::9", true}, {"2001:db8:1:3::1", false},
	} {
		channel := s.Dial("X-Forwarded-For", test.client)
		if test.refused {
			wantClosed(t, channel, 4029, "TOO_MANY_REQUESTS")
			continue
		}
		if err := channel.SetReadDeadline(shortly()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := channel.ReadMessage(); err == nil || !strings.Contains(err.Error(), "timeout") {
			t.Errorf("channel %d from %s ends with %v", i, test.client, err)
		}
	}
}

func TestRequestID(t *testing.T) {
	behind := webtest.Start(t, webtest.With(func(d *web.Deps) { d.TrustedProxies = []string{"127.0.0.1"} }))
	alone := webtest.Start(t)
	for name, test := range map[string]struct {
		server *webtest.Server
		sent   string
		taken  bool
	}{
		"a proxy's is taken":        {behind, "abc-123", true},
		"a stranger's is not":       {alone, "abc-123", false},
		"not with other characters": {behind, "abc 123\"", false},
		"not when it is too long":   {behind, strings.Repeat("a", 65), false},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.server.Do("GET", "/healthz", "", "X-Request-ID", test.sent).Header.Get("X-Request-ID")
			if got == "" || (got == test.sent) != test.taken {
				t.Errorf("the answer's id is %q", got)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	_, err := web.New(web.Deps{TrustedProxies: []string{"proxy.example"}, Origins: []string{"shop.example", "https://shop.example/path"},
		TenantOrigins: map[handoff.Tenant][]string{"bank": {"https://*.example"}}})
	if err == nil {
		t.Fatal("it was built")
	}
	for _, part := range []string{"Handoff", "public URL", "trusted proxy", "origin"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not mention %q", err, part)
		}
	}
	if got := strings.Count(err.Error(), "an origin is written"); got != 3 {
		t.Errorf("%d of 3 origins are named: %v", got, err)
	}
}
