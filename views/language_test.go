package views_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"baton/views"
)

const arabic views.Language = "ar"

// words are a language's texts by area and key, as the files have them: a text is a string, a list of them or an object.
func words(t *testing.T, language views.Language) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("words", string(language), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	areas := map[string]map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]any{}
		if err := json.Unmarshal(text, &keys); err != nil {
			t.Fatal(file, err)
		}
		areas[strings.TrimSuffix(filepath.Base(file), ".json")] = keys
	}
	return areas
}

var placeholder = regexp.MustCompile(`\{[A-Za-z]+\}`)

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// sources are what may use a word: pages in Go and templ, scripts in JavaScript.
func sources(t *testing.T, patterns ...string) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "_templ.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

// pluralForms are those that a locale needs for the counts of this world.
func pluralForms(locale string) []string {
	names := map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other"}
	needed := map[string]bool{}
	for n := range 1_000 {
		needed[names[plural.Cardinal.MatchPlural(language.MustParse(locale), n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(needed))
}

// TestCatalogueIsWhole fails on a text that is missing in a language, that no page uses, or whose braces are others than
// those of the English one.
func TestCatalogueIsWhole(t *testing.T) {
	pages := sources(t, "*.templ", "*.go", "../web/*.go")
	scripts := sources(t, "../static/*.js")
	english := words(t, views.English)
	areas := reflect.TypeFor[views.Words]()
	for _, l := range views.Languages() {
		files := words(t, l)
		locale, _ := files["language"]["Locale"].(string)
		for i := range areas.NumField() {
			area := areas.Field(i)
			if !area.IsExported() {
				continue
			}
			name := strings.ToLower(area.Name)
			want := slices.Sorted(maps.Keys(english[name])) // of a table
			if area.Type.Kind() == reflect.Struct {
				want = nil
				for _, field := range reflect.VisibleFields(area.Type) {
					want = append(want, field.Name)
					use, source := regexp.MustCompile(`\.`+area.Name+`\.`+field.Name+`\b`), pages
					if strings.HasSuffix(area.Name, "Script") {
						use, source = regexp.MustCompile(`\bsay\("`+field.Name+`"`), scripts
					}
					if !use.MatchString(source) {
						t.Errorf("nothing uses %s.%s", area.Name, field.Name)
					}
				}
				slices.Sort(want)
			}
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files[name]))); diff != "" {
				t.Errorf("%s/%s.json: the keys differ (-wanted +there):\n%s", l, name, diff)
			}
			for key, text := range files[name] {
				checkText(t, string(l)+"/"+name+".json: "+key, locale, english[name][key], text)
			}
			delete(files, name)
		}
		for name := range files {
			t.Errorf("%s/%s.json belongs to no area", l, name)
		}
	}
}

func checkText(t *testing.T, what, locale string, english, text any) {
	t.Helper()
	switch text := text.(type) {
	case string:
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s is empty", what)
		}
		original, _ := english.(string)
		if diff := cmp.Diff(placeholders(original), placeholders(text)); diff != "" {
			t.Errorf("%s: the placeholders differ (-en +there):\n%s", what, diff)
		}
	case []any:
		for _, one := range text {
			checkText(t, what, locale, "", one)
		}
	case map[string]any:
		original, _ := english.(map[string]any)
		if _, isPlural := text["other"]; isPlural {
			checkPlural(t, what, locale, original, text)
			return
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(original)), slices.Sorted(maps.Keys(text))); diff != "" {
			t.Errorf("%s: the keys differ (-en +there):\n%s", what, diff)
		}
		for key, one := range text {
			checkText(t, what+"."+key, locale, original[key], one)
		}
	default:
		t.Errorf("%s is no text", what)
	}
}

// Zero, one and two may be told in a word, without the number.
func checkPlural(t *testing.T, what, locale string, english, text map[string]any) {
	t.Helper()
	if diff := cmp.Diff(pluralForms(locale), slices.Sorted(maps.Keys(text))); diff != "" {
		t.Errorf("%s: the forms differ (-needed +there):\n%s", what, diff)
	}
	original, _ := english["other"].(string)
	for form, one := range text {
		said, _ := one.(string)
		without := placeholders(strings.ReplaceAll(original, "{n}", ""))
		with := placeholders(original)
		got := placeholders(said)
		if said == "" || !slices.Equal(got, with) && (!slices.Equal(got, without) || form == "few" || form == "many" || form == "other") {
			t.Errorf("%s, %s: %q has the placeholders %v, want %v", what, form, said, got, with)
		}
	}
}

// A page is drawn in one language whole: Arabic where it is translated, else English.
func TestArabicPages(t *testing.T) {
	ctx := views.WithLanguage(t.Context(), arabic)
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
