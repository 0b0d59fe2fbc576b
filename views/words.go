package views

import "time"

// Reason says in plain words why a verification did not work, and the one thing to do next.
type Reason struct {
	Title string // what happened, as a heading
	Said  string // the same as a sentence
	Next  string // what to do now
}

// reasons are keyed by the provider's codes. Page and phone say the same.
var reasons = map[string]Reason{
	"USER_CANCEL": {"You stopped", "You stopped on your phone.",
		"You can start again whenever you like."},
	"PAGE_CANCEL": {"Cancelled", "You cancelled the verification on this page.",
		"You can start again whenever you like."},
	"SESSION_EXPIRED": {"Time ran out", "The code ran out before you finished.",
		"Get a new code and start again. It takes about 2 minutes."},
	"SCAN_DOCUMENT_EXPIRED": {"Document expired", "The document has expired. Use one that is valid.",
		"Try again with a valid document."},
	"SCAN_DOCUMENT_NOT_RECOGNIZED": {"Document not readable", "We couldn't read the document.",
		"Try again in good light, with the whole document in the frame."},
	"READ_NFC_UNAVAILABLE": {"Chip not readable", "This phone cannot read chips.",
		"Try again with another phone."},
	"FACE_NO_MATCH": {"Face not matched", "The face didn't match the document.",
		"Try again in good light, without glasses or a hat."},
	"CONFIRMATION_FAILED": {"Number didn't match", "The number entered on the phone was not the one on this page.",
		"Try again and enter the number that this page shows."},
	"NOT_ME": {"Stopped on the phone", "The person with the phone said they didn't ask for this.",
		"We stopped it. If it was you, try again and choose “Start” on your phone."},
	"RESULT_REFUSED": {"Result not used", "We received a result that we can't trust, so we did not use it.",
		"Try again. If it happens twice, contact us."},
	"DOCUMENT_REFUSED": {"Document not accepted", "We couldn't accept the document.",
		"Try again with a valid, undamaged original."},
	"BACKGROUND_REFUSED": {"A closer look is needed", "The background check found something that a person has to look at.",
		"Contact us, and we will go through it with you."},
}

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

// ReasonFor returns the words for a provider's code. For a code that is not in the table it says that the mistake is
// ours; the page then shows the request's id.
func ReasonFor(code string) Reason {
	if alias, ok := reasonAliases[code]; ok {
		code = alias
	}
	if reason, ok := reasons[code]; ok {
		return reason
	}
	return Reason{"That didn't work", "Something went wrong on our side.", "Try again in a moment."}
}

// ReasonKnown reports whether the table has words for the code, so that no request id is needed.
func ReasonKnown(code string) bool {
	_, alias := reasonAliases[code]
	_, known := reasons[code]
	return alias || known
}

// stepWords name the steps as things to do on the phone: what to do, what it is called while it runs.
var stepWords = map[string]string{
	"SCAN":             "Scan your document",
	"READ":             "Read its chip",
	"FACE":             "Check your face",
	"BACKGROUND_CHECK": "Background check",
	"INFO":             "Send the result",
}

// StepName names a step for people; an unknown one is named as it is.
func StepName(service string) string {
	if name, ok := stepWords[service]; ok {
		return name
	}
	return service
}

// DocumentName names a document type for people; an unknown one is "Document".
func DocumentName(documentType string) string {
	switch documentType {
	case "PASSPORT":
		return "Passport"
	case "UAE_ID":
		return "Emirates ID"
	}
	return "Document"
}

func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
