package enrolment_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/enrolment"
)

// fields has, for every field of the app's JSON, a value that differs from base's.
var fields = map[string]string{
	"documents[].documentType":                      `"PASSPORT"`,
	"documents[].reading.enabled":                   `false`,
	"documents[].reading.isForceReading":            `true`,
	"documents[].reading.isForceReadingIfSupported": `true`,
	"documents[].reading.timeoutInSeconds":          `30`,
	"documents[].isExpiredDocumentAllowed":          `true`,
	"documents[].isFrontSideReviewEnabled":          `true`,
	"documents[].isBackSideReviewEnabled":           `true`,
	"documents[].isUploadEnabled":                   `true`,
	"documents[].isHelpPageDisabled":                `true`,
	"documents[].faceScanMinimumMatchLevel":         `4`,
	"documents[].faceReadMinimumMatchLevel":         `5`,
	"generalConfig.secureWindowsEnabled":            `false`,
	"generalConfig.isRootedDeviceAllowed":           `true`,
	"generalConfig.userIdentifier":                  `"00000000-0000-4000-8000-00000000abcd"`,
	"generalConfig.returnDataForIncompleteSession":  `true`,
	"backgroundCheck.enabled":                       `false`,
	"backgroundCheck.checkType":                     `"DOW_JONES"`,
	"backgroundCheck.disableConsent":                `true`,
	"backgroundCheck.enableMonitoring":              `true`,
	"backgroundCheck.skipView":                      `true`,
	"facialRecognition.enabled":                     `false`,
	"facialRecognition.isEnrollFace":                `true`,
	"facialRecognition.scanMinimumMatchLevel":       `5`,
	"facialRecognition.readMinimumMatchLevel":       `4`,
	"facialRecognition.maxAttempts":                 `1`,
}

// base has every step, so that what changes one of them can be seen. Levels of its document are not set.
func base() enrolment.Config {
	c := enrolment.New(enrolment.UAEID)
	c.Documents[0].Reading.Enabled = true
	c.FacialRecognition.Enabled = true
	c.BackgroundCheck.Enabled = true
	return c
}

// behaviour is all that a phone does of its own accord.
func behaviour(c enrolment.Config) string {
	var b strings.Builder
	decide := func(d enrolment.Decision) { fmt.Fprintf(&b, "  %s %s\n", d.Action, d.Reason) }
	expired := enrolment.SpecimensFor(c.Documents[0].Type)[2]
	for _, s := range c.Plan() {
		fmt.Fprintf(&b, "%s %s %s %s screenshots blocked %t silent %t upload %t list %s monitoring %t\n",
			s.Kind, s.Step, s.DocumentType, s.Side, s.ScreenshotsBlocked, s.Silent, s.UploadOffered, s.CheckType, s.Monitoring)
		decide(s.Open(false))
		decide(s.Scan(expired, noon))
		fmt.Fprintf(&b, "  skip offered %t\n", s.SkipOffered(30*time.Second))
		for level := range 6 {
			for attempt := range 3 {
				decide(s.Face(attempt+1, level, false))
				decide(s.Face(attempt+1, level, true))
			}
		}
	}
	fmt.Fprintln(&b, "hands in", c.HandsInIncomplete([]string{enrolment.StepScan}))
	return b.String()
}

func TestEveryFieldHasAnEffectOrIsListed(t *testing.T) {
	for path, value := range fields {
		t.Run(path, func(t *testing.T) {
			var tree map[string]any
			if err := json.Unmarshal(base().JSON(), &tree); err != nil {
				t.Fatal(err)
			}
			set(tree, strings.Split(path, "."), json.RawMessage(value))
			text, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			c, err := enrolment.ParseJSON(text)
			if err != nil {
				t.Fatal(err)
			}
			if cmp.Equal(base(), c) {
				t.Fatal("the field is not read")
			}
			_, listed := enrolment.WithoutEffect[path]
			if changed := behaviour(base()) != behaviour(c); changed == listed {
				t.Errorf("changes the phone: %t; listed as without effect: %t", changed, listed)
			}
		})
	}
}

func TestEveryFieldOfTheJSONIsTested(t *testing.T) {
	c := base()
	c.Documents[0].ScanMatchLevel, c.Documents[0].ReadMatchLevel = 2, 3 // else left out
	var tree map[string]any
	if err := json.Unmarshal(c.JSON(), &tree); err != nil {
		t.Fatal(err)
	}
	tested := slices.Sorted(maps.Keys(fields))
	written := slices.Sorted(slices.Values(paths("", tree)))
	if diff := cmp.Diff(tested, written); diff != "" {
		t.Errorf("the JSON has other fields than this test (-tested +written):\n%s", diff)
	}
	for path := range enrolment.WithoutEffect {
		if _, known := fields[path]; !known {
			t.Errorf("%s is listed as without effect and is no field", path)
		}
	}
}

func paths(prefix string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		var all []string
		for key, element := range v {
			all = append(all, paths(strings.TrimPrefix(prefix+"."+key, "."), element)...)
		}
		return all
	case []any:
		return paths(prefix+"[]", v[0])
	}
	return []string{prefix}
}

func set(tree map[string]any, path []string, value json.RawMessage) {
	if key, isList := strings.CutSuffix(path[0], "[]"); isList {
		set(tree[key].([]any)[0].(map[string]any), path[1:], value)
	} else if len(path) == 1 {
		tree[key] = value
	} else {
		set(tree[key].(map[string]any), path[1:], value)
	}
}
