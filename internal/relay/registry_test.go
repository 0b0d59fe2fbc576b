package relay_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"baton/internal/handoff"
	"baton/internal/relay"
)

func TestCaps(t *testing.T) {
	t.Run("the 33rd channel of a session is refused and room comes back", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			var pages []*page
			for range 32 {
				pages = append(pages, opened(l, r))
			}
			refused := opened(l, r)
			wantClose(t, refused, 4029, "TOO_MANY_REQUESTS")
			pages[0].toServer <- sent{err: relay.ErrPeerClosed}
			synctest.Wait()
			wantClose(t, opened(l, r), 0, "")
		})
	})
	t.Run("an address is refused over its cap and another is not", func(t *testing.T) {
		bubble(t, relay.Config{PerAddress: 2}, func(t *testing.T, l *ledger, r *relay.Registry) {
			for i, test := range []struct {
				address string
				code    int
			}{{"192.0.2.1", 0}, {"192.0.2.1", 0}, {"192.0.2.1", 4029}, {"192.0.2.2", 0}, {"", 0}, {"", 0}, {"", 0}} {
				p := newPage()
				p.serve(r, test.address)
				synctest.Wait()
				if _, code, _ := p.seen(); code != test.code {
					t.Errorf("channel %d from %q closed with %d, want %d", i, test.address, code, test.code)
				}
			}
		})
	})
	t.Run("the process has a cap of its own", func(t *testing.T) {
		bubble(t, relay.Config{Total: 3}, func(t *testing.T, l *ledger, r *relay.Registry) {
			for i := range 4 {
				p := newPage()
				p.serve(r, fmt.Sprintf("192.0.2.%d", i))
				synctest.Wait()
				_, code, _ := p.seen()
				if want := map[bool]int{true: 4029}[i == 3]; code != want {
					t.Errorf("channel %d closed with %d, want %d", i, code, want)
				}
			}
		})
	})
}

func TestCloseAll(t *testing.T) {
	t.Run("closes every channel and waits for its goroutines", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			live, waiting := opened(l, r), newPage()
			done := waiting.serve(r, "192.0.2.1")
			synctest.Wait()
			if err := r.CloseAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r.Open() != 0 {
				t.Error("returned with open channels")
			}
			<-done
			wantClose(t, live, 4000, "UNAVAILABLE")
			wantClose(t, waiting, 4000, "UNAVAILABLE")
			wantClose(t, opened(l, r), 4000, "UNAVAILABLE")
		})
	})
	t.Run("gives up with its context", func(t *testing.T) {
		bubble(t, relay.Config{}, func(t *testing.T, l *ledger, r *relay.Registry) {
			p := opened(l, r)
			p.stop = true
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := r.CloseAll(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want the deadline's", err)
			}
		})
	})
}

func TestCloseCodes(t *testing.T) {
	for code, want := range map[handoff.Code]int{
		handoff.CodeInvalidInput: 4500, handoff.CodeUnauthorized: 4501, handoff.CodeForbidden: 4503, handoff.CodeNotFound: 4504,
		handoff.CodeSessionEnded: 4509, handoff.CodeAlreadyClaimed: 4509, handoff.CodeNotClaimed: 4509,
		handoff.CodeCodeStale: 4509, handoff.CodeConfirmationRequired: 4509,
		handoff.CodePayloadTooLarge: 1009, handoff.CodeTooManyRequests: 4029, handoff.CodeUnexpected: 1011,
		handoff.CodeUnavailable: 4000, handoff.CodeConflict: 1011, "ANYTHING": 1011,
	} {
		if got := relay.CloseCode(code); got != want {
			t.Errorf("%s closes with %d, want %d", code, got, want)
		}
	}
}
