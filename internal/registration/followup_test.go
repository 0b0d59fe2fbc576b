package registration_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/registration"
)

func TestFinish(t *testing.T) {
	t.Run("KeepsAVerifiedResultOnce", func(t *testing.T) {
		d := newDesk(t, passportData)
		r, key, _ := mustStart(t, d)
		d.now = start.Add(time.Minute)
		verified := mustFinish(t, d, key)
		want := goodResult(r.SessionID)
		if verified.Status != registration.StatusVerified || !verified.VerifiedAt.Equal(d.now) || !cmp.Equal(verified.Result, &want) {
			t.Errorf("verified: %+v", verified)
		}
		d.now = start.Add(time.Hour)
		if again := mustFinish(t, d, key); !cmp.Equal(again, verified) || d.provider.Results() != 1 {
			t.Errorf("again: %+v after %d fetches", again, d.provider.Results())
		}
	})

	t.Run("ThePageMayNameTheSessionInEitherCase", func(t *testing.T) {
		d := newDesk(t, passportData)
		r, key, _ := mustStart(t, d)
		if _, err := d.Finish(t.Context(), key, strings.ToUpper(string(r.SessionID))); err != nil {
			t.Error(err)
		}
	})

	for name, page := range map[string]string{"AnotherSession": string(handoff.NewSessionID()), "NoSession": "x", "Space": " "} {
		t.Run("Refuses"+name+"OfThePage", func(t *testing.T) {
			d := newDesk(t, passportData)
			r, key, _ := mustStart(t, d)
			got, err := d.Finish(t.Context(), key, page)
			if !errors.Is(err, registration.ErrSessionMismatch) || d.provider.Results() != 0 || !cmp.Equal(got, r) {
				t.Errorf("error %v after %d fetches, registration %+v", err, d.provider.Results(), got)
			}
			mustFinish(t, d, key) // nothing was spoilt
		})
	}

	for name, passing := range map[string]error{
		"NotReady": registration.ErrNotReady, "TheProviderFails": fmt.Errorf("%w: 502", registration.ErrProvider), "TheCallerLeft": context.Canceled,
	} {
		t.Run("StoresNothingWhen"+name, func(t *testing.T) {
			d := newDesk(t, passportData)
			r, key, _ := mustStart(t, d)
			d.provider.OnResult = func(handoff.SessionID) (registration.Result, error) { return registration.Result{}, passing }
			if got, err := d.Finish(t.Context(), key, ""); !errors.Is(err, passing) || !cmp.Equal(got, r) {
				t.Errorf("registration %+v, error %v", got, err)
			}
			if kept, err := d.Lookup(t.Context(), key); err != nil || !cmp.Equal(kept, r) {
				t.Errorf("kept %+v (%v)", kept, err)
			}
		})
	}

	t.Run("ARefusalIsKeptUntilRenewed", func(t *testing.T) {
		d := newDesk(t, passportData)
		good := d.provider.OnResult
		_, key, old := mustStart(t, d)
		d.provider.OnResult = func(handoff.SessionID) (registration.Result, error) {
			return registration.Result{}, fmt.Errorf("fetching: %w", &registration.RefusedError{Check: registration.RefusalSignature, Detail: "detail for the log"})
		}
		for range 2 { // the second time from the store
			r, err := d.Finish(t.Context(), key, "")
			refused, ok := errors.AsType[*registration.RefusedError](err)
			if !ok || refused.Check != registration.RefusalSignature || r.Status != registration.StatusRefused || r.Refusal != registration.RefusalSignature || r.Result != nil {
				t.Fatalf("registration %+v, error %v", r, err)
			}
		}
		if d.provider.Results() != 1 || !strings.Contains(d.log.String(), "detail for the log") {
			t.Errorf("%d fetches; log: %s", d.provider.Results(), d.log)
		}
		d.provider.OnResult = good
		renewed, _, err := d.Renew(t.Context(), key, old)
		if err != nil || renewed.Status != registration.StatusVerifying || renewed.Refusal != "" {
			t.Fatalf("renewed %+v, error %v", renewed, err)
		}
		if r := mustFinish(t, d, key); r.Status != registration.StatusVerified {
			t.Errorf("status %q", r.Status)
		}
	})

	// A phone's result must not count for a hand-over that "get a new code" has replaced.
	t.Run("AResultThatWasOvertakenByARenewalIsNotKept", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, old := mustStart(t, d)
		d.store.before = func() {
			if _, _, err := d.Renew(t.Context(), key, old); err != nil {
				t.Error(err)
			}
		}
		if _, err := d.Finish(t.Context(), key, ""); !errors.Is(err, registration.ErrSessionMismatch) {
			t.Errorf("%v, want ErrSessionMismatch", err)
		}
		if r, err := d.Lookup(t.Context(), key); err != nil || r.Status != registration.StatusVerifying || r.Result != nil {
			t.Errorf("kept %+v (%v)", r, err)
		}
	})

	t.Run("ARefusalAfterAnotherTabsSuccessDoesNotUndoIt", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		var calls atomic.Int32
		d.provider.OnResult = func(id handoff.SessionID) (registration.Result, error) {
			if calls.Add(1) == 1 {
				return registration.Result{}, &registration.RefusedError{Check: registration.RefusalKey}
			}
			return goodResult(id), nil
		}
		d.store.before = func() { mustFinish(t, d, key) }
		if r, err := d.Finish(t.Context(), key, ""); err != nil || r.Status != registration.StatusVerified {
			t.Errorf("status %q, error %v", r.Status, err)
		}
	})

	t.Run("ManyTabsAtOnceAgree", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		got := make([]registration.Registration, 16)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = d.Finish(t.Context(), key, ""); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, r := range got[1:] {
			if diff := cmp.Diff(got[0], r); diff != "" {
				t.Errorf("tabs differ:\n%s", diff)
			}
		}
	})

	t.Run("AnUnknownKeyIsNotFound", func(t *testing.T) {
		d := newDesk(t, passportData)
		if _, err := d.Finish(t.Context(), registration.NewKey(), ""); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
	})
}

func TestComplete(t *testing.T) {
	t.Run("DrawsANumberOnceAndDeletesAtTheProvider", func(t *testing.T) {
		d := newDesk(t, passportData)
		started, key, _ := mustStart(t, d)
		mustFinish(t, d, key)
		d.now = start.Add(time.Hour)
		r, err := d.Complete(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^BTN-[2-9A-HJ-KM-NP-TV-Z]{4}-[2-9A-HJ-KM-NP-TV-Z]{4}$`).MatchString(r.Number) ||
			r.Status != registration.StatusCompleted || !r.CompletedAt.Equal(d.now) || r.Result == nil {
			t.Errorf("completed: %+v", r)
		}
		if diff := cmp.Diff([]handoff.SessionID{started.SessionID}, d.provider.Deleted()); diff != "" {
			t.Errorf("deleted (-want +got):\n%s", diff)
		}
		again, err := d.Complete(t.Context(), key)
		if err != nil || !cmp.Equal(again, r) || len(d.provider.Deleted()) != 1 {
			t.Errorf("again: %+v, error %v, %d deletions", again, err, len(d.provider.Deleted()))
		}
		if finished := mustFinish(t, d, key); !cmp.Equal(finished, r) {
			t.Errorf("finished again: %+v", finished)
		}
		if _, _, err := d.Renew(t.Context(), key, handoff.PageToken{}); !errors.Is(err, registration.ErrAlreadyVerified) {
			t.Errorf("renewed: %v, want ErrAlreadyVerified", err)
		}
	})

	t.Run("OnlyWhatIsVerified", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		if _, err := d.Complete(t.Context(), key); !errors.Is(err, registration.ErrNotVerified) {
			t.Errorf("verifying: %v, want ErrNotVerified", err)
		}
		d.provider.OnResult = func(handoff.SessionID) (registration.Result, error) {
			return registration.Result{}, &registration.RefusedError{Check: registration.RefusalFace}
		}
		d.Finish(t.Context(), key, "")
		if _, err := d.Complete(t.Context(), key); !errors.Is(err, registration.ErrNotVerified) || len(d.provider.Deleted()) != 0 {
			t.Errorf("refused: %v, want ErrNotVerified; %d deletions", err, len(d.provider.Deleted()))
		}
		if _, err := d.Complete(t.Context(), registration.NewKey()); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("unknown: %v, want ErrNotFound", err)
		}
	})

	t.Run("StandsWhenTheProviderDoesNotDelete", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		mustFinish(t, d, key)
		d.provider.OnDelete = func(ctx context.Context, _ handoff.SessionID) error {
			if _, bounded := ctx.Deadline(); !bounded || ctx.Err() != nil {
				t.Errorf("the deletion is not bounded, or ended with the request (%v)", ctx.Err())
			}
			return registration.ErrProvider
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if r, err := d.Complete(ctx, key); err != nil || r.Number == "" {
			t.Errorf("%+v, error %v", r, err)
		}
		if !strings.Contains(d.log.String(), "provider did not delete") {
			t.Errorf("log: %s", d.log)
		}
	})

	t.Run("TwoTabsGetOneNumber", func(t *testing.T) {
		d := newDesk(t, passportData)
		_, key, _ := mustStart(t, d)
		mustFinish(t, d, key)
		numbers := make([]string, 8)
		var wg sync.WaitGroup
		for i := range numbers {
			wg.Go(func() {
				r, err := d.Complete(t.Context(), key)
				if err != nil {
					t.Error(err)
				}
				numbers[i] = r.Number
			})
		}
		wg.Wait()
		for _, number := range numbers {
			if number == "" || number != numbers[0] {
				t.Fatalf("numbers: %q", numbers)
			}
		}
		if deleted := d.provider.Deleted(); len(deleted) != 1 {
			t.Errorf("%d deletions, want 1", len(deleted))
		}
	})
}

func TestImage(t *testing.T) {
	d := newDesk(t, passportData)
	_, key, _ := mustStart(t, d)
	d.provider.OnImage = func(image registration.Image) ([]byte, error) { return []byte("jpeg of " + image.ID), nil }
	if _, err := d.Image(t.Context(), key, 0, registration.ImagePortrait); !errors.Is(err, registration.ErrNotVerified) {
		t.Errorf("before the result: %v, want ErrNotVerified", err)
	}
	mustFinish(t, d, key)
	for kind, want := range map[registration.ImageKind]string{
		registration.ImagePortrait: "jpeg of p", registration.ImageFront: "jpeg of f", registration.ImageSelfie: "jpeg of s",
	} {
		if got, err := d.Image(t.Context(), key, 0, kind); err != nil || string(got) != want {
			t.Errorf("%s: %q, error %v", kind, got, err)
		}
	}
	for name, ask := range map[string]struct {
		n    int
		kind registration.ImageKind
	}{
		"an image that is not there": {0, registration.ImageBack}, "an unknown kind": {0, "x"},
		"the next document": {1, registration.ImageFront}, "a negative document": {-1, registration.ImageFront},
	} {
		if _, err := d.Image(t.Context(), key, ask.n, ask.kind); !errors.Is(err, registration.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if _, err := d.Image(t.Context(), registration.NewKey(), 0, registration.ImageFront); !errors.Is(err, registration.ErrNotFound) {
		t.Errorf("another key: %v, want ErrNotFound", err)
	}
	d.now = start.Add(2 * time.Hour)
	if _, err := d.Image(t.Context(), key, 0, registration.ImageFront); !errors.Is(err, registration.ErrImageGone) {
		t.Errorf("at the expiry: %v, want ErrImageGone", err)
	}
	d.now = start
	if _, err := d.Complete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Image(t.Context(), key, 0, registration.ImageFront); !errors.Is(err, registration.ErrImageGone) {
		t.Errorf("after completion: %v, want ErrImageGone", err)
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	d := newDesk(t, passportData)
	_, key, ticket := mustStart(t, d)
	d.Finish(t.Context(), key, string(handoff.NewSessionID()))
	mustFinish(t, d, key)
	if _, err := d.Complete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{key.Reveal(), ticket.Reveal(), "access-token", form.Name, form.Email, "X00000001"} {
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, d.log)
		}
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v %#v %s", key, key, key, key)} {
		if strings.Contains(shown, key.Reveal()) {
			t.Errorf("a key prints itself: %s", shown)
		}
	}
}
