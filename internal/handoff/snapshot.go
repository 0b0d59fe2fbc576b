package handoff

import "time"

// Snapshot is where a session stands, as its events tell it: all of one moment, because it comes from one reading.
type Snapshot struct {
	Status   Status
	Reason   string // why it failed or was cancelled
	Seq      uint64 // number of the last event; 0 before the first
	Services []Step // done, in order; one that was done twice stands twice
	Notices  []Notice

	ClaimedAt time.Time
	EndedAt   time.Time
}

// SnapshotOf folds a session's events, which must be all of them from the first on.
func SnapshotOf(events []Event) Snapshot {
	at := Snapshot{Status: StatusCreated}
	for _, event := range events {
		at.Seq = event.Seq
		switch event.Kind {
		case KindService:
			at.Services = append(at.Services, event.Step)
		case KindNotice:
			at.Notices = append(at.Notices, event.Notice)
		case KindStatus:
			at.Status, at.Reason = event.Status, event.Reason
			switch {
			case event.Status == StatusClaimed:
				at.ClaimedAt = event.At
			case event.Status.Ended():
				at.EndedAt = event.At
			}
		}
	}
	return at
}
