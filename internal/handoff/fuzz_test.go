package handoff_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

// The seeds of these targets lie in testdata/fuzz, one file each; what a run finds is put beside them.

func FuzzParseTicket(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		ticket, ok := handoff.ParseTicket(text)
		valid := len(text) == handoff.TicketLength && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
		if ok != valid {
			t.Fatalf("ParseTicket(%q) says %t", text, ok)
		}
		page, pageOK := handoff.ParsePageToken(text)
		if pageOK != valid || page.IsZero() == valid || ticket.IsZero() == valid {
			t.Fatalf("of %q a ticket is %t and a page token %t", text, !ticket.IsZero(), !page.IsZero())
		}
		if !ok {
			return
		}
		if ticket.Reveal() != text || page.Reveal() != text {
			t.Fatalf("what was parsed from %q holds another text", text)
		}
		again, _ := handoff.ParseTicket(strings.Clone(text))
		if again != ticket || again.Digest() != ticket.Digest() || ticket.Digest() == page.Digest() || ticket.Digest().IsZero() {
			t.Fatalf("%q: a text's tickets are equal, and its ticket and page token have digests of their own", text)
		}
		if printed := fmt.Sprintf("%v %+v %#v %s %q %x %d", ticket, ticket, ticket, ticket, ticket, ticket, ticket); strings.Contains(printed, text) {
			t.Fatalf("printing it shows %q", text)
		}
	})
}

func FuzzParseSessionID(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := handoff.ParseSessionID(text)
		groups := strings.Split(text, "-")
		valid := len(groups) == 5
		for i, group := range groups {
			valid = valid && len(group) == []int{8, 4, 4, 4, 12}[i] && strings.Trim(group, "0123456789abcdefABCDEF") == ""
		}
		if ok != valid {
			t.Fatalf("ParseSessionID(%q) says %t", text, ok)
		}
		if !ok && id != "" || ok && string(id) != strings.ToLower(text) {
			t.Fatalf("ParseSessionID(%q) answers %q", text, id)
		}
	})
}

// FuzzProgress posts any report to a claimed session.
func FuzzProgress(f *testing.F) {
	f.Fuzz(func(t *testing.T, step, skipped, status, reason, key, detail string) {
		checkReport(t, handoff.Progress{
			Step: handoff.Step(step), Skipped: handoff.Step(skipped), Status: handoff.Status(status), Reason: reason, Key: key, Detail: detail,
		})
	})
}

// FuzzTrace posts what any trace object of an SDK reports.
func FuzzTrace(f *testing.F) {
	f.Fuzz(func(t *testing.T, event, status, page, code, detail string) {
		trace := handoff.Trace{Event: event, Status: status, Page: page, StatusCode: code, Session: knownID, Detail: detail}
		p := trace.Progress()
		if p.Detail != detail || p.Session != knownID || p.Key != "" {
			t.Fatalf("%q reports %+v: another detail or session, or a key", trace, p)
		}
		told := 0
		for _, word := range []string{string(p.Step), string(p.Skipped), string(p.Status)} {
			if word != "" {
				told++
			}
		}
		if told > 1 || p.Reason != "" && p.Reason != code || told == 0 && p.Reason != "" {
			t.Fatalf("%q reports %+v", trace, p)
		}
		p.Session = ""
		err := checkReport(t, p)
		// An SDK may learn new words, so its objects are taken whatever they say, within the limits.
		printable := len(code) <= handoff.MaxReason && strings.Trim(code, printableASCII) == ""
		if detail != "" && len(detail) <= handoff.MaxDetail && printable && err != nil {
			t.Fatalf("%q is refused: %v", trace, err)
		}
	})
}

var printableASCII = func() string {
	var b strings.Builder
	for c := byte(0x20); c <= 0x7e; c++ {
		b.WriteByte(c)
	}
	return b.String()
}()

// checkReport posts p to a claimed session twice, and checks that what is accepted is kept as it was sent and what is
// refused leaves nothing and is not repeated to its sender. It returns the first answer's error.
func checkReport(t *testing.T, p handoff.Progress) error {
	t.Helper()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	service := handoff.NewService(handofftest.NewStore(), handofftest.NewBell(), func() time.Time { return now }, nil)
	session, ticket := create(t, service, handoff.Creation{Tenant: "tenant"})
	if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	before, err := service.ByID(t.Context(), session.ID)
	if err != nil {
		t.Fatal(err)
	}
	event, refused := service.Publish(t.Context(), ticket, p)
	after, err := service.ByID(t.Context(), session.ID)
	if err != nil {
		t.Fatal(err)
	}
	events, err := service.EventsAfter(t.Context(), session.ID, before.Seq)
	if err != nil {
		t.Fatal(err)
	}
	if refused != nil {
		if code := handoff.ErrorCode(refused); code != handoff.CodeInvalidInput && code != handoff.CodePayloadTooLarge {
			t.Fatalf("%+v is refused with %v", p, refused)
		}
		if diff := cmp.Diff(before, after); diff != "" || len(events) != 0 {
			t.Fatalf("%+v is refused and leaves %v (-before +after):\n%s", p, events, diff)
		}
		checkNoEcho(t, service, ticket, p)
		return refused
	}
	want := handoff.Event{Seq: before.Seq + 1, Kind: event.Kind, Step: p.Step, Status: p.Status, Notice: event.Notice, Reason: p.Reason, Detail: p.Detail, At: now}
	if p.Key != "" {
		want.Key = "phone " + p.Key
	}
	kind := handoff.KindProgress
	switch {
	case p.Step != "":
		kind = handoff.KindService
	case p.Status != "":
		kind = handoff.KindStatus
	case p.Skipped != "":
		kind, want.Step, want.Notice = handoff.KindNotice, p.Skipped, handoff.NoticeSkipped
	}
	want.Kind = kind
	if len(events) == 0 || cmp.Diff(want, event) != "" || cmp.Diff(want, events[0]) != "" {
		t.Fatalf("%+v is answered with %+v and kept as %v", p, event, events)
	}
	if ended := p.Step == handoff.StepInfo || p.Status != ""; after.Status.Ended() != ended || handoff.SnapshotOf(append([]handoff.Event{{
		Kind: handoff.KindStatus, Status: handoff.StatusClaimed}}, events...)).Status != after.Status {
		t.Fatalf("after %+v the session is %s and its events say %v", p, after.Status, events)
	}
	again, err := service.Publish(t.Context(), ticket, p)
	switch {
	case p.Key != "":
		if err != nil || again != event {
			t.Fatalf("the same key again: %+v, %v; want %+v", again, err, event)
		}
	case after.Status.Ended():
		wantCode(t, "after the end", err, handoff.CodeSessionEnded)
	case err != nil || again.Seq != event.Seq+1:
		t.Fatalf("without a key again: %+v, %v; want a new event", again, err)
	}
	return nil
}

// checkNoEcho marks every value of a refused report and checks that no mark comes back.
func checkNoEcho(t *testing.T, service *handoff.Service, ticket handoff.Ticket, p handoff.Progress) {
	t.Helper()
	const mark = "⟨mark⟩"
	marked := handoff.Progress{
		Step: mark + p.Step, Skipped: mark + p.Skipped, Status: mark + p.Status, Reason: mark + p.Reason, Key: mark + p.Key, Detail: mark + p.Detail,
	}
	for _, one := range []handoff.Progress{
		marked, {Step: marked.Step}, {Skipped: marked.Skipped}, {Status: marked.Status},
		{Step: handoff.StepScan, Reason: marked.Reason}, {Step: handoff.StepScan, Key: marked.Key},
	} {
		_, err := service.Publish(t.Context(), ticket, one)
		if err == nil || strings.Contains(err.Error(), mark) || strings.Contains(handoff.ErrorMessage(err), mark) {
			t.Fatalf("%+v is answered with %v", one, err)
		}
	}
}
