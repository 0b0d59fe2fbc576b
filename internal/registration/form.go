package registration

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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

// FieldErrors says what is wrong with a form: for each field at fault one sentence for the person who typed it. It
// is empty, possibly nil, when nothing is wrong.
type FieldErrors map[string]string

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
	for field, problem := range map[string]string{
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

func nameProblem(name string) string {
	letters := strings.IndexFunc(name, unicode.IsLetter) >= 0
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		return "Enter your full name, as your document shows it."
	case n < MinName:
		return "Enter your full name: at least 2 characters."
	case n > MaxName:
		return "Your name is longer than the 100 characters we can keep. Shorten it, for example to initials in the middle."
	case !utf8.ValidString(name) || !letters || strings.ContainsFunc(name, notInNames):
		return "Use only letters, spaces, hyphens, apostrophes and full stops in your name."
	}
	return ""
}

// notInNames accepts every script. The zero-width joiners are letters' glue in Persian and in Indic scripts; other
// format characters (bidi overrides among them) could make a name look like another one.
func notInNames(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" '’-.·\u200c\u200d", r)
}

func emailProblem(email string) string {
	const wrong = "Enter an e-mail address such as name@example.com."
	if email == "" {
		return "Enter your e-mail address."
	}
	if len(email) > MaxEmail {
		return "This e-mail address is longer than the 254 characters that addresses may have. Check it."
	}
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != email || address.Name != "" { // a bare address, no "Ana <ana@…>"
		return wrong
	}
	local, domain, _ := strings.Cut(email, "@")
	if len(local) > maxLocal || strings.ContainsAny(email, "\"<>()[]\\, ") || !plausibleDomain(domain) {
		return wrong
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

func countryProblem(code string) string {
	if code == "" {
		return "Choose your country."
	}
	if _, ok := CountryName(code); !ok {
		return "Choose your country from the list."
	}
	return ""
}

func consentProblem(consent bool) string {
	if !consent {
		return "We need your consent before we can check your identity. Tick the box to go on."
	}
	return ""
}
