package sqlite_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"baton/internal/registration"
)

func TestPresets(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), t.Context()
	if _, chosen, err := db.ChosenPreset(ctx); chosen || err != nil {
		t.Fatalf("a new file has a choice: %t, %v", chosen, err)
	}
	for _, p := range []registration.Preset{{Name: "b", Data: "1"}, {Name: "a", Data: "2"}, {Name: "b", Data: "3"}} {
		if err := db.KeepPreset(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	want := []registration.Preset{{Name: "a", Data: "2"}, {Name: "b", Data: "3"}}
	if got, err := db.Presets(ctx); err != nil || !slices.Equal(got, want) {
		t.Fatalf("kept are %v, %v, want %v", got, err, want)
	}
	for _, p := range want {
		if err := db.ChoosePreset(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(db.DeletePreset(ctx, "b"), db.DeletePreset(ctx, "never")); err != nil {
		t.Fatal(err)
	}
	if got, chosen, err := db.ChosenPreset(ctx); err != nil || !chosen || got != want[1] {
		t.Fatalf("chosen is %v, %t, %v, want %v though its preset is gone", got, chosen, err, want[1])
	}
	for i := range registration.MaxPresets - 1 {
		if err := db.KeepPreset(ctx, registration.Preset{Name: fmt.Sprint("more", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.KeepPreset(ctx, registration.Preset{Name: "one more"}); !errors.Is(err, registration.ErrTooManyPresets) {
		t.Errorf("one more: %v", err)
	}
	if err := db.KeepPreset(ctx, want[0]); err != nil {
		t.Errorf("one that is there already: %v", err)
	}
}
