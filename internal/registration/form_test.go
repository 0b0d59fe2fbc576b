package registration_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"

	"baton/internal/registration"
)

func TestFormValidate(t *testing.T) {
	local := strings.Repeat("a", 64)
	longDomain := strings.Repeat("b", 63) + "." + strings.Repeat("c", 63) + "." + strings.Repeat("d", 57) + ".org"
	for name, test := range map[string]struct {
		change func(*registration.Form)
		want   []string // fields at fault
	}{
		"Good":                {func(*registration.Form) {}, nil},
		"SpacesAround":        {func(f *registration.Form) { f.Name, f.Email, f.Country = "\t"+f.Name+" ", " "+f.Email+"\n", " nl " }, nil},
		"EverythingMissing":   {func(f *registration.Form) { *f = registration.Form{} }, []string{"consent", "country", "email", "name"}},
		"NoConsent":           {func(f *registration.Form) { f.Consent = false }, []string{"consent"}},
		"NameOfTwo":           {func(f *registration.Form) { f.Name = "Bo" }, nil},
		"NameOfOne":           {func(f *registration.Form) { f.Name = "B" }, []string{"name"}},
		"NameOfSpaces":        {func(f *registration.Form) { f.Name = "   " }, []string{"name"}},
		"NameOf100":           {func(f *registration.Form) { f.Name = strings.Repeat("é", 100) }, nil},
		"NameOf101":           {func(f *registration.Form) { f.Name = strings.Repeat("é", 101) }, []string{"name"}},
		"NameWithPunctuation": {func(f *registration.Form) { f.Name = "Ana-María d’O'Brien Jr." }, nil},
		"NameInArabic":        {func(f *registration.Form) { f.Name = "آنا نمونه" }, nil},
		"NameInChinese":       {func(f *registration.Form) { f.Name = "样本" }, nil},
		"NameInHindi":         {func(f *registration.Form) { f.Name = "नमूना व्यक्ति" }, nil},
		"NameWithJoiner":      {func(f *registration.Form) { f.Name = "ක්\u200dෂ නමූනා" }, nil},
		"NameDecomposed":      {func(f *registration.Form) { f.Name = "Ame\u0301lie" }, nil},
		"NameOfMarksOnly":     {func(f *registration.Form) { f.Name = "\u0301\u0302-." }, []string{"name"}},
		"NameWithMarkup":      {func(f *registration.Form) { f.Name = `Ana"><script>alert(1)</script>` }, []string{"name"}},
		"NameWithEntity":      {func(f *registration.Form) { f.Name = "Ana &amp; Bo" }, []string{"name"}},
		"NameWithDigit":       {func(f *registration.Form) { f.Name = "Ana 2" }, []string{"name"}},
		"NameWithControl":     {func(f *registration.Form) { f.Name = "Ana\x00Specimen" }, []string{"name"}},
		"NameWithLineBreak":   {func(f *registration.Form) { f.Name = "Ana\nSpecimen" }, []string{"name"}},
		"NameWithBidi":        {func(f *registration.Form) { f.Name = "Ana \u202especimen" }, []string{"name"}},
		"NameNotUTF8":         {func(f *registration.Form) { f.Name = "Ana \xff\xfe" }, []string{"name"}},
		"EmailWithPlus":       {func(f *registration.Form) { f.Email = "ana+test@mail.example.co.uk" }, nil},
		"EmailInternational":  {func(f *registration.Form) { f.Email = "añá@exämple.org" }, nil},
		"EmailAtTheLimit":     {func(f *registration.Form) { f.Email = local + "@" + longDomain }, nil},
		"EmailOverTheLimit":   {func(f *registration.Form) { f.Email = local + "@x" + longDomain }, []string{"email"}},
		"EmailLocalTooLong":   {func(f *registration.Form) { f.Email = "a" + local + "@example.org" }, []string{"email"}},
		"EmailWithoutAt":      {func(f *registration.Form) { f.Email = "ana.example.com" }, []string{"email"}},
		"EmailWithTwoAts":     {func(f *registration.Form) { f.Email = "ana@b@example.com" }, []string{"email"}},
		"EmailWithName":       {func(f *registration.Form) { f.Email = "Ana <ana@example.com>" }, []string{"email"}},
		"EmailInBrackets":     {func(f *registration.Form) { f.Email = "<ana@example.com>" }, []string{"email"}},
		"EmailOfTwo":          {func(f *registration.Form) { f.Email = "a@example.com,b@example.com" }, []string{"email"}},
		"EmailQuoted":         {func(f *registration.Form) { f.Email = `"<script>"@example.com` }, []string{"email"}},
		"EmailWithComment":    {func(f *registration.Form) { f.Email = "ana@example.com (x)" }, []string{"email"}},
		"EmailOnBareHost":     {func(f *registration.Form) { f.Email = "ana@localhost" }, []string{"email"}},
		"EmailOnAddress":      {func(f *registration.Form) { f.Email = "ana@127.0.0.1" }, []string{"email"}},
		"EmailOnLiteral":      {func(f *registration.Form) { f.Email = "ana@[127.0.0.1]" }, []string{"email"}},
		"EmailDomainHyphen":   {func(f *registration.Form) { f.Email = "ana@-example.com" }, []string{"email"}},
		"EmailDomainDots":     {func(f *registration.Form) { f.Email = "ana@example..com" }, []string{"email"}},
		"EmailHeader":         {func(f *registration.Form) { f.Email = "ana@example.com\r\nBcc: x@example.com" }, []string{"email"}},
		"CountryUnknown":      {func(f *registration.Form) { f.Country = "XX" }, []string{"country"}},
		"CountryAlpha3":       {func(f *registration.Form) { f.Country = "NLD" }, []string{"country"}},
		"CountryMarkup":       {func(f *registration.Form) { f.Country = "<b>" }, []string{"country"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := form
			test.change(&f)
			got := f.Validate()
			if fields := slices.Sorted(maps.Keys(got)); !slices.Equal(fields, test.want) {
				t.Errorf("fields at fault: %q, want %q", fields, test.want)
			}
			for field, problem := range got {
				if !strings.HasPrefix(string(problem), strings.ToUpper(field)+"_") {
					t.Errorf("%s has the problem %s", field, problem)
				}
			}
		})
	}
}

func TestTrimKeepsWhatWasTyped(t *testing.T) {
	f := registration.Form{Name: "  Ana  <b> ", Email: " A@B ", Country: " nl", Consent: true}.Trim()
	if want := (registration.Form{Name: "Ana  <b>", Email: "A@B", Country: "NL", Consent: true}); f != want {
		t.Errorf("trimmed: %+v, want %+v", f, want)
	}
}

func TestCountries(t *testing.T) {
	all := registration.Countries(language.English)
	if len(all) != 249 {
		t.Errorf("%d countries, ISO 3166-1 has 249", len(all))
	}
	seen := map[string]bool{}
	for _, country := range all {
		region, err := language.ParseRegion(country.Code)
		if err != nil || !region.IsCountry() || region.String() != country.Code || seen[country.Code] || country.Name == "" {
			t.Errorf("%+v is no country, or twice in the list", country)
		}
		seen[country.Code] = true
	}
	all[0].Name = "changed"
	if registration.Countries(language.English)[0].Name == "changed" {
		t.Error("the list belongs to its callers together")
	}
	if name, ok := registration.CountryName(language.English, "NL"); !ok || name != "Netherlands" {
		t.Errorf("NL is %q", name)
	}
}

func TestCountriesInArabic(t *testing.T) {
	arabic := language.MustParse("ar-AE-u-nu-latn")
	all := registration.Countries(arabic)
	names := map[string]bool{}
	for _, country := range all {
		latin := strings.ContainsFunc(country.Name, func(r rune) bool { return unicode.Is(unicode.Latin, r) })
		if latin || names[country.Name] {
			t.Errorf("%+v has no Arabic name of its own", country)
		}
		names[country.Name] = true
	}
	if len(all) != 249 || all[0].Code != "IS" || all[3].Code != "AW" { // آيسلندا before أذربيجان
		t.Errorf("%d countries, the first are %+v", len(all), all[:4])
	}
	if name, ok := registration.CountryName(arabic, "AE"); !ok || name != "الإمارات العربية المتحدة" {
		t.Errorf("AE is %q", name)
	}
	if _, ok := registration.CountryName(arabic, "XX"); ok {
		t.Error("XX is a country")
	}
}

func TestDifferences(t *testing.T) {
	for name, test := range map[string]struct{ typed, document, wantTyped, wantSays string }{
		"Same":                {"Ana Specimen", "Ana Specimen", "", ""},
		"Case":                {"ana SPECIMEN", "Ana Specimen", "", ""},
		"Accents":             {"Amélie Žižek", "AMELIE ZIZEK", "", ""},
		"Decomposed":          {"Ame\u0301lie", "Amélie", "", ""},
		"Order":               {"Ana Specimen", "SPECIMEN ANA", "", ""},
		"Hyphens":             {"Ana-Maria Specimen", "ANA MARIA SPECIMEN", "", ""},
		"Apostrophes":         {"Ana O’Specimen", "ANA OSPECIMEN", "", ""},
		"ZonesSpelling":       {"Jürgen Größe Åse Øster", "JUERGEN GROESSE AASE OESTER", "", ""},
		"PlainSpelling":       {"Jürgen Øster Łucja", "JURGEN OSTER LUCJA", "", ""},
		"Fillers":             {"Ana Specimen", "ANA<SPECIMEN<<<", "", ""},
		"OtherScript":         {"Ἄννα", "ΑΝΝΑ", "", ""},
		"OneLetter":           {"Ana Specimen", "ANNA SPECIMEN", "Ana", "ANNA"},
		"AllOther":            {"Bo Sample", "ANA SPECIMEN", "Bo Sample", "ANA SPECIMEN"},
		"AMiddleNameMore":     {"Ana Specimen", "ANA MARIA SPECIMEN", "Ana Specimen", "ANA MARIA SPECIMEN"},
		"AMiddleNameLess":     {"Ana Maria Specimen", "ANA SPECIMEN", "Ana Maria Specimen", "ANA SPECIMEN"},
		"ADoubledWordCounts":  {"Ana Ana", "Ana", "Ana Ana", "Ana"},
		"DocumentWithoutName": {"Ana", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := registration.Registration{Form: registration.Form{Name: test.typed}, Result: &registration.Result{
				Documents: []registration.Document{{FullName: test.typed}, {FullName: test.document}},
			}}
			got := r.Differences()
			if test.wantTyped == "" {
				if len(got) != 0 {
					t.Errorf("differences: %+v, want none", got)
				}
				return
			}
			want := registration.Difference{Field: registration.FieldName, Document: 1, Typed: test.wantTyped, Says: test.wantSays}
			if len(got) != 1 || got[0] != want {
				t.Errorf("differences: %+v, want %+v", got, want)
			}
		})
	}
	if got := (registration.Registration{Form: form}).Differences(); got != nil {
		t.Errorf("without a result: %+v", got)
	}
}

func TestParseKey(t *testing.T) {
	key := registration.NewKey()
	if again, ok := registration.ParseKey(key.Reveal()); !ok || again.Digest() != key.Digest() {
		t.Error("a key does not come back from its text")
	}
	for _, text := range []string{"", "short", strings.ToLower(key.Reveal()), key.Reveal() + "A"} {
		if _, ok := registration.ParseKey(text); ok {
			t.Errorf("%q passes for a key", text)
		}
	}
}
