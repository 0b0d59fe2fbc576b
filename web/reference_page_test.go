package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"baton/internal/reference"
	"baton/static"
	"baton/web"
	"baton/web/webtest"
)

// The documents go out as they are, but for the server's own address, and any page may read them.
func TestDocumentsNameThisServer(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.PublicURL = &url.URL{Scheme: "https", Host: "qr.bank.test:8443"} }))
	for path, change := range map[string][3]string{
		"/openapi.yaml":  {static.OpenAPI, "  - url: https://baton.example.com\n", "  - url: https://qr.bank.test:8443\n"},
		"/asyncapi.yaml": {static.AsyncAPI, "    host: baton.example.com\n    protocol: wss\n", "    host: qr.bank.test:8443\n    protocol: wss\n"},
	} {
		if strings.Count(change[0], change[1]) != 1 {
			t.Errorf("%s names its server %d times", path, strings.Count(change[0], change[1]))
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			answer := s.Do(method, path, "")
			if answer.Status != http.StatusOK || method == http.MethodGet && answer.Body != strings.Replace(change[0], change[1], change[2], 1) {
				t.Errorf("%s %s: %d, %d bytes that are not the document", method, path, answer.Status, len(answer.Body))
			}
			for name, want := range map[string]string{
				"Content-Type": "application/yaml", "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
				"Cache-Control": "public, max-age=300",
			} {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q, want %q", method, path, name, got, want)
				}
			}
		}
	}
	answer := s.Do(http.MethodGet, "/api/v1/session", "")
	if want := `"help":"https://qr.bank.test:8443/reference#UNAUTHORIZED"`; !strings.Contains(answer.Body, want) {
		t.Errorf("the error %s lacks %s", answer.Body, want)
	}
}

func TestWithoutDocumentation(t *testing.T) {
	s := webtest.Start(t, webtest.With(func(d *web.Deps) { d.Docs = false }))
	for _, path := range []string{"/reference", "/openapi.yaml", "/asyncapi.yaml", "/static/openapi.yaml"} {
		if answer := s.Do(http.MethodGet, path, ""); answer.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Status)
		}
	}
	if answer := s.Do(http.MethodGet, "/api/v1/session", ""); strings.Contains(answer.Body, "help") || strings.Contains(answer.Body, "reference") {
		t.Errorf("the error %s leads to a page that is not there", answer.Body)
	}
}

// The page shows every call, frame, close code and error of the documents, and every link on it leads somewhere.
func TestReferenceShowsEverything(t *testing.T) {
	s := webtest.Start(t)
	answer := s.Do(http.MethodGet, "/reference", "")
	if answer.Status != http.StatusOK || !strings.Contains(answer.Header.Get("Content-Security-Policy"), "style-src 'self'") {
		t.Fatalf("%d, policy %q", answer.Status, answer.Header.Get("Content-Security-Policy"))
	}
	page, err := goquery.NewDocumentFromReader(strings.NewReader(answer.Body))
	if err != nil {
		t.Fatal(err)
	}
	read, err := reference.Read(static.OpenAPI, static.AsyncAPI)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, group := range read.Groups {
		for _, call := range group.Calls {
			ids = append(ids, call.ID)
			section := page.Find("section#" + call.ID)
			for _, field := range slices.Concat(call.Parameters, fieldsOf(call.Bodies), fieldsOf(objectsOf(call.Answers))) {
				if !slices.Contains(section.Find("th code").Map(func(_ int, s *goquery.Selection) string { return s.Text() }), field.Name) {
					t.Errorf("%s does not show %s", call.ID, field.Name)
				}
				if field.Type == "" || field.Description == "" {
					t.Errorf("%s: %s has the type %q and the description %q", call.ID, field.Name, field.Type, field.Description)
				}
			}
		}
	}
	for _, frame := range slices.Concat(read.Channel.First, read.Channel.Frames) {
		ids = append(ids, "frame-"+frame.Name)
	}
	for _, e := range read.Errors {
		ids = append(ids, e.Code)
		if !strings.Contains(page.Find("tr#"+e.Code).Text(), strings.ReplaceAll(e.Means, "`", "")) {
			t.Errorf("%s is not explained on the page", e.Code)
		}
	}
	for _, end := range read.Closes {
		ids = append(ids, "close-"+end.Code)
	}
	for _, id := range ids {
		if page.Find("[id='"+id+"']").Length() != 1 {
			t.Errorf("#%s is there %d times", id, page.Find("[id='"+id+"']").Length())
		}
	}
	page.Find("a[href^='#']").Each(func(_ int, link *goquery.Selection) {
		if href, _ := link.Attr("href"); page.Find("[id='"+href[1:]+"']").Length() != 1 {
			t.Errorf("the link %s leads nowhere", href)
		}
	})
}

func fieldsOf(objects []reference.Object) (fields []reference.Field) {
	for _, object := range objects {
		fields = append(fields, object.Fields...)
	}
	return fields
}

func objectsOf(answers []reference.Answer) (objects []reference.Object) {
	for _, answer := range answers {
		objects = append(objects, answer.Object)
	}
	return objects
}

// TestExamplesAreTaken sends every body that the page shows, as it stands there, to a real server.
func TestExamplesAreTaken(t *testing.T) {
	s := webtest.Start(t)
	token := s.Token("shop")
	read, err := reference.Read(static.OpenAPI, static.AsyncAPI)
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, group := range read.Groups {
		for _, call := range group.Calls {
			for _, example := range call.Requests {
				_, body, found := strings.Cut(example.Text, "\n\n")
				if !found {
					continue
				}
				sent++
				if !json.Valid([]byte(body)) {
					t.Errorf("%s: the example is no JSON: %s", call.ID, body)
				}
				credential, path := "Bearer "+token, call.Path
				if call.ID != "createSession" {
					session := createForExample(t, s, token, call.ID)
					path = strings.ReplaceAll(path, "{sessionId}", session.ID)
					if group.Name == "Phone" {
						credential = session.Text
					}
					if call.ID == "publishAsPhone" {
						s.Do(http.MethodGet, "/api/v1/session", "", "Authorization", session.Text)
					}
				}
				answer := s.Do(call.Method, path, body, "Authorization", credential, "Content-Type", "application/json", "Baton-Device", device)
				// A number that nobody has drawn cannot be right; that the server looks at it says that the body is.
				if answer.Status != http.StatusOK && answer.Status != http.StatusNoContent && !strings.Contains(answer.Body, "CONFIRMATION_REQUIRED") {
					t.Errorf("%s: the example is answered %d %s\n%s", call.ID, answer.Status, answer.Body, body)
				}
			}
		}
	}
	if sent < 10 {
		t.Errorf("only %d examples were sent", sent)
	}
}

const device = "3q2-7wQz0mK5b8Yt1cVfXg"

func createForExample(t *testing.T, s *webtest.Server, token, call string) webtest.Session {
	t.Helper()
	body := `{"data":""}`
	if call == "confirmSession" {
		body = `{"data":"","confirm":"number"}`
	}
	answer := s.Do(http.MethodPost, "/api/v1/session", body, "Authorization", "Bearer "+token, "Content-Type", "application/json")
	var session webtest.Session
	answer.JSON(t, &session)
	return session
}

// TestAnswersShownAreLikeRealOnes holds the examples of answers and frames to the same schemas as what the server sends.
func TestAnswersShownAreLikeRealOnes(t *testing.T) {
	read, err := reference.Read(static.OpenAPI, static.AsyncAPI)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, group := range read.Groups {
		for _, call := range group.Calls {
			for _, answer := range call.Answers {
				for _, example := range answer.Examples {
					if !strings.HasPrefix(example.Text, "{") { // a stream
						for line := range strings.Lines(example.Text) {
							if frame, found := strings.CutPrefix(line, "data: "); found {
								shown++
								if err := webtest.FrameConforms([]byte(frame)); err != nil {
									t.Error(err)
								}
							}
						}
						continue
					}
					shown++
					status, _ := strconv.Atoi(answer.Status)
					if err := webtest.Conforms(web.Exchange{
						Method: call.Method, Path: call.Path, Status: status, RequestHeader: http.Header{}, Answer: []byte(example.Text),
						Header: http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"r"}},
					}); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
	for _, frame := range read.Channel.Frames {
		for _, example := range frame.Examples {
			shown++
			if err := webtest.FrameConforms([]byte(example.Text)); err != nil {
				t.Error(err)
			}
		}
	}
	if shown < 20 {
		t.Errorf("only %d examples were looked at", shown)
	}
}
