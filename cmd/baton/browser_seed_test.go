package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/infoapi"
	"baton/internal/sandbox"
)

// seedPage is what an integrator writes who has read the seed's document and nothing of ours: its socket, its first
// frame, its look at `service`, its close. QRCode stands for the library that the document draws the picture with.
const seedPage = `<!doctype html>
<title>Shop</title>
<div id="code"></div>
<script>
  class QRCode { constructor(element, options) { element.textContent = options.text; } }
  QRCode.CorrectLevel = { H: 2 };
  const log = [];
  function startSession(server, qrCodeText, qrCodeTextWithDynamicLink) {
    var socket = new WebSocket(server + '/ws/v1/session');
    socket.addEventListener('open', function () {
      socket.send(qrCodeText);
      new QRCode(document.getElementById('code'), {
        text: qrCodeTextWithDynamicLink, width: 128, height: 128,
        colorDark: '#000000', colorLight: '#ffffff', correctLevel: QRCode.CorrectLevel.H
      });
    });
    socket.addEventListener('message', function (event) {
      var message = JSON.parse(event.data);
      log.push(message.service);
      if (message.service && message.service == 'INFO') {
        socket.close();
        followUp(message.sessionId);
      }
    });
    socket.addEventListener('close', function (event) {
      document.getElementById('code').remove();
      log.push('closed ' + event.code);
    });
  }
  function followUp(sessionId) {
    fetch('/follow-up?sessionId=' + sessionId).then((answer) => answer.text()).then((text) => { document.title = text; });
  }
  startSession(%q, %q, %q);
</script>`

// TestBrowserRunsAPageWrittenFromTheSeedAlone serves such a page from another origin, with a backend of its own behind
// it, and plays the phone in a terminal.
func TestBrowserRunsAPageWrittenFromTheSeedAlone(t *testing.T) {
	t.Parallel()
	address, _ := startDemo(t)
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := infoapi.New(infoapi.Config{
		BaseURL: address + "/sandbox", ClientID: sandbox.DefaultClientID, ClientSecret: sandbox.DefaultClientSecret,
		Issuer: sandbox.Issuer, Audience: sandbox.DefaultClientID,
	})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var session created
	site := http.NewServeMux()
	site.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var err error
		if session, err = customer.create(enrolment.Default().Encode()); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, seedPage, strings.Replace(address, "http", "ws", 1), session.Text, session.Link)
	})
	site.HandleFunc("GET /favicon.ico", http.NotFound)
	site.HandleFunc("GET /follow-up", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.FormValue("sessionId") != session.ID {
			http.Error(w, "not my session", http.StatusForbidden)
			return
		}
		result, err := provider.Result(r.Context(), handoff.SessionID(session.ID))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, "Welcome ", result.Documents[0].FullName)
	})
	shop := httptest.NewServer(site)
	defer shop.Close()

	page := newBrowser(t, "the integrator's page")
	page.open(shop.URL + "/")
	page.eventually("the picture", `document.getElementById("code")?.textContent`)
	if link := eval[string](page, `document.getElementById("code").textContent`); link != session.Link {
		t.Errorf("the page drew %q, want the link %q", link, session.Link)
	}
	phone := exec.CommandContext(t.Context(), "baton", "phone", "--fast", session.Link)
	if output, err := phone.CombinedOutput(); err != nil {
		t.Fatalf("baton phone: %v\n%s", err, output)
	}
	page.eventually("the welcome", `document.title.startsWith("Welcome ")`)
	if log, want := eval[string](page, `log.join(" ")`), "SCAN READ FACE BACKGROUND_CHECK INFO closed"; !strings.HasPrefix(log, want) {
		t.Errorf("the page heard %q, want %q", log, want)
	}
	page.noProblems()
}
