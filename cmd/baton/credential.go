package main

import (
	"context"

	"baton/internal/client"
)

// bearerFlags say as whom a command calls a server.
type bearerFlags struct {
	Token            string `secret:"" placeholder:"BEARER" help:"A bearer that may create sessions. Other users of this machine see what stands on a command line: better name a file, or set the variable."`
	TokenFile        string `secretfile:"" placeholder:"FILE" help:"The file that holds it; - for the input."`
	TokenURL         string `name:"token-url" placeholder:"URL" help:"Get a bearer by client credentials from here instead."`
	ClientID         string `name:"client-id" placeholder:"ID" help:"The client, with --token-url."`
	ClientSecret     string `secret:"" placeholder:"SECRET" help:"Its secret, with --token-url."`
	ClientSecretFile string `secretfile:"" placeholder:"FILE" help:"The file that holds it; - for the input."`
}

// check reads the files and names every problem.
func (f *bearerFlags) check(env *environment) {
	f.Token = env.secret("token", f.Token, f.TokenFile)
	f.ClientSecret = env.secret("client-secret", f.ClientSecret, f.ClientSecretFile)
	switch {
	case f.Token == "" && f.TokenURL == "" && f.TokenFile == "":
		env.problem("a bearer is needed to create sessions and to ask for them: set --token-file or --token (%s), or --token-url (%s) with --client-id and --client-secret",
			envName("token"), envName("token-url"))
	case f.Token != "" && f.TokenURL != "":
		env.problem("--token and --token-url are both set; leave one of them away")
	case f.TokenURL != "":
		if _, err := parseWebURL(f.TokenURL); err != nil {
			env.flagProblem("token-url", "%v", err)
		}
		if f.ClientID == "" {
			env.flagProblem("client-id", "is needed with --token-url")
		}
		if f.ClientSecret == "" && f.ClientSecretFile == "" {
			env.flagProblem("client-secret", "is needed with --token-url")
		}
	}
}

// bearer is what check has found, or fetches one.
func (f *bearerFlags) bearer(ctx context.Context) (string, error) {
	if f.Token != "" {
		return f.Token, nil
	}
	return client.FetchToken(ctx, nil, f.TokenURL, f.ClientID, f.ClientSecret)
}
