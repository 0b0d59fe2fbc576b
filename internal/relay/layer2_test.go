package relay_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/relay"
)

// hello is the first frame of layer 2.
func (l *ledger) hello(after uint64) string {
	return fmt.Sprintf(`{"qrCodeText":%q,"after":%d}`, l.ticket.Reveal(), after)
}

// opened2 is a page that has authenticated in layer 2 and has the events up to after.
func opened2(l *ledger, r *relay.Registry, after uint64) *page {
	p := newPage()
	p.says(l.hello(after))
	p.serve(r, "192.0.2.1")
	synctest.Wait()
	return p
}

// brief is what a page saw, each frame in a few words.
func brief(t *testing.T, frames []string) []string {
	t.Helper()
	var seen []string
	for _, frame := range frames {
		var f struct {
			Type, SessionID, Service, Status, Notice, Reason string
			Seq                                              uint64
			At                                               time.Time
		}
		if err := json.Unmarshal([]byte(frame), &f); err != nil {
			t.Fatalf("frame %q: %v", frame, err)
		}
		if f.SessionID == "" || f.Type != "snapshot" && f.At.IsZero() {
			t.Errorf("frame %s lacks its session or its time", frame)
		}
		seen = append(seen, fmt.Sprintf("%s %d %s", f.Type, f.Seq, f.Notice+f.Service+f.Status+f.Reason))
	}
	return seen
}

func wantFrames(t *testing.T, p *page, want ...string) {
	t.Helper()
	frames, _, _ := p.seen()
	if diff := cmp.Diff(want, brief(t, frames)); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
}

func (l *ledger) status(t *testing.T, status handoff.Status, reason string) {
	t.Helper()
	l.append(t, handoff.Event{Kind: handoff.KindStatus, Status: status, Reason: reason})
}

func TestLayer2OnTheWire(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		l.session.Steps = []handoff.Step{handoff.StepScan, handoff.StepFace, handoff.StepInfo}
		l.append(t, handoff.Event{Kind: handoff.KindNotice, Notice: handoff.NoticeOpened})
		l.status(t, handoff.StatusClaimed, "")
		l.done(t, handoff.StepScan)
		p := opened2(l, r, 2)
		l.append(t, handoff.Event{Kind: handoff.KindNotice, Notice: handoff.NoticeSkipped, Step: handoff.StepRead, Reason: `a "quoted" \ one`})
		l.status(t, handoff.StatusFailed, "USER_CANCEL")
		synctest.Wait()
		id, at := l.session.ID, `"at":"2000-01-01T00:00:00.000Z"}`
		want := []string{
			`{"type":"snapshot","sessionId":"` + string(id) + `","status":"claimed","seq":3,"services":["SCAN"],"steps":["SCAN","FACE","INFO"],"expiresAt":"2000-01-01T00:30:00.000Z"}`,
			`{"type":"event","sessionId":"` + string(id) + `","seq":3,"service":"SCAN",` + at,
			`{"type":"notice","sessionId":"` + string(id) + `","seq":4,"service":"READ","notice":"skipped","reason":"a \"quoted\" \\ one",` + at,
			`{"type":"status","sessionId":"` + string(id) + `","seq":5,"status":"failed","reason":"USER_CANCEL",` + at,
		}
		frames, _, _ := p.seen()
		if diff := cmp.Diff(want, frames); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
		wantClose(t, p, 1000, "failed")
	})
}

func TestAfterIsExact(t *testing.T) {
	all := []string{"status 1 claimed", "event 2 SCAN", "event 4 FACE", "notice 5 skippedREAD"}
	for after, follows := range [][]string{all, all[1:], all[2:], all[2:], all[3:], nil, nil} {
		t.Run(fmt.Sprintf("after %d", after), func(t *testing.T) {
			bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
				l.status(t, handoff.StatusClaimed, "")
				l.done(t, handoff.StepScan)
				l.append(t, handoff.Event{Kind: handoff.KindProgress, Detail: "{}"}) // numbered, and told to nobody
				l.done(t, handoff.StepFace)
				l.append(t, handoff.Event{Kind: handoff.KindNotice, Notice: handoff.NoticeSkipped, Step: handoff.StepRead})
				p := opened2(l, r, uint64(after))
				wantFrames(t, p, append([]string{"snapshot 5 claimed"}, follows...)...)
			})
		})
	}
}

func TestLayer2Ends(t *testing.T) {
	const gone = "SESSION_EXPIRED_OR_NOT_FOUND"
	for name, test := range map[string]struct {
		end    func(t *testing.T, l *ledger)
		last   string
		code   int
		reason string
	}{
		"after completed": {func(t *testing.T, l *ledger) {
			l.done(t, handoff.StepInfo)
			l.status(t, handoff.StatusCompleted, "")
		}, "status 3 completed", 1000, "completed"},
		"after failed":    {func(t *testing.T, l *ledger) { l.status(t, handoff.StatusFailed, "FACE_NO_MATCH") }, "status 2 failedFACE_NO_MATCH", 1000, "failed"},
		"after cancelled": {func(t *testing.T, l *ledger) { l.status(t, handoff.StatusCancelled, "") }, "status 2 cancelled", 1000, "cancelled"},
		"after deletion":  {func(t *testing.T, l *ledger) { l.change(t, func() { l.deleted = true }) }, "status 2 deleted", 4504, gone},
		"after expiry": {func(t *testing.T, l *ledger) {
			time.Sleep(handoff.MaxTTL)
			synctest.Wait()
		}, "status 2 expired", 4504, gone},
		"after INFO that a deletion followed at once": {func(t *testing.T, l *ledger) {
			l.lose = true // both come at one look
			l.done(t, handoff.StepInfo)
			l.status(t, handoff.StatusCompleted, "")
			l.lose = false
			l.change(t, func() { l.deleted = true })
		}, "status 3 completed", 1000, "completed"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
				p := opened2(l, r, 0)
				l.done(t, handoff.StepScan)
				test.end(t, l)
				synctest.Wait()
				frames, _, _ := p.seen()
				seen := brief(t, frames)
				if seen[1] != "event 1 SCAN" || seen[len(seen)-1] != test.last {
					t.Errorf("saw %q, want event 1 SCAN first and %q last", seen, test.last)
				}
				wantClose(t, p, test.code, test.reason)
			})
		})
	}

	t.Run("at once where the page has the end already", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			l.status(t, handoff.StatusCancelled, "USER_CANCEL")
			p := opened2(l, r, 1)
			wantFrames(t, p, "snapshot 1 cancelledUSER_CANCEL")
			wantClose(t, p, 1000, "cancelled")
		})
	})

	t.Run("a deletion's number is above what the page says to have", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			p := opened2(l, r, 40)
			l.change(t, func() { l.deleted = true })
			synctest.Wait()
			wantFrames(t, p, "snapshot 0 created", "status 41 deleted")
		})
	})
}

func TestFirstFrameOfLayer2(t *testing.T) {
	for name, test := range map[string]struct {
		first func(l *ledger) string
		code  int
	}{
		"a ticket is let in":                  {func(l *ledger) string { return `{"qrCodeText":"` + l.ticket.Reveal() + `"}` }, 0},
		"blanks and unknown names are let in": {func(l *ledger) string { return " {\"more\":[{}], \"qrCodeText\" : \"" + l.ticket.Reveal() + "\"}\n" }, 0},
		"null is as if absent": {func(l *ledger) string {
			return `{"pageToken":null,"after":null,"qrCodeText":"` + l.ticket.Reveal() + `"}`
		}, 0},
		"a page token is let in":         {func(l *ledger) string { return `{"pageToken":"` + l.page.Reveal() + `"}` }, 0},
		"a ticket is no page token":      {func(l *ledger) string { return `{"pageToken":"` + l.ticket.Reveal() + `"}` }, 4504},
		"a page token is no ticket":      {func(l *ledger) string { return `{"qrCodeText":"` + l.page.Reveal() + `"}` }, 4504},
		"an unknown ticket is not found": {func(*ledger) string { return `{"qrCodeText":"` + handoff.NewTicket().Reveal() + `"}` }, 4504},
		"both secrets are invalid": {func(l *ledger) string {
			return `{"qrCodeText":"` + l.ticket.Reveal() + `","pageToken":"` + l.page.Reveal() + `"}`
		}, 4500},
		"no secret is invalid":                     {func(*ledger) string { return `{"after":1}` }, 4500},
		"a secret that is no text is invalid":      {func(*ledger) string { return `{"qrCodeText":7}` }, 4500},
		"a secret that cannot be one is invalid":   {func(*ledger) string { return `{"qrCodeText":"short"}` }, 4500},
		"a name in another case is no name":        {func(l *ledger) string { return `{"QRCodeText":"` + l.ticket.Reveal() + `"}` }, 4500},
		"a name twice is invalid":                  {func(l *ledger) string { return `{"after":1,"after":1,"qrCodeText":"` + l.ticket.Reveal() + `"}` }, 4500},
		"what follows the object makes it invalid": {func(l *ledger) string { return `{"qrCodeText":"` + l.ticket.Reveal() + `"}{}` }, 4500},
		"a list is invalid":                        {func(l *ledger) string { return `["` + l.ticket.Reveal() + `"]` }, 4500},
		"a negative number is invalid":             {func(l *ledger) string { return `{"after":-1,"qrCodeText":"` + l.ticket.Reveal() + `"}` }, 4500},
		"half a number is invalid":                 {func(l *ledger) string { return `{"after":1.5,"qrCodeText":"` + l.ticket.Reveal() + `"}` }, 4500},
		"a number as text is invalid":              {func(l *ledger) string { return `{"after":"1","qrCodeText":"` + l.ticket.Reveal() + `"}` }, 4500},
		"a number beyond every reader is invalid":  {func(l *ledger) string { return `{"after":9007199254740993,"qrCodeText":"` + l.ticket.Reveal() + `"}` }, 4500},
		"broken UTF-8 is invalid":                  {func(l *ledger) string { return "{\"x\":\"\xff\",\"qrCodeText\":\"" + l.ticket.Reveal() + "\"}" }, 4500},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
				p := newPage()
				p.says(test.first(l))
				p.serve(r, "192.0.2.1")
				synctest.Wait()
				_, code, _ := p.seen()
				if code != test.code {
					t.Errorf("closed with %d, want %d", code, test.code)
				}
			})
		})
	}
}

func TestTheFirstPageIsIntroduced(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		firefox := handoff.Requester{Browser: "Firefox", System: "Windows"}
		for range 2 {
			p := newPage()
			p.says(l.hello(0))
			go r.Serve(p, relay.Visitor{Requester: firefox})
			synctest.Wait()
			wantFrames(t, p, "snapshot 0 created")
		}
		if diff := cmp.Diff([]handoff.Requester{firefox}, l.introduced); diff != "" {
			t.Errorf("introduced (-want +got):\n%s", diff)
		}
	})
}
