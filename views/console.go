package views

import (
	"strconv"

	"github.com/a-h/templ"
)

// ConsolePage is the presenter's flow designer.
type ConsolePage struct {
	Chosen  string // the name of what the demo uses
	Presets []ConsolePreset
	Own     bool // the preset that is shown can be deleted

	Name                      string // of what is in the form
	Documents                 []ConsoleDocument
	General, Background, Face map[string]string // by the keys of their parts: "true" for what is on
	Unknown                   string            // what the form has no field for, as it travels
	Countries                 []ConsoleCountry
	MaxDocuments              int

	Said               string          // a key of Words.Said; empty for none
	Wrong              *ConsoleRefusal // nil for none
	Imported           string          // what could not be imported
	Problems, Warnings []ConsoleFinding
	Tasks              []ConsoleTask // what a person will do; empty with Problems, as are the next two
	JSON, Base64       string

	Next *ConsoleNext // nil where nothing can be chosen for the next hand-over

	Docs     bool // there is documentation to lead to
	Timeline bool // there are timelines
}

// ConsolePreset is one to choose.
type ConsolePreset struct {
	Name string
	Href string
	Own  bool // it was saved here
	Used bool // by the demo, just as it is
}

// ConsoleDocument is one document of the form.
type ConsoleDocument struct {
	Country, Kind string            // what its type is, as ConsoleCountry and ConsoleType have it; no Kind for an unknown one
	Fields        map[string]string // by key, those of its reading too
	Unknown       string
}

// ConsoleCountry is whose known document types these are.
type ConsoleCountry struct {
	Name  string // in the page's language; empty for the types of many countries
	Types []ConsoleType
}

// ConsoleType is a known document type.
type ConsoleType struct {
	Name string // on the wire
	Kind string // a key of Words.Kinds
}

// ConsoleTask is one thing that a person will do. Each has what it needs: a document its type, the lists their name.
type ConsoleTask struct {
	Type             string // on the wire; empty for the lists
	Country, Kind    string // as ConsoleDocument's
	BothSides        bool
	ChipTried        bool // it is read where the phone can
	ChipRequired     bool
	Face             bool
	ScanLevel        int
	ReadLevel        int // 0 for none
	Attempts         int
	Lists            string
	Asked, Monitored bool
}

// ConsoleFinding is something that the checks say.
type ConsoleFinding struct {
	Path   string   // of the field; empty for the whole
	Code   string   // a key of Words.Findings
	Values []string // for the braces of its text: name, value, name, value
}

// ConsoleRefusal says why something was not done, or cannot come about.
type ConsoleRefusal struct {
	Code     string // a key of Words.Refusals
	Values   []string
	Findings []ConsoleFinding // what is the matter, where it is that
}

// ConsoleFlag is a field of the enrolment that is on or off.
type ConsoleFlag struct {
	Key   string
	Label string // a key of Words.Flags
}

// The flags, in the order of the form.
var (
	ConsoleReadingFlags     = []ConsoleFlag{{"enabled", "reading.enabled"}, {"isForceReading", "isForceReading"}}
	ConsoleRareReadingFlags = []ConsoleFlag{{"isForceReadingIfSupported", "isForceReadingIfSupported"}}

	ConsoleDocumentFlags   = flags("isExpiredDocumentAllowed", "isFrontSideReviewEnabled", "isBackSideReviewEnabled", "isUploadEnabled", "isHelpPageDisabled")
	ConsoleGeneralFlags    = flags("secureWindowsEnabled", "returnDataForIncompleteSession", "isRootedDeviceAllowed")
	ConsoleBackgroundFlags = append([]ConsoleFlag{{"enabled", "backgroundCheck.enabled"}}, flags("disableConsent", "enableMonitoring", "skipView")...)
	ConsoleFaceFlags       = append([]ConsoleFlag{{"enabled", "facialRecognition.enabled"}}, flags("isEnrollFace")...)
)

func flags(keys ...string) []ConsoleFlag {
	var all []ConsoleFlag
	for _, key := range keys {
		all = append(all, ConsoleFlag{key, key})
	}
	return all
}

func (p ConsolePage) links(w *Words) []Link {
	links := []Link{{Label: w.Presenter.Start, Href: "/"}, {Label: w.Presenter.Console, Href: "/console"}}
	if p.Timeline {
		links = append(links, Link{Label: w.Presenter.Timeline, Href: "/console/timeline"})
	}
	links = append(links, Link{Label: w.Presenter.Brand, Href: "/console/brand"})
	if p.Docs {
		links = append(links, Link{Label: w.Presenter.Integrate, Href: "/integrate"}, Link{Label: w.Presenter.Reference, Href: "/reference"})
	}
	return links
}

func (p ConsolePage) docsPage(w *Words) DocsPage {
	return DocsPage{
		Words: w, Form: "design", Script: w.scriptWords(w.DesignerScript),
		Title: w.Designer.Title, Current: "/console", Links: p.links(w), Styles: []string{"console.css"}, Modules: []string{"console.js"},
	}
}

func nameOf(i int, key string) string { return "d" + strconv.Itoa(i) + "-" + key }

// levels are what a match level can be.
var levels = []string{"1", "2", "3", "4", "5"}

var attempts = []string{"1", "2", "3"}

// timeout is empty for none, which the app writes as -1.
func timeout(fields map[string]string) string {
	if seconds := fields["timeoutInSeconds"]; seconds != "-1" {
		return seconds
	}
	return ""
}

func or(text, other string) string {
	if text == "" || text == "-1" {
		return other
	}
	return text
}

func formButton(action string) templ.Attributes {
	return templ.Attributes{"type": "submit", "name": "do", "value": action}
}
