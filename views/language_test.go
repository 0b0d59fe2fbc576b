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

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"baton/views"
	"baton/views/specimen"
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
	keys := sources(t, "*.go", "*.templ", "../web/*.go", "../internal/*/*.go")
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
			want := slices.Sorted(maps.Keys(english[name])) // of a table, whose keys somebody names
			if area.Type.Kind() == reflect.Map {
				for _, key := range want {
					if !strings.Contains(keys, `"`+key+`"`) && !strings.Contains(keys, `=`+key+`"`) {
						t.Errorf("nothing names %s.%s", area.Name, key)
					}
				}
			}
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

// TestScriptsSayWhatIsInTheCatalogue finds a name in a script that no area for scripts has.
func TestScriptsSayWhatIsInTheCatalogue(t *testing.T) {
	known := map[string]bool{}
	for name, keys := range words(t, views.English) {
		for key := range keys {
			known[key] = known[key] || strings.HasSuffix(name, "script")
		}
	}
	said := regexp.MustCompile(`\bsay\(\s*"(\w+)"`).FindAllStringSubmatch(sources(t, "../static/register*.js", "../static/phone*.js", "../static/console.js", "../static/brand.js", "../static/timeline.js"), -1)
	if len(said) == 0 {
		t.Fatal("no script says anything")
	}
	for _, call := range said {
		if !known[call[1]] {
			t.Errorf("a script says %s, which is in no …script.json", call[1])
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

// inArabic draws a page in Arabic.
func inArabic(t *testing.T, component templ.Component) string {
	t.Helper()
	var drawn strings.Builder
	if err := component.Render(views.WithLanguage(t.Context(), arabic), &drawn); err != nil {
		t.Fatal(err)
	}
	return drawn.String()
}

// translated reports whether the page is the demonstration's; those for people who build on it are in English.
func translated(page specimen.Page) bool {
	return !slices.Contains([]string{"integrate", "reference", "gallery"}, page.View)
}

// TestArabicPages holds what every state looks like in Arabic in one golden file each.
func TestArabicPages(t *testing.T) {
	for _, page := range pages() {
		drawn := inArabic(t, page.Component)
		root := parse(t, drawn).Find("html")
		if !translated(page) {
			if root.AttrOr("lang", "") != "en" || drawn != render(t, page.Component) {
				t.Errorf("%s is Arabic in part", page.Name())
			}
			continue
		}
		if root.AttrOr("lang", "") != "ar" || root.AttrOr("dir", "") != "rtl" {
			t.Errorf("%s is not marked as Arabic", page.Name())
		}
		got := tagEnd.ReplaceAllString(hash.ReplaceAllString(drawn, "$1.HASH."), "\n$1") + "\n"
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
	}
}

// TestArabicPagesAreArabicThroughout finds a word in Latin letters that is not set apart as a name, an address or a code,
// and a brace that nothing was put into.
func TestArabicPagesAreArabicThroughout(t *testing.T) {
	latin := regexp.MustCompile(`\p{Latin}{2,}`)
	for _, page := range pages() {
		if !translated(page) {
			continue
		}
		document := parse(t, inArabic(t, page.Component))
		document.Find("template").Each(func(_ int, s *goquery.Selection) { // its content is in no page, but will be
			inside, err := s.Html()
			if err != nil {
				t.Fatal(err)
			}
			s.ReplaceWithHtml("<div>" + inside + "</div>")
		})
		document.Find("title").Each(func(_ int, s *goquery.Selection) {
			s.SetText(strings.NewReplacer(views.ExampleBank, "", "Baton", "").Replace(s.Text()))
		})
		document.Find("option").Each(func(_ int, s *goquery.Selection) { // holds no elements, so codes cannot be set apart
			s.SetText(strings.NewReplacer(s.AttrOr("value", "-"), "", s.AttrOr("data-needs", "-"), "").Replace(s.Text()))
		})
		document.Find("bdi, code, [dir]:not(html), [lang]:not(html)").Remove()
		say := func(where, text string) {
			if found := latin.FindString(text); found != "" || placeholder.MatchString(text) {
				t.Errorf("%s: %s says %q", page.Name(), where, strings.TrimSpace(text))
			}
		}
		document.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, name := range []string{"aria-label", "alt", "title", "placeholder", "data-label", "data-announce"} {
				say(name, s.AttrOr(name, ""))
			}
			if goquery.NodeName(s) == "noscript" {
				return // a parser that could run scripts takes its content as text; TestArabicPages holds it
			}
			s.Contents().Each(func(_ int, part *goquery.Selection) {
				if goquery.NodeName(part) == "#text" {
					say("<"+goquery.NodeName(s)+">", part.Text())
				}
			})
		})
		if words, ok := document.Find("main").Attr("data-words"); ok {
			var script struct {
				Locale string
				Texts  map[string]any
			}
			if err := json.Unmarshal([]byte(words), &script); err != nil || script.Locale == "" || len(script.Texts) == 0 {
				t.Errorf("%s: the script's words are %q, %v", page.Name(), words, err)
			}
		}
	}
}

// What is written from left to right in every language says so itself.
func TestArabicPagesKeepWhatIsWrittenFromLeftToRight(t *testing.T) {
	for name, selectors := range map[string][]string{
		"register-errors":    {"#email", "[data-testid=error-email] bdi"},
		"verify-ready":       {"#copy-text"},
		"verify-confirm":     {".confirm-number"},
		"verify-failed-ours": {"[data-testid=request-id]"},
		"verify-unavailable": {"[data-testid=request-id]"},
		"done":               {"[data-testid=number]", "[data-testid=stored] bdi[dir]"},
		"refused":            {"[data-testid=detail] p[lang=en]:nth-of-type(2)", "[data-testid=wished]"},
		"review":             {".facts bdi[dir=ltr]"},
		"error-detail":       {"[data-testid=error] [lang=en]"},
	} {
		i := slices.IndexFunc(pages(), func(page specimen.Page) bool { return page.Name() == name })
		document := parse(t, inArabic(t, pages()[i].Component))
		for _, selector := range selectors {
			if found := document.Find(selector); found.Length() != 1 || found.AttrOr("dir", "") != "ltr" {
				t.Errorf("%s: %d of %s, and the direction is %q", name, found.Length(), selector, found.AttrOr("dir", ""))
			}
		}
	}
}
