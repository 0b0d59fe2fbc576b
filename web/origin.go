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

// origins is which pages' scripts may call the API.
type origins struct {
	any    bool
	listed []string // canonical; the server's own among them
}

// parseOrigins reads the server's own URL and the list. An origin is scheme://host[:port] without anything after it.
func parseOrigins(own *url.URL, list []string) (origins, error) {
	var o origins
	var problems []error
	if own != nil {
		if origin, ok := canonicalOrigin(own.Scheme + "://" + own.Host); ok {
			o.listed = append(o.listed, origin)
		}
	}
	for _, text := range list {
		if text == "*" {
			o.any = true
			continue
		}
		origin, ok := canonicalOrigin(text)
		if !ok {
			problems = append(problems, errors.New("web: an origin is written as https://example.com or https://example.com:8443, or is *"))
			continue
		}
		o.listed = append(o.listed, origin)
	}
	return o, errors.Join(problems...)
}

// canonicalOrigin returns an origin as browsers send it: lower case, no default port.
func canonicalOrigin(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return "", false
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host, true
}

// allows reports whether a request with the Origin may be answered. host is the request's own Host: a page may have
// been opened under another name of this server than its public one.
func (o origins) allows(origin, host string) bool {
	if o.any {
		return true
	}
	canonical, ok := canonicalOrigin(origin)
	if !ok {
		return false // "null", too: a sandboxed frame or a file
	}
	if slices.Contains(o.listed, canonical) {
		return true
	}
	own, ok := canonicalOrigin(canonical[:strings.Index(canonical, "://")] + "://" + host)
	return ok && own == canonical
}

// allowOrigins is the origin rule of the API and of the channel's upgrade. A request without Origin passes: it comes
// from no browser's page, and still needs a credential. A preflight passes from anywhere; the real request is checked.
func (s *Server) allowOrigins(c *fiber.Ctx) error {
	origin := header(c, fiber.HeaderOrigin)
	if method(c) == http.MethodOptions && header(c, fiber.HeaderAccessControlRequestMethod) != "" && origin != "" {
		c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
		c.Set(fiber.HeaderAccessControlAllowMethods, "GET, POST, DELETE")
		c.Set(fiber.HeaderAccessControlAllowHeaders, "Authorization, Content-Type, Baton-Device, Last-Event-ID")
		c.Set(fiber.HeaderAccessControlMaxAge, "600")
		return noContent(c)
	}
	c.Vary(fiber.HeaderOrigin)
	if origin == "" {
		return c.Next()
	}
	if !s.origins.allows(origin, host(c)) {
		return &handoff.Error{Code: handoff.CodeForbidden,
			Message: "Pages of this origin may not call the API. Ask the operator to allow the origin."}
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
	c.Set(fiber.HeaderAccessControlExposeHeaders, "X-Request-ID, Retry-After")
	return c.Next()
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
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return client
		}
		client = addr.Unmap()
		if !s.trusts(client) {
			return client
		}
	}
	return client
}
