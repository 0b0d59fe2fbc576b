package timeline

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"baton/internal/handoff"
)

// Pending is a call that has begun. Which session it belongs to may only be known once it is answered; what is done
// meanwhile to answer it waits as well.
type Pending struct {
	recorder *Recorder
	entry    Entry
	began    time.Time

	mu     sync.Mutex
	nested []nested
	ended  bool
	of     Of
}

type nested struct {
	entry Entry
	fill  func(redactor, *Entry)
}

// Begin counts a call in. A nil Recorder returns a nil Pending, which every method takes.
func (r *Recorder) Begin(from, to Party) *Pending {
	if r == nil {
		return nil
	}
	return &Pending{recorder: r, began: time.Now(), entry: Entry{N: r.next.Add(1), Kind: Call, From: from, To: to, At: r.now()}}
}

// End keeps the call as one of a session's; the zero Of keeps nothing. It is called once.
func (p *Pending) End(of Of, x Exchange) {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.ended, p.of = true, of
	waiting := p.nested
	p.nested = nil
	p.mu.Unlock()

	e := p.entry
	e.Until, e.Took, e.Nesting = p.recorder.next.Add(1), time.Since(p.began), len(waiting) > 0
	p.recorder.keep(of, e, x.fill)
	for _, n := range waiting {
		p.recorder.keep(of, n.entry, n.fill)
	}
}

func (x Exchange) fill(take redactor, e *Entry) {
	for _, value := range slices.Sorted(maps.Keys(x.Secrets)) { // a ticket before what else its code says
		take.name(x.Secrets[value], value)
	}
	e.Method, e.Origin, e.Status = clean(x.Method), clean(x.Origin), x.Status
	e.Answer = take.message(x.Header, x.Answer) // first: it names what was made
	e.Request = take.message(x.RequestHeader, x.Body)
	if x.Taken {
		e.Answer.Note = "The connection stays open; what follows on it is below."
	}
	e.Path = take.path(x.Path)
}

// add keeps what was done to answer the call, now or when that is answered.
func (p *Pending) add(e Entry, fill func(redactor, *Entry)) {
	e.Nested = true
	p.mu.Lock()
	if !p.ended {
		p.nested = append(p.nested, nested{e, fill})
		p.mu.Unlock()
		return
	}
	of := p.of
	p.mu.Unlock()
	p.recorder.keep(of, e, fill)
}

type pendingKey struct{}

// With returns ctx with the call that it serves. A nil Pending returns ctx.
func (p *Pending) With(ctx context.Context) context.Context {
	if p == nil {
		return ctx
	}
	return context.WithValue(ctx, pendingKey{}, p)
}

func pendingOf(ctx context.Context) *Pending {
	p, _ := ctx.Value(pendingKey{}).(*Pending)
	return p
}

// Auditor tells a recorder of what ends sessions, and of what a backend that runs in this process does with them, and passes
// everything on to next, which may be nil.
func (r *Recorder) Auditor(next handoff.Auditor) handoff.Auditor { return auditor{r, next} }

type auditor struct {
	recorder *Recorder
	next     handoff.Auditor
}

// inProcess are what a backend does; everything else that is audited was caused by a call, which is kept as such.
var inProcess = map[string]string{
	handoff.AuditCreated: "creates the session", handoff.AuditDeleted: deletes,
}

const (
	deletes        = "deletes the session"
	deletesEarlier = "deletes the earlier session" // which a new one takes the place of: the timeline is the new one's
)

func (a auditor) Record(ctx context.Context, o handoff.Occurrence) {
	if title, ok := inProcess[o.What]; ok && a.recorder != nil {
		if p := pendingOf(ctx); p != nil && p.entry.To == Backend {
			p.add(Entry{N: a.recorder.next.Add(1), Kind: InProcess, From: Backend, To: Baton, At: a.recorder.now(), Title: title, about: o.Session}, func(redactor, *Entry) {})
		}
	}
	if o.What == handoff.AuditDeleted || o.What == handoff.AuditExpired {
		a.recorder.Forget(o.Session)
	}
	if a.next != nil {
		a.next.Record(ctx, o)
	}
}
