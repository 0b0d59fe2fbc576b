package relay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/relay"
)

// steps are the services of the frames that a page saw.
func steps(t *testing.T, p *page) []string {
	t.Helper()
	frames, _, _ := p.seen()
	var services []string
	for _, frame := range frames {
		var got struct{ Service, SessionID string }
		if err := json.Unmarshal([]byte(frame), &got); err != nil {
			t.Fatalf("frame %q: %v", frame, err)
		}
		services = append(services, got.Service)
	}
	return services
}

func wantSteps(t *testing.T, p *page, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, steps(t, p)); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
}

func wantClose(t *testing.T, p *page, code int, reason string) {
	t.Helper()
	if _, gotCode, gotReason := p.seen(); gotCode != code || gotReason != reason {
		t.Errorf("closed with %d %q, want %d %q", gotCode, gotReason, code, reason)
	}
}

// bubble runs f with a clock of its own, a session, and a registry that is closed at the end.
func bubble(t *testing.T, config relay.Config, f func(t *testing.T, l *ledger, r *relay.Registry)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		r := relay.NewRegistry(l, config)
		f(t, l, r)
		if err := r.CloseAll(context.Background()); err != nil {
			t.Error(err)
		}
		if open := r.Open(); open != 0 {
			t.Errorf("%d channels are still counted", open)
		}
	})
}

// opened is a page that has authenticated.
func opened(l *ledger, r *relay.Registry) *page {
	p := newPage()
	p.says(l.ticket.Reveal())
	p.serve(r, "192.0.2.1")
	synctest.Wait()
	return p
}

func TestFrameOnTheWire(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		p := opened(l, r)
		l.done(t, handoff.StepBackgroundCheck)
		synctest.Wait()
		frames, _, _ := p.seen()
		want := []string{fmt.Sprintf(`{"service":"BACKGROUND_CHECK","sessionId":"%s","seq":1,"at":"2000-01-01T00:00:00.000Z"}`, l.session.ID)}
		if diff := cmp.Diff(want, frames); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
	})
}

func TestALatePageReceivesEverythingFromTheFirstOn(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		l.append(t, handoff.Event{Kind: handoff.KindStatus, Status: handoff.StatusClaimed})
		l.done(t, handoff.StepScan)
		l.append(t, handoff.Event{Kind: handoff.KindNotice, Notice: handoff.NoticeSkipped, Step: handoff.StepRead})
		l.done(t, handoff.StepInfo)
		l.append(t, handoff.Event{Kind: handoff.KindStatus, Status: handoff.StatusCompleted})
		p := opened(l, r)
		wantSteps(t, p, "SCAN", "INFO")
		wantClose(t, p, 0, "") // the seed's page closes it

		again := opened(l, r)
		wantSteps(t, again, "SCAN", "INFO")
	})
}

func TestSeveralPagesSeeEveryStepOnce(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		first := opened(l, r)
		l.done(t, handoff.StepScan)
		synctest.Wait()
		second := opened(l, r)
		l.done(t, handoff.StepRead, handoff.StepScan) // steps may repeat
		synctest.Wait()
		for _, p := range []*page{first, second} {
			wantSteps(t, p, "SCAN", "READ", "SCAN")
		}
	})
}

func TestALostRingIsCaughtAtTheNextPing(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		p := opened(l, r)
		l.lose = true
		l.done(t, handoff.StepScan)
		time.Sleep(24 * time.Second)
		synctest.Wait()
		wantSteps(t, p)
		time.Sleep(time.Second)
		synctest.Wait()
		wantSteps(t, p, "SCAN")
	})
}

func TestChannelEnds(t *testing.T) {
	ended := func(status handoff.Status) func(*testing.T, *ledger) {
		return func(t *testing.T, l *ledger) {
			l.append(t, handoff.Event{Kind: handoff.KindStatus, Status: status, Reason: "USER_CANCEL"})
		}
	}
	for name, test := range map[string]struct {
		end    func(*testing.T, *ledger)
		code   int
		reason string
	}{
		"after failed":    {ended(handoff.StatusFailed), 4509, "SESSION_ENDED"},
		"after cancelled": {ended(handoff.StatusCancelled), 4509, "SESSION_ENDED"},
		"after deletion, what came before it told": {func(t *testing.T, l *ledger) { l.change(t, func() { l.deleted = true }) }, 4504, "SESSION_EXPIRED_OR_NOT_FOUND"},
		"when the store is busy": {func(t *testing.T, l *ledger) {
			l.change(t, func() { l.fail = &handoff.Error{Code: handoff.CodeUnavailable} })
		}, 4000, "UNAVAILABLE"},
		"when the store is slow":  {func(t *testing.T, l *ledger) { l.change(t, func() { l.fail = context.DeadlineExceeded }) }, 4000, "UNAVAILABLE"},
		"when the store breaks":   {func(t *testing.T, l *ledger) { l.change(t, func() { l.fail = errors.New("a secret") }) }, 1011, "UNEXPECTED_ERROR"},
		"when a look panics":      {func(t *testing.T, l *ledger) { l.change(t, func() { l.breaks = true }) }, 1011, "UNEXPECTED_ERROR"},
		"never merely after INFO": {func(t *testing.T, l *ledger) { l.done(t, handoff.StepInfo) }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
				p := opened(l, r)
				l.lose = true // so that both come at one look
				l.done(t, handoff.StepScan)
				l.lose = false
				test.end(t, l)
				synctest.Wait()
				wantClose(t, p, test.code, test.reason)
				if test.code == 4509 || test.code == 4504 || test.code == 0 {
					if got := steps(t, p); len(got) == 0 || got[0] != "SCAN" {
						t.Errorf("what came before the end was not delivered: %v", got)
					}
				}
			})
		})
	}
}

func TestALatePageOfAFailedSessionGetsItsStepsAndThenTheEnd(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		l.done(t, handoff.StepScan, handoff.StepRead)
		l.append(t, handoff.Event{Kind: handoff.KindStatus, Status: handoff.StatusFailed})
		p := opened(l, r)
		wantSteps(t, p, "SCAN", "READ")
		wantClose(t, p, 4509, "SESSION_ENDED")
	})
}

func TestExpiryIsExact(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		time.Sleep(7 * time.Millisecond) // off the pings' beat
		p := opened(l, r)
		time.Sleep(handoff.MaxTTL - 8*time.Millisecond)
		synctest.Wait()
		wantClose(t, p, 0, "")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		wantClose(t, p, 4504, "SESSION_EXPIRED_OR_NOT_FOUND")
	})
}

func TestFirstFrame(t *testing.T) {
	known := func(l *ledger) string { return l.ticket.Reveal() }
	for name, test := range map[string]struct {
		first  func(*ledger) sent
		code   int
		reason string
	}{
		"a known ticket is let in":            {func(l *ledger) sent { return sent{text: true, data: known(l)} }, 0, ""},
		"an unknown ticket is not found":      {func(*ledger) sent { return sent{text: true, data: handoff.NewTicket().Reveal()} }, 4504, "SESSION_EXPIRED_OR_NOT_FOUND"},
		"an empty frame is invalid":           {func(*ledger) sent { return sent{text: true} }, 4500, "INVALID_INPUT"},
		"a binary frame is invalid":           {func(l *ledger) sent { return sent{data: known(l)} }, 4500, "INVALID_INPUT"},
		"a ticket with a blank is invalid":    {func(l *ledger) sent { return sent{text: true, data: known(l) + " "} }, 4500, "INVALID_INPUT"},
		"a ticket in lower case is invalid":   {func(l *ledger) sent { return sent{text: true, data: strings.ToLower(known(l))} }, 4500, "INVALID_INPUT"},
		"a link is invalid":                   {func(l *ledger) sent { return sent{text: true, data: "http://x/go#" + known(l)} }, 4500, "INVALID_INPUT"},
		"a frame over the limit is too large": {func(*ledger) sent { return sent{err: relay.ErrTooLong} }, 1009, "PAYLOAD_TOO_LARGE"},
		"a page that leaves is let go":        {func(*ledger) sent { return sent{err: relay.ErrPeerClosed} }, 1000, ""},
		"a broken connection gets no goodbye": {func(*ledger) sent { return sent{err: errors.New("reset")} }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
				p := newPage()
				p.toServer <- test.first(l)
				p.serve(r, "192.0.2.1")
				synctest.Wait()
				wantClose(t, p, test.code, test.reason)
				if test.code == 1009 && !p.drained {
					t.Error("unread input may reset the connection before the close frame arrives")
				}
			})
		})
	}
}

func TestNoFirstFrameWithinTenSeconds(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		p := newPage()
		p.serve(r, "192.0.2.1")
		time.Sleep(9 * time.Second)
		p.toServer <- sent{control: relay.ControlPing, data: "hello"} // buys no time
		time.Sleep(time.Second - time.Millisecond)
		synctest.Wait()
		wantClose(t, p, 0, "")
		if diff := cmp.Diff([]string{"hello"}, p.pongs); diff != "" {
			t.Errorf("pongs (-want +got):\n%s", diff)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		wantClose(t, p, 4408, "NO_FIRST_FRAME")
	})
}

func TestPings(t *testing.T) {
	t.Run("a page that answers stays", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			p := opened(l, r)
			time.Sleep(10*time.Minute + time.Second)
			synctest.Wait()
			wantClose(t, p, 0, "")
			if p.pings != 24 {
				t.Errorf("%d pings in ten minutes, want one every 25 s", p.pings)
			}
		})
	})
	t.Run("a page that does not answer is dropped at the next", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			p := newPage()
			p.mute = true
			p.says(l.ticket.Reveal())
			done := p.serve(r, "192.0.2.1")
			time.Sleep(49 * time.Second)
			synctest.Wait()
			if r.Open() != 1 {
				t.Fatal("dropped too early")
			}
			time.Sleep(time.Second)
			if outcome := <-done; outcome.Err == nil || outcome.Code != 0 {
				t.Errorf("outcome %+v, want an error and no close frame", outcome)
			}
		})
	})
	t.Run("they are answered in order", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			p := opened(l, r)
			p.toServer <- sent{control: relay.ControlPing, data: "1"}
			p.toServer <- sent{control: relay.ControlPing, data: "2"}
			synctest.Wait()
			if diff := cmp.Diff([]string{"1", "2"}, p.pongs); diff != "" {
				t.Errorf("pongs (-want +got):\n%s", diff)
			}
		})
	})
}

func TestASlowPageIsDroppedAndDelaysNobody(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		slow := opened(l, r)
		quick := opened(l, r)
		slow.stop = true
		l.done(t, handoff.StepScan)
		synctest.Wait()
		wantSteps(t, quick, "SCAN")
		if r.Open() != 2 {
			t.Fatal("the slow page has not had its time")
		}
		time.Sleep(writeDeadline)
		synctest.Wait()
		if r.Open() != 1 {
			t.Error("the slow page is still there after its write deadline")
		}
		l.done(t, handoff.StepRead)
		synctest.Wait()
		wantSteps(t, quick, "SCAN", "READ")
	})
}

// What the page says while frames are slowly being written to it waits. It must not be taken for silence.
func TestASlowPageThatAnswersStays(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		p := newPage()
		p.lag, p.trip = 9*time.Second, 22*time.Second
		p.says(l.ticket.Reveal())
		over := p.serve(r, "192.0.2.1")
		for range 12 {
			time.Sleep(2 * time.Minute)
			l.done(t, "SCAN", "SCAN", "SCAN", "SCAN", "SCAN", "SCAN")
		}
		time.Sleep(2 * time.Minute)
		select {
		case outcome := <-over:
			t.Errorf("it was dropped: %+v", outcome)
		default:
		}
		if frames, _, _ := p.seen(); len(frames) != 72 {
			t.Errorf("%d frames, want 72", len(frames))
		}
	})
}

func TestChatterIsIgnoredWithinBounds(t *testing.T) {
	bubble(t, relay.Config{Chatter: 5}, func(t *testing.T, l *ledger, r *relay.Registry) {
		p := opened(l, r)
		for range 3 {
			for range 4 { // and one pong
				p.says("hello")
			}
			time.Sleep(25 * time.Second)
		}
		synctest.Wait()
		wantClose(t, p, 0, "")
		looks := l.looks
		for range 50 {
			p.says("hello")
		}
		synctest.Wait()
		wantClose(t, p, 4029, "TOO_MANY_REQUESTS")
		if l.looks != looks {
			t.Errorf("a flood asked the store %d times", l.looks-looks)
		}
	})
}

func TestAPanicInTheReaderEndsTheChannel(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		p := newPage()
		p.bad = true
		outcome := <-p.serve(r, "192.0.2.1")
		wantClose(t, p, 1011, "UNEXPECTED_ERROR")
		if outcome.Err == nil || !strings.Contains(outcome.Err.Error(), "panic") {
			t.Errorf("the log is told %v", outcome.Err)
		}
	})
}

func TestNothingTouchesAConnectionAfterServe(t *testing.T) {
	bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
		p := opened(l, r)
		p.toServer <- sent{err: relay.ErrPeerClosed}
		synctest.Wait()
		wantClose(t, p, 1000, "")
		l.done(t, handoff.StepScan)
		time.Sleep(time.Hour)
		synctest.Wait()
		if p.late {
			t.Error("the connection was written to after Serve had returned")
		}
	})
}
