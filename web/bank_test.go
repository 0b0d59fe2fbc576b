package web_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"baton/internal/handoff"
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
	return openGuardedBank(t, provider, handoff.Protection{}, options...)
}

// openGuardedBank is openBank with hand-overs that guard their claim.
func openGuardedBank(t *testing.T, provider *registrationtest.Provider, protection handoff.Protection, options ...webtest.Option) bank {
	t.Helper()
	withRegistration := func(s *webtest.Server, deps *web.Deps) {
		deps.Registration = registration.NewService(registration.Config{
			Store: s.Store, Handoff: s.Handoff, Provider: provider, Data: "what the phone is to do", Tenant: "bank", Now: s.Clock.Now, Log: deps.Log,
			Steps:      []handoff.Step{handoff.StepScan, handoff.StepRead, handoff.StepFace, handoff.StepInfo},
			Protection: protection, Requester: handoff.Requester{Name: "Example Bank"},
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
	if form == nil {
		return b.sendBody(method, path, nil, headers...)
	}
	// An origin as browsers give it on plain http, where they send no Sec-Fetch-Site.
	return b.sendBody(method, path, strings.NewReader(form.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Origin", b.server.URL}, headers...)...)
}

func (b *browser) sendBody(method, path string, body io.Reader, headers ...string) shown {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html")
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

// token is the page's own, as the browser keeps it.
func (b *browser) token() handoff.PageToken {
	b.t.Helper()
	_, text, _ := strings.Cut(b.cookie(), ".")
	token, ok := handoff.ParsePageToken(text)
	if !ok {
		b.t.Fatal("the cookie holds no page token")
	}
	return token
}

// scanned is what a phone reads from the page's code, with the phone's own name beside it.
func (b *browser) scanned(device string) handoff.Presented {
	b.t.Helper()
	picture, err := b.server.Handoff.Picture(b.t.Context(), b.token())
	if err != nil {
		b.t.Fatal(err)
	}
	phone, ok := handoff.ParsePresented(picture.Text)
	if !ok {
		b.t.Fatal("the code holds no ticket")
	}
	phone.Device, _ = handoff.ParseDevice(device)
	return phone
}

func (b *browser) ticket() handoff.Ticket {
	b.t.Helper()
	return b.scanned("").Ticket
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

func attr(page shown, field string) string {
	value, _ := page.Find(`input[name="` + field + `"]`).Attr("value")
	return value
}

func attrOf(page shown, name string) string {
	value, _ := page.part("verify").Attr(name)
	return value
}
