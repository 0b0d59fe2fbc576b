package views_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"baton/static"
	"baton/views"
	"baton/views/specimen"
)

func phonePages() map[string]templ.Component {
	return map[string]templ.Component{
		"phone":          views.Phone(specimen.PhonePage()),
		"phone-open-app": views.Phone(views.PhonePage{}),
		"phone-screens":  views.PhoneScreens(specimen.PhonePlan()),
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

// TestPhoneLoadsItsScriptAtOnce holds what the page announces against what its script imports: a file that is missing there is loaded
// late, and one too many for nothing.
func TestPhoneLoadsItsScriptAtOnce(t *testing.T) {
	comment := regexp.MustCompile(`(?s)/\*\*.*?\*/`)
	reference := regexp.MustCompile(`["'\x60]\./([\w-]+)(?:\.[0-9a-f]{16})?\.js["'\x60]`)
	imported := map[string]bool{}
	waiting := []string{"phone.js"}
	for len(waiting) > 0 {
		body, _, ok := static.Lookup(static.Path(waiting[0]))
		if !ok {
			t.Fatalf("%s is not served", waiting[0])
		}
		waiting = waiting[1:]
		for _, found := range reference.FindAllSubmatch(comment.ReplaceAll(body, nil), -1) {
			if name := string(found[1]) + ".js"; !imported[static.Path(name)] {
				imported[static.Path(name)] = true
				waiting = append(waiting, name)
			}
		}
	}
	announced := map[string]bool{}
	parse(t, render(t, views.Phone(specimen.PhonePage()))).Find("link[rel=modulepreload]").Each(func(_ int, s *goquery.Selection) {
		announced[s.AttrOr("href", "")] = true
	})
	if diff := cmp.Diff(imported, announced); diff != "" {
		t.Errorf("-imported +announced:\n%s", diff)
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
	plan := specimen.PhonePlan()
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
	page := specimen.PhonePage()
	page.Sandbox, page.Screens, page.Reasons = evil, evil, []string{evil}
	page.Outcomes, page.Steps = []views.Outcome{{Value: evil, Where: "phone", Needs: evil, Unfit: true}}, []string{evil}
	plan.Steps = page.Steps
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
	document := parse(t, render(t, views.PhoneScreens(specimen.PhonePlan())))
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
	page := render(t, views.Phone(specimen.PhonePage()))
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
