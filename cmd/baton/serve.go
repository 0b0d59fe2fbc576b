package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"baton/internal/auth"
	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/infoapi"
	"baton/internal/registration"
	"baton/internal/relay"
	"baton/sqlite"
	"baton/views"
	"baton/web"
)

// registrationTenant owns the sessions of the sample registration, apart from every backend's.
const registrationTenant handoff.Tenant = "registration"

// ServeCmd runs the relay for production.
type ServeCmd struct {
	Site   siteFlags  `embed:""`
	Policy string     `default:"default" placeholder:"POLICY" help:"default, or strict: creations must ask for every protection and name a token for the phone."`
	Auth   authFlags  `embed:""`
	Limits limitFlags `embed:""`
	Info   infoFlags  `embed:""`
}

// Run serves until ctx ends.
func (c *ServeCmd) Run(ctx context.Context, env *environment) error {
	site := c.Site.check(env)
	if c.Site.PublicURL == "" {
		env.flagProblem("public-url", "is missing: the address under which browsers and phones reach this server, such as https://baton.example.com")
	}
	gate := c.Auth.check(env, site.log)
	origins := c.Limits.check(env)
	c.Info.check(env)
	if c.Policy != "default" && c.Policy != "strict" {
		env.flagProblem("policy", "is default or strict, not %q", c.Policy)
	}
	if err := env.wrong(); err != nil {
		return err
	}
	return c.serve(ctx, env, site, gate, origins)
}

func (c *ServeCmd) serve(ctx context.Context, env *environment, site site, gate auth.Gate, tenantOrigins map[handoff.Tenant][]string) (err error) {
	listener, err := listen(ctx, site.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	db, err := openStore(ctx, site.db, site.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	bell := relay.NewBell()
	trail, closeTrail, err := c.Site.Audit.open(env.stdout, auditBeside(site.db), site.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeTrail()) }()
	sessions := handoff.NewService(db, bell, nil, site.log).Audit(trail)
	signUp, err := c.registration(db, sessions, site)
	if err != nil {
		return err
	}
	server, err := web.New(web.Deps{
		Handoff: sessions, Auth: gate, Registration: signUp, Policy: handoff.Policy{Strict: c.Policy == "strict"},
		Docs: c.Site.Docs, Witness: witness, PublicURL: site.publicURL, Origins: site.origins, TenantOrigins: tenantOrigins, TrustedProxies: site.trustedProxies,
		Limits: c.Limits.limits(), Audit: trail,
		Ready: db.Ready, Log: site.log,
	})
	if err != nil {
		return err
	}
	own := loopbackURL(listener.Addr().(*net.TCPAddr))
	beside := []func(context.Context){
		func(ctx context.Context) { sessions.Sweep(ctx, sweepEvery) },
		func(ctx context.Context) { db.Shrink(ctx, sweepEvery) },
	}
	if gate.Keys != nil {
		beside = append(beside, func(ctx context.Context) { gate.Keys.Watch(ctx, c.Auth.APIKeysEvery, site.log) })
	}
	if signUp != nil {
		beside = append(beside, func(ctx context.Context) { signUp.Sweep(ctx, sweepEvery) })
	}
	return stage{
		server: server, listener: listener, own: own,
		beside: beside, stopTimeout: site.stopTimeout, log: site.log,
		started: func() {
			fmt.Fprintf(env.stdout, "Baton %s answers at %s and is reached at %s\n", versionText(), own, site.publicURL)
		},
	}.play(ctx)
}

// registration is the sample registration where it was asked for, else nil.
func (c *ServeCmd) registration(db *sqlite.DB, sessions *handoff.Service, site site) (*registration.Service, error) {
	if !c.Info.DemoRegistration {
		return nil, nil
	}
	provider, err := infoapi.New(infoapi.Config{
		BaseURL: c.Info.InfoURL, TokenURL: c.Info.InfoTokenURL, JWKSURL: c.Info.InfoJWKSURL,
		ClientID: c.Info.InfoClientID, ClientSecret: c.Info.InfoClientSecret,
		Issuer: c.Info.InfoIssuer, Audience: c.Info.InfoAudience,
	})
	if err != nil {
		return nil, err
	}
	return newRegistration(db, sessions, provider, handoff.Protection{Once: true, Separate: true, Confirm: handoff.ConfirmPrompt}, 0, nil, nil, site), nil
}

func newRegistration(db *sqlite.DB, sessions *handoff.Service, provider registration.Provider, protection handoff.Protection,
	codeLifetime time.Duration, ask asking, asker func() string, site site) *registration.Service {
	asked := askedBy(enrolment.Default())
	return registration.NewService(registration.Config{
		Store: db, Handoff: sessions, Provider: provider, Data: asked.Data, Steps: asked.Steps, Ask: ask, Tenant: registrationTenant,
		Protection: protection, Requester: handoff.Requester{Name: views.ExampleBank}, Asker: asker, CodeLifetime: codeLifetime, Log: site.log,
	})
}
