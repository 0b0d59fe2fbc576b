package enrolment

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MaxData is how many bytes of `data` a session takes.
const MaxData = 16 << 10

// Check reads an enrolment's JSON for whoever writes one: all that can be read of it, everything that is wrong, and
// what is right but may be meant otherwise. With errors the Config is only good for showing.
func Check(text []byte) (c Config, errors, warnings []*FieldError) {
	c, errors = read(text)
	if size := len(c.Encode()); len(errors) == 0 && size > MaxData {
		errors = append(errors, &FieldError{Problem: fmt.Sprintf("has %d bytes in Base64; a session takes %d. Remove what the app does not know", size, MaxData)})
	}
	return c, errors, c.warnings()
}

// critic collects warnings.
type critic []*FieldError

func (w *critic) when(condition bool, path, problem string) {
	if condition {
		*w = append(*w, &FieldError{Path: path, Problem: problem})
	}
}

func (w *critic) unknown(path string, keys Unknown) {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		w.when(true, join(path, key), "is not known here. It is kept and handed on, and changes nothing in this demo")
	}
}

func (c Config) warnings() []*FieldError {
	var w critic
	faces := 0
	for i, d := range c.Documents {
		if HasFaceStep(d.Type) {
			faces++
		}
		d.warn(&w, fmt.Sprintf("documents[%d]", i), c.FacialRecognition)
	}
	f, b := c.FacialRecognition, c.BackgroundCheck
	w.when(f.Enabled && faces == 0 && len(c.Documents) > 0, "facialRecognition.enabled", "is on, but no document shows a face, so no face is compared")
	w.when(b.Monitoring && !b.Enabled, "backgroundCheck.enableMonitoring", "has no effect while the background check is off")
	w.when(b.Enabled && b.DisableConsent, "backgroundCheck.disableConsent", "means that nobody asks the person first; make sure that they have agreed elsewhere")
	w.when(b.Enabled && b.CheckType == CheckTypeDowJones, "backgroundCheck.checkType", "DOW_JONES is not known to the provider’s web SDK, which always checks RDC")
	w.when(c.General.RootedDeviceAllowed, "generalConfig.isRootedDeviceAllowed", "has no effect. "+WithoutEffect["generalConfig.isRootedDeviceAllowed"])
	w.when(c.General.UserIdentifier != "", "generalConfig.userIdentifier", "has no effect in this demo. "+WithoutEffect["generalConfig.userIdentifier"])
	w.when(f.EnrollFace, "facialRecognition.isEnrollFace", "has no effect. "+WithoutEffect["facialRecognition.isEnrollFace"])
	w.unknown("", c.Unknown)
	w.unknown("generalConfig", c.General.Unknown)
	w.unknown("backgroundCheck", b.Unknown)
	w.unknown("facialRecognition", f.Unknown)
	return w
}

func (d Document) warn(w *critic, path string, f FacialRecognition) {
	if _, known := TypeOf(d.Type); !known && d.Type != "" {
		w.when(true, path+".documentType", d.Type+" is not among the known types. It is accepted; check the spelling")
	}
	r := d.Reading
	w.when(r.Enabled && !HasChip(d.Type), path+".reading.enabled", "is on, but the provider is not known to read a chip of "+d.Type)
	w.when(!r.Enabled && (r.Force || r.TimeoutSeconds != NoTimeout), path+".reading", "has settings that have no effect while enabled is false")
	w.when(r.Enabled && r.Force && r.TimeoutSeconds > 0, path+".reading.timeoutInSeconds", "offers to skip the chip even though isForceReading is on; that one only says which phones are let in")
	w.when(r.ForceIfSupported, path+".reading.isForceReadingIfSupported", "has no effect. "+WithoutEffect["documents[].reading.isForceReadingIfSupported"])
	w.when(d.ReviewBack && !TwoSided(d.Type), path+".isBackSideReviewEnabled", "has no effect: "+d.Type+" has one side")
	w.when(d.UploadEnabled, path+".isUploadEnabled", "is deprecated by the provider since 3.0; newer apps ignore it")
	w.when(d.ExpiredAllowed, path+".isExpiredDocumentAllowed", "lets documents pass that are no longer valid")
	levels := d.ScanMatchLevel != 0 || d.ReadMatchLevel != 0
	w.when(levels && !f.Enabled, path, "has match levels that have no effect while facialRecognition.enabled is false")
	w.when(levels && f.Enabled && !HasFaceStep(d.Type), path, "has match levels that have no effect: "+d.Type+" shows no face")
	w.when(d.ReadMatchLevel != 0 && !r.Enabled && f.Enabled, path+".faceReadMinimumMatchLevel", "has no effect: the chip is not read")
	w.unknown(path, d.Unknown)
	w.unknown(path+".reading", r.Unknown)
}

// Words says what the enrolment asks of a person, a sentence a step.
func (c Config) Words() []string {
	var words []string
	for _, d := range c.Documents {
		words = append(words, d.words(c))
	}
	if b := c.BackgroundCheck; b.Enabled {
		text := "Look the person up on the lists of " + b.CheckType
		if !b.DisableConsent {
			text += ", after asking"
		}
		if b.Monitoring {
			text += ", and go on looking afterwards"
		}
		words = append(words, text+".")
	}
	return words
}

func (d Document) words(c Config) string {
	name := d.Type
	if known, ok := TypeOf(d.Type); ok {
		name = strings.ToLower(known.Title[:1]) + known.Title[1:]
		if known.Country != AnyCountry {
			name += " (" + known.Country + ")"
		}
	}
	text := "Scan the " + name
	if TwoSided(d.Type) {
		text += ", both sides"
	}
	if r := d.Reading; r.Enabled && r.Force {
		text += "; read its chip, for which the phone needs NFC"
	} else if r.Enabled {
		text += "; read its chip where the phone can"
	}
	if f := c.FacialRecognition; f.Enabled && HasFaceStep(d.Type) {
		scan := firstSet(d.ScanMatchLevel, f.ScanMatchLevel, DefaultScanMatchLevel)
		text += fmt.Sprintf("; take a selfie, which must match its picture at level %d", scan)
		if d.Reading.Enabled {
			text += fmt.Sprintf(", or the chip’s at %d", firstSet(d.ReadMatchLevel, f.ReadMatchLevel, DefaultReadMatchLevel))
		}
		if f.MaxAttempts == 1 {
			text += ", in one attempt"
		} else {
			text += fmt.Sprintf(", in at most %d attempts", f.MaxAttempts)
		}
	}
	return text + "."
}
