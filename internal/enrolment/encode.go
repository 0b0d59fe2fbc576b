package enrolment

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
)

// Encode writes the enrolment as a session's `data`: every field of the reference, whatever its value, but match
// levels of documents that are not set; then the unknown keys in alphabetical order. Parse reads it back as it is.
func (c Config) Encode() string { return base64.StdEncoding.EncodeToString(c.JSON()) }

// JSON is what Encode puts in Base64.
func (c Config) JSON() []byte {
	documents := make([]json.RawMessage, len(c.Documents))
	for i, d := range c.Documents {
		documents[i] = d.json()
	}
	var userIdentifier any
	if c.General.UserIdentifier != "" {
		userIdentifier = c.General.UserIdentifier
	}
	general := (&writer{}).
		put("secureWindowsEnabled", c.General.SecureWindows).
		put("isRootedDeviceAllowed", c.General.RootedDeviceAllowed).
		put("userIdentifier", userIdentifier).
		put("returnDataForIncompleteSession", c.General.ReturnDataIncomplete).
		close(c.General.Unknown)
	background := (&writer{}).
		put("enabled", c.BackgroundCheck.Enabled).
		put("checkType", c.BackgroundCheck.CheckType).
		put("disableConsent", c.BackgroundCheck.DisableConsent).
		put("enableMonitoring", c.BackgroundCheck.Monitoring).
		put("skipView", c.BackgroundCheck.SkipView).
		close(c.BackgroundCheck.Unknown)
	face := (&writer{}).
		put("enabled", c.FacialRecognition.Enabled).
		put("isEnrollFace", c.FacialRecognition.EnrollFace).
		put("scanMinimumMatchLevel", c.FacialRecognition.ScanMatchLevel).
		put("readMinimumMatchLevel", c.FacialRecognition.ReadMatchLevel).
		put("maxAttempts", c.FacialRecognition.MaxAttempts).
		close(c.FacialRecognition.Unknown)
	return (&writer{}).
		put("documents", documents).
		put("generalConfig", general).
		put("backgroundCheck", background).
		put("facialRecognition", face).
		close(c.Unknown)
}

func (d Document) json() json.RawMessage {
	reading := (&writer{}).
		put("enabled", d.Reading.Enabled).
		put("isForceReading", d.Reading.Force).
		put("isForceReadingIfSupported", d.Reading.ForceIfSupported).
		put("timeoutInSeconds", d.Reading.TimeoutSeconds).
		close(d.Reading.Unknown)
	w := (&writer{}).
		put("documentType", d.Type).
		put("reading", reading).
		put("isExpiredDocumentAllowed", d.ExpiredAllowed).
		put("isFrontSideReviewEnabled", d.ReviewFront).
		put("isBackSideReviewEnabled", d.ReviewBack).
		put("isUploadEnabled", d.UploadEnabled).
		put("isHelpPageDisabled", d.HelpDisabled)
	if d.ScanMatchLevel != 0 {
		w.put("faceScanMinimumMatchLevel", d.ScanMatchLevel)
	}
	if d.ReadMatchLevel != 0 {
		w.put("faceReadMinimumMatchLevel", d.ReadMatchLevel)
	}
	return w.close(d.Unknown)
}

// writer writes one object with its keys in the order of the reference, which a map would lose.
type writer struct{ buffer bytes.Buffer }

func (w *writer) put(key string, v any) *writer {
	if w.buffer.Len() == 0 {
		w.buffer.WriteByte('{')
	} else {
		w.buffer.WriteByte(',')
	}
	w.raw(key)
	w.buffer.WriteByte(':')
	w.raw(v)
	return w
}

// raw writes v without the escapes for HTML that Marshal adds: `data` is counted in bytes.
func (w *writer) raw(v any) {
	encoder := json.NewEncoder(&w.buffer)
	encoder.SetEscapeHTML(false)
	// Strings, numbers, booleans and JSON that was read before cannot fail.
	if encoder.Encode(v) == nil {
		w.buffer.Truncate(w.buffer.Len() - 1) // its newline
	}
}

func (w *writer) close(unknown Unknown) json.RawMessage {
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		w.put(key, unknown[key])
	}
	w.buffer.WriteByte('}')
	return w.buffer.Bytes()
}
