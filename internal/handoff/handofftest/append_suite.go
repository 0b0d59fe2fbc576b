package handofftest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

func testAppend(t *testing.T, open opener) {
	t.Run("EventsAreNumberedFromOneAndComeBackAsStored", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		at := s.CreatedAt.Add(1_234_567).In(time.FixedZone("elsewhere", 3600)) // 1 ms and some nanoseconds
		events := []handoff.Event{
			{Seq: 99, Kind: handoff.KindService, Step: handoff.StepScan, Key: "first", At: at},
			{Kind: handoff.KindNotice, Notice: handoff.NoticeSkipped, Step: handoff.StepRead, Reason: "READ_NFC_UNAVAILABLE", At: at},
			{Kind: handoff.KindStatus, Status: handoff.StatusFailed, Reason: "USER_CANCEL", Key: "third"},
			{Kind: handoff.KindProgress, Detail: `{"event":"VIEW","page":"SCAN"}`, Key: "fourth", At: at},
			{Kind: handoff.KindNotice, Notice: handoff.NoticeOpened, At: at},
		}
		var want []handoff.Event
		for i, e := range events {
			e.Seq = uint64(i + 1)
			if !e.At.IsZero() {
				e.At = s.CreatedAt.Add(time.Millisecond)
			}
			want = append(want, e)
		}
		got := mustAppend(t, store, s, func(*handoff.Session) ([]handoff.Event, error) { return slices.Clone(events), nil })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("returned (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, mustEvents(t, store, s)); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
		if got := mustFind(t, store, s.ID); got.Seq != 5 {
			t.Errorf("the session's seq is %d, want 5", got.Seq)
		}
		clear(got)
		if next := mustAppend(t, store, s, report(handoff.StepFace)); len(next) != 1 || next[0].Seq != 6 {
			t.Errorf("the next is %v, want the one event 6", next)
		}
		if diff := cmp.Diff(want, mustEvents(t, store, s)[:5]); diff != "" {
			t.Errorf("changing what Append returned changed what is stored (-want +got):\n%s", diff)
		}
	})

	t.Run("WhatTheFunctionChangesIsStored", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		want := s
		want.SealedToken, want.SealedData = []byte("another token"), []byte("other data")
		want.Reference, want.Steps = "another reference", []handoff.Step{handoff.StepInfo}
		want.Status, want.Reason, want.Events = handoff.StatusFailed, "USER_CANCEL", 7
		want.OpenedAt, want.ClaimedAt, want.EndedAt = s.CreatedAt.Add(time.Second), s.CreatedAt.Add(time.Minute), s.CreatedAt.Add(time.Hour)
		want.Requester = handoff.Requester{Name: "另一家银行", System: "Android"}
		mustAppend(t, store, s, func(s *handoff.Session) ([]handoff.Event, error) {
			*s = asKept(want)
			return nil, nil // no event, and stored all the same
		})
		if diff := cmp.Diff(want, mustFind(t, store, s.ID)); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		if got := mustEvents(t, store, s); len(got) != 0 {
			t.Errorf("events are %v, want none", got)
		}
		// In place, too: what f is given is its own.
		want.SealedData = []byte("OTHER DATA")
		mustAppend(t, store, s, func(s *handoff.Session) ([]handoff.Event, error) {
			copy(s.SealedData, "OTHER DATA")
			return nil, nil
		})
		if diff := cmp.Diff(want, mustFind(t, store, s.ID)); diff != "" {
			t.Errorf("session changed in place (-want +got):\n%s", diff)
		}
	})

	t.Run("EveryFieldChangesAlone", func(t *testing.T) {
		store := open(t)
		for name, change := range map[string]func(*handoff.Session){
			"Status":           func(s *handoff.Session) { s.Status = handoff.StatusCancelled },
			"Reason":           func(s *handoff.Session) { s.Reason = "USER_CANCEL" },
			"Events":           func(s *handoff.Session) { s.Events = handoff.MaxEvents },
			"OpenedAt":         func(s *handoff.Session) { s.OpenedAt = s.CreatedAt.Add(time.Millisecond) },
			"ClaimedAt":        func(s *handoff.Session) { s.ClaimedAt = s.CreatedAt.Add(time.Millisecond) },
			"EndedAt":          func(s *handoff.Session) { s.EndedAt = s.CreatedAt.Add(time.Millisecond) },
			"Reference":        func(s *handoff.Session) { s.Reference = "" },
			"Steps":            func(s *handoff.Session) { s.Steps = s.Steps[:1] },
			"RequesterName":    func(s *handoff.Session) { s.Requester.Name = "" },
			"RequesterBrowser": func(s *handoff.Session) { s.Requester.Browser = "Safari" },
			"RequesterSystem":  func(s *handoff.Session) { s.Requester.System = "iOS" },
			"SealedToken":      func(s *handoff.Session) { s.SealedToken = s.SealedToken[1:] },
			"SealedData":       func(s *handoff.Session) { s.SealedData = append(s.SealedData, 0) },
			"SealedRotation":   func(s *handoff.Session) { s.SealedRotation = s.SealedRotation[1:] },
			"SealedTicket":     func(s *handoff.Session) { s.SealedTicket = s.SealedTicket[1:] },
			"Once":             func(s *handoff.Session) { s.Protection.Once = false },
			"Separate":         func(s *handoff.Session) { s.Protection.Separate = false },
			"Confirm":          func(s *handoff.Session) { s.Protection.Confirm = handoff.ConfirmPrompt },
			"Rotate":           func(s *handoff.Session) { s.Protection.Rotate = false },
			"Origins":          func(s *handoff.Session) { s.Origins = s.Origins[:1] },
			"Locale":           func(s *handoff.Session) { s.Locale = "" },
			"Device":           func(s *handoff.Session) { s.Device = handoff.Digest{1, 2, 3} },
			"Number":           func(s *handoff.Session) { s.Number = "07" },
			"Tries":            func(s *handoff.Session) { s.Tries = handoff.MaxTries },
			"ConfirmedAt":      func(s *handoff.Session) { s.ConfirmedAt = s.CreatedAt.Add(time.Millisecond) },
			"SecondAt":         func(s *handoff.Session) { s.SecondAt = s.CreatedAt.Add(time.Millisecond) },
			"LinkCode":         func(s *handoff.Session) { s.LinkCode = handoff.Digest{4, 5, 6} },
			"LinkUntil":        func(s *handoff.Session) { s.LinkUntil = s.CreatedAt.Add(time.Millisecond) },
			"NotMe":            func(s *handoff.Session) { s.NotMe = true },
		} {
			t.Run(name, func(t *testing.T) {
				s := newSession()
				mustCreate(t, store, s)
				mustAppend(t, store, s, func(s *handoff.Session) ([]handoff.Event, error) {
					change(s)
					return nil, nil
				})
				want := asKept(s)
				change(&want)
				if diff := cmp.Diff(want, mustFind(t, store, s.ID)); diff != "" {
					t.Errorf("session (-want +got):\n%s", diff)
				}
			})
		}
	})

	t.Run("TextsComeBackByteForByte", func(t *testing.T) {
		store := open(t)
		for name, text := range map[string]string{
			"JSON":           `{"statusMessage":"a \"quoted\" \u0000 text","page":"SCAN"}`,
			"ManyScripts":    "安娜 Ανθή Аня أحمد אנה 🙂 e\u0301",
			"White":          " \t leading, inner  and trailing \r\n",
			"NUL":            "a\x00b",
			"Quotes":         "';-- \" \\ %s $1 ?",
			"NumberLike":     "0012e3",
			"WordOfNothing":  "NULL",
			"NotUTF8":        "\xff\xfe",
			"AsLongAsItGets": strings.Repeat("é", handoff.MaxDetail/2),
		} {
			t.Run(name, func(t *testing.T) {
				s := newSession()
				s.Reference, s.Reason, s.Tenant = text, text, handoff.Tenant(text)
				s.Requester = handoff.Requester{Name: text, Browser: text, System: text}
				mustCreate(t, store, s)
				if diff := cmp.Diff(s, mustFind(t, store, s.ID)); diff != "" {
					t.Errorf("session (-want +got):\n%s", diff)
				}
				want := []handoff.Event{{
					Seq: 1, Kind: handoff.KindProgress, Step: handoff.StepScan, Reason: text, Key: text, Detail: text, At: s.CreatedAt,
				}}
				for range 2 { // the second time by its key
					got := mustAppend(t, store, s, func(*handoff.Session) ([]handoff.Event, error) { return slices.Clone(want), nil })
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("returned (-want +got):\n%s", diff)
					}
				}
				if diff := cmp.Diff(want, mustEvents(t, store, s)); diff != "" {
					t.Errorf("stored (-want +got):\n%s", diff)
				}
			})
		}
	})

	t.Run("TheFunctionSeesTheSessionAsItIs", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		mustAppend(t, store, s, report(handoff.StepScan))
		want := mustFind(t, store, s.ID)
		mustAppend(t, store, s, func(got *handoff.Session) ([]handoff.Event, error) {
			if diff := cmp.Diff(want, *got); diff != "" {
				t.Errorf("the function sees (-want +got):\n%s", diff)
			}
			return nil, nil
		})
	})

	t.Run("TheStoresOwnFieldsStay", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		mustAppend(t, store, s, report(handoff.StepScan))
		want := mustFind(t, store, s.ID)
		mustAppend(t, store, s, func(s *handoff.Session) ([]handoff.Event, error) {
			s.ID, s.Tenant, s.Seq = handoff.NewSessionID(), "another tenant", 77
			s.Ticket, s.Page = handoff.NewTicket().Digest(), handoff.NewPageToken().Digest()
			s.CreatedAt, s.ExpiresAt = s.CreatedAt.Add(-time.Hour), s.ExpiresAt.Add(time.Hour)
			return nil, nil
		})
		for name, find := range finders(store, s) {
			got, err := find(t.Context(), s.CreatedAt)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		gone(t, store, s, s.ExpiresAt)
		if next := mustAppend(t, store, s, report(handoff.StepScan)); next[0].Seq != 2 {
			t.Errorf("the next event has number %d, want 2", next[0].Seq)
		}
	})

	t.Run("IfTheFunctionFailsNothingIsStoredAndItsErrorComesBack", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		failure := errors.New("no")
		got, err := store.Append(t.Context(), s.ID, s.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
			s.Status, s.Reason = handoff.StatusFailed, "changed"
			spoil(s)
			return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepScan, Key: "unknown"}}, failure
		})
		if err != failure || len(got) != 0 { // as it is, not wrapped
			t.Errorf("answer is %v, %v; want none and the function's own error", got, err)
		}
		if diff := cmp.Diff(s, mustFind(t, store, s.ID)); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		if events := mustEvents(t, store, s); len(events) != 0 {
			t.Errorf("events are %v, want none", events)
		}
		if next := mustAppend(t, store, s, report(handoff.StepScan)); next[0].Seq != 1 {
			t.Errorf("the next event has number %d, want 1", next[0].Seq)
		}
	})
}

func testKeys(t *testing.T, open opener) {
	keyed := func(key string, step handoff.Step) func(*handoff.Session) ([]handoff.Event, error) {
		return func(s *handoff.Session) ([]handoff.Event, error) {
			s.Events++
			return []handoff.Event{
				{Kind: handoff.KindService, Step: step, Key: key, At: s.CreatedAt},
				{Kind: handoff.KindNotice, Notice: handoff.NoticeSkipped, Step: handoff.StepRead, At: s.CreatedAt},
			}, nil
		}
	}

	t.Run("AKnownKeyGetsTheFirstEventAloneAndChangesNothing", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		first := mustAppend(t, store, s, keyed("k", handoff.StepScan))
		mustAppend(t, store, s, report(handoff.StepRead))
		before, events := mustFind(t, store, s.ID), mustEvents(t, store, s)
		again := mustAppend(t, store, s, keyed("k", handoff.StepFace))
		if diff := cmp.Diff(first[:1], again); diff != "" {
			t.Errorf("repeated (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, mustFind(t, store, s.ID)); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(events, mustEvents(t, store, s)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})

	t.Run("AlsoBesideAnError", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		first := mustAppend(t, store, s, keyed("k", handoff.StepInfo))
		mustAppend(t, store, s, func(s *handoff.Session) ([]handoff.Event, error) {
			s.Status, s.EndedAt = handoff.StatusCompleted, s.CreatedAt
			return nil, nil
		})
		before := mustFind(t, store, s.ID)
		ended := errors.New("ended")
		again, err := store.Append(t.Context(), s.ID, s.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
			s.Reason = "changed"
			return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepInfo, Key: "k"}}, ended
		})
		if err != nil {
			t.Fatalf("a known key after the end: %v", err)
		}
		if diff := cmp.Diff(first[:1], again); diff != "" {
			t.Errorf("repeated (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, mustFind(t, store, s.ID)); diff != "" {
			t.Errorf("session (-want +got):\n%s", diff)
		}
		if _, err := store.Append(t.Context(), s.ID, s.CreatedAt, func(*handoff.Session) ([]handoff.Event, error) {
			return []handoff.Event{{Kind: handoff.KindService, Step: handoff.StepInfo, Key: "new"}}, ended
		}); err != ended {
			t.Errorf("an unknown key after the end: %v, want the function's error", err)
		}
	})

	t.Run("WithoutAKeyEveryReportIsNew", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		for want := range uint64(3) {
			if got := mustAppend(t, store, s, report(handoff.StepScan)); got[0].Seq != want+1 {
				t.Errorf("number is %d, want %d", got[0].Seq, want+1)
			}
		}
	})

	t.Run("AnotherSessionsKeyIsUnknown", func(t *testing.T) {
		store, s, other := open(t), newSession(), newSession()
		mustCreate(t, store, s)
		mustCreate(t, store, other)
		mustAppend(t, store, s, report(handoff.StepScan))
		mustAppend(t, store, s, keyed("k", handoff.StepScan))
		if got := mustAppend(t, store, other, keyed("k", handoff.StepFace)); got[0].Seq != 1 || got[0].Step != handoff.StepFace {
			t.Errorf("the event is %v, want a new one", got[0])
		}
	})

	t.Run("KeysDifferInEveryByte", func(t *testing.T) {
		store, s := open(t), newSession()
		mustCreate(t, store, s)
		for i, key := range []string{"a", "A", "a ", " a", "a%", "a_", "*", "a.b", "a>b", "a/b"} {
			if got := mustAppend(t, store, s, keyed(key, handoff.StepScan)); got[0].Seq != uint64(2*i+1) || got[0].Key != key {
				t.Errorf("key %q: event %v, want a new one", key, got[0])
			}
		}
	})
}
