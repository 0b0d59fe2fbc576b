package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axe is the script of axe-core, which looks for what keeps people out.
var axe = sync.OnceValues(func() (string, error) {
	folder, err := exec.Command("../../.ci/npm", "axe-core@4.14.1").Output()
	if err != nil {
		return "", err
	}
	script, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "axe-core", "axe.min.js"))
	return string(script), err
})

// sound fails the test for whatever axe-core finds at two widths in light and dark, and for anything that does not fit, and
// keeps pictures if they are wanted.
func (b *tab) sound(name string) {
	b.t.Helper()
	b.soundWithin("baton-handoff", "element-"+name)
}

// soundWithin is sound for a part of the page.
func (b *tab) soundWithin(selector, name string) {
	b.t.Helper()
	b.shoot(name)
	script, err := axe()
	if err != nil {
		if os.Getenv("CI") != "" {
			b.t.Fatal("axe-core cannot be fetched by npm: ", err)
		}
		b.t.Log("left out: axe-core cannot be fetched by npm: ", err)
		return
	}
	// The page's policy does not hold for what comes through the debugger, so it stays as strict as it is.
	b.do("load axe-core", chromedp.Evaluate[chromedp.Void](`if (!window.axe) { `+script+` }`))
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			b.looks(width, 1, scheme)
			b.do("look for what keeps people out", chromedp.Evaluate[chromedp.Void](`window.found = "", void axe.run(document.querySelector(`+strconv.Quote(selector)+`), { resultTypes: ["violations"] }).then((found) => window.found =
				JSON.stringify({ violations: found.violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.target.flat().join(" ") + ": " + node.failureSummary)]),
					passes: found.passes.map(({ id }) => id) }))`))
			b.eventually("axe-core's findings", `window.found`)
			found := eval[string](b, `window.found`)
			var said struct {
				Violations [][]string
				Passes     []string
			}
			if err := json.Unmarshal([]byte(found), &said); err != nil {
				b.t.Fatal(err)
			}
			for _, violation := range said.Violations {
				b.t.Errorf("%s at %d %s: %s", name, width, scheme, strings.Join(violation, "\n\t"))
			}
			if !slices.Contains(said.Passes, "color-contrast") {
				b.t.Errorf("%s: axe-core has looked at no contrast, only at %s", name, said.Passes)
			}
		}
	}
	b.looks(1280, 1, "light")
}

// looks sets how the tab looks at the page. A zoom of 200 % is a scale of 2 on half as many pixels of style.
func (b *tab) looks(width int64, scale float64, scheme string) {
	b.t.Helper()
	b.do("look", chromedp.EmulateViewport(width, 900, chromedp.EmulateScale(scale)))
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		b.t.Fatal(err)
	}
	b.fitsWide()
}

func (b *tab) fitsWide() {
	b.t.Helper()
	if over := eval[string](b, `document.documentElement.scrollWidth > innerWidth ? document.documentElement.scrollWidth + " of " + innerWidth : ""`); over != "" {
		b.t.Errorf("%s: the page is wider than its window: %s", b.name, over)
	}
	outside := eval[string](b, `[...document.querySelectorAll("baton-handoff")].flatMap((host) => [...host.shadowRoot.querySelectorAll("#body *")].filter((e) => e.checkVisibility() && !e.classList.contains("heard")
		&& (e.getBoundingClientRect().right > host.getBoundingClientRect().right + 1 || e.getBoundingClientRect().left < host.getBoundingClientRect().left - 1)).map((e) => e.outerHTML.slice(0, 80))).join("\n")`)
	if outside != "" {
		b.t.Errorf("%s: stands out of the element:\n%s", b.name, outside)
	}
}

// named is what a screen reader finds in the page: role and name of everything that has one of both that says something.
func (b *tab) named() []string {
	b.t.Helper()
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	var names []string
	for _, node := range tree.Nodes {
		if node.Ignored || node.Role == nil {
			continue
		}
		role, name := unquoted(node.Role.Value), ""
		if node.Name != nil {
			name = unquoted(node.Name.Value)
		}
		switch role {
		case "heading", "button", "link", "img", "image", "textbox", "timer", "DisclosureTriangle":
			names = append(names, role+" "+name)
		}
	}
	return names
}

func unquoted(value []byte) string {
	text, err := strconv.Unquote(string(value))
	if err != nil {
		return string(value)
	}
	return text
}

// TestBrowserElementIsForEverybody uses the element by keyboard alone, reads what a screen reader reads, enlarges it, and
// shows it in Arabic.
func TestBrowserElementIsForEverybody(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	shop := openShop(t, address, customer)
	page := newBrowser(t, "the shop's page")
	session := customer.guard(t, map[string]any{"claim": "once"})
	shop.shows(page, "en", shop.element(session, ""))
	page.seeState("ready")

	t.Run("names", func(t *testing.T) {
		names := strings.Join(page.named(), "\n")
		for _, want := range []string{"heading Verify with your phone", "Code to scan with your phone's camera", "button Copy link", "button I'm on my phone"} {
			if !strings.Contains(names, want) {
				t.Errorf("a screen reader finds no %q in:\n%s", want, names)
			}
		}
		if strings.Contains(names, "Reconnecting") || strings.Contains(names, "Open on this phone") {
			t.Errorf("a screen reader finds what is not shown:\n%s", names)
		}
	})

	t.Run("keyboard", func(t *testing.T) {
		focused := func() string {
			return eval[string](page, `document.activeElement?.shadowRoot?.activeElement?.id ?? ""`)
		}
		var order []string
		for range 2 {
			page.do("tab", chromedp.KeyEvent(kb.Tab))
			order = append(order, focused())
		}
		if want := []string{"copy", "onMyPhone"}; !slices.Equal(order, want) {
			t.Fatalf("the order of focus is %q, want %q", order, want)
		}
		if outline := eval[string](page, `getComputedStyle(find(":focus-visible")).outlineStyle`); outline != "solid" {
			t.Errorf("the focus is shown by %q", outline)
		}
		page.do("enter", chromedp.KeyEvent(kb.Enter))
		wantWords(t, "the focus after the way has been changed", focused(), "showCode")
		page.eventually("a link to open", `find("#here").href === `+strconv.Quote(session.Link))
		page.do("enter", chromedp.KeyEvent(kb.Enter))
		wantWords(t, "the focus when the code is back", focused(), "onMyPhone")
		page.do("back", chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(8)))
		page.do("enter", chromedp.KeyEvent(kb.Enter))
		page.eventually("the link is copied, or shown and selected to be", `find("#copy").textContent === "Copied" || find("#link").value === `+strconv.Quote(session.Link))
	})

	t.Run("zoom", func(t *testing.T) {
		for _, width := range []int64{640, 320} { // 200 % and 400 % of 1280
			page.looks(width, float64(1280/width), "light")
			page.eventually("a module of whole pixels", `find("#qr").getAttribute("width") % find("#qr").viewBox.baseVal.width === 0 && find("#qr").getBoundingClientRect().width > 0`)
			page.fitsWide()
		}
		page.looks(1280, 1, "light")
	})

	t.Run("forced colours", func(t *testing.T) {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}}}
		if _, err := chromedp.Call(page.ctx, emulation.SetEmulatedMedia, media); err != nil {
			t.Fatal(err)
		}
		if got := eval[string](page, `getComputedStyle(find("#box")).backgroundColor`); got != "rgb(255, 255, 255)" {
			t.Errorf("the code's ground is %s", got)
		}
		page.shootAs("element-forced-colours")
	})

	t.Run("a phone refused", func(t *testing.T) {
		phone := scanner{t, address, session.Text, "phone-0123456789-0123456789"}
		wantWords(t, "the claim", phone.claim(), "OK")
		other := scanner{t, address, session.Text, "other-0123456789-0123456789"}
		wantWords(t, "another phone", other.claim(), "SESSION_ALREADY_CLAIMED")
		page.eventually("the notice", `find("#second-phone")?.checkVisibility()`)
		page.do("into the element", chromedp.Evaluate[chromedp.Void](`find("summary").focus()`))
		page.do("enter", chromedp.KeyEvent(kb.Enter))
		page.eventually("what it means", `find("details").open`)
		wantWords(t, "a step", phone.report("SCAN"), "OK")
		page.eventually("the step", `find("[data-service=SCAN].done")`)
		if !eval[bool](page, `find("details").open && find("summary").matches(":focus")`) {
			t.Error("a step has closed what was unfolded, or taken the focus")
		}
	})
	page.noProblems()

	t.Run("Arabic", func(t *testing.T) {
		session := customer.guard(t, map[string]any{"confirm": "number"})
		shop.shows(page, "ar-EG", shop.element(session, ""))
		page.seeState("ready")
		wantWords(t, "the title", page.shadowText("h2"), "التحقق عبر هاتفك")
		if !eval[bool](page, `getComputedStyle(find("#root")).direction === "rtl" && getComputedStyle(find("#box")).direction === "ltr"
			&& find("#box").getBoundingClientRect().left > find("#how").getBoundingClientRect().left`) {
			t.Error("the element is not mirrored, or its code is")
		}
		page.eventually("the time, in the reader's digits", `/^(٢٩:[٠-٩]{2}|٣٠:٠٠)$/.test(find("#time").innerText)`)
		page.sound("arabic-ready")
		phone := scanner{t, address, session.Text, "phone-0123456789-0123456789"}
		wantWords(t, "opening", phone.open(), "OK")
		page.seeState("confirm")
		number := customer.number(t, session)
		wantWords(t, "the number as the phone's keys have it", page.shadowText("#number"), number)
		page.sound("arabic-confirm")
		wantWords(t, "the number", phone.agree(number), "No Content")
		wantWords(t, "the claim", phone.claim(), "OK")
		wantWords(t, "a step", phone.report("SCAN"), "OK")
		page.eventually("the step", `find("[data-service=SCAN].done")`)
		page.sound("arabic-claimed")
		page.noProblems()
	})

	t.Run("another language", func(t *testing.T) {
		session := customer.guard(t, nil)
		element := shop.element(session, `texts='{"title":"Weiter auf dem Telefon","codeValid":"Noch {time} gültig"}'`)
		shop.shows(page, "de", strings.Replace(element, "></", `><b slot="how2">Halten Sie sie auf den Code.</b></`, 1))
		page.seeState("ready")
		wantWords(t, "the title", page.shadowText("h2"), "Weiter auf dem Telefon")
		wantWords(t, "a slot", eval[string](page, `find("slot[name=how2]").assignedNodes()[0].textContent`), "Halten Sie sie auf den Code.")
		page.eventually("the countdown, once the channel has said until when", `/^Noch (29|30):\d\d gültig$/.test(find(".countdown").innerText)`)

		// Whoever translates hears which words are left, once.
		page.do("a second one", chromedp.Evaluate[chromedp.Void](`void (window.warned = [], console.warn = (text) => warned.push(text),
			window.second = document.querySelector("baton-handoff").cloneNode(true), document.querySelector("main").append(second))`))
		page.eventually("what is left", `window.warned.length === 1`)
		wantWords(t, "the words left", eval[string](page, `warned[0].split(": ")[2].split(", ").slice(0, 4).join()`), "preparing,how1,how3,code")
		page.do("misspelt words", chromedp.Evaluate[chromedp.Void](`void (window.third = second.cloneNode(true), third.texts = { titel: "Weiter", OF_OUR_OWN: "Leider nicht." }, document.querySelector("main").append(third))`))
		page.eventually("what is never said", `window.warned.length === 2`)
		wantWords(t, "the keys that are none", eval[string](page, `warned[1].split("; it ")[1]`), "never says these of texts, because it knows no such keys: titel")
		page.do("other words", chromedp.Evaluate[chromedp.Void](`void (second.texts = { title: "Weiter" })`))
		page.eventually("the other words", `second.shadowRoot.querySelector("h2").textContent === "Weiter"`)
		wantWords(t, "what is said again", eval[string](page, `String(warned.length)`), "2")
		page.noProblems()
	})
}

// shootAs keeps a picture of the page as it is looked at now, in the folder that BATON_SHOTS names, if it does.
func (b *tab) shootAs(name string) {
	b.t.Helper()
	folder := os.Getenv("BATON_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
