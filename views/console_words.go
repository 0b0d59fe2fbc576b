package views

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// DesignerWords are the flow designer's.
type DesignerWords struct {
	Title       string
	Lead        string // {preset}
	Presets     string
	InUse       string
	Changed     string // {preset}
	Imported    string
	AnyCountry  string
	Somaliland  string
	TypeOf      string // {country} {kind}
	Documents   string
	Another     string
	Add         string
	Face        string
	Background  string
	Lists       string
	General     string
	Identifier  string
	UUID        string
	Import      string
	ImportWhat  string
	ImportDo    string
	Name        string
	Use         string
	Save        string
	Check       string
	Delete      string
	Document    string // {n}
	Type        string
	TypeKnown   string // {type}
	TypeUnknown string
	TypeSearch  string
	More        string // {n}
	SkipAfter   string
	Never       string
	LevelScan   string
	LevelRead   string
	Attempts    string
	AsUnderFace string
	Up          string
	UpOf        string // {n}
	Down        string
	DownOf      string // {n}
	Remove      string
	RemoveOf    string // {n}

	Checks     string
	Sound      string
	SoundNote  string
	Wrong      string
	Note       string
	FindingOf  string // {path} {words}
	TheData    string
	Tasks      string
	Data       string
	CopyJSON   string
	JSONLabel  string
	InBase64   string
	CopyBase64 string
	BaseLabel  string
	Bytes      string // {n} {max}

	Next      string
	NextNow   string // {outcome}
	NextAt    string // {outcome} {step}
	NextOnce  string
	NextWhat  string
	NextWhen  string
	NextDo    string
	NextAfter string
}

// TaskWords say what a person will do; each goes on from what stands before it.
type TaskWords struct {
	Scan         string // {document}
	ScanBoth     string // {document}
	KindOf       string // {kind} {country}
	ChipTried    string // {before}
	ChipRequired string // {before}
	Selfie       string // {before} {level}
	OrChip       string // {before} {level}
	Attempts     Plural // {before} {n}
	Lists        string // {lists}
	Asked        string // {before}
	Monitored    string // {before}
	End          string // {before}
}

// DesignerScriptWords are what console.js says.
type DesignerScriptWords struct {
	ToMend       Plural // {n}
	Copied       string
	CopySelected string
}

// KindWords name a kind of document.
type KindWords struct {
	Name   string // by itself
	Inside string // inside a sentence
}

// Kind names a kind of document; one that nobody knows is named as it is.
func (w *Words) Kind(kind string) KindWords {
	if words, ok := w.Kinds[kind]; ok {
		return words
	}
	return KindWords{Name: kind, Inside: kind}
}

// typeName is a type with the country that it is of.
func (w *Words) typeName(country, kind string) string {
	return fill(w.Designer.TypeOf, "country", w.country(country), "kind", w.Kind(kind).Name)
}

func (w *Words) country(name string) string {
	if name == "" {
		return w.Designer.AnyCountry
	}
	return name
}

// changedMark stands after the name of a preset that was changed and used without being saved.
const changedMark = " (changed)"

// ChangedPreset names a preset that was changed and used without being saved.
func ChangedPreset(name string) string { return name + changedMark }

// Preset names one that comes with the program; somebody's own is named as it is.
func (w *Words) Preset(name string) string {
	if shipped, changed := strings.CutSuffix(name, changedMark); changed {
		return fill(w.Designer.Changed, "preset", w.Preset(shipped))
	}
	if words, ok := w.Presets[name]; ok {
		return words
	}
	return name
}

// PresetNamed returns the name under which the program knows what somebody has typed in whatever language.
func PresetNamed(typed string) string {
	for _, l := range languages {
		for name, words := range catalogue[l].Presets {
			if words == typed {
				return name
			}
		}
	}
	return typed
}

// task is a sentence, with codes between backticks.
func (w *Words) task(t ConsoleTask) string {
	var text string
	next := func(more string, pairs ...string) { text = fill(more, append([]string{"before", text}, pairs...)...) }
	if t.Type == "" {
		text = fill(w.Tasks.Lists, "lists", t.Lists)
		if t.Asked {
			next(w.Tasks.Asked)
		}
		if t.Monitored {
			next(w.Tasks.Monitored)
		}
		return fill(w.Tasks.End, "before", text)
	}
	document := "`" + t.Type + "`"
	if t.Kind != "" {
		document = w.Kind(t.Kind).Inside
		if t.Country != "" {
			document = fill(w.Tasks.KindOf, "kind", document, "country", t.Country)
		}
	}
	text = fill(w.Tasks.Scan, "document", document)
	if t.BothSides {
		text = fill(w.Tasks.ScanBoth, "document", document)
	}
	switch {
	case t.ChipRequired:
		next(w.Tasks.ChipRequired)
	case t.ChipTried:
		next(w.Tasks.ChipTried)
	}
	if t.Face {
		next(w.Tasks.Selfie, "level", w.number(t.ScanLevel))
		if t.ReadLevel > 0 {
			next(w.Tasks.OrChip, "level", w.number(t.ReadLevel))
		}
		text = w.count(w.Tasks.Attempts, t.Attempts, "before", text)
	}
	return fill(w.Tasks.End, "before", text)
}

// marked draws a text of the catalogue in which codes stand between backticks, with values in the place of its braces.
func marked(text string, values ...string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var drawn strings.Builder
		for i, part := range strings.Split(text, "`") {
			part = templ.EscapeString(fill(part, values...))
			if i%2 == 1 {
				part = `<code dir="ltr">` + part + "</code>"
			}
			drawn.WriteString(part)
		}
		_, err := io.WriteString(w, drawn.String())
		return err
	})
}

func bytesOf(w *Words, base64 string) string {
	return fill(w.Designer.Bytes, "n", w.number(len(base64)), "max", w.number(16_384))
}

func index(i int) string { return strconv.Itoa(i) }
