package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// lines are what a timeline's page shows, from the top to the end.
const lines = `[...document.querySelectorAll("#rows > li")].filter((row) => row.checkVisibility()).map((row) => [...row.querySelector(".label").children].filter((part) => !part.classList.contains("took")).map((part) => part.textContent).join(" ").replace(/\s+/g, " ").trim())`

// TestBrowserTimeline has a presenter watch a registration in one tab while it is played in two others: what is said appears
// as it is said, without the page being loaded again, and all that the presenter does is done by keyboard.
func TestBrowserTimeline(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	presenter := newBrowser(t, "the presenter")
	presenter.open(address + "/console/timeline")
	presenter.seeID("nothing")
	presenter.do("leave a mark", chromedp.Evaluate[chromedp.Void](`void (window.unchanged = true)`))

	page := presenter.second("the page")
	register(page, address, "Ana Specimen")
	presenter.seeLine("Baton to Page: snapshot created")
	presenter.eventually("that it is live", `document.querySelector("#live[data-on]:not([hidden])")`)
	link := page.readQR()
	phone := presenter.second("the phone")
	phone.open(fastLink(address, link))
	presenter.seeLine("Phone to Baton: POST /api/v1/session/open 200")
	if end := walkPhone(phone, nil); end != "completed" {
		t.Fatalf("the phone ended with %q\n%s", end, phone.dump())
	}
	page.seeID("review")
	if leads, want := eval[string](page, `document.querySelector('[data-testid="detail"] [data-testid="timeline"]')?.href ?? ""`), address+"/console/timeline/"+presenter.text(`[data-testid="session"]`); leads != want {
		t.Errorf("what is underneath leads to %q, want %q", leads, want)
	}
	page.click("complete")
	page.seeID("done")
	presenter.seeLine("Page to Backend: GET /register/done 200")
	presenter.inOrder(
		"Page to Backend: POST /register", "Backend to Baton: in process: creates the session", "Backend to Page: 303", "Page to Backend: GET /register/verify 200",
		"Page to Baton: GET /ws/v1/session 101", "Page to Baton: first frame", "Baton to Page: snapshot created", "Phone to Baton: POST /api/v1/session/open 200",
		"Phone to Baton: GET /api/v1/session 200", "Phone to Baton: POST /api/v1/session/events 200", "Page to Backend: GET /register/review", "Backend to Provider: GET /sandbox/api/v1/info/{sessionId} 200",
		"Page to Backend: POST /register/complete", "Page to Backend: GET /register/done 200",
	)
	presenter.inOrder("Baton to Page: notice opened", "Baton to Page: status claimed", "Baton to Page: event SCAN", "Baton to Page: event INFO", "Baton to Page: status completed", "Baton to Page: close 1000 completed")
	if places := eval[[]int](presenter, `[...document.querySelectorAll("#rows > li")].map((row) => Number(row.dataset.place))`); !slices.IsSorted(places) {
		t.Errorf("the lines are out of order: %v", places)
	}
	presenter.soundWithin("html", "timeline-live")

	_, ticket, _ := strings.Cut(link, "#")
	presenter.onlyOneParty()
	presenter.revealed(ticket)
	presenter.exported(ticket)

	// The newest hand-over is followed, and told to be gone.
	first := presenter.text(`[data-testid="session"]`)
	second := newBrowser(t, "the second page")
	register(second, address, "Ben Specimen")
	presenter.eventually("the next hand-over", `document.querySelector('[data-testid="session"]').textContent !== "`+first+`"`)
	presenter.seeLine("Baton to Page: snapshot created")
	other := presenter.second("the presenter's other tab")
	elsewhere := emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Kathmandu"}
	if _, err := chromedp.Call(other.ctx, emulation.SetTimezoneOverride, elsewhere); err != nil {
		t.Fatal(err)
	}
	other.open(address + "/console/timeline/" + first)
	second.click("cancel")
	presenter.eventually("that it is gone", `document.querySelector("#live").textContent.startsWith("This session has ended")`)
	arabic := newBrowser(t, "a presenter who reads Arabic")
	arabic.speaks("ar")
	arabic.open(address + "/console/timeline")
	third := newBrowser(t, "the third page")
	register(third, address, "Cem Specimen")
	presenter.seeLine("Baton to Page: snapshot created")
	presenter.eventually("that it is live again", `document.querySelector("#live[data-on]")`)
	other.eventually("that there is a newer one", `document.querySelector("#newer")`)
	if shown := other.text(`[data-testid="session"]`); shown != first {
		t.Errorf("a hand-over that was chosen was left for %q", shown)
	}
	// The choice has come by itself, in the reader's time; Nepal's is 5:45 hours before the server's.
	const chips = `[...document.querySelectorAll('[data-testid="sessions"] a')]`
	other.eventually("the choice", chips+`.map((chip) => chip.querySelector(".state").textContent + " " + (chip.querySelector(".newest")?.textContent ?? "")).join() === "waiting newest,completed "`)
	other.eventually("the local time", chips+`.every((chip) => { const time = chip.querySelector("time"); return time.textContent === new Date(Date.parse(time.dateTime) + 345 * 60_000).toISOString().slice(11, 16); })`)
	other.soundWithin("html", "timeline-sessions")

	arabic.eventually("what is new, in Arabic", `document.querySelector("html[lang=ar][dir=rtl] #live[data-on]")?.textContent === "مباشر" && [...document.querySelectorAll("#rows .sr")].some((row) => row.textContent.includes("من الصفحة إلى Baton"))`)
	arabic.do("open a line", chromedp.Evaluate[chromedp.Void](`void document.querySelector("#rows summary").click()`))
	arabic.shoot("timeline-arabic")
	asked, _ := presenter.traffic()
	if n := len(slices.DeleteFunc(asked, func(url string) bool { return url != address+"/console/timeline" })); n != 4 {
		t.Errorf("the page was fetched %d times, want once for nothing and once for each hand-over", n)
	}
	if !eval[bool](presenter, `window.unchanged === true`) {
		t.Error("the page was loaded again")
	}
	// As after an upgrade: the page that the server draws has other scripts.
	presenter.do("take an earlier version's script", chromedp.Evaluate[chromedp.Void](`document.querySelector("script[src*=timeline]").setAttribute("src", "/static/timeline.0123456789abcdef.js")`))
	register(page, address, "Dua Specimen")
	presenter.eventually("the page as it is now", `window.unchanged === undefined && document.querySelector("#live[data-on]") && !document.querySelector("script[src*='0123456789abcdef']")`)
	for _, b := range []*tab{presenter, page, phone, other, second, third, arabic} {
		b.noProblems()
	}
}

func (b *tab) seeLine(line string) {
	b.t.Helper()
	b.eventually("the line "+line, lines+`.includes(`+strconv.Quote(line)+`)`)
}

// inOrder fails the test where one of these lines is missing, or not after those before it. A line begins with what is wanted.
func (b *tab) inOrder(wanted ...string) {
	b.t.Helper()
	rest := eval[[]string](b, lines)
	shown := strings.Join(rest, "\n")
	for _, want := range wanted {
		i := slices.IndexFunc(rest, func(line string) bool { return strings.HasPrefix(line, want) })
		if i < 0 {
			b.t.Errorf("%q is missing or out of order:\n%s", want, shown)
			return
		}
		rest = rest[i+1:]
	}
}

// reach presses the tabulator until the focus is on what the expression, of the element e that has it, is true for.
func (b *tab) reach(what, expression string) {
	b.t.Helper()
	for range 150 {
		b.do("tab", chromedp.KeyEvent(kb.Tab))
		if eval[bool](b, `((e) => Boolean(`+expression+`))(document.activeElement)`) {
			return
		}
	}
	b.t.Fatalf("%s: the tabulator never reaches %s\n%s", b.name, what, b.dump())
}

// onlyOneParty filters by keyboard, and takes the filter away again.
func (b *tab) onlyOneParty() {
	b.t.Helper()
	all := eval[int](b, lines+`.length`)
	b.do("begin at the top", chromedp.Evaluate[chromedp.Void](`void document.querySelector(".skip").focus()`))
	b.reach("the provider's filter", `e.dataset.only === "Provider"`)
	b.do("choose the provider", chromedp.KeyEvent(kb.Enter))
	only := eval[[]string](b, lines)
	if len(only) == 0 || len(only) >= all || slices.ContainsFunc(only, func(line string) bool { return !strings.Contains(line, "Provider") }) {
		b.t.Errorf("of %d lines, the provider's are %q", all, only)
	}
	if current := b.text(`[data-testid="filter"] [aria-current]`); current != "Provider" {
		b.t.Errorf("the filter stands at %q", current)
	}
	b.do("back", chromedp.Evaluate[chromedp.Void](`void document.querySelector(".skip").focus()`))
	b.reach("all", `e.dataset.only === ""`)
	b.do("choose all", chromedp.KeyEvent(kb.Enter))
	if again := eval[int](b, lines+`.length`); again != all {
		b.t.Errorf("%d lines of %d came back", again, all)
	}
}

// revealed opens the phone's claim by keyboard, has its secrets shown and hidden again.
func (b *tab) revealed(ticket string) {
	b.t.Helper()
	const row = `[...document.querySelectorAll("#rows > li")].find((row) => row.innerText.replace(/\s+/g, " ").includes("Phone to Baton: GET /api/v1/session 200"))`
	const detail = row + `.querySelector('[data-testid="detail"]')`
	b.do("name the line", chromedp.Evaluate[chromedp.Void](`void `+row+`.setAttribute("data-claim", "")`))
	b.reach("the claim", `e.matches("[data-claim] summary")`)
	b.do("open it", chromedp.KeyEvent(kb.Enter))
	b.eventually("its details", detail+`.checkVisibility()`)
	b.eventually("headers and bodies", `((text) => text.includes("Authorization") && text.includes("$QR_CODE_TEXT") && text.includes('"token"') && text.includes("curl "))(`+detail+`.innerText)`)
	if shown := eval[string](b, `document.documentElement.outerHTML`); strings.Contains(shown, ticket) {
		b.t.Error("the page has the secret before anybody asked for it")
	}
	b.reach("Reveal", `e.dataset.testid === "reveal"`)
	b.do("reveal", chromedp.KeyEvent(kb.Enter))
	b.eventually("the secret", detail+`.innerText.includes("`+ticket+`")`)
	b.shoot("timeline-revealed")
	if !eval[bool](b, row+`.contains(document.activeElement)`) {
		b.t.Error("the focus is lost once secrets are shown")
	}
	b.do("listen", chromedp.Evaluate[chromedp.Void](`void (navigator.clipboard.writeText = async (text) => { window.copied = text; })`))
	b.reach("Hide", `e.dataset.testid === "hide"`)
	b.do("leave it for now", chromedp.Evaluate[chromedp.Void](`void `+row+`.querySelector("[data-copy]").click()`))
	b.eventually("the command", `window.copied?.startsWith("curl ") && window.copied.includes("`+ticket+`")`)
	b.do("hide", chromedp.KeyEvent(kb.Enter))
	b.eventually("that it is hidden", `!document.documentElement.outerHTML.includes("`+ticket+`") && `+detail+`.checkVisibility()`)
}

// exported fetches every export as a file. None but that for which secrets were asked has one.
func (b *tab) exported(ticket string) {
	b.t.Helper()
	folder := b.t.TempDir()
	yes := true
	allow := browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder, EventsEnabled: &yes, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	}
	if _, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, allow); err != nil {
		b.t.Fatal(err)
	}
	for _, export := range []struct {
		button, end, begins string
		secret              bool
	}{
		{"SVG", ".svg", "<svg ", false}, {"Mermaid", ".mmd", "sequenceDiagram\n", false}, {"curl", ".sh", "# Session ", false}, {"curl with secrets", "-secret.sh", "# Session ", true},
	} {
		b.do("begin at the top", chromedp.Evaluate[chromedp.Void](`void document.querySelector(".skip").focus()`))
		b.reach(export.button, `e.closest(".exports") && e.textContent === "`+export.button+`"`)
		b.do(export.button, chromedp.KeyEvent(kb.Enter))
		text := b.downloaded(folder, export.end)
		if !strings.HasPrefix(text, export.begins) || len(text) < 500 {
			b.t.Errorf("%s is %.80q", export.button, text)
		}
		if strings.Contains(text, ticket) != export.secret {
			b.t.Errorf("%s: that it has the secret is %v", export.button, !export.secret)
		}
	}
}

// downloaded is the text of the file that ends so, once there is all of it.
func (b *tab) downloaded(folder, end string) string {
	b.t.Helper()
	for until := time.Now().Add(stepTimeout); time.Now().Before(until); {
		files, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			b.t.Fatal(err)
		}
		for _, file := range files { // until it is whole, an empty file has its name
			if name := filepath.Base(file); strings.HasSuffix(name, end) && strings.HasPrefix(name, "baton-") && strings.Contains(name, "-secret") == strings.Contains(end, "-secret") {
				text, err := os.ReadFile(file)
				if err != nil {
					b.t.Fatal(err)
				}
				if len(text) > 0 {
					return string(text)
				}
			}
		}
		b.eventually("the page", `document.body`)
	}
	b.t.Fatalf("%s: no file that ends with %s is downloaded", b.name, end)
	return ""
}
