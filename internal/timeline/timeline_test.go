package timeline_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/internal/timeline"
)

const (
	id     = handoff.SessionID("0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11")
	ticket = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	page   = "77CDEFGHIJKLMNOPQRSTUVWXYZ234522"
	bearer = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl"
	data   = "eyJkb2N1bWVudHMiOltdfQ=="
)

func of(now time.Time) timeline.Of { return timeline.Of{Session: id, Until: now.Add(20 * time.Minute)} }

// creation is a call with a secret wherever there can be one.
func creation() timeline.Exchange {
	return timeline.Exchange{
		Method: "POST", Origin: "http://127.0.0.1:8080", Path: "/api/v1/session",
		RequestHeader: http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/json"}, "Baton-Device": {"dev-ice-secret-of-22-characters"}, "Cookie": {"a=cookie-value; b=" + page}},
		Body:          []byte(`{"data":"` + data + `", "note":"it's $(id) ` + ticket + `", "deep":[{"number":"47"},{"client_secret":"sandbox"}]}`),
		Status:        200, Header: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"s=other-cookie-value; Path=/"}},
		Answer: []byte(`{"sessionId":"` + string(id) + `","qrCodeText":"` + ticket + `","qrCodeTextWithDynamicLink":"http://h/go#` + ticket + `","pageToken":"` + page + `"}`),
	}
}

func recorded(t *testing.T) (*timeline.Recorder, timeline.Session) {
	t.Helper()
	r := timeline.New(nil)
	now := time.Now()
	r.Begin(timeline.Backend, timeline.Baton).End(of(now), creation())
	r.Frame(of(now), r.Mark(), timeline.Page, timeline.Baton, []byte(page))
	r.Frame(of(now), r.Mark(), timeline.Baton, timeline.Page, []byte(`{"type":"notice","notice":"confirm","number":"47"}`))
	r.Closed(of(now), r.Mark(), timeline.Baton, timeline.Page, "close 1000 completed; <script>")
	session, ok := r.Session(id)
	if !ok {
		t.Fatal("nothing is kept")
	}
	return r, session
}

func TestSecretsAreTakenOut(t *testing.T) {
	r, session := recorded(t)
	kept := fmt.Sprintf("%+v", session) + timeline.SVG(session) + timeline.Mermaid(session) + timeline.Curl(session, nil)
	for _, secret := range []string{ticket, page, bearer, data, "dev-ice-secret", "cookie-value", `"47"`, `client_secret":"sandbox`} {
		if strings.Contains(kept, secret) {
			t.Errorf("%q is in what is kept or exported", secret)
		}
	}
	e := session.Entries[0]
	if got := e.Request.Body.With(r.Secrets(id)); got != string(creation().Body) {
		t.Errorf("revealed, the body is %s", got)
	}
	if got := e.Answer.Body.With(r.Secrets(id)); got != string(creation().Answer) {
		t.Errorf("revealed, the answer is %s", got)
	}
	if text := e.Request.Body.String(); !strings.Contains(text, `"data":"$DATA"`) || !strings.Contains(text, `"number":"$NUMBER"`) || !strings.Contains(text, "$QR_CODE_TEXT") {
		t.Errorf("the body is %s", text)
	}
	if !strings.Contains(e.Answer.Body.String(), `http://h/go#$QR_CODE_TEXT"`) {
		t.Errorf("the answer is %s", e.Answer.Body)
	}
}

func TestABodyThatCannotBeLookedThroughIsNotKept(t *testing.T) {
	for kind, body := range map[string]string{
		"application/json": `{"data":"` + data, "text/html; charset=utf-8": "<p>" + data, "image/svg+xml": "<svg>" + data, "text/plain": data, "": data,
	} {
		r := timeline.New(nil)
		x := creation()
		x.Header, x.Answer, x.Body = http.Header{"Content-Type": {kind}}, []byte(body), nil
		r.Begin(timeline.Page, timeline.Baton).End(of(time.Now()), x)
		session, _ := r.Session(id)
		if m := session.Entries[0].Answer; m.Body != "" || m.Whole || !strings.Contains(m.Note, "not kept") {
			t.Errorf("%s: %+v", kind, m)
		}
	}
}

func TestWhatIsOverALimitGoes(t *testing.T) {
	now := time.Now()
	r := timeline.New(func() time.Time { return now })
	for i := range timeline.MaxEntries + 3 {
		r.Frame(of(now), r.Mark(), timeline.Baton, timeline.Page, fmt.Appendf(nil, `{"n":%d}`, i))
	}
	session, _ := r.Session(id)
	if len(session.Entries) != timeline.MaxEntries || session.Dropped != 3 || session.Entries[0].Request.Body != `{"n":3}` {
		t.Errorf("%d entries, %d dropped, the first %s", len(session.Entries), session.Dropped, session.Entries[0].Request.Body)
	}
	long := []byte(`{"x":"` + strings.Repeat("a b ", 25_000) + `"}`)
	for range 100 {
		r.Frame(of(now), r.Mark(), timeline.Baton, timeline.Page, long)
	}
	session, _ = r.Session(id)
	size := 0
	for _, e := range session.Entries {
		size += len(e.Request.Body)
		if len(e.Request.Body) > 32<<10 {
			t.Fatalf("a body of %d bytes is kept", len(e.Request.Body))
		}
	}
	if size > timeline.MaxBytes {
		t.Errorf("%d bytes are kept", size)
	}
	for i := range timeline.MaxSessions + 1 {
		r.Frame(timeline.Of{Session: handoff.SessionID(fmt.Sprintf("s-%d", i)), Until: now.Add(time.Minute)}, r.Mark(), timeline.Baton, timeline.Page, []byte(`{}`))
	}
	if all := r.Sessions(); len(all) != timeline.MaxSessions || all[0].ID != handoff.SessionID(fmt.Sprintf("s-%d", timeline.MaxSessions)) {
		t.Errorf("%d sessions, the newest %s", len(all), all[0].ID)
	}
}

func TestNothingOutlivesItsSession(t *testing.T) {
	now := time.Now()
	r := timeline.New(func() time.Time { return now })
	put := func() { r.Frame(of(now), r.Mark(), timeline.Baton, timeline.Page, []byte(`{}`)) }
	gone := func(how string) {
		t.Helper()
		if _, ok := r.Session(id); ok || r.Secrets(id) != nil || len(r.Sessions()) > 0 {
			t.Errorf("it is still there: %s", how)
		}
	}
	put()
	now = now.Add(20 * time.Minute)
	gone("expired")

	r = timeline.New(func() time.Time { return now })
	r.Frame(timeline.Of{Session: id, Until: now.Add(time.Hour)}, r.Mark(), timeline.Baton, timeline.Page, []byte(`{}`))
	now = now.Add(handoff.MaxTTL)
	gone("the longest that there is")

	r = timeline.New(func() time.Time { return now })
	put()
	r.Auditor(nil).Record(t.Context(), handoff.Occurrence{What: handoff.AuditDeleted, Session: id})
	gone("deleted")
	put() // was under way
	gone("deleted, and another frame came")
}

func TestANestedCallComesBetweenTheCallAndItsAnswer(t *testing.T) {
	r := timeline.New(nil)
	outer := r.Begin(timeline.Page, timeline.Backend)
	ctx := outer.With(t.Context())
	r.Auditor(nil).Record(ctx, handoff.Occurrence{What: handoff.AuditCreated, Session: id})
	r.Auditor(nil).Record(r.Begin(timeline.Backend, timeline.Baton).With(t.Context()), handoff.Occurrence{What: handoff.AuditCreated, Session: id}) // which is a call, and shown as one
	if len(r.Sessions()) != 0 {
		t.Fatal("it is kept before anybody knows whose it is")
	}
	outer.End(of(time.Now()), timeline.Exchange{Method: "POST", Origin: "http://h", Path: "/register", Status: 303})
	session, _ := r.Session(id)
	var labels []string
	for _, step := range timeline.Steps(session.Entries) {
		labels = append(labels, step.Label(id))
	}
	if got := strings.Join(labels, ", "); got != "POST /register, in process: creates the session, answer to POST /register" {
		t.Error(got)
	}
}

func TestExportsHoldWhateverIsInThem(t *testing.T) {
	r := timeline.New(nil)
	nasty := "/x'\"`$(id);#%%&<script>alert(1)</script>\n\r\u2028end\x01\x00"
	r.Begin(timeline.Phone, timeline.Provider).End(of(time.Now()), timeline.Exchange{
		Method: "GET", Origin: "http://h", Path: nasty, Status: 404,
		RequestHeader: http.Header{"Accept": {"it's \"$HOME\" `id` \n# x"}},
	})
	session, _ := r.Session(id)
	decoder := xml.NewDecoder(strings.NewReader(timeline.SVG(session)))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok && (element.Name.Local == "script" || element.Name.Local == "foreignObject" || element.Name.Local == "style") {
			t.Errorf("<%s> is in the picture", element.Name.Local)
		}
	}
	if lines := strings.Count(timeline.Mermaid(session), "\n"); lines != 7 {
		t.Errorf("%d lines: %s", lines, timeline.Mermaid(session))
	}
	line, why := timeline.CurlLine(session.Entries[0], nil)
	if why != "" {
		t.Fatal(why)
	}
	said, err := exec.Command("sh", "-c", strings.Replace(line, "curl ", "printf '%s|' ", 1)).Output()
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimSuffix(string(said), "|")
	if want := "http://h" + strings.ReplaceAll(nasty, "\x00", "\uFFFD"); !strings.HasSuffix(path, "|"+want) {
		t.Errorf("the shell reads %q, want %q at the end", path, want)
	}
	if !strings.Contains(path, "|Accept: it's \"$HOME\" `id` \n# x|") {
		t.Errorf("the shell reads %q", path)
	}
}

// Where there is no timeline nothing is done for it.
func TestNoTimelineCostsNothing(t *testing.T) {
	var off *timeline.Recorder
	ctx := context.Background()
	if n := testing.AllocsPerRun(100, func() {
		p := off.Begin(timeline.Page, timeline.Baton)
		_ = p.With(ctx)
		p.End(timeline.Of{}, timeline.Exchange{})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestManyAtATime(t *testing.T) {
	r := timeline.New(nil)
	until := of(time.Now())
	wake, stop := r.Listen()
	defer stop()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				p := r.Begin(timeline.Backend, timeline.Baton)
				r.Auditor(nil).Record(p.With(context.Background()), handoff.Occurrence{What: handoff.AuditCreated, Session: id})
				p.End(until, creation())
				r.Session(id)
				r.Since(id, 3)
				r.Secrets(id)
			}
		})
	}
	all.Wait()
	<-wake
	if session, _ := r.Session(id); len(session.Entries) != 400 {
		t.Errorf("%d entries, want 400", len(session.Entries))
	}
}
