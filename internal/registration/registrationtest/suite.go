package registrationtest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/registration"
)

// TestStore checks a Store against the contract of registration.Store. open returns an empty one and sees to its end.
func TestStore(t *testing.T, open func(t *testing.T) registration.Store) {
	t.Run("WhatWasCreatedComesBack", func(t *testing.T) {
		store, want := open(t), full()
		if err := store.CreateRegistration(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := store.Registration(t.Context(), want.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("registration (-want +got):\n%s", diff)
		}
	})

	t.Run("ZeroTimesAndNoResultComeBack", func(t *testing.T) {
		store, want := open(t), fresh()
		if err := store.CreateRegistration(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := store.Registration(t.Context(), want.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("registration (-want +got):\n%s", diff)
		}
	})

	t.Run("ADigestIsTakenOnce", func(t *testing.T) {
		store, first := open(t), fresh()
		if err := store.CreateRegistration(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		second := fresh()
		second.Digest, second.Form.Name = first.Digest, "Bo Specimen"
		if err := store.CreateRegistration(t.Context(), second); handoff.ErrorCode(err) != handoff.CodeConflict {
			t.Errorf("second creation: %v, want %s", err, handoff.CodeConflict)
		}
		if got, err := store.Registration(t.Context(), first.Digest); err != nil || got.Form.Name != first.Form.Name {
			t.Errorf("kept is %q (%v), want the first one's %q", got.Form.Name, err, first.Form.Name)
		}
	})

	t.Run("ManyMayBeWithoutNumberOrResult", func(t *testing.T) {
		store := open(t)
		for range 3 {
			if err := store.CreateRegistration(t.Context(), fresh()); err != nil {
				t.Fatal(err)
			}
		}
	})

	t.Run("AnUnknownDigestIsNotFound", func(t *testing.T) {
		store := open(t)
		for name, digest := range map[string]handoff.Digest{"unknown": registration.NewKey().Digest(), "zero": {}} {
			if _, err := store.Registration(t.Context(), digest); !errors.Is(err, registration.ErrNotFound) {
				t.Errorf("%s: reading answers %v, want ErrNotFound", name, err)
			}
			ran := false
			_, err := store.UpdateRegistration(t.Context(), digest, func(*registration.Registration) error { ran = true; return nil })
			if !errors.Is(err, registration.ErrNotFound) || ran {
				t.Errorf("%s: updating answers %v (ran: %t), want ErrNotFound without a run", name, err, ran)
			}
		}
	})

	t.Run("AnUpdateIsStoredAndReturned", func(t *testing.T) {
		store, r := open(t), fresh()
		if err := store.CreateRegistration(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		want := full()
		want.Digest, want.CreatedAt = r.Digest, r.CreatedAt
		got, err := store.UpdateRegistration(t.Context(), r.Digest, func(r *registration.Registration) error {
			*r = full() // another digest and another creation, which must not be taken over
			r.Number, r.SessionID, r.Result, r.Policy = want.Number, want.SessionID, want.Result, want.Policy
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("returned (-want +got):\n%s", diff)
		}
		if got, err = store.Registration(t.Context(), r.Digest); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
	})

	t.Run("AFailedUpdateStoresNothing", func(t *testing.T) {
		store, want := open(t), full()
		if err := store.CreateRegistration(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		failure := errors.New("no")
		_, err := store.UpdateRegistration(t.Context(), want.Digest, func(r *registration.Registration) error {
			r.Status, r.Form.Name, r.Result.Documents[0].FullName = registration.StatusRefused, "changed", "changed"
			return failure
		})
		if err != failure { // as it is, not wrapped
			t.Errorf("error is %v, want the function's own", err)
		}
		got, err := store.Registration(t.Context(), want.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
	})

	t.Run("WhatIsReturnedBelongsToTheCaller", func(t *testing.T) {
		store, want := open(t), full()
		if err := store.CreateRegistration(t.Context(), clone(want)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got, err := store.Registration(t.Context(), want.Digest)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("registration (-want +got):\n%s", diff)
			}
			got.Result.Documents[0].FullName, got.Result.Background.Match = "changed", true
		}
	})

	t.Run("ANumberIsTakenOnce", func(t *testing.T) {
		store, first, second := open(t), full(), fresh()
		for _, r := range []registration.Registration{first, second} {
			if err := store.CreateRegistration(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		_, err := store.UpdateRegistration(t.Context(), second.Digest, func(r *registration.Registration) error {
			r.Status, r.Number = registration.StatusCompleted, first.Number
			return nil
		})
		if handoff.ErrorCode(err) != handoff.CodeConflict {
			t.Errorf("error is %v, want %s", err, handoff.CodeConflict)
		}
		if got, err := store.Registration(t.Context(), second.Digest); err != nil || got.Number != "" || got.Status != second.Status {
			t.Errorf("stored are number %q and status %q (%v), want nothing changed", got.Number, got.Status, err)
		}
	})

	t.Run("ConcurrentUpdatesLoseNothing", func(t *testing.T) {
		const callers = 40
		store, r := open(t), fresh()
		r.Form.Name = ""
		if err := store.CreateRegistration(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var first atomic.Int32
		for range callers {
			wg.Go(func() {
				won := false
				_, err := store.UpdateRegistration(t.Context(), r.Digest, func(r *registration.Registration) error {
					won = r.Form.Name == "" // f may run again
					r.Form.Name += "x"
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				if won {
					first.Add(1)
				}
			})
		}
		wg.Wait()
		got, err := store.Registration(t.Context(), r.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Form.Name) != callers || first.Load() != 1 {
			t.Errorf("%d of %d updates are stored, %d callers were first", len(got.Form.Name), callers, first.Load())
		}
	})

	t.Run("TheAbandonedGoAndNobodyElse", func(t *testing.T) {
		store, before := open(t), fresh().CreatedAt
		kept := map[string]registration.Registration{}
		keep := func(name string, status registration.Status, created time.Time) {
			r := full()
			r.Status, r.CreatedAt = status, created
			if status != registration.StatusCompleted {
				r.Number = ""
			}
			if err := store.CreateRegistration(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			kept[name] = r
		}
		old := before.Add(-time.Millisecond)
		keep("verifying", registration.StatusVerifying, old)
		keep("verified", registration.StatusVerified, old)
		keep("refused", registration.StatusRefused, old)
		keep("completed", registration.StatusCompleted, old)
		keep("young", registration.StatusVerifying, before)
		if n, err := store.DeleteAbandoned(t.Context(), before, 10); n != 3 || err != nil {
			t.Errorf("removed are %d, %v; want 3", n, err)
		}
		for name, r := range kept {
			_, err := store.Registration(t.Context(), r.Digest)
			if stays := name == "completed" || name == "young"; stays != (err == nil) {
				t.Errorf("%s: %v; it is to stay: %t", name, err, stays)
			}
		}
	})

	t.Run("TheAbandonedGoInBatchesTheOldestFirst", func(t *testing.T) {
		store, now := open(t), fresh().CreatedAt
		var all []registration.Registration
		for i := range 5 {
			r := fresh()
			r.CreatedAt = now.Add(time.Duration(i*7%5) * time.Second)
			if err := store.CreateRegistration(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		}
		left := len(all)
		for _, step := range []struct{ limit, want int }{{0, 0}, {-1, 0}, {2, 2}, {2, 2}, {2, 1}, {2, 0}} {
			if n, err := store.DeleteAbandoned(t.Context(), now.Add(time.Hour), step.limit); n != step.want || err != nil {
				t.Fatalf("removed are %d with limit %d (%v), want %d", n, step.limit, err, step.want)
			}
			left -= step.want
			for _, r := range all {
				_, err := store.Registration(t.Context(), r.Digest)
				if stays := r.CreatedAt.Sub(now) >= time.Duration(5-left)*time.Second; stays != (err == nil) {
					t.Errorf("with %d left, the one of second %v: %v", left, r.CreatedAt.Sub(now), err)
				}
			}
		}
	})
}

// fresh is a registration as Start makes it.
func fresh() registration.Registration {
	return registration.Registration{
		Digest: registration.NewKey().Digest(),
		Form:   registration.Form{Name: "Ana O’Specimen 安娜", Email: "ana@example.invalid", Country: "NL", Consent: true},

		SessionID: handoff.NewSessionID(), Status: registration.StatusVerifying,
		CreatedAt: time.Date(2030, 1, 2, 3, 4, 5, 678e6, time.UTC),
	}
}

// full is a registration with every field set.
func full() registration.Registration {
	r := fresh()
	created := r.CreatedAt
	yes, low := true, 1.5
	r.Status, r.Refusal, r.Number = registration.StatusCompleted, registration.RefusalFace, "BTN-"+string(r.SessionID[:4]+"-"+r.SessionID[4:8])
	r.Policy = &registration.Policy{Documents: []registration.DocumentPolicy{{Type: "PASSPORT", FaceRequired: true, ScanLevel: 2, ReadLevel: 4}}, Background: true}
	r.VerifiedAt, r.CompletedAt = created.Add(time.Minute), created.Add(time.Hour+time.Millisecond)
	r.Result = &registration.Result{
		SessionID: r.SessionID, IssuedAt: created.Truncate(time.Second), ExpiresAt: created.Truncate(time.Second).Add(time.Hour),
		Documents: []registration.Document{{
			Type: "PASSPORT", FullName: "ANA SPECIMEN", Number: "X00000001", Nationality: "UTO", Sex: "F",
			DateOfBirth: "1990-01-01", ExpiresOn: "2031-01-01",
			Portrait: registration.Image{ID: "650000000000000000000001", Checksum: "sha256:00"},
			ChipRead: true, ChipValid: true, Face: &registration.Face{Match: true, Level: 5}, MRZValid: &yes,
			Scores: registration.Scores{Screen: &low},
		}},
		Background: &registration.Background{Type: "RDC"},
	}
	return r
}
