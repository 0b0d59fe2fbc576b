package enrolment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/enrolment"
)

func TestSpecimensAreMarkedInventedAndComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range enrolment.Specimens() {
		key := s.Type + " " + s.ID
		if seen[key] {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = true
		if s.Person.Nationality != "UTO" {
			t.Errorf("%s is of a real country", key)
		}
		if !strings.HasSuffix(s.Person.Email, ".invalid") {
			t.Errorf("%s has an address that may exist", key)
		}
		for _, date := range []string{s.IssuedOn, s.ValidTo, s.Person.Born} {
			if _, err := time.Parse(time.DateOnly, date); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		}
		if !(s.Person.Born < s.IssuedOn && s.IssuedOn < s.ValidTo) {
			t.Errorf("%s was issued out of order", key)
		}
		if len(s.Person.IdentityNumber) != 15 || len(s.Number) != 9 {
			t.Errorf("%s has numbers of another length", key)
		}
	}
}

func TestSpecimensForEveryTypeHaveValidAndExpiredOnes(t *testing.T) {
	for _, documentType := range []string{"PASSPORT", "UAE_ID", "KEN_ID", "XYZ"} {
		t.Run(documentType, func(t *testing.T) {
			specimens := enrolment.SpecimensFor(documentType)
			if specimens[0].Expired(noon) {
				t.Error("the default has expired")
			}
			expired := 0
			for _, s := range specimens {
				if s.Type != documentType {
					t.Errorf("%s is a %s", s.ID, s.Type)
				}
				if s.Expired(noon) {
					expired++
				}
				if found, ok := enrolment.SpecimenFor(documentType, s.ID); !ok || found != s {
					t.Errorf("%s is not found by its id", s.ID)
				}
			}
			if expired == 0 {
				t.Error("none has expired")
			}
			if found, ok := enrolment.SpecimenFor(documentType, ""); !ok || found != specimens[0] {
				t.Error("no id is not the default")
			}
			if _, ok := enrolment.SpecimenFor(documentType, "nobody"); ok {
				t.Error("an unknown id was found")
			}
		})
	}
}

func TestSpecimensBelongToTheCaller(t *testing.T) {
	enrolment.Specimens()[0].ID = "changed"
	enrolment.SpecimensFor("PASSPORT")[0].ID = "changed"
	if enrolment.Specimens()[0].ID != "ana" {
		t.Error("a caller changed the specimens")
	}
}

// TestMRZ compares with the specimens of ICAO 9303 parts 4 and 5, whose check digits are printed there.
func TestMRZ(t *testing.T) {
	anna := enrolment.Person{
		GivenNames: "Anna Maria", Surname: "Eriksson", Sex: "F", Born: "1974-08-12", Nationality: "UTO", IdentityNumber: "<<<<<<<<<<<<<<<",
	}
	card := enrolment.Specimen{Type: "UAE_ID", Person: anna, Number: "D23145890", ValidTo: "2012-04-15"}
	zone, ok := card.MRZ()
	if !ok {
		t.Fatal("a card has no zone")
	}
	want := []string{ // the part 5 specimen, but for the document code, which is ours
		"ILUTOD231458907<<<<<<<<<<<<<<<",
		"7408122F1204159UTO<<<<<<<<<<<6",
		"ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
	}
	if diff := cmp.Diff(want, zone.Lines); diff != "" {
		t.Errorf("card (-want +got):\n%s", diff)
	}

	book := enrolment.Specimen{Type: "PASSPORT", Person: anna, Number: "L898902C3", ValidTo: "2012-04-15"}
	zone, _ = book.MRZ()
	if want := "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"; zone.Lines[0] != want {
		t.Errorf("got  %s\nwant %s", zone.Lines[0], want)
	}
	// Part 4's specimen has an optional field, so its last two digits differ.
	if want := "L898902C36UTO7408122F1204159"; !strings.HasPrefix(zone.Lines[1], want) {
		t.Errorf("got  %s\nwant %s…", zone.Lines[1], want)
	}
}

func TestMRZOfEverySpecimenIsWellFormed(t *testing.T) {
	for _, s := range enrolment.Specimens() {
		zone, ok := s.MRZ()
		if !ok {
			t.Fatalf("%s %s has no zone", s.Type, s.ID)
		}
		width := map[int]int{2: 44, 3: 30}[len(zone.Lines)]
		for _, line := range zone.Lines {
			if len(line) != width || strings.Trim(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<") != "" {
				t.Errorf("%s %s: %q", s.Type, s.ID, line)
			}
		}
	}
	if _, ok := (enrolment.Specimen{Type: "KEN_ID"}).MRZ(); ok {
		t.Error("a type of unknown layout has a zone")
	}
}
