package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"baton/internal/brand"
	"baton/internal/registration/registrationtest"
	"baton/web"
	"baton/web/webtest"
)

// hostileSVG would tell of itself if any of it ran.
const hostileSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2" onload="fetch('/stolen')"><script>fetch('/stolen')</script><path d="M0 0h2v2"/></svg>`

// openBrand is a demo whose brand can be changed.
func openBrand(t *testing.T) *browser {
	t.Helper()
	return openBank(t, &registrationtest.Provider{}, func(s *webtest.Server, deps *web.Deps) {
		service, err := brand.Open(t.Context(), s.Store, brand.Brand{Name: "Example Bank"}, false)
		if err != nil {
			t.Fatal(err)
		}
		deps.Demo, deps.Presets, deps.Brand = true, s.Store, service
	}).browser(t)
}

// pressBrand sends the form as a browser does, with what is in it and what was changed; a change of "logo" is a file.
func (b *browser) pressBrand(page shown, button string, changes ...string) shown {
	b.t.Helper()
	values := map[string]string{"do": button}
	page.part("brand-form").Find("input[type=text], input[type=hidden]").Each(func(_ int, s *goquery.Selection) {
		values[s.AttrOr("name", "")] = s.AttrOr("value", "")
	})
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file := ""
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i] == "logo" {
			file = changes[i+1]
		} else {
			values[changes[i]] = changes[i+1]
		}
	}
	for name, value := range values {
		if err := form.WriteField(name, value); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("logo", "logo")
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return b.sendBody("POST", "/console/brand", &body, "Content-Type", form.FormDataContentType(), "Origin", b.server.URL)
}

func TestBrandIsOnEveryPage(t *testing.T) {
	t.Parallel()
	b := openBrand(t)
	page := b.get("/console/brand").want(http.StatusOK, "brand-form", "sound", "preview")
	if page.part("back").Length() > 0 || page.part("brand-now").Text() != "Example Bank" {
		t.Error("at first there is a choice to go back from")
	}
	page = b.pressBrand(page, "check", "name", "Contoso Bank", "nameArabic", "بنك كونتوسو", "light", "#0b6e4f", "logo", hostileSVG).want(http.StatusOK, "sound", "notes")
	if b.get("/").Find(".brand span").Text() != "Example Bank" {
		t.Error("a check changes the pages")
	}
	picture := page.Find(".brand-card img").AttrOr("src", "")
	if got := b.get(picture); got.status != http.StatusOK || got.body != hostileSVG {
		t.Errorf("the draft's logo: %d %.200s", got.status, got.body)
	}
	preview := b.get(page.part("outcome").Find("link").AttrOr("href", ""))
	if preview.status != http.StatusOK || !strings.Contains(preview.body, "--accent:#0b6e4f;") || !strings.Contains(preview.body, ".brand-dark {color-scheme: dark;") {
		t.Errorf("the preview's colours: %d %.300s", preview.status, preview.body)
	}
	// The second time the logo is not sent again.
	page = b.follow(b.pressBrand(page, "use")).want(http.StatusOK, "notice", "back", "no-logo")
	if page.part("brand-now").Text() != "Contoso Bank" {
		t.Error("it is not in use")
	}
	for _, path := range []string{"/", "/register", "/go", "/nowhere"} {
		drawn := b.get(path)
		if !strings.Contains(drawn.Find("title").Text(), "· Contoso Bank") || path != "/go" && drawn.Find("img.logo").AttrOr("src", "") != picture || drawn.Find(`link[rel="icon"]`).AttrOr("href", "") != picture {
			t.Errorf("%s is not the brand's: %s", path, drawn.Find("head").Text())
		}
		style := b.get(drawn.Find(`link[rel="stylesheet"]`).Last().AttrOr("href", ""))
		if !strings.Contains(style.body, "--accent:#0b6e4f;") || style.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(style.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s has the style %s with %v", path, style.body, style.header)
		}
	}
	if arabic := b.send("GET", "/", nil, "Accept-Language", "ar"); strings.TrimSpace(arabic.Find(".brand").Text()) != "بنك كونتوسو" {
		t.Errorf("in Arabic it is %q", arabic.Find(".brand").Text())
	}
	if kept, ok, err := b.server.Store.Brand(t.Context()); !ok || err != nil || kept.Light != "#0b6e4f" || kept.Dark == "" || string(kept.Logo.Data) != hostileSVG {
		t.Errorf("kept is %+v, %t, %v", kept, ok, err)
	}
	page = b.follow(b.pressBrand(page, "use", "no-logo", "yes"))
	if icon := b.get(b.get("/").Find(`link[rel="icon"]`).AttrOr("href", "")); !strings.Contains(icon.body, "#0b6e4f") || b.get("/").Find(".brand .mark").Length() == 0 {
		t.Errorf("without a logo the icon is %s", icon.body)
	}
	b.follow(b.pressBrand(page, "back")).want(http.StatusOK, "notice")
	if home := b.get("/"); home.Find(".brand span").Text() != "Example Bank" || home.Find(`link[href^="/brand/"]`).Length() > 0 {
		t.Error("the default brand does not come back")
	}
}

// Whatever of a presenter's pages is open, all others are a press away.
func TestPresentersPagesLeadToOneAnother(t *testing.T) {
	t.Parallel()
	b := openBank(t, &registrationtest.Provider{}, func(s *webtest.Server, deps *web.Deps) {
		service, err := brand.Open(t.Context(), s.Store, brand.Brand{Name: "Example Bank"}, false)
		if err != nil {
			t.Fatal(err)
		}
		withTimeline(s, deps)
		deps.Presets, deps.Brand, deps.Docs = s.Store, service, true
	}).browser(t)
	const want = "/ /console /console/timeline /console/brand /integrate /reference"
	links := func(page shown) string {
		return strings.Join(page.Find(".docs-nav a:not([data-testid=language])").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") }), " ")
	}
	for _, path := range []string{"/console", "/console/timeline", "/console/brand"} {
		if got := links(b.get(path).want(http.StatusOK)); got != want {
			t.Errorf("%s leads to %s, want %s", path, got, want)
		}
	}
	if got := links(b.pressBrand(b.get("/console/brand"), "use", "light", "#ffd400").want(http.StatusUnprocessableEntity)); got != want {
		t.Errorf("with something wrong the brand leads to %s, want %s", got, want)
	}
}

// No address of a picture runs what is in it, whoever opens it.
func TestBrandsPicturesRunNothing(t *testing.T) {
	t.Parallel()
	b := openBrand(t)
	page := b.pressBrand(b.get("/console/brand"), "check", "logo", hostileSVG)
	logo := b.get(page.Find(".brand-card img").AttrOr("src", ""))
	policy := logo.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'unsafe-inline'", "sandbox"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy is %q, want %s in it", policy, want)
		}
	}
	if strings.Contains(policy, "script") || logo.header.Get("Content-Type") != "image/svg+xml" || logo.header.Get("X-Content-Type-Options") != "nosniff" || logo.header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		t.Errorf("headers: %v", logo.header)
	}
}

func TestBrandSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := openBrand(t)
	form := b.get("/console/brand")
	page := b.pressBrand(form, "use", "light", "#ffd400", "logo", hostileSVG).want(http.StatusUnprocessableEntity, "wrong", "problem", "take-light")
	if said := page.part("problem").Text(); !strings.Contains(said, "has a contrast of 1.") || !strings.Contains(said, "nearest shade") {
		t.Errorf("it says %q", said)
	}
	if page.Find("input[name=light]").AttrOr("value", "") != "#ffd400" || page.Find("input[name=kept]").AttrOr("value", "") == "" {
		t.Error("what was typed or sent is lost")
	}
	taken := page.part("take-light").AttrOr("value", "")
	offered := b.get(page.want(http.StatusUnprocessableEntity, "preview").part("outcome").Find("link").AttrOr("href", ""))
	if !strings.Contains(offered.body, "--accent:"+strings.Fields(taken)[2]+";") || !strings.Contains(offered.body, "--accent:#ffd400;") {
		t.Errorf("the preview of what is offered has %.300s", offered.body)
	}
	if swatch := page.part("take-light").Find("rect").AttrOr("fill", ""); swatch != strings.Fields(taken)[2] {
		t.Errorf("the swatch is %q of %q", swatch, taken)
	}
	page = b.pressBrand(page, taken).want(http.StatusOK, "sound", "preview")
	if got := page.Find("input[name=dark]").AttrOr("value", ""); got != "#ffd400" {
		t.Errorf("dark, which could be read, is %q once light is taken", got)
	}
	if got := page.Find("input[name=light]").AttrOr("value", ""); got != strings.Fields(taken)[2] || page.Find(".brand-card img").Length() == 0 {
		t.Errorf("taken is %q of %q", got, taken)
	}
	b.pressBrand(form, "use", "name", " ").want(http.StatusUnprocessableEntity, "problem")
	b.pressBrand(form, "use", "logo", "GIF89a").want(http.StatusUnprocessableEntity, "problem")
	b.pressBrand(form, "use", "kept", "/brand/0000000000000000.svg").want(http.StatusUnprocessableEntity, "problem")
	b.pressBrand(form, "use", "kept", form.part("outcome").Find("link").AttrOr("href", "")).want(http.StatusUnprocessableEntity, "problem") // no picture
	large := b.pressBrand(form, "use", "logo", hostileSVG+strings.Repeat(" ", brand.MaxLogo)).want(http.StatusUnprocessableEntity, "problem")
	if said := large.part("problem").Text(); !strings.Contains(said, "64 KB") {
		t.Errorf("of a large logo it says %q", said)
	}
	larger := b.pressBrand(form, "use", "logo", hostileSVG+strings.Repeat(" ", 200<<10)).want(http.StatusRequestEntityTooLarge, "wrong", "brand-form")
	if said := larger.part("wrong").Text(); !strings.Contains(said, "64 KB") {
		t.Errorf("of a larger logo it says %q", said)
	}
	if _, kept, _ := b.server.Store.Brand(t.Context()); kept {
		t.Error("something was kept")
	}
	// The form is the presenter's, sent from its own page.
	if got := b.send("GET", "/console/brand", nil, "X-Forwarded-For", "192.0.2.7"); got.status != http.StatusNotFound {
		t.Errorf("others get the form: %d", got.status)
	}
	if got := b.sendBody("POST", "/console/brand", strings.NewReader("do=back"), "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example"); got.status != http.StatusForbidden {
		t.Errorf("another site's form is answered %d", got.status)
	}
	b.sendBody("POST", "/console/brand", strings.NewReader("do=back"), "Content-Type", "application/x-www-form-urlencoded", "Origin", b.server.URL).want(http.StatusBadRequest)
}
