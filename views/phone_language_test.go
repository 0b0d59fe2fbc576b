package views_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"baton/views"
	"baton/views/specimen"
)

// wireCode is what a service is called on the wire, for whoever presents it; an option can set nothing apart.
var wireCode = regexp.MustCompile(`\b(SCAN|READ|FACE|BACKGROUND_CHECK|INFO)\b`)

var latinWord = regexp.MustCompile(`\p{Latin}{2,}`)

// TestPhoneSpeaksArabic walks every screen of the phone and fails on a word in Latin letters. Names, numbers and codes are set
// apart in bdi, English is marked as English, and a document is a picture of paper.
func TestPhoneSpeaksArabic(t *testing.T) {
	ctx := views.WithLanguage(t.Context(), arabic)
	walked := 0
	for _, page := range specimen.Pages() {
		if page.View != "phone" {
			continue
		}
		walked++
		t.Run(page.State, func(t *testing.T) {
			var drawn strings.Builder
			if err := specimen.Still(ctx, &drawn, page); err != nil {
				t.Fatal(err)
			}
			document := parse(t, drawn.String())
			root := document.Find("html")
			if root.AttrOr("lang", "") != "ar" || root.AttrOr("dir", "") != "rtl" {
				t.Error("the page is not marked as Arabic")
			}
			if other := byID(document, "phone-language"); other.Text() != "English" || other.AttrOr("href", "") != "?language=en" || other.AttrOr("lang", "") != "en" {
				t.Error("there is no way to English")
			}
			if !regexp.MustCompile(`\p{Arabic}`).MatchString(document.Find("#phone-stage, .phone-stage").Text()) {
				t.Error("the screen says nothing in Arabic")
			}
			if found := latinIn(document.Nodes[0]); found != nil {
				t.Errorf("in Latin letters: %q", found)
			}
		})
	}
	if walked < 30 {
		t.Errorf("only %d screens were walked", walked)
	}
}

// read are the attributes that people get to read.
var read = map[string]bool{"aria-label": true, "label": true, "data-leads": true, "alt": true, "title": true, "placeholder": true}

// named takes out the names that stand inside of a text and cannot be set apart.
var named = strings.NewReplacer(views.ExampleBank, "", "Ana Specimen", "", "Cleo Placeholder", "")

// latinIn are the texts below a node that have a word in Latin letters where it should have none.
func latinIn(n *html.Node) []string {
	var found []string
	if n.Type == html.TextNode && latinWord.MatchString(named.Replace(wireCode.ReplaceAllString(n.Data, ""))) {
		found = append(found, strings.TrimSpace(n.Data))
	}
	if n.Type == html.ElementNode {
		if n.Data == "bdi" || n.Data == "script" || n.Data == "style" {
			return nil
		}
		s := goquery.NewDocumentFromNode(n).Selection
		for _, a := range n.Attr {
			if read[a.Key] && latinWord.MatchString(named.Replace(a.Val)) {
				found = append(found, a.Val)
			}
		}
		if s.Is(`[lang="en"], .phone-document`) {
			return found
		}
	}
	for child := range n.ChildNodes() {
		found = append(found, latinIn(child)...)
	}
	return found
}

// A number that is told in words has each language's form for it.
func TestPhoneCountsAsTheLanguageDoes(t *testing.T) {
	for language, said := range map[views.Language][]string{
		views.English: {"About 2 minutes and good light", "12 April 1991", "2 of 4"},
		arabic:        {"نحو دقيقتين وإضاءة جيدة", "12 أبريل 1991", "2 من 4"},
	} {
		var drawn strings.Builder
		ctx := views.WithLanguage(t.Context(), language)
		if err := templ.Join(views.Phone(specimen.PhonePage()), views.PhoneScreens(specimen.PhonePlan())).Render(ctx, &drawn); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(parse(t, drawn.String()).Text()), " ")
		for _, words := range said {
			if !strings.Contains(text, words) {
				t.Errorf("%s: the phone does not say %q", language, words)
			}
		}
	}
}
