package enrolment

import (
	"maps"
	"strings"
)

// FieldError says which field of an enrolment is wrong and how to mend it.
type FieldError struct {
	Path    string   // such as documents[0].reading.timeoutInSeconds; "" for the whole
	Code    string   // what is the matter, a key of Findings
	Values  []string // what stands in the braces of its text: name, value, name, value
	Problem string   // the text in English, which goes on after the path: "must be true or false"
}

func (e *FieldError) Error() string {
	if e.Path == "" {
		return "data " + e.Problem
	}
	return "data: " + e.Path + " " + e.Problem
}

func finding(path, code string, values ...string) *FieldError {
	return &FieldError{Path: path, Code: code, Values: values, Problem: plain(findings[code], values)}
}

// Findings returns what the checks can say, in English by code. What stands between backticks is as the wire has it, and
// for what stands in braces there are values.
func Findings() map[string]string { return maps.Clone(findings) }

var findings = map[string]string{
	// What is wrong.
	"NOT_BASE64":     "must be a JSON object in standard Base64 with padding (`RFC 4648`, section 4)",
	"NOT_JSON":       "must hold one JSON object in `UTF-8` and nothing after it",
	"NOT_OBJECT":     "must be a JSON object",
	"NOT_ARRAY":      "must be an array of objects",
	"NOT_FLAG":       "must be `true` or `false`",
	"NOT_NUMBER":     "must be a whole number of at most {max}",
	"NOT_STRING":     "must be a string",
	"NOT_LEVEL":      "must be a match level from 1 to 5",
	"NOT_TYPE":       "must be a type such as `PASSPORT`: 1 to 64 letters, digits and underscores",
	"NOT_SECONDS":    "must be a number of seconds above 0, or `-1` for none",
	"NOT_UUID":       "must be a `UUID` or `null`",
	"NOT_LISTS":      "must be `RDC` or `DOW_JONES`",
	"NOT_ATTEMPTS":   "must be 1, 2 or 3",
	"TWICE":          "stands there twice",
	"TYPE_MISSING":   "is missing; name a type such as `PASSPORT`",
	"DOCUMENT_COUNT": "must name 1 to {max} documents",
	"TOO_LARGE":      "has {size} bytes in Base64; a session takes {max}. Remove what the app does not know",

	// What may be meant otherwise.
	"KEY_UNKNOWN":       "is not known here. It is kept and handed on, and changes nothing in this demo",
	"TYPE_UNKNOWN":      "`{type}` is not among the known types. It is accepted; check the spelling",
	"NO_CHIP":           "is on, but the provider is not known to read a chip of `{type}`",
	"NO_FACE":           "is on, but no document shows a face, so no face is compared",
	"NOBODY_ASKS":       "means that nobody asks the person first; make sure that they have agreed elsewhere",
	"ONE_SIDED":         "has no effect: `{type}` has one side",
	"CHECK_OFF":         "has no effect while the background check is off",
	"READING_OFF":       "has settings that have no effect while `enabled` is `false`",
	"SKIP_OFFERED":      "offers to skip the chip even though `isForceReading` is on; that one only says which phones are let in",
	"EXPIRED_PASSES":    "lets documents pass that are no longer valid",
	"LEVELS_FACE_OFF":   "has match levels that have no effect while `facialRecognition.enabled` is `false`",
	"LEVELS_FACELESS":   "has match levels that have no effect: `{type}` shows no face",
	"LEVEL_CHIP_OFF":    "has no effect: the chip is not read",
	"DOW_JONES_APP":     "`DOW_JONES` is not known to the provider’s web SDK, which always checks `RDC`",
	"UPLOAD_DEPRECATED": "is deprecated by the provider since 3.0; newer apps ignore it",
	"FORCE_DEPRECATED":  "has no effect. " + WithoutEffect["documents[].reading.isForceReadingIfSupported"],
	"ENROL_DEPRECATED":  "has no effect. " + WithoutEffect["facialRecognition.isEnrollFace"],
	"ROOTED_IGNORED":    "has no effect. " + WithoutEffect["generalConfig.isRootedDeviceAllowed"],
	"IDENTIFIER_UNUSED": "has no effect in this demo. " + WithoutEffect["generalConfig.userIdentifier"],
}

// Refusal is an error that says why an enrolment cannot come to an outcome.
type Refusal struct {
	Code   string   // a key of Refusals
	Values []string // as FieldError's
}

func (e *Refusal) Error() string { return plain(refusals[e.Code], e.Values) }

// Refusals returns the texts by code, as Findings does.
func Refusals() map[string]string { return maps.Clone(refusals) }

var refusals = map[string]string{
	"OUTCOME_UNKNOWN":        "there is no outcome \"`{outcome}`\": choose one of `{choices}`",
	"STEP_NEEDLESS":          "the outcome `{outcome}` does not happen at a step of its own: leave the step out",
	"STEP_MISSING":           "this enrolment has no step `{step}` at which `{outcome}` could happen: choose one of `{choices}`",
	"NEEDS_READ":             "the outcome `{outcome}` needs the step `READ`, which this enrolment does not have: let it read a chip (`reading.enabled` of a document), or choose another outcome",
	"NEEDS_FACE":             "the outcome `{outcome}` needs the step `FACE`, which this enrolment does not have: let it compare a face (`facialRecognition.enabled`), or choose another outcome",
	"NEEDS_BACKGROUND_CHECK": "the outcome `{outcome}` needs the step `BACKGROUND_CHECK`, which this enrolment does not have: let it check the person's background (`backgroundCheck.enabled`), or choose another outcome",
	"NEEDS_EXPIRY":           "the outcome `{outcome}` needs a document that must not have expired: take `isExpiredDocumentAllowed` away, or choose another outcome",
}

// plain puts the values in and takes the backticks away.
func plain(text string, values []string) string {
	pairs := []string{"`", ""}
	for i := 0; i+1 < len(values); i += 2 {
		pairs = append(pairs, "{"+values[i]+"}", values[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
