package enrolment_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/enrolment"
)

var noon = time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)

// outline is a plan as "document kind/side→STEP".
func outline(c enrolment.Config) []string {
	var lines []string
	for _, s := range c.Plan() {
		line := s.DocumentType
		if line != "" {
			line += " "
		}
		line += string(s.Kind)
		if s.Side != "" {
			line += "/" + string(s.Side)
		}
		if s.Step != "" {
			line += "→" + s.Step
		}
		lines = append(lines, line)
	}
	return lines
}

func TestPlan(t *testing.T) {
	with := func(c enrolment.Config, change func(*enrolment.Config)) enrolment.Config {
		change(&c)
		return c
	}
	for _, test := range []struct {
		name   string
		config enrolment.Config
		want   []string
		steps  []string
	}{
		{"the default shows every step once", enrolment.Default(),
			[]string{"PASSPORT help", "PASSPORT scan/front→SCAN", "PASSPORT read→READ", "PASSPORT face→FACE", "consent", "background→BACKGROUND_CHECK", "finish→INFO"},
			[]string{"SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO"}},
		{"a passport alone is one scan", enrolment.New("PASSPORT"),
			[]string{"PASSPORT help", "PASSPORT scan/front→SCAN", "finish→INFO"}, []string{"SCAN", "INFO"}},
		{"a card is scanned from both sides", enrolment.New("UAE_ID"),
			[]string{"UAE_ID help", "UAE_ID scan/front", "UAE_ID scan/back→SCAN", "finish→INFO"}, []string{"SCAN", "INFO"}},
		{"an unknown type is taken for a card", enrolment.New("XYZ_ID"),
			[]string{"XYZ_ID help", "XYZ_ID scan/front", "XYZ_ID scan/back→SCAN", "finish→INFO"}, []string{"SCAN", "INFO"}},
		{"reviews come after their side and end the scan",
			with(enrolment.New("UAE_ID"), func(c *enrolment.Config) {
				d := &c.Documents[0]
				d.ReviewFront, d.ReviewBack, d.HelpDisabled = true, true, true
			}),
			[]string{"UAE_ID scan/front", "UAE_ID review/front", "UAE_ID scan/back", "UAE_ID review/back→SCAN", "finish→INFO"}, []string{"SCAN", "INFO"}},
		{"a back that is not there is not reviewed",
			with(enrolment.New("PASSPORT"), func(c *enrolment.Config) { c.Documents[0].ReviewBack = true }),
			[]string{"PASSPORT help", "PASSPORT scan/front→SCAN", "finish→INFO"}, []string{"SCAN", "INFO"}},
		{"two documents are two scans in their order, and one step",
			with(enrolment.New("UAE_ID", "PASSPORT"), func(c *enrolment.Config) {
				c.Documents[0].HelpDisabled, c.Documents[1].HelpDisabled = true, true
				c.Documents[1].Reading.Enabled = true
				c.FacialRecognition.Enabled = true
			}),
			[]string{"UAE_ID scan/front", "UAE_ID scan/back→SCAN", "UAE_ID face→FACE", "PASSPORT scan/front→SCAN", "PASSPORT read→READ", "PASSPORT face→FACE", "finish→INFO"},
			[]string{"SCAN", "FACE", "READ", "INFO"}},
		{"a vehicle licence shows no face",
			with(enrolment.New("UAE_VL", "SDN_VL", "UAE_VL_PDF", "OMN_VL"), func(c *enrolment.Config) { c.FacialRecognition.Enabled = true }),
			[]string{"UAE_VL help", "UAE_VL scan/front", "UAE_VL scan/back→SCAN", "SDN_VL help", "SDN_VL scan/front", "SDN_VL scan/back→SCAN",
				"UAE_VL_PDF help", "UAE_VL_PDF scan/front→SCAN", "OMN_VL help", "OMN_VL scan/front", "OMN_VL scan/back→SCAN", "finish→INFO"},
			[]string{"SCAN", "INFO"}},
		{"a silent check without consent is one screen that shows nothing",
			with(enrolment.New("PASSPORT"), func(c *enrolment.Config) {
				c.BackgroundCheck.Enabled, c.BackgroundCheck.DisableConsent, c.BackgroundCheck.SkipView = true, true, true
			}),
			[]string{"PASSPORT help", "PASSPORT scan/front→SCAN", "background→BACKGROUND_CHECK", "finish→INFO"}, []string{"SCAN", "BACKGROUND_CHECK", "INFO"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, outline(test.config)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.steps, test.config.Steps()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneSidedTypes(t *testing.T) {
	for _, name := range []string{"PASSPORT", "UAE_VISA", "NGA_DL", "NGA_VOTER_ID", "NGA_NIN", "UAE_VL_PDF", "GHA_VOTER_ID", "UGA_VOTER_ID", "COD_VOTER_ID", "RSL_ID"} {
		if enrolment.TwoSided(name) {
			t.Errorf("%s has one side", name)
		}
	}
	if !enrolment.TwoSided("OMN_ID") {
		t.Error("OMN_ID has two sides")
	}
}

func TestScreenKeepsItsDocument(t *testing.T) {
	c := enrolment.New("UAE_ID", "PASSPORT")
	c.BackgroundCheck.Enabled = true
	var got []int
	for _, s := range c.Plan() {
		got = append(got, s.Document)
	}
	if diff := cmp.Diff([]int{0, 0, 0, 1, 1, -1, -1, -1}, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

// screen returns the first screen of a kind of the default enrolment after a change.
func screen(t *testing.T, kind enrolment.Kind, change func(*enrolment.Config)) enrolment.Screen {
	t.Helper()
	c := enrolment.Default()
	if change != nil {
		change(&c)
	}
	for _, s := range c.Plan() {
		if s.Kind == kind {
			return s
		}
	}
	t.Fatalf("no screen %s", kind)
	return enrolment.Screen{}
}

func TestChipDecisions(t *testing.T) {
	plain := screen(t, enrolment.KindRead, nil)
	forced := screen(t, enrolment.KindRead, func(c *enrolment.Config) { c.Documents[0].Reading.Force = true })
	timed := screen(t, enrolment.KindRead, func(c *enrolment.Config) {
		c.Documents[0].Reading.Force, c.Documents[0].Reading.TimeoutSeconds = true, 20
	})
	for _, test := range []struct {
		name   string
		screen enrolment.Screen
		nfc    bool
		want   enrolment.Decision
	}{
		{"a phone with a reader reads", plain, true, enrolment.Decision{Action: enrolment.Continue}},
		{"a phone without one skips", plain, false, enrolment.Decision{Action: enrolment.Skip, Reason: "READ_NFC_UNAVAILABLE"}},
		{"a phone with a reader reads where it must", forced, true, enrolment.Decision{Action: enrolment.Continue}},
		{"a phone without one fails where it must read", forced, false, enrolment.Decision{Action: enrolment.Fail, Reason: "READ_NFC_UNAVAILABLE"}},
		{"a time-out lets no phone in", timed, false, enrolment.Decision{Action: enrolment.Fail, Reason: "READ_NFC_UNAVAILABLE"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.screen.Open(test.nfc); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
	if plain.SkipOffered(time.Hour) || forced.SkipOffered(time.Hour) {
		t.Error("skipping is offered without a time-out")
	}
	if timed.SkipOffered(20*time.Second-1) || !timed.SkipOffered(20*time.Second) {
		t.Error("skipping is not offered from the 20th second on")
	}
	if scan := screen(t, enrolment.KindScan, nil); scan.Open(false).Action != enrolment.Continue || scan.SkipOffered(time.Hour) {
		t.Error("a scan needs a chip reader")
	}
}

func TestScanDecisions(t *testing.T) {
	specimens := enrolment.SpecimensFor("PASSPORT")
	valid, expired := specimens[0], specimens[2]
	strict := screen(t, enrolment.KindScan, nil)
	lenient := screen(t, enrolment.KindScan, func(c *enrolment.Config) { c.Documents[0].ExpiredAllowed = true })
	front := screen(t, enrolment.KindScan, func(c *enrolment.Config) { c.Documents[0].Type = "UAE_ID" })
	card := enrolment.SpecimensFor("UAE_ID")
	for _, test := range []struct {
		name     string
		screen   enrolment.Screen
		document enrolment.Specimen
		at       time.Time
		want     enrolment.Decision
	}{
		{"a valid document goes on", strict, valid, noon, enrolment.Decision{Action: enrolment.Continue}},
		{"an expired document ends it", strict, expired, noon, enrolment.Decision{Action: enrolment.Fail, Reason: "SCAN_DOCUMENT_EXPIRED"}},
		{"an expired document goes on where allowed", lenient, expired, noon, enrolment.Decision{Action: enrolment.Continue}},
		{"valid until the end of the last day", strict, expired, time.Date(2021, 3, 14, 23, 59, 59, 0, time.UTC), enrolment.Decision{Action: enrolment.Continue}},
		{"expired on the day after", strict, expired, time.Date(2021, 3, 15, 0, 0, 0, 0, time.UTC), enrolment.Decision{Action: enrolment.Fail, Reason: "SCAN_DOCUMENT_EXPIRED"}},
		{"another type is scanned again", strict, card[0], noon, enrolment.Decision{Action: enrolment.Retry, Reason: "SCAN_DOCUMENT_INCORRECT_TYPE_DETECTED"}},
		{"the front alone does not tell", front, card[2], noon, enrolment.Decision{Action: enrolment.Continue}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.screen.Scan(test.document, test.at); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestFaceDecisions(t *testing.T) {
	standard := screen(t, enrolment.KindFace, nil)
	own := screen(t, enrolment.KindFace, func(c *enrolment.Config) {
		c.Documents[0].ScanMatchLevel, c.Documents[0].ReadMatchLevel = 4, 5
		c.FacialRecognition.ScanMatchLevel, c.FacialRecognition.ReadMatchLevel = 1, 1
		c.FacialRecognition.MaxAttempts = 2
	})
	global := screen(t, enrolment.KindFace, func(c *enrolment.Config) {
		c.FacialRecognition.ScanMatchLevel, c.FacialRecognition.ReadMatchLevel = 3, 4
	})
	goOn := enrolment.Decision{Action: enrolment.Continue}
	again := enrolment.Decision{Action: enrolment.Retry, Reason: "FACE_NO_MATCH"}
	end := enrolment.Decision{Action: enrolment.Fail, Reason: "FACE_RECOGNITION_TOO_MANY_ATTEMPTS"}
	for _, test := range []struct {
		name           string
		screen         enrolment.Screen
		attempt, level int
		chip           bool
		want           enrolment.Decision
	}{
		{"level 2 is enough for the printed portrait", standard, 1, 2, false, goOn},
		{"level 2 is not enough for the chip's", standard, 1, 2, true, again},
		{"level 3 is", standard, 1, 3, true, goOn},
		{"the second attempt may be followed by a third", standard, 2, 0, false, again},
		{"the third is the last", standard, 3, 0, false, end},
		{"a good last attempt counts", standard, 3, 5, true, goOn},
		{"the document's own level holds before all documents'", own, 1, 3, false, again},
		{"and is enough", own, 1, 4, false, goOn},
		{"its chip level too", own, 1, 4, true, again},
		{"fewer attempts end sooner", own, 2, 4, true, end},
		{"all documents' level holds where the document has none", global, 1, 2, false, again},
		{"all documents' chip level", global, 1, 3, true, again},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.screen.Face(test.attempt, test.level, test.chip); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestHandsInIncomplete(t *testing.T) {
	c := enrolment.Default()
	if c.HandsInIncomplete([]string{"SCAN"}) {
		t.Error("handed in although it was not asked for")
	}
	c.General.ReturnDataIncomplete = true
	if !c.HandsInIncomplete([]string{"SCAN", "READ"}) {
		t.Error("not handed in")
	}
	if c.HandsInIncomplete(nil) {
		t.Error("handed in without a document")
	}
}
