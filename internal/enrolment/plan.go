package enrolment

import (
	"slices"
	"time"
)

// Services, as a session's channel names them.
const (
	StepScan            = "SCAN"
	StepRead            = "READ"
	StepFace            = "FACE"
	StepBackgroundCheck = "BACKGROUND_CHECK"
	StepInfo            = "INFO"
)

// Kind is what a screen is for.
type Kind string

// The kinds, in the order in which a phone meets them.
const (
	KindHelp       Kind = "help"       // how to hold the document; a button goes on
	KindScan       Kind = "scan"       // one side of a document; see Screen.Scan
	KindReview     Kind = "review"     // look at the side that was scanned; keep it or scan again
	KindRead       Kind = "read"       // the document's chip; see Screen.Open, SkipOffered
	KindFace       Kind = "face"       // a selfie, compared with the document; see Screen.Face
	KindConsent    Kind = "consent"    // may we check the lists; declining ends the enrolment with USER_CANCEL
	KindBackground Kind = "background" // the lists are being checked
	KindFinish     Kind = "finish"     // the result is handed in; always last
)

// Side is a document's side.
type Side string

// The sides.
const (
	Front Side = "front"
	Back  Side = "back"
)

// NoDocument is the Document of a screen that is about no single one.
const NoDocument = -1

// Screen is one screen of the phone. Fields that do not concern its kind are zero.
type Screen struct {
	Kind Kind
	Step string // the service that is done when this screen is; "" for none

	Document     int    // index in Config.Documents, or NoDocument
	DocumentType string // "" for no document
	Side         Side   // scan and review; "" for the others
	LastScan     bool   // the scan of the document's last side: now the document is known

	ScreenshotsBlocked bool // say that screenshots are blocked; a browser cannot block them
	Silent             bool // show nothing, do it at once

	UploadOffered  bool // scan: a picture may be chosen instead
	ExpiredAllowed bool // scan

	ChipRequired bool          // read: a phone that cannot read chips is refused
	SkipAfter    time.Duration // read: offer to skip after so long; 0 never

	ScanMatchLevel int // face: at least this, compared with the printed portrait
	ReadMatchLevel int // face: at least this, compared with the chip's
	MaxAttempts    int // face

	CheckType  string // consent and background
	Monitoring bool   // consent and background: they go on looking afterwards
}

// Plan returns the screens that the enrolment leads a phone through, in order. Each document is finished, its face
// included, before the next one begins: each has its own levels and its own part of the result.
func (c Config) Plan() []Screen {
	var plan []Screen
	for i, d := range c.Documents {
		plan = append(plan, c.documentScreens(i, d)...)
	}
	if b := c.BackgroundCheck; b.Enabled {
		screen := Screen{Document: NoDocument, CheckType: b.CheckType, Monitoring: b.Monitoring}
		if !b.DisableConsent {
			consent := screen
			consent.Kind = KindConsent
			plan = append(plan, consent)
		}
		screen.Kind, screen.Step, screen.Silent = KindBackground, StepBackgroundCheck, b.SkipView
		plan = append(plan, screen)
	}
	plan = append(plan, Screen{Kind: KindFinish, Step: StepInfo, Document: NoDocument})
	for i := range plan {
		plan[i].ScreenshotsBlocked = c.General.SecureWindows && !plan[i].Silent
	}
	return plan
}

func (c Config) documentScreens(index int, d Document) []Screen {
	var screens []Screen
	of := func(kind Kind) Screen { return Screen{Kind: kind, Document: index, DocumentType: d.Type} }

	if !d.HelpDisabled {
		screens = append(screens, of(KindHelp))
	}
	sides := []Side{Front}
	if TwoSided(d.Type) {
		sides = append(sides, Back)
	}
	for _, side := range sides {
		scan := of(KindScan)
		scan.Side, scan.UploadOffered, scan.ExpiredAllowed = side, d.UploadEnabled, d.ExpiredAllowed
		scan.LastScan = side == sides[len(sides)-1]
		screens = append(screens, scan)
		if side == Front && d.ReviewFront || side == Back && d.ReviewBack {
			review := of(KindReview)
			review.Side = side
			screens = append(screens, review)
		}
	}
	screens[len(screens)-1].Step = StepScan // a review may send back, so the service is done after it

	if r := d.Reading; r.Enabled {
		read := of(KindRead)
		read.Step, read.ChipRequired = StepRead, r.Force
		if r.TimeoutSeconds > 0 {
			read.SkipAfter = time.Duration(r.TimeoutSeconds) * time.Second
		}
		screens = append(screens, read)
	}
	if f := c.FacialRecognition; f.Enabled && HasFaceStep(d.Type) {
		face := of(KindFace)
		face.Step, face.MaxAttempts = StepFace, f.MaxAttempts
		face.ScanMatchLevel = firstSet(d.ScanMatchLevel, f.ScanMatchLevel, DefaultScanMatchLevel)
		face.ReadMatchLevel = firstSet(d.ReadMatchLevel, f.ReadMatchLevel, DefaultReadMatchLevel)
		screens = append(screens, face)
	}
	return screens
}

func firstSet(levels ...int) int {
	for _, level := range levels {
		if level != 0 {
			return level
		}
	}
	return 0
}

// Steps returns the services that the enrolment leads through, each once, in the order of their first time. The last
// is INFO.
func (c Config) Steps() []string {
	var steps []string
	for _, screen := range c.Plan() {
		if screen.Step != "" && !slices.Contains(steps, screen.Step) {
			steps = append(steps, screen.Step)
		}
	}
	return steps
}
