package views

import "golang.org/x/text/language"

// Words are everything that the translated pages say in one language. Each field is an area, and for each there is a file
// in words/<language>/, with the names below as keys. What stands in braces in a text is put in by the page. A page names a
// word whole, as in words.Home.Start: a test looks for that, and fails for a word that nobody uses.
type Words struct {
	Language LanguageWords
	Layout   LayoutWords
	Home     HomeWords
	Phone    PhoneWords

	PhoneScript PhoneScriptWords

	Reasons   map[string]Reason        // by the provider's codes; page and phone say the same
	Steps     map[string]string        // by service: things to do on the phone
	Documents map[string]DocumentWords // by type, or kind of type

	language Language
	tag      language.Tag
}

// LanguageWords are what a language is, and how it writes dates and numbers.
type LanguageWords struct {
	Name      string // in itself
	Direction string // ltr or rtl
	// Locale is by whose customs numbers and dates are written, here and in the pages' scripts. Arabic is ar-AE, whose
	// digits are the Latin ones; it says so itself (-u-nu-latn), because libraries differ about it.
	Locale    string
	Date      string // {day} {month} {year}
	Moment    string // {date} {time}
	Universal string // {time}: a time of day where the reader's time zone is not known
	Months    [12]string
	Comma     string // {before} {after}: two of several things
	And       string // {before} {after}: the last two of them
}

// LayoutWords stand around every page.
type LayoutWords struct {
	SkipToContent string
	Demonstration string
	Invented      string // {brand}
	PeopleOnly    string // in its place where somebody chose the brand, which may well be real
}

// HomeWords are the first page's.
type HomeWords struct {
	Title             string
	Heading           string
	Lead              string
	Start             string
	Integrate         string
	MiniatureLabel    string
	MiniatureDetails  string
	MiniatureScan     string
	MiniatureDocument string
	MiniatureVerified string
	Pause             string
	Play              string
	TheAnimation      string
}
