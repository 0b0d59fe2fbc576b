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

	"baton/internal/enrolment"
	"baton/internal/phone"
	"baton/internal/sandbox"
)

// phonePace is how long a person would need for one screen, roughly.
const phonePace = 800 * time.Millisecond

// PhoneCmd plays the phone in a terminal.
type PhoneCmd struct {
	Target    string            `arg:"" name:"code" help:"The text of the QR code, or its link."`
	URL       string            `name:"url" placeholder:"URL" help:"The server's address; a link has its own."`
	Sandbox   string            `placeholder:"URL" help:"The sandbox that takes the result; /sandbox of the server if not set."`
	Outcome   string            `placeholder:"NAME" help:"What the result says: success, face_mismatch, document_tampering, chip_invalid, background_hit, tampered_result or expired_result."`
	Fail      string            `placeholder:"NAME" help:"What goes wrong on the phone: not-recognised, expired or face."`
	CancelAt  string            `name:"cancel-at" placeholder:"STEP" help:"Stop when this step comes: SCAN, READ, FACE, BACKGROUND_CHECK or INFO."`
	NoNFC     bool              `name:"no-nfc" help:"The phone cannot read chips."`
	Specimens map[string]string `placeholder:"TYPE=NAME;…" help:"The invented documents to scan, such as PASSPORT=bo."`
	Device    string            `secret:"" placeholder:"TEXT" help:"The phone's own secret, to go on as the phone of an earlier run; a new one if not set."`
	Yes       bool              `help:"Agree to who asks without being asked. Without a terminal nothing is asked either."`
	Number    string            `placeholder:"NN" help:"The two digits that the page shows; read from the input if not set."`
	NotMe     bool              `name:"not-me" help:"Report that you did not ask for this, instead of claiming."`
	Steps     []string          `placeholder:"STEP,…" help:"Report just these steps, whatever the code asks for, and hand in no result."`
	Fast      bool              `help:"Do not take a person's time."`

	Stdin *os.File `kong:"-"` // nil: the program's
}

// phoneOutcomes are those that can be asked for: a result is incomplete because the enrolment was.
func phoneOutcomes() []string {
	var names []string
	for _, outcome := range sandbox.Outcomes() {
		if outcome != sandbox.Incomplete {
			names = append(names, string(outcome))
		}
	}
	return names
}

func phoneFailures() []string {
	var names []string
	for _, failure := range phone.Failures() {
		names = append(names, string(failure))
	}
	return names
}

// phone checks the flags, naming every problem together, and returns what they ask for.
func (c *PhoneCmd) phone(env *environment) (*phone.Phone, error) {
	server, ticket, err := phone.ParseTarget(c.Target, c.URL)
	switch {
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
	oneOf("outcome", c.Outcome, phoneOutcomes())
	oneOf("fail", c.Fail, phoneFailures())
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
		Server: server, Ticket: ticket, Device: device, NotMe: c.NotMe, Sandbox: strings.TrimRight(c.Sandbox, "/"), Outcome: c.Outcome, Fail: phone.Failure(c.Fail),
		CancelAt: c.CancelAt, NoChipReader: c.NoNFC, Specimens: c.Specimens, Steps: steps, Pace: phonePace,
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
	err = p.Run(ctx, func(progress phone.Progress) { tellProgress(env.stdout, progress) })
	if ended, ok := errors.AsType[*phone.EndedError](err); ok {
		if ctx.Err() == nil && c.asked(ended) {
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

// asked reports whether the enrolment was to end like this.
func (c *PhoneCmd) asked(ended *phone.EndedError) bool {
	if ended.Status == "cancelled" {
		return c.CancelAt != ""
	}
	return c.Fail != "" || c.NoNFC
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
	"INVALID_CONFIG":                "what the code asks for has a mistake",
}

func because(code string) string {
	if words, ok := phoneReasons[code]; ok {
		return words + " (" + code + ")"
	}
	return code
}

// tellProgress prints one line, or nothing for what needs no word.
func tellProgress(w io.Writer, p phone.Progress) {
	switch p.State {
	case phone.Asked:
		fmt.Fprintf(w, "? %s\n", whoAsks(p.Request))
	case phone.Reported:
		fmt.Fprintln(w, "✓ Thank you. The page was told that it wasn't you; what had not ended has been stopped.")
	case phone.Claimed:
		fmt.Fprintf(w, "✓ Session %s is this phone's\n", p.Detail)
	case phone.Generic:
		if p.Detail != "" {
			fmt.Fprintf(w, "! What the code asks for has a mistake: %s\n", p.Detail)
		} else {
			fmt.Fprintln(w, "! What the code asks for is not in the reader app's form; a usual enrolment is played")
		}
	case phone.Done:
		fmt.Fprintf(w, "✓ %-16s %s\n", p.Step, phoneSteps[p.Step])
	case phone.Skipped:
		fmt.Fprintf(w, "– %-16s skipped: %s\n", p.Step, because(p.Reason))
	case phone.TryingAgain:
		fmt.Fprintf(w, "! %-16s trying again: %s\n", p.Step, because(p.Reason))
	case phone.Waiting:
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
