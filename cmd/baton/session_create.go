package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"baton/internal/client"
	"baton/internal/qr"
)

// maxDataFile is the most that is read of `data`, in bytes; the server's own limit is lower, and its to say.
const maxDataFile = 1 << 20

// SessionCreateCmd creates a session.
type SessionCreateCmd struct {
	serverFlag
	Bearer bearerFlags `embed:""`

	Data               string        `placeholder:"TEXT" help:"What the phone is told to do; empty if not set."`
	DataFile           string        `placeholder:"FILE" help:"The file that holds it; - for the input."`
	TTL                time.Duration `name:"ttl" placeholder:"TIME" help:"How long the session lives, 1m to 30m; 30m if not set."`
	Reference          string        `placeholder:"TEXT" help:"Your own id for it; comes back in its status."`
	Steps              []string      `placeholder:"STEP,…" help:"The steps to expect, such as SCAN,FACE,INFO."`
	Claim              string        `placeholder:"HOW" help:"open: any holder of the code may claim. once: the first phone only."`
	Confirm            string        `placeholder:"HOW" help:"none; prompt: the phone agrees to who asks; number: and enters the page's two digits."`
	Rotate             bool          `help:"Change the code every 20 seconds."`
	SeparatePage       bool          `help:"Give the page a token of its own, so that the code can neither watch nor delete."`
	Origins            []string      `placeholder:"ORIGIN" help:"Web page origins that may watch this session, such as https://shop.example.com."`
	Locale             string        `placeholder:"TAG" help:"The person's language, such as ar-AE."`
	RequesterName      string        `placeholder:"NAME" help:"Who asks, as the phone shows it."`
	RequesterUserAgent string        `placeholder:"TEXT" help:"The browser that asks; that of the first page that watches if not set."`
	RequesterIP        string        `name:"requester-ip" placeholder:"IP" help:"The address that asks."`
	PhoneToken         string        `secret:"" placeholder:"TOKEN" help:"What the phone gets for its calls to the provider. Without it the phone gets the bearer of this call, if that is no API key."`
	PhoneTokenFile     string        `secretfile:"" placeholder:"FILE" help:"The file that holds it; - for the input."`
	NoPhoneToken       bool          `help:"Give the phone no token at all."`

	Watch bool `help:"Go on to watch it, until it ends."`
	JSON  bool `name:"json" help:"Print the server's answer as it is, for programs; with --watch each frame on a line after it."`
}

// Help is shown by --help.
func (c *SessionCreateCmd) Help() string {
	return "Other users of this machine see what stands on a command line: give secrets by --…-file or by the environment.\n\n" +
		"Exit status: 0 if it was created, 1 if not, 2 for wrong flags; with --watch that of `baton session watch`."
}

// createdSession is a creation's answer.
type createdSession struct {
	SessionID string    `json:"sessionId"`
	Text      string    `json:"qrCodeText"`
	Link      string    `json:"qrCodeTextWithDynamicLink"`
	PageToken string    `json:"pageToken"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// check names every problem of the flags together. What a creation may ask for is the server's to judge.
func (c *SessionCreateCmd) check(env *environment) (body map[string]any, err error) {
	c.serverFlag.check(env)
	c.Bearer.check(env)
	c.PhoneToken = env.secret("phone-token", c.PhoneToken, c.PhoneTokenFile)
	if c.DataFile != "" {
		if c.Data != "" {
			env.problem("--data (%s) and --data-file (%s) are both set; leave one of them away", envName("data"), envName("data-file"))
		}
		read, err := env.readSource(c.DataFile, maxDataFile)
		if err != nil {
			env.flagProblem("data-file", "cannot be read: %v", err)
		}
		c.Data = read
	}
	if c.TTL%time.Second != 0 {
		env.flagProblem("ttl", "takes whole seconds, such as 90s")
	}
	if c.NoPhoneToken && c.PhoneToken != "" {
		env.flagProblem("no-phone-token", "contradicts --phone-token; leave one of them away")
	}
	return c.body(), env.wrong()
}

func (c *SessionCreateCmd) body() map[string]any {
	body := map[string]any{"data": c.Data}
	for key, text := range map[string]string{
		"reference": c.Reference, "claim": c.Claim, "confirm": c.Confirm, "locale": c.Locale, "token": c.PhoneToken,
	} {
		if text != "" {
			body[key] = text
		}
	}
	if c.NoPhoneToken {
		body["token"] = ""
	}
	if c.TTL != 0 {
		body["ttlSeconds"] = int64(c.TTL / time.Second)
	}
	for key, list := range map[string][]string{"steps": trimmed(c.Steps), "origins": trimmed(c.Origins)} {
		if len(list) > 0 {
			body[key] = list
		}
	}
	for key, on := range map[string]bool{"rotate": c.Rotate, "separatePage": c.SeparatePage} {
		if on {
			body[key] = true
		}
	}
	requester := map[string]string{}
	for key, text := range map[string]string{"name": c.RequesterName, "userAgent": c.RequesterUserAgent, "ip": c.RequesterIP} {
		if text != "" {
			requester[key] = text
		}
	}
	if len(requester) > 0 {
		body["requester"] = requester
	}
	return body
}

// Run creates the session, shows it, and watches it if asked to.
func (c *SessionCreateCmd) Run(ctx context.Context, env *environment) error {
	body, err := c.check(env)
	if err != nil {
		return err
	}
	bearer, err := c.Bearer.bearer(ctx)
	if err != nil {
		return err
	}
	var raw json.RawMessage
	if err := c.call(ctx, http.MethodPost, "/api/v1/session", "Bearer "+bearer, body, &raw); err != nil {
		return err
	}
	var made createdSession
	if json.Unmarshal(raw, &made) != nil || made.Text == "" {
		return errNotOfTheContract
	}
	if c.JSON {
		fmt.Fprintln(env.stdout, string(raw))
	} else if err := c.show(ctx, env, made); err != nil {
		return err
	}
	if !c.Watch {
		return nil
	}
	if made.PageToken != "" {
		return watchSession(ctx, env, &c.serverFlag, made.PageToken, client.PageToken, c.JSON)
	}
	return watchSession(ctx, env, &c.serverFlag, made.Text, client.QRCodeText, c.JSON)
}

// show says what was created and what to do next.
func (c *SessionCreateCmd) show(ctx context.Context, env *environment, made createdSession) error {
	w := env.stdout
	link := made.Link
	if c.Rotate {
		var copied struct{ Link string }
		if c.Confirm == "number" {
			if err := c.call(ctx, http.MethodPost, "/api/v1/session/link", made.PageToken, nil, &copied); err != nil {
				return err
			}
		}
		link = copied.Link
	}
	if link != "" && isTerminal(w) {
		if code, err := qr.Encode(link, qr.Medium); err == nil {
			fmt.Fprintf(w, "\n%s\n", code.Terminal(true))
		}
	}
	tellCreated(w, made, link)
	switch {
	case link == "":
		fmt.Fprintf(w, "\nThe code changes every 20 seconds, so a page has to show it: fetch %s/api/v1/session/qr.svg?link=true\nwith the page token in the Authorization header.\n", c.URL)
		return nil
	case c.Rotate:
		fmt.Fprint(w, "\nThe link works once, within 5 minutes; the code on a page changes every 20 seconds.\n")
	}
	fmt.Fprintf(w, "\nNext: scan the link's code with a phone, or play one: baton phone '%s'\n", client.Printable(link))
	if !c.Watch {
		secret := "the link"
		if made.PageToken != "" {
			secret = "the page token"
		}
		fmt.Fprintf(w, "Follow it: baton session watch --url %s -   (and paste %s)\n", c.URL, secret)
	}
	return nil
}

func tellCreated(w io.Writer, made createdSession, link string) {
	for _, row := range [][2]string{
		{"Session", made.SessionID}, {"Link", link}, {"Page token", made.PageToken}, {"Expires", clock(made.ExpiresAt)},
	} {
		if row[1] != "" {
			fmt.Fprintf(w, "%-10s %s\n", row[0], client.Printable(row[1]))
		}
	}
}
