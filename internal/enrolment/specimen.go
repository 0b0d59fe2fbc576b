package enrolment

import (
	"slices"
	"strings"
	"time"
)

// Person is an invented person. Names say that they are.
type Person struct {
	ID         string // such as ana; names the look that pictures give
	GivenNames string
	Surname    string
	Sex        string // F or M
	Born       string // ISO 8601, as are all dates here

	Nationality     string // three letters as in a machine-readable zone
	NationalityName string
	PlaceOfBirth    string
	IdentityNumber  string // 15 digits
	Occupation      string
	Employer        string
	Email           string
	Phone           string
}

// FullName is the name as it is read: given names, then surname.
func (p Person) FullName() string { return p.GivenNames + " " + p.Surname }

// Specimen is an invented document that a phone without a camera can hold before itself.
type Specimen struct {
	ID       string // unique among specimens of its type; stable
	Type     string
	Person   Person
	Number   string // at most 9 letters and digits
	IssuedOn string
	ValidTo  string // its last day
	IssuedAt string // place
	HasChip  bool
}

// Label names the specimen for choosing.
func (s Specimen) Label() string {
	kind := strings.ReplaceAll(s.Type, "_", " ")
	switch s.Type {
	case Passport:
		kind = "Passport"
	case UAEID:
		kind = "UAE ID"
	}
	return kind + " of " + s.Person.FullName()
}

// Expired reports whether the document's last day is over, by the calendar of at's location.
func (s Specimen) Expired(at time.Time) bool { return at.Format(time.DateOnly) > s.ValidTo }

var (
	ana = Person{
		ID: "ana", GivenNames: "Ana", Surname: "Specimen", Sex: "F", Born: "1991-04-12",
		Nationality: "UTO", NationalityName: "Utopia", PlaceOfBirth: "Sampletown", IdentityNumber: "784199100000010",
		Occupation: "Lighthouse Keeper", Employer: "Sample Harbour", Email: "ana@example.invalid", Phone: "0000000001",
	}
	bo = Person{
		ID: "bo", GivenNames: "Bo", Surname: "Example", Sex: "M", Born: "1984-11-03",
		Nationality: "UTO", NationalityName: "Utopia", PlaceOfBirth: "Port Example", IdentityNumber: "784198400000020",
		Occupation: "Clockmaker", Employer: "Example Works", Email: "bo@example.invalid", Phone: "0000000002",
	}
	cleo = Person{
		ID: "cleo", GivenNames: "Cleo", Surname: "Placeholder", Sex: "F", Born: "1976-08-29",
		Nationality: "UTO", NationalityName: "Utopia", PlaceOfBirth: "Fieldmouth", IdentityNumber: "784197600000030",
		Occupation: "Gardener", Employer: "Placeholder Parks", Email: "cleo@example.invalid", Phone: "0000000003",
	}
)

// specimens are valid for twenty years, as Utopia issues them, so that the demo does not expire; Cleo's have expired
// for good.
var specimens = []Specimen{
	{ID: "ana", Type: Passport, Person: ana, Number: "X00000011", IssuedOn: "2024-05-02", ValidTo: "2044-05-01", IssuedAt: "Sampletown", HasChip: true},
	{ID: "bo", Type: Passport, Person: bo, Number: "X00000022", IssuedOn: "2023-09-18", ValidTo: "2043-09-17", IssuedAt: "Port Example", HasChip: true},
	{ID: "cleo-expired", Type: Passport, Person: cleo, Number: "X00000033", IssuedOn: "2011-03-15", ValidTo: "2021-03-14", IssuedAt: "Fieldmouth", HasChip: true},
	{ID: "ana", Type: UAEID, Person: ana, Number: "000000011", IssuedOn: "2024-06-10", ValidTo: "2044-06-09", IssuedAt: "Sampletown", HasChip: true},
	{ID: "bo", Type: UAEID, Person: bo, Number: "000000022", IssuedOn: "2023-10-02", ValidTo: "2043-10-01", IssuedAt: "Port Example", HasChip: true},
	{ID: "cleo-expired", Type: UAEID, Person: cleo, Number: "000000033", IssuedOn: "2011-04-01", ValidTo: "2021-03-31", IssuedAt: "Fieldmouth", HasChip: true},
}

// Specimens returns the drawn specimens, passports first. Those for other types are made by SpecimensFor.
func Specimens() []Specimen { return slices.Clone(specimens) }

// SpecimensFor returns the specimens to choose from for a document type, the default first and at least one of them
// expired. Types without specimens of their own get the cards of the same persons under their name.
func SpecimensFor(documentType string) []Specimen {
	like := documentType
	if !slices.ContainsFunc(specimens, func(s Specimen) bool { return s.Type == like }) {
		like = UAEID
	}
	var found []Specimen
	for _, s := range specimens {
		if s.Type == like {
			s.Type = documentType
			found = append(found, s)
		}
	}
	return found
}

// SpecimenFor returns the specimen of that type and id; the empty id is the default's. It reports false for an unknown
// id.
func SpecimenFor(documentType, id string) (Specimen, bool) {
	candidates := SpecimensFor(documentType)
	if id == "" {
		return candidates[0], true
	}
	for _, s := range candidates {
		if s.ID == id {
			return s, true
		}
	}
	return Specimen{}, false
}
