// Package web is the edge: it speaks HTTP and WebSocket and turns them into calls of the domain. It is the only
// package that knows Fiber. It decides nothing about sessions.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"baton/internal/auth"
	"baton/internal/brand"
	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/relay"
	"baton/internal/snippets"
	"baton/internal/timeline"
)

const (
	headerLimit = 16 << 10 // bytes of a request's headers: room for an 8 KiB bearer
	// hardBodyLimit is where the connection is cut. It lies far above bodyLimit, because a client that is still writing
	// when the connection is closed sees a reset instead of the answer.
	hardBodyLimit = 2 << 20
	bodyLimit     = 128 << 10 // bytes of an API body: 16 KiB of data, each byte escaped, and a token
	sandboxLimit  = 512 << 10 // bytes of a body for the sandbox

	readTimeout    = 15 * time.Second // for a whole request, so that a slow sender holds no connection
	idleTimeout    = 75 * time.Second // between two requests of a connection
	requestTimeout = 10 * time.Second // for a handler's work
)

// Authenticator says which tenant a bearer belongs to; *auth.Verifier is one. Errors: auth.ErrInvalid,
// auth.ErrUnavailable.
type Authenticator interface {
	Verify(ctx context.Context, bearer string) (auth.Caller, error)
}

// Deps is everything a Server needs. It owns none of it.
type Deps struct {
	Handoff *handoff.Service
	Auth    Authenticator

	Registration *registration.Service // nil: no demo pages
	Sandbox      http.Handler          // nil: no stand-in for the provider; mounted under /sandbox

	Snippets snippets.Values // what /integrate puts into the snippets; Server is always the PublicURL

	Policy handoff.Policy // what every creation must ask for

	PublicURL *url.URL // scheme and host as people reach the server; every link is built from it
	// Origins are those of pages that may call the API and open channels; "*" is any. TenantOrigins decide alone for a tenant
	// that has an entry, be it empty, and a session's own list for that session. The server's own pages always may.
	Origins        []string
	TenantOrigins  map[handoff.Tenant][]string
	TrustedProxies []string // addresses and CIDR ranges whose X-Forwarded-For is believed

	Ready func(context.Context) error // can the store write; nil: always
	Docs  bool                        // serve /reference and the documents behind it, and let errors lead there
	Demo  bool                        // loopback counts against no limit of calls, and any name of the server is its own
	// ConsoleOpen lets everybody see the presenter's pages, and not only whoever sits at the demo's machine.
	ConsoleOpen bool
	// Presets are what the demo can ask of a phone, for /console; nil: there is none.
	Presets registration.PresetStore
	// Wishes is where the console's choice for the next hand-over is kept; nil: nothing can be chosen.
	Wishes Wishes
	// Brand is whose the pages are, and what /console/brand changes; nil: views.ExampleBank for ever.
	Brand *brand.Service
	Log   *slog.Logger     // nil discards
	Now   func() time.Time // nil: the system's clock

	Audit handoff.Auditor // of what happens at the edge; nil: none

	Limits      Limits       // bounds of calls; zero fields take their defaults
	Channels    relay.Config // bounds of channels; zero fields take their defaults
	Connections Connections  // bounds of connections; zero fields take their defaults

	// Timeline keeps what the parties say to one another, for /console; nil: nobody does, and nothing is looked at for it.
	Timeline *timeline.Recorder

	// Witness is shown every exchange of the API and of the probes, once it is answered; nil: nobody is. Tests hold it against
	// what the documents say.
	Witness func(Exchange)
}

// Server is the HTTP and WebSocket edge.
type Server struct {
	deps     Deps
	app      *fiber.App
	channels *relay.Registry
	origins  origins
	proxies  []netip.Prefix
	limits   *limiter
	docs     *documentation
	log      *slog.Logger
	now      func() time.Time

	readiness readiness
	lives     lives // of timelines

	mu       sync.Mutex
	listener net.Listener
	stopped  bool
}

// New builds a server and its routes. It names everything that is wrong with deps in one error.
func New(deps Deps) (*Server, error) {
	s := &Server{deps: deps, log: deps.Log, now: deps.Now}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	var problems []error
	if deps.Handoff == nil || deps.Auth == nil {
		problems = append(problems, errors.New("web: Handoff and Auth are needed"))
	}
	if deps.PublicURL == nil || deps.PublicURL.Host == "" || (deps.PublicURL.Scheme != "http" && deps.PublicURL.Scheme != "https") {
		problems = append(problems, errors.New("web: the public URL needs http or https and a host"))
	}
	var err error
	if s.proxies, err = parseProxies(deps.TrustedProxies); err != nil {
		problems = append(problems, err)
	}
	if s.origins, err = parseOrigins(deps.PublicURL, deps.Origins, deps.TenantOrigins); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if s.docs, err = s.documentation(); err != nil {
		return nil, err
	}
	s.origins.aliases = deps.Demo
	s.deps.Auth = onceAuth{deps.Auth}
	s.limits = newLimiter(deps.Limits)
	s.readiness = readiness{ask: deps.Ready, log: s.log}
	deps.Channels.Log = s.log
	s.channels = relay.NewRegistry(deps.Handoff, deps.Channels)
	s.app = fiber.New(fiber.Config{
		Immutable:     true, // a Ctx's strings are windows into a buffer that the next request overwrites
		StrictRouting: true,
		CaseSensitive: true,

		EnableTrustedProxyCheck: true, // with no proxies: no forwarded header is ever believed by Fiber

		ReadBufferSize:               headerLimit,
		BodyLimit:                    hardBodyLimit,
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  readTimeout,
		IdleTimeout:                  idleTimeout, // and no WriteTimeout: it would cut streams
		ReduceMemoryUsage:            true,        // a waiting channel then gives its read buffer back

		ErrorHandler:          s.handleError,
		DisableStartupMessage: true,
	})
	s.routes()
	s.app.Server().Handler = s.knownMethodsOnly(s.app.Handler())
	s.letTimeline(s.app.Server())
	s.letWitness(s.app.Server())
	return s, nil
}

// Serve answers requests on ln until Shutdown, then returns nil. It owns ln.
func (s *Server) Serve(ln net.Listener) error {
	entrance := newDoor(ln, s.deps.Connections, s.trusts, s.log)
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		return entrance.Close()
	}
	s.listener = entrance
	s.mu.Unlock()
	if err := s.app.Listener(entrance); err != nil {
		return fmt.Errorf("web: serve: %w", err)
	}
	return nil
}

// Shutdown stops accepting, closes every channel with 4000, lets requests finish, and returns when the last has, or
// with ctx's error. The store may be closed after it.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	listener := s.listener
	s.mu.Unlock()
	if listener != nil {
		_ = listener.Close() // the accept loop ends; what has been accepted goes on
	}
	errChannels := s.channels.CloseAll(ctx)
	s.lives.end()
	return errors.Join(errChannels, s.app.ShutdownWithContext(ctx))
}
