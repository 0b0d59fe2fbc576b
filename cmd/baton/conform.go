package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"baton/internal/client"
	"baton/internal/conform"
	"baton/internal/qr"
)

// ConformCmd checks a server from outside.
type ConformCmd struct {
	URL      string        `arg:"" name:"url" help:"The server's address, such as https://baton.example.com."`
	Bearer   bearerFlags   `embed:""`
	Events   string        `default:"api" placeholder:"MODE" help:"api: post events to the server's API. manual: wait for somebody with a phone."`
	Extended bool          `help:"Check layer 2 as well: what Baton adds to the seed's contract."`
	Slow     bool          `help:"Wait for what takes long: 30 minutes for a session's expiry; with --extended also a minute for a short one and for a code that changes."`
	Wait     time.Duration `default:"5m" placeholder:"TIME" help:"How long to wait for the phone, with --events manual."`
	Only     []string      `placeholder:"TEXT" help:"Make only the checks of these ids, and those whose id or name holds one that is no id."`
	JSON     bool          `name:"json" help:"Print one JSON document at the end instead of lines: the results, each with its id, and a summary."`
}

// check names every problem of the flags together.
func (c *ConformCmd) check(env *environment) error {
	if _, err := parseWebURL(c.URL); err != nil {
		env.problem("<url> %v", err)
	}
	c.Bearer.check(env)
	if c.Events != string(conform.EventsAPI) && c.Events != string(conform.EventsManual) {
		env.flagProblem("events", "is api or manual, not %q", c.Events)
	}
	if c.Wait <= 0 {
		env.flagProblem("wait", "takes a time above 0, such as 5m")
	}
	return env.wrong()
}

// Help is shown by --help.
func (c *ConformCmd) Help() string {
	return "A server of the seed's contract alone is told so where --extended asks for more, and one whose policy refuses plain sessions is judged by what it allows. " +
		"An id stays the same for ever; a title may be reworded.\n\n" +
		"Exit status: 0 if nothing failed and something was checked, of each layer that was asked for; 1 otherwise; 2 for wrong flags."
}

// Run makes the checks. It fails if one of them does, or if none could be made.
func (c *ConformCmd) Run(ctx context.Context, env *environment) error {
	if err := c.check(env); err != nil {
		return err
	}
	bearer, err := c.Bearer.bearer(ctx)
	if err != nil {
		return err
	}
	options := conform.Options{
		URL: c.URL, Bearer: bearer, Events: conform.EventsMode(c.Events), AskFor: c.Wait, Extended: c.Extended, Slow: c.Slow, Only: trimmed(c.Only),
		Ask: func(_, link string) { askForPhone(env.stderr, link, c.Wait) },
	}
	if !c.JSON {
		options.Each = func(r conform.Result) { fmt.Fprintln(env.stdout, line(r)) }
	}
	began := time.Now()
	report, err := conform.Run(ctx, options)
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(env.stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(env.stdout, "\n%s  %d ok, %d failed, %d not checked, in %v\n", verdict(report),
			report.Passed, report.Failed, report.Skipped, time.Since(began).Round(100*time.Millisecond))
	}
	if !report.Good() {
		return errSaid
	}
	return nil
}

func line(r conform.Result) string {
	r.Detail = client.Printable(r.Detail) // has the server's own words
	extra := ""
	if r.Extra {
		extra = " (extra)"
	}
	switch r.Outcome {
	case conform.Passed:
		return "ok    " + r.Name + extra
	case conform.Failed:
		return "FAIL  " + r.Name + ": " + r.Detail
	}
	return "—     not checked: " + r.Name + extra + ": " + r.Detail
}

func verdict(r conform.Report) string {
	switch {
	case r.Failed > 0:
		return "The server does not keep the contract."
	case r.Policy != "" && r.Passed > 0:
		return "Layer 1 refused by policy. What such a policy allows keeps the contract."
	case r.Policy != "":
		return "Layer 1 refused by policy."
	case r.Layer1Only && r.Passed > 0:
		return "The server keeps the contract's layer 1, and knows layer 1 only."
	case r.Layer1Only:
		return "This server knows layer 1 only."
	case r.Passed == 0:
		return "Nothing could be checked."
	}
	return "The server keeps the contract."
}

// askForPhone shows a session's link to somebody with a phone.
func askForPhone(w io.Writer, link string, wait time.Duration) {
	fmt.Fprintf(w, "\nScan this with a phone and go through the enrolment, within %v:\n\n", wait)
	if code, err := qr.Encode(link, qr.Medium); err == nil {
		fmt.Fprint(w, code.Terminal(isTerminal(w)))
	}
	fmt.Fprintf(w, "\n%s\n\n", client.Printable(link))
}
