package views

import (
	"context"
	"embed"
	"encoding/json"
	"strings"
)

// Language is one that pages can be drawn in, by its BCP 47 tag.
type Language string

// The languages. A page that is not translated is drawn in English whole, and says so.
const (
	English Language = "en"
	Arabic  Language = "ar"
)

// Words are what the translated pages say. There is a file for each language in the folder words, with these names as
// keys; what stands in braces is put in by the page.
type Words struct {
	SkipToContent string
	Demonstration string
	Invented      string // {brand}
	PeopleOnly    string // in its place where somebody chose the brand, which may well be real

	HomeTitle         string
	HomeHeading       string
	HomeLead          string
	HomeStart         string
	HomeIntegrate     string
	MiniatureLabel    string
	MiniatureDetails  string
	MiniatureScan     string
	MiniatureDocument string
	MiniatureVerified string
	Pause             string
	Play              string
	TheAnimation      string
}

//go:embed words/*.json
var wordFiles embed.FS

var catalogue = map[Language]Words{English: mustReadWords(English), Arabic: mustReadWords(Arabic)}

// mustReadWords panics for a file that cannot be read: the files are part of the program.
func mustReadWords(language Language) Words {
	text, err := wordFiles.ReadFile("words/" + string(language) + ".json")
	if err != nil {
		panic(err)
	}
	var words Words
	if err := json.Unmarshal(text, &words); err != nil {
		panic("views: words/" + string(language) + ".json: " + err.Error())
	}
	return words
}

type languageKey struct{}

// WithLanguage returns a context in which translated pages are drawn in the language and offer the other one.
func WithLanguage(ctx context.Context, language Language) context.Context {
	return context.WithValue(ctx, languageKey{}, language)
}

// languageOf returns English, and false, where nobody has chosen.
func languageOf(ctx context.Context) (Language, bool) {
	language, ok := ctx.Value(languageKey{}).(Language)
	if _, known := catalogue[language]; !ok || !known {
		return English, false
	}
	return language, true
}

// WordsOf returns the words in the context's language.
func WordsOf(ctx context.Context) Words {
	language, _ := languageOf(ctx)
	return catalogue[language]
}

// language is the one that the whole page is drawn in.
func (p Page) language(ctx context.Context) Language {
	if !p.Translated {
		return English
	}
	language, _ := languageOf(ctx)
	return language
}

// other is the language to switch to, and its name in itself; empty where the page has one language only.
func (p Page) other(ctx context.Context) (Language, string) {
	language, chosen := languageOf(ctx)
	switch {
	case !p.Translated || !chosen:
		return "", ""
	case language == Arabic:
		return English, "English"
	}
	return Arabic, "العربية"
}

func withBrand(text, brand string) string { return strings.ReplaceAll(text, "{brand}", brand) }
