package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// frame is one of layer 2, or of layer 1, which has no type.
type frame struct {
	Type    string `json:"type"`
	Session string `json:"sessionId"`
	Seq     uint64 `json:"seq"`
	Service string `json:"service"`
	Status  string `json:"status"`
	Notice  string `json:"notice"`
	Reason  string `json:"reason"`
	At      string `json:"at"`
}

// plain is the frame as layer 1 tells it.
func (f frame) plain() frame {
	return frame{Session: f.Session, Seq: f.Seq, Service: f.Service, At: f.At}
}

// ends reports whether nothing may follow.
func (f frame) ends() bool {
	return f.Type == "status" && slices.Contains([]string{"completed", "failed", "cancelled", "expired", "deleted"}, f.Status)
}

// final is a frame that only says that the session is gone; no store has it.
func (f frame) final() bool {
	return f.Type == "status" && (f.Status == "expired" || f.Status == "deleted")
}

func onlyPlain(frames []frame) []frame {
	var told []frame
	for _, f := range frames {
		if f.Type == "event" {
			told = append(told, f.plain())
		}
	}
	return told
}

// post is one report of a phone or a backend.
type post struct {
	told frame  // what pages are told of it, without Session, Seq and At; Type is "progress" where they are told nothing
	key  string // makes it safe to repeat by the same reporter: each has keys of its own
	body string

	asPhone bool // reported by ticket, else by bearer

	sent     int64  // the ledger's clock when it was first sent
	answered int64  // and when it was answered 200; 0: never
	seq      uint64 // the answer
	refused  bool   // answered otherwise: it must not be there
}

// record is what the callers of one session know. Only what was answered counts as done.
type record struct {
	id, ticket  string
	token, data string
	created     time.Time
	expires     time.Time

	mu      sync.Mutex
	posts   []*post
	claims  bool // one was sent
	claimed int64
	opens   int
	deletes bool // one was sent
	deleted bool // and answered
}

// ticks is the clock of all records: what was answered before something else was sent has the lower number.
var ticks atomic.Int64

func (r *record) begin(p *post, asPhone bool) *post {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.sent, p.asPhone = ticks.Add(1), asPhone
	r.posts = append(r.posts, p)
	return p
}

// end notes the answer: a number, or 0 for a refusal. An answer that is not the first one's is a double.
func (r *record) end(p *post, seq uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case p.answered != 0 && p.seq != seq:
		return fmt.Errorf("session %s: a repeated %+v was answered %d after %d", r.id, p.told, seq, p.seq)
	case seq == 0:
		p.refused = true
	case p.answered == 0:
		p.answered, p.seq, p.refused = ticks.Add(1), seq, false
	}
	return nil
}

// audit compares what the callers know with what the server has: all frames of layer 2 that it stores, and the number of
// its last event.
func (r *record) audit(stored []frame, last uint64) tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := tally{sessions: 1}
	at := map[uint64]frame{}
	for i, f := range stored {
		if i > 0 && f.Seq <= stored[i-1].Seq {
			t.wrong(&t.disordered, "session %s: number %d follows %d", r.id, f.Seq, stored[i-1].Seq)
		}
		if i > 0 && stored[i-1].ends() {
			t.wrong(&t.disordered, "session %s: %+v follows the end", r.id, f)
		}
		if f.Session != r.id {
			t.wrong(&t.changed, "session %s: got the frame of %s", r.id, f.Session)
		}
		at[f.Seq] = f
	}
	taken := map[uint64]bool{}
	for _, p := range r.posts {
		if p.answered == 0 {
			continue
		}
		t.events++
		f, found := at[p.seq]
		switch {
		case taken[p.seq]:
			t.wrong(&t.lost, "session %s: number %d was given twice, also to %+v", r.id, p.seq, p.told)
		case p.told.Type == "progress" && !found && p.seq <= last:
		case p.told.Type == "progress" && found:
			t.wrong(&t.changed, "session %s: number %d was a detail and is %+v", r.id, p.seq, f)
		case !found:
			t.wrong(&t.lost, "session %s: number %d, %+v, is not there", r.id, p.seq, p.told)
		case !p.is(f):
			t.wrong(&t.changed, "session %s: number %d was %+v and is %+v", r.id, p.seq, p.told, f)
		}
		taken[p.seq] = true
	}
	r.auditOrder(&t)
	r.auditRest(&t, stored, last, taken)
	return t
}

func (p *post) is(f frame) bool {
	f.Session, f.Seq, f.At = "", 0, ""
	return p.told == f
}

// auditOrder: what was answered before another was sent has the lower number.
func (r *record) auditOrder(t *tally) {
	for _, a := range r.posts {
		for _, b := range r.posts {
			if a.answered != 0 && b.answered != 0 && a.answered < b.sent && a.seq >= b.seq {
				t.wrong(&t.disordered, "session %s: %d was answered before %d was sent", r.id, a.seq, b.seq)
			}
		}
	}
}

// auditRest explains everything that no acknowledged post is: by a post without an answer, or by what the server adds of
// itself. What is left is doubled; a number without anything is lost.
func (r *record) auditRest(t *tally, stored []frame, last uint64, taken map[uint64]bool) {
	unanswered := map[frame]int{}
	details := 0
	for _, p := range r.posts {
		if p.answered == 0 && !p.refused {
			unanswered[p.told]++
			if p.told.Type == "progress" {
				details++
			}
		}
	}
	opens, claims, ended := r.opens, 0, false
	for i, f := range stored {
		if taken[f.Seq] {
			ended = ended || f.ends()
			continue
		}
		taken[f.Seq] = true
		told := frame{Type: f.Type, Service: f.Service, Status: f.Status, Notice: f.Notice, Reason: f.Reason}
		switch {
		case unanswered[told] > 0:
			unanswered[told]--
			t.unseen++
		case f.Status == "claimed":
			if claims++; claims > 1 || !r.claims {
				t.wrong(&t.doubled, "session %s: claimed %d times, at %d", r.id, claims, f.Seq)
			}
		case f.Notice == "opened" && opens > 0:
			opens--
		case f.Status == "completed" && i > 0 && stored[i-1].Service == "INFO" && stored[i-1].Seq == f.Seq-1:
		default:
			t.wrong(&t.doubled, "session %s: nobody reported %+v, or not that often", r.id, f)
		}
		ended = ended || f.ends()
	}
	if r.claimed != 0 && claims == 0 && !ended { // after an end, a claim changes nothing
		t.wrong(&t.lost, "session %s: its claim is not there", r.id)
	}
	if len(stored) > 0 && stored[len(stored)-1].Service == "INFO" {
		t.wrong(&t.lost, "session %s: INFO without its completion", r.id)
	}
	for seq := uint64(1); seq <= last; seq++ {
		switch {
		case taken[seq]:
		case details > 0:
			details--
			t.unseen++
		default:
			t.wrong(&t.lost, "session %s: number %d of %d is nothing's", r.id, seq, last)
		}
	}
}

// compare holds what a page heard against all that there was to hear.
func compare(who string, heard, all []frame) tally {
	var t tally
	for i := range max(len(heard), len(all)) {
		switch {
		case i >= len(heard):
			t.wrong(&t.lost, "%s: it never heard %+v", who, all[i])
		case i >= len(all):
			t.wrong(&t.doubled, "%s: it heard %+v, which is not there", who, heard[i])
		case heard[i] == all[i]:
			continue
		case slices.Contains(all[:i], heard[i]):
			t.wrong(&t.doubled, "%s: it heard %+v again", who, heard[i])
		case slices.Contains(heard, all[i]):
			t.wrong(&t.disordered, "%s: it heard %+v where %+v was due", who, heard[i], all[i])
		default:
			t.wrong(&t.lost, "%s: it heard %+v, not %+v", who, heard[i], all[i])
		}
		if t.faults() > 3 {
			break
		}
	}
	return t
}
