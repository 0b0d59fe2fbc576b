package enrolment

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Parse reads a session's `data`: standard Base64 of the reader app's JSON. What is missing or null has its default.
// Keys match exactly; unknown ones are kept and have no effect, and unknown document types are accepted. Its error is
// a *FieldError.
func Parse(data string) (Config, error) {
	text, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(text) == 0 {
		return Config{}, finding("", "NOT_BASE64")
	}
	return ParseJSON(text)
}

// ParseJSON reads the JSON itself; for the rest it is as Parse.
func ParseJSON(text []byte) (Config, error) {
	c, errs := read(text)
	if len(errs) > 0 {
		return Config{}, errs[0]
	}
	return c, nil
}

// read reads as much as can be read, and names everything that is wrong.
func read(text []byte) (Config, []*FieldError) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return New(), []*FieldError{finding("", "NOT_JSON")}
	}
	r := &reader{}
	c := r.config(r.object("", text))
	return c, r.errs
}

func (r *reader) config(o object) Config {
	c := New()
	documents := r.list(o.take("documents"))
	if len(r.errs) == 0 && (len(documents) == 0 || len(documents) > MaxDocuments) {
		r.fail(join(o.path, "documents"), "DOCUMENT_COUNT", "max", strconv.Itoa(MaxDocuments))
	}
	for _, element := range documents {
		c.Documents = append(c.Documents, r.document(r.objectOf(element)))
	}
	r.general(r.objectOf(o.take("generalConfig")), &c.General)
	r.backgroundCheck(r.objectOf(o.take("backgroundCheck")), &c.BackgroundCheck)
	r.facialRecognition(r.objectOf(o.take("facialRecognition")), &c.FacialRecognition)
	c.Unknown = o.rest()
	return c
}

func (r *reader) document(o object) Document {
	d := New("").Documents[0]
	if documentType := o.take("documentType"); documentType.missing() {
		r.fail(documentType.path, "TYPE_MISSING")
	} else if r.text(documentType, &d.Type); !isTypeName(d.Type) {
		r.fail(documentType.path, "NOT_TYPE")
	}
	reading := r.objectOf(o.take("reading"))
	r.flag(reading.take("enabled"), &d.Reading.Enabled)
	r.flag(reading.take("isForceReading"), &d.Reading.Force)
	r.flag(reading.take("isForceReadingIfSupported"), &d.Reading.ForceIfSupported)
	timeout := reading.take("timeoutInSeconds")
	if r.number(timeout, &d.Reading.TimeoutSeconds); d.Reading.TimeoutSeconds != NoTimeout && d.Reading.TimeoutSeconds < 1 {
		r.fail(timeout.path, "NOT_SECONDS")
	}
	d.Reading.Unknown = reading.rest()
	r.flag(o.take("isExpiredDocumentAllowed"), &d.ExpiredAllowed)
	r.flag(o.take("isFrontSideReviewEnabled"), &d.ReviewFront)
	r.flag(o.take("isBackSideReviewEnabled"), &d.ReviewBack)
	r.flag(o.take("isUploadEnabled"), &d.UploadEnabled)
	r.flag(o.take("isHelpPageDisabled"), &d.HelpDisabled)
	r.level(o.take("faceScanMinimumMatchLevel"), &d.ScanMatchLevel)
	r.level(o.take("faceReadMinimumMatchLevel"), &d.ReadMatchLevel)
	d.Unknown = o.rest()
	return d
}

func (r *reader) general(o object, g *General) {
	r.flag(o.take("secureWindowsEnabled"), &g.SecureWindows)
	r.flag(o.take("isRootedDeviceAllowed"), &g.RootedDeviceAllowed)
	id := o.take("userIdentifier")
	if r.text(id, &g.UserIdentifier); !id.missing() && !isUUID(g.UserIdentifier) {
		r.fail(id.path, "NOT_UUID")
	}
	r.flag(o.take("returnDataForIncompleteSession"), &g.ReturnDataIncomplete)
	g.Unknown = o.rest()
}

func (r *reader) backgroundCheck(o object, b *BackgroundCheck) {
	r.flag(o.take("enabled"), &b.Enabled)
	check := o.take("checkType")
	if r.text(check, &b.CheckType); b.CheckType != CheckTypeRDC && b.CheckType != CheckTypeDowJones {
		r.fail(check.path, "NOT_LISTS")
	}
	r.flag(o.take("disableConsent"), &b.DisableConsent)
	r.flag(o.take("enableMonitoring"), &b.Monitoring)
	r.flag(o.take("skipView"), &b.SkipView)
	b.Unknown = o.rest()
}

func (r *reader) facialRecognition(o object, f *FacialRecognition) {
	r.flag(o.take("enabled"), &f.Enabled)
	r.flag(o.take("isEnrollFace"), &f.EnrollFace)
	r.level(o.take("scanMinimumMatchLevel"), &f.ScanMatchLevel)
	r.level(o.take("readMinimumMatchLevel"), &f.ReadMatchLevel)
	attempts := o.take("maxAttempts")
	if r.number(attempts, &f.MaxAttempts); f.MaxAttempts < 1 || f.MaxAttempts > MaxAttempts {
		r.fail(attempts.path, "NOT_ATTEMPTS")
	}
	f.Unknown = o.rest()
}

// isTypeName keeps out what could not be a name in the provider's enumeration. A longer or stranger text would end
// in results, pages and logs.
func isTypeName(text string) bool {
	if text == "" || len(text) > 64 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') {
			return false
		} else if !dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}
