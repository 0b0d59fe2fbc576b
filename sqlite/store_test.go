package sqlite_test

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/internal/sandbox"
)

func TestHandoffStore(t *testing.T) {
	handofftest.TestStore(t, func(t *testing.T) handoff.Store { return open(t) })
}

func TestRegistrationStore(t *testing.T) {
	registrationtest.TestStore(t, func(t *testing.T) registration.Store { return open(t) })
}

func TestSandboxStore(t *testing.T) {
	t.Run("TheSigningKeyIsMadeOnce", func(t *testing.T) {
		db := open(t)
		failure := errors.New("no key")
		if _, err := db.SigningKey(t.Context(), func() (sandbox.SigningKey, error) { return sandbox.SigningKey{}, failure }); err != failure {
			t.Errorf("error is %v, want the function's own", err)
		}
		var mu sync.Mutex
		var keys []sandbox.SigningKey
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				key, err := db.SigningKey(t.Context(), func() (sandbox.SigningKey, error) {
					return sandbox.SigningKey{ID: strconv.Itoa(i), PKCS8: []byte{byte(i)}}, nil
				})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				keys = append(keys, key)
			})
		}
		wg.Wait()
		if diff := cmp.Diff(slices.Repeat(keys[:1], 10), keys); diff != "" {
			t.Errorf("keys (-first +all):\n%s", diff)
		}
	})

	t.Run("AResultAndItsImagesComeBack", func(t *testing.T) {
		db, want := open(t), sandboxResult()
		mustSave(t, db.SaveResult(t.Context(), want, time.Now()))
		got, err := db.Result(t.Context(), want.SessionID, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		withoutImages := want
		withoutImages.Images = nil
		if diff := cmp.Diff(withoutImages, got); diff != "" {
			t.Errorf("result (-want +got):\n%s", diff)
		}
		for _, image := range want.Images {
			got, client, err := db.Image(t.Context(), image.ID, time.Now())
			if err != nil || client != want.ClientID {
				t.Fatalf("image %s of client %q, %v", image.ID, client, err)
			}
			if diff := cmp.Diff(image, got); diff != "" {
				t.Errorf("image (-want +got):\n%s", diff)
			}
		}
	})

	t.Run("ASecondResultIsRefused", func(t *testing.T) {
		db, first, second := open(t), sandboxResult(), sandboxResult()
		first.HandedIn, second.HandedIn = []byte("one"), []byte("two")
		second.SessionID, second.JWS = first.SessionID, "second"
		mustSave(t, db.SaveResult(t.Context(), first, time.Now()))
		if err := db.SaveResult(t.Context(), second, time.Now()); !errors.Is(err, sandbox.ErrHasResult) {
			t.Errorf("another enrolment's result: %v, want ErrHasResult", err)
		}
		second.HandedIn = first.HandedIn
		mustSave(t, db.SaveResult(t.Context(), second, time.Now()))
		if got, err := db.Result(t.Context(), first.SessionID, time.Now()); err != nil || got.JWS != first.JWS {
			t.Errorf("result is %q, %v; want the first", got.JWS, err)
		}
		mustSave(t, db.SaveResult(t.Context(), second, first.ExpiresAt)) // the first is gone by then
	})

	t.Run("ItDoesNotExistFromItsExpiryOn", func(t *testing.T) {
		db, r := open(t), sandboxResult()
		mustSave(t, db.SaveResult(t.Context(), r, time.Now()))
		for _, check := range []struct {
			now  time.Time
			want error
		}{{r.ExpiresAt.Add(-time.Millisecond), nil}, {r.ExpiresAt, sandbox.ErrNotFound}} {
			_, result := db.Result(t.Context(), r.SessionID, check.now)
			_, _, image := db.Image(t.Context(), r.Images[0].ID, check.now)
			if !errors.Is(result, check.want) || !errors.Is(image, check.want) {
				t.Errorf("at %v: result %v, image %v; want %v", check.now, result, image, check.want)
			}
		}
		if n, err := db.DeleteExpiredResults(t.Context(), r.ExpiresAt.Add(-time.Millisecond), 5); n != 0 || err != nil {
			t.Errorf("too early %d are removed, %v", n, err)
		}
	})

	t.Run("OnlyItsClientDeletesIt", func(t *testing.T) {
		db, r := open(t), sandboxResult()
		mustSave(t, db.SaveResult(t.Context(), r, time.Now()))
		mustSave(t, db.DeleteResult(t.Context(), r.SessionID, "another"))
		if _, err := db.Result(t.Context(), r.SessionID, time.Now()); err != nil {
			t.Fatalf("another client's deletion: %v", err)
		}
		for range 2 {
			mustSave(t, db.DeleteResult(t.Context(), r.SessionID, r.ClientID))
		}
		_, result := db.Result(t.Context(), r.SessionID, time.Now())
		_, _, image := db.Image(t.Context(), r.Images[0].ID, time.Now())
		if !errors.Is(result, sandbox.ErrNotFound) || !errors.Is(image, sandbox.ErrNotFound) {
			t.Errorf("after the deletion: result %v, image %v; want ErrNotFound", result, image)
		}
	})

	t.Run("ExpiredOnesGoInBatches", func(t *testing.T) {
		db := open(t)
		stays := sandboxResult()
		stays.ExpiresAt = stays.ExpiresAt.Add(time.Hour)
		mustSave(t, db.SaveResult(t.Context(), stays, time.Now()))
		var now time.Time
		for range 3 {
			r := sandboxResult()
			mustSave(t, db.SaveResult(t.Context(), r, time.Now()))
			now = r.ExpiresAt
		}
		for _, want := range []int{2, 1, 0} {
			if n, err := db.DeleteExpiredResults(t.Context(), now, 2); n != want || err != nil {
				t.Errorf("%d are removed (%v), want %d", n, err, want)
			}
		}
		if n, err := db.DeleteExpiredResults(t.Context(), now.Add(24*time.Hour), 0); n != 0 || err != nil {
			t.Errorf("with limit 0, %d are removed (%v)", n, err)
		}
		if _, _, err := db.Image(t.Context(), stays.Images[1].ID, now); err != nil {
			t.Errorf("the one that has not expired: %v", err)
		}
	})

	t.Run("UnknownIsNotFound", func(t *testing.T) {
		db := open(t)
		_, result := db.Result(t.Context(), "unknown", time.Now())
		_, _, image := db.Image(t.Context(), "unknown", time.Now())
		if !errors.Is(result, sandbox.ErrNotFound) || !errors.Is(image, sandbox.ErrNotFound) {
			t.Errorf("result %v, image %v; want ErrNotFound", result, image)
		}
	})
}

func sandboxResult() sandbox.Result {
	id := string(handoff.NewSessionID())
	return sandbox.Result{
		SessionID: id, ClientID: "sandbox", JWS: "header.payload.signature", ExpiresAt: soon(),
		Images: []sandbox.Image{
			{ID: id[:8] + "0000000000000001", JPEG: []byte{0xff, 0xd8, 0, 1, 2}}, {ID: id[:8] + "0000000000000002", JPEG: []byte{}},
		},
	}
}

func mustSave(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
