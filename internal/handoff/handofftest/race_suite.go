package handofftest

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

func testRaces(t *testing.T, open opener) {
	t.Run("OneOfManyCreationsWins", func(t *testing.T) {
		store, s := open(t), newSession()
		errs := atOnce(20, func(int) error {
			s := s
			s.Ticket, s.Page = handoff.NewTicket().Digest(), handoff.NewPageToken().Digest()
			return store.Create(t.Context(), s)
		})
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case handoff.ErrorCode(err) != handoff.CodeConflict:
				t.Errorf("error is %v, want %s", err, handoff.CodeConflict)
			}
		}
		if won != 1 {
			t.Errorf("%d creations of one id won, want 1", won)
		}
	})

	t.Run("OneOfManyChangesIsTheFirst", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		var mu sync.Mutex
		var firsts []handoff.Event
		for _, err := range atOnce(40, func(int) error {
			events, err := store.Append(t.Context(), s.ID, s.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
				if s.Status != handoff.StatusCreated {
					return nil, nil
				}
				s.Status = handoff.StatusClaimed
				return []handoff.Event{{Kind: handoff.KindStatus, Status: handoff.StatusClaimed}}, nil
			})
			mu.Lock()
			defer mu.Unlock()
			firsts = append(firsts, events...)
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if len(firsts) != 1 || len(mustEvents(t, store, s)) != 1 {
			t.Errorf("%d callers were the first to claim and %d events are stored, want 1 of each", len(firsts), len(mustEvents(t, store, s)))
		}
	})

	t.Run("ManyReportsOfOneKeyAreOneEvent", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		var mu sync.Mutex
		var answers []handoff.Event
		for _, err := range atOnce(40, func(i int) error {
			events, err := store.Append(t.Context(), s.ID, s.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
				return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepScan, Key: "k", Reason: strconv.Itoa(i)}}, nil
			})
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, events...)
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		stored := mustEvents(t, store, s)
		if len(stored) != 1 {
			t.Fatalf("%d events are stored, want 1", len(stored))
		}
		if diff := cmp.Diff(slices.Repeat(stored, 40), answers); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
	})

	t.Run("ADeletionAmongAppendsLeavesNothing", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		for _, err := range atOnce(20, func(i int) error {
			if i == 10 {
				return store.Delete(t.Context(), s.ID, s.CreatedAt)
			}
			_, err := store.Append(t.Context(), s.ID, s.CreatedAt, report(handoff.StepScan))
			if handoff.ErrorCode(err) == handoff.CodeNotFound {
				return nil
			}
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		gone(t, store, s, s.CreatedAt)
	})

	t.Run("OneOfTwoEndsWins", func(t *testing.T) {
		store, ended := open(t), errors.New("ended")
		for range 20 {
			s := newSession()
			mustCreate(t, store, s)
			ends := []handoff.Status{handoff.StatusCompleted, handoff.StatusCancelled}
			errs := atOnce(2, func(i int) error {
				_, err := store.Append(t.Context(), s.ID, s.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
					if s.Status.Ended() {
						return nil, ended
					}
					s.Status, s.EndedAt = ends[i], s.CreatedAt
					event := handoff.Event{Kind: handoff.KindStatus, Status: ends[i], At: s.CreatedAt}
					if ends[i] != handoff.StatusCompleted {
						return []handoff.Event{event}, nil
					}
					return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepInfo, At: s.CreatedAt}, event}, nil
				})
				return err
			})
			winner := slices.Index(errs, nil)
			if winner < 0 || errs[1-winner] != ended {
				t.Fatalf("the answers are %v; want one that ends and one that finds the end", errs)
			}
			events, kept := mustEvents(t, store, s), mustFind(t, store, s.ID)
			if last := events[len(events)-1]; len(events) != 2-winner || last.Status != ends[winner] || kept.Status != ends[winner] {
				t.Fatalf("%s won; the session is %s, its events %v", ends[winner], kept.Status, events)
			}
		}
	})

	t.Run("AClaimAndADeletion", func(t *testing.T) {
		store := open(t)
		for range 20 {
			s := newSession()
			mustCreate(t, store, s)
			errs := atOnce(2, func(i int) error {
				if i == 0 {
					return store.Delete(t.Context(), s.ID, s.CreatedAt)
				}
				_, err := store.Append(t.Context(), s.ID, s.CreatedAt, claim)
				return err
			})
			if errs[0] != nil {
				t.Fatal(errs[0])
			}
			gone(t, store, s, s.CreatedAt)
			remains, err := store.Remains(t.Context(), s.ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			switch told := handoff.ErrorCode(errs[1]); {
			case told == "" && len(remains) == 1, told == handoff.CodeNotFound && len(remains) == 0:
			default:
				t.Fatalf("the claim answers %v and the session left the events %v", errs[1], remains)
			}
		}
	})

	t.Run("AClaimAndTheSweep", func(t *testing.T) {
		store := open(t)
		for range 20 {
			s := newSession()
			mustCreate(t, store, s)
			var swept []handoff.Session
			errs := atOnce(2, func(i int) error {
				var err error
				if i == 0 {
					swept, err = store.DeleteExpired(t.Context(), s.ExpiresAt, 10)
				} else {
					_, err = store.Append(t.Context(), s.ID, s.ExpiresAt.Add(-time.Millisecond), claim)
				}
				return err
			})
			if errs[0] != nil || len(swept) != 1 {
				t.Fatalf("the sweep answers %v, %v; want the session", swept, errs[0])
			}
			switch told := handoff.ErrorCode(errs[1]); {
			case told == "" && swept[0].Status == handoff.StatusClaimed && swept[0].Seq == 1:
			case told == handoff.CodeNotFound && swept[0].Status == handoff.StatusCreated && swept[0].Seq == 0:
			default:
				t.Fatalf("the claim answers %v, and the sweep says %s with seq %d", errs[1], swept[0].Status, swept[0].Seq)
			}
		}
	})

	t.Run("AfterItsExpiryNoneOfManyChangesIt", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		var before atomic.Uint64
		for i, err := range atOnce(60, func(i int) error {
			if i%2 == 0 {
				_, err := store.Append(t.Context(), s.ID, s.ExpiresAt.Add(-time.Millisecond), report(handoff.StepScan))
				before.Add(1)
				return err
			}
			_, err := store.Append(t.Context(), s.ID, s.ExpiresAt, func(*handoff.Session) ([]handoff.Event, error) {
				t.Error("the function runs on a session that has expired")
				return nil, nil
			})
			return err
		}) {
			if want := []handoff.Code{"", handoff.CodeNotFound}[i%2]; handoff.ErrorCode(err) != want {
				t.Errorf("append %d answers %v, want %q", i, err, want)
			}
		}
		if got := mustFind(t, store, s.ID); got.Seq != before.Load() {
			t.Errorf("the session has %d events, want %d", got.Seq, before.Load())
		}
	})

	t.Run("EveryFunctionAndEveryReaderSeesOneMoment", func(t *testing.T) {
		const writers, each = 8, 25
		store, s := open(t), newSession()
		s.Reference, s.Reason, s.Requester = "0", "0", handoff.Requester{Name: "0"}
		mustCreate(t, store, s)
		// Every change sets these fields to its number, so any session that was seen half changed shows two of them.
		check := func(seen handoff.Session) {
			number := strconv.FormatUint(seen.Seq, 10)
			want := []string{number, number, number, number}
			if got := []string{seen.Reference, seen.Reason, seen.Requester.Name, strconv.Itoa(seen.Events)}; !slices.Equal(got, want) {
				t.Errorf("seq %s comes with reference, reason, requester and count %v", number, got)
			}
		}
		done := make(chan struct{})
		var readers sync.WaitGroup
		for _, find := range finders(store, s) {
			readers.Go(func() {
				for last := uint64(0); ; {
					seen, err := find(t.Context(), s.CreatedAt)
					if err != nil {
						t.Error(err)
						return
					}
					check(seen)
					if seen.Seq < last {
						t.Errorf("seq went back from %d to %d", last, seen.Seq)
					}
					last = seen.Seq
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		for _, err := range atOnce(writers, func(int) error {
			for range each {
				_, err := store.Append(t.Context(), s.ID, s.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
					check(*s)
					next := strconv.FormatUint(s.Seq+1, 10)
					s.Reference, s.Reason, s.Requester.Name = next, next, next
					s.Events++
					return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepScan, At: s.CreatedAt}}, nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		close(done)
		readers.Wait()
		if got := mustFind(t, store, s.ID); got.Seq != writers*each {
			t.Errorf("the last number is %d, want %d", got.Seq, writers*each)
		}
	})
}

// claim is what Append is given for a claim.
func claim(s *handoff.Session) ([]handoff.Event, error) {
	s.Status, s.ClaimedAt = handoff.StatusClaimed, s.CreatedAt
	return []handoff.Event{{Kind: handoff.KindStatus, Status: handoff.StatusClaimed, At: s.CreatedAt}}, nil
}

// atOnce runs f in n goroutines that start together and returns their errors.
func atOnce(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}
