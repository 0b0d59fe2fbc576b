// Command baton hands a registration from a web page to a phone and back. See `baton --help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	signalled, letGo := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, stop := context.WithCancel(context.Background())
	// The first signal asks for a graceful stop; the second one, with no handler any more, ends the program at once. The
	// handler goes first, so that no signal is swallowed once the stop has been announced.
	context.AfterFunc(signalled, func() {
		letGo()
		stop()
	})
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried and did not work
	exitUsage  = 2 // flags or configuration that make no sense: nothing was tried
)

type commands struct {
	Demo    DemoCmd    `cmd:"" help:"Run everything in one process: relay, provider sandbox, sample registration and phone. Not for production."`
	Serve   ServeCmd   `cmd:"" help:"Run the relay for production."`
	Key     KeyCmd     `cmd:"" help:"Make API keys for backends."`
	Session SessionCmd `cmd:"" help:"Create, follow, ask for and end a session at any server, as a backend and a page do."`
	Phone   PhoneCmd   `cmd:"" help:"Play the phone against any server: claim a session and go through its steps."`
	Conform ConformCmd `cmd:"" help:"Check a server against the wire contract from outside."`
	Version VersionCmd `cmd:"" help:"Print the version."`
}

// run is the whole program: it parses args, takes what they leave open from the environment, runs the command until it
// is done or ctx ends, and returns the exit status.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) (status int) {
	env := &environment{getenv: getenv, stdout: stdout, stderr: stderr}
	type exit int
	defer func() {
		if code := recover(); code != nil {
			asked, ok := code.(exit)
			if !ok {
				panic(code)
			}
			status = int(asked)
		}
	}()
	parser, err := kong.New(&commands{},
		kong.Name("baton"),
		kong.Description("Baton hands a registration from a web page to a phone and back. Every flag has an environment twin, "+
			"named beside it; where that is a secret, the same name with _FILE names a file that holds it."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }), // --help: kong would go on parsing otherwise
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ValueFormatter(env.describeFlag),
		kong.Resolvers(kong.ResolverFunc(env.resolve)),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdout, (*io.Writer)(nil)),
		kong.Bind(env),
	)
	if err != nil {
		panic("the program's own flags make no sense: " + err.Error())
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "baton: %v\nRun `baton --help` or `baton <command> --help` for what there is.\n", err)
		return exitUsage
	}
	env.command = command.Command()
	err = command.Run()
	switch wrong, isConfig := errors.AsType[*configError](err); {
	case err == nil:
		return exitOK
	case isConfig:
		fmt.Fprint(stderr, wrong.Error())
		return exitUsage
	case errors.Is(err, errSaid):
		return exitFailed
	default:
		fmt.Fprintf(stderr, "baton: %v\n", err)
		return exitFailed
	}
}

// errSaid is what a command returns that has told its failure already.
var errSaid = errors.New("said already")
