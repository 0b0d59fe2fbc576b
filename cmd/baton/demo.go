package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"baton/internal/auth"
	"baton/internal/brand"
	"baton/internal/handoff"
	"baton/internal/infoapi"
	"baton/internal/qr"
	"baton/internal/relay"
	"baton/internal/sandbox"
	"baton/internal/snippets"
	"baton/internal/timeline"
	"baton/views"
	"baton/web"
)

// DemoCmd runs everything in one process.
type DemoCmd struct {
	Site         siteFlags     `embed:""`
	CodeLifetime time.Duration `default:"30m" placeholder:"TIME" help:"How long the registration's codes are valid, 1m to 30m; a short one shows what happens afterwards."`
	Confirm      string        `default:"prompt" placeholder:"HOW" help:"What a phone must do before a registration's code works: none, prompt (agree to who asks) or number (enter the two digits that the page shows)."`
	ConsoleOpen  bool          `help:"Open /console and /gallery to everybody who reaches the demo, not only to this machine (under localhost)."`
	Brand        string        `file:"" placeholder:"FILE" help:"Whose the demo's pages are, as JSON: name, nameArabic, accent (a colour, or light and dark) and logo (the path of an SVG or PNG). /console/brand changes it."`
	Rotate       bool          `help:"Change the registration's code every 20 seconds, so that a photo of it soon stops working."`
}

// Run serves until ctx ends.
func (c *DemoCmd) Run(ctx context.Context, env *environment) (err error) {
	site := c.Site.check(env)
	if c.CodeLifetime < handoff.MinTTL || c.CodeLifetime > handoff.MaxTTL {
		env.flagProblem("code-lifetime", "takes 1m to 30m, not %v", c.CodeLifetime)
	}
	protection := c.protection(env)
	own, notes := c.brand(env)
	if err := env.wrong(); err != nil {
		return err
	}
	listener, err := listen(ctx, site.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	address := listener.Addr().(*net.TCPAddr)
	self := loopbackURL(address)
	if site.publicURL == nil {
		site.publicURL = demoURL(address, systemInterfaces())
	}
	if len(site.origins) == 0 {
		site.origins = []string{"*"} // an integrator's page, wherever it is being written
	}

	db, err := openStore(ctx, site.db, site.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	bell := relay.NewBell()
	trail, closeTrail, err := c.Site.Audit.open(env.stdout, "", site.log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeTrail()) }()
	said := timeline.New(nil)
	sessions := handoff.NewService(db, bell, nil, site.log).Audit(said.Auditor(trail))
	provider, err := sandbox.New(ctx, sandbox.Config{
		Store: db, ClientID: sandbox.DefaultClientID, ClientSecret: sandbox.DefaultClientSecret, Log: site.log,
	})
	if err != nil {
		return err
	}
	client, err := infoapi.New(infoapi.Config{
		BaseURL:  self.JoinPath("sandbox").String(),
		ClientID: sandbox.DefaultClientID, ClientSecret: sandbox.DefaultClientSecret,
		Issuer: sandbox.Issuer, Audience: sandbox.DefaultClientID,
		HTTPClient: said.Client(infoapi.NewTransport()),
	})
	if err != nil {
		return err
	}
	verifier, err := auth.New(auth.Config{Issuer: sandbox.Issuer, Clients: []string{sandbox.DefaultClientID}, Keys: provider.Keys()})
	if err != nil {
		return err
	}
	wears, err := brand.Open(ctx, db, own, c.Brand != "")
	if err != nil {
		return err
	}
	signUp := newRegistration(db, sessions, client, protection, c.CodeLifetime, askChosen(db), func() string { return wears.Now().Name }, site)
	server, err := web.New(web.Deps{
		Handoff: sessions, Auth: verifier, Registration: signUp, Sandbox: provider.Handler(),
		Snippets: snippets.Values{
			TokenURL: site.publicURL.JoinPath("sandbox/api/oauth/token").String(), Provider: site.publicURL.JoinPath("sandbox").String(),
			ClientID: sandbox.DefaultClientID, ClientSecret: sandbox.DefaultClientSecret,
			Issuer: sandbox.Issuer, Audience: sandbox.DefaultClientID,
		},
		Docs: c.Site.Docs, Witness: witness, PublicURL: site.publicURL, Origins: site.origins, TrustedProxies: site.trustedProxies,
		Ready: db.Ready, Demo: true, ConsoleOpen: c.ConsoleOpen, Presets: db, Wishes: provider, Brand: wears, Timeline: said, Audit: trail, Log: site.log,
	})
	if err != nil {
		return err
	}
	return stage{
		server: server, listener: listener, own: self,
		beside: []func(context.Context){
			func(ctx context.Context) { sessions.Sweep(ctx, sweepEvery) },
			func(ctx context.Context) { provider.Sweep(ctx, sweepEvery) },
			func(ctx context.Context) { signUp.Sweep(ctx, sweepEvery) },
			func(ctx context.Context) { db.Shrink(ctx, sweepEvery) },
			func(ctx context.Context) { said.Sweep(ctx, sweepEvery) },
		},
		stopTimeout: site.stopTimeout, log: site.log,
		started: func() {
			for _, note := range notes {
				fmt.Fprintf(env.stdout, "Brand: %s\n", note)
			}
			welcome(env.stdout, site.publicURL, address.IP.IsLoopback() && c.Site.PublicURL == "", c.Site.PublicURL != "", isTerminal(env.stdout))
		},
		stopped: func() {
			fmt.Fprintf(env.stdout, "The demo has stopped. What was registered is kept in %s.\n", site.db)
		},
	}.play(ctx)
}

// brand is whose the pages are at first, and what was decided about it.
func (c *DemoCmd) brand(env *environment) (brand.Brand, []string) {
	if c.Brand == "" {
		return brand.Brand{Name: views.ExampleBank}, nil
	}
	read, notes, err := brand.ReadFile(c.Brand)
	if err != nil {
		env.flagProblem("brand", "names a file that cannot be used:\n      %s", strings.ReplaceAll(err.Error(), "\n", "\n      "))
	}
	return read, notes
}

// protection is how the registration's codes guard their claim.
func (c *DemoCmd) protection(env *environment) handoff.Protection {
	confirm := handoff.Confirm(c.Confirm)
	switch c.Confirm {
	case "none":
		confirm = handoff.ConfirmNone
	case string(handoff.ConfirmPrompt), string(handoff.ConfirmNumber):
	default:
		env.flagProblem("confirm", "is none, prompt or number, not %q", c.Confirm)
	}
	return handoff.Protection{Once: true, Separate: true, Confirm: confirm, Rotate: c.Rotate}
}

// welcome tells where the demo is, and what to do with it. loopback says that it listens on this computer only and that no
// proxy can be meant, chosen that somebody named the public address.
func welcome(w io.Writer, public *url.URL, loopback, chosen, terminal bool) {
	start := public.String() + "/"
	where := ", on this computer or on a phone in the same network"
	if loopback {
		where = ""
	}
	fmt.Fprintf(w, "\n  Baton's demo is running. Open this address%s:\n\n      %s\n\n", where, start)
	if code, err := qr.Encode(start, qr.Low); err == nil {
		fmt.Fprintln(w, code.Terminal(terminal))
	}
	host := public.Hostname()
	switch ip := net.ParseIP(host); {
	case loopback:
		fmt.Fprintf(w, "  It listens on this computer only. For a phone, listen on every address:\n      baton demo --addr :%s   (or %s)\n\n",
			portOf(public), envName("addr"))
	case host == "localhost" || ip != nil && ip.IsLoopback():
		fmt.Fprintf(w, "  Only this computer can open %s. For a phone, name an address that it can reach:\n      baton demo --public-url http://192.168.1.20:%s   (or %s)\n\n",
			start, portOf(public), envName("public-url"))
	case !chosen:
		fmt.Fprintf(w, "  Phones use the same address. If it is the wrong one, name another:\n      baton demo --public-url http://…:%s   (or %s)\n\n",
			portOf(public), envName("public-url"))
	}
	fmt.Fprintf(w, "  For your own backend: client %q, secret %q at %s/sandbox/api/oauth/token\n", sandbox.DefaultClientID,
		sandbox.DefaultClientSecret, public)
	fmt.Fprint(w, "  Not for production: these credentials are public, and the identity provider is a stand-in with invented people.\n",
		"  Ctrl+C stops it.\n\n")
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// isTerminal reports whether w is somebody's terminal that shows colors.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
