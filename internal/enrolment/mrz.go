package enrolment

import (
	"strconv"
	"strings"
)

// CheckDigit is a field of a machine-readable zone with the digit that proves it.
type CheckDigit struct {
	Field string // documentNumber, dateOfBirth, dateOfExpiry
	Value string
	Digit string
}

// MRZ is a machine-readable zone as ICAO 9303 lays it out.
type MRZ struct {
	Lines        []string // two of 44 characters (TD3) or three of 30 (TD1)
	DocumentCode string   // such as P< or IL
	Issuer       string
	DateOfBirth  string // yymmdd
	DateOfExpiry string // yymmdd
	Optional1    string // with its fillers
	Optional2    string // TD1 only
	CheckDigits  []CheckDigit
	Final        string // the check digit over all of them
}

// MRZ returns the specimen's machine-readable zone: a passport's of two lines, a card's of three. Only PASSPORT and
// UAE_ID have one; for other types it reports false, as their layouts are their countries' own.
func (s Specimen) MRZ() (MRZ, bool) {
	switch s.Type {
	case Passport:
		return s.td3(), true
	case UAEID:
		return s.td1(), true
	}
	return MRZ{}, false
}

// td3 is ICAO 9303 part 4, section 4.2.2.
func (s Specimen) td3() MRZ {
	m := s.mrz("P<")
	number, birth, expiry := m.CheckDigits[0], m.CheckDigits[1], m.CheckDigits[2]
	m.Optional1 = strings.Repeat("<", 14)
	optional := m.Optional1 + "0" // with nothing to prove, the digit may be 0 or a filler
	proved := number.Value + number.Digit + birth.Value + birth.Digit + expiry.Value + expiry.Digit + optional
	m.Final = checkDigit(proved)
	m.Lines = []string{
		fill(m.DocumentCode+m.Issuer+s.mrzName(), 44),
		number.Value + number.Digit + s.Person.Nationality + birth.Value + birth.Digit + s.Person.Sex +
			expiry.Value + expiry.Digit + optional + m.Final,
	}
	return m
}

// td1 is ICAO 9303 part 5, section 4.2.2.
func (s Specimen) td1() MRZ {
	m := s.mrz("IL")
	number, birth, expiry := m.CheckDigits[0], m.CheckDigits[1], m.CheckDigits[2]
	m.Optional1, m.Optional2 = fill(s.Person.IdentityNumber, 15), strings.Repeat("<", 11)
	m.Final = checkDigit(number.Value + number.Digit + m.Optional1 +
		birth.Value + birth.Digit + expiry.Value + expiry.Digit + m.Optional2)
	m.Lines = []string{
		m.DocumentCode + m.Issuer + number.Value + number.Digit + m.Optional1,
		birth.Value + birth.Digit + s.Person.Sex + expiry.Value + expiry.Digit + s.Person.Nationality + m.Optional2 + m.Final,
		fill(s.mrzName(), 30),
	}
	return m
}

func (s Specimen) mrz(code string) MRZ {
	m := MRZ{DocumentCode: code, Issuer: s.Person.Nationality, DateOfBirth: yymmdd(s.Person.Born), DateOfExpiry: yymmdd(s.ValidTo)}
	for _, c := range []CheckDigit{
		{Field: "documentNumber", Value: fill(s.Number, 9)},
		{Field: "dateOfBirth", Value: m.DateOfBirth},
		{Field: "dateOfExpiry", Value: m.DateOfExpiry},
	} {
		c.Digit = checkDigit(c.Value)
		m.CheckDigits = append(m.CheckDigits, c)
	}
	return m
}

func (s Specimen) mrzName() string {
	return mrzText(s.Person.Surname) + "<<" + mrzText(s.Person.GivenNames)
}

// mrzText writes a name with the zone's letters.
func mrzText(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '<'
	}, strings.ToUpper(text))
}

func yymmdd(date string) string { return date[2:4] + date[5:7] + date[8:10] }

func fill(text string, length int) string {
	return (text + strings.Repeat("<", length))[:length]
}

// checkDigit is ICAO 9303 part 3, section 4.9: digits by their value, letters from 10 on, fillers 0, weighted 7, 3, 1.
func checkDigit(text string) string {
	sum := 0
	for i := range len(text) {
		value := 0
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			value = int(c - '0')
		case c >= 'A' && c <= 'Z':
			value = int(c-'A') + 10
		}
		sum += value * [3]int{7, 3, 1}[i%3]
	}
	return strconv.Itoa(sum % 10)
}
