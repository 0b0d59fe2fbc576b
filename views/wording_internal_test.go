package views

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

func TestCount(t *testing.T) {
	steps := Plural{Zero: "zero {n}", One: "one", Two: "two", Few: "few {n}", Many: "many {n} {of}", Other: "other {n}"}
	for language, forms := range map[Language]map[int]string{
		English: {0: "other 0", 1: "one", 2: "other 2", 1234: "other 1,234"},
		"ar":    {0: "zero 0", 1: "one", 2: "two", 3: "few 3", 10: "few 10", 11: "many 11 x", 99: "many 99 x", 100: "other 100", 1234: "many 1,234 x"},
	} {
		for n, want := range forms {
			if got := catalogue[language].count(steps, n, "of", "x"); got != want {
				t.Errorf("%s: %d is %q, want %q", language, n, got, want)
			}
		}
	}
}

// Arabic is written with Latin digits here and in the scripts.
func TestDatesAndLists(t *testing.T) {
	at := time.Date(2026, 3, 4, 9, 6, 0, 0, time.FixedZone("elsewhere", 3600))
	english, arabic := catalogue[English], catalogue["ar"]
	for _, test := range []struct{ got, want string }{
		{english.day(at), "4 March 2026"}, {english.moment(at), "4 March 2026, 08:06 UTC"},
		{arabic.day(at), "4 مارس 2026"}, {arabic.moment(at), "4 مارس 2026 عند الساعة 08:06 بالتوقيت العالمي"},
		{english.list([]string{"a", "b", "c"}), "a, b and c"}, {arabic.list([]string{"أ", "ب"}), "أ وب"}, {english.list(nil), ""},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

func TestPhrase(t *testing.T) {
	var drawn strings.Builder
	err := phrase("<{b}{a}> {unknown} {a}", parts{"a": templ.Raw("<b>{b}</b>"), "b": templ.Raw("<i></i>")}).Render(t.Context(), &drawn)
	if want := "&lt;<i></i><b>{b}</b>&gt; {unknown} <b>{b}</b>"; err != nil || drawn.String() != want {
		t.Errorf("%q, %v; want %q", drawn.String(), err, want)
	}
}
