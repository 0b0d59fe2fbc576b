package handoff

import "context"

// What the audit tells apart, beside the statuses (claimed, completed, failed, cancelled) and the notices (opened,
// second_claim, confirm_failed, not_me, …), which go by their own names.
const (
	AuditCreated   = "created"
	AuditEvent     = "event" // a step was done or a detail reported
	AuditExpired   = "expired"
	AuditDeleted   = "deleted"
	AuditCodeStale = "code_stale" // a picture that was too old, or a guess
)

// Occurrence is one thing that happened to a session, for whoever looks into it later. It holds no secret.
type Occurrence struct {
	What    string
	Tenant  Tenant
	Session SessionID
	Step    Step
	Reason  string
	Seq     uint64 // of the event that it stands for; 0 for none
}

// Auditor keeps occurrences in the order in which they are recorded. ctx carries who called. Record must not block for
// long and cannot fail its caller: what happened has happened. Safe for concurrent use.
type Auditor interface {
	Record(ctx context.Context, o Occurrence)
}

// Audit lets a record what happens from now on, and returns s. It is called before the first use.
func (s *Service) Audit(a Auditor) *Service {
	s.auditor = a
	return s
}

// record tells the auditor of an occurrence of a session.
func (s *Service) record(ctx context.Context, session Session, what string) {
	if s.auditor != nil {
		s.auditor.Record(ctx, Occurrence{What: what, Tenant: session.Tenant, Session: session.ID, Reason: session.Reason})
	}
}

// recordEvents tells the auditor of the events that are new: those numbered above seq. A repeated report is none.
func (s *Service) recordEvents(ctx context.Context, session Session, seq uint64, events []Event) {
	if s.auditor == nil {
		return
	}
	for _, e := range events {
		if e.Seq <= seq {
			continue
		}
		o := Occurrence{What: AuditEvent, Tenant: session.Tenant, Session: session.ID, Step: e.Step, Reason: e.Reason, Seq: e.Seq}
		switch e.Kind {
		case KindStatus:
			o.What = string(e.Status)
		case KindNotice:
			o.What = string(e.Notice)
		}
		s.auditor.Record(ctx, o)
	}
}
