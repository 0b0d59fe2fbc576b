package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"baton/internal/client"
	"baton/internal/enrolment"
	"baton/internal/phone"
)

// phonePace is how long a person would need for one screen, roughly.
const phonePace = 800 * time.Millisecond

// PhoneCmd plays the phone in a terminal.
type PhoneCmd struct {
	Target    string            `arg:"" name:"code" help:"The text of the QR code, or its link."`
	URL       string            `name:"url" placeholder:"URL" help:"The server's address; a link has its own."`
	Sandbox   string            `placeholder:"URL" help:"The sandbox that takes the result; /sandbox of the server if not set."`
	Outcome   string            `placeholder:"NAME" help:"What it comes to; what the demo's console says if not set. On the phone: success, user_cancels, unreadable_document, expired_document, nfc_unavailable, too_many_attempts, session_expires or network_cut. At the provider: face_mismatch, document_tampering, chip_invalid, background_hit, tampered_result, expired_result, images_gone or slow_provider."`
	At        string            `placeholder:"STEP" help:"When user_cancels, session_expires or network_cut happens: as SCAN, READ, FACE, BACKGROUND_CHECK or INFO comes; with the first screen if not set."`
	CancelAt  string            `name:"cancel-at" placeholder:"STEP" help:"Short for --outcome user_cancels --at STEP."`
	Specimens map[string]string `placeholder:"TYPE=NAME;…" help:"The invented documents to scan, such as PASSPORT=bo."`
	Device    string            `secret:"" placeholder:"TEXT" help:"The phone's own secret, to go on as the phone of an earlier run; a new one if not set."`
	Yes       bool              `help:"Agree to who asks without being asked. Without a terminal nothing is asked either."`
	Number    string            `placeholder:"NN" help:"The two digits that the page shows; read from the input if not set."`
	NotMe     bool              `name:"not-me" help:"Report that you did not ask for this, instead of claiming."`
	Steps     []string          `placeholder:"STEP,…" help:"Report just these steps, whatever the code asks for, and hand in no result."`
	Fast      bool              `help:"Do not take a person's time."`

	Stdin *os.File `kong:"-"` // nil: the program's
}

// wish is the outcome that the flags ask for, after every problem of them is named.
func (c *PhoneCmd) wish(env *environment) enrolment.Wish {
	w := enrolment.Wish{Outcome: enrolment.Outcome(c.Outcome), At: c.At}
	if c.Outcome != "" && !w.Outcome.Known() {
		env.flagProblem("outcome", "is one of %s, not %q", enrolment.OutcomeNames(), c.Outcome)
	} else if c.At != "" && !w.Outcome.Timed() {
		env.flagProblem("at", "goes with --outcome user_cancels, session_expires or network_cut")
	}
	if c.CancelAt != "" {
		if c.Outcome != "" || c.At != "" {
			env.flagProblem("cancel-at", "stands for --outcome user_cancels --at STEP; leave these two out, or it")
		}
		w = enrolment.Wish{Outcome: enrolment.OutcomeUserCancels, At: c.CancelAt}
	}
	return w
}

// phone checks the flags, naming every problem together, and returns what they ask for.
func (c *PhoneCmd) phone(env *environment) (*phone.Phone, error) {
	server, ticket, err := phone.ParseTarget(c.Target, c.URL)
	switch {
	case isSessionID(c.Target):
		env.problem("<code>: that is a sessionId, which opens nothing; phone takes the code or the link (session create printed them)")
	case errors.Is(err, phone.ErrNoServer):
		env.problem("<code> is a bare text, which does not say which server it belongs to: set --url (%s), or give the link", envName("url"))
	case errors.Is(err, phone.ErrNoURL):
		env.flagProblem("url", "must be like https://baton.example.com")
	case err != nil:
		env.problem("<code>: %v", err)
	}
	if c.Sandbox != "" {
		if _, err := parseWebURL(c.Sandbox); err != nil {
			env.flagProblem("sandbox", "%v", err)
		}
	}
	device, ok := phone.ParseDevice(c.Device)
	if c.Device != "" && !ok {
		env.flagProblem("device", "takes 22 to 128 characters of A–Z, a–z, 0–9, - and _")
	}
	if c.Number != "" && !isNumber(c.Number) {
		env.flagProblem("number", "takes the two digits that the page shows")
	}
	oneOf := func(flag, value string, allowed []string) {
		if value != "" && !slices.Contains(allowed, value) {
			env.flagProblem(flag, "is one of %s, not %q", strings.Join(allowed, ", "), value)
		}
	}
	wish := c.wish(env)
	oneOf("at", c.At, phone.Steps())
	oneOf("cancel-at", c.CancelAt, phone.Steps())
	steps := trimmed(c.Steps)
	for _, step := range steps {
		oneOf("steps", step, phone.Steps())
	}
	if i := slices.Index(steps, enrolment.StepInfo); i >= 0 && i < len(steps)-1 {
		env.flagProblem("steps", "has %s before its end; nothing follows it", enrolment.StepInfo)
	}
	for documentType, id := range c.Specimens {
		if _, known := enrolment.SpecimenFor(documentType, id); !known {
			env.flagProblem("specimens", "has no %q for %s; there are %s", id, documentType, specimenNames(documentType))
		}
	}
	p := &phone.Phone{
		Server: server, Ticket: ticket, Device: device, NotMe: c.NotMe, Sandbox: strings.TrimRight(c.Sandbox, "/"),
		Wish: wish, Specimens: c.Specimens, Steps: steps, Pace: phonePace,
	}
	if c.Fast {
		p.Pace = 0
	}
	person := person{in: cmp.Or(c.Stdin, os.Stdin), out: env.stdout}
	p.Number = person.number(c.Number)
	if !c.Yes && isTyped(person.in) {
		p.Agree = person.agrees
	}
	return p, env.wrong()
}

func specimenNames(documentType string) string {
	var names []string
	for _, specimen := range enrolment.SpecimensFor(documentType) {
		names = append(names, specimen.ID)
	}
	return strings.Join(names, ", ")
}

// Run plays the phone and prints a line for each step. It fails if the enrolment ends otherwise than it was asked to.
func (c *PhoneCmd) Run(ctx context.Context, env *environment) error {
	p, err := c.phone(env)
	if err != nil {
		return err
	}
	lines := phoneLines{out: env.stdout, asks: c.asks(p)}
	err = p.Run(ctx, lines.tell)
	if ended, ok := errors.AsType[*phone.EndedError](err); ok {
		if ctx.Err() == nil && ended.Wished {
			return nil
		}
		return errSaid
	}
	if ctx.Err() != nil && err != nil {
		fmt.Fprintln(env.stdout, "Stopped.")
		return errSaid
	}
	return err
}

// phoneSteps say what was done, in the words of somebody who watches.
var phoneSteps = map[string]string{
	enrolment.StepScan:            "Document scanned",
	enrolment.StepRead:            "Chip read",
	enrolment.StepFace:            "Face compared",
	enrolment.StepBackgroundCheck: "Lists checked",
	enrolment.StepInfo:            "Result ready",
}

// phoneReasons say why something did not work.
var phoneReasons = map[string]string{
	enrolment.ReasonCancelled:       "you stopped",
	enrolment.ReasonExpired:         "the document has expired",
	enrolment.ReasonNoChipReader:    "this phone cannot read chips",
	enrolment.ReasonFaceNoMatch:     "the face did not match the document",
	enrolment.ReasonTooManyAttempts: "the face did not match the document, and there are no tries left",
	"SCAN_DOCUMENT_NOT_RECOGNIZED":  "the document could not be read",
	"SESSION_EXPIRED":               "time ran out",
	"INVALID_CONFIG":                "what the code asks for has a mistake",
}

func because(code string) string {
	if words, ok := phoneReasons[code]; ok {
		return words + " (" + code + ")"
	}
	return code
}

// noForm says why data does not tell what to play.
func noForm(empty bool) string {
	if empty {
		return "The code's session has no data"
	}
	return "What the code asks for is not in the reader app's form"
}

func atStep(step string) string {
	if step == "" {
		return ""
	}
	return " at " + step
}

// asks says whether the person's answer to who asks is going to be read.
func (c *PhoneCmd) asks(p *phone.Phone) func(phone.Request) bool {
	return func(r phone.Request) bool {
		switch {
		case r.Status != "" && r.Status != "created": // it was asked before, or is over
			return false
		case r.Confirm == phone.ConfirmNumber:
			return c.Number == ""
		}
		return r.Confirm == phone.ConfirmPrompt && p.Agree != nil
	}
}

// phoneLines write what happens for somebody who reads it.
type phoneLines struct {
	out    io.Writer
	asks   func(phone.Request) bool
	waited bool // how long it is tried again has been told
}

// tell prints one line, or nothing for what needs no word.
func (l *phoneLines) tell(p phone.Progress) {
	w := l.out
	switch p.State {
	case phone.Asked:
		mark := "•"
		if l.asks(p.Request) {
			mark = "?"
		}
		fmt.Fprintf(w, "%s %s\n", mark, whoAsks(p.Request))
	case phone.Reported:
		fmt.Fprintln(w, "✓ Thank you. The page was told that it wasn't you; what had not ended has been stopped.")
	case phone.Claimed:
		fmt.Fprintf(w, "✓ Session %s is this phone's\n", p.Detail)
	case phone.Generic:
		if p.Detail != "" {
			fmt.Fprintf(w, "! What the code asks for has a mistake: %s\n", p.Detail)
		} else {
			fmt.Fprintf(w, "! %s; a usual enrolment is played\n", noForm(p.Empty))
		}
	case phone.Listed:
		fmt.Fprintf(w, "! %s; the steps that it expects are played: %s\n", noForm(p.Empty), p.Detail)
	case phone.Wished:
		fmt.Fprintf(w, "! The console chose the outcome %s%s\n", p.Detail, atStep(p.Step))
	case phone.Unfit:
		fmt.Fprintf(w, "! What the console chose does not come: %s\n", p.Detail)
	case phone.Done:
		fmt.Fprintf(w, "✓ %-16s %s\n", p.Step, phoneSteps[p.Step])
	case phone.Skipped:
		fmt.Fprintf(w, "– %-16s skipped: %s\n", p.Step, because(p.Reason))
	case phone.TryingAgain:
		fmt.Fprintf(w, "! %-16s trying again: %s\n", p.Step, because(p.Reason))
	case phone.Waiting:
		if !l.waited {
			l.waited = true
			fmt.Fprintf(w, "! The server does not answer as it should. Trying again for up to %.0f s; Ctrl+C stops.\n", client.Patience.Seconds())
		}
		fmt.Fprintf(w, "… Trying again in %v: %s\n", p.Wait.Round(100*time.Millisecond), p.Detail)
	case phone.NoSandbox:
		fmt.Fprintf(w, "! No result is handed in: %s\n", p.Detail)
	case phone.Completed:
		fmt.Fprintln(w, "✓ Done. Go back to your computer.")
	case phone.Failed:
		fmt.Fprintf(w, "✗ Failed: %s\n", because(p.Reason))
	case phone.Cancelled:
		fmt.Fprintf(w, "✗ Cancelled: %s\n", because(p.Reason))
	case phone.NotCancelled:
		fmt.Fprintf(w, "✗ Stopped, and the page could not be told: %s\n", p.Detail)
	}
}
