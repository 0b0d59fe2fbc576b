package registration

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Limits of the form's fields, in characters; MaxEmail in bytes, as mail servers count.
const (
	MinName  = 2
	MaxName  = 100
	MaxEmail = 254 // RFC 5321 with erratum 1690
	maxLocal = 64  // the part before the @
)

// The fields of a form, as FieldErrors and the page name them.
const (
	FieldName    = "name"
	FieldEmail   = "email"
	FieldCountry = "country"
	FieldConsent = "consent"
)

// Problem is what is wrong with a field. Its words are the page's.
type Problem string

// The problems.
const (
	NameMissing    Problem = "NAME_MISSING"
	NameShort      Problem = "NAME_SHORT" // under MinName
	NameLong       Problem = "NAME_LONG"  // over MaxName
	NameCharacters Problem = "NAME_CHARACTERS"
	EmailMissing   Problem = "EMAIL_MISSING"
	EmailLong      Problem = "EMAIL_LONG" // over MaxEmail
	EmailInvalid   Problem = "EMAIL_INVALID"
	CountryMissing Problem = "COUNTRY_MISSING"
	CountryUnknown Problem = "COUNTRY_UNKNOWN"
	ConsentMissing Problem = "CONSENT_MISSING"
)

// FieldErrors says what is wrong with a form: for each field at fault one problem. It is empty, possibly nil, when nothing
// is wrong.
type FieldErrors map[string]Problem

// Error names the fields at fault, not what was typed.
func (e FieldErrors) Error() string {
	fields := make([]string, 0, len(e))
	for field := range e {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	return "registration: the form needs another look at: " + strings.Join(fields, ", ")
}

// Trim returns the form as it is kept: without white space around its values, the country in upper case. Apart from
// that it keeps what was typed.
func (f Form) Trim() Form {
	f.Name = strings.TrimSpace(f.Name)
	f.Email = strings.TrimSpace(f.Email)
	f.Country = strings.ToUpper(strings.TrimSpace(f.Country))
	return f
}

// Validate checks the trimmed form. Markup is refused, not stripped: neither a name nor an address that this accepts
// can hold an angle bracket, and nobody's name is quietly changed.
func (f Form) Validate() FieldErrors {
	f = f.Trim()
	errs := FieldErrors{}
	for field, problem := range map[string]Problem{
		FieldName:    nameProblem(f.Name),
		FieldEmail:   emailProblem(f.Email),
		FieldCountry: countryProblem(f.Country),
		FieldConsent: consentProblem(f.Consent),
	} {
		if problem != "" {
			errs[field] = problem
		}
	}
	return errs
}

func nameProblem(name string) Problem {
	letters := strings.IndexFunc(name, unicode.IsLetter) >= 0
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		return NameMissing
	case n < MinName:
		return NameShort
	case n > MaxName:
		return NameLong
	case !utf8.ValidString(name) || !letters || strings.ContainsFunc(name, notInNames):
		return NameCharacters
	}
	return ""
}

// notInNames accepts every script. The zero-width joiners are letters' glue in Persian and in Indic scripts; other
// format characters (bidi overrides among them) could make a name look like another one.
func notInNames(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’-.·\u200c\u200d", r)
}

func emailProblem(email string) Problem {
	if email == "" {
		return EmailMissing
	}
	if len(email) > MaxEmail {
		return EmailLong
	}
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != email || address.Name != "" { // a bare address, no "Ana <ana@…>"
		return EmailInvalid
	}
	local, domain, _ := strings.Cut(email, "@")
	if len(local) > maxLocal || strings.ContainsAny(email, "\"<>()[]\\, ") || !plausibleDomain(domain) {
		return EmailInvalid
	}
	return ""
}

// plausibleDomain asks for at least two labels of letters (any script), digits and inner hyphens: no address
// literals, no bare host names.
func plausibleDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
		}) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(last) > 1 && strings.ContainsFunc(last, unicode.IsLetter)
}

func countryProblem(code string) Problem {
	if code == "" {
		return CountryMissing
	}
	if _, ok := CountryName(language.English, code); !ok {
		return CountryUnknown
	}
	return ""
}

func consentProblem(consent bool) Problem {
	if !consent {
		return ConsentMissing
	}
	return ""
}
