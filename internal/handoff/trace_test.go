package handoff_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

// The words of the SDK's trace objects, and one that it may learn.
var (
	traceEvents   = []string{"INIT", "VIEW", "START", "IN_PROGRESS", "COMPLETE", "SKIP", "FINISH", "", "PAUSE"}
	traceStatuses = []string{"SUCCESS", "FAILURE", "", "success"}
	tracePages    = []string{"SCAN", "READ", "FACE", "BACKGROUND_CHECK", "LOOKUP", "LOOKUP_OTP", "", "INFO", "scan"}
)

func TestTraceProgress(t *testing.T) {
	// Every other combination is a detail.
	meaning := map[[3]string]handoff.Progress{}
	for _, page := range []string{"SCAN", "READ", "FACE", "BACKGROUND_CHECK"} {
		meaning[[3]string{"COMPLETE", "SUCCESS", page}] = handoff.Progress{Step: handoff.Step(page)}
		for _, status := range traceStatuses {
			meaning[[3]string{"SKIP", status, page}] = handoff.Progress{Skipped: handoff.Step(page), Reason: "CODE"}
		}
	}
	for _, page := range tracePages {
		meaning[[3]string{"FINISH", "SUCCESS", page}] = handoff.Progress{Step: handoff.StepInfo}
		meaning[[3]string{"FINISH", "FAILURE", page}] = handoff.Progress{Status: handoff.StatusFailed, Reason: "CODE"}
	}
	for _, event := range traceEvents {
		for _, status := range traceStatuses {
			for _, page := range tracePages {
				want := meaning[[3]string{event, status, page}]
				want.Detail, want.Session = "the object", knownID
				trace := handoff.Trace{Event: event, Status: status, Page: page, StatusCode: "CODE", Session: knownID, Detail: "the object"}
				if diff := cmp.Diff(want, trace.Progress()); diff != "" {
					t.Errorf("event %q, status %q, page %q (-want +got):\n%s", event, status, page, diff)
				}
			}
		}
	}
}

func TestPublishATrace(t *testing.T) {
	trace := func(event, status, page, code string) handoff.Progress {
		return handoff.Trace{Event: event, Status: status, Page: page, StatusCode: code, Detail: `{"event":"` + event + `"}`}.Progress()
	}

	t.Run("AWholeEnrolmentIsToldInServicesAndStatuses", func(t *testing.T) {
		service, _ := newService(t)
		session, ticket := create(t, service, handoff.Creation{})
		if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
		for _, p := range []handoff.Progress{
			trace("INIT", "SUCCESS", "", ""), trace("VIEW", "SUCCESS", "SCAN", ""), trace("IN_PROGRESS", "FAILURE", "SCAN", "SCAN_DOCUMENT_BLUR_DETECTED"),
			trace("COMPLETE", "SUCCESS", "SCAN", ""), trace("SKIP", "", "READ", "READ_NFC_UNAVAILABLE"), trace("COMPLETE", "FAILURE", "FACE", "FACE_NO_MATCH"),
			trace("COMPLETE", "SUCCESS", "FACE", ""), trace("FINISH", "SUCCESS", "", ""),
		} {
			if _, err := service.Publish(t.Context(), ticket, p); err != nil {
				t.Fatal(err)
			}
		}
		event := func(seq uint64, kind handoff.Kind, detail string) handoff.Event {
			if detail != "" {
				detail = `{"event":"` + detail + `"}`
			}
			return handoff.Event{Seq: seq, Kind: kind, Detail: detail, At: service.Now()}
		}
		want := []handoff.Event{
			event(1, handoff.KindStatus, ""), event(2, handoff.KindProgress, "INIT"), event(3, handoff.KindProgress, "VIEW"),
			event(4, handoff.KindProgress, "IN_PROGRESS"), event(5, handoff.KindService, "COMPLETE"), event(6, handoff.KindNotice, "SKIP"),
			event(7, handoff.KindProgress, "COMPLETE"), event(8, handoff.KindService, "COMPLETE"), event(9, handoff.KindService, "FINISH"),
			event(10, handoff.KindStatus, ""),
		}
		want[0].Status, want[9].Status = handoff.StatusClaimed, handoff.StatusCompleted
		want[4].Step, want[7].Step, want[8].Step = handoff.StepScan, handoff.StepFace, handoff.StepInfo
		want[5].Step, want[5].Notice, want[5].Reason = handoff.StepRead, handoff.NoticeSkipped, "READ_NFC_UNAVAILABLE"
		wantEvents(t, service, session.ID, want...)
	})

	t.Run("OneThatFailedEndsTheSessionWithItsCode", func(t *testing.T) {
		service, _ := newService(t)
		session, _ := create(t, service, handoff.Creation{})
		if _, err := service.PublishAs(t.Context(), "", session.ID, trace("FINISH", "FAILURE", "", "USER_CANCEL")); err != nil {
			t.Fatal(err)
		}
		got, err := service.ByID(t.Context(), session.ID)
		if err != nil || got.Status != handoff.StatusFailed || got.Reason != "USER_CANCEL" {
			t.Errorf("the session is %s, %q, %v", got.Status, got.Reason, err)
		}
		_, err = service.PublishAs(t.Context(), "", session.ID, trace("VIEW", "", "SCAN", ""))
		wantCode(t, "a detail after the end", err, handoff.CodeSessionEnded)
	})

	t.Run("OfAnotherSessionItIsRefused", func(t *testing.T) {
		service, _ := newService(t)
		session, ticket := create(t, service, handoff.Creation{Tenant: "tenant"})
		other, _ := create(t, service, handoff.Creation{Tenant: "tenant"})
		if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
		before, err := service.ByTicket(t.Context(), ticket)
		if err != nil {
			t.Fatal(err)
		}
		wake := listen(t, service, session.ID)
		for _, p := range []handoff.Progress{trace("COMPLETE", "SUCCESS", "SCAN", ""), trace("VIEW", "", "SCAN", ""), trace("FINISH", "FAILURE", "", "")} {
			p.Session = other.ID
			_, err := service.Publish(t.Context(), ticket, p)
			wantCode(t, "by ticket", err, handoff.CodeInvalidInput)
			_, err = service.PublishAs(t.Context(), "tenant", session.ID, p)
			wantCode(t, "by tenant", err, handoff.CodeInvalidInput)
			_, err = service.PublishAs(t.Context(), "another", session.ID, p)
			wantCode(t, "by another tenant, who learns nothing", err, handoff.CodeNotFound)
		}
		rang(t, wake, false)
		after, err := service.ByTicket(t.Context(), ticket)
		if diff := cmp.Diff(before, after); diff != "" || err != nil {
			t.Errorf("the session changed (-want +got):\n%s%v", diff, err)
		}
		p := trace("COMPLETE", "SUCCESS", "SCAN", "")
		p.Session = session.ID
		if _, err := service.Publish(t.Context(), ticket, p); err != nil {
			t.Errorf("its own: %v", err)
		}
	})
}

func TestPublishADetail(t *testing.T) {
	detail := handoff.Progress{Detail: `{"event":"VIEW"}`, Key: "k"}

	t.Run("ItIsNumberedAndRingsNoBell", func(t *testing.T) {
		service, _ := newService(t)
		session, _ := create(t, service, handoff.Creation{})
		wake := listen(t, service, session.ID)
		event, err := service.PublishAs(t.Context(), "", session.ID, detail)
		want := handoff.Event{Seq: 1, Kind: handoff.KindProgress, Key: "backend k", Detail: `{"event":"VIEW"}`, At: service.Now()}
		if diff := cmp.Diff(want, event); diff != "" || err != nil {
			t.Errorf("event (-want +got):\n%s%v", diff, err)
		}
		rang(t, wake, false)
		if next, err := service.PublishAs(t.Context(), "", session.ID, handoff.Progress{Step: handoff.StepScan}); err != nil || next.Seq != 2 {
			t.Errorf("the next is %v, %v; want number 2", next, err)
		}
		rang(t, wake, true)
	})

	t.Run("ItsKeyMakesItSafeToRepeat", func(t *testing.T) {
		service, c := newService(t)
		session, _ := create(t, service, handoff.Creation{})
		first, err := service.PublishAs(t.Context(), "", session.ID, detail)
		if err != nil {
			t.Fatal(err)
		}
		c.forward(time.Second)
		again, err := service.PublishAs(t.Context(), "", session.ID, handoff.Progress{Step: handoff.StepScan, Key: "k"})
		if err != nil || again != first {
			t.Errorf("again: %v, %v; want the first one", again, err)
		}
		wantEvents(t, service, session.ID, first)
	})

	t.Run("ItCountsAgainstTheLimit", func(t *testing.T) {
		service, _ := newService(t)
		session, _ := create(t, service, handoff.Creation{})
		for i := range handoff.MaxEvents {
			if _, err := service.PublishAs(t.Context(), "", session.ID, handoff.Progress{Detail: "{}", Key: strconv.Itoa(i)}); err != nil {
				t.Fatalf("detail %d: %v", i+1, err)
			}
		}
		_, err := service.PublishAs(t.Context(), "", session.ID, detail)
		wantCode(t, "one more", err, handoff.CodeTooManyRequests)
		_, err = service.PublishAs(t.Context(), "", session.ID, handoff.Progress{Status: handoff.StatusCancelled, Detail: "{}"})
		wantCode(t, "an end", err, "")
	})

	t.Run("ItsLengthIsExact", func(t *testing.T) {
		service, _ := newService(t)
		session, _ := create(t, service, handoff.Creation{})
		for name, check := range map[string]struct {
			progress handoff.Progress
			want     handoff.Code
		}{
			"Longest":               {handoff.Progress{Detail: strings.Repeat("é", handoff.MaxDetail/2)}, ""},
			"TooLong":               {handoff.Progress{Detail: strings.Repeat("d", handoff.MaxDetail+1)}, handoff.CodePayloadTooLarge},
			"TooLongBesideAService": {handoff.Progress{Step: handoff.StepScan, Detail: strings.Repeat("d", handoff.MaxDetail+1)}, handoff.CodePayloadTooLarge},
		} {
			_, err := service.PublishAs(t.Context(), "", session.ID, check.progress)
			wantCode(t, name, err, check.want)
		}
	})
}
