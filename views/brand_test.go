package views_test

import (
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"baton/views"
	"baton/views/specimen"
)

func drawn(t *testing.T, ctx context.Context, component templ.Component) *goquery.Document {
	t.Helper()
	var page strings.Builder
	if err := component.Render(ctx, &page); err != nil {
		t.Fatal(err)
	}
	return parse(t, page.String())
}

// Every page of the demonstration is the brand's: by its name, its colours after the design's, its picture and its favicon.
func TestPagesAreTheBrands(t *testing.T) {
	brand := views.Brand{Name: `Contoso "><b>`, NameArabic: "بنك كونتوسو", Style: "/brand/0.css", Logo: "/brand/1.svg", Icon: "/brand/1.svg", IconType: "image/svg+xml"}
	ctx := views.WithBrand(t.Context(), brand)
	for _, page := range specimen.Pages() {
		t.Run(page.Name(), func(t *testing.T) {
			document := drawn(t, ctx, page.Component)
			text := document.Text()
			if strings.Contains(document.Find("title").Text(), "· Baton") {
				if strings.Contains(text, brand.Name) || document.Find(`link[href="/brand/0.css"]`).Length() > 0 {
					t.Error("a page about the server is the brand's")
				}
				return
			}
			if n := strings.Count(document.Find("title").Text(), brand.Name); n != 1 {
				t.Errorf("the title is %q", document.Find("title").Text())
			}
			if document.Find(`link[rel="icon"]`).AttrOr("href", "") != brand.Icon || page.State != "open-app" && document.Find("img.logo").Length() == 0 || document.Find(".brand .mark").Length() > 0 {
				t.Error("its signs are not the brand's")
			}
			styles := document.Find(`link[rel="stylesheet"]`)
			if styles.Last().AttrOr("href", "") != brand.Style {
				t.Error("the brand's colours do not come last")
			}
			if strings.Contains(document.Find(".bottom").Text(), brand.Name) {
				t.Error("it says that the brand is invented")
			}
			if page.View != "gallery" && page.State != "open-app" && strings.Contains(text, "Example Bank") {
				t.Error("somebody else's name is on it")
			}
		})
	}
	arabic := drawn(t, views.WithLanguage(ctx, "ar"), views.Home(views.HomePage{}))
	if name := strings.TrimSpace(arabic.Find(".brand").Text()); name != brand.NameArabic || strings.Contains(arabic.Find(".bottom").Text(), brand.NameArabic) {
		t.Errorf("in Arabic it is %q", name)
	}
	for name, language := range map[string]views.Language{views.ExampleBank: views.English, "بنك المثال": "ar"} {
		if got := strings.TrimSpace(drawn(t, views.WithLanguage(t.Context(), language), views.Home(views.HomePage{})).Find(".brand").Text()); got != name {
			t.Errorf("where nobody chose, it is %q in %s", got, language)
		}
	}
	brand.NameArabic = ""
	if name := strings.TrimSpace(drawn(t, views.WithLanguage(views.WithBrand(ctx, brand), "ar"), views.Home(views.HomePage{})).Find(".brand").Text()); name != brand.Name {
		t.Errorf("in Arabic, without a name for it, it is %q", name)
	}
}
