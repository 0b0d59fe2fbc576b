package views

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	numbers "golang.org/x/text/number"
)

// Plural is one text in the forms that a language has for counts. Which ones a language needs is CLDR's to say: English one
// and other, Arabic all six. Every form may name the count as {n}.
type Plural struct {
	Zero  string `json:"zero,omitempty"`
	One   string `json:"one,omitempty"`
	Two   string `json:"two,omitempty"`
	Few   string `json:"few,omitempty"`
	Many  string `json:"many,omitempty"`
	Other string `json:"other"`
}

func (p Plural) form(form plural.Form) string {
	switch form {
	case plural.Zero:
		return p.Zero
	case plural.One:
		return p.One
	case plural.Two:
		return p.Two
	case plural.Few:
		return p.Few
	case plural.Many:
		return p.Many
	}
	return p.Other
}

// Tag is the locale by whose customs things are written and sorted.
func (w *Words) Tag() language.Tag { return w.tag }

// count returns the text for n of something, with n in its place and whatever else fill puts in.
func (w *Words) count(text Plural, n int, pairs ...string) string {
	form := plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0)
	return fill(text.form(form), append([]string{"n", w.number(n)}, pairs...)...)
}

// number writes a whole number as the language does.
func (w *Words) number(n int) string {
	return message.NewPrinter(w.tag).Sprint(numbers.Decimal(n))
}

// day writes a date, which has no time zone.
func (w *Words) day(t time.Time) string {
	t = t.UTC()
	return fill(w.Language.Date, "day", w.number(t.Day()), "month", w.Language.Months[t.Month()-1], "year", t.Format("2006"))
}

// clock shows a time of day where the reader's time zone is not known; the page's script puts the local one in its place.
func (w *Words) clock(t time.Time) string {
	return fill(w.Language.Universal, "time", t.UTC().Format("15:04"))
}

// moment shows day and time, as clock does.
func (w *Words) moment(t time.Time) string {
	return fill(w.Language.Moment, "date", w.day(t), "time", w.clock(t))
}

// list joins things to one text: "a, b and c".
func (w *Words) list(things []string) string {
	if len(things) == 0 {
		return ""
	}
	text := things[0]
	for i, thing := range things[1:] {
		join := w.Language.Comma
		if i == len(things)-2 {
			join = w.Language.And
		}
		text = fill(join, "before", text, "after", thing)
	}
	return text
}

// fill puts values in the place of what a text has in braces: fill("Ask {who}", "who", "Ana").
func fill(text string, pairs ...string) string {
	named := slices.Clone(pairs)
	for i := 0; i < len(named); i += 2 {
		named[i] = "{" + named[i] + "}"
	}
	return strings.NewReplacer(named...).Replace(text)
}

// parts are what stands in the place of what a text has in braces, by name.
type parts map[string]templ.Component

// phrase draws a text with components in their places, such as a name that is set apart.
func phrase(text string, parts parts) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for text != "" {
			at, name := len(text), ""
			for candidate := range maps.Keys(parts) {
				if i := strings.Index(text, "{"+candidate+"}"); i >= 0 && i < at {
					at, name = i, candidate
				}
			}
			if _, err := io.WriteString(w, templ.EscapeString(text[:at])); err != nil || name == "" {
				return err
			}
			if err := parts[name].Render(ctx, w); err != nil {
				return err
			}
			text = text[at+len(name)+2:]
		}
		return nil
	})
}

// scriptWords are the texts of an area for a page's script, for the attribute data-words of the element that the script
// looks after: static/words.js reads them. An area that a script reads is named …Script.
func (w *Words) scriptWords(area any) string {
	text, err := json.Marshal(struct {
		Locale string
		Moment string
		Texts  any
	}{w.Language.Locale, w.Language.Moment, area})
	if err != nil {
		panic(err) // they are strings
	}
	return string(text)
}
