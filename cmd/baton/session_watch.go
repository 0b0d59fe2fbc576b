package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"baton/internal/client"
)

// SessionWatchCmd follows a session.
type SessionWatchCmd struct {
	serverFlag
	secretFlags
	JSON bool `name:"json" help:"Print each frame of the channel's second layer as it came, one a line."`
}

const watchStatus = "Exit status: 0 if the session completed; 1 if it failed, was cancelled or deleted, expired, could not be watched, or Ctrl+C ended the watching; 2 for wrong flags."

// Help is shown by --help.
func (c *SessionWatchCmd) Help() string {
	return "One line a step as it happens, first those that were before. A lost connection comes back by itself and misses nothing; " +
		"where no WebSocket gets through, it goes on with server-sent events, and where a proxy keeps those back, with long polls. Ctrl+C stops the watching, not the session.\n\n" + watchStatus
}

// Run watches until the end.
func (c *SessionWatchCmd) Run(ctx context.Context, env *environment) error {
	secret, kind := c.secretFlags.check(env, &c.serverFlag, "watch")
	c.serverFlag.check(env)
	if err := env.wrong(); err != nil {
		return err
	}
	return watchSession(ctx, env, &c.serverFlag, secret, kind, c.JSON)
}

// watchSession tells of a session until its end, and fails where that is not its completion.
func watchSession(ctx context.Context, env *environment, server *serverFlag, secret, kind string, asJSON bool) error {
	lines := &watchLines{out: env.stdout}
	watcher := client.Watcher{Server: server.URL, Secret: secret, Kind: kind, Frame: lines.frame}
	aside := env.stdout
	if asJSON {
		aside = env.stderr
		watcher.Frame = func(f client.Frame) { fmt.Fprintf(env.stdout, "%s\n", f.Raw) }
	}
	watcher.Lost = func(cause error, wait time.Duration) {
		fmt.Fprintf(aside, "%s  … The connection is lost (%s); trying again in %v\n", clock(time.Now()), client.Printable(client.PlainCause(cause)), wait.Round(100*time.Millisecond))
	}
	end, err := watcher.Run(ctx)
	switch {
	case ctx.Err() != nil && err != nil:
		fmt.Fprintln(aside, "Stopped watching. The session goes on.")
		return errSaid
	case errors.Is(err, client.ErrUnreachable):
		return fmt.Errorf("%w. Check --url (%s), and that the server runs", err, envName("url"))
	case err != nil:
		return server.explain(ctx, err, 0)
	}
	if !asJSON && !lines.ended {
		lines.line(time.Now(), endMark(end.Status), statusWords(end.Status, end.Reason))
	}
	if end.Status != "completed" {
		return errSaid
	}
	return nil
}

// watchLines writes frames for somebody who reads them.
type watchLines struct {
	out   io.Writer
	began bool
	ended bool // the last line has been written
}

func (l *watchLines) line(at time.Time, mark, text string) {
	fmt.Fprintf(l.out, "%s  %s %s\n", clock(at), mark, client.Printable(text))
}

func (l *watchLines) frame(f client.Frame) {
	switch f.Type {
	case "snapshot":
		if l.began {
			l.line(time.Now(), "…", "Connected again")
			return
		}
		l.began = true
		expected := ""
		if len(f.Steps) > 0 {
			expected = "; to come: " + strings.Join(f.Steps, ", ")
		}
		fmt.Fprintf(l.out, "Watching session %s, which expires at %s%s\n", client.Printable(f.SessionID), clock(f.ExpiresAt), client.Printable(expected))
	case "event":
		l.line(f.At, "✓", fmt.Sprintf("%-16s %s", f.Service, phoneSteps[f.Service]))
	case "notice":
		l.notice(f)
	case "status":
		l.line(f.At, endMark(f.Status), statusWords(f.Status, f.Reason))
		l.ended = slices.Contains([]string{"completed", "failed", "cancelled", "expired", "deleted"}, f.Status)
	case "qr": // a new picture is due, on a page
	}
}

func (l *watchLines) notice(f client.Frame) {
	words := cmp.Or(noticeWords[f.Notice], f.Notice)
	mark := "•"
	switch f.Notice {
	case "skipped":
		l.line(f.At, "–", fmt.Sprintf("%-16s skipped: %s", f.Service, because(f.Reason)))
		return
	case "confirm":
		words = "enter this number on the phone: " + f.Number
	case "confirm_failed", "second_claim", "not_me":
		mark = "!"
	}
	l.line(f.At, mark, words)
}

func endMark(status string) string {
	switch status {
	case "completed":
		return "✓"
	case "failed", "cancelled", "expired", "deleted":
		return "✗"
	}
	return "•"
}
