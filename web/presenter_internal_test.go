package web

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/gofiber/fiber/v2"

	"baton/internal/auth"
	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

// The presenter's pages open on the machine itself, under a name that only it answers to.
func TestWhoSeesThePresentersPages(t *testing.T) {
	for name, test := range map[string]struct {
		demo, open bool
		host       string // %s is the port
		header     string
		want       int
	}{
		"the machine":                           {true, false, "localhost:%s", "", 200},
		"by address":                            {true, false, "127.0.0.1:%s", "", 200},
		"by IPv6":                               {true, false, "[::1]:%s", "", 200},
		"a name below localhost":                {true, false, "baton.localhost:%s", "", 200},
		"a foreign name that leads here":        {true, false, "evil.example:%s", "", 404},
		"a name that only looks like localhost": {true, false, "notlocalhost:%s", "", 404},
		"the address for phones":                {true, false, "192.168.1.20:%s", "", 404},
		"a proxy on the machine":                {true, false, "localhost:%s", "X-Forwarded-For", 404},
		"another kind of proxy":                 {true, false, "localhost:%s", "Forwarded", 404},
		"opened for all":                        {true, true, "evil.example:%s", "X-Forwarded-For", 200},
		"no demo":                               {false, false, "localhost:%s", "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			sessions := handoff.NewService(handofftest.NewStore(), handofftest.NewBell(), nil, nil)
			s, err := New(Deps{
				Handoff: sessions, Auth: auth.Gate{}, PublicURL: &url.URL{Scheme: "http", Host: "192.168.1.20:8080"},
				Demo: test.demo, ConsoleOpen: test.open,
			})
			if err != nil {
				t.Fatal(err)
			}
			s.app.Add(fiber.MethodGet, "/presented", s.presenters, func(c *fiber.Ctx) error { return c.SendStatus(200) })
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- s.Serve(listener) }()
			defer func() { _ = s.Shutdown(t.Context()); <-served }()

			request, err := http.NewRequest("GET", "http://"+listener.Addr().String()+"/presented", nil)
			if err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(listener.Addr().String())
			request.Host = fmt.Sprintf(test.host, port)
			if test.header != "" {
				request.Header.Set(test.header, "for=203.0.113.9")
			}
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != test.want {
				t.Errorf("%d, want %d", response.StatusCode, test.want)
			}
		})
	}
}
