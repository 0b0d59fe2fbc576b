package infoapi

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json"
)

// text is a JSON string; null is empty, and a number is its digits (some tenants send those).
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return err
	}
	*t = text(textOf(value))
	return nil
}

func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return ""
}

// number is a JSON number, or a string that holds one; null and anything else is no value.
type number struct{ value *float64 }

func (n *number) UnmarshalJSON(raw []byte) error {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return err
	}
	n.value = nil
	if parsed, err := strconv.ParseFloat(textOf(value), 64); err == nil && !math.IsNaN(parsed) && !math.IsInf(parsed, 0) {
		n.value = &parsed
	}
	return nil
}

// fields is one side of a document, or what its chip holds. The names differ by country and document type.
type fields map[string]any

func (f fields) text(names ...string) string {
	for _, name := range names {
		if text := textOf(f[name]); text != "" {
			return text
		}
	}
	return ""
}

func (f fields) inner(name string) fields {
	inner, _ := f[name].(map[string]any)
	return inner
}

// sides is where to look for a field, in order.
type sides [2]fields

func first(where []sides, read func(sides) string) string {
	for _, s := range where {
		if text := read(s); text != "" {
			return text
		}
	}
	return ""
}

func (s sides) text(names ...string) string {
	for _, side := range s {
		if text := side.text(names...); text != "" {
			return text
		}
	}
	return ""
}

func (s sides) fullName() string {
	if name := s.text("fullName", "name"); name != "" {
		parts := strings.FieldsFunc(name, func(r rune) bool { return r == ',' || r == ' ' }) // a UAE chip says ANA,,,SPECIMEN,
		return strings.Join(parts, " ")
	}
	given := s.text("secondaryId", "secondaryIdentifier")
	family := s.text("primaryId", "primaryIdentifier")
	return strings.TrimSpace(given + " " + family)
}

// number: a passport's own number is its documentNumber, and its identityNumber the holder's; on a card it is the
// other way round.
func (s sides) number(documentType string) string {
	if strings.Contains(documentType, "PASSPORT") {
		return s.text("passportNumber", "documentNumber", "identityNumber")
	}
	return s.text("identityNumber", "idNumber", "documentNumber", "cardNumber")
}

// nationality prefers the three-letter code of a machine-readable zone to a word on the card's face.
func (s sides) nationality() string {
	for _, side := range s {
		if code := side.text("nationality"); len(code) == 3 {
			return code
		}
	}
	return s.text("nationality")
}

func (s sides) sex() string {
	sex := strings.ToUpper(s.text("sex", "gender"))
	switch sex {
	case "F", "FEMALE":
		return "F"
	case "M", "MALE":
		return "M"
	case "X", "<", "UNSPECIFIED":
		return "X"
	}
	return ""
}

// date returns the first of the named dates that can be read, in ISO 8601. The provider gives most dates twice or
// more; a zone's two-digit year is the last resort and means the latest such year that is not after latest.
func (s sides) date(latest time.Time, names ...string) string {
	for _, name := range names {
		for _, twin := range []string{"FullFormatted", "Formatted", "Full", ""} {
			for _, side := range s {
				if date := isoDate(side.text(name+twin), latest); date != "" {
					return date
				}
			}
		}
	}
	return ""
}

func isoDate(text string, latest time.Time) string {
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == 'T' {
		text = text[:len(time.DateOnly)] // the day as the document's country has it
	}
	for _, layout := range []string{time.DateOnly, "02/01/2006"} {
		if day, err := time.Parse(layout, text); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	if len(text) != 6 {
		return ""
	}
	century := latest.Year() / 100
	for _, century := range []int{century, century - 1} {
		day, err := time.Parse("20060102", strconv.Itoa(century)+text)
		if err == nil && !day.After(latest) {
			return day.Format(time.DateOnly)
		}
	}
	return ""
}
