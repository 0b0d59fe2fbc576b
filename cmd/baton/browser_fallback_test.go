package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"baton/static"
)

// proxy stands between a browser and the demo and does not let everything through.
type proxy struct {
	*httptest.Server

	// upgrade answers a WebSocket's handshake. holdStreams keeps an event stream back until it has ended.
	upgrade     http.HandlerFunc
	holdStreams bool

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
	seen  map[string]int // upgrades, streams and polls that came
}

func refuseUpgrade(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not through here", status) }
}

// swallowUpgrade never answers.
func swallowUpgrade(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func startProxy(t *testing.T, address string, upgrade http.HandlerFunc, holdStreams bool) *proxy {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{upgrade: upgrade, holdStreams: holdStreams, conns: map[net.Conn]bool{}, seen: map[string]int{}}
	through := &httputil.ReverseProxy{
		FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Upgrade") != "":
			p.count("upgrade")
			p.upgrade(w, r)
			return
		case r.Header.Get("Accept") == "text/event-stream":
			p.count("stream")
			if p.holdStreams {
				w = &held{ResponseWriter: w}
			}
		case r.Method == http.MethodGet && r.URL.Path == "/api/v1/session/events":
			p.count("poll")
		}
		through.ServeHTTP(w, r)
	}))
	p.Listener = &cuttable{p.Listener, p}
	p.Start()
	t.Cleanup(func() {
		p.cut()
		p.Close()
	})
	return p
}

// held is an answer of which nothing is passed on until it has ended, as far as its reader's patience goes.
type held struct {
	http.ResponseWriter
}

func (h *held) Flush() {}

func (h *held) Write(b []byte) (int, error) { return len(b), nil }

func (h *held) WriteHeader(int) {}

func (p *proxy) count(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[what]++
}

func (p *proxy) counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.seen)
}

// cut breaks every connection and lets none stand until mend.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for conn := range p.conns {
		conn.Close()
	}
	clear(p.conns)
}

func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// cuttable is the proxy's listener.
type cuttable struct {
	net.Listener
	proxy *proxy
}

func (c *cuttable) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.proxy.mu.Lock()
	defer c.proxy.mu.Unlock()
	if c.proxy.down {
		conn.Close()
	} else {
		c.proxy.conns[conn] = true
	}
	return conn, nil
}

// hinderances are proxies as they stand in front of real browsers, and what must have carried the page behind each.
var hinderances = map[string]struct {
	upgrade     http.HandlerFunc
	holdStreams bool
	carries     string
}{
	"refuses upgrades":                     {refuseUpgrade(http.StatusUpgradeRequired), false, "stream"},
	"fails on upgrades":                    {refuseUpgrade(http.StatusBadGateway), false, "stream"},
	"never answers an upgrade":             {swallowUpgrade, false, "stream"},
	"refuses upgrades and holds streams":   {refuseUpgrade(http.StatusBadGateway), true, "poll"},
	"answers no upgrade and holds streams": {swallowUpgrade, true, "poll"},
}

// loggingPage keeps all that the component says.
const loggingPage = `<!doctype html>
<title>Shop</title>
<script type="module">
  import { connect } from "%[1]s/baton.js";
  window.told = [];
  window.closings = [];
  window.opened = 0;
  window.snapshots = 0;
  const tell = (word, frame) => told.push(word + " " + frame.seq);
  connect({
    qrCodeText: %[2]q,
    onService: tell, onStatus: tell, onNotice: tell,
    onSnapshot() { snapshots += 1; },
    onOpen() { opened += 1; },
    onClose({ code, willReconnect }) { closings.push(willReconnect ? "lost" : "ended " + code); },
  });
</script>`

// TestBrowserFollowsWithoutWebSocket puts an integrator's page of another origin behind a proxy that lets no WebSocket
// through, cuts it and mends it: everything that the phone does is told once and in order.
func TestBrowserFollowsWithoutWebSocket(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	for name, hinder := range hinderances {
		t.Run("behind a proxy that "+name, func(t *testing.T) {
			t.Parallel()
			session, err := customer.create("data")
			if err != nil {
				t.Fatal(err)
			}
			ok := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			between := startProxy(t, address, hinder.upgrade, hinder.holdStreams)
			shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprintf(w, loggingPage, between.URL, session.Text)
			}))
			defer shop.Close()
			ok(customer.report(session.ID, "SCAN")) // before the page is there

			page := newBrowser(t, "the integrator's page")
			page.open(shop.URL + "/")
			page.eventually("a connection", `window.opened === 1 && snapshots === 1`)
			if lost := eval[string](page, `closings.join()`); lost != "" {
				t.Errorf("the page heard %q although only its way changed", lost)
			}
			ok(customer.call(http.MethodPost, "/api/v1/session/open", session.Text, nil, nil))
			_, err = customer.claim(session.Text)
			ok(err)
			page.eventually("the claim", `told.length === 3`)

			between.cut()
			page.eventually("the loss", `closings.includes("lost")`)
			ok(customer.call(http.MethodPost, "/api/v1/session/"+session.ID+"/events", "Bearer "+customer.bearer, map[string]string{"skipped": "READ"}, nil))
			ok(customer.report(session.ID, "FACE"))
			between.mend()
			page.eventually("what happened meanwhile", `told.length === 5`)
			ok(customer.report(session.ID, "INFO"))
			page.eventually("the end", `closings.at(-1) === "ended 1000"`)

			if told, want := eval[string](page, `told.join()`), "SCAN 1,opened 2,claimed 3,skipped 4,FACE 5,INFO 6,completed 7"; told != want {
				t.Errorf("the page was told %s, want %s", told, want)
			}
			if seen := between.counts(); seen["upgrade"] == 0 || seen[hinder.carries] == 0 {
				t.Errorf("the proxy saw %v, want upgrades and a %s", seen, hinder.carries)
			}
			page.noProblems()
		})
	}
}

// TestBrowserPlaysTheStoryOverPolls registers behind a proxy that lets neither WebSockets nor streams through.
func TestBrowserPlaysTheStoryOverPolls(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	between := startProxy(t, address, refuseUpgrade(http.StatusBadGateway), true)
	page := newBrowser(t, "page")
	register(page, between.URL, "Ana Specimen")
	link := page.readQR()
	page.eventually("the polls", `performance.getEntriesByType("resource").some((e) => e.name.includes("wait=0"))`)
	if !eval[bool](page, `document.getElementById("banner").hidden`) {
		t.Error("the page says that it reconnects although it only takes another way")
	}
	page.do("mark the page, in which an extension has a script", chromedp.Evaluate[chromedp.Void](`{
		window.marked = true;
		document.head.append(Object.assign(document.createElement("script"), { type: "application/json" }));
	}`))

	phone := page.second("phone")
	phone.open(fastLink(address, link))
	phone.seeID("phone-landing")
	page.see(`[data-testid=verify][data-state=opened]`)
	recordSteps(page)
	end := walkPhone(phone, func(step string) {
		if step != "SCAN" {
			return
		}
		page.see(`[data-testid=step-SCAN][data-state=done]`)
		between.cut()
		page.eventually("the banner", `!document.getElementById("banner").hidden`)
		between.mend()
		page.eventually("no banner", `document.getElementById("banner").hidden`)
		if !eval[bool](page, `window.marked === true`) {
			t.Error("the page was loaded anew")
		}
	})
	if end != "completed" {
		t.Fatalf("the phone ended with %q\n%s", end, phone.dump())
	}
	page.seeID("review")
	if seen, want := recordedSteps(page), "SCAN READ FACE BACKGROUND_CHECK"; seen != want {
		t.Errorf("the page showed the steps %q as they came, want %q", seen, want)
	}
	if seen := between.counts(); seen["poll"] == 0 {
		t.Errorf("the proxy saw %v, want polls", seen)
	}
	page.noProblems()
}

// TestBrowserGoesOnAfterARestart restarts the server under a page that follows a phone.
func TestBrowserGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "baton.db")
	address, stop := startDemo(t, "--db", db)
	page := newBrowser(t, "page")
	register(page, address, "Ana Specimen")
	scanned := scan(page, address, page.readQR(), "phone")
	phone := func(event string) {
		t.Helper()
		wantWords(t, "the event "+event, scanned.call("POST", "/events", event), "OK")
	}
	wantWords(t, "agreeing", scanned.agree(""), "No Content")
	wantWords(t, "the claim", scanned.claim(), "OK")
	page.see(`[data-testid=verify][data-state=claimed]`)
	phone(`{"service":"SCAN"}`)
	page.see(`[data-testid=step-SCAN][data-state=done]`)
	page.do("mark the page", chromedp.Evaluate[chromedp.Void](`window.marked = true`))

	stop()
	page.eventually("the banner", `!document.getElementById("banner").hidden`)
	startDemo(t, "--db", db, "--addr", strings.TrimPrefix(address, "http://"))
	phone(`{"skipped":"READ","reason":"READ_SKIPPED"}`) // likely before the page is back
	phone(`{"service":"FACE"}`)
	page.see(`[data-testid=step-READ][data-state=skipped]`)
	page.see(`[data-testid=step-FACE][data-state=done]`)
	page.eventually("no banner", `document.getElementById("banner").hidden`)
	if !eval[bool](page, `window.marked === true`) {
		t.Error("the page was loaded anew")
	}
	phone(`{"status":"cancelled","reason":"USER_CANCEL"}`)
	page.see(`[data-testid=verify][data-state=cancelled]`)
	page.noProblems()
}

// TestBrowserFollowsWithoutTheComponent shows that a page whose module does not load still comes to the end, and that it
// does not stay the old one when the server has been upgraded.
func TestBrowserFollowsWithoutTheComponent(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	const earlier = "/static/register.0123456789abcdef.js"
	var upgraded atomic.Bool
	through := httputil.NewSingleHostReverseProxy(target)
	through.ModifyResponse = func(answer *http.Response) error {
		if upgraded.Load() || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			return nil
		}
		body, err := io.ReadAll(answer.Body)
		body = bytes.ReplaceAll(body, []byte(static.Path("register.js")), []byte(earlier))
		answer.Body = io.NopCloser(bytes.NewReader(body))
		answer.ContentLength = int64(len(body))
		answer.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return err
	}
	between := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !upgraded.Load() && strings.Contains(r.URL.Path, "/baton.") {
			http.NotFound(w, r)
			return
		}
		if r.URL.Path == earlier {
			r.URL.Path = static.Path("register.js")
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(between.Close)
	page := newBrowser(t, "page")
	register(page, between.URL, "Ana Specimen")
	page.do("mark the page", chromedp.Evaluate[chromedp.Void](`window.marked = true`))
	phone := page.second("phone")
	phone.open(fastLink(address, page.readQR()))
	phone.click("phone-start")
	phone.seeScreen("help", "")
	page.see(`[data-testid=verify][data-state=claimed]`)
	requests, _ := page.traffic()
	if !slices.ContainsFunc(requests, func(r string) bool { return strings.Contains(r, "/static/baton.") }) {
		t.Errorf("the module was not asked for: %v", requests)
	}
	if !eval[bool](page, `window.marked === true`) {
		t.Error("the page was loaded anew")
	}
	upgraded.Store(true)
	page.eventually("the page of the new version", `window.marked === undefined && document.querySelector("[data-testid=verify][data-state=claimed]")`)
}
