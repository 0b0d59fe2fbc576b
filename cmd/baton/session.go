package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"baton/internal/client"
	"baton/internal/phone"
)

// SessionCmd is what a backend and a page do, from a terminal.
type SessionCmd struct {
	Create SessionCreateCmd `cmd:"" help:"Create a session, as a backend does, and show its code."`
	Status SessionStatusCmd `cmd:"" help:"Say where a session stands, as its backend sees it."`
	Watch  SessionWatchCmd  `cmd:"" help:"Follow a session live, as its page does, until it ends."`
	Delete SessionDeleteCmd `cmd:"" help:"End a session, as its page does."`
}

// serverFlag says which server is called.
type serverFlag struct {
	URL string `name:"url" placeholder:"URL" help:"The server's address, such as https://baton.example.com."`
}

func (f *serverFlag) check(env *environment) {
	f.URL = strings.TrimRight(f.URL, "/")
	if f.URL == "" {
		env.problem("--url (%s) is missing: the server's address, such as https://baton.example.com", envName("url"))
	} else if _, err := parseWebURL(f.URL); err != nil {
		env.flagProblem("url", "%v", err)
	}
}

// call makes one call, without trying again: whoever waits at a terminal wants to know at once.
func (f *serverFlag) call(ctx context.Context, method, path, authorization string, body, answer any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	wait, err := client.Client{}.Try(ctx, method, f.URL+path, client.Credential{Authorization: authorization}, payload, answer)
	return f.explain(ctx, err, wait)
}

// explain says what to do about an error of a call.
func (f *serverFlag) explain(ctx context.Context, err error, wait time.Duration) error {
	refused, answered := errors.AsType[*client.RefusedError](err)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case !answered:
		return fmt.Errorf("no server answers at %s: %s. Check --url (%s), and that the server runs", f.URL, client.PlainCause(err), envName("url"))
	case refused.Code == "":
		return fmt.Errorf("%w. Check --url (%s): what answers at %s is no server of this contract", err, envName("url"), f.URL)
	case wait > 0:
		return fmt.Errorf("%w (Try again in %v.)", err, wait)
	}
	return err
}

// SessionStatusCmd asks for a session's status.
type SessionStatusCmd struct {
	serverFlag
	Bearer    bearerFlags `embed:""`
	SessionID string      `arg:"" name:"sessionId" help:"The creation's sessionId. It grants nothing, so it is no secret."`
	JSON      bool        `name:"json" help:"Print the server's answer as it is, for programs."`
}

// sessionStatus is the answer of the status call.
type sessionStatus struct {
	SessionID string    `json:"sessionId"`
	Reference string    `json:"reference"`
	Status    string    `json:"status"`
	Reason    string    `json:"reason"`
	Services  []string  `json:"services"`
	Notices   []string  `json:"notices"`
	Steps     []string  `json:"steps"`
	CreatedAt time.Time `json:"createdAt"`
	ClaimedAt time.Time `json:"claimedAt"`
	EndedAt   time.Time `json:"endedAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Run asks once.
func (c *SessionStatusCmd) Run(ctx context.Context, env *environment) error {
	c.serverFlag.check(env)
	c.Bearer.check(env)
	if isSessionSecret(c.SessionID) { // and it must not get into a path, which is logged on the way
		env.problem("<sessionId>: that is a code, its link or a page token; status takes the sessionId (session create printed it)")
	}
	if err := env.wrong(); err != nil {
		return err
	}
	bearer, err := c.Bearer.bearer(ctx)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := c.call(ctx, http.MethodGet, "/api/v1/session/"+url.PathEscape(c.SessionID)+"/status", "Bearer "+bearer, nil, &raw); err != nil {
		return err
	}
	if c.JSON {
		_, err := fmt.Fprintln(env.stdout, string(raw))
		return err
	}
	var status sessionStatus
	if err := json.Unmarshal(raw, &status); err != nil {
		return errNotOfTheContract
	}
	tellStatus(env.stdout, status)
	return nil
}

var errNotOfTheContract = errors.New("the server's answer is not of this contract; check its address")

func tellStatus(w io.Writer, s sessionStatus) {
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-10s %s\n", name, client.Printable(text))
		}
	}
	row("Session", s.SessionID)
	row("Reference", s.Reference)
	row("Status", statusWords(s.Status, s.Reason))
	row("Created", clock(s.CreatedAt))
	row("Claimed", clock(s.ClaimedAt))
	row("Ended", clock(s.EndedAt))
	row("Expires", clock(s.ExpiresAt))
	name := "Steps"
	for _, step := range s.steps() {
		row(name, step)
		name = ""
	}
	name = "Notices"
	for _, notice := range s.Notices {
		row(name, cmp.Or(noticeWords[notice], notice))
		name = ""
	}
}

// steps are those that are done, in their order, and those that are expected besides.
func (s sessionStatus) steps() []string {
	var lines []string
	for _, done := range s.Services {
		lines = append(lines, fmt.Sprintf("✓ %-16s %s", done, phoneSteps[done]))
	}
	for _, expected := range s.Steps {
		if !slices.Contains(s.Services, expected) {
			lines = append(lines, "· "+expected)
		}
	}
	return lines
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("15:04:05")
}

// statusWords say where a session stands.
func statusWords(status, reason string) string {
	words := map[string]string{
		"created": "created: nobody has claimed it yet", "claimed": "claimed: a phone is going through the steps",
		"completed": "completed: fetch the result from the provider, by the session's id",
		"failed":    "failed", "cancelled": "cancelled", "expired": "expired: its time was over", "deleted": "deleted",
	}[status]
	if words == "" {
		words = status
	}
	if reason != "" {
		words += ": " + watcherReason(reason)
	}
	return words
}

// watcherReason says why, to whoever does not hold the phone.
func watcherReason(code string) string {
	words := map[string]string{
		"USER_CANCEL": "the person stopped", "NOT_ME": "the person did not ask for this",
		"CONFIRMATION_FAILED": "the number that was entered is not the page's",
	}[code]
	if words == "" {
		return because(code)
	}
	return words + " (" + code + ")"
}

// noticeWords say what a notice means.
var noticeWords = map[string]string{
	"opened":         "a phone has opened the link",
	"confirm":        "the phone is asked for the page's number",
	"confirm_failed": "the phone entered a number that is not the page's",
	"second_claim":   "another phone tried to use the code, and was refused",
	"not_me":         "the person with the phone did not ask for this",
	"skipped":        "a step was left out",
}

// secretFlags are the secret that a page has: the code's text, or its own token.
type secretFlags struct {
	Code       string `arg:"" optional:"" name:"code" help:"The page's token, the text of the QR code, or its link; - reads it from the input. Other users of this machine see what stands on a command line: better - or one of the next two."`
	Secret     string `name:"page-secret" secret:"" placeholder:"TEXT" help:"The same, from the environment."`
	SecretFile string `name:"page-secret-file" secretfile:"" placeholder:"FILE" help:"The file that holds it; - for the input."`
}

// check returns the secret, its kind where that is known, and the server of a link.
func (f *secretFlags) check(env *environment, server *serverFlag, command string) (secret, kind string) {
	text := f.Code
	switch {
	case f.Code == "-":
		read, err := env.readSecret("-")
		if err != nil {
			env.problem("<code> cannot be read from the input: %v", err)
		}
		text = read
	case f.Code == "":
		text = env.secret("page-secret", f.Secret, f.SecretFile)
		if text == "" && len(env.problems) == 0 {
			env.problem("<code> is missing: the page's token, the text of the QR code, or its link; as an argument, from the input (-), --page-secret-file, or %s", envName("page-secret"))
		}
	}
	if strings.Contains(text, "://") {
		linked, ticket, err := phone.ParseTarget(text, server.URL)
		if err != nil {
			env.problem("<code>: %v", err)
			return "", ""
		}
		server.URL = linked
		return ticket.Reveal(), client.QRCodeText
	}
	if isSessionID(text) {
		env.problem("<code>: that is a sessionId, which opens nothing; %s takes the code, the link or the page token (session create printed them)", command)
	}
	return strings.TrimSpace(text), ""
}

// SessionDeleteCmd ends a session.
type SessionDeleteCmd struct {
	serverFlag
	secretFlags
}

// Run deletes it. The secret goes into a header: a path is logged on the way.
func (c *SessionDeleteCmd) Run(ctx context.Context, env *environment) error {
	secret, _ := c.secretFlags.check(env, &c.serverFlag, "delete")
	c.serverFlag.check(env)
	if err := env.wrong(); err != nil {
		return err
	}
	if err := c.call(ctx, http.MethodDelete, "/api/v1/session", secret, nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(env.stdout, "Deleted. Its code opens nothing any more, and its pages are told.")
	return err
}
