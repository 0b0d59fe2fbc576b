package handoff_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

var allSteps = []handoff.Step{
	handoff.StepScan, handoff.StepRead, handoff.StepFace, handoff.StepBackgroundCheck, handoff.StepInfo,
}

func TestProgressIsChecked(t *testing.T) {
	for name, check := range map[string]struct {
		progress handoff.Progress
		want     handoff.Code
	}{
		"Scan":                  {handoff.Progress{Step: handoff.StepScan}, ""},
		"Info":                  {handoff.Progress{Step: handoff.StepInfo}, ""},
		"LongestKey":            {handoff.Progress{Step: handoff.StepScan, Key: strings.Repeat("k", 128)}, ""},
		"EveryPrintable":        {handoff.Progress{Step: handoff.StepScan, Key: " !~"}, ""},
		"Skipped":               {handoff.Progress{Skipped: handoff.StepRead, Reason: "READ_NFC_UNAVAILABLE"}, ""},
		"Failed":                {handoff.Progress{Status: handoff.StatusFailed, Reason: strings.Repeat("R", 128)}, ""},
		"Cancelled":             {handoff.Progress{Status: handoff.StatusCancelled}, ""},
		"Nothing":               {handoff.Progress{}, handoff.CodeInvalidInput},
		"OnlyAKey":              {handoff.Progress{Key: "k"}, handoff.CodeInvalidInput},
		"StepAndStatus":         {handoff.Progress{Step: handoff.StepScan, Status: handoff.StatusFailed}, handoff.CodeInvalidInput},
		"StepAndSkipped":        {handoff.Progress{Step: handoff.StepScan, Skipped: handoff.StepRead}, handoff.CodeInvalidInput},
		"SkippedAndStatus":      {handoff.Progress{Skipped: handoff.StepRead, Status: handoff.StatusFailed}, handoff.CodeInvalidInput},
		"UnknownStep":           {handoff.Progress{Step: "LOOK"}, handoff.CodeInvalidInput},
		"StepInAnotherCase":     {handoff.Progress{Step: "Scan"}, handoff.CodeInvalidInput},
		"UnknownSkipped":        {handoff.Progress{Skipped: "LOOK"}, handoff.CodeInvalidInput},
		"InfoSkipped":           {handoff.Progress{Skipped: handoff.StepInfo}, handoff.CodeInvalidInput},
		"CompletedAsStatus":     {handoff.Progress{Status: handoff.StatusCompleted}, handoff.CodeInvalidInput},
		"ClaimedAsStatus":       {handoff.Progress{Status: handoff.StatusClaimed}, handoff.CodeInvalidInput},
		"ExpiredAsStatus":       {handoff.Progress{Status: handoff.StatusExpired}, handoff.CodeInvalidInput},
		"KeyTooLong":            {handoff.Progress{Step: handoff.StepScan, Key: strings.Repeat("k", 129)}, handoff.CodeInvalidInput},
		"KeyWithANewLine":       {handoff.Progress{Step: handoff.StepScan, Key: "a\nb"}, handoff.CodeInvalidInput},
		"KeyNotASCII":           {handoff.Progress{Step: handoff.StepScan, Key: "é"}, handoff.CodeInvalidInput},
		"KeyWithDelete":         {handoff.Progress{Step: handoff.StepScan, Key: "\x7f"}, handoff.CodeInvalidInput},
		"ReasonTooLong":         {handoff.Progress{Status: handoff.StatusFailed, Reason: strings.Repeat("R", 129)}, handoff.CodeInvalidInput},
		"ReasonNotPrintable":    {handoff.Progress{Status: handoff.StatusFailed, Reason: "\x00"}, handoff.CodeInvalidInput},
		"ReasonInAnotherTongue": {handoff.Progress{Status: handoff.StatusFailed, Reason: "拒"}, handoff.CodeInvalidInput},
	} {
		t.Run(name, func(t *testing.T) {
			service, _ := newService(t)
			session, _ := create(t, service, handoff.Creation{Tenant: "tenant"})
			event, err := service.PublishAs(t.Context(), "tenant", session.ID, check.progress)
			wantCode(t, "PublishAs", err, check.want)
			events, readErr := service.EventsAfter(t.Context(), session.ID, 0)
			if readErr != nil || (err != nil) != (len(events) == 0) {
				t.Errorf("stored are %v, %v", events, readErr)
			}
			if err == nil && (event.Seq != 1 || event != events[0]) {
				t.Errorf("answer is %v, want the stored %v", event, events[0])
			}
		})
	}
}

func TestPublish(t *testing.T) {
	scan := handoff.Progress{Step: handoff.StepScan}

	t.Run("ByTicketOnlyAfterAClaim", func(t *testing.T) {
		service, _ := newService(t)
		session, ticket := create(t, service, handoff.Creation{})
		_, err := service.Publish(t.Context(), ticket, scan)
		wantCode(t, "before the claim", err, handoff.CodeNotClaimed)
		if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
		wake := listen(t, service, session.ID)
		if event, err := service.Publish(t.Context(), ticket, scan); err != nil || event.Seq != 2 {
			t.Errorf("after the claim: %d, %v; want 2", event.Seq, err)
		}
		rang(t, wake, true)
		_, err = service.Publish(t.Context(), handoff.NewTicket(), scan)
		wantCode(t, "with another ticket", err, handoff.CodeNotFound)
	})

	t.Run("ByItsTenantAlsoBefore", func(t *testing.T) {
		service, _ := newService(t)
		session, _ := create(t, service, handoff.Creation{Tenant: "tenant"})
		wake := listen(t, service, session.ID)
		for _, tenant := range []handoff.Tenant{"another", "", "Tenant"} {
			_, err := service.PublishAs(t.Context(), tenant, session.ID, scan)
			wantCode(t, "tenant "+string(tenant), err, handoff.CodeNotFound)
		}
		rang(t, wake, false)
		if _, err := service.PublishAs(t.Context(), "tenant", session.ID, scan); err != nil {
			t.Error(err)
		}
		rang(t, wake, true)
		_, err := service.PublishAs(t.Context(), "tenant", handoff.NewSessionID(), scan)
		wantCode(t, "another session", err, handoff.CodeNotFound)
	})

	t.Run("AnyOrderAndRepeatsAreKeptAsTheyCome", func(t *testing.T) {
		service, c := newService(t)
		session, _ := create(t, service, handoff.Creation{Tenant: "tenant"})
		var want []handoff.Event
		for i, p := range []handoff.Progress{
			{Step: handoff.StepFace}, {Step: handoff.StepScan}, {Step: handoff.StepScan},
			{Skipped: handoff.StepRead, Reason: "READ_NFC_UNAVAILABLE"}, {Step: handoff.StepBackgroundCheck, Key: "k"},
		} {
			c.forward(time.Second)
			if _, err := service.PublishAs(t.Context(), "tenant", session.ID, p); err != nil {
				t.Fatal(err)
			}
			event := handoff.Event{Seq: uint64(i + 1), Kind: handoff.KindService, Step: p.Step, Reason: p.Reason, At: service.Now()}
			if p.Key != "" {
				event.Key = "backend " + p.Key
			}
			if p.Skipped != "" {
				event.Kind, event.Notice, event.Step = handoff.KindNotice, handoff.NoticeSkipped, p.Skipped
			}
			want = append(want, event)
		}
		wantEvents(t, service, session.ID, want...)
		if got, err := service.ByID(t.Context(), session.ID); err != nil || got.Status != handoff.StatusCreated || got.Events != 5 {
			t.Errorf("the session is %s with %d events, %v", got.Status, got.Events, err)
		}
	})

	t.Run("AfterAnEndNothingFollows", func(t *testing.T) {
		for name, check := range map[string]struct {
			end    handoff.Progress
			status handoff.Status
			events int
		}{
			"INFO":      {handoff.Progress{Step: handoff.StepInfo}, handoff.StatusCompleted, 2},
			"failed":    {handoff.Progress{Status: handoff.StatusFailed, Reason: "FACE_RECOGNITION_FAILED"}, handoff.StatusFailed, 1},
			"cancelled": {handoff.Progress{Status: handoff.StatusCancelled, Reason: "USER_CANCEL"}, handoff.StatusCancelled, 1},
		} {
			t.Run(name, func(t *testing.T) {
				service, c := newService(t)
				session, ticket := create(t, service, handoff.Creation{Tenant: "tenant"})
				if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
					t.Fatal(err)
				}
				c.forward(time.Minute)
				at := service.Now()
				if _, err := service.Publish(t.Context(), ticket, check.end); err != nil {
					t.Fatal(err)
				}
				ended, err := service.ByID(t.Context(), session.ID)
				if err != nil || ended.Status != check.status || ended.Reason != check.end.Reason || !ended.EndedAt.Equal(at) {
					t.Errorf("the session is %s (%s) at %v, %v", ended.Status, ended.Reason, ended.EndedAt, err)
				}
				events, err := service.EventsAfter(t.Context(), session.ID, 1)
				if err != nil || len(events) != check.events {
					t.Fatalf("the end is %v, %v; want %d events", events, err, check.events)
				}
				last := handoff.Event{Seq: ended.Seq, Kind: handoff.KindStatus, Status: check.status, Reason: check.end.Reason, At: at}
				if diff := cmp.Diff(last, events[len(events)-1]); diff != "" {
					t.Errorf("the last event (-want +got):\n%s", diff)
				}
				c.forward(time.Minute)
				for _, p := range []handoff.Progress{
					scan, {Step: handoff.StepInfo}, {Status: handoff.StatusFailed}, {Skipped: handoff.StepRead}, {Step: handoff.StepScan, Key: "new"},
				} {
					_, err := service.Publish(t.Context(), ticket, p)
					wantCode(t, "by ticket", err, handoff.CodeSessionEnded)
					_, err = service.PublishAs(t.Context(), "tenant", session.ID, p)
					wantCode(t, "by tenant", err, handoff.CodeSessionEnded)
				}
				after, err := service.ByID(t.Context(), session.ID)
				if diff := cmp.Diff(ended, after); diff != "" || err != nil {
					t.Errorf("what was refused changed the session (-want +got):\n%s%v", diff, err)
				}
			})
		}
	})

	t.Run("ARepeatedKeyGetsTheFirstAnswerAlsoAfterTheEnd", func(t *testing.T) {
		service, c := newService(t)
		session, _ := create(t, service, handoff.Creation{Tenant: "tenant"})
		for _, p := range []handoff.Progress{{Step: handoff.StepScan, Key: "scan"}, {Step: handoff.StepInfo, Key: "info"}} {
			first, err := service.PublishAs(t.Context(), "tenant", session.ID, p)
			if err != nil {
				t.Fatal(err)
			}
			c.forward(time.Second)
			if again, err := service.PublishAs(t.Context(), "tenant", session.ID, p); err != nil || again != first {
				t.Errorf("again: %v, %v; want %v", again, err, first)
			}
		}
		first, err := service.PublishAs(t.Context(), "tenant", session.ID, handoff.Progress{Step: handoff.StepFace, Key: "scan"})
		if err != nil || first.Seq != 1 || first.Step != handoff.StepScan {
			t.Errorf("the first one's key with another step: %v, %v; want the first event", first, err)
		}
		if events, err := service.EventsAfter(t.Context(), session.ID, 0); err != nil || len(events) != 3 {
			t.Errorf("stored are %v, %v; want SCAN, INFO and completed", events, err)
		}
	})

	t.Run("AThousandAreTakenAndAnEndStillIs", func(t *testing.T) {
		service, _ := newService(t)
		session, _ := create(t, service, handoff.Creation{Tenant: "tenant"})
		publish := func(p handoff.Progress) error {
			_, err := service.PublishAs(t.Context(), "tenant", session.ID, p)
			return err
		}
		for i := range handoff.MaxEvents {
			if err := publish(handoff.Progress{Step: handoff.StepScan, Key: strconv.Itoa(i)}); err != nil {
				t.Fatalf("event %d: %v", i+1, err)
			}
		}
		wantCode(t, "one more", publish(scan), handoff.CodeTooManyRequests)
		wantCode(t, "one more skip", publish(handoff.Progress{Skipped: handoff.StepRead}), handoff.CodeTooManyRequests)
		wantCode(t, "a known key", publish(handoff.Progress{Step: handoff.StepScan, Key: "7"}), "")
		wantCode(t, "an end", publish(handoff.Progress{Status: handoff.StatusCancelled}), "")
	})
}
