package views

// Outcome is what a hand-over of the demonstration can be made to come to, as a presenter chooses it.
type Outcome struct {
	Value string // its name, as the wire has it
	Where string // phone, provider, or empty for what happens by itself
	Needs string // the service without which it cannot happen
	Timed bool   // it happens at a step
	Unfit bool   // it cannot happen with what is asked of the phone
}

// outcomeWords say what a presenter chooses, and what it leads to on the page.
var outcomeWords = map[string]struct{ name, leads string }{
	"success":             {"Everything is fine", "The page shows the verified details; the registration can be completed."},
	"user_cancels":        {"The person stops", "The page says that you stopped on your phone, and offers to start again."},
	"unreadable_document": {"The document is not recognised", "The page says that the document couldn't be read, and how it can be next time."},
	"expired_document":    {"The document has expired", "The page asks for a document that is valid."},
	"nfc_unavailable":     {"This phone has no NFC", "The chip is left out, and the page says so; where it is required the page asks for another phone."},
	"too_many_attempts":   {"The face never matches", "After the last attempt the page says that the face didn't match the document."},
	"session_expires":     {"Time runs out", "The phone's app reports that its time is over; the page says that time ran out, and offers a new code."},
	"network_cut":         {"The phone loses its network", "The phone says that it tries again; the page stays where it is and catches up some seconds later."},
	"face_mismatch":       {"The face is somebody else's", "The result says so; the page does not accept it and shows which check failed."},
	"document_tampering":  {"The document was tampered with", "The result says so; the page does not accept the document."},
	"chip_invalid":        {"The chip is not genuine", "The result says so; the page does not accept the document."},
	"background_hit":      {"The person is on a list", "The page says that a person has to take a closer look, and whom to contact."},
	"tampered_result":     {"The result itself is forged", "Its signature does not hold, so the page says that the result is not used."},
	"expired_result":      {"The result is out of date", "Its time is over before it is fetched, so the page says that the result is not used."},
	"images_gone":         {"The pictures are gone", "The details are verified; the page says that the provider no longer has the pictures."},
	"slow_provider":       {"The provider is slow", "The page says what it waits for until the result comes."},
}

// OutcomeName names an outcome for presenters; an unknown one is named as it is.
func OutcomeName(value string) string {
	if words, ok := outcomeWords[value]; ok {
		return words.name
	}
	return value
}

// OutcomeLeads says what an outcome leads to; nothing for an unknown one.
func OutcomeLeads(value string) string { return outcomeWords[value].leads }

// outcomeGroups are where an outcome is brought about, in the order of choosing.
var outcomeGroups = []struct{ where, label string }{{"phone", "On the phone"}, {"provider", "At the provider"}}
