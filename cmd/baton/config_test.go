package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"baton/internal/conform"
)

// runWith runs the program as main does, with an environment of its own.
func runWith(ctx context.Context, env map[string]string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(ctx, args, func(name string) string { return env[name] }, &out, &errs)
	return status, out.String(), errs.String()
}

func TestAConfigurationIsRefusedWithAllItsProblems(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from-the-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		want []string
		not  []string
	}{
		{
			name: "serve with nothing", args: "serve",
			want: []string{"2 problems", "--public-url (BATON_PUBLIC_URL) is missing", "--auth-issuer (BATON_AUTH_ISSUER)", "--api-keys (BATON_API_KEYS)", "`baton key new`"},
		},
		{
			name: "serve with everything wrong",
			args: "serve --addr nowhere --public-url ftp://x --db= --origins https://ok.example,https://shop.example/path --trusted-proxies 10.0.0.0/8,proxy " +
				"--log-level loud --log-format xml --auth-issuer https://id.example.com --auth-jwks nokeys --info-client-id x",
			want: []string{
				"10 problems", "--addr (BATON_ADDR)", "--public-url (BATON_PUBLIC_URL) takes an http or https URL", "--db (BATON_DB)",
				`"https://shop.example/path" is no origin`, `"proxy" is neither an IP address`, `not "loud"`, `not "xml"`,
				"--auth-jwks (BATON_AUTH_JWKS)", "--auth-audience", "--info-client-id (BATON_INFO_CLIENT_ID) has no effect without --demo-registration",
			},
			not: []string{"ok.example", "10.0.0.0/8 "},
		},
		{
			name: "the same from the environment", args: "serve",
			env: map[string]string{
				"BATON_ADDR": ":99999", "BATON_PUBLIC_URL": "https://baton.example.com/below", "BATON_DEMO_REGISTRATION": "perhaps",
				"BATON_AUTH_ISSUER": "https://id.example.com", "BATON_AUTH_CLIENTS": "shop",
			},
			want: []string{"3 problems", "port from 0 to 65535", "takes no path", `BATON_DEMO_REGISTRATION takes true or false, not "perhaps"`},
			not:  []string{"auth-"},
		},
		{
			name: "codes that live too short", args: "demo --code-lifetime 59s",
			want: []string{"1 problem ", "--code-lifetime (BATON_CODE_LIFETIME) takes 1m to 30m, not 59s"},
		},
		{
			name: "codes that outlive their hand-over", args: "demo --code-lifetime 31m",
			want: []string{"1 problem ", "takes 1m to 30m, not 31m0s"},
		},
		{
			name: "an issuer without an audience or clients", args: "serve --public-url https://b.example --auth-issuer https://id.example.com",
			want: []string{"1 problem ", "every client of the identity provider", "--auth-clients", "--auth-scope"},
		},
		{
			name: "several issuers whose values cannot be told apart",
			args: "serve --public-url https://b.example --auth-issuer https://a.example,urn:b,https://a.example --auth-issuer https://c.example --auth-audience urn:b=x " +
				"--auth-clients https://a.example=shop --auth-jwks https://keys.example --auth-scope one,two",
			want: []string{
				`--auth-issuer (BATON_AUTH_ISSUER) names "https://a.example" twice`, `--auth-scope (BATON_AUTH_SCOPE) takes one value for each issuer, and has 2 for "urn:b"`,
				"--auth-jwks (BATON_AUTH_JWKS) must say whose keys they are",
			},
		},
		{
			name: "rules for bearers and no issuer", args: "serve --public-url https://b.example --auth-jwks https://keys.example --auth-scope x",
			want: []string{"2 problems", "--auth-jwks (BATON_AUTH_JWKS) has no effect without --auth-issuer", "--auth-scope"},
		},
		{
			name: "an issuer that is no URL and a key set that is none", args: "serve --public-url https://b.example --auth-issuer urn:a,urn:b --auth-jwks urn:b=keys --auth-scope x",
			want: []string{"2 problems", "where your issuer is no URL, say where its keys are with --auth-jwks", "--auth-jwks (BATON_AUTH_JWKS) takes an http or https URL"},
		},
		{
			name: "an issuer that could be taken for another", args: "serve --public-url https://b.example --auth-issuer https://a.example/|b --auth-scope x",
			want: []string{"1 problem ", "--auth-issuer (BATON_AUTH_ISSUER) cannot be used: an issuer's name must not hold a |"},
		},
		{
			name: "keys that are never looked at", args: "serve --public-url https://b.example --auth-issuer https://a.example --auth-scope x --api-keys-every 0s",
			want: []string{"1 problem ", "--api-keys-every (BATON_API_KEYS_EVERY) takes a time above 0"},
		},
		{
			name: "the registration without its provider", args: "serve --public-url https://b.example --auth-issuer https://id.example.com --auth-audience b --demo-registration",
			want: []string{"4 problems", "--info-url", "--info-client-id", "--info-client-secret", "--info-issuer"},
		},
		{
			name: "a secret twice and a file that is not there", args: "conform http://127.0.0.1:1",
			env: map[string]string{
				"BATON_TOKEN": "hidden-bearer", "BATON_TOKEN_FILE": file, "BATON_CLIENT_SECRET_FILE": file + "-missing",
			},
			want: []string{"BATON_TOKEN and BATON_TOKEN_FILE are both set", "BATON_CLIENT_SECRET_FILE cannot be read", "a bearer is needed"},
			not:  []string{"hidden-bearer", "from-the-file"},
		},
		{
			name: "a URL with a password", args: "serve --public-url https://me:hidden@b.example --auth-issuer https://id.example.com --auth-audience b",
			want: []string{"without a name and password"}, not: []string{"hidden"},
		},
		{
			name: "conform with nothing to go by", args: "conform baton.example --events never --token-url x --wait 0s",
			want: []string{"6 problems", "<url>", "--token-url (BATON_TOKEN_URL)", "--client-id", "--client-secret", `not "never"`, "--wait"},
		},
		{name: "demo with a port that is none", args: "demo --addr :http", want: []string{"1 problem ", "port from 0 to 65535"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := runWith(t.Context(), c.env, strings.Fields(c.args)...)
			if status != exitUsage || stdout != "" {
				t.Errorf("status %d and output %q, want %d and none", status, stdout, exitUsage)
			}
			for _, want := range c.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("missing %q in:\n%s", want, stderr)
				}
			}
			for _, not := range c.not {
				if strings.Contains(stderr, not) {
					t.Errorf("%q stands in:\n%s", not, stderr)
				}
			}
		})
	}
}

func TestFlagsGoBeforeTheEnvironment(t *testing.T) {
	_, _, stderr := runWith(t.Context(), map[string]string{"BATON_LOG_LEVEL": "loud", "BATON_LOG_FORMAT": "xml"},
		"demo", "--addr", "nowhere", "--log-level", "debug")
	if strings.Contains(stderr, "loud") || !strings.Contains(stderr, "xml") {
		t.Errorf("the flag's twin was taken, or the other's was not:\n%s", stderr)
	}
}

func TestASecretComesFromItsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from-the-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := new(environment).readSecret(file); err != nil || got != "from-the-file" {
		t.Errorf("secret %q, error %v", got, err)
	}
	status, _, stderr := runWith(t.Context(), map[string]string{"BATON_TOKEN_FILE": file}, "conform", "http://127.0.0.1:1")
	if status != exitFailed || !strings.Contains(stderr, "no server answers") {
		t.Errorf("status %d, %q: want the token taken and the server missed", status, stderr)
	}
}

func TestOriginsAreWrittenAsBrowsersDo(t *testing.T) {
	for text, want := range map[string]string{
		"*": "*", "https://Shop.Example": "https://shop.example", "https://shop.example:443/": "https://shop.example",
		"http://localhost:3000": "http://localhost:3000", "http://x.example:80": "http://x.example",
		"shop.example": "", "https://shop.example/a": "", "null": "", "https://u@shop.example": "",
	} {
		if got, err := parseOrigin(text); got != want || (err == nil) != (want != "") {
			t.Errorf("parseOrigin(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestEveryFlagHasHelpAndATwin(t *testing.T) {
	for _, command := range []string{"demo", "serve", "phone", "conform", "key new"} {
		status, help, stderr := runWith(t.Context(), nil, append(strings.Fields(command), "--help")...)
		if status != exitOK || stderr != "" {
			t.Errorf("baton %s --help: status %d, %q", command, status, stderr)
		}
		// Help is wrapped to the width of the terminal.
		help = strings.Join(strings.Fields(help), " ")
		flags := strings.Count(help, " --")
		twins := strings.Count(help, "($BATON_")
		if mentions := strings.Count(help, "--help"); flags-mentions > 0 && twins == 0 {
			t.Errorf("baton %s --help names %d flags and no twin:\n%s", command, flags, help)
		}
	}
	_, help, _ := runWith(t.Context(), nil, "serve", "--help")
	help = strings.Join(strings.Fields(help), " ")
	for _, want := range []string{"($BATON_ADDR)", "($BATON_PUBLIC_URL)", "($BATON_INFO_CLIENT_SECRET, or …_FILE)", "($BATON_API_KEYS, or …_FILE)", "($BATON_AUTH_ISSUER)", "Default: data/baton.db."} {
		if !strings.Contains(help, want) {
			t.Errorf("missing %q in:\n%s", want, help)
		}
	}
	for _, later := range []string{"--nats"} {
		if strings.Contains(help, later) {
			t.Errorf("%s is offered and does not exist yet", later)
		}
	}
}

func TestConformLines(t *testing.T) {
	for _, c := range []struct {
		result conform.Result
		want   string
	}{
		{conform.Result{Name: "a check", Outcome: conform.Passed}, "ok    a check"},
		{conform.Result{Name: "a check", Outcome: conform.Failed, Detail: "expected 200, got 500"}, "FAIL  a check: expected 200, got 500"},
		{conform.Result{Name: "a check", Outcome: conform.NotChecked, Detail: "why", Extra: true}, "—     not checked: a check (extra): why"},
	} {
		if got := line(c.result); got != c.want {
			t.Errorf("line: %q, want %q", got, c.want)
		}
	}
}
