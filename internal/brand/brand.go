// Package brand is who the demonstration's pages belong to: a name, an accent colour for light and for dark, a logo. A
// Brand that it hands out can be read: an accent without the contrast that pages need is refused, with the nearest shade
// that has it. It draws no page.
package brand

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"baton/internal/colour"
	"baton/static"
)

// MaxName is how long a name may be, in characters.
const MaxName = 60

// Brand is a sound one. Light and Dark are the accents in either mode, as "#2148b8"; both are empty for the design's own.
type Brand struct {
	Name       string
	NameArabic string // empty: Name in Arabic too
	Light      string
	Dark       string
	Logo       Logo // zero: the design's sign, in the accent's colour
}

// Store keeps the brand that the pages have from now on. Safe for concurrent use.
type Store interface {
	// Brand returns the kept one, and false where none is.
	Brand(ctx context.Context) (Brand, bool, error)
	// KeepBrand keeps b in place of the one before.
	KeepBrand(ctx context.Context, b Brand) error
	// DropBrand forgets it; where none is kept, that is no error.
	DropBrand(ctx context.Context) error
}

// Fields of a draft, as problems name them.
const (
	FieldName       = "name"
	FieldNameArabic = "nameArabic"
	FieldLight      = "accent.light"
	FieldDark       = "accent.dark"
	FieldLogo       = "logo"
)

// Draft is a brand as somebody wrote it. Without Dark, a shade of Light is found for it.
type Draft struct {
	Name, NameArabic string
	Light, Dark      string
	Logo             []byte
}

// Problem is one thing that keeps a draft from being used.
type Problem struct {
	Field string
	Remark
	Instead string // a colour that may be taken in its place; empty for none
}

// Check returns the brand that a draft comes to, or what is wrong with it. notes are about what was decided for
// its author.
func (d Draft) Check() (b Brand, problems []Problem, notes []Remark) {
	wrong := func(field, instead string, said Remark) {
		problems = append(problems, Problem{Field: field, Remark: said, Instead: instead})
	}
	var ok bool
	if b.Name, ok = cleanName(d.Name); !ok || b.Name == "" {
		wrong(FieldName, "", remark("NAME", "max", strconv.Itoa(MaxName)))
	}
	if b.NameArabic, ok = cleanName(d.NameArabic); !ok {
		wrong(FieldNameArabic, "", remark("NAME_ARABIC", "max", strconv.Itoa(MaxName)))
	}
	light, dark := strings.TrimSpace(d.Light), strings.TrimSpace(d.Dark)
	if light == "" && dark != "" {
		wrong(FieldLight, "", remark("LIGHT_MISSING"))
	}
	if light != "" {
		b.Light = d.accent(lightMode, light, wrong)
		if dark == "" {
			b.Dark, notes = derived(light)
		} else {
			b.Dark = d.accent(darkMode, dark, wrong)
		}
	}
	if len(d.Logo) > 0 {
		logo, err := ReadLogo(d.Logo)
		if err != nil {
			said, _ := errors.AsType[logoError](err) // there are no others
			wrong(FieldLogo, "", said.remark)
		}
		b.Logo = logo
	}
	if len(problems) > 0 {
		return Brand{}, problems, notes
	}
	return b, nil, notes
}

// Take returns the draft with a colour that a problem of its field offered. Whoever left dark to be found keeps the shade
// that was found and told before: it comes of the colour that they wrote, and no more of the one that they take for light.
func (d Draft) Take(field, instead string) Draft {
	switch field {
	case FieldLight:
		if strings.TrimSpace(d.Dark) == "" {
			d.Dark, _ = derived(strings.TrimSpace(d.Light))
		}
		d.Light = instead
	case FieldDark:
		d.Dark = instead
	}
	return d
}

// accent checks one that was written.
func (d Draft) accent(in mode, written string, wrong func(field, instead string, said Remark)) string {
	c, err := colour.Parse(written)
	if err != nil {
		wrong(in.field, "", remark("NOT_COLOUR"))
		return ""
	}
	worst := in.worst(c)
	if worst.ratio >= worst.Least {
		return c.String()
	}
	near, ok := colour.Nearest(c, in.legible)
	if !ok {
		wrong(in.field, "", contrast("HOPELESS", in, worst, "colour", c.String()))
		return ""
	}
	wrong(in.field, near.String(), contrast("ILLEGIBLE", in, worst, "colour", c.String(), "near", near.String()))
	return ""
}

// derived is a shade for dark of an accent for light.
func derived(light string) (dark string, notes []Remark) {
	c, err := colour.Parse(light)
	if err != nil {
		return "", nil // told already
	}
	near, ok := colour.Nearest(c, darkMode.legible)
	switch {
	case !ok:
		return "", nil
	case near == c:
		return near.String(), []Remark{remark("DARK_SAME", "near", near.String())}
	}
	return near.String(), []Remark{contrast("DARK_NEAR", darkMode, darkMode.worst(c), "near", near.String(), "colour", c.String())}
}

// cleanName reports false for what cannot be a name. Signs that turn the text around could make it say something else.
func cleanName(name string) (string, bool) {
	name = strings.Join(strings.Fields(name), " ")
	return name, utf8.ValidString(name) && utf8.RuneCountInString(name) <= MaxName &&
		!strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
}

// Defaults are the design's accents, for a form that starts with them.
func Defaults() (light, dark string) { return static.Light["accent"], static.Dark["accent"] }
