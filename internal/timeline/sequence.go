package timeline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"baton/internal/handoff"
)

// Step is a line of the sequence: an entry, or the answer of one that others come before.
type Step struct {
	Entry
	IsAnswer bool
}

// Place orders the steps, over all entries of all sessions.
func (s Step) Place() uint64 {
	if s.IsAnswer {
		return s.Until
	}
	return s.N
}

// Steps are what the entries come to, in order. The answer of a call that others were made for is a step of its own.
func Steps(entries []Entry) []Step {
	var steps []Step
	for _, e := range entries {
		steps = append(steps, Step{Entry: e})
		if e.Nesting {
			steps = append(steps, Step{Entry: e, IsAnswer: true})
		}
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return int(int64(a.Place()) - int64(b.Place())) })
	return steps
}

// Ends are where the step's arrow begins and where it points.
func (s Step) Ends() (from, to Party) {
	if s.IsAnswer {
		return s.To, s.From
	}
	return s.From, s.To
}

// Label says what a step is, without a secret: a call's method and route, a frame's kind. StatusText goes with it.
func (s Step) Label(id handoff.SessionID) string {
	switch {
	case s.IsAnswer:
		return "answer to " + s.Method + " " + s.Route(id)
	case s.Kind == Call:
		return s.Method + " " + s.Route(id)
	case s.Kind == Frame:
		return frameLabel(s.Entry)
	case s.Kind == InProcess:
		return "in process: " + s.Title
	}
	return s.Title
}

// StatusText is the status that a step shows, or that none came; empty for none to show.
func (s Step) StatusText() string {
	switch {
	case s.Kind != Call || s.Nesting && !s.IsAnswer:
		return ""
	case s.Status == 0:
		return s.Title
	}
	return strconv.Itoa(s.Status)
}

// Failed reports whether the step shows something that went wrong.
func (s Step) Failed() bool { return s.Kind == Call && (s.Status == 0 || s.Status >= 400) }

// Since is when a step was, counted from a moment.
func (s Step) Since(began time.Time) string {
	at := s.At.Sub(began)
	if s.IsAnswer {
		at += s.Took
	}
	return fmt.Sprintf("+%.2f s", max(0, at).Seconds())
}

func frameLabel(e Entry) string {
	if !e.Request.JSON {
		return "first frame"
	}
	var f struct{ Type, Service, Status, Notice, Reason string }
	_ = json.Unmarshal([]byte(e.Request.Body.String()), &f) // what it cannot read is empty
	if e.From == Page {
		return "first frame"
	}
	words := []string{f.Type}
	for _, word := range []string{f.Service, f.Status, f.Notice, f.Reason} {
		if word != "" {
			words = append(words, word)
		}
	}
	if f.Type == "" {
		words[0] = "frame"
	}
	return strings.Join(words, " ")
}

// shortID names a session where there is no room for all of it.
func shortID(id handoff.SessionID) string {
	short, _, _ := strings.Cut(string(id), "-")
	return short
}
