package main

import (
	"cmp"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"baton/internal/auth"
)

// authFlags say whose bearers may create sessions: those of identity providers, of holders of API keys, or both.
type authFlags struct {
	AuthIssuer   []string      `placeholder:"ISSUER" help:"Accept bearers of this identity provider, checked by the keys that it publishes (OpenID Connect discovery). Repeat it for several; a value of the next four that is for one of them only is written ISSUER=VALUE."`
	AuthJWKS     []string      `name:"auth-jwks" placeholder:"URL" help:"Where the issuer's keys are, instead of discovery."`
	AuthAudience []string      `placeholder:"AUD" help:"Accept bearers for this audience only."`
	AuthClients  []string      `placeholder:"ID" help:"Accept bearers of these clients only."`
	AuthScope    []string      `placeholder:"SCOPE" help:"Accept bearers with this scope only."`
	APIKeys      string        `name:"api-keys" file:"" placeholder:"FILE" help:"Accept the API keys of this file, one line a key as baton key new prints it. It is read again when it changes."`
	APIKeysEvery time.Duration `name:"api-keys-every" default:"10s" hidden:"" help:"How often it is looked at; a change is taken on at the second look."`
}

// check makes the gate, or notes every problem.
func (f authFlags) check(env *environment, log *slog.Logger) auth.Gate {
	before := len(env.problems)
	configs := f.issuers(env, log)
	var gate auth.Gate
	if f.APIKeys != "" {
		gate.Keys = f.openKeys(env)
	}
	if f.APIKeysEvery <= 0 {
		env.flagProblem("api-keys-every", "takes a time above 0, such as 10s")
	}
	if len(configs) == 0 && f.APIKeys == "" && len(env.problems) == before {
		env.problem("nothing says which bearers to accept: set --auth-issuer (%s), your identity provider, or --api-keys (%s), a file of keys that `baton key new` makes",
			envName("auth-issuer"), envName("api-keys"))
	}
	if len(configs) == 0 || len(env.problems) > before {
		return gate
	}
	var err error
	if gate.Tokens, err = auth.New(configs...); err != nil {
		for line := range strings.Lines(err.Error()) {
			env.flagProblem("auth-issuer", "cannot be used: %s", strings.TrimPrefix(strings.TrimSpace(line), "auth: "))
		}
	}
	warnOfPlainHTTP(configs, log)
	return gate
}

func (f authFlags) issuers(env *environment, log *slog.Logger) []auth.Config {
	names := trimmed(f.AuthIssuer)
	given := []struct {
		flag   string
		values []string
	}{
		{"auth-jwks", trimmed(f.AuthJWKS)}, {"auth-audience", trimmed(f.AuthAudience)},
		{"auth-clients", trimmed(f.AuthClients)}, {"auth-scope", trimmed(f.AuthScope)},
	}
	if len(names) == 0 {
		for _, g := range given {
			if len(g.values) > 0 {
				env.flagProblem(g.flag, "has no effect without --auth-issuer, which names whose bearers they are")
			}
		}
		return nil
	}
	var configs []auth.Config
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			env.flagProblem("auth-issuer", "names %q twice", name)
			continue
		}
		// of is what is given for this issuer, of which there may be one.
		of := func(flag string, values []string) string {
			mine := valuesFor(name, names, values)
			if len(mine) > 1 {
				env.flagProblem(flag, "takes one value for each issuer, and has %d for %q: write ISSUER=VALUE", len(mine), name)
			}
			return append(mine, "")[0]
		}
		c := auth.Config{
			Issuer: name, JWKSURL: of(given[0].flag, given[0].values), Audience: of(given[1].flag, given[1].values),
			Clients: valuesFor(name, names, given[2].values), Scope: of(given[3].flag, given[3].values), Log: log,
		}
		if c.JWKSURL == "" {
			if _, err := parseWebURL(name); err != nil {
				env.flagProblem("auth-issuer", "%v; where your issuer is no URL, say where its keys are with --auth-jwks", err)
			}
		} else if _, err := parseWebURL(c.JWKSURL); err != nil {
			env.flagProblem("auth-jwks", "%v", err)
		}
		if c.Audience == "" && len(c.Clients) == 0 && c.Scope == "" {
			env.problem("every client of the identity provider %q could create sessions: set --auth-audience (%s), --auth-clients (%s) or --auth-scope (%s)",
				name, envName("auth-audience"), envName("auth-clients"), envName("auth-scope"))
		}
		configs = append(configs, c)
	}
	if jwks := given[0].values; len(configs) > 1 && slices.ContainsFunc(jwks, func(v string) bool { return !belongsToOne(v, names) }) {
		env.flagProblem("auth-jwks", "must say whose keys they are: write ISSUER=URL, as there are several issuers")
	}
	return configs
}

// valuesFor are those that name the issuer, without its name, or, where there is none such, those that name no issuer.
func valuesFor(issuer string, issuers, values []string) []string {
	var own, shared []string
	for _, value := range values {
		if mine, ok := strings.CutPrefix(value, issuer+"="); ok {
			own = append(own, mine)
		} else if !belongsToOne(value, issuers) {
			shared = append(shared, value)
		}
	}
	if len(own) > 0 {
		return own
	}
	return shared
}

func belongsToOne(value string, issuers []string) bool {
	return slices.ContainsFunc(issuers, func(issuer string) bool { return strings.HasPrefix(value, issuer+"=") })
}

func (f authFlags) openKeys(env *environment) *auth.KeyFile {
	keys, err := auth.OpenKeyFile(f.APIKeys)
	if wrong, ok := errors.AsType[*auth.KeyFileError](err); ok {
		for _, problem := range wrong.Problems {
			env.flagProblem("api-keys", "names a file that cannot be used: %s", problem)
		}
	} else if err != nil {
		env.flagProblem("api-keys", "cannot be used: %s", strings.TrimPrefix(err.Error(), "auth: "))
	}
	return keys
}

// warnOfPlainHTTP says where keys come without TLS from another host: whoever is between may put in others.
func warnOfPlainHTTP(configs []auth.Config, log *slog.Logger) {
	for _, c := range configs {
		source, err := parseWebURL(cmp.Or(c.JWKSURL, c.Issuer))
		if err != nil || source.Scheme != "http" || source.Hostname() == "localhost" {
			continue
		}
		if ip, err := netip.ParseAddr(source.Hostname()); err != nil || !ip.IsLoopback() {
			log.Warn("an identity provider's keys are fetched without TLS: whoever is on the way there can create sessions", "host", source.Host)
		}
	}
}
