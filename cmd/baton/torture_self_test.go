package main

import (
	"slices"
	"strings"
	"testing"
)

// TestTheTortureSeesWhatItIsFor: a check that finds nothing is worth nothing unless it would find something.
func TestTheTortureSeesWhatItIsFor(t *testing.T) {
	t.Parallel()
	const id = "5a5c230b-85f6-438d-81b5-203c9ec9056b"
	at := func(seq uint64, f frame) frame {
		f.Session, f.Seq, f.At = id, seq, "2026-01-01T00:00:00.000Z"
		return f
	}
	scan, face := frame{Type: "event", Service: "SCAN"}, frame{Type: "event", Service: "FACE"}
	info, detail := frame{Type: "event", Service: "INFO"}, frame{Type: "progress"}
	claimed, completed := frame{Type: "status", Status: "claimed"}, frame{Type: "status", Status: "completed"}
	// The clock of the record below: each post was answered before the next was sent.
	answered := func(seq uint64, told frame, turn int64) *post {
		return &post{told: told, seq: seq, sent: 2 * turn, answered: 2*turn + 1}
	}
	unanswered := func(told frame) *post { return &post{told: told, sent: 99} }
	whole := []frame{at(1, claimed), at(2, scan), at(4, face), at(5, info), at(6, completed)}

	for _, c := range []struct {
		name   string
		more   []*post
		change func(stored []frame) []frame
		last   uint64
		want   string // the kinds of fault
	}{
		{name: "all is well"},
		{name: "an event is lost from the middle", change: func(s []frame) []frame { return slices.Delete(s, 1, 2) }, want: "lost"},
		{name: "the end is lost", change: func(s []frame) []frame { return s[:4] }, want: "lost"},
		{name: "everything from some event on is lost", change: func(s []frame) []frame { return s[:2] }, last: 2, want: "lost"},
		{name: "the claim is lost and its number, too", change: func(s []frame) []frame { return s[1:] }, want: "lost"},
		{name: "an event stands there twice", change: func(s []frame) []frame {
			return append(s[:3:3], at(5, face), at(6, info), at(7, completed))
		}, last: 7, want: "doubled changed"},
		{name: "an event stands under another's number", change: func(s []frame) []frame { s[1], s[2] = at(2, face), at(4, scan); return s }, want: "changed"},
		{name: "the order is another", change: func(s []frame) []frame { s[1], s[2] = s[2], s[1]; return s }, want: "disordered"},
		{name: "something follows the end", more: []*post{answered(7, scan, 9)}, change: func(s []frame) []frame { return append(s, at(7, scan)) }, last: 7, want: "disordered"},
		{name: "numbers do not rise with time", more: []*post{answered(3, detail, -1), answered(2, scan, 9)}, want: "lost disordered"},
		{name: "what saw no answer is there", more: []*post{unanswered(face)}, change: func(s []frame) []frame {
			return append(s[:3:3], at(5, info), at(6, completed))
		}},
		{name: "what saw no answer is not there", more: []*post{unanswered(scan), unanswered(detail)}},
		{name: "what was refused is there", more: []*post{{told: scan, refused: true}}, change: func(s []frame) []frame { return append(s, at(7, scan)) }, last: 7, want: "doubled disordered"},
		{name: "a number is nobody's", last: 7, want: "lost"},
		{name: "a frame is another session's", change: func(s []frame) []frame { s[2].Session = "other"; return s }, want: "changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &record{id: id, claims: true, claimed: 1, posts: append([]*post{
				answered(2, scan, 1), answered(3, detail, 2), answered(4, face, 3), answered(5, info, 4),
			}, c.more...)}
			stored, last := slices.Clone(whole), uint64(6)
			if c.change != nil {
				stored = c.change(stored)
			}
			if c.last != 0 {
				last = c.last
			}
			if got := r.audit(stored, last); got.kinds() != c.want {
				t.Errorf("found %q, want %q: %q", got.kinds(), c.want, got.said)
			}
		})
	}
}

func TestTheTortureSeesWhatAPageMissed(t *testing.T) {
	t.Parallel()
	a, b, c := frame{Seq: 1}, frame{Seq: 2}, frame{Seq: 3}
	all := []frame{a, b, c}
	for _, test := range []struct {
		name  string
		heard []frame
		want  string
	}{
		{"heard all", []frame{a, b, c}, ""},
		{"heard nothing", nil, "lost"},
		{"missed the last", []frame{a, b}, "lost"},
		{"missed one between", []frame{a, c}, "lost"},
		{"heard one twice", []frame{a, b, c, c}, "doubled"},
		{"heard one twice between", []frame{a, a, b, c}, "doubled"},
		{"heard two in another order", []frame{a, c, b}, "doubled disordered"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := compare("page", test.heard, all); got.kinds() != test.want {
				t.Errorf("found %q, want %q: %q", got.kinds(), test.want, got.said)
			}
		})
	}
}

// kinds names the faults that were found.
func (t *tally) kinds() string {
	var kinds []string
	for _, kind := range []struct {
		name  string
		count int
	}{{"lost", t.lost}, {"doubled", t.doubled}, {"disordered", t.disordered}, {"changed", t.changed}} {
		if kind.count > 0 {
			kinds = append(kinds, kind.name)
		}
	}
	return strings.Join(kinds, " ")
}
