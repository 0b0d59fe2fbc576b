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
	App       string    // the name of the app to open, such as "Example Bank ID"; for pages that play no phone
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

func (s PhoneScreen) title(w *Words) string {
	yours := w.Document(s.DocumentType).Yours
	switch s.Kind {
	case "help":
		return fill(w.Phone.Help, "yours", yours)
	case "scan":
		switch s.Side {
		case "front":
			return fill(w.Phone.ScanFront, "yours", yours)
		case "back":
			return fill(w.Phone.ScanBack, "yours", yours)
		}
		return fill(w.Phone.Scan, "yours", yours)
	case "review":
		return w.Phone.Review
	case "read":
		return w.Phone.Chip
	case "face":
		return w.Phone.Face
	case "consent":
		return w.Phone.Consent
	case "background":
		return w.Phone.Checking
	case "finish":
		return w.Phone.Sending
	}
	return w.Step(s.Step)
}

func (s PhoneScreen) instruction(w *Words) string {
	document := w.Document(s.DocumentType)
	switch s.Kind {
	case "help":
		return w.Phone.HelpHow
	case "scan":
		return fill(w.Phone.ScanHow, "document", document.Inside)
	case "review":
		return fill(w.Phone.ReviewHow, "yours", document.Yours)
	case "read":
		return fill(w.Phone.ChipHow, "document", document.Inside)
	case "face":
		return w.Phone.FaceHow
	case "consent":
		return w.Phone.ConsentHow
	case "background":
		return w.Phone.CheckingHow
	case "finish":
		return w.Phone.SendingHow
	}
	return ""
}

// part is the service that the screen belongs to. The page calls what is being done by its name.
func (s PhoneScreen) part() string {
	switch s.Kind {
	case "read":
		return "READ"
	case "face":
		return "FACE"
	case "consent", "background":
		return "BACKGROUND_CHECK"
	case "finish":
		return "INFO"
	}
	return "SCAN"
}

func (s PhoneScreen) chipSits(w *Words) string {
	if strings.HasPrefix(s.DocumentType, "PASSPORT") {
		return w.Phone.ChipPassport
	}
	return w.Phone.ChipCard
}

// lists are what a background check looks at.
func (s PhoneScreen) lists(w *Words) []string {
	lists := []string{w.Phone.Sanctions, w.Phone.Politics, w.Phone.Crime}
	if s.Check == "DOW_JONES" {
		lists = append(lists, w.Phone.StateOwned)
	}
	return lists
}

// phase is what is said for a while as the phone seems to be at work.
type phase struct {
	said string
	long time.Duration // what a real phone would need
	good bool          // told only where it has worked
}

const briefly = 600 * time.Millisecond

func (s PhoneScreen) phases(w *Words) []phase {
	switch s.Kind {
	case "scan":
		return []phase{
			{said: w.Phone.Scanning, long: 1500 * time.Millisecond}, {said: w.Phone.ScanReading, long: 900 * time.Millisecond},
			{said: w.Phone.ScanGood, long: briefly, good: true},
		}
	case "read":
		return []phase{
			{said: w.Phone.ChipReading, long: 1400 * time.Millisecond}, {said: w.Phone.ChipDetails, long: 1400 * time.Millisecond},
			{said: w.Phone.ChipGenuine, long: 1000 * time.Millisecond}, {said: w.Phone.ChipGood, long: briefly, good: true},
		}
	case "face":
		return []phase{
			{said: w.Phone.FaceTaking, long: 1600 * time.Millisecond}, {said: w.Phone.FaceComparing, long: 1200 * time.Millisecond},
			{said: w.Phone.FaceGood, long: briefly, good: true},
		}
	case "background":
		var phases []phase
		for _, list := range s.lists(w) {
			phases = append(phases, phase{said: list + "…", long: 800 * time.Millisecond})
		}
		return append(phases, phase{said: w.Phone.ListsGood, long: briefly, good: true})
	}
	return nil
}

// withoutChip is what is said on a phone that cannot read chips.
func (s PhoneScreen) withoutChip(w *Words) []phase {
	phases := []phase{{said: w.Phone.ChipMissing, long: 1600 * time.Millisecond}}
	if s.NoChip.Action == "skip" {
		phases = append(phases, phase{said: w.Phone.ChipGoOn, long: 1000 * time.Millisecond})
	}
	return phases
}

func (s PhoneScreen) checker() string {
	if s.Check == "DOW_JONES" {
		return "Dow Jones"
	}
	return s.Check
}

func (s PhoneScreen) progress(w *Words) string {
	if s.Number == 0 {
		return w.Phone.LastStep
	}
	return fill(w.Phone.Progress, "n", w.number(s.Number), "of", w.number(s.Of))
}

func (s PhoneScreen) skipAfter() string {
	if s.SkipAfter == 0 {
		return ""
	}
	return strconv.FormatInt(s.SkipAfter.Milliseconds(), 10)
}

func (s PhoneScreen) id(index int) string { return "screen-" + strconv.Itoa(index) }

// failed says why it ended, in the words of the page, and what is left to do here.
func (w *Words) failed(code string) EndWords {
	reason := w.Reason(code)
	return EndWords{reason.Title, fill(w.Phone.EndFailed, "said", reason.Said, "next", reason.Next)}
}

// closes reports whether an end has to say that the page may be closed: the others say so themselves, or want another code
// to be scanned.
func closes(outcome, reason string) bool {
	switch outcome {
	case "completed", "no-code", "stale":
		return false
	case "not-me":
		return reason != ""
	}
	return true
}

// isoDay is a date of a document's, in words. What is no date stays as it is.
func (w *Words) isoDay(iso string) string {
	at, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return w.day(at)
}

// phoneMinutes is how long an enrolment takes that goes well.
const phoneMinutes = 2

func num(n int) string { return strconv.Itoa(n) }

// generic says why another enrolment is played than the session's own data asks for, and which.
func (p PhonePlan) generic(words *Words) string {
	switch {
	case p.Empty && p.Listed:
		return words.Phone.GenericEmptyListed
	case p.Empty:
		return words.Phone.GenericEmpty
	case p.Listed:
		return words.Phone.GenericListed
	}
	return words.Phone.Generic
}
