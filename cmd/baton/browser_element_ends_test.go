package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"baton/static"
)

// later makes the page's clock go ahead, as if so many seconds had passed.
func (b *tab) later(seconds int) {
	b.t.Helper()
	b.do("time passes", chromedp.Evaluate[chromedp.Void](`(() => { const now = Date.now; Date.now = () => now() + `+strconv.Itoa(seconds)+`_000; })()`))
}

func (s *shop) latest() guarded {
	sold := s.sold()
	if len(sold) == 0 {
		s.t.Fatal("the shop has created no session")
	}
	return sold[len(sold)-1]
}

// TestBrowserElementEnds goes from one end to the next in one element, which asks its page for each new code.
func TestBrowserElementEnds(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	shop := openShop(t, address, customer)
	page := newBrowser(t, "the shop's page")
	shop.breaks(true)
	shop.shows(page, "en", shop.element(guarded{}, "data-renews"))
	page.seeState("unavailable") // its own backend fails at once
	page.hears("We can't reach the service")
	page.sound("unavailable")
	if got := page.shadowText("#retry"); !strings.HasPrefix(got, "Trying again in 0:0") {
		t.Errorf("the next try is announced by %q", got)
	}
	shop.breaks(false)
	page.press("#tryNow")
	page.seeState("ready")

	page.do("note where the code stands", chromedp.Evaluate[chromedp.Void](`window.place = JSON.stringify(find("#box").getBoundingClientRect())`))
	phone := func() scanner { return scanner{t, address, shop.latest().Text, "phone-0123456789-0123456789"} }
	wantWords(t, "opening", phone().open(), "OK")
	page.seeState("opened")
	page.hears("Link opened on a phone: continue there")
	page.sound("opened")
	if opacity := eval[string](page, `getComputedStyle(find("#qr")).opacity`); opacity == "1" {
		t.Error("the code is not dimmed")
	}
	if place := eval[string](page, `[window.place, JSON.stringify(find("#box").getBoundingClientRect())].join("\n")`); place[:len(place)/2] != place[len(place)/2+1:] {
		t.Errorf("the code has moved:\n%s", place)
	}
	page.later(61)
	page.seeState("ready")
	page.hears("You can scan the code again.")

	_, err := customer.claim(shop.latest().Text)
	if err != nil {
		t.Fatal(err)
	}
	page.seeState("claimed")
	wantWords(t, "the failure", phone().call("POST", "/events", `{"status":"failed","reason":"SESSION_INVALIDATED_FACE_RECOGNITION_TOO_MANY_ATTEMPTS"}`), "OK")
	page.seeState("failed")
	page.hears("The face didn't match the document. Try again in good light, without glasses or a hat.")
	page.sound("failed")
	page.do("focus the button", chromedp.Evaluate[chromedp.Void](`find("#tryAgain").focus()`))
	page.press("#tryAgain")
	page.seeState("ready")
	if !eval[bool](page, `find("h2").matches(":focus")`) {
		t.Error("the focus is lost with the button that had it")
	}

	wantWords(t, "the claim", phone().claim(), "OK")
	wantWords(t, "the cancellation", phone().call("POST", "/events", `{"status":"cancelled","reason":"USER_CANCEL"}`), "OK")
	page.seeState("cancelled")
	page.hears("You stopped on your phone. You can start again whenever you like.")
	page.sound("cancelled")
	page.press("#tryAgain")
	page.seeState("ready")

	for renewal := range 3 { // the third one is asked for
		before, sockets := shop.latest(), eval[int](page, `window.sockets`)
		if err := customer.call(http.MethodDelete, "/api/v1/session/"+before.Text, "", nil, nil); err != nil && !strings.Contains(err.Error(), "204") {
			t.Fatal(err)
		}
		if renewal < 2 {
			page.eventually("a new code by itself", `state() === "ready" && document.querySelector("baton-handoff").qrCodeText !== `+strconv.Quote(before.Text))
			page.hears("The code is ready. Scan it with your phone.")
			if opened := eval[int](page, `window.sockets`) - sockets; opened != 1 {
				t.Errorf("%d connections were opened for one new code", opened)
			}
			continue
		}
		page.seeState("expired")
		page.hears("This code has expired")
		page.sound("expired")
		page.press("#newCode")
		page.seeState("ready")
	}
	if sold, want := len(shop.sold()), 6; sold != want {
		t.Errorf("the page asked for %d sessions, want %d", sold, want)
	}

	// The page's clock is wrong by now, which it sees by the server's time: a code has its 30 minutes.
	page.eventually("the time left", `/^(29:\d\d|30:00)$/.test(find("#time").textContent)`)
	page.later(25*60 + 2)
	page.hears("5 minutes left")
	page.later(4 * 60)
	page.hears("1 minute left")
	page.later(50)
	page.hears("10 seconds left")

	wantWords(t, "the claim", phone().claim(), "OK")
	wantWords(t, "the end", phone().report("INFO"), "OK")
	page.seeState("checking")
	eval[string](page, `document.querySelector("baton-handoff").refused = "RESULT_REFUSED"`)
	page.seeState("failed")
	page.hears("We received a result that we can't trust, so we did not use it. Try again. If it happens twice, contact us.")
	page.eventually("a button for another try", `find("#tryAgain")`)
	eval[string](page, `document.querySelector("baton-handoff").refused = "BACKGROUND_REFUSED"`)
	page.eventually("the words without another try", `find("#reason").textContent.includes("Contact us") && !find("#tryAgain")`)
	eval[string](page, `document.querySelector("baton-handoff").refused = "OF_OUR_OWN"`)
	page.eventually("a code to name", `find("code")?.textContent === "OF_OUR_OWN" && find("#tryAgain")`)
	page.noProblems()
}

// TestBrowserElementGoesThroughItsPage moves, removes, changes and doubles elements.
func TestBrowserElementGoesThroughItsPage(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	shop := openShop(t, address, customer)
	first, second := customer.guard(t, nil), customer.guard(t, nil)
	page := newBrowser(t, "the shop's page")
	shop.shows(page, "en", shop.element(first, "")+`<div id="there"></div>`+shop.element(second, `lang="ar"`))
	page.eventually("both codes", `state(0) === "ready" && state(1) === "ready"`)
	report := func(session guarded, step string) {
		t.Helper()
		if err := customer.report(session.ID, step); err != nil {
			t.Fatal(err)
		}
	}
	claim := func(session guarded) {
		t.Helper()
		if _, err := customer.claim(session.Text); err != nil {
			t.Fatal(err)
		}
	}
	claim(first)
	page.eventually("only the first follows", `state(0) === "claimed" && state(1) === "ready"`)

	page.do("move it", chromedp.Evaluate[chromedp.Void](`window.element = document.querySelector("baton-handoff"); element.remove(); document.getElementById("there").append(element)`))
	report(first, "SCAN")
	page.eventually("it goes on", `find("[data-service=SCAN].done")`)
	if opened := eval[int](page, `log.filter((line) => line === "connection true").length`); opened != 2 {
		t.Errorf("two elements, one of them moved, have opened %d connections", opened)
	}
	page.do("remove it", chromedp.Evaluate[chromedp.Void](`element.remove()`))
	report(first, "READ")
	page.do("put it back", chromedp.Evaluate[chromedp.Void](`setTimeout(() => document.getElementById("there").append(element), 300)`))
	page.eventually("what happened meanwhile", `find("[data-service=READ].done")`)
	if heard := eval[string](page, `log.filter((line) => line.startsWith("service")).map((line) => line.split(" ")[1]).join()`); heard != "SCAN,READ" {
		t.Errorf("the page heard %s, want each step once", heard)
	}

	third := customer.guard(t, nil)
	page.do("another session", chromedp.Evaluate[chromedp.Void](`element.link = `+strconv.Quote(third.Link)+`, element.qrCodeText = `+strconv.Quote(third.Text)))
	page.seeState("ready")
	report(first, "FACE")
	report(third, "SCAN")
	page.eventually("the third session's step", `log.filter((line) => line.startsWith("service SCAN")).length === 2`)
	if eval[bool](page, `log.some((line) => line.includes("FACE"))`) {
		t.Error("the session before is still followed")
	}

	early := customer.guard(t, nil)
	page.do("an element made before it is known", chromedp.Evaluate[chromedp.Void](`(() => {
		const early = document.implementation.createHTMLDocument("").createElement("baton-handoff"); // no element of ours in that document
		Object.assign(early, { src: `+strconv.Quote(address)+`, qrCodeText: `+strconv.Quote(early.Text)+`, texts: { title: "Early" } });
		document.querySelector("main").append(early);
	})()`))
	page.eventually("its code", `state(2) === "ready" && find("h2", 2).textContent === "Early"`)
	page.do("new words for it", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("baton-handoff")[2].texts = { title: "Later" }`))
	page.eventually("the new words", `find("h2", 2).textContent === "Later"`)
	page.do("the module again", chromedp.Evaluate[chromedp.Void](`import("/component/baton.js?again").then(() => { window.twice = true; })`))
	page.eventually("the module loaded twice", `window.twice`)

	page.do("a text that is none", chromedp.Evaluate[chromedp.Void](`element.qrCodeText = "nonsense"`))
	page.seeState("failed")
	page.eventually("why", `find("code").textContent === "INVALID_INPUT" && log.includes("error INVALID_INPUT")`)
	page.noProblems()

	body := shop.element(customer.guard(t, nil), `lang="ar"`)
	shop.showsFrom(address, page, body)
	page.seeState("ready")
	page.eventually("its Arabic", `/[\u0600-\u06ff]/.test(find("h2").textContent)`)
	if loaded := eval[string](page, partsLoaded); loaded != "baton-draw baton-element baton-session baton-style baton.ar baton.en" {
		t.Errorf("the component loaded %q by names that are for ever", loaded)
	}
	earlier := upgraded(t, address)
	shop.showsFrom(earlier, page, body)
	page.seeState("ready")
	page.eventually("its Arabic", `/[\u0600-\u06ff]/.test(find("h2").textContent)`)
	if whole := eval[string](page, `performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.startsWith(`+strconv.Quote(earlier)+`)).map((name) => new URL(name)).map(({ pathname, search }) => pathname.replace(/[.][0-9a-f]{16}/, "") + search.replace(/[0-9]{13}/, "now")).slice(0, 3).join(" ")`); whole != "/baton.js /baton-element.js /baton.js?now" {
		t.Errorf("after an upgrade the component loads first %s", whole)
	}
	page.noProblems()
}

// partsLoaded is which parts a page has loaded by names with a hash.
const partsLoaded = `performance.getEntriesByType("resource").map(({ name }) => /\/([a-z.-]+)[.][0-9a-f]{16}[.]js$/.exec(name)?.[1]).filter(Boolean).sort().join(" ")`

// upgraded is the server as a page finds it that got its module before an upgrade: the parts that this names are gone.
func upgraded(t *testing.T, address string) string {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	now := httputil.NewSingleHostReverseProxy(target)
	earlier, _, _ := static.Lookup(static.Path("baton.js"))
	earlier = regexp.MustCompile(`baton-element\.[0-9a-f]{16}`).ReplaceAll(earlier, []byte("baton-element.0123456789abcdef"))
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/baton.js" || r.URL.RawQuery != "" {
			now.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Write(earlier)
	}))
	t.Cleanup(between.Close)
	return between.URL
}

// TestBrowserElementOnAPhone shows a button where the code would be of no use.
func TestBrowserElementOnAPhone(t *testing.T) {
	t.Parallel()
	address, customer := guardedDemo(t)
	shop := openShop(t, address, customer)
	for name, device := range map[string]struct {
		agent string
		touch int64
	}{
		"an iPhone":    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", 5},
		"an iPad":      {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", 5},
		"a Mac":        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", 0},
		"an Android":   {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36", 5},
		"a touch desk": {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36", 10},
	} {
		t.Run(name, func(t *testing.T) {
			page := newBrowser(t, name)
			if _, err := chromedp.Call(page.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: device.agent}); err != nil {
				t.Fatal(err)
			}
			touch := emulation.SetTouchEmulationEnabledParams{Enabled: device.touch > 0, MaxTouchPoints: max(1, device.touch)}
			if _, err := chromedp.Call(page.ctx, emulation.SetTouchEmulationEnabled, touch); err != nil {
				t.Fatal(err)
			}
			options := map[string]any{"confirm": "number", "rotate": true} // whose link is the server's to give
			if name == "a touch desk" {
				delete(options, "confirm") // and there is no link to give
			}
			session := customer.guard(t, options)
			shop.shows(page, "en", shop.element(session, ""))
			page.seeState("ready")
			onPhone := name == "an iPhone" || name == "an iPad" || name == "an Android"
			if eval[bool](page, `find("#here").checkVisibility()`) != onPhone || eval[bool](page, `find("#box").checkVisibility()`) == onPhone {
				t.Fatal("the code and the button are the wrong way round")
			}
			if !onPhone {
				if name == "a Mac" {
					page.redraws()
				} else {
					page.press("#copy")
					page.hears("This code has no link to copy. Scan it with your phone.")
					page.eventually("nothing to try again", `!find("#copy").checkVisibility() && find("#box").checkVisibility()`)
				}
				return
			}
			page.hears("Ready. Open it on this phone.")
			page.eventually("a link", `find("#here").href.includes("/go#")`)
			link := eval[string](page, `find("#here").href`)
			wantWords(t, "opening the link", scan(page, address, link, "phone").open(), "OK")
			page.seeState("confirm")
			page.noProblems()
			if name == "an iPhone" {
				shop.shows(page, "en", shop.element(customer.guard(t, options), ""))
				page.seeState("ready")
				if gap := eval[float64](page, `find(".countdown").getBoundingClientRect().top - find("#showCode").getBoundingClientRect().bottom`); gap < 0 || gap > 16 {
					t.Errorf("%v px are between the controls and the time left", gap)
				}
				page.sound("on-my-phone")
			}
		})
	}
}

// TestBrowserElementComesBack breaks the network under the element, restarts the server, and shows two tabs.
func TestBrowserElementComesBack(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "baton.db")
	address, stop := startDemo(t, "--db", db)
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	between := startProxy(t, address, httputil.NewSingleHostReverseProxy(target).ServeHTTP, false)
	shop := openShop(t, between.URL, customer)
	session := customer.guard(t, nil)
	page := newBrowser(t, "the shop's page")
	shop.shows(page, "en", shop.element(session, ""))
	page.seeState("ready")
	tab := page.second("another tab")
	shop.shows(tab, "en", shop.element(session, ""))
	tab.seeState("ready")
	_, err = customer.claim(session.Text)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(err)
	page.seeState("claimed")
	tab.seeState("claimed")
	ok(customer.report(session.ID, "SCAN"))
	page.eventually("the step", `find("[data-service=SCAN].done")`)
	tab.eventually("the step in the other tab", `find("[data-service=SCAN].done")`)

	between.cut()
	page.eventually("the banner", `find("#banner").checkVisibility()`)
	page.hears("Reconnecting…")
	page.shoot("element-reconnecting")
	if eval[bool](page, `find("#refresh").checkVisibility()`) {
		t.Error("the person is asked for something at once")
	}
	page.later(31)
	page.eventually("what the person can do", `find("#refresh").checkVisibility()`)
	ok(customer.report(session.ID, "READ"))
	between.mend()
	page.press("#refresh")
	page.eventually("what happened meanwhile", `find("[data-service=READ].done") && !find("#banner").checkVisibility()`)

	stop()
	page.eventually("the banner", `find("#banner").checkVisibility()`)
	startDemo(t, "--db", db, "--addr", strings.TrimPrefix(address, "http://"))
	ok(customer.report(session.ID, "INFO"))
	page.seeState("checking")
	tab.eventually("the end in the other tab", `state() === "checking" || (dispatchEvent(new Event("online")), false)`)
	const heard = `log.filter((line) => line.startsWith("service")).map((line) => line.split(" ")[1]).join()`
	page.eventually("the last step, which may come after the snapshot that says how it ended", heard+`.endsWith("INFO")`)
	if steps := eval[string](page, heard); steps != "SCAN,READ,INFO" {
		t.Errorf("the page heard %s, want each step once", steps)
	}
	page.noProblems()

	between.cut()
	late := customer.guard(t, nil)
	lost := page.second("a tab that reaches nothing")
	shop.shows(lost, "en", shop.element(late, ""))
	lost.seeState("unavailable")
	between.mend()
	lost.later(6)
	lost.seeState("ready")
}

// redraws waits for a changing code to change in its place.
func (b *tab) redraws() {
	b.t.Helper()
	const place = `JSON.stringify(find("#qr").getBoundingClientRect())`
	before := readers["gozxing"](b.t, b.pixels(`find("#box")`, 0))
	b.do("mark the picture", chromedp.Evaluate[chromedp.Void](`window.marked = find("#qr"), window.place = `+place+`, window.modules = find("#qr path").getAttribute("d")`))
	b.within(2*stepTimeout, "another picture", `find("#qr path").getAttribute("d") !== window.modules`)
	if !eval[bool](b, `window.marked.isConnected && window.place === `+place) {
		b.t.Error("the picture was replaced, or has moved")
	}
	after := readers["gozxing"](b.t, b.pixels(`find("#box")`, 0))
	if cut := len(before) - len("-ABCDEFGH"); cut < 0 || len(after) != len(before) || after == before || after[:cut] != before[:cut] {
		b.t.Errorf("the next picture says %q after %q, want the same link with another code", after, before)
	}
	b.hears("The code is ready. Scan it with your phone.") // and nothing since
}
