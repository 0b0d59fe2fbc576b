package views

import (
	"slices"
	"strconv"
	"time"
)

// ReviewPage is the verified result beside what was typed.
type ReviewPage struct {
	Typed       Person
	Documents   []Document
	Differences []Difference
	Checks      []Check
	VerifiedAt  time.Time
	Underneath  *Underneath
}

// Person is what somebody typed, for showing.
type Person struct {
	Name    string
	Email   string
	Country string // its name
}

// Document is one document of a result, for showing.
type Document struct {
	Type        string // PASSPORT, …
	FullName    string
	Number      string
	Nationality string
	Sex         string
	DateOfBirth string // ISO 8601
	ExpiresOn   string // ISO 8601

	Portrait, Front, Back, Selfie string // where the image is; empty for none
	Gone                          bool   // they are there no more
}

// shape names the class of the frame around a side of the document, so that nothing moves when its image arrives.
func (d Document) shape() string {
	if d.Type == "PASSPORT" {
		return "side page"
	}
	return "side"
}

// front names the front, and describes it for those who do not see it: a passport has one side only.
func (d Document) front(words *Words) (name, label string) {
	if d.Type == "PASSPORT" {
		return words.Review.PhotoPage, words.Review.PhotoPageLabel
	}
	return words.Review.Front, words.Review.FrontLabel
}

// sex puts the letter that documents bear into a word; anything else stays as it is.
func (d Document) sex(words *Words) string {
	switch d.Sex {
	case "F":
		return words.Review.Female
	case "M":
		return words.Review.Male
	case "X":
		return words.Review.NotStated
	}
	return d.Sex
}

// Difference is what was typed otherwise than a document says it.
type Difference struct {
	Document int // which of Documents
	Typed    string
	Says     string
}

// Meaning is what an outcome means to a person. It is never told by colour alone.
type Meaning string

// The meanings.
const (
	MeaningDone      Meaning = "done"
	MeaningAttention Meaning = "attention"
	MeaningWrong     Meaning = "wrong"
	MeaningOpen      Meaning = "open" // not looked at, or not used
)

// Check is one check of a result.
type Check struct {
	What     string  // was looked at: a key of Words.Checks
	Outcome  string  // a key of Words.Outcomes
	Meaning  Meaning // of the outcome
	Document int     // of several the how manieth, from 1; 0 where there is one, or it is about none
	Type     string  // of that document
}

// key tells the checks of a page apart.
func (c Check) key() string {
	if c.Document == 0 {
		return c.What
	}
	return c.What + "-" + strconv.Itoa(c.Document)
}

func (c Check) name(words *Words) string {
	name := inTable(words.Checks, c.What)
	if c.Document == 0 {
		return name
	}
	return fill(words.Review.CheckOf, "document", words.Document(c.Type).Name, "check", name)
}

func (r ReviewPage) differs(document int) bool {
	return slices.ContainsFunc(r.Differences, func(d Difference) bool { return d.Document == document })
}
