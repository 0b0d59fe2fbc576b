package main

import (
	"strings"

	"baton/internal/handoff"
	"baton/web"
)

// limitFlags say how often `serve` may be called. Zero is the default that stands in the help; a negative number is no
// limit.
type limitFlags struct {
	LimitCreations float64  `placeholder:"N" help:"Creations a second, of one tenant and from one address: 5000."`
	LimitSessions  int      `placeholder:"N" help:"Sessions that one tenant may create in any half hour: 10000000."`
	LimitPhone     float64  `placeholder:"N" help:"Calls of phones a second from one address (a whole office may share one): 500."`
	LimitWatch     float64  `placeholder:"N" help:"Channels, streams and polls opened a second from one address: 500."`
	LimitGuesses   float64  `placeholder:"N" help:"Refused bearers, and unknown codes, a second from one address: 5, and 300 at once."`
	TenantOrigins  []string `placeholder:"TENANT=ORIGIN" help:"Page origins of one tenant, which then decide instead of --origins; may repeat. A tenant is issuer|client or key|name."`
}

func (f limitFlags) limits() web.Limits {
	return web.Limits{
		Create:   web.Limit{Address: web.Rate{PerSecond: f.LimitCreations}, Tenant: web.Rate{PerSecond: f.LimitCreations}},
		Phone:    web.Limit{Address: web.Rate{PerSecond: f.LimitPhone}},
		Watch:    web.Limit{Address: web.Rate{PerSecond: f.LimitWatch}},
		Guesses:  web.Rate{PerSecond: f.LimitGuesses},
		Sessions: f.LimitSessions,
	}
}

// check returns the origins by tenant.
func (f limitFlags) check(env *environment) map[handoff.Tenant][]string {
	origins := map[handoff.Tenant][]string{}
	for _, text := range trimmed(f.TenantOrigins) {
		// A tenant may hold a = and an origin cannot.
		i := strings.LastIndex(text, "=")
		if i <= 0 {
			env.flagProblem("tenant-origins", "takes TENANT=ORIGIN, such as key|shop=https://shop.example.com")
			continue
		}
		origin, err := parseOrigin(text[i+1:])
		if err != nil {
			env.flagProblem("tenant-origins", "%q %v", text[i+1:], err)
			continue
		}
		tenant := handoff.Tenant(text[:i])
		origins[tenant] = append(origins[tenant], origin)
	}
	return origins
}
