package views

import (
	"regexp"
	"strings"

	"github.com/a-h/templ"
)

// ReferencePage is the interface of the server, as its documents describe it. Texts may hold `code` between backquotes,
// and paragraphs with an empty line between them.
type ReferencePage struct {
	About      string
	Groups     []ReferenceGroup
	Everywhere []ReferenceAnswer
	Channel    ReferenceChannel
	Errors     []ReferenceError
	Closes     []ReferenceClose
}

// ReferenceGroup is the calls of one party.
type ReferenceGroup struct {
	Name        string
	Description string
	Calls       []ReferenceCall
}

// ReferenceCall is one call.
type ReferenceCall struct {
	ID          string
	Method      string
	Path        string
	Summary     string
	Description string
	Credentials []string
	Parameters  []ReferenceField
	Bodies      []ReferenceObject
	Requests    []ReferenceExample
	Answers     []ReferenceAnswer
}

// ReferenceField is one member or parameter.
type ReferenceField struct {
	Name        string
	In          string
	Type        string
	Required    bool
	Description string
}

// ReferenceObject is the members of an object.
type ReferenceObject struct {
	Title       string
	Description string
	Fields      []ReferenceField
}

// ReferenceExample is text to be read or sent.
type ReferenceExample struct {
	Title string
	Text  string
}

// ReferenceAnswer is one status. Codes are of an error, and lead to it.
type ReferenceAnswer struct {
	Status      string
	Description string
	Codes       []string
	Object      ReferenceObject
	Examples    []ReferenceExample
}

// ReferenceChannel is what is said over the channel.
type ReferenceChannel struct {
	About  string
	URL    string
	First  []ReferenceFrame
	Frames []ReferenceFrame
}

// ReferenceFrame is one kind of frame.
type ReferenceFrame struct {
	Name     string
	Title    string
	Summary  string
	Text     string
	Object   ReferenceObject
	Examples []ReferenceExample
}

// ReferenceError is what a code means, and what to do.
type ReferenceError struct {
	Code     string
	Statuses []string
	Close    string
	Means    string
	Do       string
}

// ReferenceClose is one way in which a channel ends.
type ReferenceClose struct {
	Code    string
	Reasons []string
	Again   bool
	Means   string
}

func (r ReferencePage) contents() []DocsEntry {
	entries := []DocsEntry{{Label: "Error codes", Anchor: "errors"}} // far down, and what people come for
	for _, group := range r.Groups {
		entry := DocsEntry{Label: group.Name, Anchor: group.anchor()}
		for _, call := range group.Calls {
			entry.Below = append(entry.Below, DocsEntry{Label: call.Summary, Anchor: call.ID})
		}
		entries = append(entries, entry)
	}
	channel := DocsEntry{Label: "Channel", Anchor: "channel", Below: []DocsEntry{{Label: "First frame", Anchor: "first-frame"}}}
	for _, frame := range r.Channel.Frames {
		channel.Below = append(channel.Below, DocsEntry{Label: frame.label(), Anchor: frame.anchor()})
	}
	channel.Below = append(channel.Below, DocsEntry{Label: "Close codes", Anchor: "close-codes"})
	errors := DocsEntry{Label: "Errors", Anchor: "errors"}
	for _, e := range r.Errors {
		errors.Below = append(errors.Below, DocsEntry{Label: e.Code, Anchor: e.Code})
	}
	return append(entries, channel, errors)
}

func (g ReferenceGroup) anchor() string { return strings.ToLower(g.Name) }

func (f ReferenceFrame) anchor() string { return "frame-" + f.Name }

func (f ReferenceFrame) label() string { return "Frame " + f.Title }

func (a ReferenceAnswer) isError() bool { return len(a.Codes) > 0 }

func (f ReferenceField) typeLine() string {
	if f.In == "" {
		return f.Type
	}
	return f.Type + ", in the " + f.In
}

func (c ReferenceCall) errors() []ReferenceAnswer {
	var errors []ReferenceAnswer
	for _, answer := range c.Answers {
		if answer.isError() {
			errors = append(errors, answer)
		}
	}
	return errors
}

// explained says whether the code has an entry to lead to; the end of a session is a reason, too, and has none.
func (r ReferencePage) explained(code string) bool {
	for _, e := range r.Errors {
		if e.Code == code {
			return true
		}
	}
	return false
}

func paragraphs(text string) []string {
	var kept []string
	for part := range strings.SplitSeq(text, "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			kept = append(kept, part)
		}
	}
	return kept
}

// span is a piece of a text, or code within it.
type span struct {
	text string
	code bool
}

func spans(text string) []span {
	var all []span
	for i, part := range strings.Split(text, "`") {
		if part != "" {
			all = append(all, span{part, i%2 == 1})
		}
	}
	return all
}

// humps are where a name may be broken on a narrow screen: before a capital letter or a dot inside it, and after an underscore.
var humps = regexp.MustCompile(`([a-z]|_)([A-Z.])`)

// breakable writes a name so that it breaks between its words.
func breakable(name string) templ.Component {
	return templ.Raw(humps.ReplaceAllString(templ.EscapeString(name), "$1<wbr>$2"))
}
