package registration

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"baton/internal/handoff"
)

// Limits of presets.
const (
	MaxPresets    = 50 // that are kept
	MaxPresetName = 60 // characters
)

// ErrTooManyPresets: another preset can be kept only after one is deleted.
var ErrTooManyPresets = errors.New("registration: there are 50 presets already; delete one first")

// Preset is an enrolment that somebody gave a name.
type Preset struct {
	Name string
	Data string // as a session's
}

// PresetStore keeps presets, and the one that hand-overs follow from now on. Safe for concurrent use.
type PresetStore interface {
	// Presets returns what was kept, by name.
	Presets(ctx context.Context) ([]Preset, error)
	// KeepPreset keeps p in place of one with the same name, or answers ErrTooManyPresets.
	KeepPreset(ctx context.Context, p Preset) error
	// DeletePreset removes one; an unknown name is no error. What was chosen stays so.
	DeletePreset(ctx context.Context, name string) error
	// ChoosePreset makes p the chosen one. It is kept by itself, whatever becomes of the preset of that name.
	ChoosePreset(ctx context.Context, p Preset) error
	// ChosenPreset returns the chosen one, and false where none ever was.
	ChosenPreset(ctx context.Context) (Preset, bool, error)
}

// CleanPresetName trims a name, and reports whether it can be a preset's.
func CleanPresetName(name string) (string, bool) {
	name = strings.Join(strings.Fields(name), " ")
	return name, name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= MaxPresetName && !strings.ContainsFunc(name, unicode.IsControl)
}

// Asked is what a hand-over asks of the phone, and the steps that the page may expect.
type Asked struct {
	Data  string
	Steps []handoff.Step
}
