package enrolment

import (
	"time"
)

// Reasons, in the provider's codes.
const (
	ReasonCancelled       = "USER_CANCEL"
	ReasonWrongType       = "SCAN_DOCUMENT_INCORRECT_TYPE_DETECTED"
	ReasonExpired         = "SCAN_DOCUMENT_EXPIRED"
	ReasonNoChipReader    = "READ_NFC_UNAVAILABLE"
	ReasonSkipped         = "READ_SKIPPED" // the person took the offer; the provider has no code for it
	ReasonFaceNoMatch     = "FACE_NO_MATCH"
	ReasonTooManyAttempts = "FACE_RECOGNITION_TOO_MANY_ATTEMPTS"
)

// Action is what a phone does next.
type Action string

// The actions.
const (
	Continue Action = "continue" // the screen is done, or may begin
	Retry    Action = "retry"    // say the reason and stay
	Skip     Action = "skip"     // leave the screen undone; its service is skipped with the reason
	Fail     Action = "fail"     // the enrolment ends with the reason
)

// Decision is an action and, but for Continue, its reason.
type Decision struct {
	Action Action
	Reason string
}

// Open decides whether the screen can be shown to this phone at all: a chip without a reader is skipped, or the end
// where the chip is required. Any other screen can.
func (s Screen) Open(phoneReadsChips bool) Decision {
	switch {
	case s.Kind != KindRead || phoneReadsChips:
		return Decision{Action: Continue}
	case s.ChipRequired:
		return Decision{Fail, ReasonNoChipReader}
	}
	return Decision{Skip, ReasonNoChipReader}
}

// SkipOffered reports whether a chip that has been tried for this long may be left out. A time-out offers that even
// where the chip is required: that only says which phones are let in.
func (s Screen) SkipOffered(tried time.Duration) bool {
	return s.Kind == KindRead && s.SkipAfter > 0 && tried >= s.SkipAfter
}

// Scan decides about a document that was held before the camera. A document is valid until the end of its last day,
// which at's location says.
func (s Screen) Scan(document Specimen, at time.Time) Decision {
	switch {
	case s.Kind != KindScan:
		return Decision{Action: Continue}
	case document.Type != s.DocumentType:
		return Decision{Retry, ReasonWrongType}
	case s.LastScan && !s.ExpiredAllowed && document.Expired(at):
		return Decision{Fail, ReasonExpired}
	}
	return Decision{Action: Continue}
}

// MinimumMatchLevel is what a face must reach. The chip holds the better portrait and asks for more.
func (s Screen) MinimumMatchLevel(chipWasRead bool) int {
	if chipWasRead {
		return s.ReadMatchLevel
	}
	return s.ScanMatchLevel
}

// Face decides about the attempt'th selfie, counted from 1, that matched the document at this level, from 0 for not
// at all to 5.
func (s Screen) Face(attempt, level int, chipWasRead bool) Decision {
	switch {
	case s.Kind != KindFace || level >= s.MinimumMatchLevel(chipWasRead):
		return Decision{Action: Continue}
	case attempt < s.MaxAttempts:
		return Decision{Retry, ReasonFaceNoMatch}
	}
	return Decision{Fail, ReasonTooManyAttempts}
}

// HandsInIncomplete reports whether a phone hands in what it has when the enrolment fails or is cancelled after these
// services: the configuration asks for it and at least one document was scanned.
func (c Config) HandsInIncomplete(done []string) bool {
	for _, step := range done {
		if step == StepScan {
			return c.General.ReturnDataIncomplete
		}
	}
	return false
}
