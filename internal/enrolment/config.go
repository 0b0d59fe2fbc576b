package enrolment

import (
	"encoding/json"
	"slices"
)

// Limits and values of the fields.
const (
	MaxDocuments  = 10 // of one enrolment
	MinMatchLevel = 1
	MaxMatchLevel = 5
	MaxAttempts   = 3  // of the face step, and its default
	NoTimeout     = -1 // reading.timeoutInSeconds: never offer to skip

	DefaultScanMatchLevel = 2 // where nothing else is set, compared with the printed portrait
	DefaultReadMatchLevel = 3 // the same, compared with the chip's portrait

	CheckTypeRDC      = "RDC"
	CheckTypeDowJones = "DOW_JONES"
)

// Unknown are an object's keys that this package does not know, with their values as they came. They have no effect
// and Encode writes them again.
type Unknown map[string]json.RawMessage

// Config is a whole enrolment. Parse and Default return checked ones; one that is put together by hand is Encode's as
// it is.
type Config struct {
	Documents         []Document // in the order in which they are scanned; at least one
	General           General
	BackgroundCheck   BackgroundCheck
	FacialRecognition FacialRecognition
	Unknown           Unknown
}

// Document is one document to scan.
type Document struct {
	Type           string // any name; see TwoSided and HasFaceStep for what known names mean
	Reading        Reading
	ExpiredAllowed bool // isExpiredDocumentAllowed
	ReviewFront    bool // isFrontSideReviewEnabled
	ReviewBack     bool // isBackSideReviewEnabled; without effect for one-sided types
	UploadEnabled  bool // isUploadEnabled
	HelpDisabled   bool // isHelpPageDisabled
	ScanMatchLevel int  // faceScanMinimumMatchLevel, 1 to 5; 0 is not set: FacialRecognition's holds
	ReadMatchLevel int  // faceReadMinimumMatchLevel, the same
	Unknown        Unknown
}

// Reading is how the document's chip is read.
type Reading struct {
	Enabled          bool
	Force            bool // isForceReading: a phone that cannot read chips is refused
	ForceIfSupported bool // isForceReadingIfSupported: without effect, since it is the rule
	TimeoutSeconds   int  // offer to skip after so many seconds; NoTimeout never
	Unknown          Unknown
}

// General is generalConfig.
type General struct {
	SecureWindows        bool   // secureWindowsEnabled: screenshots are blocked
	RootedDeviceAllowed  bool   // isRootedDeviceAllowed: without effect
	UserIdentifier       string // a UUID, or "" for none; without effect
	ReturnDataIncomplete bool   // returnDataForIncompleteSession
	Unknown              Unknown
}

// BackgroundCheck is whether and how the person is looked up on lists.
type BackgroundCheck struct {
	Enabled        bool
	CheckType      string // CheckTypeRDC or CheckTypeDowJones
	DisableConsent bool   // do not ask before
	Monitoring     bool   // enableMonitoring: go on looking afterwards; the result names the inquiry
	SkipView       bool   // run without a screen
	Unknown        Unknown
}

// FacialRecognition is whether and how the face is compared with each document.
type FacialRecognition struct {
	Enabled        bool
	EnrollFace     bool // isEnrollFace: without effect
	ScanMatchLevel int  // scanMinimumMatchLevel, 1 to 5
	ReadMatchLevel int  // readMinimumMatchLevel, 1 to 5
	MaxAttempts    int  // 1 to 3
	Unknown        Unknown
}

// New returns the reference's defaults with these documents: nothing but scanning them.
func New(documentTypes ...string) Config {
	c := Config{
		General:           General{SecureWindows: true},
		BackgroundCheck:   BackgroundCheck{CheckType: CheckTypeRDC},
		FacialRecognition: defaultFace(),
	}
	for _, t := range documentTypes {
		c.Documents = append(c.Documents, Document{Type: t, Reading: Reading{TimeoutSeconds: NoTimeout}})
	}
	return c
}

func defaultFace() FacialRecognition {
	return FacialRecognition{
		ScanMatchLevel: DefaultScanMatchLevel, ReadMatchLevel: DefaultReadMatchLevel, MaxAttempts: MaxAttempts,
	}
}

// Default is the enrolment of the demo registration: a passport whose chip is read where the phone can, the face and
// the background check.
func Default() Config {
	c := New(Passport)
	c.Documents[0].Reading.Enabled = true
	c.FacialRecognition.Enabled = true
	c.BackgroundCheck.Enabled = true
	return c
}

// WithoutEffect are the fields of the reference that change nothing here, by path, each with the reason.
var WithoutEffect = map[string]string{
	"documents[].reading.isForceReadingIfSupported": "Deprecated: it is the rule that a phone which can read chips reads them; timeoutInSeconds offers a way around.",
	"generalConfig.isRootedDeviceAllowed":           "The provider's app ignores it too; a browser or a terminal cannot tell.",
	"generalConfig.userIdentifier":                  "It links the enrolments of one person at the provider; the sandbox keeps none beyond a result's life.",
	"facialRecognition.isEnrollFace":                "Deprecated: it keeps the face for later sign-ins, which nothing here offers.",
}

// Document types that the specimens show.
const (
	Passport = "PASSPORT"
	UAEID    = "UAE_ID"
)

var (
	oneSided = []string{
		Passport, "UAE_VISA", "NGA_DL", "NGA_VOTER_ID", "NGA_NIN", "UAE_VL_PDF", "GHA_VOTER_ID", "UGA_VOTER_ID",
		"COD_VOTER_ID", "RSL_ID",
	}
	faceless = []string{"UAE_VL", "SDN_VL", "UAE_VL_PDF", "OMN_VL"}
)

// TwoSided reports whether a type is scanned from both sides. Unknown types are: most cards are.
func TwoSided(documentType string) bool { return !slices.Contains(oneSided, documentType) }

// HasFaceStep reports whether a face can be compared with a type. Vehicle licences show none.
func HasFaceStep(documentType string) bool { return !slices.Contains(faceless, documentType) }
