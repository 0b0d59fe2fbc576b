package views_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"baton/static"
	"baton/views"
	"baton/views/specimen"
)

var update = flag.Bool("update", false, "write the golden files anew")

// pages are the demo's and the documentation's; the phone's are drawn by its script, and have tests of their own.
func pages() []specimen.Page {
	return slices.DeleteFunc(specimen.Pages(), func(page specimen.Page) bool { return page.View == "phone" })
}

func secondPhone(page views.VerifyPage) templ.Component {
	page.SecondPhone, page.SecondPhoneNow = true, true
	return views.Verify(page)
}

func render(t *testing.T, component templ.Component) string {
	t.Helper()
	var page strings.Builder
	if err := component.Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func parse(t *testing.T, page string) *goquery.Document {
	t.Helper()
	document, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func byID(document *goquery.Document, id string) *goquery.Selection {
	return document.Find(`[data-testid="` + id + `"]`)
}

// A file's hash says nothing about the page and would change with every style.
var hash = regexp.MustCompile(`(/static/[a-z_]+)\.[0-9a-f]{16}\.`)

var tagEnd = regexp.MustCompile(`(<(?:!doctype|/?(?:html|head|body|meta|title|link|script|header|main|nav|section|footer|ol|ul|li|dl|div|p|form|h1|h2|svg|figure|template|noscript|details|field|label|input|select|option|button))\b)`)

// TestGolden holds every page in every state. Look at the difference, then run with -update.
func TestGolden(t *testing.T) {
	for _, page := range pages() {
		t.Run(page.Name(), func(t *testing.T) {
			got := hash.ReplaceAllString(render(t, page.Component), "$1.HASH.")
			got = tagEnd.ReplaceAllString(got, "\n$1") + "\n" // one tag a line, so that a difference can be read
			file := filepath.Join("testdata", page.Name()+".html")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
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

func TestPagesHoldTheirParts(t *testing.T) {
	for _, page := range pages() {
		t.Run(page.Name(), func(t *testing.T) {
			document := parse(t, render(t, page.Component))
			document.Find("template").Remove() // its content is not in the page
			for _, id := range page.Has {
				if page.Name() == "verify-preparing" {
					break // its own state is what the template holds, too
				}
				if n := byID(document, id).Length(); n != 1 {
					t.Errorf("%q is there %d times, want once", id, n)
				}
			}
			for _, id := range page.HasNot {
				if byID(document, id).Length() != 0 {
					t.Errorf("%q is there", id)
				}
			}
		})
	}
}

// The content policy allows nothing inline, and nothing may be loaded from elsewhere.
func TestPagesKeepToTheStrictestPolicy(t *testing.T) {
	for _, page := range pages() {
		t.Run(page.Name(), func(t *testing.T) {
			document := parse(t, render(t, page.Component))
			document.Find("*").Each(func(_ int, s *goquery.Selection) {
				for _, attribute := range s.Nodes[0].Attr {
					if attribute.Key == "style" || strings.HasPrefix(attribute.Key, "on") {
						t.Errorf("<%s> has the attribute %s", goquery.NodeName(s), attribute.Key)
					}
					loads := attribute.Key == "src" || attribute.Key == "href" || attribute.Key == "action"
					if loads && !strings.HasPrefix(attribute.Val, "/") && !strings.HasPrefix(attribute.Val, "#") && !strings.HasPrefix(attribute.Val, "?") || strings.HasPrefix(attribute.Val, "//") {
						t.Errorf("<%s %s=%q> leads elsewhere", goquery.NodeName(s), attribute.Key, attribute.Val)
					}
				}
			})
			if document.Find("style").Length() > 0 || strings.TrimSpace(document.Find("script").Text()) != "" {
				t.Error("there is an inline script or style")
			}
		})
	}
}

func TestPagesAreReadableByMachines(t *testing.T) {
	for _, page := range pages() {
		t.Run(page.Name(), func(t *testing.T) {
			document := parse(t, render(t, page.Component))
			document.Find("template").Remove()
			if n := document.Find("h1").Length(); n != 1 {
				t.Errorf("%d first headings, want one", n)
			}
			if document.Find("html[lang]").Length() != 1 || document.Find("main#main").Length() != 1 || document.Find("title").Text() == "" {
				t.Error("language, main or title is missing")
			}
			seen := map[string]bool{}
			document.Find("[id]").Each(func(_ int, s *goquery.Selection) {
				id, _ := s.Attr("id")
				if seen[id] {
					t.Errorf("the id %q is there twice", id)
				}
				seen[id] = true
			})
			for _, reference := range []string{"aria-describedby", "aria-labelledby", "for"} {
				document.Find("[" + reference + "]").Each(func(_ int, s *goquery.Selection) {
					value, _ := s.Attr(reference)
					for _, id := range strings.Fields(value) {
						if !seen[id] {
							t.Errorf("%s names %q, which is not there", reference, id)
						}
					}
				})
			}
			document.Find("input:not([type=hidden]):not([readonly]), select").Each(func(_ int, s *goquery.Selection) {
				id, _ := s.Attr("id")
				if document.Find(`label[for="`+id+`"]`).Length() != 1 {
					t.Errorf("the field %q has no label", id)
				}
			})
			// Without an icon of its own a browser asks for one that may not be there.
			icon, named := document.Find(`head link[rel="icon"]`).Attr("href")
			if _, _, there := static.Lookup(icon); !named || !there {
				t.Errorf("the icon is %q, which is not there", icon)
			}
			// A logo stands beside the name that it would say.
			document.Find("img:not(.logo)").Each(func(_ int, s *goquery.Selection) {
				if alt, _ := s.Attr("alt"); alt == "" {
					t.Error("an image has no words")
				}
			})
			document.Find("svg").Each(func(_ int, s *goquery.Selection) {
				_, hidden := s.Attr("aria-hidden")
				_, label := s.Attr("aria-label")
				if hidden == label {
					t.Error("a drawing is neither hidden nor labelled")
				}
			})
		})
	}
}

// hostile breaks out of text, attributes and scripts alike if it is put anywhere as it is.
const hostile = `"><script>alert(1)</script>&'`

// TestTextStaysText puts markup in every string that a page is given.
func TestTextStaysText(t *testing.T) {
	models := map[string]func(fill func(any)) templ.Component{
		"home": func(fill func(any)) templ.Component {
			m := views.HomePage{Links: make([]views.Link, 1)}
			fill(&m)
			return views.Home(m)
		},
		"register": func(fill func(any)) templ.Component {
			m := views.RegisterPage{Countries: make([]views.Country, 1), Errors: map[string]string{"name": "", "email": "", "country": "", "consent": ""}}
			fill(&m)
			return views.Register(m)
		},
		"review": func(fill func(any)) templ.Component {
			m := views.ReviewPage{Documents: make([]views.Document, 1), Differences: make([]views.Difference, 1), Checks: make([]views.Check, 1)}
			fill(&m)
			return views.Review(m)
		},
		"refused": func(fill func(any)) templ.Component {
			m := views.RefusedPage{Checks: make([]views.Check, 1), Underneath: &views.Underneath{Lines: make([]string, 1)}}
			fill(&m)
			return views.Refused(m)
		},
		"console": func(fill func(any)) templ.Component {
			m := views.ConsolePage{
				Presets: make([]views.ConsolePreset, 1), Problems: make([]views.ConsoleFinding, 1), Warnings: make([]views.ConsoleFinding, 1),
				Countries: []views.ConsoleCountry{{Types: make([]views.ConsoleType, 1)}}, Documents: []views.ConsoleDocument{{Fields: map[string]string{"documentType": "", "timeoutInSeconds": ""}}},
				General: map[string]string{"userIdentifier": ""}, MaxDocuments: 10, Tasks: make([]views.ConsoleTask, 1), Wrong: &views.ConsoleRefusal{Values: make([]string, 2), Findings: make([]views.ConsoleFinding, 1)},
				Next: &views.ConsoleNext{Outcomes: make([]views.Outcome, 1), Steps: make([]string, 1)},
			}
			fill(&m)
			return views.Console(m)
		},
		"done": func(fill func(any)) templ.Component { m := views.DonePage{}; fill(&m); return views.Done(m) },
		"reference": func(fill func(any)) templ.Component {
			m := specimen.Interface()
			fill(&m)
			return views.Reference(m)
		},
		"error": func(fill func(any)) templ.Component { m := views.ErrorPage{}; fill(&m); return views.Error(m) },
	}
	for _, state := range []views.VerifyState{
		views.StatePreparing, views.StateReady, views.StateConfirm, views.StateClaimed, views.StateChecking, views.StateFailed, views.StateCancelled, views.StateExpired, views.StateUnavailable,
	} {
		models["verify "+string(state)] = func(fill func(any)) templ.Component {
			m := views.VerifyPage{Steps: make([]views.Step, 1), Remaining: time.Minute, SecondPhone: true, WrongNumber: true, Copies: true}
			fill(&m)
			m.State = state
			m.Code = views.QR{Modules: 41, Path: hostile}
			return views.Verify(m)
		}
	}
	for name, model := range models {
		t.Run(name, func(t *testing.T) {
			filled := 0
			page := render(t, model(func(m any) { filled += fillStrings(reflect.ValueOf(m).Elem()) }))
			if filled == 0 {
				t.Fatal("nothing was filled in")
			}
			document := parse(t, page)
			if strings.Contains(page, "<script>alert") || strings.TrimSpace(document.Find("script").Text()) != "" {
				t.Error("a script got into the page")
			}
			document.Find("a[href], form[action], img[src]").Each(func(_ int, s *goquery.Selection) {
				for _, attribute := range s.Nodes[0].Attr {
					if strings.HasPrefix(strings.ToLower(attribute.Val), "javascript:") {
						t.Errorf("<%s> runs a script", goquery.NodeName(s))
					}
				}
			})
		})
	}
	t.Run("a link that would run a script", func(t *testing.T) {
		page := render(t, views.Error(views.ErrorPage{Href: "javascript:alert(1)"}))
		if strings.Contains(page, "javascript:") {
			t.Error("the link runs a script")
		}
	})
}

func fillStrings(v reflect.Value) int {
	filled := 0
	switch v.Kind() {
	case reflect.String:
		v.SetString(hostile)
		return 1
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				filled += fillStrings(v.Field(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			filled += fillStrings(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			filled += fillStrings(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.ValueOf(hostile))
			filled++
		}
	}
	return filled
}

func TestRegisterFocusesTheFirstError(t *testing.T) {
	document := parse(t, render(t, views.Register(views.RegisterPage{
		Countries: specimen.Countries(views.WordsOf(t.Context())), Form: views.Form{Name: "Ana Specimen", Country: "DE"},
		Errors: map[string]string{"consent": "CONSENT_MISSING", "email": "EMAIL_MISSING"},
	})))
	focused := document.Find("[autofocus]")
	if id, _ := focused.Attr("id"); focused.Length() != 1 || id != "email" {
		t.Errorf("%d fields want the focus, the first is %q", focused.Length(), id)
	}
	email := byID(document, "field-email")
	if invalid, _ := email.Attr("aria-invalid"); invalid != "true" {
		t.Error("the field is not marked")
	}
	if described, _ := email.Attr("aria-describedby"); described != "hint-email error-email" {
		t.Errorf("described by %q", described)
	}
	if value, _ := byID(document, "field-name").Attr("value"); value != "Ana Specimen" {
		t.Errorf("the name typed is now %q", value)
	}
	if value, _ := document.Find("option[selected]").Attr("value"); value != "DE" {
		t.Errorf("the country chosen is now %q", value)
	}
	if _, marked := byID(document, "field-name").Attr("aria-invalid"); marked {
		t.Error("a field without fault is marked")
	}
}

func TestVerifyFollowsWithoutScripts(t *testing.T) {
	tests := map[views.VerifyState]bool{
		views.StateReady: true, views.StateOpened: true, views.StateConfirm: true, views.StateClaimed: true, views.StateChecking: true, views.StateUnavailable: true,
		views.StateExpired: false, views.StateFailed: false, views.StateCancelled: false,
	}
	for state, want := range tests {
		t.Run(string(state), func(t *testing.T) {
			page := render(t, views.Verify(views.VerifyPage{State: state, Next: "/register/review"}))
			if got := strings.Contains(page, `<noscript><meta http-equiv="refresh"`); got != want {
				t.Errorf("reloads: %t, want %t", got, want)
			}
		})
	}
}

// The page token watches the session. It stands in one attribute, and only where the script has something to follow.
func TestVerifyShowsThePageTokenOnlyWhileItIsNeeded(t *testing.T) {
	for _, state := range []views.VerifyState{
		views.StatePreparing, views.StateChecking, views.StateFailed, views.StateCancelled, views.StateExpired, views.StateUnavailable,
	} {
		page := specimen.Ready()
		page.State = state
		if strings.Contains(render(t, views.Verify(page)), page.Token) {
			t.Errorf("the page in the state %s shows the page token", state)
		}
	}
	for _, page := range []views.VerifyPage{specimen.Ready(), specimen.Confirming(true), specimen.Claimed()} {
		drawn := render(t, secondPhone(page))
		if strings.Count(drawn, page.Token) != 1 || !strings.Contains(drawn, `data-page-token="`+page.Token+`"`) {
			t.Errorf("the page in the state %s shows the page token elsewhere than in its attribute, or not there", page.State)
		}
	}
	page := specimen.Claimed()
	page.Code = specimen.Ready().Code
	document := parse(t, render(t, views.Verify(page)))
	if byID(document, "qr").Length()+document.Find("a[href*='#']:not(.skip)").Length() > 0 {
		t.Error("the code is still on show when a phone has it")
	}
}

func TestQRKeepsWholePixels(t *testing.T) {
	for modules := 29; modules <= 185; modules += 4 {
		size := views.QR{Modules: modules}.Size()
		if size%modules != 0 || size > 288 || size < 144 {
			t.Errorf("%d modules are %d pixels wide", modules, size)
		}
	}
	if got := (views.QR{Modules: 301}).Size(); got != 301 {
		t.Errorf("a code larger than the room is %d pixels wide, want one for each module", got)
	}
}

func TestReason(t *testing.T) {
	for code, want := range map[string]string{
		"USER_CANCEL": "You stopped on your phone.", "SESSION_EXPIRED": "The code ran out before you finished.",
		"SCAN_DOCUMENT_EXPIRED":        "The document has expired. Use one that is valid.",
		"SCAN_DOCUMENT_NOT_RECOGNIZED": "We couldn't read the document.", "READ_NFC_UNAVAILABLE": "This phone cannot read chips.",
		"FACE_NO_MATCH": "The face didn't match the document.", "TOO_MANY_ATTEMPTS": "The face didn't match the document.",
		"SESSION_INVALIDATED_FACE_RECOGNITION_TOO_MANY_ATTEMPTS": "The face didn't match the document.",
		"RESULT_REFUSED": "We received a result that we can't trust, so we did not use it.",
		"":               "Something went wrong on our side.", "<script>": "Something went wrong on our side.",
	} {
		if got := views.WordsOf(t.Context()).Reason(code); got.Said != want || got.Title == "" || got.Next == "" {
			t.Errorf("%q: %+v", code, got)
		}
		if views.ReasonKnown(code) == strings.Contains(want, "on our side") {
			t.Errorf("%q: known is %t", code, views.ReasonKnown(code))
		}
	}
}

// Nobody who verifies an identity should have to know how it works.
func TestPagesSpeakPlainly(t *testing.T) {
	jargon := regexp.MustCompile(`(?i)\b(session|token|relay|jws|ticket|websocket|json|http)\b`)
	for _, page := range pages() {
		document := parse(t, render(t, page.Component))
		if document.Find("body.docs").Length() > 0 {
			continue // those who read it build on all of that
		}
		document.Find("details, script, template, title").Remove()
		if found := jargon.FindString(document.Find("body").Text()); found != "" {
			t.Errorf("%s says %q", page.Name(), found)
		}
	}
}
