package web_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"baton/internal/brand"
	"baton/internal/enrolment"
	"baton/views"
)

// englishWords reads a table of the catalogue.
func englishWords[T any](t *testing.T, area string) map[string]T {
	t.Helper()
	text, err := os.ReadFile("../views/words/en/" + area + ".json")
	words := map[string]T{}
	if err == nil {
		err = json.Unmarshal(text, &words)
	}
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// TestConsoleSaysWhatTheChecksSay holds the pages' words to those of the errors, and finds a code that has none.
func TestConsoleSaysWhatTheChecksSay(t *testing.T) {
	if diff := cmp.Diff(enrolment.Findings(), englishWords[string](t, "findings")); diff != "" {
		t.Errorf("findings (-errors +pages):\n%s", diff)
	}
	refusals := englishWords[string](t, "refusals")
	for code, text := range enrolment.Refusals() {
		if want := strings.ToUpper(text[:1]) + text[1:] + "."; refusals[code] != want {
			t.Errorf("%s: the page says %q, the error %q", code, refusals[code], want)
		}
	}
	remarks := englishWords[string](t, "remarks")
	delete(remarks, "LOGO_GONE") // the page's own
	if diff := cmp.Diff(brand.Remarks(), remarks); diff != "" {
		t.Errorf("remarks (-brand +pages):\n%s", diff)
	}
	if diff := cmp.Diff(brand.Tints(), englishWords[string](t, "tints")); diff != "" {
		t.Errorf("tints (-brand +pages):\n%s", diff)
	}
	kinds := map[string]string{}
	for kind, words := range englishWords[views.KindWords](t, "kinds") {
		kinds[kind] = words.Name
	}
	if diff := cmp.Diff(enrolment.Kinds(), kinds); diff != "" {
		t.Errorf("kinds (-enrolment +pages):\n%s", diff)
	}
	var shipped []string
	for _, preset := range enrolment.Presets() {
		shipped = append(shipped, preset.Name)
	}
	slices.Sort(shipped)
	if diff := cmp.Diff(shipped, slices.Sorted(maps.Keys(englishWords[string](t, "presets")))); diff != "" {
		t.Errorf("presets (-enrolment +pages):\n%s", diff)
	}
	var flags []string
	for _, flag := range slices.Concat(views.ConsoleReadingFlags, views.ConsoleRareReadingFlags, views.ConsoleDocumentFlags, views.ConsoleGeneralFlags, views.ConsoleBackgroundFlags, views.ConsoleFaceFlags) {
		flags = append(flags, flag.Label)
	}
	slices.Sort(flags)
	if diff := cmp.Diff(flags, slices.Sorted(maps.Keys(englishWords[string](t, "flags")))); diff != "" {
		t.Errorf("flags (-form +words):\n%s", diff)
	}
}

func isLatin(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Latin, r) })
}

func TestConsoleSpeaksArabic(t *testing.T) {
	t.Parallel()
	b := openConsole(t)
	page := b.get("/console?preset=Minimum")
	button := page.part("language")
	if button.AttrOr("form", "") != "design" || button.AttrOr("value", "") != "ar" {
		t.Fatalf("the page offers no Arabic: %s", page.part("language").Text())
	}

	// What was typed goes along.
	form := page.fields("")
	form.Del("do")
	form.Set("language", "ar")
	form.Set("d0-documentType", "GHA_DL")
	form.Set("d0-timeoutInSeconds", "soon")
	form.Set("import", "{not yet")
	page = b.post("/console", form).want(http.StatusOK, "designer", "problem")
	if page.Find("html").AttrOr("dir", "") != "rtl" || page.Find("#d0-documentType").AttrOr("value", "") != "GHA_DL" ||
		page.Find("#d0-timeoutInSeconds").AttrOr("value", "") != "soon" || page.Find("#import").Text() != "{not yet" {
		t.Errorf("in Arabic the form is %s", page.part("designer").Text())
	}
	if hint := page.Find("#d0-hint").Text(); !strings.Contains(hint, "غانا") || isLatin(hint) {
		t.Errorf("a Ghanaian card is %q", hint)
	}

	// Every type and country has its words, and countries are in their order.
	var countries []string
	for _, group := range page.Find("#new optgroup").EachIter() {
		countries = append(countries, group.AttrOr("label", ""))
		for _, option := range group.Find("option").EachIter() {
			if text := strings.ReplaceAll(option.Text(), "("+option.AttrOr("value", "")+")", ""); isLatin(text) || isLatin(countries[len(countries)-1]) || strings.TrimSpace(text) == "" {
				t.Errorf("%s is listed as %q under %q", option.AttrOr("value", ""), option.Text(), countries[len(countries)-1])
			}
		}
	}
	if want := []string{"أي بلد", "أرض الصومال", "ألمانيا"}; len(countries) < 30 || !slices.Equal(countries[:3], want) || !slices.Contains(countries, "الإمارات العربية المتحدة") {
		t.Errorf("the countries are %q", countries)
	}

	// A preset of the program's goes by its Arabic name, and is still the program's.
	for _, name := range page.part("presets").Find("bdi").EachIter() {
		if isLatin(name.Text()) {
			t.Errorf("a preset is called %q", name.Text())
		}
	}
	page = b.get("/console?preset=Minimum")
	if name := page.part("name").AttrOr("value", ""); name != "الحد الأدنى" {
		t.Errorf("the minimum is called %q", name)
	}
	b.press(page, "save").want(http.StatusUnprocessableEntity, "wrong")
	page = b.follow(b.press(page, "use")).want(http.StatusOK, "notice")
	chosen, _, err := b.server.Store.ChosenPreset(t.Context())
	if err != nil || chosen.Name != "Minimum" || page.part("chosen").Text() != "الحد الأدنى" || page.Find(".in-use").Length() != 1 {
		t.Errorf("used is %q, shown as %q, %v", chosen.Name, page.part("chosen").Text(), err)
	}
	page = b.follow(b.press(page, "use", "face-enabled", "yes"))
	if got := page.part("chosen").Text(); got != "الحد الأدنى (معدّل)" {
		t.Errorf("changed it is %q", got)
	}
	page = b.press(page, "import", "import", `{"documents":[]}`).want(http.StatusUnprocessableEntity, "wrong")
	if said := page.part("wrong"); isLatin(said.Clone().Find("code").Remove().End().Text()) {
		t.Errorf("the page says %q", said.Text())
	}
	if back := b.follow(b.send("GET", "/console?preset=Two+documents&language=en", url.Values{})); back.Find("html").AttrOr("lang", "") != "en" || back.part("name").AttrOr("value", "") != "Two documents" {
		t.Errorf("back in English it is %s", back.Find("h1").Text())
	}
}

func TestBrandFormSpeaksArabic(t *testing.T) {
	t.Parallel()
	b := openBrand(t)
	page := b.get("/console/brand")
	if button := page.part("language"); button.AttrOr("form", "") != "brand-form" {
		t.Fatal("the page offers no Arabic that keeps the form")
	}
	page = b.pressBrand(page, "", "language", "ar", "name", "Contoso", "light", "#ffd400", "logo", hostileSVG).want(http.StatusOK, "problem", "take-light")
	if page.Find("html").AttrOr("dir", "") != "rtl" || page.Find("#name").AttrOr("value", "") != "Contoso" || page.Find("input[name=kept]").AttrOr("value", "") == "" {
		t.Error("what was typed or sent is lost")
	}
	// The verdict, and the button that takes the shade.
	said := page.part("problem")
	codes := said.Find("code").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	if !slices.Equal(codes, []string{"#ffd400", "#826b00", "#826b00"}) || !strings.Contains(said.Text(), "التباين 1.") || isLatin(said.Clone().Find("code").Remove().End().Text()) {
		t.Errorf("the page says %q with %q", said.Text(), codes)
	}
	page = b.follow(b.pressBrand(page, "use", "light", "#0b6e4f")).want(http.StatusOK, "notice", "notes")
	if notes := page.part("notes"); isLatin(notes.Clone().Find("code").Remove().End().Text()) || notes.Find("li").Length() != 2 {
		t.Errorf("the page says %q", notes.Text())
	}
	page = b.pressBrand(page, "use", "logo", "GIF89a").want(http.StatusUnprocessableEntity, "problem")
	if said := page.part("problem"); isLatin(said.Clone().Find("code").Remove().End().Text()) {
		t.Errorf("the page says %q", said.Text())
	}
}
