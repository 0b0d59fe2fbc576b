package views

import (
	"slices"
	"strings"
	"time"
)

// Reason says in plain words why a verification did not work, and the one thing to do next.
type Reason struct {
	Title string // what happened, as a heading
	Said  string // the same as a sentence
	Next  string // what to do now
}

// DocumentWords name a type of document.
type DocumentWords struct {
	Name   string // by itself
	Inside string // inside a sentence
	Yours  string // the reader's own
}

// unknown is the key of the words for what has none of its own.
const unknown = "UNKNOWN"

// reasonAliases are the provider's other codes for the same.
var reasonAliases = map[string]string{
	"TOO_MANY_ATTEMPTS":                                      "FACE_NO_MATCH",
	"FACE_RECOGNITION_TOO_MANY_ATTEMPTS":                     "FACE_NO_MATCH",
	"SESSION_INVALIDATED_TOO_MANY_ATTEMPTS":                  "FACE_NO_MATCH",
	"SESSION_INVALIDATED_FACE_RECOGNITION_TOO_MANY_ATTEMPTS": "FACE_NO_MATCH",
	"SESSION_INVALIDATED_READING_NOT_SUPPORTED":              "READ_NFC_UNAVAILABLE",
	"SESSION_EXPIRED_OR_NOT_FOUND":                           "SESSION_EXPIRED",
	"REQUEST_TIMEOUT":                                        "SESSION_EXPIRED",
}

// Reason returns the words for a provider's code. For a code that is not in the table it says that the mistake is ours;
// the page then shows the request's id.
func (w *Words) Reason(code string) Reason {
	if alias, ok := reasonAliases[code]; ok {
		code = alias
	}
	return inTable(w.Reasons, code)
}

// ReasonFor is the same in English.
func ReasonFor(code string) Reason { return catalogue[English].Reason(code) }

// ReasonKnown reports whether the table has words for the code, so that no request id is needed.
func ReasonKnown(code string) bool {
	_, alias := reasonAliases[code]
	_, known := catalogue[English].Reasons[code]
	return alias || known && code != unknown
}

// Step names a step for people; an unknown one is named as it is.
func (w *Words) Step(service string) string {
	if name, ok := w.Steps[service]; ok {
		return name
	}
	return service
}

// StepName is the same in English.
func StepName(service string) string { return catalogue[English].Step(service) }

// Document names a document type for people: in its own words where there are any, else by what kind it is of, which
// follows the country in its name; an unknown one is a document.
func (w *Words) Document(documentType string) DocumentWords {
	_, kind, _ := strings.Cut(documentType, "_") // UAE_ID_DIGITAL
	kind, _, _ = strings.Cut(kind, "_")
	general, _, _ := strings.Cut(documentType, "_") // PASSPORT_OMN
	for _, key := range []string{documentType, general, kind} {
		if words, ok := w.Documents[key]; ok && key != unknown {
			return words
		}
	}
	return w.Documents[unknown]
}

// yours are the reader's own documents of these types, each kind once; of unknown ones, where there are none.
func (w *Words) yours(types []string) []string {
	if len(types) == 0 {
		return []string{w.Document("").Yours}
	}
	var all []string
	for _, documentType := range types {
		if name := w.Document(documentType).Yours; !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ErrorWords say that a page could not be shown.
type ErrorWords struct {
	Title  string // what happened
	Said   string // what to do
	Action string // the one way on, as a button
}

// inTable returns the text of a key, or the table's text for an unknown one: none, where it has none.
func inTable[T any](table map[string]T, key string) T {
	if text, ok := table[key]; ok {
		return text
	}
	return table[unknown]
}
