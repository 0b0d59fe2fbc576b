package registration_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	phone "baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/registration"
)

func TestPolicyIsTheLastGuard(t *testing.T) {
	ptr := func(v float64) *float64 { return &v }
	no := false
	const twoDocuments = `{"documents":[{"documentType":"PASSPORT"},{"documentType":"UAE_ID","isExpiredDocumentAllowed":true}]}`
	const scanOnly = `{"documents":[{"documentType":"PASSPORT"}]}`

	for name, test := range map[string]struct {
		data   string // passportData where empty
		change func(*registration.Result)
		want   registration.Refusal // "" for verified
	}{
		"Good":                   {change: func(*registration.Result) {}},
		"AnotherSession":         {change: func(r *registration.Result) { r.SessionID = handoff.NewSessionID() }, want: registration.RefusalSession},
		"ResultExpired":          {change: func(r *registration.Result) { r.ExpiresAt = start }, want: registration.RefusalExpired},
		"NoDocument":             {change: func(r *registration.Result) { r.Documents = nil }, want: registration.RefusalContent},
		"DocumentOfAnotherType":  {change: func(r *registration.Result) { r.Documents[0].Type = "UAE_ID" }, want: registration.RefusalContent},
		"TypeThatOnlyLooksAlike": {change: func(r *registration.Result) { r.Documents[0].Type = "PASSPORTS" }, want: registration.RefusalContent},
		"SubTypeOfWhatWasAsked":  {change: func(r *registration.Result) { r.Documents[0].Type = "PASSPORT_OMN" }},
		"OneDocumentTooMany":     {change: func(r *registration.Result) { r.Documents = append(r.Documents, r.Documents[0]) }, want: registration.RefusalContent},
		"OneDocumentTooFew":      {data: twoDocuments, change: func(*registration.Result) {}, want: registration.RefusalContent},
		"TheSameDocumentTwice":   {data: twoDocuments, change: func(r *registration.Result) { r.Documents = append(r.Documents, r.Documents[0]) }, want: registration.RefusalContent},
		"BothInAnotherOrder": {data: twoDocuments, change: func(r *registration.Result) {
			r.Documents = []registration.Document{{Type: "UAE_ID", ExpiresOn: "2001-01-01"}, r.Documents[0]}
		}},
		"Expired":               {change: func(r *registration.Result) { r.Documents[0].ExpiresOn = "2030-01-01" }, want: registration.RefusalDocument},
		"OnItsLastDay":          {change: func(r *registration.Result) { r.Documents[0].ExpiresOn = "2030-01-02" }},
		"ExpiredButAllowed":     {data: `{"documents":[{"documentType":"PASSPORT","isExpiredDocumentAllowed":true}]}`, change: func(r *registration.Result) { r.Documents[0].ExpiresOn = "2001-01-01" }},
		"PassportWithoutExpiry": {change: func(r *registration.Result) { r.Documents[0].ExpiresOn = "" }, want: registration.RefusalDocument},
		"CardWithoutExpiry": {data: `{"documents":[{"documentType":"UAE_ID"}]}`, change: func(r *registration.Result) {
			r.Documents[0].Type, r.Documents[0].ExpiresOn = "UAE_ID", ""
		}},
		"PassportWithoutExpiryAllowed": {data: `{"documents":[{"documentType":"PASSPORT","isExpiredDocumentAllowed":true}]}`,
			change: func(r *registration.Result) { r.Documents[0].ExpiresOn = "" }},
		"FaceOfAnother":       {change: func(r *registration.Result) { r.Documents[0].Face.Match = false }, want: registration.RefusalFace},
		"FaceMissing":         {change: func(r *registration.Result) { r.Documents[0].Face = nil }, want: registration.RefusalFace},
		"FaceMissingNotAsked": {data: scanOnly, change: func(r *registration.Result) { r.Documents[0].Face = nil }},
		"FaceWithOneOfTwoDocuments": {data: `{"documents":[{"documentType":"PASSPORT"},{"documentType":"UAE_ID"}],"facialRecognition":{"enabled":true}}`,
			change: func(r *registration.Result) {
				r.Documents = append(r.Documents, registration.Document{Type: "UAE_ID"})
			}, want: registration.RefusalFace},
		"FaceOfAnotherAndThenAnExpiredDocument": {data: `{"documents":[{"documentType":"PASSPORT"},{"documentType":"UAE_ID"}]}`,
			change: func(r *registration.Result) {
				r.Documents[0].Face.Match = false
				r.Documents = append(r.Documents, registration.Document{Type: "UAE_ID", ExpiresOn: "2001-01-01"})
			}, want: registration.RefusalDocument},
		"FaceOnADocumentThatShowsNone": {data: `{"documents":[{"documentType":"PASSPORT"},{"documentType":"UAE_VL"}],"facialRecognition":{"enabled":true}}`,
			change: func(r *registration.Result) {
				r.Documents = append(r.Documents, registration.Document{Type: "UAE_VL"})
			}},
		"FaceOfAnotherNotAsked":   {data: scanOnly, change: func(r *registration.Result) { r.Documents[0].Face.Match = false }, want: registration.RefusalFace},
		"FaceBelowTheChipsLevel":  {change: func(r *registration.Result) { r.Documents[0].Face.Level = 2 }, want: registration.RefusalFace},
		"FaceAtThePrintsLevel":    {change: func(r *registration.Result) { r.Documents[0].Face.Level, r.Documents[0].ChipRead = 2, false }},
		"FaceBelowThePrintsLevel": {change: func(r *registration.Result) { r.Documents[0].Face.Level, r.Documents[0].ChipRead = 1, false }, want: registration.RefusalFace},
		"FaceBelowAGeneralLevel": {data: `{"documents":[{"documentType":"PASSPORT","faceReadMinimumMatchLevel":-1}],"facialRecognition":{"enabled":true,"readMinimumMatchLevel":5}}`,
			change: func(r *registration.Result) { r.Documents[0].Face.Level = 4 }, want: registration.RefusalFace},
		"OnAList":             {change: func(r *registration.Result) { r.Background.Match = true }, want: registration.RefusalBackground},
		"OnAListNotAsked":     {data: scanOnly, change: func(r *registration.Result) { r.Background.Match = true }, want: registration.RefusalBackground},
		"BackgroundMissing":   {change: func(r *registration.Result) { r.Background = nil }, want: registration.RefusalBackground},
		"BackgroundNotAsked":  {data: scanOnly, change: func(r *registration.Result) { r.Background = nil }},
		"Tampered":            {change: func(r *registration.Result) { r.Documents[0].Scores.Tampering = ptr(70.1) }, want: registration.RefusalDocument},
		"TamperingAtTheLimit": {change: func(r *registration.Result) { r.Documents[0].Scores.Tampering = ptr(70) }},
		"FromAScreen":         {change: func(r *registration.Result) { r.Documents[0].Scores.Screen = ptr(50.1) }, want: registration.RefusalDocument},
		"APrint":              {change: func(r *registration.Result) { r.Documents[0].Scores.Print = ptr(50.1) }, want: registration.RefusalDocument},
		"ScoreIsNoNumber":     {change: func(r *registration.Result) { r.Documents[0].Scores.Print = ptr(math.NaN()) }, want: registration.RefusalDocument},
		"ScreenAndPrintAtLimit": {change: func(r *registration.Result) {
			r.Documents[0].Scores.Screen, r.Documents[0].Scores.Print = ptr(50), ptr(50)
		}},
		"ScoresMissing": {change: func(r *registration.Result) { r.Documents[0].Scores = registration.Scores{} }},
		"MRZInvalid":    {change: func(r *registration.Result) { r.Documents[0].MRZValid = &no }, want: registration.RefusalDocument},
		"MRZUnknown":    {change: func(r *registration.Result) { r.Documents[0].MRZValid = nil }},
		"ChipInvalid":   {change: func(r *registration.Result) { r.Documents[0].ChipValid = false }, want: registration.RefusalDocument},
		"ChipSkipped":   {change: func(r *registration.Result) { r.Documents[0].ChipRead, r.Documents[0].ChipValid = false, false }},
		"ChipSkippedButForced": {data: `{"documents":[{"documentType":"PASSPORT","reading":{"enabled":true,"isForceReading":true,"timeoutInSeconds":-1}}]}`,
			change: func(r *registration.Result) { r.Documents[0].ChipRead = false }, want: registration.RefusalDocument},
		"ChipSkippedAfterTheTimeout": {data: `{"documents":[{"documentType":"PASSPORT","reading":{"enabled":true,"isForceReading":true,"timeoutInSeconds":10}}]}`,
			change: func(r *registration.Result) { r.Documents[0].ChipRead = false }},
	} {
		t.Run(name, func(t *testing.T) {
			if test.data == "" {
				test.data = passportData
			}
			d := newDesk(t, test.data)
			d.provider.OnResult = func(id handoff.SessionID) (registration.Result, error) {
				result := goodResult(id)
				test.change(&result)
				return result, nil
			}
			_, key, _ := mustStart(t, d)
			r, err := d.Finish(t.Context(), key, "")
			if test.want == "" {
				if err != nil || r.Status != registration.StatusVerified {
					t.Errorf("status %q, error %v; want verified", r.Status, err)
				}
				return
			}
			refused, ok := errors.AsType[*registration.RefusedError](err)
			if !ok || refused.Check != test.want || refused.Detail == "" || r.Status != registration.StatusRefused || r.Refusal != test.want || r.Result != nil {
				t.Errorf("registration %+v, error %v; want refusal %q", r, err, test.want)
			}
		})
	}
}

func TestPolicyOf(t *testing.T) {
	steps := []handoff.Step{handoff.StepScan, handoff.StepFace, handoff.StepBackgroundCheck, handoff.StepInfo}
	for name, test := range map[string]struct {
		data  string
		steps []handoff.Step
		want  registration.Policy
	}{
		"TheReaderAppsJSON": {enrolment(t, passportData), nil, registration.Policy{
			Documents: []registration.DocumentPolicy{{Type: "PASSPORT", FaceRequired: true, ScanLevel: 2, ReadLevel: 3}}, Background: true}},
		"StepsBesideTheJSON": {enrolment(t, `{"documents":[{"documentType":"X"}]}`), steps, registration.Policy{
			Documents: []registration.DocumentPolicy{{Type: "X", ScanLevel: 2, ReadLevel: 3}}, Face: true, Background: true}},
		"Nulls": {enrolment(t, `{"documents":[{"documentType":"X","reading":null}],"facialRecognition":null}`), nil, registration.Policy{
			Documents: []registration.DocumentPolicy{{Type: "X", ScanLevel: 2, ReadLevel: 3}}}},
		"OpaqueDataLeavesTheSteps": {"anything", steps, registration.Policy{Face: true, Background: true}},
		"Base64OfSomethingElse":    {"AAAA", steps[:1], registration.Policy{}},
		"Nothing":                  {"", nil, registration.Policy{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, registration.PolicyOf(test.data, test.steps)); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnExplicitPolicyOutranksTheData(t *testing.T) {
	d := newDesk(t, passportData)
	service := registration.NewService(registration.Config{
		Store: d.store, Handoff: handoff.NewService(d.sessions, bell{}, nil, nil), Provider: d.provider,
		Policy: &registration.Policy{Documents: []registration.DocumentPolicy{{Type: "UAE_ID"}}},
		Now:    func() time.Time { return start },
	})
	_, key, _, err := service.Start(t.Context(), form)
	if err != nil {
		t.Fatal(err)
	}
	_, err = service.Finish(t.Context(), key, "")
	if refused, ok := errors.AsType[*registration.RefusedError](err); !ok || refused.Check != registration.RefusalContent {
		t.Errorf("%v, want a refusal of the document's type", err)
	}
}

// The phone and the last guard read the same enrolment; they must not read different things in it.
func TestPolicyAsksForWhatThePhoneDoes(t *testing.T) {
	for name, change := range map[string]func(*phone.Config){
		"Default": func(*phone.Config) {},
		"Levels": func(c *phone.Config) {
			c.FacialRecognition.ScanMatchLevel, c.FacialRecognition.ReadMatchLevel = 1, 5
			c.Documents[0].ReadMatchLevel = 4
		},
		"ForcedChip":         func(c *phone.Config) { c.Documents[0].Reading.Force = true },
		"ForcedChipWithSkip": func(c *phone.Config) { c.Documents[0].Reading.Force, c.Documents[0].Reading.TimeoutSeconds = true, 5 },
		"ExpiredAllowed":     func(c *phone.Config) { c.Documents[0].ExpiredAllowed = true },
		"ScanOnly":           func(c *phone.Config) { c.FacialRecognition.Enabled, c.BackgroundCheck.Enabled = false, false },
		"SeveralDocuments": func(c *phone.Config) {
			c.Documents = append(c.Documents, phone.New("UAE_ID", "UAE_VL", "SDN_VL", "UAE_VL_PDF", "OMN_VL").Documents...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := phone.Default()
			change(&config)
			var want registration.Policy
			for _, d := range config.Documents {
				want.Documents = append(want.Documents, registration.DocumentPolicy{Type: d.Type, ExpiredAllowed: d.ExpiredAllowed})
			}
			got := registration.PolicyOf(config.Encode(), nil)
			for _, screen := range config.Plan() {
				switch screen.Kind {
				case phone.KindRead:
					want.Documents[screen.Document].ChipRequired = screen.ChipRequired && screen.SkipAfter == 0
				case phone.KindFace:
					of := &want.Documents[screen.Document]
					of.FaceRequired, of.ScanLevel, of.ReadLevel = true, screen.ScanMatchLevel, screen.ReadMatchLevel
				case phone.KindBackground:
					want.Background = true
				}
			}
			for i := range got.Documents { // a level means nothing where no face is compared
				if !got.Documents[i].FaceRequired {
					got.Documents[i].ScanLevel, got.Documents[i].ReadLevel = 0, 0
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("policy (-phone +registration):\n%s", diff)
			}
		})
	}
}
