package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// catchUpWithin is how long a page that has nothing in its way may take to hear all there is.
const catchUpWithin = 20 * time.Second

// check holds what r's callers know against everything that the server says of it now, by every way of asking. Nobody
// else may work on the session meanwhile.
func (p party) check(ctx context.Context, draw chance, r *record) (t tally, err error) {
	look := func() (int, []byte) {
		return p.call(http.MethodGet, "/api/v1/session/"+r.id+"/status", "", "Authorization", "Bearer "+p.bearer())
	}
	status, _ := look()
	switch left := time.Until(r.expires); {
	case r.deleted || left < -time.Second: // expiresAt is told in whole seconds
		return p.checkGone(r)
	case left < 5*time.Second:
		return r.acknowledged(), nil // it may go at any moment
	case status == http.StatusNotFound && r.deletes:
		r.deleted = true
		t = r.acknowledged()
		t.unseen++
		return t, nil
	case status != http.StatusOK:
		return t, fmt.Errorf("session %s is not there: its status is answered %d", r.id, status)
	}
	if err := p.repeat(draw, r); err != nil {
		t.wrong(&t.doubled, "%v", err)
	}
	if r.claimed != 0 || draw.once(2) {
		if status, err := p.claim(r); err != nil || status != http.StatusOK {
			t.wrong(&t.changed, "session %s: its claim is answered %d, %v", r.id, status, err)
		}
	}
	all, status, ok := p.read(r, 0, 0)
	if !ok {
		return t, fmt.Errorf("session %s cannot be read: %d", r.id, status)
	}
	audited := r.audit(all.Events, all.Seq)
	t.add(audited)
	if audited.faults() > 0 {
		return t, nil // the pages would only say the same
	}
	_, told := look()
	r.checkStatus(&t, all, told)
	t.add(p.hears(ctx, draw, r, "layer 1", all, 0))
	after := all.Seq
	if after > 0 {
		after = draw.Uint64N(all.Seq + 1)
	}
	t.add(p.hears(ctx, draw, r, pick(draw, "layer 2", "stream", "long poll"), all, after))
	return t, nil
}

// acknowledged counts what r's callers were told, for a session whose server is not asked any more.
func (r *record) acknowledged() tally {
	t := tally{sessions: 1}
	for _, posted := range r.posts {
		if posted.answered != 0 {
			t.events++
		}
	}
	return t
}

// checkGone: a session that was deleted or has expired is not there for anybody.
func (p party) checkGone(r *record) (tally, error) {
	t := r.acknowledged()
	for _, c := range []struct{ what, method, path, credential, body string }{
		{"status", http.MethodGet, "/api/v1/session/" + r.id + "/status", "Bearer " + p.bearer(), ""},
		{"claim", http.MethodGet, "/api/v1/session", r.ticket, ""},
		{"reading", http.MethodGet, "/api/v1/session/events", r.ticket, ""},
		{"report", http.MethodPost, "/api/v1/session/" + r.id + "/events", "Bearer " + p.bearer(), `{"service":"SCAN"}`},
		{"deletion", http.MethodDelete, "/api/v1/session", r.ticket, ""},
	} {
		if status, _ := p.call(c.method, c.path, c.body, "Authorization", c.credential); status != http.StatusNotFound {
			t.wrong(&t.changed, "session %s is gone, and its %s is answered %d", r.id, c.what, status)
		}
	}
	return t, nil
}

// repeat sends what bears a key again: always where no answer was seen, and at random where one was.
func (p party) repeat(draw chance, r *record) error {
	for _, posted := range r.posts {
		if posted.key == "" || posted.refused || (posted.answered != 0 && draw.once(2)) {
			continue
		}
		known := posted.answered != 0
		status, err := p.report(r, posted)
		switch {
		case err != nil:
			return err
		case known && status != http.StatusOK:
			return fmt.Errorf("session %s: number %d, repeated with its key, is answered %d", r.id, posted.seq, status)
		case unknown(status):
			return fmt.Errorf("session %s: %+v, sent again with its key, is answered %d", r.id, posted.told, status)
		}
	}
	return nil
}

func (r *record) checkStatus(t *tally, all reading, told []byte) {
	var status struct {
		ID        string    `json:"sessionId"`
		Status    string    `json:"status"`
		Services  []string  `json:"services"`
		Seq       uint64    `json:"seq"`
		ClaimedAt time.Time `json:"claimedAt"`
	}
	if err := json.Unmarshal(told, &status); err != nil {
		t.wrong(&t.lost, "session %s: its status is %v", r.id, err)
		return
	}
	var services []string
	last := "created"
	for _, f := range all.Events {
		if f.Type == "event" {
			services = append(services, f.Service)
		}
		last = cmp.Or(f.Status, last)
	}
	if status.ID != r.id || status.Status != last || status.Status != all.Status || status.Seq != all.Seq || !slices.Equal(status.Services, services) {
		t.wrong(&t.changed, "session %s: its status says %+v, its events say %s, %d, %v", r.id, status, last, all.Seq, services)
	}
}

// hears lets a fresh page read what follows after, until it has heard all of it.
func (p party) hears(ctx context.Context, draw chance, r *record, kind string, all reading, after uint64) tally {
	ctx, leave := context.WithCancel(ctx)
	reader := &page{kind: kind, r: r, party: p, draw: drawing(draw.Uint64(), 0), seq: after}
	due := slices.DeleteFunc(slices.Clone(all.Events), func(f frame) bool { return f.Seq <= after })
	left := make(chan struct{})
	go func() {
		defer close(left)
		reader.live(ctx)
	}()
	defer func() {
		leave()
		<-left
	}()
	return reader.catchUp(reading{Events: due, Status: all.Status})
}

// catchUp waits until a page that lives has heard all there is, and returns its verdict. The rest of a session that has
// ended is heard when the server says so: nothing may follow.
func (p *page) catchUp(all reading) tally {
	ended := frame{Type: "status", Status: all.Status}.ends()
	late := time.NewTimer(catchUpWithin)
	defer late.Stop()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for !p.hasHeard(all.Events) || ended && !p.isOver() {
		select {
		case <-ticker.C:
			continue
		case <-late.C:
		}
		break
	}
	t := p.verdict(all.Events)
	if ended && !p.isOver() {
		t.wrong(&t.lost, "%s: was not told that this is the end", p.name())
	}
	return t
}
