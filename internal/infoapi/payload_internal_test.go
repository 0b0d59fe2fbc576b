package infoapi

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4/json"
	"github.com/google/go-cmp/cmp"

	"baton/internal/registration"
)

var today = time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC)

func mapped(t testing.TB, text string) (registration.Result, error) {
	t.Helper()
	var d data
	if err := jose.Unmarshal([]byte(text), &d); err != nil {
		return registration.Result{}, err
	}
	return d.result(today)
}

func TestPayload(t *testing.T) {
	full, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	score := func(v float64) *float64 { return &v }
	want := registration.Result{
		Documents: []registration.Document{
			{ // the chip's signature holds, so the person is as the chip says
				Type: "PASSPORT", FullName: "ANNA SPECIMEN", Number: "X00000001", Nationality: "UTO", Sex: "F",
				DateOfBirth: "1990-01-02", ExpiresOn: "2031-01-02",
				Portrait: registration.Image{ID: "650000000000000000000001", Checksum: "sha256:01"},
				Front:    registration.Image{ID: "650000000000000000000002", Checksum: "sha256:02"},
				Selfie:   registration.Image{ID: "650000000000000000000014", Checksum: "sha256:14"},
				ChipRead: true, ChipValid: true, Face: &registration.Face{Match: true, Level: 5}, MRZValid: &yes,
				Scores: registration.Scores{Screen: score(17.1), Print: score(10.5), Tampering: score(0.7)},
			},
			{
				Type: "UAE_ID", FullName: "Ana Specimen", Number: "784-1990-0000000-0", Nationality: "UTO", Sex: "F",
				DateOfBirth: "1990-01-01", ExpiresOn: "2031-01-01",
				Portrait: registration.Image{ID: "65000000000000000000000a", Checksum: "sha256:0a"},
				Front:    registration.Image{ID: "65000000000000000000000b", Checksum: "sha256:0b"},
				Back:     registration.Image{ID: "65000000000000000000000d", Checksum: "sha256:0d"},
				MRZValid: &no, Scores: registration.Scores{Screen: score(16), Print: score(0)},
			},
		},
		Background: &registration.Background{Type: "RDC", Match: true},
	}
	got, err := mapped(t, string(full))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestPayloadTolerates(t *testing.T) {
	document := func(fields string) string { return `{"documents":[{"documentType":"X",` + fields + `}]}` }
	no := false
	for name, test := range map[string]struct {
		text string
		want registration.Document
	}{
		"PartsThatDidNotRun":       {document(`"scan":null,"reading":null,"face":null,"lookup":null`), registration.Document{}},
		"EmptyParts":               {document(`"scan":{"front":null,"back":{}},"reading":{"data":null}`), registration.Document{}},
		"MoreThanIsKnown":          {document(`"scan":{"front":{"x":{"y":[1,null]}},"z":true},"more":[1]`), registration.Document{}},
		"NumbersForText":           {document(`"scan":{"front":{"documentNumber":123456789}}`), registration.Document{Number: "123456789"}},
		"ObjectsForText":           {document(`"scan":{"front":{"documentNumber":{"a":1},"cardNumber":"7"},"frontImageId":["x"]}`), registration.Document{Number: "7"}},
		"NameFromTheZone":          {document(`"scan":{"front":{},"back":{"primaryId":"SPECIMEN","secondaryId":"ANA MARIA"}}`), registration.Document{FullName: "ANA MARIA SPECIMEN"}},
		"NameOfOnePart":            {document(`"scan":{"front":{"primaryId":"SPECIMEN"}}`), registration.Document{FullName: "SPECIMEN"}},
		"NameByItsShortName":       {document(`"scan":{"front":{"name":"Ana Specimen"}}`), registration.Document{FullName: "Ana Specimen"}},
		"ChipsNameWithCommas":      {document(`"reading":{"data":{"fullName":"ANA,,,,,SPECIMEN,"}}`), registration.Document{ChipRead: true, FullName: "ANA SPECIMEN"}},
		"ChipWithoutVerdictIsNone": {document(`"scan":{"front":{"fullName":"Ana"}},"reading":{"data":{"fullName":"BO"}}`), registration.Document{ChipRead: true, FullName: "Ana"}},
		"DatesWithTimes":           {document(`"scan":{"front":{"dateOfExpiry":"2031-01-01T00:00:00.000+04:00"}}`), registration.Document{ExpiresOn: "2031-01-01"}},
		"ChipsExpiry":              {document(`"reading":{"data":{"expiryDate":"2031-01-01T00:00:00.000+04:00"}}`), registration.Document{ChipRead: true, ExpiresOn: "2031-01-01"}},
		"ShortYears":               {document(`"scan":{"back":{"dateOfBirth":"300602","dateOfExpiry":"350228"}}`), registration.Document{DateOfBirth: "1930-06-02", ExpiresOn: "2035-02-28"}},
		"ShortYearOfToday":         {document(`"scan":{"back":{"dateOfBirth":"300601"}}`), registration.Document{DateOfBirth: "2030-06-01"}},
		"DatesThatAreNone":         {document(`"scan":{"back":{"dateOfBirth":"991332","dateOfExpiry":"soon"}}`), registration.Document{}},
		"UnknownSex":               {document(`"scan":{"back":{"sex":"<"}}`), registration.Document{Sex: "X"}},
		"FaceWithoutVerdict":       {document(`"face":{"match":null,"matchLevel":null}`), registration.Document{Face: &registration.Face{}}},
		"FaceLevelAsText":          {document(`"face":{"match":true,"matchLevel":"4"}`), registration.Document{Face: &registration.Face{Match: true, Level: 4}}},
		"FaceLevelBeyondTheScale":  {document(`"face":{"match":true,"matchLevel":9}`), registration.Document{Face: &registration.Face{Match: true}}},
		"ZoneSaysNoAlone":          {document(`"scan":{"back":{"mrzVerified":false}}`), registration.Document{MRZValid: &no}},
		"VerdictInsideTheScan":     {document(`"scan":{"verifications":{"mrzChecksum":{"valid":false}}}`), registration.Document{MRZValid: &no}},
		"ScoresThatAreNone":        {document(`"scan":{"verifications":{"idPrintDetection":{"score":"NaN"},"idScreenDetection":{"score":null}}}`), registration.Document{}},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.Type = "X"
			got, err := mapped(t, test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]registration.Document{test.want}, got.Documents); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
		})
	}

	for name, text := range map[string]string{"Empty": `{}`, "Nulls": `{"documents":null,"verifications":null,"backgroundCheck":null}`} {
		t.Run("Nothing"+name, func(t *testing.T) {
			if got, err := mapped(t, text); err != nil || !cmp.Equal(got, registration.Result{}) {
				t.Errorf("%+v, error %v", got, err)
			}
		})
	}
}

// Two documents of a type have a verdict each, in their order.
func TestEachVerificationServesOneDocument(t *testing.T) {
	got, err := mapped(t, `{"documents":[{"documentType":"A"},{"documentType":"B"},{"documentType":"A"},{"documentType":"A"}],
		"verifications":[{"documentType":"A","idPrintDetection":{"score":1}},{"documentType":"A","idPrintDetection":{"score":2}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var scores []float64
	for _, d := range got.Documents {
		if d.Scores.Print == nil {
			scores = append(scores, -1)
			continue
		}
		scores = append(scores, *d.Scores.Print)
	}
	if diff := cmp.Diff([]float64{1, -1, 2, -1}, scores); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
}

func FuzzPayload(f *testing.F) {
	full, err := os.ReadFile("testdata/full.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(full), `{}`, `null`, `[]`, `{"documents":[null]}`, `{"documents":[{"documentType":"X","scan":{"front":[]}}]}`,
		`{"documents":[{"documentType":"X","face":{"matchLevel":1e400}}]}`, `{"verifications":[{"mrzChecksum":null}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := mapped(t, text)
		if err != nil {
			if refused, ok := errors.AsType[*registration.RefusedError](err); ok && refused.Check != registration.RefusalContent {
				t.Errorf("refusal %q", refused.Check)
			}
			return
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("a store cannot keep the result: %v", err)
		}
		for _, d := range got.Documents {
			for _, date := range []string{d.DateOfBirth, d.ExpiresOn} {
				if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
					t.Errorf("date %q: %v", date, err)
				}
			}
			if d.Face != nil && (d.Face.Level < 0 || d.Face.Level > 5) || strings.TrimSpace(d.FullName) != d.FullName {
				t.Errorf("document %+v", d)
			}
			for _, score := range []*float64{d.Scores.Print, d.Scores.Screen, d.Scores.Tampering} {
				if score != nil && (math.IsNaN(*score) || math.IsInf(*score, 0)) {
					t.Errorf("score %v", *score)
				}
			}
		}
	})
}
