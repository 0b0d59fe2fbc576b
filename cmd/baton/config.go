package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// configError is everything that is wrong with a configuration.
type configError struct {
	command  string
	problems []string
}

func (e *configError) Error() string {
	count := "1 problem"
	if n := len(e.problems); n != 1 {
		count = strconv.Itoa(n) + " problems"
	}
	return fmt.Sprintf("baton %s cannot start: %s in its configuration.\n  - %s\nRun `baton %s --help` for every flag and its environment twin.\n",
		e.command, count, strings.Join(e.problems, "\n  - "), e.command)
}

// flagProblem notes what is wrong with a flag, by both its names.
func (e *environment) flagProblem(flag, format string, args ...any) {
	e.problem("--%s (%s) %s", flag, envName(flag), fmt.Sprintf(format, args...))
}

// wrong returns all that was noted, or nil.
func (e *environment) wrong() error {
	if len(e.problems) == 0 {
		return nil
	}
	name, _, _ := strings.Cut(e.command, " <") // without arguments
	return &configError{command: name, problems: e.problems}
}

// siteFlags are what demo and serve have in common.
type siteFlags struct {
	Addr           string        `default:":8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one."`
	PublicURL      string        `name:"public-url" placeholder:"URL" help:"The address under which browsers and phones reach this server."`
	DB             string        `name:"db" default:"data/baton.db" placeholder:"FILE" help:"The SQLite file; it is created where missing."`
	Origins        []string      `placeholder:"ORIGIN" help:"Web page origins that may call the API and open channels, such as https://shop.example.com; * for any."`
	TrustedProxies []string      `placeholder:"IP" help:"Addresses or networks of the proxies whose X-Forwarded-For is believed; without 127.0.0.1 here all visitors of a proxy on this machine are one."`
	Docs           bool          `default:"true" negatable:"" help:"Serve the pages for integrators (/reference, /integrate) and the API's descriptions, and let errors lead there."`
	LogLevel       string        `default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat      string        `default:"text" placeholder:"FORMAT" help:"text or json, on standard error."`
	Audit          auditFlags    `embed:""`
	StopTimeout    time.Duration `default:"20s" hidden:"" help:"How long a graceful stop may take."`
}

// site is what siteFlags say, checked.
type site struct {
	addr           string
	publicURL      *url.URL // nil where it was not given
	db             string
	origins        []string
	trustedProxies []string
	stopTimeout    time.Duration
	log            *slog.Logger
}

func (f siteFlags) check(env *environment) site {
	s := site{addr: f.Addr, db: f.DB, stopTimeout: f.StopTimeout}
	f.Audit.check(env)
	if err := checkAddr(f.Addr); err != nil {
		env.flagProblem("addr", "%v", err)
	}
	if f.PublicURL != "" {
		public, err := parsePublicURL(f.PublicURL)
		if err != nil {
			env.flagProblem("public-url", "%v", err)
		}
		s.publicURL = public
	}
	if strings.TrimSpace(f.DB) == "" || strings.HasPrefix(filepath.Base(f.DB), ":memory:") {
		env.flagProblem("db", "takes the name of a file, such as data/baton.db")
	}
	for _, origin := range trimmed(f.Origins) {
		canonical, err := parseOrigin(origin)
		if err != nil {
			env.flagProblem("origins", "%q %v", origin, err)
			continue
		}
		s.origins = append(s.origins, canonical)
	}
	for _, proxy := range trimmed(f.TrustedProxies) {
		if _, err := netip.ParseAddr(proxy); err != nil {
			if _, err := netip.ParsePrefix(proxy); err != nil {
				env.flagProblem("trusted-proxies", "%q is neither an IP address nor a network such as 10.0.0.0/8", proxy)
				continue
			}
		}
		s.trustedProxies = append(s.trustedProxies, proxy)
	}
	if s.stopTimeout <= 0 {
		env.flagProblem("stop-timeout", "takes a time above 0, such as 20s")
	}
	s.log = f.logger(env)
	return s
}

func (f siteFlags) logger(env *environment) *slog.Logger {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, known := levels[f.LogLevel]
	if !known {
		env.flagProblem("log-level", "is debug, info, warn or error, not %q", f.LogLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch f.LogFormat {
	case "json":
		return slog.New(slog.NewJSONHandler(env.stderr, options))
	case "text":
	default:
		env.flagProblem("log-format", "is text or json, not %q", f.LogFormat)
	}
	return slog.New(slog.NewTextHandler(cmp.Or[io.Writer](env.stderr, io.Discard), options))
}

func trimmed(list []string) []string {
	var kept []string
	for _, item := range list {
		if item = strings.TrimSpace(item); item != "" {
			kept = append(kept, item)
		}
	}
	return kept
}

func checkAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("takes host:port, such as :8080 or 127.0.0.1:8080, not %q", addr)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("takes a port from 0 to 65535, not %q", port)
	}
	if strings.ContainsAny(host, "/@ ") {
		return fmt.Errorf("takes host:port without a scheme, not %q", addr)
	}
	return nil
}

// parsePublicURL takes scheme and host only: the server's paths start at the root, and its links are built on it.
func parsePublicURL(text string) (*url.URL, error) {
	public, err := parseWebURL(text)
	switch {
	case err != nil:
		return nil, err
	case strings.Trim(public.Path, "/") != "":
		return nil, errors.New("takes no path: the server needs a host of its own, such as https://baton.example.com")
	}
	return &url.URL{Scheme: public.Scheme, Host: public.Host}, nil
}

// parseWebURL names no credential in its errors: it does not repeat what it was given.
func parseWebURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return nil, errors.New("takes an http or https URL, such as https://baton.example.com")
	case u.User != nil:
		return nil, errors.New("takes a URL without a name and password in it")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("takes a URL without ? and #")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, errors.New("takes a port from 1 to 65535")
		}
	}
	return u, nil
}

// parseOrigin returns an origin as browsers write it: lower case, no default port, no slash.
func parseOrigin(text string) (string, error) {
	if text == "*" {
		return text, nil
	}
	u, err := parseWebURL(text)
	if err != nil || strings.Trim(u.Path, "/") != "" {
		return "", errors.New("is no origin such as https://shop.example.com (scheme and host, no path), nor *")
	}
	host := strings.ToLower(u.Host)
	if defaultPort := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]; strings.HasSuffix(host, defaultPort) {
		host = strings.TrimSuffix(host, defaultPort)
	}
	return u.Scheme + "://" + host, nil
}

// infoFlags say where the sample registration fetches results.
type infoFlags struct {
	DemoRegistration bool   `help:"Serve the sample registration as well."`
	InfoURL          string `name:"info-url" placeholder:"URL" help:"The provider's API, whose Info API gives the results."`
	InfoTokenURL     string `name:"info-token-url" placeholder:"URL" help:"The provider's token endpoint, where it is not below --info-url."`
	InfoJWKSURL      string `name:"info-jwks-url" placeholder:"URL" help:"The provider's key set, where it is not below --info-url."`
	InfoClientID     string `name:"info-client-id" placeholder:"ID" help:"Our client at the provider."`
	InfoClientSecret string `secret:"" placeholder:"SECRET" help:"Its secret."`
	InfoIssuer       string `placeholder:"ISS" help:"The iss that results must have."`
	InfoAudience     string `placeholder:"AUD" help:"The aud that results must have; without it, the client id."`
}

func (f infoFlags) check(env *environment) {
	given := map[string]string{
		"info-url": f.InfoURL, "info-token-url": f.InfoTokenURL, "info-jwks-url": f.InfoJWKSURL, "info-client-id": f.InfoClientID,
		"info-client-secret": f.InfoClientSecret, "info-issuer": f.InfoIssuer, "info-audience": f.InfoAudience,
	}
	if !f.DemoRegistration {
		for flag, value := range sorted(given) {
			if value != "" {
				env.flagProblem(flag, "has no effect without --demo-registration")
			}
		}
		return
	}
	for _, flag := range []string{"info-url", "info-client-id", "info-client-secret", "info-issuer"} {
		if given[flag] == "" {
			env.flagProblem(flag, "is needed with --demo-registration")
		}
	}
	for _, flag := range []string{"info-url", "info-token-url", "info-jwks-url"} {
		if given[flag] == "" {
			continue
		}
		if _, err := parseWebURL(given[flag]); err != nil {
			env.flagProblem(flag, "%v", err)
		}
	}
}

func sorted(m map[string]string) func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		keys := make([]string, 0, len(m))
		for key := range m {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
