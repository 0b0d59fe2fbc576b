package enrolment_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"baton/internal/enrolment"
)

func pathsOf(found []*enrolment.FieldError) []string {
	var all []string
	for _, f := range found {
		all = append(all, f.Path)
	}
	return all
}

func TestCheckNamesEverythingThatIsWrong(t *testing.T) {
	_, errors, _ := enrolment.Check([]byte(`{"documents":[{"documentType":"UAE ID","reading":{"timeoutInSeconds":0},"faceScanMinimumMatchLevel":6}],
		"generalConfig":{"userIdentifier":"me"},"facialRecognition":{"maxAttempts":4}}`))
	want := []string{"documents[0].documentType", "documents[0].reading.timeoutInSeconds", "documents[0].faceScanMinimumMatchLevel",
		"generalConfig.userIdentifier", "facialRecognition.maxAttempts"}
	if got := pathsOf(errors); !slices.Equal(got, want) {
		t.Errorf("wrong are %q, want %q", got, want)
	}
	_, errors, _ = enrolment.Check([]byte(`{"documents":[{"documentType":"PASSPORT"}],"x":"` + strings.Repeat("x", enrolment.MaxData) + `"}`))
	if len(errors) != 1 || !strings.Contains(errors[0].Error(), "a session takes 16384") {
		t.Errorf("too much data: %v", errors)
	}
}

func TestCheckWarns(t *testing.T) {
	for text, want := range map[string][]string{
		`{"documents":[{"documentType":"PASSPORT"}]}`:                                                                           nil,
		`{"documents":[{"documentType":"UTO_ID"}]}`:                                                                             {"documents[0].documentType"},
		`{"documents":[{"documentType":"UAE_VL","reading":{"enabled":true}}],"facialRecognition":{"enabled":true}}`:             {"documents[0].reading.enabled", "facialRecognition.enabled"},
		`{"documents":[{"documentType":"PASSPORT","reading":{"enabled":true,"isForceReading":true,"timeoutInSeconds":9}}]}`:     {"documents[0].reading.timeoutInSeconds"},
		`{"documents":[{"documentType":"PASSPORT","isBackSideReviewEnabled":true,"isUploadEnabled":true}]}`:                     {"documents[0].isBackSideReviewEnabled", "documents[0].isUploadEnabled"},
		`{"documents":[{"documentType":"PASSPORT","faceReadMinimumMatchLevel":4}]}`:                                             {"documents[0]"},
		`{"documents":[{"documentType":"PASSPORT","faceReadMinimumMatchLevel":4}],"facialRecognition":{"enabled":true}}`:        {"documents[0].faceReadMinimumMatchLevel"},
		`{"documents":[{"documentType":"PASSPORT","new":1,"reading":{"newer":2}}],"backgroundCheck":{"enableMonitoring":true}}`: {"documents[0].new", "documents[0].reading.newer", "backgroundCheck.enableMonitoring"},
	} {
		if _, errors, warnings := enrolment.Check([]byte(text)); len(errors) > 0 || !slices.Equal(pathsOf(warnings), want) {
			t.Errorf("%s: errors %v, warnings at %q, want %q", text, errors, pathsOf(warnings), want)
		}
	}
}

func TestPresetsAreSound(t *testing.T) {
	for _, preset := range enrolment.Presets() {
		text, _ := base64.StdEncoding.DecodeString(preset.Config.Encode())
		if _, errors, warnings := enrolment.Check(text); len(errors)+len(warnings) > 0 {
			t.Errorf("%s: %v %v", preset.Name, errors, warnings)
		}
		if len(preset.Config.Tasks()) == 0 {
			t.Errorf("%s asks for nothing", preset.Name)
		}
	}
	if enrolment.Presets()[0].Config.Encode() != enrolment.Default().Encode() {
		t.Error("the first preset is not the default")
	}
}

func TestEveryKnownTypeIsOfAKind(t *testing.T) {
	seen := map[string]bool{}
	for _, one := range enrolment.Types() {
		if one.Name == "" || enrolment.Kinds()[one.Kind] == "" || seen[one.Name] {
			t.Errorf("%+v", one)
		}
		seen[one.Name] = true
	}
	if len(seen) < 74 {
		t.Errorf("%d types", len(seen))
	}
	if _, known := enrolment.TypeOf("UTO_ID"); known {
		t.Error("Utopia has a type")
	}
}
