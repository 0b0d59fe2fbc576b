package web_test

import (
	"strings"
	"testing"

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
			"Access-Control-Allow-Origin": "https://shop.example", "Access-Control-Expose-Headers": "X-Request-ID, Retry-After", "Access-Control-Allow-Credentials": "", "Vary": "Origin"}},
		{Name: "the server's own passes", Headers: []string{"Origin", s.URL}, Status: 200, WantHeaders: map[string]string{"Access-Control-Allow-Origin": s.URL}},
		{Name: "so does the name that the page was opened under", Headers: []string{"Origin", "http://baton.test:8080", "Host", "baton.test:8080"}, Status: 200},
		{Name: "another is refused", Headers: []string{"Origin", "https://evil.example"}, Status: 403, Code: "FORBIDDEN", WantHeaders: map[string]string{"Access-Control-Allow-Origin": "", "Vary": "Origin"}, Lacks: []string{"evil", session.ID}},
		{Name: "a listed one's lookalike is refused", Headers: []string{"Origin", "https://shop.example.evil"}, Status: 403, Code: "FORBIDDEN"},
		{Name: "a listed one with a path is refused", Headers: []string{"Origin", "https://shop.example/"}, Status: 403, Code: "FORBIDDEN"},
		{Name: "null is refused", Headers: []string{"Origin", "null"}, Status: 403, Code: "FORBIDDEN"},
	} {
		sc.Method, sc.Path = "GET", path
		sc.Run(t, s)
	}
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
	_, err := web.New(web.Deps{TrustedProxies: []string{"proxy.example"}, Origins: []string{"shop.example", "https://shop.example/path"}})
	if err == nil {
		t.Fatal("it was built")
	}
	for _, part := range []string{"Handoff", "public URL", "trusted proxy", "origin"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not mention %q", err, part)
		}
	}
}
