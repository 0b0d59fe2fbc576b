package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"baton/internal/snippets"
	"baton/web"
	"baton/web/webtest"
)

func getIntegrate(t *testing.T, change func(*web.Deps)) (int, *goquery.Document, string) {
	t.Helper()
	server := webtest.Start(t, webtest.With(change))
	response, err := http.Get(server.URL + "/integrate")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, document, server.URL
}

// TestIntegrateSaysWhatIsTested: every snippet is there, with a note that claims no more than the manifest.
func TestIntegrateSaysWhatIsTested(t *testing.T) {
	status, page, url := getIntegrate(t, func(deps *web.Deps) {
		deps.Docs = true
		deps.Sandbox = http.NotFoundHandler()
		deps.Snippets = snippets.Values{TokenURL: "https://auth.test/token", ClientID: "shop-client", ClientSecret: "shop-secret"}
	})
	if status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	for _, one := range snippets.All() {
		shown := page.Find(`[data-snippet="` + one.ID() + `"]`)
		if shown.Length() != 1 {
			t.Errorf("%s is there %d times", one.ID(), shown.Length())
			continue
		}
		note := shown.Find(`[data-role="note"]`)
		begins := map[snippets.Check]string{
			snippets.Run: "Run by our tests", snippets.Parsed: "Not run here: ", snippets.NotRun: "Not run here: ",
		}[one.Check]
		if text := strings.TrimSpace(note.Text()); !strings.HasPrefix(text, begins) || note.HasClass("tested") != (one.Check == snippets.Run) {
			t.Errorf("%s is %s, and the page says %q", one.ID(), one.Check, text)
		}
		if one.Task == snippets.Site { // its lines stand at the top too, where they are needed first
			quick := page.Find("#quick-" + one.ID())
			lines := shown.Find(`[data-part="run"] pre code`).Text()
			if got := quick.Find(`[data-part="run"] pre code`).Text(); lines == "" || got != lines || quick.Find(`a[download="`+one.Name()+`"]`).Length() != 1 {
				t.Errorf("the top has for %s\n%s\nwant\n%s", one.ID(), got, lines)
			}
		}
		code := shown.Find(`[data-part="source"] pre code`).Text()
		if strings.Contains(code, "https://baton.example.com") || strings.Contains(code, "your-client") || strings.Contains(code, "auth.example.com") {
			t.Errorf("%s has not all of the server's values", one.ID())
		}
		if one.Task == snippets.Create && (!strings.Contains(code, url) || !strings.Contains(code, "shop-secret")) {
			t.Errorf("%s lacks the server's values", one.ID())
		}
	}
}

// TestIntegrateOfAServerWithoutSandbox gives out no credentials and asks the visitor for a bearer.
func TestIntegrateOfAServerWithoutSandbox(t *testing.T) {
	_, page, url := getIntegrate(t, func(deps *web.Deps) { deps.Docs = true })
	if _, there := page.Find(".integrate").Attr("data-client-secret"); there {
		t.Error("the page has credentials")
	}
	if field := page.Find(`input[type="password"][data-role="bearer"]`); field.Length() != 1 || field.AttrOr("name", "") != "" || page.Find("form").Length() != 0 {
		t.Error("the field for the bearer is missing, or could be sent by a form")
	}
	code := page.Find(`[data-snippet="backend-node-follow-up"] pre code`).Text()
	if !strings.Contains(code, "your-client-secret") || !strings.Contains(code, "https://issuer.example.com") {
		t.Error("an example is missing where the server knows no value")
	}
	if code := page.Find(`[data-snippet="backend-node-create"] pre code`).Text(); !strings.Contains(code, url) {
		t.Error("the server's own address is missing")
	}
}

func TestIntegrateCanBeSwitchedOff(t *testing.T) {
	if status, _, _ := getIntegrate(t, func(deps *web.Deps) { deps.Docs = false }); status != http.StatusNotFound {
		t.Errorf("answered %d", status)
	}
}

// TestIntegrateGivesOutEachFile: what is shown can be downloaded from an address of its own, which the page names, and which no
// browser takes for a page.
func TestIntegrateGivesOutEachFile(t *testing.T) {
	_, page, url := getIntegrate(t, func(deps *web.Deps) { deps.Docs = true })
	get := func(path string) (*http.Response, string) {
		response, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, string(body)
	}
	paths := map[string]bool{}
	for _, one := range snippets.All() {
		shown := page.Find(`[data-snippet="` + one.ID() + `"]`)
		path := shown.Find("a[download]").AttrOr("href", "")
		if paths[path] || !strings.HasSuffix(path, "/"+one.Name()) {
			t.Errorf("%s is at %q", one.ID(), path)
		}
		paths[path] = true
		response, body := get(path)
		if response.StatusCode != http.StatusOK || body != shown.Find(`[data-part="source"] pre code`).Text() {
			t.Errorf("%s: %s, and not what is shown", path, response.Status)
		}
		if got, want := response.Header.Get("Content-Disposition"), `attachment; filename="`+one.Name()+`"`; got != want {
			t.Errorf("%s: Content-Disposition %q, want %q", path, got, want)
		}
		if got := response.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("%s: Content-Type %q", path, got)
		}
		run := shown.Find(`[data-part="run"] pre code`).Text()
		if !strings.HasPrefix(run, "curl -O "+url+path+"\n") {
			t.Errorf("%s is fetched by %q", one.ID(), run)
		}
		for _, line := range strings.Split(run, "\n") {
			if address, fetches := strings.CutPrefix(line, "curl -O "+url); fetches {
				if response, _ := get(address); response.StatusCode != http.StatusOK {
					t.Errorf("%s names %s: %s", one.ID(), address, response.Status)
				}
			}
		}
		if one.Party == snippets.Backend && !strings.Contains(run, one.Name()+"\n") && !strings.Contains(run, one.Name()+" ") {
			t.Errorf("%s does not say what runs it: %q", one.ID(), run)
		}
	}
	for _, path := range []string{"/integrate/files/go/none.go", "/integrate/files/none/site.go", "/integrate/files/go/..%2f..%2fsnippets.go"} {
		if response, _ := get(path); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, response.Status)
		}
	}
}
