package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/enrolment"
	"baton/internal/phone"
)

func TestPhoneNamesEveryProblemOfItsFlags(t *testing.T) {
	const text = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	for _, tc := range []struct {
		name string
		args []string
		says []string
	}{
		{"a bare text", []string{text}, []string{"does not say which server"}},
		{"no code", []string{"scan me"}, []string{"neither the text of a QR code nor its link"}},
		{"a server that is none", []string{text, "--url", "relay"}, []string{"--url"}},
		{"all at once", []string{text, "--url", "http://relay.test", "--outcome", "fine", "--at", "DINNER", "--cancel-at", "LUNCH",
			"--sandbox", "nowhere", "--steps", "SCAN,TEA", "--specimens", "PASSPORT=zoe"},
			[]string{"7 problems", `not "fine"`, "leave these two out", `not "DINNER"`, `not "LUNCH"`, `not "TEA"`, `no "zoe" for PASSPORT; there are ana, bo, cleo-expired`, "--sandbox"}},
		{"a device and a number that are none", []string{text, "--url", "http://relay.test", "--device", "mine", "--number", "7"}, []string{"2 problems", "--device", "--number"}},
		{"steps after the end", []string{text, "--url", "http://relay.test", "--steps", "INFO,SCAN"}, []string{"nothing follows it"}},
		{"an outcome that the phone decides", []string{text, "--url", "http://relay.test", "--outcome", "incomplete"}, []string{"--outcome"}},
		{"a step for what has no moment", []string{text, "--url", "http://relay.test", "--outcome", "face_mismatch", "--at", "FACE"}, []string{"--at", "network_cut"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := run(t.Context(), append([]string{"phone"}, tc.args...), func(string) string { return "" }, &stdout, &stderr)
			if status != exitUsage {
				t.Errorf("exit status %d, want %d", status, exitUsage)
			}
			for _, words := range tc.says {
				if !strings.Contains(stderr.String(), words) {
					t.Errorf("it says %q, which lacks %q", stderr.String(), words)
				}
			}
			if strings.Contains(stdout.String()+stderr.String(), text) {
				t.Error("the code is in what it says")
			}
		})
	}
}

// The help is written out, so it could fall behind.
func TestPhoneHelpNamesEveryValue(t *testing.T) {
	var stdout, stderr bytes.Buffer
	run(t.Context(), []string{"phone", "--help"}, func(string) string { return "" }, &stdout, &stderr)
	help := strings.Join(strings.Fields(stdout.String()), " ")
	for _, values := range [][]string{strings.Split(enrolment.OutcomeNames(), ", "), phone.Steps()} {
		for _, value := range values {
			if !strings.Contains(help, value) {
				t.Errorf("the help does not name %s", value)
			}
		}
	}
}

func TestTellProgress(t *testing.T) {
	var out strings.Builder
	typing := phone.Phone{Agree: func(context.Context, phone.Request) (bool, error) { return true, nil }}
	lines := phoneLines{out: &out, asks: (&PhoneCmd{}).asks(&typing)}
	for _, p := range []phone.Progress{
		{State: phone.Asked, Request: phone.Request{Name: "Example Shop", Browser: "Firefox", System: "Windows"}},
		{State: phone.Asked, Request: phone.Request{Confirm: phone.ConfirmPrompt, Status: "created"}},
		{State: phone.Asked, Request: phone.Request{Confirm: phone.ConfirmNumber, Status: "cancelled"}},
		{State: phone.Reported},
		{State: phone.Claimed, Detail: "5b0a35c2"},
		{State: phone.Generic},
		{State: phone.Listed, Detail: "SCAN, INFO", Empty: true},
		{State: phone.Wished, Detail: "user_cancels", Step: "FACE"},
		{State: phone.Unfit, Detail: "the outcome background_hit needs more"},
		{State: phone.Began, Kind: "scan", Step: "SCAN"},
		{State: phone.Done, Step: "SCAN"},
		{State: phone.Skipped, Step: "READ", Reason: "READ_NFC_UNAVAILABLE"},
		{State: phone.TryingAgain, Step: "FACE", Reason: "FACE_NO_MATCH"},
		{State: phone.Waiting, Wait: 1234567890, Detail: "connection refused"},
		{State: phone.Waiting, Wait: 2000000000, Detail: "connection refused"},
		{State: phone.HandedIn},
		{State: phone.NoSandbox, Detail: "the server has no sandbox that takes results"},
		{State: phone.Completed},
		{State: phone.Failed, Reason: "SOMETHING_NEW"},
		{State: phone.Cancelled, Reason: "USER_CANCEL"},
		{State: phone.NotCancelled, Detail: "connection refused"},
	} {
		lines.tell(p)
	}
	want := `• Example Shop asks you to verify your identity, started in Firefox on Windows
? Somebody asks you to verify your identity
• Somebody asks you to verify your identity
✓ Thank you. The page was told that it wasn't you; what had not ended has been stopped.
✓ Session 5b0a35c2 is this phone's
! What the code asks for is not in the reader app's form; a usual enrolment is played
! The code's session has no data; the steps that it expects are played: SCAN, INFO
! The console chose the outcome user_cancels at FACE
! What the console chose does not come: the outcome background_hit needs more
✓ SCAN             Document scanned
– READ             skipped: this phone cannot read chips (READ_NFC_UNAVAILABLE)
! FACE             trying again: the face did not match the document (FACE_NO_MATCH)
! The server does not answer as it should. Trying again for up to 60 s; Ctrl+C stops.
… Trying again in 1.2s: connection refused
… Trying again in 2s: connection refused
! No result is handed in: the server has no sandbox that takes results
✓ Done. Go back to your computer.
✗ Failed: SOMETHING_NEW
✗ Cancelled: you stopped (USER_CANCEL)
✗ Stopped, and the page could not be told: connection refused
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// typed is a person who types these lines and then leaves.
func typed(t *testing.T, lines string) (person, *strings.Builder) {
	t.Helper()
	in, keyboard, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	if _, err := keyboard.WriteString(lines); err != nil {
		t.Fatal(err)
	}
	keyboard.Close()
	var out strings.Builder
	return person{in: in, out: &out}, &out
}

func TestPersonAgrees(t *testing.T) {
	for lines, want := range map[string]bool{"": true, "\n": true, "y\n": true, "YES\n": true, "n\n": false, "No": false, "what?\nno\n": false, "what?\n": true} {
		who, _ := typed(t, lines)
		if got, err := who.agrees(t.Context(), phone.Request{}); err != nil || got != want {
			t.Errorf("%q is taken for %v, %v; want %v", lines, got, err, want)
		}
	}
}

func TestPersonTellsTheNumber(t *testing.T) {
	who, out := typed(t, "seven\n47\n\n")
	ask := who.number("12")
	for i, want := range []string{"12", "47", ""} {
		if got, err := ask(t.Context(), i > 0); err != nil || got != want {
			t.Errorf("answer %d is %q, %v; want %q", i, got, err, want)
		}
	}
	if _, err := ask(t.Context(), true); !errors.Is(err, phone.ErrNoNumber) {
		t.Errorf("nobody there is %v, want ErrNoNumber", err)
	}
	for _, words := range []string{"two digits", "one more try"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("it says %q, which lacks %q", out.String(), words)
		}
	}
}

func TestPersonIsNotWaitedForAfterTheEnd(t *testing.T) {
	in, keyboard, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close(); in.Close() })
	ctx, stop := context.WithCancel(t.Context())
	stop()
	who := person{in: in, out: io.Discard}
	if _, err := who.agrees(ctx, phone.Request{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestPhoneConfirms plays the real program against the real demo, with sessions that ask for more than a tap.
func TestPhoneConfirms(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	// play runs the phone, and types what answer returns as soon as the page shows a number.
	play := func(t *testing.T, session guarded, answer func() string, args ...string) (string, error) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "baton", append([]string{"phone", "--fast", "--url", address, session.Link}, args...)...)
		keyboard, err := command.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out buffer
		command.Stdout, command.Stderr = &out, &out
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		if answer != nil {
			io.WriteString(keyboard, answer())
		}
		keyboard.Close()
		err = command.Wait()
		for _, secret := range []string{session.Text, session.Page} {
			if secret != "" && strings.Contains(out.String(), secret) {
				t.Error("a secret is in what it says")
			}
		}
		return out.String(), err
	}
	says := func(t *testing.T, out string, words ...string) {
		t.Helper()
		for _, word := range words {
			if !strings.Contains(out, word) {
				t.Errorf("it says\n%s\nwhich lacks %q", out, word)
			}
		}
	}
	whole := "claimed, SCAN, READ, FACE, BACKGROUND_CHECK, INFO, completed"

	t.Run("without a terminal it agrees", func(t *testing.T) {
		t.Parallel()
		session := customer.guard(t, map[string]any{"confirm": "prompt"})
		out, err := play(t, session, nil)
		if err != nil {
			t.Error(err)
		}
		says(t, out, "• Example Shop asks you to verify your identity, started in Firefox on Windows at ", "Done")
		customer.wantTold(t, session, "opened, "+whole)
		out, err = play(t, session, nil)
		if err == nil {
			t.Error("another phone is let in")
		}
		says(t, out, "Another phone uses this code, or used it until the session ended")
	})
	t.Run("the number is read from the input", func(t *testing.T) {
		t.Parallel()
		session := customer.guard(t, map[string]any{"confirm": "number"})
		out, err := play(t, session, func() string {
			number := customer.number(t, session)
			return wrongFor(number) + "\n" + number + "\n"
		})
		if err != nil {
			t.Error(err)
		}
		says(t, out, "? Example Shop asks you", "one more try", "Done")
		customer.wantTold(t, session, "opened, confirm, confirm_failed, "+whole)
	})
	t.Run("or given, to the phone of an earlier run", func(t *testing.T) {
		t.Parallel()
		session := customer.guard(t, map[string]any{"confirm": "number"})
		device := phone.NewDevice().Reveal()
		out, err := play(t, session, nil, "--device", device)
		if err == nil {
			t.Error("it went on without the number")
		}
		says(t, out, "--number")
		if _, err := play(t, session, nil, "--device", device, "--number", customer.number(t, session)); err != nil {
			t.Error(err)
		}
		customer.wantTold(t, session, "opened, confirm, "+whole)
	})
	t.Run("it was somebody else", func(t *testing.T) {
		t.Parallel()
		session := customer.guard(t, map[string]any{"confirm": "prompt"})
		out, err := play(t, session, nil, "--not-me")
		if err != nil {
			t.Error(err)
		}
		says(t, out, "Thank you")
		customer.wantTold(t, session, "not_me, cancelled NOT_ME")
	})
	t.Run("a copied link of a code that changes", func(t *testing.T) {
		t.Parallel()
		session := customer.guard(t, map[string]any{"rotate": true, "confirm": "number"})
		out, err := play(t, session, nil)
		if err == nil {
			t.Error("the bare ticket is let in")
		}
		says(t, out, "too old")
		var copied struct{ Link string }
		if err := customer.call(http.MethodPost, "/api/v1/session/link", session.Page, nil, &copied); err != nil {
			t.Fatal(err)
		}
		session.Link = copied.Link
		if _, err := play(t, session, func() string { return customer.number(t, session) + "\n" }); err != nil {
			t.Error(err)
		}
	})
}
