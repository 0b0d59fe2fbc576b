package handoff_test

import (
	"strings"
	"testing"

	"baton/internal/handoff"
)

// A name stands on somebody's phone as if it were true, so it may hold nothing that makes it look like another one.
func TestARequestersName(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		code handoff.Code
	}{
		"Plain":           {"Example Bank", ""},
		"Arabic":          {"بنك المثال\u200f (Example)", ""},
		"Joined":          {"می\u200cخواهم 👨\u200d👩", ""},
		"Longest":         {strings.Repeat("é", 128), ""},
		"TooLong":         {strings.Repeat("é", 129), handoff.CodeInvalidInput},
		"TurnedAround":    {"knaB \u202eelpmaxE", handoff.CodeInvalidInput},
		"Isolated":        {"Example\u2066 Bank", handoff.CodeInvalidInput},
		"Invisible":       {"Exam\u200bple", handoff.CodeInvalidInput},
		"ByteOrderMark":   {"\ufeffExample", handoff.CodeInvalidInput},
		"NewLine":         {"Example\nBank", handoff.CodeInvalidInput},
		"LineSeparator":   {"Example\u2028Bank", handoff.CodeInvalidInput},
		"Escape":          {"\x1b[31mExample", handoff.CodeInvalidInput},
		"SecondOfEscapes": {"\u009b31mExample", handoff.CodeInvalidInput},
		"NotUTF8":         {"Example\xff", handoff.CodeInvalidInput},
	} {
		t.Run(name, func(t *testing.T) {
			service, _ := newService(t)
			_, _, err := service.Create(t.Context(), handoff.Creation{Requester: handoff.Requester{Name: test.text}})
			wantCode(t, "the creation", err, test.code)
		})
	}
}
