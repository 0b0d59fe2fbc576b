package registration

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Difference is one thing that the person typed otherwise than a document says it: "You typed Ana, the document says
// Anna". It is shown, never a reason to refuse.
type Difference struct {
	Field    string // FieldName
	Document int    // index in Result.Documents
	Typed    string // the words that differ, as typed; the whole value where words are only missing on one side
	Says     string // the same of the document
}

// Differences compares the form with each document of the verified result; nil without one. Case, accents, the order
// of names, hyphens and the spellings that machine-readable zones use (MUELLER for Müller) make no difference.
func (r Registration) Differences() []Difference {
	if r.Result == nil {
		return nil
	}
	var differences []Difference
	for i, d := range r.Result.Documents {
		typed, says := differentWords(r.Form.Name, d.FullName)
		if typed != "" || says != "" {
			differences = append(differences, Difference{Field: FieldName, Document: i, Typed: typed, Says: says})
		}
	}
	return differences
}

func differentWords(typed, says string) (string, string) {
	if strings.TrimSpace(says) == "" { // the document was read without a name: nothing to compare with
		return "", ""
	}
	a, b := words(typed), words(says)
	var onlyTyped []string
	for _, word := range a {
		k := slices.IndexFunc(b, func(other string) bool { return sameWord(word, other) })
		if k < 0 {
			onlyTyped = append(onlyTyped, word)
			continue
		}
		b = slices.Delete(b, k, k+1)
	}
	switch {
	case len(onlyTyped) == 0 && len(b) == 0:
		return "", ""
	case len(onlyTyped) == 0 || len(b) == 0:
		return typed, says
	}
	return strings.Join(onlyTyped, " "), strings.Join(b, " ")
}

// words splits at everything that is no part of a name's spelling. An apostrophe only joins: O'Brien is OBRIEN in a
// machine-readable zone.
func words(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("'’\u200c\u200d", r)
	})
}

func sameWord(a, b string) bool {
	return plain(a, false) == plain(b, false) ||
		plain(a, true) == plain(b, false) || plain(a, false) == plain(b, true)
}

// icao is how ICAO 9303 part 3 spells letters that a machine-readable zone lacks and that do not come apart into a
// letter and an accent, or have a second spelling there.
var icao = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe", "æ", "ae", "œ", "oe",
	"þ", "th", "ð", "d", "đ", "d", "ł", "l", "ħ", "h", "ı", "i", "ĳ", "ij")

// stroked are letters that look like one with an accent but do not come apart.
var stroked = strings.NewReplacer("ø", "o", "ð", "d", "đ", "d", "ł", "l", "ħ", "h", "ı", "i", "æ", "ae", "œ", "oe", "þ", "th")

func plain(word string, zone bool) string {
	folded := cases.Fold().String(norm.NFC.String(word))
	if zone {
		folded = icao.Replace(folded)
	}
	folded = stroked.Replace(folded)
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1 // accents, apostrophes, joiners
	}, norm.NFKD.String(folded))
}
