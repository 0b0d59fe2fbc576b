package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/registration/registrationtest"
	"baton/internal/timeline"
	"baton/web"
	"baton/web/webtest"
)

func withTimeline(s *webtest.Server, deps *web.Deps) {
	deps.Timeline = timeline.New(s.Clock.Now)
	s.Handoff.Audit(deps.Timeline.Auditor(nil))
	deps.Demo = true
}

const timelineDevice = "device-of-the-timelines-phone"

// handOver plays a whole one: a backend, a page with a channel, and a phone.
func handOver(t *testing.T, s *webtest.Server) (session webtest.Session, secrets []string) {
	t.Helper()
	token := s.Token("shop")
	created := s.Do("POST", "/api/v1/session", `{"data":"what-the-phone-is-to-do","confirm":"number"}`, "Authorization", "Bearer "+token, "Content-Type", "application/json")
	created.JSON(t, &session)
	var more struct{ PageToken string }
	created.JSON(t, &more)
	channel := s.Dial()
	channel.Say(`{"pageToken":"` + more.PageToken + `","after":0}`)
	channel.Next()
	phone := []string{"Authorization", session.Text, "Baton-Device", timelineDevice, "Content-Type", "application/json"}
	s.Do("POST", "/api/v1/session/open", "", phone...)
	id, _ := handoff.ParseSessionID(session.ID)
	known, err := s.Handoff.ByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	s.Do("POST", "/api/v1/session/confirm", `{"agree":true,"number":"`+known.Number+`"}`, phone...)
	s.Do("GET", "/api/v1/session", "", phone...)
	s.Do("POST", "/api/v1/session/events", `{"service":"SCAN"}`, phone...)
	s.Do("POST", "/api/v1/session/events", `{"service":"INFO"}`, phone...)
	if code, _ := channel.Closed(); code != 1000 {
		t.Fatalf("the channel closed with %d", code)
	}
	s.Do("GET", "/api/v1/session/"+session.ID+"/status", "", "Authorization", "Bearer "+token)
	return session, []string{token, session.Text, more.PageToken, "what-the-phone-is-to-do", timelineDevice, `"number":"` + known.Number + `"`, `number&#34;: &#34;` + known.Number}
}

// settled waits until the timeline has the last thing that was said.
func settled(t *testing.T, s *webtest.Server, session webtest.Session, last string) string {
	t.Helper()
	var text string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if text = s.Do("GET", "/console/timeline/"+session.ID+"/sequence.mmd", "").Body; strings.Contains(text, last) {
			return text
		}
	}
	t.Fatalf("the timeline has no %q:\n%s", last, text)
	return ""
}

func TestTheTimelineHasAHandOverInOrder(t *testing.T) {
	t.Parallel()
	s := webtest.Start(t, withTimeline)
	session, secrets := handOver(t, s)
	settled(t, s, session, "close 1000")
	got := settled(t, s, session, "/status")
	// A phone may be quicker than the page's channel: the calls have their order, the channel has its own, and a cause comes
	// before what it causes.
	scanned, finished := "phone->>baton: POST /api/v1/session/events · 200", "baton--)page: event INFO"
	for _, order := range [][]string{
		{
			"backend->>baton: POST /api/v1/session · 200", "page->>baton: GET /ws/v1/session · 101", "phone->>baton: POST /api/v1/session/open · 200",
			"phone->>baton: POST /api/v1/session/confirm · 204", "phone->>baton: GET /api/v1/session · 200", scanned, scanned,
			"backend->>baton: GET /api/v1/session/{sessionId}/status · 200",
		},
		{
			"page->>baton: GET /ws/v1/session · 101", "page--)baton: first frame", "baton--)page: snapshot created", "baton--)page: notice opened", "baton--)page: notice confirm",
			"baton--)page: status claimed", "baton--)page: event SCAN", finished, "baton--)page: status completed", "baton--xpage: close 1000 completed",
		},
		{"phone->>baton: POST /api/v1/session/open", "baton--)page: notice opened"}, {"phone->>baton: GET /api/v1/session ·", "baton--)page: status claimed"},
		{scanned, "baton--)page: event SCAN"}, {scanned, scanned, finished},
	} {
		at := -1
		for _, want := range order {
			next := strings.Index(got[at+1:], want)
			if next < 0 {
				t.Fatalf("%q is missing or out of order:\n%s", want, got)
			}
			at += 1 + next
		}
	}
	if n := strings.Count(got, "\n"); n != 6+17 {
		t.Errorf("there is more than was said:\n%s", got)
	}

	address := "/console/timeline/" + session.ID
	live := readLive(t, s, "?session="+session.ID+"&after=0", 17)
	shown := map[string]string{"the stream": live, "the log": s.Log.String()}
	for _, path := range []string{"/console/timeline", address, address + "/sequence.svg", address + "/sequence.mmd", address + "/calls.sh"} {
		answer := s.Do("GET", path, "")
		if answer.Status != 200 {
			t.Fatalf("%s: %d", path, answer.Status)
		}
		shown[path] = answer.Body
	}
	for where, text := range shown {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows the secret %.12s…", where, secret)
			}
		}
	}
	if got := settled(t, s, session, "/status"); strings.Contains(got, "console") {
		t.Error("the timeline shows itself")
	}

	// The presenter may see them, one entry at a time.
	entry := attribute(live, `name="entry" value="`)
	revealed := s.Do("POST", address, "entry="+entry, "Content-Type", "application/x-www-form-urlencoded")
	for _, secret := range []string{secrets[0], session.Text, secrets[2]} {
		if !strings.Contains(revealed.Body, secret) {
			t.Errorf("the creation, revealed, does not show %.12s…", secret)
		}
	}
	if !strings.Contains(revealed.Body, `href="`+address+`?language=ar"`) {
		t.Error("the link to the other language leaves the session, once an entry is revealed")
	}
	if inArabic := s.Do("GET", address, "", "Accept-Language", "ar"); !strings.Contains(inArabic.Body, `lang="ar" dir="rtl"`) {
		t.Errorf("to those who ask for Arabic it begins %.200s", inArabic.Body)
	}
	withSecrets := s.Do("POST", address+"/calls.sh", "", "Content-Type", "application/x-www-form-urlencoded")
	runCurl(t, withSecrets.Body, "/status'", "200")
	runCurl(t, withSecrets.Body, "/api/v1/session'", "200")

	// Nobody else sees anything.
	for _, c := range [][]string{{"GET", address}, {"POST", address}, {"POST", address + "/calls.sh"}, {"GET", address + "/sequence.svg"}, {"GET", "/console/timeline/live"}, {"GET", "/console/timeline"}} {
		if answer := s.Do(c[0], c[1], "entry="+entry, "Host", "elsewhere.example", "Content-Type", "application/x-www-form-urlencoded"); answer.Status != 404 {
			t.Errorf("%v for others: %d", c, answer.Status)
		}
	}
	for _, path := range []string{address, address + "/calls.sh"} {
		if answer := s.Do("POST", path, "entry="+entry, "Origin", "https://evil.example", "Content-Type", "application/x-www-form-urlencoded"); answer.Status != 403 {
			t.Errorf("%s from another site's page: %d", path, answer.Status)
		}
	}

	s.Do("DELETE", "/api/v1/session", "", "Authorization", secrets[2])
	for _, path := range []string{address, address + "/sequence.svg", address + "/calls.sh"} {
		if answer := s.Do("GET", path, ""); answer.Status != 404 {
			t.Errorf("%s of a deleted session: %d", path, answer.Status)
		}
	}
	if answer := s.Do("POST", address, "entry="+entry, "Content-Type", "application/x-www-form-urlencoded"); answer.Status != 404 {
		t.Errorf("reveal of a deleted session: %d", answer.Status)
	}
	if told := readLive(t, s, "?session="+session.ID+"&after=0", 1); !strings.Contains(told, `"gone":true`) {
		t.Errorf("the stream of a deleted session says %s", told)
	}
}

func attribute(text, before string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\"`, `"`), `\n`, "\n")
	_, after, _ := strings.Cut(text, before)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// openLive begins to read a stream, line by line.
func openLive(t *testing.T, s *webtest.Server, asked string) (lines *bufio.Scanner, end func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	request, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/console/timeline/live"+asked, nil)
	response, err := http.DefaultTransport.(*http.Transport).Clone().RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	lines = bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return lines, func() { response.Body.Close(); cancel() }
}

// readLive reads so many messages of the stream that have rows or an end.
func readLive(t *testing.T, s *webtest.Server, asked string, messages int) string {
	t.Helper()
	lines, end := openLive(t, s, asked)
	defer end()
	var all strings.Builder
	for messages > 0 && lines.Scan() {
		all.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), `"rows"`) || strings.Contains(lines.Text(), `"gone"`) {
			messages--
		}
	}
	if messages > 0 {
		t.Fatalf("the stream ended early: %v\n%s", lines.Err(), all.String())
	}
	return all.String()
}

// TestTheTimelineTellsWhereTheSessionsStand as they stand when the page is drawn, and as that changes.
func TestTheTimelineTellsWhereTheSessionsStand(t *testing.T) {
	t.Parallel()
	s := webtest.Start(t, withTimeline)
	began := map[string][2]time.Time{} // by id, between which times
	begin := func() webtest.Session {
		before := s.Clock.Now().Truncate(time.Second)
		session := createWith(t, s, `{"data":"x"}`)
		settled(t, s, session, "POST /api/v1/session · 200")
		began[session.ID] = [2]time.Time{before, s.Clock.Now()}
		return session
	}
	earlier := begin()
	s.Clock.Advance(time.Minute)
	later := begin()
	chips := func(text string) (said []string) {
		text = strings.NewReplacer(`\"`, `"`, `\u003c`, "<", `\u003e`, ">").Replace(text)
		document, err := goquery.NewDocumentFromReader(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		document.Find(".sessions a").Each(func(_ int, chip *goquery.Selection) {
			id := strings.TrimPrefix(chip.AttrOr("href", ""), "/console/timeline/")
			if at, err := time.Parse(time.RFC3339, chip.Find("time").AttrOr("datetime", "")); err != nil || at.Before(began[id][0]) || at.After(began[id][1]) {
				t.Errorf("%s began at %v, %v; it was within %v", id, at, err, began[id])
			}
			said = append(said, id+chip.AttrOr("aria-current", "")+" "+chip.Find(".state").Text()+chip.Find(".newest").Text())
		})
		return said
	}
	want := func(state string) []string {
		return []string{later.ID + " " + state + "newest", earlier.ID + "true waiting"}
	}
	if diff := cmp.Diff(want("waiting"), chips(s.Do("GET", "/console/timeline/"+earlier.ID, "").Body)); diff != "" {
		t.Errorf("on the page (-want +got):\n%s", diff)
	}

	lines, end := openLive(t, s, "?session="+earlier.ID+"&after=99&known=2")
	defer end()
	next := func() []string {
		for lines.Scan() {
			if strings.Contains(lines.Text(), `"sessions"`) {
				return chips(lines.Text())
			}
		}
		t.Fatal("the stream ended: ", lines.Err())
		return nil
	}
	if diff := cmp.Diff(want("waiting"), next()); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	if answer := s.Do("GET", "/api/v1/session", "", "Authorization", later.Text); answer.Status != 200 {
		t.Fatalf("the claim is answered %d", answer.Status)
	}
	if diff := cmp.Diff(want("running"), next()); diff != "" {
		t.Errorf("once a phone has claimed it (-want +got):\n%s", diff)
	}
	s.Do("POST", "/api/v1/session/events", `{"status":"failed","reason":"SCAN_DOCUMENT_EXPIRED"}`, "Authorization", later.Text, "Content-Type", "application/json")
	if diff := cmp.Diff(want("failed"), next()); diff != "" {
		t.Errorf("once it has failed (-want +got):\n%s", diff)
	}
}

// runCurl runs the first command that ends so, with what stands before all of them.
func runCurl(t *testing.T, script, end, want string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("curl is not installed; `make test` installs it")
	}
	var run []string
	for line := range strings.SplitSeq(script, "\n") {
		if !strings.HasPrefix(line, "curl ") {
			run = append(run, line)
		} else if strings.HasSuffix(line, end) {
			run = append(run, line)
			break
		}
	}
	said, err := exec.Command("sh", "-c", strings.Join(run, "\n")).Output()
	if err != nil || !strings.HasPrefix(string(said), "HTTP/1.1 "+want) {
		t.Errorf("the command that ends with %s: %v, %.80s", end, err, said)
	}
}

func TestTheTimelineHasARegistration(t *testing.T) {
	t.Parallel()
	b := openBank(t, &registrationtest.Provider{}, withTimeline)
	person := b.browser(t)
	person.register()
	first := b.Do("GET", "/console/timeline", "")
	id := attribute(first.Body, `data-session="`)
	if id == "" {
		t.Fatalf("the newest hand-over is not shown: %.300s", first.Body)
	}
	text := b.Do("GET", "/console/timeline/"+id+"/sequence.mmd", "").Body
	for _, want := range []string{"page->>backend: POST /register\n", "Note over backend,baton: in process: creates the session\n", "backend-->>page: 303\n", "page->>backend: GET /register/verify · 200"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	cookie := person.cookie()
	page := b.Do("GET", "/console/timeline/"+id, "").Body
	for _, secret := range []string{cookie, person.token().Reveal(), person.ticket().Reveal(), url.QueryEscape("ana@example.com"), "Ana+Specimen"} {
		if strings.Contains(page, secret) {
			t.Errorf("the page shows %.8s…", secret)
		}
	}
	// A new registration in the same browser takes the earlier one's place: its session does not delete itself.
	changed := details()
	changed.Set("name", "Ben Specimen")
	person.follow(person.post("/register", changed)).state("ready")
	second := attribute(b.Do("GET", "/console/timeline", "").Body, `data-session="`)
	if second == id {
		t.Fatal("there is no new session")
	}
	for _, end := range []string{"mmd", "svg"} {
		text := b.Do("GET", "/console/timeline/"+second+"/sequence."+end, "").Body
		if !strings.Contains(text, "in process: creates the session") || !strings.Contains(text, "in process: deletes the earlier session") || strings.Contains(text, "deletes the session") {
			t.Errorf("who deletes whom in %s:\n%s", end, text)
		}
	}
	if page := b.Do("GET", "/console/timeline/"+second, "", "Accept-Language", "ar").Body; !strings.Contains(page, "داخل البرنامج: يحذف الجلسة السابقة") {
		t.Error("the page in Arabic does not say that the earlier session is deleted")
	}
	for language, want := range map[string]string{"en": "The timeline of this session is gone.", "ar": "زال المخطط الزمني لهذه الجلسة."} {
		for _, end := range []string{"", "/sequence.svg"} {
			gone := person.send("GET", "/console/timeline/"+id+end, nil, "Accept-Language", language).want(http.StatusNotFound, "timeline", "gone", "sessions")
			if others := gone.part("sessions").Find(`a[href$="/` + second + `"]`).Length(); !strings.Contains(gone.part("gone").Text(), want) || others != 1 || gone.part("rows").Length() != 0 {
				t.Errorf("the timeline that is gone, in %s: %q, %d links to the other", language, gone.part("gone").Text(), others)
			}
		}
	}
	b.Clock.Advance(handoff.MaxTTL)
	person.get("/console/timeline/"+second).want(http.StatusNotFound, "timeline", "gone")
	if answer := b.Do("GET", "/console/timeline/"+second, ""); answer.Status != 404 {
		t.Errorf("the timeline of an expired session: %d", answer.Status)
	}
}

func TestThereIsNoTimelineWhereNobodyAskedForOne(t *testing.T) {
	t.Parallel()
	s := webtest.Start(t, webtest.With(func(deps *web.Deps) { deps.Demo = true }))
	if answer := s.Do("GET", "/console/timeline", ""); answer.Status != 404 {
		t.Errorf("it answers %d", answer.Status)
	}
}

// The cost of a call with a timeline and without one.
func BenchmarkTimeline(b *testing.B) {
	for name, options := range map[string][]webtest.Option{"off": nil, "on": {withTimeline}} {
		b.Run(name, func(b *testing.B) {
			s := webtest.Start(b, options...)
			session := s.Create(s.Token("shop"), "data")
			b.ReportAllocs()
			for b.Loop() {
				s.Do("GET", "/api/v1/session", "", "Authorization", session.Text)
			}
		})
	}
}
