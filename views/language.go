package views

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Language is one that pages can be drawn in, by its BCP 47 tag.
type Language string

// English is what a page is drawn in where nobody has chosen.
const English Language = "en"

// Languages returns those that there are words for, English first.
func Languages() []Language { return slices.Clone(languages) }

// Speaks reports whether there are words in the language.
func Speaks(l Language) bool {
	_, ok := catalogue[l]
	return ok
}

//go:embed words/*/*.json
var wordFiles embed.FS

var (
	catalogue = mustReadCatalogue()
	languages = languagesOf(catalogue)
)

// mustReadCatalogue reads the folder words, where every language has a folder and every field of Words a file. It panics
// where one cannot be read: the files are part of the program.
func mustReadCatalogue() map[Language]*Words {
	folders, err := wordFiles.ReadDir("words")
	if err != nil {
		panic(err)
	}
	all := map[Language]*Words{}
	for _, folder := range folders {
		words := &Words{}
		areas := reflect.ValueOf(words).Elem()
		for i := range areas.NumField() {
			if area := areas.Type().Field(i); area.IsExported() {
				file := "words/" + folder.Name() + "/" + strings.ToLower(area.Name) + ".json"
				if err := readWords(file, areas.Field(i).Addr().Interface()); err != nil {
					panic(fmt.Errorf("views: %s: %w", file, err))
				}
			}
		}
		words.tag = language.MustParse(words.Language.Locale)
		words.language = Language(folder.Name())
		all[words.language] = words
	}
	return all
}

func readWords(file string, area any) error {
	text, err := wordFiles.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(area)
}

func languagesOf(catalogue map[Language]*Words) []Language {
	all := []Language{English}
	for l := range catalogue {
		if l != English {
			all = append(all, l)
		}
	}
	slices.Sort(all[1:])
	return all
}

type languageKey struct{}

// WithLanguage returns a context in which translated pages are drawn in the language and offer the others.
func WithLanguage(ctx context.Context, language Language) context.Context {
	return context.WithValue(ctx, languageKey{}, language)
}

// WordsOf returns the words in the context's language, or in English where nobody has chosen.
func WordsOf(ctx context.Context) *Words {
	words, _ := chosenWords(ctx)
	return words
}

// chosenWords also says whether somebody has chosen.
func chosenWords(ctx context.Context) (*Words, bool) {
	language, _ := ctx.Value(languageKey{}).(Language)
	if words, ok := catalogue[language]; ok {
		return words, true
	}
	return catalogue[English], false
}

// otherLanguages are the words of those to switch to; none where nobody has chosen.
func otherLanguages(ctx context.Context) []*Words {
	words, chosen := chosenWords(ctx)
	if !chosen {
		return nil
	}
	var others []*Words
	for _, l := range languages {
		if l != words.language {
			others = append(others, catalogue[l])
		}
	}
	return others
}

type returnKey struct{}

// WithReturn returns a context in which a change of the language leads to the path: an answer to a form has no address
// that could be asked for again.
func WithReturn(ctx context.Context, path string) context.Context {
	return context.WithValue(ctx, returnKey{}, path)
}

// switchTo is the address of the page in another language: this one's own, unless the page has none.
func switchTo(ctx context.Context, l Language) string {
	path, _ := ctx.Value(returnKey{}).(string)
	return path + "?language=" + string(l)
}
