package handoff_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

func TestSnapshotOf(t *testing.T) {
	at := func(seconds int) time.Time { return time.Date(2030, 1, 2, 3, 4, seconds, 0, time.UTC) }
	service := func(seq uint64, step handoff.Step) handoff.Event {
		return handoff.Event{Seq: seq, Kind: handoff.KindService, Step: step, At: at(int(seq))}
	}
	status := func(seq uint64, status handoff.Status, reason string) handoff.Event {
		return handoff.Event{Seq: seq, Kind: handoff.KindStatus, Status: status, Reason: reason, At: at(int(seq))}
	}
	notice := handoff.Event{Seq: 1, Kind: handoff.KindNotice, Notice: handoff.NoticeOpened, At: at(1)}
	detail := func(seq uint64) handoff.Event {
		return handoff.Event{Seq: seq, Kind: handoff.KindProgress, Reason: "R", Detail: `{"event":"VIEW"}`, At: at(int(seq))}
	}
	scanned := []handoff.Step{handoff.StepScan}
	for name, check := range map[string]struct {
		events []handoff.Event
		want   handoff.Snapshot
	}{
		"Nothing": {nil, handoff.Snapshot{Status: handoff.StatusCreated}},
		"Opened":  {[]handoff.Event{notice}, handoff.Snapshot{Status: handoff.StatusCreated, Seq: 1, Notices: []handoff.Notice{handoff.NoticeOpened}}},
		"Claimed": {
			[]handoff.Event{notice, status(2, handoff.StatusClaimed, "")},
			handoff.Snapshot{Status: handoff.StatusClaimed, Seq: 2, Notices: []handoff.Notice{handoff.NoticeOpened}, ClaimedAt: at(2)},
		},
		"ReportedWithoutAClaim": {
			[]handoff.Event{service(1, handoff.StepScan)},
			handoff.Snapshot{Status: handoff.StatusCreated, Seq: 1, Services: scanned},
		},
		"ServicesInTheirOrderAndTwice": {
			[]handoff.Event{service(1, handoff.StepFace), service(2, handoff.StepScan), service(3, handoff.StepFace)},
			handoff.Snapshot{Status: handoff.StatusCreated, Seq: 3, Services: []handoff.Step{handoff.StepFace, handoff.StepScan, handoff.StepFace}},
		},
		"SkippedIsNotDone": {
			[]handoff.Event{service(1, handoff.StepScan), {Seq: 2, Kind: handoff.KindNotice, Notice: handoff.NoticeSkipped, Step: handoff.StepRead, Reason: "R"}},
			handoff.Snapshot{Status: handoff.StatusCreated, Seq: 2, Services: scanned, Notices: []handoff.Notice{handoff.NoticeSkipped}},
		},
		"DetailsCountTheirNumbersOnly": {
			[]handoff.Event{status(1, handoff.StatusClaimed, ""), detail(2), service(3, handoff.StepScan), detail(4)},
			handoff.Snapshot{Status: handoff.StatusClaimed, Seq: 4, Services: scanned, ClaimedAt: at(1)},
		},
		"Completed": {
			[]handoff.Event{status(1, handoff.StatusClaimed, ""), service(2, handoff.StepInfo), status(3, handoff.StatusCompleted, "")},
			handoff.Snapshot{Status: handoff.StatusCompleted, Seq: 3, Services: []handoff.Step{handoff.StepInfo}, ClaimedAt: at(1), EndedAt: at(3)},
		},
		"Failed": {
			[]handoff.Event{status(1, handoff.StatusClaimed, ""), status(2, handoff.StatusFailed, "FACE_NO_MATCH")},
			handoff.Snapshot{Status: handoff.StatusFailed, Reason: "FACE_NO_MATCH", Seq: 2, ClaimedAt: at(1), EndedAt: at(2)},
		},
		"CancelledWithoutAClaim": {
			[]handoff.Event{status(1, handoff.StatusCancelled, "USER_CANCEL")},
			handoff.Snapshot{Status: handoff.StatusCancelled, Reason: "USER_CANCEL", Seq: 1, EndedAt: at(1)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(check.want, handoff.SnapshotOf(check.events)); diff != "" {
				t.Errorf("snapshot (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLook(t *testing.T) {
	service, c := newService(t)
	created, ticket := create(t, service, handoff.Creation{Tenant: "tenant", Reference: "order 7"})
	if _, err := service.Open(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	c.forward(time.Second)
	if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	claimedAt := service.Now()
	c.forward(time.Second)
	for _, p := range []handoff.Progress{{Step: handoff.StepScan}, {Detail: `{"event":"VIEW"}`}, {Status: handoff.StatusFailed, Reason: "FACE_NO_MATCH"}} {
		if _, err := service.Publish(t.Context(), ticket, p); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("ItsTenantSeesSessionAndSnapshot", func(t *testing.T) {
		session, snapshot, err := service.Look(t.Context(), "tenant", created.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := handoff.Snapshot{
			Status: handoff.StatusFailed, Reason: "FACE_NO_MATCH", Seq: 5, Services: []handoff.Step{handoff.StepScan}, Notices: []handoff.Notice{handoff.NoticeOpened},
			ClaimedAt: claimedAt, EndedAt: service.Now(),
		}
		if diff := cmp.Diff(want, snapshot); diff != "" {
			t.Errorf("snapshot (-want +got):\n%s", diff)
		}
		stored, err := service.ByID(t.Context(), created.ID)
		if diff := cmp.Diff(stored, session); diff != "" || err != nil || session.Reference != "order 7" {
			t.Errorf("session (-stored +got):\n%s%v", diff, err)
		}
		if snapshot.Status != session.Status || snapshot.Reason != session.Reason || snapshot.Seq != session.Seq ||
			snapshot.ClaimedAt != session.ClaimedAt || snapshot.EndedAt != session.EndedAt {
			t.Errorf("events and session tell different stories: %+v and %+v", snapshot, session)
		}
	})

	t.Run("NobodyElseDoes", func(t *testing.T) {
		for _, check := range []struct {
			tenant handoff.Tenant
			id     handoff.SessionID
		}{{"another", created.ID}, {"", created.ID}, {"tenant", handoff.NewSessionID()}} {
			session, snapshot, err := service.Look(t.Context(), check.tenant, check.id)
			wantCode(t, "Look as "+string(check.tenant), err, handoff.CodeNotFound)
			if session.ID != "" || snapshot.Status != "" {
				t.Error("something is shown beside the error")
			}
		}
	})

	t.Run("AtItsExpiryItIsGoneAndWhatItAcceptedRemains", func(t *testing.T) {
		want, err := service.EventsAfter(t.Context(), created.ID, 2)
		if err != nil {
			t.Fatal(err)
		}
		c.forward(created.ExpiresAt.Sub(service.Now()))
		_, _, err = service.Look(t.Context(), "tenant", created.ID)
		wantCode(t, "Look", err, handoff.CodeNotFound)
		remains := func() []handoff.Event {
			got, err := service.Remains(t.Context(), created.ID, 2)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if _, err := service.SweepOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, remains()); diff != "" {
			t.Errorf("within its afterlife (-want +got):\n%s", diff)
		}
		c.forward(handoff.Afterlife)
		if _, err := service.SweepOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := remains(); len(got) != 0 {
			t.Errorf("after it there remain %v", got)
		}
	})
}
