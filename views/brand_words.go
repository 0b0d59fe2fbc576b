package views

import (
	"slices"

	"github.com/a-h/templ"
)

// BrandFormWords are those of the form for the brand.
type BrandFormWords struct {
	Title           string
	Lead            string
	FileFirst       string
	Check           string
	Name            string
	NameArabic      string
	NameArabicHint  string
	Colour          string
	Accent          string
	AccentHint      string
	AccentDark      string
	AccentDarkHint  string
	Pick            string // {field}
	Logo            string
	AnotherLogo     string
	LogoHint        string
	NoLogo          string
	Use             string
	BackFile        string
	BackDefault     string
	Checks          string
	Sound           string
	Wrong           string
	Take            string
	Looks           string
	LooksOffered    string
	Light           string
	Dark            string
	LightMode       string
	DarkMode        string
	ContrastText    string
	ContrastControl string
	Soft            string
}

// BrandFormScriptWords are what brand.js says.
type BrandFormScriptWords struct {
	ToMend   Plural // {n}
	TooLarge string
}

// remark draws what is said of a brand. A contrast is told in words of its own, which name the design's colours.
func (w *Words) remark(r BrandRemark) templ.Component {
	known := map[string]string{}
	for i := 0; i+1 < len(r.Values); i += 2 {
		known[r.Values[i]] = r.Values[i+1]
	}
	mode := w.BrandForm.LightMode
	if known["mode"] == "dark" {
		mode = w.BrandForm.DarkMode
	}
	contrast := w.BrandForm.ContrastText
	if known["least"] == "3" { // what WCAG wants of a control
		contrast = w.BrandForm.ContrastControl
	}
	contrast = fill(contrast, "front", inTable(w.Tints, known["front"]), "back", inTable(w.Tints, known["back"]), "ratio", known["ratio"], "least", known["least"])
	pairs := []string{"mode", mode, "contrast", contrast}
	for name, value := range known {
		if !slices.Contains(pairs, name) {
			pairs = append(pairs, name, value)
		}
	}
	return marked(inTable(w.Remarks, r.Code), pairs...)
}
