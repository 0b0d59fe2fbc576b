package enrolment_test

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/enrolment"
)

// full sets every field of the reference to something that is not its default, and has unknown keys at every level.
const full = `{
 "documents": [{"documentType": "UAE_ID",
  "reading": {"enabled": true, "isForceReading": true, "isForceReadingIfSupported": true, "timeoutInSeconds": 20, "later": 1},
  "isExpiredDocumentAllowed": true, "isFrontSideReviewEnabled": true, "isBackSideReviewEnabled": true,
  "isUploadEnabled": true, "isHelpPageDisabled": true, "faceScanMinimumMatchLevel": 4, "faceReadMinimumMatchLevel": 5,
  "minimumAge": 18}],
 "generalConfig": {"secureWindowsEnabled": false, "isRootedDeviceAllowed": true,
  "userIdentifier": "00000000-0000-4000-8000-00000000abcd", "returnDataForIncompleteSession": true, "nonce": "n"},
 "backgroundCheck": {"enabled": true, "checkType": "DOW_JONES", "disableConsent": true, "enableMonitoring": true,
  "skipView": true, "x": null},
 "facialRecognition": {"enabled": true, "isEnrollFace": true, "scanMinimumMatchLevel": 3, "readMinimumMatchLevel": 4,
  "maxAttempts": 2, "allowClosedEyes": false},
 "appearanceMode": {"a": ["<b>", 1.50]}
}`

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestParseReadsEveryField(t *testing.T) {
	want := enrolment.Config{
		Documents: []enrolment.Document{{
			Type: "UAE_ID",
			Reading: enrolment.Reading{
				Enabled: true, Force: true, ForceIfSupported: true, TimeoutSeconds: 20, Unknown: enrolment.Unknown{"later": raw("1")},
			},
			ExpiredAllowed: true, ReviewFront: true, ReviewBack: true, UploadEnabled: true, HelpDisabled: true,
			ScanMatchLevel: 4, ReadMatchLevel: 5, Unknown: enrolment.Unknown{"minimumAge": raw("18")},
		}},
		General: enrolment.General{
			RootedDeviceAllowed: true, UserIdentifier: "00000000-0000-4000-8000-00000000abcd", ReturnDataIncomplete: true,
			Unknown: enrolment.Unknown{"nonce": raw(`"n"`)},
		},
		BackgroundCheck: enrolment.BackgroundCheck{
			Enabled: true, CheckType: "DOW_JONES", DisableConsent: true, Monitoring: true, SkipView: true,
			Unknown: enrolment.Unknown{"x": raw("null")},
		},
		FacialRecognition: enrolment.FacialRecognition{
			Enabled: true, EnrollFace: true, ScanMatchLevel: 3, ReadMatchLevel: 4, MaxAttempts: 2,
			Unknown: enrolment.Unknown{"allowClosedEyes": raw("false")},
		},
		Unknown: enrolment.Unknown{"appearanceMode": raw(`{"a": ["<b>", 1.50]}`)},
	}
	got, err := enrolment.Parse(encode(full))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wrong (-want +got):\n%s", diff)
	}
}

func TestParseFillsInTheReferencesDefaults(t *testing.T) {
	want := enrolment.Config{
		Documents:         []enrolment.Document{{Type: "PASSPORT", Reading: enrolment.Reading{TimeoutSeconds: -1}}},
		General:           enrolment.General{SecureWindows: true},
		BackgroundCheck:   enrolment.BackgroundCheck{CheckType: "RDC"},
		FacialRecognition: enrolment.FacialRecognition{ScanMatchLevel: 2, ReadMatchLevel: 3, MaxAttempts: 3},
	}
	for name, text := range map[string]string{
		"missing": `{"documents":[{"documentType":"PASSPORT"}]}`,
		"null": `{"documents":[{"documentType":"PASSPORT","reading":null,"isUploadEnabled":null,"faceScanMinimumMatchLevel":null}],
		  "generalConfig":null,"backgroundCheck":{"checkType":null},"facialRecognition":{"maxAttempts":null,"scanMinimumMatchLevel":null}}`,
		"not set, as the app writes it": `{"documents":[{"documentType":"PASSPORT","faceScanMinimumMatchLevel":-1,"faceReadMinimumMatchLevel":-1}],
		  "facialRecognition":{"scanMinimumMatchLevel":-1,"readMinimumMatchLevel":-1}}`,
		"empty objects": `{"documents":[{"documentType":"PASSPORT","reading":{}}],"generalConfig":{},"backgroundCheck":{},"facialRecognition":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := enrolment.Parse(encode(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("wrong (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseNamesThePathOfWhatIsWrong(t *testing.T) {
	document := func(fields string) string {
		return `{"documents":[{"documentType":"UAE_ID"},{"documentType":"PASSPORT",` + fields + `}]}`
	}
	general := func(section, fields string) string {
		return `{"documents":[{"documentType":"PASSPORT"}],"` + section + `":` + fields + `}`
	}
	for _, test := range []struct{ name, text, path, says string }{
		{"not JSON", `documents`, "", "one JSON object"},
		{"something after the object", `{} {}`, "", "one JSON object"},
		{"an array", `[]`, "", "must be a JSON object"},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "", "UTF-8"},
		{"no documents", `{}`, "documents", "1 to 10"},
		{"empty documents", `{"documents":[]}`, "documents", "1 to 10"},
		{"too many documents", `{"documents":[` + strings.Repeat(`{"documentType":"A"},`, 10) + `{"documentType":"A"}]}`, "documents", "1 to 10"},
		{"documents as an object", `{"documents":{}}`, "documents", "array"},
		{"a document that is null", `{"documents":[null]}`, "documents[0]", "object"},
		{"a document that is a string", `{"documents":["PASSPORT"]}`, "documents[0]", "object"},
		{"a key in another case", `{"Documents":[{"documentType":"PASSPORT"}]}`, "documents", "1 to 10"},
		{"a document without type", `{"documents":[{}]}`, "documents[0].documentType", "missing"},
		{"a type in another case", `{"documents":[{"DocumentType":"PASSPORT"}]}`, "documents[0].documentType", "missing"},
		{"an empty type", `{"documents":[{"documentType":""}]}`, "documents[0].documentType", "must be a type"},
		{"a type with markup", `{"documents":[{"documentType":"<b>"}]}`, "documents[0].documentType", "must be a type"},
		{"a type that is too long", `{"documents":[{"documentType":"` + strings.Repeat("A", 65) + `"}]}`, "documents[0].documentType", "64"},
		{"a type that is a number", `{"documents":[{"documentType":1}]}`, "documents[0].documentType", "string"},
		{"a key twice", `{"documents":[{"documentType":"A","documentType":"B"}]}`, "documents[0].documentType", "twice"},
		{"a flag as text", document(`"isUploadEnabled":"true"`), "documents[1].isUploadEnabled", "true or false"},
		{"a flag as number", document(`"isExpiredDocumentAllowed":1`), "documents[1].isExpiredDocumentAllowed", "true or false"},
		{"reading as flag", document(`"reading":true`), "documents[1].reading", "object"},
		{"reading enabled as text", document(`"reading":{"enabled":"yes"}`), "documents[1].reading.enabled", "true or false"},
		{"time-out zero", document(`"reading":{"timeoutInSeconds":0}`), "documents[1].reading.timeoutInSeconds", "above 0"},
		{"time-out below -1", document(`"reading":{"timeoutInSeconds":-2}`), "documents[1].reading.timeoutInSeconds", "above 0"},
		{"time-out with a fraction", document(`"reading":{"timeoutInSeconds":1.5}`), "documents[1].reading.timeoutInSeconds", "whole number"},
		{"time-out too large", document(`"reading":{"timeoutInSeconds":2147483648}`), "documents[1].reading.timeoutInSeconds", "2147483647"},
		{"level zero", document(`"faceScanMinimumMatchLevel":0`), "documents[1].faceScanMinimumMatchLevel", "1 to 5"},
		{"level six", document(`"faceReadMinimumMatchLevel":6`), "documents[1].faceReadMinimumMatchLevel", "1 to 5"},
		{"level as text", document(`"faceReadMinimumMatchLevel":"3"`), "documents[1].faceReadMinimumMatchLevel", "whole number"},
		{"section as array", general("generalConfig", `[]`), "generalConfig", "object"},
		{"not a UUID", general("generalConfig", `{"userIdentifier":"ana"}`), "generalConfig.userIdentifier", "UUID"},
		{"an empty UUID", general("generalConfig", `{"userIdentifier":""}`), "generalConfig.userIdentifier", "UUID"},
		{"unknown check", general("backgroundCheck", `{"checkType":"rdc"}`), "backgroundCheck.checkType", "RDC or DOW_JONES"},
		{"level of all documents", general("facialRecognition", `{"scanMinimumMatchLevel":9}`), "facialRecognition.scanMinimumMatchLevel", "1 to 5"},
		{"no attempts", general("facialRecognition", `{"maxAttempts":0}`), "facialRecognition.maxAttempts", "1, 2 or 3"},
		{"four attempts", general("facialRecognition", `{"maxAttempts":4}`), "facialRecognition.maxAttempts", "1, 2 or 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := enrolment.Parse(encode(test.text))
			field, ok := err.(*enrolment.FieldError)
			if !ok {
				t.Fatalf("got %v, want a *FieldError", err)
			}
			if field.Path != test.path || !strings.Contains(field.Problem, test.says) {
				t.Errorf("got path %q, problem %q; want path %q and a word of %q", field.Path, field.Problem, test.path, test.says)
			}
			if !strings.Contains(err.Error(), test.path) {
				t.Errorf("the error %q does not name the path", err)
			}
		})
	}
}

func TestParseRefusesWhatIsNotBase64(t *testing.T) {
	for _, data := range []string{"", `{"documents":[]}`, "e30", "e3-_", "e30=x"} {
		t.Run(strconv.Quote(data), func(t *testing.T) {
			if _, err := enrolment.Parse(data); err == nil || !strings.Contains(err.Error(), "Base64") {
				t.Errorf("got %v, want an error that speaks of Base64", err)
			}
		})
	}
}

func TestParseAcceptsUnknownTypes(t *testing.T) {
	c, err := enrolment.ParseJSON([]byte(`{"documents":[{"documentType":"XYZ_ID_2"}]}`))
	if err != nil || c.Documents[0].Type != "XYZ_ID_2" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestEncodeWritesTheWholeJSONAgain(t *testing.T) {
	c, err := enrolment.Parse(encode(full))
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal([]byte(full), &want); err != nil {
		t.Fatal(err)
	}
	text, err := base64.StdEncoding.DecodeString(c.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("re-encoding changed it (-want +got):\n%s", diff)
	}
	if !strings.Contains(string(text), `"<b>",1.50`) {
		t.Errorf("unknown values are not as they came: %s", text)
	}
}

func TestDefaultIsWhatItEncodes(t *testing.T) {
	got, err := enrolment.Parse(enrolment.Default().Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(enrolment.Default(), got); diff != "" {
		t.Errorf("wrong (-want +got):\n%s", diff)
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(full))
	f.Add(enrolment.Default().JSON())
	f.Add([]byte(`{"documents":[{"documentType":"A","reading":{"timeoutInSeconds":2147483647}}],"\ud800":"\ud800"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := enrolment.ParseJSON(text)
		if err != nil {
			return
		}
		again, err := enrolment.ParseJSON(c.JSON())
		if err != nil {
			t.Fatalf("cannot read what was written: %v\n%s", err, c.JSON())
		}
		if string(again.JSON()) != string(c.JSON()) {
			t.Errorf("written twice, it differs:\n%s\n%s", c.JSON(), again.JSON())
		}
		plan := c.Plan()
		if last := plan[len(plan)-1]; last.Step != enrolment.StepInfo {
			t.Errorf("the plan ends in %+v", last)
		}
	})
}
