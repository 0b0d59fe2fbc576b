package views

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// PhonePage is the page behind the code's link. The secret stands in the address's fragment, which no server sees; the
// page's script reads it there.
type PhonePage struct {
	Simulator bool      // the page plays a phone; otherwise it says which app to open
	App       string    // the app to open, such as "the Example Bank app"; for pages that play no phone
	Sandbox   string    // path below which the sandbox takes results
	Screens   string    // path of PhoneScreens
	Outcomes  []Outcome // what it can be made to come to
	Steps     []string  // at which some of them can happen
	Reasons   []string  // codes with which an enrolment on this phone can end
}

// PhonePlan is the screens of one enrolment.
type PhonePlan struct {
	Data    string // the enrolment that the screens and the result are made from
	Generic bool   // the session's own data is not the reader app's, so another enrolment is played
	Empty   bool   // Generic: because there is no data
	Listed  bool   // Generic: one that has the steps which the session expects, and not the usual one
	Steps   []string
	Problem string // why the session's data cannot be played, for those who made it; Screens is then empty
	Screens []PhoneScreen
}

// PhoneScreen is one screen.
type PhoneScreen struct {
	Kind   string // help, scan, review, read, face, consent, background or finish
	Step   string // the service that is done with it; empty for none
	Number int    // of the part of the enrolment that it belongs to, from 1; 0 for none
	Of     int    // how many parts there are

	Document      int    // index; -1 for none
	DocumentType  string // of the provider
	Side          string // front or back; empty where a document has one
	Again         int    // review: index of the screen that takes the side again
	Silent        bool   // done at once, with nothing to see
	HandsIn       bool   // if the enrolment ends here otherwise than by completing, what was done is handed in
	NoScreenshots bool

	Specimens []PhoneSpecimen // scan and review: what can be held before the camera, the default first
	Choose    bool            // scan: and one of them is chosen here
	Upload    bool            // scan: a picture may be chosen instead

	NoChip    PhoneDecision // read: what follows on a phone that cannot read chips
	SkipAfter time.Duration // read: when skipping is offered; 0 for never

	Scanned  [][]PhoneDecision // face: by attempt from 1 and level from 0, where the chip was not read
	ChipRead [][]PhoneDecision // face: the same, where it was

	Check      string // background: whose lists are searched
	Monitoring bool   // background: and they are searched again later
}

// PhoneSpecimen is one invented document.
type PhoneSpecimen struct {
	ID       string
	Name     string
	Number   string
	Born     string
	ValidTo  string
	Expired  bool
	Look     string        // whose portrait it has: ana, bo or another
	Decision PhoneDecision // scan: what follows when it is scanned
}

// PhoneDecision is what follows an action, and why: continue, retry, skip or fail.
type PhoneDecision struct {
	Action string
	Reason string
}

func (d PhoneDecision) attribute() string { return strings.TrimSpace(d.Action + " " + d.Reason) }

// decisionTable writes a table of decisions for the page's script: a JSON array by attempt of arrays by level.
func decisionTable(table [][]PhoneDecision) string {
	texts := make([][]string, len(table))
	for i, row := range table {
		for _, d := range row {
			texts[i] = append(texts[i], d.attribute())
		}
	}
	encoded, _ := json.Marshal(texts) // strings always can be
	return string(encoded)
}

func (s PhoneScreen) title() string {
	document := lowerFirst(DocumentName(s.DocumentType))
	switch s.Kind {
	case "help":
		return "Have your " + document + " ready"
	case "scan":
		if s.Side != "" {
			return "Scan the " + s.Side + " of your " + document
		}
		return "Scan your " + document
	case "review":
		return "Is everything readable?"
	case "read":
		return "Read the chip"
	case "face":
		return "Look into the camera"
	case "consent":
		return "May we check some lists?"
	case "background":
		return "Checking some lists"
	case "finish":
		return "Sending the result"
	}
	return StepName(s.Step)
}

func (s PhoneScreen) instruction() string {
	document := lowerFirst(DocumentName(s.DocumentType))
	switch s.Kind {
	case "help":
		return "Take it out of its cover and lay it on a dark, even surface."
	case "scan":
		return "Keep the whole " + document + " inside the frame."
	case "review":
		return "Compare this with your " + document + ". Scan again if anything is blurred or cut off."
	case "read":
		return "Hold the back of your phone against the " + document + " and keep still."
	case "face":
		return "Keep your face inside the oval, in good light."
	case "consent":
		return "We compare your name and date of birth with public lists, as the law asks of us."
	case "background":
		return "This takes a few seconds. You don't have to do anything."
	case "finish":
		return "Keep this page open until we are done."
	}
	return ""
}

// lists are what a background check looks at.
func (s PhoneScreen) lists() []string {
	lists := []string{"Sanctions lists", "Lists of politically exposed people", "News about serious crime"}
	if s.Check == "DOW_JONES" {
		lists = append(lists, "Lists of state-owned companies")
	}
	return lists
}

func (s PhoneScreen) checker() string {
	if s.Check == "DOW_JONES" {
		return "Dow Jones"
	}
	return s.Check
}

func (s PhoneScreen) progress() string {
	if s.Number == 0 {
		return "Last step"
	}
	return strconv.Itoa(s.Number) + " of " + strconv.Itoa(s.Of)
}

func (s PhoneScreen) skipAfter() string {
	if s.SkipAfter == 0 {
		return ""
	}
	return strconv.FormatInt(s.SkipAfter.Milliseconds(), 10)
}

func (s PhoneScreen) id(index int) string { return "screen-" + strconv.Itoa(index) }

// lowerFirst makes a name fit into a sentence. Names that begin with a word of their own stay.
func lowerFirst(name string) string {
	if name == "Passport" || name == "Document" {
		return strings.ToLower(name)
	}
	return name
}

func num(n int) string { return strconv.Itoa(n) }
