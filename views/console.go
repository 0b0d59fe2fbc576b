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

	Said, Wrong        string // one sentence above the form each; empty for none
	Imported           string // what could not be imported
	Problems, Warnings []ConsoleFinding
	Words              []string // what a person will do; empty with Problems, as are the next two
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
	Title   string            // what its type is; empty for an unknown one
	Fields  map[string]string // by key, those of its reading too
	Unknown string
}

// ConsoleCountry is whose known document types these are.
type ConsoleCountry struct {
	Name  string
	Types []ConsoleType
}

// ConsoleType is a known document type.
type ConsoleType struct{ Name, Title string }

// ConsoleFinding is something that the checks say.
type ConsoleFinding struct {
	Path  string // of the field; empty for the whole
	Words string // goes on after the path
}

// ConsoleFlag is a field of the enrolment that is on or off.
type ConsoleFlag struct {
	Key   string
	Label string
}

// The flags, in the order of the form.
var (
	ConsoleReadingFlags = []ConsoleFlag{
		{"enabled", "Read the chip (NFC)"}, {"isForceReading", "Only phones that can read chips"},
	}
	ConsoleRareReadingFlags = []ConsoleFlag{{"isForceReadingIfSupported", "Force reading where supported (deprecated: it is the rule)"}}

	ConsoleDocumentFlags = []ConsoleFlag{
		{"isExpiredDocumentAllowed", "Expired documents may pass"}, {"isFrontSideReviewEnabled", "Review the front"},
		{"isBackSideReviewEnabled", "Review the back"}, {"isUploadEnabled", "A picture may be chosen instead (deprecated)"},
		{"isHelpPageDisabled", "Leave out the help page"},
	}
	ConsoleGeneralFlags = []ConsoleFlag{
		{"secureWindowsEnabled", "Block screenshots"}, {"returnDataForIncompleteSession", "Hand in what there is when it ends early"},
		{"isRootedDeviceAllowed", "Rooted phones may pass (ignored by the app)"},
	}
	ConsoleBackgroundFlags = []ConsoleFlag{
		{"enabled", "Check the person’s background"}, {"disableConsent", "Do not ask before"},
		{"enableMonitoring", "Go on looking afterwards"}, {"skipView", "Check without a screen"},
	}
	ConsoleFaceFlags = []ConsoleFlag{
		{"enabled", "Compare the face with each document"}, {"isEnrollFace", "Keep the face (deprecated)"},
	}
)

func (p ConsolePage) links() []Link {
	links := []Link{{Label: "Start page", Href: "/"}, {Label: "Console", Href: "/console"}}
	if p.Timeline {
		links = append(links, Link{Label: "Timeline", Href: "/console/timeline"})
	}
	links = append(links, Link{Label: "Brand", Href: "/console/brand"})
	if p.Docs {
		links = append(links, Link{Label: "Integrate", Href: "/integrate"}, Link{Label: "Reference", Href: "/reference"})
	}
	return links
}

func (p ConsolePage) docsPage() DocsPage {
	return DocsPage{
		Title: "Flow designer", Current: "/console", Links: p.links(), Styles: []string{"console.css"}, Modules: []string{"console.js"},
	}
}

// number names a document for people, who count from 1.
func number(i int) string { return strconv.Itoa(i + 1) }

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
