package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		{"all at once", []string{text, "--url", "http://relay.test", "--outcome", "fine", "--fail", "all", "--cancel-at", "LUNCH",
			"--sandbox", "nowhere", "--steps", "SCAN,TEA", "--specimens", "PASSPORT=zoe"},
			[]string{"6 problems", `not "fine"`, `not "all"`, `not "LUNCH"`, `not "TEA"`, `no "zoe" for PASSPORT; there are ana, bo, cleo-expired`, "--sandbox"}},
		{"steps after the end", []string{text, "--url", "http://relay.test", "--steps", "INFO,SCAN"}, []string{"nothing follows it"}},
		{"an outcome that the phone decides", []string{text, "--url", "http://relay.test", "--outcome", "incomplete"}, []string{"--outcome"}},
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
	for _, values := range [][]string{phoneOutcomes(), phoneFailures(), phone.Steps()} {
		for _, value := range values {
			if !strings.Contains(help, value) {
				t.Errorf("the help does not name %s", value)
			}
		}
	}
}

func TestTellProgress(t *testing.T) {
	var out strings.Builder
	for _, p := range []phone.Progress{
		{State: phone.Claimed, Detail: "5b0a35c2"},
		{State: phone.Began, Kind: "scan", Step: "SCAN"},
		{State: phone.Done, Step: "SCAN"},
		{State: phone.Skipped, Step: "READ", Reason: "READ_NFC_UNAVAILABLE"},
		{State: phone.TryingAgain, Step: "FACE", Reason: "FACE_NO_MATCH"},
		{State: phone.Waiting, Wait: 1234567890, Detail: "connection refused"},
		{State: phone.HandedIn},
		{State: phone.NoSandbox, Detail: "the server has no sandbox that takes results"},
		{State: phone.Completed},
		{State: phone.Failed, Reason: "SOMETHING_NEW"},
		{State: phone.Cancelled, Reason: "USER_CANCEL"},
		{State: phone.NotCancelled, Detail: "connection refused"},
	} {
		tellProgress(&out, p)
	}
	want := `✓ Session 5b0a35c2 is this phone's
✓ SCAN             Document scanned
– READ             skipped: this phone cannot read chips (READ_NFC_UNAVAILABLE)
! FACE             trying again: the face did not match the document (FACE_NO_MATCH)
… Trying again in 1.2s: connection refused
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
