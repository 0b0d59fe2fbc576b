package web

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
)

// originList is the pages whose scripts may call the API.
type originList struct {
	any    bool
	listed []string // canonical
}

func (l originList) holds(canonical string) bool {
	return l.any || slices.Contains(l.listed, canonical)
}

// origins is which pages' scripts may call the API. A session's own list decides alone, else its tenant's, else the
// server's; the server's own pages always may.
type origins struct {
	own     string
	aliases bool // a page may have been opened under any name of this server, not only its public one
	server  originList
	tenants map[handoff.Tenant]originList
}

// parseOrigins reads the lists. An origin is scheme://host[:port] without anything after it, as browsers send it.
func parseOrigins(own *url.URL, server []string, tenants map[handoff.Tenant][]string) (origins, error) {
	o := origins{tenants: make(map[handoff.Tenant]originList, len(tenants))}
	if own != nil {
		o.own, _ = canonicalOrigin(own.Scheme + "://" + own.Host)
	}
	var problems []error
	parse := func(texts []string) (list originList) {
		for _, text := range texts {
			if text == "*" {
				list.any = true
				continue
			}
			origin, ok := canonicalOrigin(text)
			if !ok || strings.Contains(origin, "*") { // which would look like a pattern, and match nothing
				problems = append(problems, errors.New("web: an origin is written as https://example.com or https://example.com:8443, or is *"))
				continue
			}
			list.listed = append(list.listed, origin)
		}
		return list
	}
	o.server = parse(server)
	for tenant, list := range tenants {
		o.tenants[tenant] = parse(list)
	}
	return o, errors.Join(problems...)
}

// canonicalOrigin returns an origin as browsers send it: lower case, no default port.
func canonicalOrigin(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || !strings.EqualFold(text, u.Scheme+"://"+u.Host) {
		return "", false
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host, !strings.HasSuffix(host, ":")
}

// ours reports whether the origin is the server's own. host is the request's own Host. Whoever makes a name of his resolve
// to this server can choose it, so it says nothing but in a demo, which people open under several addresses.
func (o origins) ours(origin, host string) bool {
	canonical, ok := canonicalOrigin(origin)
	if !ok {
		return false
	}
	if canonical == o.own {
		return true
	}
	scheme, _, _ := strings.Cut(canonical, "://")
	alias, ok := canonicalOrigin(scheme + "://" + host)
	return o.aliases && ok && alias == canonical
}

// thinkable reports whether some list could allow the origin. Any that a session's own list may hold is.
func (o origins) thinkable(origin string) bool {
	_, ok := canonicalOrigin(origin)
	return ok || o.configured(origin)
}

// configured reports whether the server's or a tenant's list holds the origin: what can be said before the session is
// known.
func (o origins) configured(origin string) bool {
	canonical, _ := canonicalOrigin(origin) // "null" is none: a sandboxed frame or a file
	for _, list := range o.tenants {
		if list.holds(canonical) {
			return true
		}
	}
	return o.server.holds(canonical)
}

// allows is the rule for a session of a tenant, with its own list, and for a tenant's call without a session.
func (o origins) allows(origin string, tenant handoff.Tenant, session []string) bool {
	canonical, _ := canonicalOrigin(origin)
	if len(session) > 0 {
		return slices.Contains(session, canonical)
	}
	if list, given := o.tenants[tenant]; given {
		return list.holds(canonical)
	}
	return o.server.holds(canonical)
}

func originRefused() error {
	return &handoff.Error{Code: handoff.CodeForbidden,
		Message: "Pages of this origin may not use this session. Ask its creator or the operator to allow the origin."}
}

// crossOrigin begins the origin rule for the API and for the channel's upgrade. A request without Origin passes: it comes
// from no browser's page, and still needs a credential. A preflight passes from anywhere; the real request is checked when
// its session or tenant is known, and refused here only if no list could allow it.
func (s *Server) crossOrigin(c *fiber.Ctx) error {
	origin := header(c, fiber.HeaderOrigin)
	if method(c) == http.MethodOptions && header(c, fiber.HeaderAccessControlRequestMethod) != "" && origin != "" {
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
		c.Set(fiber.HeaderAccessControlAllowMethods, "GET, POST, DELETE")
		c.Set(fiber.HeaderAccessControlAllowHeaders, "Authorization, Content-Type, Baton-Device, Last-Event-ID")
		c.Set(fiber.HeaderAccessControlMaxAge, "600")
		return noContent(c)
	}
	seen, _ := exchangeOf(c)
	s.readOrigin(c, seen)
	setCrossOriginHeaders(c, seen)
	if !s.mayAsk(seen.asker) {
		return originRefused()
	}
	return c.Next()
}

// readOrigin notes what the request's Origin is worth as long as its session is not known.
func (s *Server) readOrigin(c *fiber.Ctx, seen *exchange) {
	seen.checked, seen.origin = true, header(c, fiber.HeaderOrigin)
	if seen.origin != "" {
		seen.ours = s.origins.ours(seen.origin, host(c))
		seen.readable = seen.ours || s.origins.configured(seen.origin)
	}
}

// asker is the page that sends a request.
type asker struct {
	origin string // the request's Origin; empty where no page sends it
	ours   bool   // it is the server's own
}

func (s *Server) mayAsk(page asker) bool {
	return page.origin == "" || page.ours || s.origins.thinkable(page.origin)
}

// mayUse is the whole origin rule.
func (s *Server) mayUse(page asker, tenant handoff.Tenant, session []string) bool {
	return page.origin == "" || page.ours || s.origins.allows(page.origin, tenant, session)
}

// allowOrigin ends the origin rule where the tenant, and the session if there is one, are known.
func (s *Server) allowOrigin(c *fiber.Ctx, seen *exchange, tenant handoff.Tenant, session []string) error {
	seen.readable = s.mayUse(seen.asker, tenant, session)
	setCrossOriginHeaders(c, seen)
	if !seen.readable {
		return originRefused()
	}
	return nil
}

// setCrossOriginHeaders lets the page read the answer, an error too, if it may. Credentials are never allowed: the API
// takes no cookie.
func setCrossOriginHeaders(c *fiber.Ctx, seen *exchange) {
	if !seen.checked {
		return
	}
	c.Vary(fiber.HeaderOrigin)
	if seen.origin == "" || !seen.readable {
		c.Response().Header.Del(fiber.HeaderAccessControlAllowOrigin)
		return
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, seen.origin)
	c.Set(fiber.HeaderAccessControlExposeHeaders, "X-Request-ID, Retry-After, Date")
}

// protectForms refuses state changes that another site's page sends with this site's cookies. It guards every route
// that takes a cookie; browsers say themselves where a request comes from, so no token is needed.
func (s *Server) protectForms(c *fiber.Ctx) error {
	r, err := toHTTP(c, "")
	if err != nil {
		return err
	}
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return &handoff.Error{Code: handoff.CodeForbidden, Err: err,
			Message: "This form was sent from another site. Open the page here and send it again."}
	}
	return c.Next()
}

func parseProxies(list []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range list {
		if addr, err := netip.ParseAddr(text); err == nil {
			proxies = append(proxies, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, errors.New("web: a trusted proxy is written as an address or as a range such as 10.0.0.0/8")
		}
		proxies = append(proxies, prefix.Masked())
	}
	return proxies, nil
}

func (s *Server) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func remoteAddr(c *fiber.Ctx) netip.Addr {
	addr, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return addr.Unmap()
}

func (s *Server) fromProxy(c *fiber.Ctx) bool { return s.trusts(remoteAddr(c)) }

// clientAddr is the rightmost hop that is no trusted proxy. What stands left of it in X-Forwarded-For is only what that
// hop claims.
func (s *Server) clientAddr(c *fiber.Ctx) netip.Addr {
	client := remoteAddr(c)
	if !s.trusts(client) {
		return client
	}
	var hops []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for _, hop := range slices.Backward(hops) {
		addr, ok := hopAddr(strings.TrimSpace(hop))
		if !ok {
			return client
		}
		client = addr
		if !s.trusts(client) {
			return client
		}
	}
	return client
}

// hopAddr reads what proxies write of a hop: an address, with its port at some of them.
func hopAddr(hop string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]")); err == nil {
		return addr.Unmap(), true
	}
	addr, err := netip.ParseAddrPort(hop)
	return addr.Addr().Unmap(), err == nil
}
