package relay_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/relay"
)

// watch authenticates a page that speaks no WebSocket.
func watch(t *testing.T, l *ledger, r *relay.Registry, after uint64) *relay.Feed {
	t.Helper()
	feed, err := r.Watch(t.Context(), relay.Hello{Ticket: l.ticket, After: after}, relay.Visitor{Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return feed
}

func TestStream(t *testing.T) {
	t.Run("TellsWhatAChannelTells", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			l.done(t, handoff.StepScan)
			p := newPage()
			feed := watch(t, l, r, 0)
			l.done(t, handoff.StepFace)
			go feed.Stream(p)
			synctest.Wait()
			l.status(t, handoff.StatusFailed, "FACE_NO_MATCH")
			synctest.Wait()
			wantFrames(t, p, "snapshot 2 created", "event 1 SCAN", "event 2 FACE", "status 3 failedFACE_NO_MATCH")
			wantClose(t, p, 1000, "failed")
		})
	})

	t.Run("LivesOnWithoutAnAnswerToItsPings", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			p := newPage()
			p.mute = true
			feed := watch(t, l, r, 0)
			go feed.Stream(p)
			time.Sleep(10 * time.Minute)
			l.done(t, handoff.StepScan)
			synctest.Wait()
			wantFrames(t, p, "snapshot 0 created", "event 1 SCAN")
			if p.pings != 24 {
				t.Errorf("%d pings in 10 minutes, want one every 25 s", p.pings)
			}
		})
	})

	t.Run("EndsWithItsPage", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			p := newPage()
			feed := watch(t, l, r, 0)
			go feed.Stream(p)
			p.toServer <- sent{err: relay.ErrPeerClosed}
			synctest.Wait()
			if r.Open() != 0 {
				t.Error("it is still counted")
			}
		})
	})
}

func TestPoll(t *testing.T) {
	type answer struct {
		frames []string
		status handoff.Status
		seq    uint64
	}
	poll := func(t *testing.T, l *ledger, r *relay.Registry, after uint64, wait time.Duration) (answer, error) {
		t.Helper()
		batch, err := watch(t, l, r, after).Poll(wait)
		var frames []string
		for _, frame := range batch.Frames {
			frames = append(frames, string(frame))
		}
		return answer{brief(t, frames), batch.Status, batch.Seq}, err
	}
	want := func(t *testing.T, got, want answer, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
	}

	t.Run("AnswersAtOnceWhatIsThere", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			l.status(t, handoff.StatusClaimed, "")
			l.done(t, handoff.StepScan)
			began := time.Now()
			got, err := poll(t, l, r, 1, 25*time.Second)
			want(t, got, answer{[]string{"event 2 SCAN"}, "claimed", 2}, err)
			if time.Since(began) != 0 {
				t.Errorf("it waited for %v", time.Since(began))
			}
		})
	})

	t.Run("WaitsForWhatComes", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			began := time.Now()
			time.AfterFunc(7*time.Second, func() { l.append(t, handoff.Event{Kind: handoff.KindProgress}) }) // told to nobody
			time.AfterFunc(9*time.Second, func() { l.done(t, handoff.StepScan) })
			got, err := poll(t, l, r, 0, 25*time.Second)
			want(t, got, answer{[]string{"event 2 SCAN"}, "created", 2}, err)
			if time.Since(began) != 9*time.Second {
				t.Errorf("it waited for %v, want 9 s", time.Since(began))
			}
		})
	})

	t.Run("LooksOnceMoreBeforeItGivesUp", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			l.lose = true
			time.AfterFunc(time.Second, func() { l.done(t, handoff.StepScan) })
			got, err := poll(t, l, r, 0, 25*time.Second)
			want(t, got, answer{[]string{"event 1 SCAN"}, "created", 1}, err)
		})
	})

	t.Run("AnswersNothingWhenNothingComes", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			l.done(t, handoff.StepScan)
			began := time.Now()
			got, err := poll(t, l, r, 1, 25*time.Second)
			want(t, got, answer{nil, "created", 1}, err)
			if time.Since(began) != 25*time.Second {
				t.Errorf("it waited for %v, want 25 s", time.Since(began))
			}
		})
	})

	t.Run("TellsOfTheEndWhileItWaits", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			time.AfterFunc(time.Second, func() { l.change(t, func() { l.deleted = true }) })
			got, err := poll(t, l, r, 0, 25*time.Second)
			want(t, got, answer{[]string{"status 1 deleted"}, "deleted", 1}, err)
			if _, err := r.Watch(t.Context(), relay.Hello{Ticket: l.ticket, After: 1}, relay.Visitor{}); handoff.ErrorCode(err) != handoff.CodeNotFound {
				t.Errorf("the next one gets %v, want not found", err)
			}
		})
	})

	t.Run("AnswersAtOnceOfASessionThatHasEnded", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			l.status(t, handoff.StatusCancelled, "")
			got, err := poll(t, l, r, 1, 25*time.Second)
			want(t, got, answer{nil, "cancelled", 1}, err)
		})
	})

	t.Run("GivesUpWhenTheChannelsClose", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			time.AfterFunc(time.Second, func() { _ = r.CloseAll(context.Background()) })
			_, err := poll(t, l, r, 0, 25*time.Second)
			if handoff.ErrorCode(err) != handoff.CodeUnavailable {
				t.Errorf("error is %v, want %s", err, handoff.CodeUnavailable)
			}
		})
	})

	t.Run("PassesOnTheStoresError", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			broken := errors.New("broken")
			time.AfterFunc(time.Second, func() { l.change(t, func() { l.fail = broken }) })
			if _, err := poll(t, l, r, 0, 25*time.Second); !errors.Is(err, broken) {
				t.Errorf("error is %v, want the store's", err)
			}
		})
	})
}

func TestWatchIsRefused(t *testing.T) {
	bubble(t, relay.Config{PerSession: 2, PerAddress: 3}, func(t *testing.T, l *ledger, r *relay.Registry) {
		try := func(address string, ticket handoff.Ticket) handoff.Code {
			_, err := r.Watch(t.Context(), relay.Hello{Ticket: ticket}, relay.Visitor{Address: address})
			return handoff.ErrorCode(err)
		}
		if got := try("192.0.2.1", handoff.NewTicket()); got != handoff.CodeNotFound {
			t.Errorf("an unknown ticket: %s", got)
		}
		feeds := []*relay.Feed{watch(t, l, r, 0), watch(t, l, r, 0)}
		if got := try("192.0.2.2", l.ticket); got != handoff.CodeTooManyRequests {
			t.Errorf("a third page of the session: %q", got)
		}
		for _, feed := range feeds {
			if _, err := feed.Poll(0); err != nil {
				t.Error(err)
			}
		}
		if _, err := watch(t, l, r, 0).Poll(0); err != nil { // a refused one left nothing behind
			t.Errorf("after both had gone: %v", err)
		}
	})
}
