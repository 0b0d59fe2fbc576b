package enrolment

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// MaxData is how many bytes of `data` a session takes.
const MaxData = 16 << 10

// Check reads an enrolment's JSON for whoever writes one: all that can be read of it, everything that is wrong, and
// what is right but may be meant otherwise. With errors the Config is only good for showing.
func Check(text []byte) (c Config, errors, warnings []*FieldError) {
	c, errors = read(text)
	if size := len(c.Encode()); len(errors) == 0 && size > MaxData {
		errors = append(errors, finding("", "TOO_LARGE", "size", strconv.Itoa(size), "max", strconv.Itoa(MaxData)))
	}
	return c, errors, c.warnings()
}

// critic collects warnings.
type critic []*FieldError

func (w *critic) when(condition bool, path, code string, values ...string) {
	if condition {
		*w = append(*w, finding(path, code, values...))
	}
}

func (w *critic) unknown(path string, keys Unknown) {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		w.when(true, join(path, key), "KEY_UNKNOWN")
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
	w.when(f.Enabled && faces == 0 && len(c.Documents) > 0, "facialRecognition.enabled", "NO_FACE")
	w.when(b.Monitoring && !b.Enabled, "backgroundCheck.enableMonitoring", "CHECK_OFF")
	w.when(b.Enabled && b.DisableConsent, "backgroundCheck.disableConsent", "NOBODY_ASKS")
	w.when(b.Enabled && b.CheckType == CheckTypeDowJones, "backgroundCheck.checkType", "DOW_JONES_APP")
	w.when(c.General.RootedDeviceAllowed, "generalConfig.isRootedDeviceAllowed", "ROOTED_IGNORED")
	w.when(c.General.UserIdentifier != "", "generalConfig.userIdentifier", "IDENTIFIER_UNUSED")
	w.when(f.EnrollFace, "facialRecognition.isEnrollFace", "ENROL_DEPRECATED")
	w.unknown("", c.Unknown)
	w.unknown("generalConfig", c.General.Unknown)
	w.unknown("backgroundCheck", b.Unknown)
	w.unknown("facialRecognition", f.Unknown)
	return w
}

func (d Document) warn(w *critic, path string, f FacialRecognition) {
	if _, known := TypeOf(d.Type); !known && d.Type != "" {
		w.when(true, path+".documentType", "TYPE_UNKNOWN", "type", d.Type)
	}
	r := d.Reading
	w.when(r.Enabled && !HasChip(d.Type), path+".reading.enabled", "NO_CHIP", "type", d.Type)
	w.when(!r.Enabled && (r.Force || r.TimeoutSeconds != NoTimeout), path+".reading", "READING_OFF")
	w.when(r.Enabled && r.Force && r.TimeoutSeconds > 0, path+".reading.timeoutInSeconds", "SKIP_OFFERED")
	w.when(r.ForceIfSupported, path+".reading.isForceReadingIfSupported", "FORCE_DEPRECATED")
	w.when(d.ReviewBack && !TwoSided(d.Type), path+".isBackSideReviewEnabled", "ONE_SIDED", "type", d.Type)
	w.when(d.UploadEnabled, path+".isUploadEnabled", "UPLOAD_DEPRECATED")
	w.when(d.ExpiredAllowed, path+".isExpiredDocumentAllowed", "EXPIRED_PASSES")
	levels := d.ScanMatchLevel != 0 || d.ReadMatchLevel != 0
	w.when(levels && !f.Enabled, path, "LEVELS_FACE_OFF")
	w.when(levels && f.Enabled && !HasFaceStep(d.Type), path, "LEVELS_FACELESS", "type", d.Type)
	w.when(d.ReadMatchLevel != 0 && !r.Enabled && f.Enabled, path+".faceReadMinimumMatchLevel", "LEVEL_CHIP_OFF")
	w.unknown(path, d.Unknown)
	w.unknown(path+".reading", r.Unknown)
}
