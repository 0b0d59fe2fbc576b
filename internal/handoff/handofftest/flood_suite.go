package handofftest

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

// flood is how many appends are under way together in testFlood.
const flood = 1000

// testFlood lets a thousand callers append at the same moment.
func testFlood(t *testing.T, open opener) {
	for name, spread := range map[string]struct{ sessions, repeats int }{
		"OnOneSession":               {1, 0},
		"OnTenSessions":              {10, 0},
		"WithKeysOfWhichEachIsTwice": {1, 2},
		"WithTheSameKeysInSessions":  {5, 4},
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			sessions := make([]handoff.Session, spread.sessions)
			for i := range sessions {
				sessions[i] = newSession()
				mustCreate(t, store, sessions[i])
			}
			each := flood / spread.sessions
			distinct := each / max(spread.repeats, 1)
			var mu sync.Mutex
			returned := make([][]handoff.Event, spread.sessions)
			for i, err := range atOnce(flood, func(i int) error {
				of, number := i%spread.sessions, i/spread.sessions
				key := ""
				if spread.repeats > 0 {
					key = strconv.Itoa(number % distinct)
				}
				events, err := store.Append(t.Context(), sessions[of].ID, sessions[of].CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
					s.Events++
					return []handoff.Event{{
						Kind: handoff.KindService, Step: handoff.StepScan, Key: key, Reason: fmt.Sprint("caller ", i), At: s.CreatedAt,
					}}, nil
				})
				mu.Lock()
				defer mu.Unlock()
				returned[of] = append(returned[of], events...)
				return err
			}) {
				if err != nil {
					t.Fatalf("append %d: %v", i, err)
				}
			}
			for of, s := range sessions {
				checkFlood(t, store, s, distinct, each, returned[of])
			}
		})
	}
}

// checkFlood checks that each of a session's callers was answered with one event, and that these are the stored ones:
// so many of them, numbered 1, 2, …
func checkFlood(t *testing.T, store handoff.Store, s handoff.Session, distinct, callers int, returned []handoff.Event) {
	t.Helper()
	stored := mustEvents(t, store, s)
	if len(stored) != distinct || len(returned) != callers {
		t.Fatalf("%d events are stored and %d returned, want %d and %d", len(stored), len(returned), distinct, callers)
	}
	told := make(map[uint64]bool)
	for _, e := range returned {
		if e.Seq < 1 || e.Seq > uint64(distinct) {
			t.Fatalf("a caller was told the number %d of %d", e.Seq, distinct)
		}
		if diff := cmp.Diff(stored[e.Seq-1], e); diff != "" {
			t.Fatalf("a caller was told something else than is stored (-stored +told):\n%s", diff)
		}
		told[e.Seq] = true
	}
	wrote := make(map[string]bool)
	for i, e := range stored {
		if e.Seq != uint64(i+1) {
			t.Fatalf("event %d has number %d", i+1, e.Seq)
		}
		wrote[e.Reason] = true
	}
	if len(told) != distinct || len(wrote) != distinct {
		t.Errorf("%d numbers were told and %d callers' events stored, want %d of both", len(told), len(wrote), distinct)
	}
	if got := mustFind(t, store, s.ID); got.Seq != uint64(distinct) || got.Events != distinct {
		t.Errorf("the session counts seq %d and %d events, want %d of both", got.Seq, got.Events, distinct)
	}
}
