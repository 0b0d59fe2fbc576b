package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"baton/views/specimen"
)

// shot is one page to be looked at.
type shot struct {
	Name string
	path string
}

// shots are the live pages and everything in the gallery.
func shots() []shot {
	all := []shot{
		{"live-home", "/"}, {"live-register", "/register"}, {"live-integrate", "/integrate"}, {"live-reference", "/reference"}, {"live-gallery", "/gallery"}, {"live-console", "/console"}, {"live-brand", "/console/brand"}, {"live-timeline", "/console/timeline"},
	}
	for _, page := range specimen.Pages() {
		all = append(all, shot{page.View + "-" + page.State, page.Path()})
	}
	return all
}

// look is how a page is looked at.
type look struct {
	Language, Scheme string
	Width            int64
}

func (l look) file(s shot) string {
	return fmt.Sprintf("%s-%s-%s-%d.png", s.Name, l.Language, l.Scheme, l.Width)
}

// shotTabs are open at a time. Drawing keeps a core busy, so more of them gain nothing on a small machine.
const shotTabs = 4

// TestShots takes the pictures of `make shots` into the folder that BATON_SHOT_ALL names, and looks for what keeps people out of
// each page. BATON_SHOT_LANGUAGES are the languages, separated by commas; BATON_SHOT_ONLY a part of the names to keep to.
func TestShots(t *testing.T) {
	folder := os.Getenv("BATON_SHOT_ALL")
	if folder == "" {
		t.Skip("`make shots` takes the pictures")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	script, err := axe()
	if err != nil {
		t.Fatal("axe-core cannot be fetched by npm: ", err)
	}
	address, _ := startDemo(t)
	local, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	local.Host = "localhost:" + local.Port() // the gallery opens on this machine only

	var looks []look
	for _, language := range strings.Split(cmp.Or(os.Getenv("BATON_SHOT_LANGUAGES"), "en"), ",") {
		for _, scheme := range []string{"light", "dark"} {
			looks = append(looks, look{language, scheme, 390}, look{language, scheme, 1280})
		}
	}
	wanted := slices.DeleteFunc(shots(), func(s shot) bool { return !strings.Contains(s.Name, os.Getenv("BATON_SHOT_ONLY")) })

	if slices.ContainsFunc(wanted, func(s shot) bool { return s.Name == "live-timeline" }) {
		playOne(t, address)
	}

	queue := make(chan shot)
	var taken struct {
		sync.Mutex
		pictures int
	}
	t.Run("tabs", func(t *testing.T) { // ends when every tab has
		for i := range shotTabs {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				page := newBrowser(t, "tab "+strconv.Itoa(i))
				for s := range queue {
					for _, language := range languagesOf(looks) {
						page.speaks(language)
						page.open(local.String() + s.path)
						// Those who build on the server read English.
						if got := eval[string](page, `document.body.classList.contains("docs") ? "" : document.documentElement.lang`); got != "" && got != language {
							t.Errorf("%s is in %q and not in %q", s.Name, got, language)
						}
						for _, l := range looks {
							if l.Language != language {
								continue
							}
							page.looks(l.Width, 1, l.Scheme)
							file := filepath.Join(folder, l.file(s))
							page.picture(file, l.Width)
							found := page.keepsOut(script)
							for _, violation := range found {
								t.Errorf("%s: %s", l.file(s), violation)
							}
							taken.Lock()
							taken.pictures++
							fmt.Printf("shots: %3d of %d  %s%s\n", taken.pictures, len(wanted)*len(looks), file, findings(found))
							taken.Unlock()
						}
					}
				}
			})
		}
		go func() {
			defer close(queue)
			for _, s := range wanted {
				select {
				case queue <- s:
				case <-t.Context().Done():
					return
				}
			}
		}()
	})
	if len(wanted) == 0 || taken.pictures != len(wanted)*len(looks) {
		t.Errorf("%d pictures of %d pages were taken", taken.pictures, len(wanted))
	}
	if err := contactSheet(filepath.Join(folder, "index.html"), wanted, looks); err != nil {
		t.Fatal(err)
	}
}

// playOne plays a registration to its end, so that there is a timeline to look at.
func playOne(t *testing.T, address string) {
	t.Helper()
	page := newBrowser(t, "a page")
	register(page, address, "Ana Specimen")
	phone := page.second("a phone")
	phone.open(fastLink(address, page.readQR()))
	if end := walkPhone(phone, nil); end != "completed" {
		t.Fatalf("the phone ended with %q", end)
	}
	page.seeID("review")
	page.click("complete")
	page.seeID("done")
}

func findings(found []string) string {
	if len(found) == 0 {
		return ""
	}
	return fmt.Sprintf("  (%d findings of axe-core)", len(found))
}

func languagesOf(looks []look) []string {
	var languages []string
	for _, l := range looks {
		if !slices.Contains(languages, l.Language) {
			languages = append(languages, l.Language)
		}
	}
	return languages
}

// speaks makes the browser ask for pages in a language.
func (b *tab) speaks(language string) {
	b.t.Helper()
	agent := eval[string](b, "navigator.userAgent")
	override := emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: language}
	if _, err := chromedp.Call(b.ctx, emulation.SetUserAgentOverride, override); err != nil {
		b.t.Fatal(err)
	}
}

// highest is how much of a page is drawn. Beyond its largest surface the browser draws the beginning again.
const highest = 12000

// picture keeps what the tab shows now, from its top to its end or to as far as can be drawn.
func (b *tab) picture(file string, width int64) {
	b.t.Helper()
	height := min(highest, eval[int64](b, `Math.max(innerHeight, document.documentElement.scrollHeight)`))
	b.do("make room", chromedp.EmulateViewport(width, height)) // beyond the window, what is written from right to left is drawn elsewhere
	taken, err := chromedp.Call(b.ctx, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{
		Format: cdppage.CaptureScreenshotFormatPng,
	})
	if err != nil {
		b.t.Fatalf("%s: a picture for %s: %v", b.name, file, err)
	}
	if err := os.WriteFile(file, taken.Data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// keepsOut is what axe-core finds in the page as the tab looks at it.
func (b *tab) keepsOut(script string) []string {
	b.t.Helper()
	b.do("load axe-core", chromedp.Evaluate[chromedp.Void](`if (!window.axe) { `+script+` }`))
	b.do("look for what keeps people out", chromedp.Evaluate[chromedp.Void](`window.found = "", void axe.run(document, { resultTypes: ["violations"] }).then((found) => window.found =
		JSON.stringify({ violations: found.violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.target.flat().join(" ") + ": " + node.failureSummary)]),
			passes: found.passes.map(({ id }) => id) }))`))
	b.eventually("axe-core's findings", `window.found`)
	var said struct {
		Violations [][]string
		Passes     []string
	}
	if err := json.Unmarshal([]byte(eval[string](b, `window.found`)), &said); err != nil {
		b.t.Fatal(err)
	}
	var found []string
	for _, violation := range said.Violations {
		found = append(found, strings.Join(violation, "\n\t"))
	}
	if !slices.Contains(said.Passes, "color-contrast") {
		found = append(found, fmt.Sprintf("axe-core has looked at no contrast, only at %s", said.Passes))
	}
	return found
}

// contactSheet is a page with all pictures, by page and look.
func contactSheet(file string, shots []shot, looks []look) error {
	type frame struct {
		look
		File string
	}
	type row struct {
		Name   string
		Frames []frame
	}
	var rows []row
	for _, s := range shots {
		r := row{Name: s.Name}
		for _, l := range looks {
			r.Frames = append(r.Frames, frame{l, l.file(s)})
		}
		rows = append(rows, r)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := sheet.Execute(out, rows); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

var sheet = template.Must(template.New("sheet").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every page</title>
<style>
body { margin: 24px; font: 14px system-ui, sans-serif; background: #777; color: #fff; }
section { display: flex; flex-wrap: wrap; gap: 16px; align-items: start; }
figure { margin: 0; } img { display: block; max-block-size: 480px; max-inline-size: 100%; } a { color: inherit; }
</style>
<h1>Every page</h1>
{{range .}}<h2>{{.Name}}</h2>
<section>{{range .Frames}}
<figure><a href="{{.File}}"><img src="{{.File}}" alt="{{.Language}}, {{.Scheme}}, {{.Width}} px" loading="lazy"></a><figcaption>{{.Language}} · {{.Scheme}} · {{.Width}} px</figcaption></figure>{{end}}
</section>
{{end}}`))
