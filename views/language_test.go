package views_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/views"
)

func readWords(t *testing.T, language string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("words", language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(text, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

func TestCatalogueIsWhole(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*.templ", "../web/*_page.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	english := readWords(t, "en")
	fields := map[string]bool{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[views.Words]()) {
		fields[field.Name] = true
		if !regexp.MustCompile(`\.` + field.Name + `\b`).MatchString(source.String()) {
			t.Errorf("no page uses %s", field.Name)
		}
	}
	for _, language := range []string{"en", "ar"} {
		words := readWords(t, language)
		for name := range fields {
			if words[name] == "" {
				t.Errorf("%s.json lacks %s", language, name)
			}
		}
		for key, text := range words {
			if !fields[key] {
				t.Errorf("%s.json has %s, which no page knows", language, key)
			}
			if diff := cmp.Diff(placeholders(english[key]), placeholders(text)); diff != "" {
				t.Errorf("%s.json: the placeholders of %s differ (-en +%s):\n%s", language, key, language, diff)
			}
		}
	}
}

// A page is drawn in one language whole: Arabic where it is translated, else English.
func TestArabicPages(t *testing.T) {
	ctx := views.WithLanguage(t.Context(), views.Arabic)
	for _, page := range pages() {
		var drawn strings.Builder
		if err := page.Component.Render(ctx, &drawn); err != nil {
			t.Fatal(err)
		}
		root := parse(t, drawn.String()).Find("html")
		if strings.HasPrefix(page.Name(), "home") {
			if root.AttrOr("lang", "") != "ar" || root.AttrOr("dir", "") != "rtl" {
				t.Errorf("%s is not marked as Arabic", page.Name())
			}
			got := tagEnd.ReplaceAllString(hash.ReplaceAllString(drawn.String(), "$1.HASH."), "\n$1") + "\n"
			file := filepath.Join("testdata", page.Name()+".ar.html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s has changed (-golden +now):\n%s", page.Name(), diff)
			}
		} else if got := drawn.String(); root.Length() == 1 && got != render(t, page.Component) {
			t.Errorf("%s is Arabic in part", page.Name())
		}
	}
}
