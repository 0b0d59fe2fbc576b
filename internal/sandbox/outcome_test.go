package sandbox_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/enrolment"
	"baton/internal/sandbox"
)

// whole is an enrolment with every step and both documents that have a layout.
func whole() enrolment.Config {
	c := enrolment.New(enrolment.Passport, enrolment.UAEID)
	for i := range c.Documents {
		c.Documents[i].Reading.Enabled = true
	}
	c.FacialRecognition.Enabled, c.BackgroundCheck.Enabled = true, true
	return c
}

func TestSuccessPassesEveryCheck(t *testing.T) {
	p := start(t, nil, nil, nil)
	r := p.enrolled(sandbox.Enrolment{Data: whole().Encode()})
	if len(r.Data.Documents) != 2 || len(r.Data.Verifications) != 2 {
		t.Fatalf("%d documents, %d verifications", len(r.Data.Documents), len(r.Data.Verifications))
	}
	for i, d := range r.Data.Documents {
		v := r.Data.Verifications[i]
		if d.DocumentType != whole().Documents[i].Type || v["documentType"] != d.DocumentType {
			t.Errorf("document %d is a %s, verified as %v", i, d.DocumentType, v["documentType"])
		}
		if d.Scan == nil || d.Reading["data"] == nil || d.Face["match"] != true || d.Face["matchLevel"] != 5.0 || d.Lookup != nil {
			t.Errorf("document %d: %+v", i, d)
		}
		for _, score := range []string{"idScreenDetection", "idPrintDetection", "idPhotoTamperingDetection"} {
			if n := at(v, score, "score").(float64); n > 40 {
				t.Errorf("%s: %v", score, n)
			}
		}
		for _, flag := range [][]string{
			{"mrzChecksum", "valid"}, {"reading", "enabled"}, {"biometric", "enabled"}, {"dataConsistencyCheck", "enabled"},
			{"reading", "passiveAuthentication", "documentDataSignatureValid"},
			{"reading", "passiveAuthentication", "documentSigningCertificateSignatureValid"},
		} {
			if at(v, flag...) != true {
				t.Errorf("%v is not true", flag)
			}
		}
	}
	if b := r.Data.Background; b["type"] != "RDC" || b["match"] != false || b["content"] != nil || b["monitoringId"] != nil {
		t.Errorf("background check %v", b)
	}
}

func TestDocumentsHaveTheProvidersFields(t *testing.T) {
	p := start(t, nil, nil, nil)
	r := p.enrolled(sandbox.Enrolment{Data: whole().Encode(), Documents: []string{"bo", "ana"}})
	passport, card := r.Data.Documents[0], r.Data.Documents[1]
	for _, test := range []struct {
		in    any
		path  string
		value any
	}{
		{passport.Scan, "front.fullName", "BO EXAMPLE"},
		{passport.Scan, "front.passportNumber", "X00000022"},
		{passport.Scan, "front.dateOfBirth", "841103"},
		{passport.Scan, "front.dateOfBirthFormatted", "1984-11-03"},
		{passport.Scan, "front.dateOfBirthFull", "03/11/1984"},
		{passport.Scan, "front.dateOfExpiryFullFormatted", "2043-09-17"},
		{passport.Scan, "front.issueDateFormatted", "2023-09-18"},
		{passport.Scan, "front.mrzVerified", true},
		{passport.Scan, "front.sex", "M"},
		{passport.Scan, "backImageId", nil},
		{passport.Reading, "data.mrz.gender", "MALE"},
		{passport.Reading, "data.mrz.documentNumber", "X00000022"},
		{passport.Reading, "data.countrySigningCertificate.publicKeyAlgorithm", "RSA"},
		{card.Scan, "front.identityNumber", "784-1991-0000001-0"},
		{card.Scan, "front.fullName", "Ana Specimen"},
		{card.Scan, "front.dateOfExpiry", "09/06/2044"},
		{card.Scan, "back.cardNumber", "000000011"},
		{card.Scan, "back.opt1", "784199100000010"},
		{card.Scan, "back.dateOfExpiryFormatted", "2044-06-09"},
		{card.Reading, "data.idNumber", "784199100000010"},
		{card.Reading, "data.fullName", "ANA,,,,,SPECIMEN,"},
		{card.Reading, "data.expiryDate", "2044-06-09T00:00:00.000+04:00"},
	} {
		if got := at(test.in, strings.Split(test.path, ".")...); got != test.value {
			t.Errorf("%s is %v, want %v", test.path, got, test.value)
		}
	}
	if back, ok := passport.Scan["back"].(map[string]any); !ok || len(back) != 0 {
		t.Errorf("a passport's back is %v", passport.Scan["back"])
	}
	line := "P<UTOEXAMPLE<<BO<<<<<<<<<<<<<<<<<<<<<<<<<<<<\nX000000229UTO8411039M4309170<<<<<<<<<<<<<<00"
	if got := at(passport.Scan, "front", "mrzText"); got != line {
		t.Errorf("MRZ %q", got)
	}
}

func TestOnlyWhatWasAskedForIsInTheResult(t *testing.T) {
	p := start(t, nil, nil, nil)
	scanOnly := enrolment.New("PASSPORT")
	r := p.enrolled(sandbox.Enrolment{Data: scanOnly.Encode()})
	d, v := r.Data.Documents[0], r.Data.Verifications[0]
	if d.Scan == nil || d.Reading != nil || d.Face != nil || r.Data.Background != nil {
		t.Errorf("%+v, background %v", d, r.Data.Background)
	}
	for _, part := range []string{"reading", "biometric", "lookup"} {
		if at(v, part, "enabled") != false {
			t.Errorf("%s ran", part)
		}
	}

	licence := enrolment.New("UAE_VL")
	licence.FacialRecognition.Enabled = true
	r = p.enrolled(sandbox.Enrolment{Data: licence.Encode()})
	if d := r.Data.Documents[0]; d.Face != nil || d.Scan["faceImageId"] != nil {
		t.Errorf("a vehicle licence has a face: %+v", d)
	}

	watched := enrolment.New("PASSPORT")
	watched.BackgroundCheck.Enabled, watched.BackgroundCheck.Monitoring, watched.BackgroundCheck.CheckType = true, true, "DOW_JONES"
	r = p.enrolled(sandbox.Enrolment{Data: watched.Encode()})
	if b := r.Data.Background; b["type"] != "DOW_JONES" || len(b["monitoringId"].(string)) != 36 {
		t.Errorf("background check %v", b)
	}
}

func TestOtherTypesHaveAGeneralShape(t *testing.T) {
	p := start(t, nil, nil, nil)
	c := enrolment.New("KEN_ID", "NGA_NIN", "XYZ")
	c.Documents[0].Reading.Enabled = true
	r := p.enrolled(sandbox.Enrolment{Data: c.Encode()})
	card, slip := r.Data.Documents[0], r.Data.Documents[1]
	if card.DocumentType != "KEN_ID" || at(card.Scan, "front", "fullName") != "Ana Specimen" || at(card.Scan, "back", "documentNumber") != "000000011" ||
		card.Scan["backImageId"] == nil || at(card.Reading, "data", "mrz", "primaryIdentifier") != "SPECIMEN" {
		t.Errorf("card %+v", card)
	}
	if at(slip.Scan, "front", "documentNumber") != "000000011" || slip.Scan["backImageId"] != nil {
		t.Errorf("one-sided %+v", slip)
	}
	if at(r.Data.Verifications[0], "mrzChecksum", "enabled") != false {
		t.Error("a zone was checked that is not there")
	}
}

func TestOutcomes(t *testing.T) {
	p := start(t, nil, nil, nil)
	good := p.enrolled(sandbox.Enrolment{Data: whole().Encode()})
	for outcome, check := range map[sandbox.Outcome]func(*testing.T, result){
		sandbox.Success: func(*testing.T, result) {},
		sandbox.FaceMismatch: func(t *testing.T, r result) {
			for i, d := range r.Data.Documents {
				if d.Face["match"] != false || d.Face["matchLevel"] != 1.0 || at(r.Data.Verifications[i], "biometric", "matchLevel") != 1.0 {
					t.Errorf("face %v", d.Face)
				}
				if d.Face["auditTrailImageIdChecksum"] == good.Data.Documents[i].Face["auditTrailImageIdChecksum"] {
					t.Error("the selfie shows the document's holder")
				}
			}
		},
		sandbox.DocumentTampering: func(t *testing.T, r result) {
			if n := at(r.Data.Verifications[0], "idPhotoTamperingDetection", "score").(float64); n <= 70 {
				t.Errorf("score %v", n)
			}
		},
		sandbox.ChipInvalid: func(t *testing.T, r result) {
			passive := at(r.Data.Verifications[0], "reading", "passiveAuthentication")
			if at(passive, "documentDataSignatureValid") != false || at(passive, "documentSigningCertificateSignatureValid") != false {
				t.Errorf("passive authentication %v", passive)
			}
		},
		sandbox.BackgroundHit: func(t *testing.T, r result) {
			entities, _ := at(r.Data.Background, "content", "nonReviewedAlertEntity").([]any)
			if r.Data.Background["match"] != true || len(entities) != 1 || at(entities[0], "entityName") != "Ana Specimen" {
				t.Errorf("background check %v", r.Data.Background)
			}
		},
		sandbox.ExpiredResult: func(t *testing.T, r result) {
			if now := p.clock.now().Unix(); r.Exp >= now || r.Iat >= r.Exp {
				t.Errorf("iat %d, exp %d, now %d", r.Iat, r.Exp, now)
			}
		},
	} {
		t.Run(string(outcome), func(t *testing.T) {
			p.t = t
			r := p.enrolled(sandbox.Enrolment{Data: whole().Encode(), Outcome: outcome})
			check(t, r)
			if diff := cmp.Diff(unchanging(good), unchanging(r)); (diff == "") != (outcome == sandbox.Success) {
				t.Errorf("compared with a success:\n%s", diff)
			}
		})
	}
}

// unchanging leaves out the ids that are new in each result.
func unchanging(r result) result {
	for _, d := range r.Data.Documents {
		for _, part := range []map[string]any{d.Scan, d.Face} {
			for name := range part {
				if strings.HasSuffix(name, "ImageId") {
					delete(part, name)
				}
			}
		}
	}
	return r
}

func TestTamperedResultDoesNotVerify(t *testing.T) {
	p := start(t, nil, nil, nil)
	if a := p.enrol(session, sandbox.Enrolment{Data: whole().Encode(), Outcome: sandbox.TamperedResult}); a.status != 204 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if _, err := p.verify(p.fetch(session)); err == nil {
		t.Error("the signature holds")
	}
}

// A second run of a phone must not change what a backend may have acted on; a repeated call is no second enrolment.
func TestASessionHasOneResult(t *testing.T) {
	p := start(t, nil, nil, nil)
	first := sandbox.Enrolment{Data: enrolment.Default().Encode(), Outcome: sandbox.FaceMismatch}
	p.enrolled(first)
	jws := p.fetch(session)
	if a := p.enrol(session, first); a.status != http.StatusNoContent {
		t.Errorf("the same enrolment again is answered %d %s", a.status, a.body)
	}
	if a := p.enrol(session, sandbox.Enrolment{Data: enrolment.Default().Encode()}); a.status != http.StatusConflict || a.code(t) != "RESULT_EXISTS" {
		t.Errorf("another one is answered %d %s, want 409 RESULT_EXISTS", a.status, a.body)
	}
	if p.fetch(session) != jws {
		t.Error("the result is another one")
	}
	again := start(t, p.store, p.clock, nil) // the first answer may have been lost with the process
	if a := again.enrol(session, first); a.status != http.StatusNoContent {
		t.Errorf("after a restart the same enrolment is answered %d %s", a.status, a.body)
	}
}

func TestImagesGone(t *testing.T) {
	p := start(t, nil, nil, nil)
	r := p.enrolled(sandbox.Enrolment{Data: whole().Encode(), Outcome: sandbox.ImagesGone})
	id, _ := r.Data.Documents[0].Scan["frontImageId"].(string)
	if a := p.call(http.MethodGet, "/api/v1/info/img/"+id, ""); len(id) != 24 || a.status != http.StatusNotFound || a.code(t) != "NOT_FOUND" {
		t.Errorf("image %q: %d %s", id, a.status, a.body)
	}
}

// The result waits for its time, and a caller who leaves does not wait along.
func TestSlowProvider(t *testing.T) {
	p := start(t, nil, nil, func(c *sandbox.Config) { c.Lateness = 50 * time.Millisecond })
	p.enrolled(sandbox.Enrolment{Data: whole().Encode(), Outcome: sandbox.SlowProvider})
	slow := start(t, nil, nil, func(c *sandbox.Config) { c.Lateness = time.Hour })
	if a := slow.enrol(session, sandbox.Enrolment{Data: whole().Encode(), Outcome: sandbox.SlowProvider}); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	ctx, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/info/"+session, nil)
	request.Header.Set("Authorization", "Bearer "+slow.bearer)
	answer := httptest.NewRecorder()
	slow.sandbox.Handler().ServeHTTP(answer, request) // returns
	if answer.Code != http.StatusServiceUnavailable {
		t.Errorf("before its time the answer is %d %s", answer.Code, answer.Body)
	}
}

func TestAWishIsTakenOnce(t *testing.T) {
	const other = "00000000-0000-4000-8000-00000000beef"
	p := start(t, nil, nil, nil)
	asked := func(id string) string { return string(p.call(http.MethodGet, "/api/v1/enrolment/"+id, "").body) }
	p.sandbox.Choose(enrolment.Wish{Outcome: enrolment.OutcomeUserCancels, At: "FACE"})
	for range 2 { // a phone that is loaded again
		if got := asked(session); got != `{"outcome":"user_cancels","at":"FACE"}` {
			t.Errorf("the first phone is told %s", got)
		}
	}
	if got := asked(other); got != `{"outcome":""}` || p.sandbox.Chosen() != (enrolment.Wish{}) {
		t.Errorf("the second phone is told %s; next is %v", got, p.sandbox.Chosen())
	}
	if got := p.sandbox.Taken(session); got.Outcome != enrolment.OutcomeUserCancels {
		t.Errorf("taken is %v", got)
	}
	if a := p.send(http.MethodGet, "/api/v1/enrolment/"+session, "", nil); a.status != 401 {
		t.Errorf("without a token: %d", a.status)
	}

	// A phone that does not ask still gets the provider's part of it.
	const third = "00000000-0000-4000-8000-00000000cafe"
	p.sandbox.Choose(enrolment.Wish{Outcome: enrolment.OutcomeTamperedResult})
	if a := p.enrol(third, sandbox.Enrolment{Data: whole().Encode()}); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if _, err := p.verify(p.fetch(third)); err == nil {
		t.Error("the signature holds")
	}
	p.sandbox.Choose(enrolment.Wish{Outcome: enrolment.OutcomeTamperedResult})
	if a := p.enrol(other, sandbox.Enrolment{Data: whole().Encode(), Outcome: sandbox.Success}); a.status != http.StatusNoContent || p.sandbox.Chosen() == (enrolment.Wish{}) {
		t.Errorf("%d %s: a phone that names its outcome takes no wish", a.status, a.body)
	}
}

func TestSkippedChipIsNotInTheResult(t *testing.T) {
	p := start(t, nil, nil, nil)
	r := p.enrolled(sandbox.Enrolment{Data: enrolment.Default().Encode(), Steps: []string{"SCAN", "FACE", "BACKGROUND_CHECK", "INFO"}})
	if d := r.Data.Documents[0]; d.Reading != nil || d.Face == nil {
		t.Errorf("%+v", d)
	}
	r = p.enrolled(sandbox.Enrolment{Data: whole().Encode(), Steps: []string{"SCAN", "FACE", "SCAN", "READ", "FACE", "BACKGROUND_CHECK"}})
	if r.Data.Documents[0].Reading != nil || r.Data.Documents[1].Reading == nil {
		t.Error("the wrong document's chip was skipped")
	}
}

func TestIncompleteResultHasWhatWasDone(t *testing.T) {
	p := start(t, nil, nil, nil)
	c := whole()
	c.General.ReturnDataIncomplete = true
	r := p.enrolled(sandbox.Enrolment{Data: c.Encode(), Outcome: sandbox.Incomplete, Steps: []string{"SCAN", "READ", "FACE", "SCAN"}})
	if len(r.Data.Documents) != 2 || len(r.Data.Verifications) != 2 || r.Data.Background != nil {
		t.Fatalf("%+v", r.Data)
	}
	first, second := r.Data.Documents[0], r.Data.Documents[1]
	if first.Reading == nil || first.Face == nil || second.Scan == nil || second.Reading != nil || second.Face != nil {
		t.Errorf("%+v\n%+v", first, second)
	}
	r = p.enrolled(sandbox.Enrolment{Data: c.Encode(), Outcome: sandbox.Incomplete, Steps: []string{"SCAN"}})
	if len(r.Data.Documents) != 1 || r.Data.Documents[0].Face != nil {
		t.Errorf("%+v", r.Data)
	}
}

func TestEnrolmentsThatAreRefused(t *testing.T) {
	p := start(t, nil, nil, nil)
	passport, partial, forced := enrolment.New("PASSPORT"), enrolment.Default(), enrolment.Default()
	partial.General.ReturnDataIncomplete = true
	forced.Documents[0].Reading.Force = true
	text := func(e sandbox.Enrolment) reply { return p.enrol(session, e) }
	for _, test := range []struct {
		name   string
		answer reply
		status int
		says   string
	}{
		{"no JSON", p.call("POST", "/api/v1/enrolment/"+session, "x"), 400, "JSON"},
		{"null", p.call("POST", "/api/v1/enrolment/"+session, "null"), 400, "Base64"},
		{"data of another kind", p.call("POST", "/api/v1/enrolment/"+session, `{"data":{}}`), 400, "strings"},
		{"data in another case", p.call("POST", "/api/v1/enrolment/"+session, `{"Data":"e30="}`), 400, "Base64"},
		{"data that is wrong inside", p.call("POST", "/api/v1/enrolment/"+session, `{"data":"e30="}`), 400, "documents must name"},
		{"a huge body", p.call("POST", "/api/v1/enrolment/"+session, `{"data":"`+strings.Repeat("x", 70<<10)+`"}`), 413, "65536"},
		{"no UUID", p.call("POST", "/api/v1/enrolment/x", `{}`), 400, "UUID"},
		{"another media type", p.send("POST", "/api/v1/enrolment/"+session, `{}`, map[string]string{"Authorization": "Bearer " + p.bearer, "Content-Type": "text/plain"}), 415, "application/json"},
		{"no token", p.send("POST", "/api/v1/enrolment/"+session, `{}`, nil), 401, "access token"},
		{"an unknown outcome", text(sandbox.Enrolment{Data: passport.Encode(), Outcome: "luck"}), 400, "face_mismatch"},
		{"an unknown specimen", text(sandbox.Enrolment{Data: passport.Encode(), Documents: []string{"nobody"}}), 400, "documents[0]"},
		{"too many specimens", text(sandbox.Enrolment{Data: passport.Encode(), Documents: []string{"ana", "bo"}}), 400, "2 entries"},
		{"an expired document", text(sandbox.Enrolment{Data: passport.Encode(), Documents: []string{"cleo-expired"}}), 400, "expired"},
		{"no face to mismatch", text(sandbox.Enrolment{Data: passport.Encode(), Outcome: sandbox.FaceMismatch}), 400, "face_mismatch"},
		{"no chip to be invalid", text(sandbox.Enrolment{Data: passport.Encode(), Outcome: sandbox.ChipInvalid}), 400, "chip_invalid"},
		{"no list to be on", text(sandbox.Enrolment{Data: passport.Encode(), Outcome: sandbox.BackgroundHit}), 400, "background_hit"},
		{"incomplete where it was not asked for", text(sandbox.Enrolment{Data: passport.Encode(), Outcome: sandbox.Incomplete, Steps: []string{"SCAN"}}), 400, "returnDataForIncompleteSession"},
		{"incomplete without a scan", text(sandbox.Enrolment{Data: partial.Encode(), Outcome: sandbox.Incomplete, Steps: []string{}}), 400, "SCAN"},
		{"a step left out", text(sandbox.Enrolment{Data: partial.Encode(), Steps: []string{"SCAN", "READ", "BACKGROUND_CHECK"}}), 400, "FACE"},
		{"steps that stop early", text(sandbox.Enrolment{Data: partial.Encode(), Steps: []string{"SCAN"}}), 400, "FACE"},
		{"a step too many", text(sandbox.Enrolment{Data: passport.Encode(), Steps: []string{"SCAN", "SCAN"}}), 400, "too many"},
		{"a required chip that was skipped", text(sandbox.Enrolment{Data: forced.Encode(), Steps: []string{"SCAN", "FACE", "BACKGROUND_CHECK"}}), 400, "READ"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.answer.status != test.status || !strings.Contains(string(test.answer.body), test.says) {
				t.Errorf("got %d %s, want %d with %q", test.answer.status, test.answer.body, test.status, test.says)
			}
			test.answer.code(t)
		})
	}
	if a := p.call(http.MethodGet, "/api/v1/info/"+session, ""); a.status != 400 {
		t.Errorf("a refused enrolment left a result: %d", a.status)
	}
}

func TestExpiredDocumentWhereAllowed(t *testing.T) {
	p := start(t, nil, nil, nil)
	c := enrolment.New("PASSPORT")
	c.Documents[0].ExpiredAllowed = true
	r := p.enrolled(sandbox.Enrolment{Data: c.Encode(), Documents: []string{"cleo-expired"}})
	until := at(r.Data.Documents[0].Scan, "front", "dateOfExpiryFormatted").(string)
	if day, err := time.Parse(time.DateOnly, until); err != nil || day.After(p.clock.now()) {
		t.Errorf("valid to %s", until)
	}
}
