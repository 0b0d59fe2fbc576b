package handoff_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"baton/internal/handoff"
)

func TestNewSessionIDIsAUUIDOfVersion4(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := make(map[handoff.SessionID]bool)
	for range 200 {
		id := handoff.NewSessionID()
		if !form.MatchString(string(id)) || seen[id] {
			t.Fatalf("%q is no UUID v4, or is not new", id)
		}
		seen[id] = true
	}
}

func TestParseSessionID(t *testing.T) {
	id := string(knownID)
	for name, check := range map[string]struct {
		text string
		want handoff.SessionID
	}{
		"Canonical":        {id, knownID},
		"UpperCase":        {strings.ToUpper(id), knownID},
		"AnotherVersion":   {"00000000-0000-1000-8000-000000000000", "00000000-0000-1000-8000-000000000000"},
		"Empty":            {"", ""},
		"WithoutDashes":    {strings.ReplaceAll(id, "-", ""), ""},
		"DashMoved":        {id[:7] + "-" + id[7:8] + id[9:], ""},
		"DashForADigit":    {"-" + id[1:], ""},
		"DigitForADash":    {id[:8] + "0" + id[9:], ""},
		"NoHexadecimal":    {"g" + id[1:], ""},
		"Long":             {id + "0", ""},
		"InBraces":         {"{" + id[1:35] + "}", ""},
		"WithSpace":        {" " + id[1:], ""},
		"WithUniversalURN": {"urn:uuid:" + id, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := handoff.ParseSessionID(check.text)
			if got != check.want || ok != (check.want != "") {
				t.Errorf("ParseSessionID answers %q, %t; want %q", got, ok, check.want)
			}
		})
	}
}

func TestStatusEnded(t *testing.T) {
	for status, want := range map[handoff.Status]bool{
		handoff.StatusCreated: false, handoff.StatusClaimed: false,
		handoff.StatusCompleted: true, handoff.StatusFailed: true, handoff.StatusCancelled: true,
	} {
		if status.Ended() != want {
			t.Errorf("%s has ended: %t, want %t", status, !want, want)
		}
	}
}

func TestErrors(t *testing.T) {
	hidden := &handoff.Error{Code: handoff.CodeUnavailable, Message: "Try again.", Err: io.ErrUnexpectedEOF}
	for name, check := range map[string]struct {
		err     error
		code    handoff.Code
		message string
	}{
		"None":     {nil, "", ""},
		"Own":      {handoff.NotFound(), handoff.CodeNotFound, "No such session: it is unknown, has expired or was deleted. Create a new one."},
		"Wrapped":  {fmt.Errorf("outer secret: %w", hidden), handoff.CodeUnavailable, "Try again."},
		"Foreign":  {errors.New("secret"), handoff.CodeUnexpected, "Something went wrong on our side. Try again, and name the request id if it happens twice."},
		"HasCause": {hidden, handoff.CodeUnavailable, "Try again."},
	} {
		t.Run(name, func(t *testing.T) {
			if got := handoff.ErrorCode(check.err); got != check.code {
				t.Errorf("code is %q, want %q", got, check.code)
			}
			if got := handoff.ErrorMessage(check.err); got != check.message {
				t.Errorf("message is %q, want %q", got, check.message)
			}
		})
	}
	if !errors.Is(hidden, io.ErrUnexpectedEOF) || hidden.Error() != "Try again.: unexpected EOF" {
		t.Errorf("the log reads %q, want message and cause", hidden)
	}
}
