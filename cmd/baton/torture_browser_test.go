package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// componentPage watches as many sessions at a time as it is told to, with the component as integrators load it.
const componentPage = `<!doctype html>
<meta charset="utf-8">
<title>Many codes</title>
<script type="module">
  import { connect } from %q;
  window.sessions = {};
  window.watch = (qrCodeText, sessionId) => {
    const session = { frames: [], over: 0, broken: 0 };
    sessions[sessionId] = session;
    const hear = (_, frame) => { session.frames.push(frame); };
    connect({
      qrCodeText, url: %q, onService: hear, onStatus: hear, onNotice: hear,
      onClose({ code, willReconnect }) {
        session.broken += 1;
        if (!willReconnect) session.over = code;
      },
    });
  };
</script>`

// batonKind is the component, as a kind of page.
const batonKind = "baton.js"

// componentWatchers sessions at a time: a browser opens six connections of HTTP to one host, and the component may need
// one for each.
const componentWatchers = 5

// TestBrowserTortureBadNetwork is TestTortureBadNetwork for the component in a real browser.
func TestBrowserTortureBadNetwork(t *testing.T) {
	t.Parallel()
	b := newBadDay(t)
	shop := httptest.NewServer(b.componentSite())
	t.Cleanup(shop.Close)
	streams, polls := 0, 0
	b.legs(componentWatchers, func(number int, load func(session func(draw chance))) {
		browser := newBrowser(t, fmt.Sprintf("page %d with many codes", number))
		browser.open(shop.URL + "/")
		browser.eventually("the component", `window.watch`)
		var one sync.Mutex // the tab does one thing at a time
		load(func(draw chance) {
			w := b.create(draw)
			if w == nil {
				return
			}
			one.Lock()
			eval[bool](browser, `(watch(`+strconv.Quote(w.r.ticket)+`, `+strconv.Quote(w.r.id)+`), true)`)
			one.Unlock()
			b.play(draw, w)
		})
		b.network.heal()
		// The component waits longer after each failure in a row; the browser tells it that the network is back.
		eval[bool](browser, `dispatchEvent(new Event("online"))`)
		browser.within(healWithin, "the end of every session", `Object.values(sessions).every((session) => session.over)`)
		b.addComponents(browser)
		browser.noProblems()
		requests, _ := browser.traffic()
		for _, url := range requests {
			switch {
			case !strings.Contains(url, "/api/v1/session/events"):
			case strings.Contains(url, "?after="):
				polls++
			default:
				streams++
			}
		}
	})
	t.Logf("beside its WebSockets the component began %d streams and asked %d times", streams, polls)
}

func (b *badDay) componentSite() http.Handler {
	channel := strings.Replace(b.network.address(), "http", "ws", 1) + "/ws/v1/session"
	site := http.NewServeMux()
	site.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, componentPage, b.server+"/baton.js", channel)
	})
	site.HandleFunc("GET /favicon.ico", http.NotFound)
	return site
}

// addComponents gives each session what the component has heard of it, as the page that it has.
func (b *badDay) addComponents(browser *tab) {
	b.t.Helper()
	heard := eval[map[string]struct {
		Frames []frame `json:"frames"`
		Over   int     `json:"over"`
		Broken int     `json:"broken"`
	}](browser, `sessions`)
	for _, w := range b.sessions {
		got, watched := heard[w.r.id]
		if !watched {
			b.t.Errorf("the page does not know session %s", w.r.id)
			continue
		}
		if got.Over != 1000 && got.Over != 4504 {
			b.t.Errorf("session %s: the component gave up for good with %d", w.r.id, got.Over)
		}
		p := &page{kind: batonKind, r: w.r, sessions: got.Broken, gone: got.Over == 4504}
		for _, f := range got.Frames {
			if !f.final() {
				p.heard = append(p.heard, f)
			}
		}
		w.pages = append(w.pages, p)
	}
}
