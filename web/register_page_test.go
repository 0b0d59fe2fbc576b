package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/qr"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
	"baton/web"
	"baton/web/webtest"
)

// bank is a server with the demonstration's registration, on a provider that the test speaks for.
type bank struct {
	*webtest.Server
	provider *registrationtest.Provider
}

func openBank(t *testing.T, provider *registrationtest.Provider, options ...webtest.Option) bank {
	t.Helper()
	withRegistration := func(s *webtest.Server, deps *web.Deps) {
		deps.Registration = registration.NewService(registration.Config{
			Store: s.Store, Handoff: s.Handoff, Provider: provider, Data: "what the phone is to do", Tenant: "bank", Now: s.Clock.Now, Log: deps.Log,
			Steps: []handoff.Step{handoff.StepScan, handoff.StepRead, handoff.StepFace, handoff.StepInfo},
		})
	}
	return bank{webtest.Start(t, append([]webtest.Option{withRegistration}, options...)...), provider}
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	t      *testing.T
	server bank
	client *http.Client
}

func (b bank) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t, b, &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// shown is a page as a browser got it.
type shown struct {
	*goquery.Document
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (b *browser) send(method, path string, form url.Values, headers ...string) shown {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", b.server.URL) // as browsers do on plain http, where they send no Sec-Fetch-Site
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(string(text)))
	if err != nil {
		b.t.Fatal(err)
	}
	document.Find("template").Remove()
	return shown{document, b.t, response.StatusCode, response.Header, string(text)}
}

func (b *browser) get(path string) shown { b.t.Helper(); return b.send("GET", path, nil) }

func (b *browser) post(path string, form url.Values) shown {
	b.t.Helper()
	return b.send("POST", path, form)
}

// follow gets the page that a redirect leads to.
func (b *browser) follow(page shown) shown {
	b.t.Helper()
	if page.status != http.StatusSeeOther {
		b.t.Fatalf("status %d, want a redirect: %.300s", page.status, page.body)
	}
	return b.get(page.header.Get("Location"))
}

func (b *browser) cookie() string {
	b.t.Helper()
	at, err := url.Parse(b.server.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(at) {
		if strings.HasSuffix(cookie.Name, "baton_registration") {
			return cookie.Value
		}
	}
	b.t.Fatal("the browser holds no registration")
	return ""
}

func (b *browser) ticket() handoff.Ticket {
	b.t.Helper()
	_, text, _ := strings.Cut(b.cookie(), ".")
	ticket, ok := handoff.ParseTicket(text)
	if !ok {
		b.t.Fatal("the cookie holds no ticket")
	}
	return ticket
}

func (p shown) part(id string) *goquery.Selection { return p.Find(`[data-testid="` + id + `"]`) }

func (p shown) want(status int, ids ...string) shown {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("status %d, want %d: %.400s", p.status, status, p.body)
	}
	for _, id := range ids {
		if p.part(id).Length() == 0 {
			p.t.Fatalf("the page has no %q: %s", id, strings.Join(strings.Fields(p.Find("main").Text()), " "))
		}
	}
	return p
}

func (p shown) state(want string) shown {
	p.t.Helper()
	p.want(http.StatusOK, "verify")
	if got, _ := p.part("verify").Attr("data-state"); got != want {
		p.t.Fatalf("the page is in the state %q, want %q", got, want)
	}
	return p
}

func (p shown) leadsTo(want string) {
	p.t.Helper()
	if got := p.header.Get("Location"); p.status != http.StatusSeeOther || got != want {
		p.t.Fatalf("status %d to %q, want 303 to %q", p.status, got, want)
	}
}

func details() url.Values {
	return url.Values{"name": {"Ana Specimen"}, "email": {"ana@example.com"}, "country": {"DE"}, "consent": {"yes"}}
}

func (b *browser) register() shown {
	b.t.Helper()
	return b.follow(b.post("/register", details())).state("ready")
}

// claim and report do the phone's part.
func (b *browser) claim() handoff.SessionID {
	b.t.Helper()
	session, _, _, err := b.server.Handoff.Claim(b.t.Context(), b.ticket())
	if err != nil {
		b.t.Fatal(err)
	}
	return session.ID
}

func (b *browser) report(progress ...handoff.Progress) {
	b.t.Helper()
	for _, p := range progress {
		if _, err := b.server.Handoff.Publish(b.t.Context(), b.ticket(), p); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *browser) finishPhone() {
	b.t.Helper()
	b.claim()
	b.report(handoff.Progress{Step: handoff.StepScan}, handoff.Progress{Step: handoff.StepFace}, handoff.Progress{Step: handoff.StepInfo})
}

func verified(id handoff.SessionID) (registration.Result, error) {
	return registration.Result{
		SessionID: id, IssuedAt: time.Now(), ExpiresAt: time.Now().Add(2 * time.Hour),
		Documents: []registration.Document{{
			Type: "PASSPORT", FullName: "ANNA SPECIMEN", Number: "L0000123X", Nationality: "UTO", DateOfBirth: "1990-04-01", ExpiresOn: "2101-11-30",
			Portrait: registration.Image{ID: "0123456789abcdef01234567"}, Face: &registration.Face{Match: true, Level: 4},
		}},
	}, nil
}

func TestRegistrationFromFormToDone(t *testing.T) {
	jpeg := []byte("\xff\xd8\xff specimen")
	b := openBank(t, &registrationtest.Provider{OnResult: verified, OnImage: func(registration.Image) ([]byte, error) { return jpeg, nil }}).browser(t)

	b.get("/").want(http.StatusOK, "start", "miniature")
	b.get("/register").want(http.StatusOK, "form")
	page := b.register().want(http.StatusOK, "qr", "countdown", "copy-link", "open-phone", "cancel")

	link := b.server.URL + "/go#" + b.ticket().Reveal()
	code, err := qr.Encode(link, qr.Medium)
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := page.part("qr").Find("path").Attr("d"); d != code.Path {
		t.Error("the picture is not the link's code")
	}
	if href, _ := page.part("open-phone").Attr("href"); href != "/go#"+b.ticket().Reveal() {
		t.Errorf("the phone opens at %q", href)
	}

	id := b.claim()
	if b.get("/register/verify").state("claimed").part("qr").Length() != 0 {
		t.Error("the code is still on show when a phone has it")
	}
	b.report(handoff.Progress{Step: handoff.StepScan}, handoff.Progress{Skipped: handoff.StepRead, Reason: "READ_NFC_UNAVAILABLE"})
	page = b.get("/register/verify").state("claimed")
	got := map[string]string{}
	page.Find(".steps li").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("data-testid")
		got[name], _ = s.Attr("data-state")
	})
	want := map[string]string{"step-SCAN": "done", "step-READ": "skipped", "step-FACE": "current", "step-INFO": "todo"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}

	b.report(handoff.Progress{Step: handoff.StepFace}, handoff.Progress{Step: handoff.StepInfo})
	page = b.get("/register/verify").state("checking")
	if next, _ := page.part("verify").Attr("data-next"); next != "/register/review?sessionId="+string(id) {
		t.Errorf("goes on to %q", next)
	}
	page = b.get("/register/review?sessionId="+string(id)).want(http.StatusOK, "review", "document-0", "portrait-0", "check-face", "complete", "difference-0")
	if text := page.part("difference-0").Text(); !strings.Contains(text, "You typed Ana, the document says ANNA") {
		t.Errorf("the difference reads %q", text)
	}
	src, _ := page.part("portrait-0").Attr("src")
	image := b.get(src).want(http.StatusOK)
	if image.body != string(jpeg) || image.header.Get("Content-Type") != "image/jpeg" || image.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("the image comes as %q, %q", image.header.Get("Content-Type"), image.header.Get("Cache-Control"))
	}
	b.get("/register/verify").leadsTo("/register/review")

	page = b.follow(b.post("/register/complete", url.Values{})).want(http.StatusOK, "done", "number", "stored", "start-over")
	number := page.part("number").Text()
	if !strings.HasPrefix(number, "BTN-") || strings.Contains(page.body, "L0000123X") || !strings.Contains(page.body, "ending 123X") {
		t.Errorf("done: %q", number)
	}
	b.post("/register/complete", url.Values{}).leadsTo("/register/done")
	if again := b.get("/register/done").part("number").Text(); again != number {
		t.Errorf("a second completion changed %q to %q", number, again)
	}
	b.get("/register/verify").leadsTo("/register/done")
	b.get("/register/review").leadsTo("/register/done")
	b.get(src).want(http.StatusNotFound)

	if value, _ := b.get("/register").part("field-name").Attr("value"); value != "" {
		t.Errorf("starting over begins with %q", value)
	}
	b.register() // the same person again is a new registration
	if deleted := b.server.provider.Deleted(); len(deleted) != 1 || deleted[0] != id {
		t.Errorf("deleted at the provider: %v", deleted)
	}
}

func TestRegisterKeepsWhatWasTyped(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	typed := url.Values{"name": {`Ana "><script>alert(1)</script>`}, "email": {"ana@"}, "country": {"DE"}}
	page := b.post("/register", typed).want(http.StatusUnprocessableEntity, "error-summary", "error-name", "error-email", "error-consent")
	if page.part("error-country").Length() != 0 {
		t.Error("the country is at fault")
	}
	if value, _ := page.part("field-name").Attr("value"); value != typed.Get("name") {
		t.Errorf("the name is now %q", value)
	}
	if strings.Contains(page.body, "<script>alert") {
		t.Error("markup got into the page")
	}
	if value, _ := page.Find("option[selected]").Attr("value"); value != "DE" {
		t.Errorf("the country is now %q", value)
	}
	if focus, _ := page.Find("[autofocus]").Attr("id"); focus != "name" {
		t.Errorf("the focus is on %q", focus)
	}

	b.register()
	if value, _ := b.get("/register").part("field-email").Attr("value"); value != "ana@example.com" {
		t.Errorf("going back shows the e-mail %q", value)
	}
}

func TestRegisterAgain(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	first := b.cookie()

	b.post("/register", details()).leadsTo("/register/verify")
	if b.cookie() != first {
		t.Error("the unchanged form made a new code")
	}

	old := b.ticket()
	changed := details()
	changed.Set("name", "Bea Specimen")
	b.follow(b.post("/register", changed)).state("ready")
	if b.cookie() == first {
		t.Error("the changed form kept the old code")
	}
	if _, err := b.server.Handoff.ByTicket(t.Context(), old); handoff.ErrorCode(err) != handoff.CodeNotFound {
		t.Errorf("the old code still works: %v", err)
	}

	b.claim()
	b.report(handoff.Progress{Status: handoff.StatusFailed, Reason: "FACE_NO_MATCH"})
	b.follow(b.post("/register", changed)).state("ready") // sent again after a failure: a new code
}

func TestVerifyShowsWhyItStopped(t *testing.T) {
	tests := map[string]struct {
		progress handoff.Progress
		state    string
		says     string
		ours     bool
	}{
		"failed for a known reason":   {handoff.Progress{Status: handoff.StatusFailed, Reason: "SCAN_DOCUMENT_EXPIRED"}, "failed", "The document has expired. Use one that is valid.", false},
		"failed for an unknown one":   {handoff.Progress{Status: handoff.StatusFailed, Reason: "<b>odd</b>"}, "failed", "Something went wrong on our side.", true},
		"cancelled":                   {handoff.Progress{Status: handoff.StatusCancelled, Reason: "USER_CANCEL"}, "cancelled", "You stopped on your phone.", false},
		"cancelled without a reason":  {handoff.Progress{Status: handoff.StatusCancelled}, "cancelled", "You stopped on your phone.", false},
		"too many attempts at a face": {handoff.Progress{Status: handoff.StatusFailed, Reason: "TOO_MANY_ATTEMPTS"}, "failed", "The face didn't match the document.", false},
	}
	server := openBank(t, &registrationtest.Provider{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := server.browser(t)
			b.register()
			b.claim()
			b.report(test.progress)
			page := b.get("/register/verify").state(test.state).want(http.StatusOK, "reason", "renew", "change-details")
			if got := page.part("reason").Text(); got != test.says {
				t.Errorf("says %q, want %q", got, test.says)
			}
			id := page.part("request-id").Text()
			if (id != "") != test.ours || test.ours && id != page.header.Get("X-Request-ID") {
				t.Errorf("shows the request id %q", id)
			}
			before := b.cookie()
			b.follow(b.post("/register/renew", url.Values{"replaces": {attr(page, "replaces")}})).state("ready")
			if b.cookie() == before {
				t.Error("no new code")
			}
		})
	}
}

func attr(page shown, field string) string {
	value, _ := page.Find(`input[name="` + field + `"]`).Attr("value")
	return value
}

func TestVerifyExpiresAndRenews(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	b.server.Clock.Advance(handoff.MaxTTL)
	page := b.get("/register/verify").state("expired").want(http.StatusOK, "expired", "renew", "finished")
	if page.Find("body").Text(); strings.Contains(page.body, b.ticket().Reveal()) {
		t.Error("the page still shows the expired code")
	}

	replaces := url.Values{"replaces": {attr(page, "replaces")}}
	b.follow(b.post("/register/renew", replaces)).state("ready")
	renewed := b.cookie()
	b.post("/register/renew", replaces).leadsTo("/register/verify") // the second tab asked for the same
	if b.cookie() != renewed {
		t.Error("two tabs got two codes, and the first one's is dead")
	}
	if value, _ := b.get("/register").part("field-name").Attr("value"); value != "Ana Specimen" {
		t.Errorf("the form was lost: %q", value)
	}
}

func TestCancelKeepsTheForm(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	ticket := b.ticket()
	page := b.follow(b.post("/register/cancel", url.Values{})).want(http.StatusOK, "notice", "form")
	if value, _ := page.part("field-name").Attr("value"); value != "Ana Specimen" {
		t.Errorf("the form was lost: %q", value)
	}
	if _, err := b.server.Handoff.ByTicket(t.Context(), ticket); handoff.ErrorCode(err) != handoff.CodeNotFound {
		t.Errorf("the code still works: %v", err)
	}
	page = b.get("/register/verify").state("cancelled").want(http.StatusOK, "renew")
	b.post("/register/cancel", url.Values{}).leadsTo("/register?notice=cancelled") // twice is once
	b.follow(b.post("/register/renew", url.Values{"replaces": {attr(page, "replaces")}})).state("ready")
}

func TestVerifyState(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{OnResult: verified}).browser(t)
	if page := b.send("GET", "/register/state", nil, "Accept", "application/json"); page.status != http.StatusNotFound || !strings.Contains(page.body, "SESSION_EXPIRED_OR_NOT_FOUND") {
		t.Errorf("without a cookie: %d %s", page.status, page.body)
	}
	state := func(want string) {
		t.Helper()
		page := b.get("/register/state").want(http.StatusOK)
		if !strings.Contains(page.body, `"state":"`+want+`"`) || page.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s, want the state %s", page.body, want)
		}
		if strings.Contains(page.body, b.ticket().Reveal()) {
			t.Error("the answer holds the ticket")
		}
	}
	b.register()
	state("ready")
	b.claim()
	state("claimed")
	if page := b.get("/register/verify"); !strings.Contains(b.get("/register/state").body, `"seq":`+attrOf(page, "data-seq")) {
		t.Error("page and state count events differently: the script would draw for ever")
	}
	b.report(handoff.Progress{Step: handoff.StepInfo})
	state("checking")
	b.get("/register/review").want(http.StatusOK, "review")
	state("verified")
}

func attrOf(page shown, name string) string {
	value, _ := page.part("verify").Attr(name)
	return value
}

func TestRegistrationNeedsItsCookie(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	for _, path := range []string{"/register/verify", "/register/review", "/register/done"} {
		b.get(path).want(http.StatusNotFound, "no-cookie", "start")
	}
	for _, path := range []string{"/register/renew", "/register/cancel", "/register/complete"} {
		b.post(path, url.Values{}).want(http.StatusNotFound, "no-cookie")
	}
	for _, cookie := range []string{"", "x", ".", strings.Repeat("A", 32), strings.Repeat("A", 32) + "." + strings.Repeat("B", 32), strings.Repeat("<", 2000)} {
		b.send("GET", "/register/verify", nil, "Cookie", "baton_registration="+cookie).want(http.StatusNotFound, "no-cookie")
	}
	b.get("/register/image/0/portrait").want(http.StatusNotFound)
	b.get("/register/image/99999999999999999999/portrait").want(http.StatusNotFound)
}

func TestCookie(t *testing.T) {
	attributes := func(t *testing.T, b *browser) string {
		t.Helper()
		return b.post("/register", details()).header.Get("Set-Cookie")
	}
	t.Run("over http", func(t *testing.T) {
		got := attributes(t, openBank(t, &registrationtest.Provider{}).browser(t))
		if !regexp.MustCompile(`(?i)^baton_registration=[A-Z2-7]{32}\.[A-Z2-7]{32}; max-age=86400; path=/; HttpOnly; SameSite=Lax$`).MatchString(got) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("over https", func(t *testing.T) {
		secure := webtest.With(func(deps *web.Deps) { deps.PublicURL = &url.URL{Scheme: "https", Host: "verify.example.org"} })
		got := attributes(t, openBank(t, &registrationtest.Provider{}, secure).browser(t))
		if !strings.HasPrefix(got, "__Host-baton_registration=") || !strings.Contains(got, "; secure") || strings.Contains(strings.ToLower(got), "domain") {
			t.Errorf("got %q", got)
		}
	})
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	before := b.cookie()
	for _, path := range []string{"/register", "/register/renew", "/register/cancel", "/register/complete"} {
		for _, headers := range [][]string{
			{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
		} {
			page := b.send("POST", path, details(), headers...)
			if page.status != http.StatusForbidden {
				t.Errorf("%s with %v: %d", path, headers, page.status)
			}
		}
	}
	if b.cookie() != before {
		t.Error("a foreign form changed the cookie")
	}
	b.get("/register/verify").state("ready")
	if policy := b.get("/register").header.Get("Referrer-Policy"); policy != "same-origin" {
		t.Errorf("referrer policy %q: browsers then send forms with the origin null", policy)
	}
}

func TestProviderIsAway(t *testing.T) {
	away := true
	provider := &registrationtest.Provider{
		OnAccessToken: func() (handoff.Token, error) {
			if away {
				return handoff.Token{}, registration.ErrProvider
			}
			return handoff.NewToken("token"), nil
		},
		OnResult: func(handoff.SessionID) (registration.Result, error) {
			return registration.Result{}, registration.ErrProvider
		},
	}
	b := openBank(t, provider).browser(t)
	page := b.post("/register", details()).want(http.StatusServiceUnavailable, "notice", "form")
	if value, _ := page.part("field-name").Attr("value"); value != "Ana Specimen" || page.header.Get("Retry-After") == "" {
		t.Errorf("the form was lost: %q", value)
	}
	away = false
	b.register()
	before := b.cookie()
	away = true
	b.post("/register/renew", url.Values{}).want(http.StatusServiceUnavailable, "retry", "request-id")
	if b.cookie() != before {
		t.Error("the old code was given up although there is no new one")
	}
	b.finishPhone()
	page = b.get("/register/review").want(http.StatusServiceUnavailable, "retry")
	if got := attrOf(page, "data-next"); got != "/register/review" || attrOf(page, "data-state") != "unavailable" {
		t.Errorf("tries again at %q", got)
	}
}

func TestSecretsStayInTheCookie(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{OnResult: verified}).browser(t)
	page := b.post("/register", details())
	key, ticket, _ := strings.Cut(b.cookie(), ".")
	if strings.Contains(page.header.Get("Location")+page.body, ticket) {
		t.Error("the redirect holds the ticket")
	}
	seen := b.follow(page).body
	b.finishPhone()
	for _, path := range []string{"/register", "/register/verify", "/register/state", "/register/review", "/register/done"} {
		seen += b.get(path).body
	}
	b.post("/register/complete", url.Values{})
	if strings.Contains(seen, key) {
		t.Error("a page holds the registration's key")
	}
	for name, secret := range map[string]string{"ticket": ticket, "key": key} {
		if strings.Contains(b.server.Log.String(), secret) {
			t.Errorf("the log holds the %s", name)
		}
	}
	for _, path := range []string{"/register", "/register/verify", "/register/review", "/register/done"} {
		if cache := b.get(path).header.Get("Cache-Control"); cache != "no-store" {
			t.Errorf("%s may be kept: %q", path, cache)
		}
	}
}

// The page that shows the code loads fast even on a poor line: less than 60 KB in all, nothing from elsewhere.
func TestTheCodesPageIsLight(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	page := b.register()
	total := len(page.body)
	t.Logf("the page: %d bytes", total)
	var module string
	page.Find("link[href], script[src], #verify").Each(func(_ int, s *goquery.Selection) {
		for _, name := range []string{"href", "src", "data-baton"} {
			path, ok := s.Attr(name)
			if !ok {
				continue
			}
			file := b.get(path).want(http.StatusOK)
			if !strings.Contains(file.header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s is not kept for ever", path)
			}
			t.Logf("%s: %d bytes", path, len(file.body))
			total += len(file.body)
			module += path + " "
		}
	})
	if !strings.Contains(module, "register.") || !strings.Contains(module, "baton.") || !strings.Contains(module, "app.") {
		t.Errorf("found only %s", module)
	}
	if total >= 60<<10 {
		t.Errorf("%d bytes in all", total)
	}
}

func TestWithoutRegistrationThereAreNoPages(t *testing.T) {
	s := webtest.Start(t)
	for _, path := range []string{"/", "/register", "/register/verify"} {
		if answer := s.Do("GET", path, ""); answer.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Status)
		}
	}
}

func TestFollowUpTrustsOnlyItsOwnSession(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{OnResult: verified}).browser(t)
	b.register()
	b.finishPhone()
	for _, id := range []string{string(handoff.NewSessionID()), "nonsense", `"><script>`} {
		b.get("/register/review?sessionId="+url.QueryEscape(id)).want(http.StatusConflict, "error")
	}
	if n := b.server.provider.Results(); n != 0 {
		t.Errorf("the provider was asked %d times for a session that a page named", n)
	}
	b.get("/register/review").want(http.StatusOK, "review")
}

func TestFollowUpWaitsForTheResult(t *testing.T) {
	b := openBank(t, &registrationtest.Provider{}).browser(t)
	b.register()
	b.get("/register/review").leadsTo("/register/verify?notice=not-ready")
	b.get("/register/verify?notice=not-ready").state("ready").want(http.StatusOK, "notice")
	b.get("/register/verify?notice=%3Cscript%3E").state("ready")
	b.post("/register/complete", url.Values{}).leadsTo("/register/verify")
	b.get("/register/done").leadsTo("/register/verify")

	b.finishPhone()
	page := b.get("/register/review").state("checking")
	if !strings.HasPrefix(attrOf(page, "data-next"), "/register/review?sessionId=") || attrOf(page, "data-after") != "2000" {
		t.Errorf("asks again at %q after %q ms", attrOf(page, "data-next"), attrOf(page, "data-after"))
	}
	b.server.Clock.Advance(2 * time.Minute)
	b.get("/register/review").want(http.StatusServiceUnavailable, "retry")
}

func TestFollowUpSaysWhyItRefused(t *testing.T) {
	tests := map[string]struct {
		refusal registration.Refusal
		says    string
		failed  string
		open    []string
	}{
		"a forged result":     {registration.RefusalSignature, "We received a result that we can't trust, so we did not use it.", "result", []string{"document", "face", "background"}},
		"another session's":   {registration.RefusalSession, "We received a result that we can't trust, so we did not use it.", "result", []string{"document"}},
		"a tampered document": {registration.RefusalDocument, "We couldn't accept the document.", "document", []string{"face", "background"}},
		"another face":        {registration.RefusalFace, "The face didn't match the document.", "face", []string{"background"}},
		"a listed person":     {registration.RefusalBackground, "The background check found something that a person has to look at.", "background", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			refused := &registration.RefusedError{Check: test.refusal, Detail: "for the presenter"}
			b := openBank(t, &registrationtest.Provider{OnResult: func(handoff.SessionID) (registration.Result, error) {
				return registration.Result{}, refused
			}}).browser(t)
			b.register()
			b.finishPhone()
			page := b.get("/register/review").want(http.StatusOK, "refused", "reason", "renew", "detail")
			if got := page.part("reason").Text(); got != test.says {
				t.Errorf("says %q, want %q", got, test.says)
			}
			if !strings.Contains(page.part("detail").Text(), "for the presenter") {
				t.Error("the presenter is not told more")
			}
			meaning := func(key string) string { m, _ := page.part("check-" + key).Attr("data-meaning"); return m }
			if meaning(test.failed) != "wrong" {
				t.Errorf("the check %s means %q", test.failed, meaning(test.failed))
			}
			for _, key := range test.open {
				if meaning(key) != "open" {
					t.Errorf("the check %s means %q, although it was not made", key, meaning(key))
				}
			}
			b.get("/register/verify").leadsTo("/register/review")
			b.post("/register/complete", url.Values{}).leadsTo("/register/verify")
			b.follow(b.post("/register/renew", url.Values{"replaces": {attr(page, "replaces")}})).state("ready")
		})
	}
}

func TestFollowUpImageFails(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want int
	}{
		"gone": {registration.ErrImageGone, 404}, "away": {registration.ErrProvider, 503}, "another image": {&registration.RefusedError{Check: registration.RefusalContent}, 503},
		"a mistake of ours": {errors.New("secret detail"), 500},
	} {
		t.Run(name, func(t *testing.T) {
			b := openBank(t, &registrationtest.Provider{OnResult: verified, OnImage: func(registration.Image) ([]byte, error) { return nil, test.err }}).browser(t)
			b.register()
			b.get("/register/image/0/portrait").want(http.StatusNotFound) // not verified yet
			b.finishPhone()
			b.get("/register/review").want(http.StatusOK, "review")
			page := b.get("/register/image/0/portrait").want(test.want)
			if strings.Contains(page.body, "secret detail") {
				t.Error("the answer tells our secrets")
			}
			b.get("/register/image/0/back").want(http.StatusNotFound)
			b.get("/register/image/1/portrait").want(http.StatusNotFound)
			b.get("/register/image/-1/portrait").want(http.StatusNotFound)
		})
	}
}
