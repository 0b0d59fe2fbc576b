package views_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"baton/views"
)

func phonePage() views.PhonePage {
	return views.PhonePage{
		Simulator: true, Sandbox: "/sandbox/api/v1/enrolment/", Screens: "/go/screens",
		Outcomes: []views.Choice{{Value: "success", Label: "Everything is fine"}, {Value: "background_hit", Label: "The person is on a list"}},
		Reasons:  []string{"SCAN_DOCUMENT_EXPIRED", "FACE_RECOGNITION_TOO_MANY_ATTEMPTS"},
	}
}

// phonePlan has a screen of every kind, with everything on it.
func phonePlan() views.PhonePlan {
	specimens := []views.PhoneSpecimen{
		{ID: "ana", Name: "Ana Specimen", Number: "X00000011", Born: "1991-04-12", ValidTo: "2044-05-01", Look: "ana", Decision: views.PhoneDecision{Action: "continue"}},
		{ID: "cleo-expired", Name: "Cleo Placeholder", Number: "X00000033", Born: "1976-08-29", ValidTo: "2021-03-14", Look: "cleo", Expired: true,
			Decision: views.PhoneDecision{Action: "fail", Reason: "SCAN_DOCUMENT_EXPIRED"}},
	}
	table := [][]views.PhoneDecision{
		{{Action: "retry", Reason: "FACE_NO_MATCH"}, {Action: "continue"}},
		{{Action: "fail", Reason: "FACE_RECOGNITION_TOO_MANY_ATTEMPTS"}, {Action: "continue"}},
	}
	of := func(s views.PhoneScreen) views.PhoneScreen { s.DocumentType, s.Of = "UAE_ID", 4; return s }
	return views.PhonePlan{Data: "ZGF0YQ==", Screens: []views.PhoneScreen{
		of(views.PhoneScreen{Kind: "help", Number: 1}),
		of(views.PhoneScreen{Kind: "scan", Number: 1, Side: "front", Specimens: specimens, Choose: true, Upload: true, NoScreenshots: true}),
		of(views.PhoneScreen{Kind: "review", Number: 1, Side: "front", Again: 1, Specimens: specimens}),
		of(views.PhoneScreen{Kind: "scan", Step: "SCAN", Number: 1, Side: "back", Specimens: specimens}),
		of(views.PhoneScreen{Kind: "read", Step: "READ", Number: 2, NoChip: views.PhoneDecision{Action: "skip", Reason: "READ_NFC_UNAVAILABLE"}, SkipAfter: 20 * time.Second, HandsIn: true}),
		of(views.PhoneScreen{Kind: "face", Step: "FACE", Number: 3, Scanned: table, ChipRead: table}),
		{Kind: "consent", Number: 4, Of: 4, Document: -1, Check: "DOW_JONES", Monitoring: true},
		{Kind: "background", Step: "BACKGROUND_CHECK", Number: 4, Of: 4, Document: -1, Check: "RDC"},
		{Kind: "finish", Step: "INFO", Document: -1, Of: 4},
	}}
}

func phonePages() map[string]templ.Component {
	return map[string]templ.Component{
		"phone":          views.Phone(phonePage()),
		"phone-open-app": views.Phone(views.PhonePage{}),
		"phone-screens":  views.PhoneScreens(phonePlan()),
		"phone-problem":  views.PhoneScreens(views.PhonePlan{Data: "e30=", Problem: "data: documents must name 1 to 10 documents"}),
	}
}

// TestPhoneGolden holds the phone's page and its screens. Look at the difference, then run with -update.
func TestPhoneGolden(t *testing.T) {
	for name, component := range phonePages() {
		t.Run(name, func(t *testing.T) {
			got := tagEnd.ReplaceAllString(hash.ReplaceAllString(render(t, component), "$1.HASH."), "\n$1") + "\n"
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the page has changed (-golden +now):\n%s", diff)
			}
		})
	}
}

// The content policy allows nothing inline; a phone's page that loads from elsewhere would tell others of the code.
func TestPhoneKeepsToTheStrictestPolicy(t *testing.T) {
	for name, component := range phonePages() {
		t.Run(name, func(t *testing.T) {
			page := render(t, component)
			parse(t, page).Find("*").Each(func(_ int, s *goquery.Selection) {
				for _, attribute := range s.Nodes[0].Attr {
					if attribute.Key == "style" || strings.HasPrefix(attribute.Key, "on") {
						t.Errorf("<%s> has the attribute %s", goquery.NodeName(s), attribute.Key)
					}
				}
			})
			for _, elsewhere := range []string{"http://", "https://", `"//`, "<style", "javascript:"} {
				if strings.Contains(page, elsewhere) {
					t.Errorf("the page holds %q", elsewhere)
				}
			}
		})
	}
}

func TestPhoneEscapesEveryText(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	plan := phonePlan()
	plan.Data, plan.Problem = evil, evil
	for i := range plan.Screens {
		s := &plan.Screens[i]
		s.DocumentType, s.Step, s.Side, s.Check = evil, evil, evil, evil
		s.NoChip = views.PhoneDecision{Action: evil, Reason: evil}
		s.Scanned = [][]views.PhoneDecision{{{Action: evil, Reason: evil}}}
		s.ChipRead = s.Scanned
		if len(s.Specimens) > 0 {
			s.Specimens = []views.PhoneSpecimen{{ID: evil, Name: evil, Number: evil, Born: evil, ValidTo: evil, Look: evil, Decision: s.NoChip}}
		}
	}
	page := phonePage()
	page.Sandbox, page.Screens, page.Reasons = evil, evil, []string{evil}
	page.Outcomes = []views.Choice{{Value: evil, Label: evil}}
	for name, component := range map[string]templ.Component{
		"page": views.Phone(page), "screens": views.PhoneScreens(plan), "app": views.Phone(views.PhonePage{App: evil}),
	} {
		t.Run(name, func(t *testing.T) {
			if text := render(t, component); strings.Contains(text, "<script>alert") {
				t.Error("a text got into the page as markup")
			}
		})
	}
}

func TestPhoneScreensCarryTheDecisions(t *testing.T) {
	document := parse(t, render(t, views.PhoneScreens(phonePlan())))
	screen := func(index int) *goquery.Selection {
		return document.Find(`[data-testid="phone-screen"][data-index="` + strconv.Itoa(index) + `"]`)
	}
	attributes := map[string]string{}
	keep := func(name string, s *goquery.Selection, attribute string) {
		if value, ok := s.Attr(attribute); ok {
			attributes[name] = value
		}
	}
	keep("scan", screen(1).Find(`[data-specimen="cleo-expired"]`), "data-decision")
	keep("review", screen(2), "data-again")
	keep("no chip", screen(4), "data-no-chip")
	keep("skip after", screen(4), "data-skip-after")
	keep("face", screen(5), "data-scanned")
	want := map[string]string{
		"scan": "fail SCAN_DOCUMENT_EXPIRED", "review": "1", "no chip": "skip READ_NFC_UNAVAILABLE", "skip after": "20000",
		"face": `[["retry FACE_NO_MATCH","continue"],["fail FACE_RECOGNITION_TOO_MANY_ATTEMPTS","continue"]]`,
	}
	if diff := cmp.Diff(want, attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	for _, s := range []struct {
		index int
		has   []string
		lacks []string
	}{
		{0, []string{"phone-next"}, []string{"phone-upload", "phone-skip"}},
		{1, []string{"phone-next", "phone-upload", "phone-specimen-ana"}, nil},
		{2, []string{"phone-next", "phone-again"}, []string{"phone-specimen-ana"}},
		{3, []string{"phone-next"}, []string{"phone-upload", "phone-specimen-ana"}},
		{4, []string{"phone-next", "phone-skip", "phone-said"}, nil},
		{5, []string{"phone-next", "phone-said"}, nil},
		{6, []string{"phone-next", "phone-decline"}, nil},
		{7, nil, []string{"phone-next"}},
		{8, nil, []string{"phone-next"}},
	} {
		for _, id := range s.has {
			if screen(s.index).Find(`[data-testid="`+id+`"]`).Length() != 1 {
				t.Errorf("screen %d lacks %s", s.index, id)
			}
		}
		for _, id := range s.lacks {
			if screen(s.index).Find(`[data-testid="`+id+`"]`).Length() != 0 {
				t.Errorf("screen %d has %s", s.index, id)
			}
		}
	}
	if got := byID(document, "phone-progress").Eq(4).Text(); strings.Join(strings.Fields(got), " ") != "Step 2 of 4" {
		t.Errorf("the chip's progress reads %q", got)
	}
}

// Every end that a phone can have is in the page, with words of its own for each reason.
func TestPhoneEndsSayWhatToDo(t *testing.T) {
	page := render(t, views.Phone(phonePage()))
	for _, outcome := range []string{"completed", "cancelled", "failed", "expired", "ended", "taken", "stale", "not-me", "no-code", "error"} {
		if !strings.Contains(page, `data-outcome="`+outcome+`"`) {
			t.Errorf("there is no end for %q", outcome)
		}
	}
	for _, words := range []string{"Done. Go back to your computer.", "The document has expired. Use one that is valid.", "The face didn&#39;t match the document.",
		"Another phone is using this code", "Scan the one on the screen now.", "Thank you. We stopped it.", "That was not the number"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
}
