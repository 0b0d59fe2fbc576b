package handoff

import (
	"cmp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Creation is what a backend asks for.
type Creation struct {
	Tenant    Tenant
	Token     Token         // handed to the phone; may be empty
	Data      string        // instructions for the phone, opaque; comes back byte for byte
	TTL       time.Duration // zero for MaxTTL
	Reference string
	Steps     []Step
	Requester Requester // empty fields are filled by the first page that watches

	Protection Protection
	Origins    []string // page origins of this session, as browsers write them
	Locale     string   // BCP 47
}

func (c Creation) check() error {
	switch {
	case len(c.Data) > MaxData:
		return newError(CodePayloadTooLarge, "`data` takes at most 16384 bytes of UTF-8. Send a shorter one.")
	case len(c.Token.Reveal()) > MaxToken:
		return newError(CodePayloadTooLarge, "`token` takes at most 8192 bytes. Send a shorter one.")
	case !utf8.ValidString(c.Data):
		return newError(CodeInvalidInput, "`data` must be valid UTF-8; encode binary values as Base64.")
	case c.TTL != 0 && (c.TTL < MinTTL || c.TTL > MaxTTL):
		return newError(CodeInvalidInput, "`ttlSeconds` takes 60 to 1800.")
	case utf8.RuneCountInString(c.Reference) > MaxReference:
		return newError(CodeInvalidInput, "`reference` takes at most 128 characters.")
	}
	for _, step := range c.Steps {
		if !step.Known() {
			return newError(CodeInvalidInput, "`steps` takes SCAN, READ, FACE, BACKGROUND_CHECK and INFO.")
		}
	}
	if len(c.Origins) > MaxOrigins {
		return newError(CodeInvalidInput, "`origins` takes at most 16 origins.")
	}
	if !wellFormedLocale(c.Locale) {
		return newError(CodeInvalidInput, "`locale` is a language tag such as en or ar-AE.")
	}
	return cmp.Or(c.Protection.check(), c.Requester.check())
}

// wellFormedLocale reports whether text has the shape of a BCP 47 tag; which languages there are is not known here.
func wellFormedLocale(text string) bool {
	if len(text) > MaxLocale {
		return false
	}
	for i, part := range strings.Split(text, "-") {
		for _, r := range part {
			if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
				return false
			}
		}
		if len(part) > 8 || part == "" && text != "" {
			return false
		}
	}
	return true
}

func (r Requester) check() error {
	for _, field := range []string{r.Name, r.Browser, r.System} {
		if utf8.RuneCountInString(field) > MaxRequester || !utf8.ValidString(field) || strings.ContainsFunc(field, disguises) {
			return newError(CodeInvalidInput, "`requester` takes texts of at most 128 characters without control characters, and none that are invisible or turn the text around.")
		}
	}
	return nil
}

// disguises reports whether a character can make a name look like another one: controls, and of the invisible format
// characters all but the marks that Arabic and Hebrew names need (U+200E, U+200F, U+061C) and the joiners (U+200C, U+200D).
func disguises(r rune) bool {
	switch r {
	case 0x200c, 0x200d, 0x200e, 0x200f, 0x061c:
		return false
	}
	return unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}
