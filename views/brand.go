package views

import (
	"context"
	"slices"
)

// ExampleBank is who the demonstration's pages belong to where nobody chose. It is invented, and has a name in Arabic too.
const (
	ExampleBank       = "Example Bank"
	exampleBankArabic = "بنك المثال"
)

// Brand is who the demonstration's pages belong to. The paths are empty where the pages have the design's own.
type Brand struct {
	Name       string
	NameArabic string // empty: Name
	Style      string // path of a stylesheet with the accent's colours, after app.css
	Logo       string // path of a picture
	Icon       string // path of the favicon
	IconType   string
}

type brandKey struct{}

// WithBrand returns a context in which pages are drawn as the brand's.
func WithBrand(ctx context.Context, brand Brand) context.Context {
	return context.WithValue(ctx, brandKey{}, brand)
}

// BrandOf returns ExampleBank, in the design's colours, where nobody has chosen.
func BrandOf(ctx context.Context) Brand {
	brand, ok := ctx.Value(brandKey{}).(Brand)
	if !ok || brand.Name == "" {
		brand.Name = ExampleBank
	}
	return brand
}

// Chosen reports whether somebody chose it.
func (b Brand) Chosen() bool { return b.Name != ExampleBank }

// in is the brand's name in a language.
func (b Brand) in(language Language) string {
	switch {
	case language == "ar" && b.NameArabic != "":
		return b.NameArabic
	case language == "ar" && !b.Chosen():
		return exampleBankArabic
	}
	return b.Name
}

// BrandPage is the presenter's form for the brand.
type BrandPage struct {
	Name, NameArabic string
	Light, Dark      string // accents, as they were typed
	LightIs, DarkIs  string // the same as colours; of an empty one, what it comes to
	LogoPath         string // of the logo that the form has; empty for none
	MaxLogo          int    // in KB

	Current Brand  // whose the pages are now
	Back    string // the name that the pages would have without the choice; empty where nothing was chosen
	File    bool   // the program was started with a file: Back is the file's

	Said, Wrong string // keys of Words.Said and Words.Refusals; empty for none
	Problems    []BrandProblem
	Notes       []BrandRemark // what was decided for whoever filled the form
	Ratios      []BrandRemark // how both accents fare
	Preview     string        // path of the stylesheet with the draft's colours, or with those that problems offer; empty where it cannot be shown

	Docs     bool // there is documentation to lead to
	Timeline bool // there are timelines
}

// BrandProblem is something that keeps the form from being used.
type BrandProblem struct {
	Field string // "name", "nameArabic", "light", "dark" or "logo"
	BrandRemark
	Instead string // a colour to take; empty for none
}

// BrandRemark is something to be said of a brand.
type BrandRemark struct {
	Code   string   // a key of Words.Remarks
	Values []string // for the braces of its text: name, value, name, value
}

func (p BrandPage) docsPage(w *Words) DocsPage {
	return DocsPage{
		Words: w, Form: "brand-form", Script: w.scriptWords(w.BrandFormScript),
		Title: w.BrandForm.Title, Current: "/console/brand", Links: ConsolePage{Docs: p.Docs, Timeline: p.Timeline}.links(w), Styles: []string{"console.css", "brand.css"}, Modules: []string{"brand.js"},
	}
}

func (p BrandPage) wrong(field string) bool {
	return slices.ContainsFunc(p.Problems, func(problem BrandProblem) bool { return problem.Field == field })
}
