// Package specimen holds every page of package views in every state, filled with invented people. The golden tests hold its
// pages, and /gallery shows them. It knows nothing of where a page's words come from when they are real.
package specimen

import (
	"context"
	_ "embed" // the code's picture
	"io"
	"slices"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"baton/views"
)

// at is when everything happens.
var at = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// Page is one page in one state.
type Page struct {
	View      string // the page's name, such as "verify"
	State     string // Usual where a page has but one
	Component templ.Component

	Has, HasNot []string // data-testids that are in it once, and that are not

	// What the page's script does when the page has come to this state, for Still, which draws it without a script.
	Shows, Hides []string          // ids
	Stage        map[string]string // the attributes of what is put on the phone's stage; nil leaves it as it is
}

// Usual is the state of a page that has no other.
const Usual = "usual"

// Name is the page's and the state's in one word.
func (p Page) Name() string {
	if p.State == Usual {
		return p.View
	}
	return p.View + "-" + p.State
}

// Path is where the gallery shows it.
func (p Page) Path() string { return "/gallery/" + p.View + "/" + p.State }

// Find returns the page of that view and state.
func Find(view, state string) (Page, bool) {
	all := Pages()
	i := slices.IndexFunc(all, func(p Page) bool { return p.View == view && p.State == state })
	if i < 0 {
		return Page{}, false
	}
	return all[i], true
}

//go:embed code.path
var codePath string

// code leads nowhere: to https://baton.example.com/go, with words in the place of a secret.
var code = views.QR{Modules: 41, Path: codePath}

// passport is all that is asked for.
var passport = []string{"PASSPORT"}

// Countries are a few of them.
func Countries(words *views.Words) []views.Country {
	var countries []views.Country
	for _, code := range []string{"AE", "CI", "DE"} {
		countries = append(countries, views.Country{Code: code, Name: country(words, code)})
	}
	return countries
}

func country(words *views.Words, code string) string {
	return display.Regions(words.Tag()).Name(language.MustParseRegion(code))
}

func typed(words *views.Words) views.Person {
	return views.Person{Name: "Ana Specimen", Email: "ana@example.com", Country: country(words, "DE")}
}

// worded draws a page whose model has words of its own, which are the edge's to find when it is real.
func worded(draw func(*views.Words) templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return draw(views.WordsOf(ctx)).Render(ctx, w) })
}

func home(change func(*views.HomePage, *views.Words)) templ.Component {
	return worded(func(words *views.Words) templ.Component {
		page := views.HomePage{Documents: passport}
		if change != nil {
			change(&page, words)
		}
		return views.Home(page)
	})
}

func register(page views.RegisterPage) templ.Component {
	return worded(func(words *views.Words) templ.Component {
		page.Countries, page.Documents = Countries(words), passport
		return views.Register(page)
	})
}

func review(page views.ReviewPage) templ.Component {
	return worded(func(words *views.Words) templ.Component {
		page.Typed, page.VerifiedAt = typed(words), at
		return views.Review(page)
	})
}

func done() templ.Component {
	return worded(func(words *views.Words) templ.Component {
		return views.Done(views.DonePage{
			Number: "BTN-7KQ4-XM2P", Name: "ANNA SPECIMEN", Typed: typed(words), Type: "PASSPORT", Ends: "000X", VerifiedAt: at, CompletedAt: at.Add(time.Minute),
		})
	})
}

// Ready is the page that shows a code.
func Ready() views.VerifyPage {
	return views.VerifyPage{
		State: views.StateReady, SessionID: "0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11", Code: code,
		Token: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", Copies: true, Needs: passport,
		Remaining: 9*time.Minute + 41*time.Second, Lifetime: 30 * time.Minute,
	}
}

// Claimed is the page that follows a phone, which has done these steps.
func Claimed(steps ...views.Step) views.VerifyPage {
	page := Ready()
	page.State, page.Seq, page.Code = views.StateClaimed, uint64(len(steps)), views.QR{}
	page.Steps = []views.Step{
		{Service: "SCAN", State: views.StepCurrent}, {Service: "READ", State: views.StepTodo}, {Service: "FACE", State: views.StepTodo},
		{Service: "BACKGROUND_CHECK", State: views.StepTodo}, {Service: "INFO", State: views.StepTodo},
	}
	for i, step := range steps {
		page.Steps[i] = step
		page.Steps[i+1].State = views.StepCurrent
	}
	return page
}

// Confirming is the page that shows a number; wrong says that another was entered before.
func Confirming(wrong bool) views.VerifyPage {
	page := Ready()
	page.State, page.Seq, page.Code, page.Number, page.WrongNumber = views.StateConfirm, 2, views.QR{}, "07", wrong
	return page
}

func secondPhone(page views.VerifyPage) templ.Component {
	page.SecondPhone, page.SecondPhoneNow = true, true
	return views.Verify(page)
}

func verify(state views.VerifyState, change func(*views.VerifyPage)) templ.Component {
	page := views.VerifyPage{State: state, SessionID: "0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11"}
	if change != nil {
		change(&page)
	}
	return views.Verify(page)
}

func document() views.Document {
	return views.Document{
		Type: "PASSPORT", FullName: "ANNA SPECIMEN", Number: "L0000000X", Nationality: "UTO", Sex: "F",
		DateOfBirth: "1990-04-01", ExpiresOn: "2031-11-30",
		Portrait: Picture("portrait"), Front: Picture("front"), Selfie: Picture("selfie"),
	}
}

func withoutPictures() views.Document {
	d := document()
	d.Portrait, d.Front, d.Selfie, d.Gone = "", "", "", true
	return d
}

func checks() []views.Check {
	return []views.Check{
		{What: "result", Outcome: "passed", Meaning: views.MeaningDone},
		{What: "document", Outcome: "passed", Meaning: views.MeaningDone},
		{What: "chip", Outcome: "unread", Meaning: views.MeaningAttention},
		{What: "face", Outcome: "passed", Meaning: views.MeaningDone},
		{What: "background", Outcome: "clear", Meaning: views.MeaningDone},
	}
}

// checksOfTwo are those of a passport and of an identity card, whose chip was read.
func checksOfTwo() []views.Check {
	return []views.Check{
		{What: "result", Outcome: "passed", Meaning: views.MeaningDone},
		{What: "document", Outcome: "passed", Meaning: views.MeaningDone, Document: 1, Type: "PASSPORT"},
		{What: "document", Outcome: "passed", Meaning: views.MeaningDone, Document: 2, Type: "UAE_ID"},
		{What: "chip", Outcome: "read", Meaning: views.MeaningDone, Document: 2, Type: "UAE_ID"},
	}
}

func refused() views.RefusedPage {
	return views.RefusedPage{
		SessionID: "0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11", Reason: "FACE_NO_MATCH",
		Underneath: &views.Underneath{Code: "face", Wished: "face_mismatch", Timeline: "/console/timeline/" + Ready().SessionID, Lines: []string{"The result came and failed the check `face`.", "The face does not match the document.", "The phone did its part as usual; the provider's result says otherwise."}},
		Checks: []views.Check{
			{What: "result", Outcome: "passed", Meaning: views.MeaningDone},
			{What: "document", Outcome: "passed", Meaning: views.MeaningDone},
			{What: "chip", Outcome: "reported", Meaning: views.MeaningDone},
			{What: "face", Outcome: "failed", Meaning: views.MeaningWrong},
			{What: "background", Outcome: "open", Meaning: views.MeaningOpen},
		},
	}
}

// refusedForGood is what no other try changes.
func refusedForGood() views.RefusedPage {
	page := refused()
	page.Reason, page.Underneath = "BACKGROUND_REFUSED", nil
	page.Checks[3].Outcome, page.Checks[3].Meaning = "passed", views.MeaningDone
	page.Checks[4].Outcome, page.Checks[4].Meaning = "failed", views.MeaningWrong
	return page
}

func console(change func(*views.ConsolePage)) views.ConsolePage {
	page := views.ConsolePage{
		Chosen: "Minimum", Name: "Minimum", MaxDocuments: 10, Docs: true,
		Presets:   []views.ConsolePreset{{Name: "Minimum", Href: "/console?preset=Minimum", Used: true}, {Name: "Two documents", Href: "/console?preset=Two+documents"}},
		Countries: []views.ConsoleCountry{{Types: []views.ConsoleType{{Name: "PASSPORT", Kind: "PASSPORT"}}}},
		Documents: []views.ConsoleDocument{{Kind: "PASSPORT", Fields: map[string]string{"documentType": "PASSPORT", "timeoutInSeconds": "-1"}, Unknown: `{"new":1}`}},
		General:   map[string]string{"secureWindowsEnabled": "true"},
		Next:      &views.ConsoleNext{Outcomes: Outcomes(), Steps: []string{"SCAN", "INFO"}, Chosen: "user_cancels", At: "SCAN"},
		Tasks: []views.ConsoleTask{
			{Type: "PASSPORT", Kind: "PASSPORT", ChipTried: true, Face: true, ScanLevel: 2, ReadLevel: 3, Attempts: 3}, {Type: "UTO_ID", BothSides: true}, {Lists: "RDC", Asked: true},
		}, JSON: `{"documents":[]}`, Base64: "eyJkb2N1bWVudHMiOltdfQ==",
	}
	if change != nil {
		change(&page)
	}
	return page
}

// Pages returns every page in every state, by view.
func Pages() []Page { return append(pages(), phonePages()...) }

// page is what stands in a browser. Where there is a link to copy or a colour to pick, the script has put a button to it.
func page(view, state string, component templ.Component, has, hasNot []string) Page {
	return Page{View: view, State: state, Component: component, Has: has, HasNot: hasNot, Shows: []string{"copy-link", "picking-light", "picking-dark"}}
}

func pages() []Page {
	did := func(service string) views.Step { return views.Step{Service: service, State: views.StepDone, At: at} }
	skipped := views.Step{Service: "READ", State: views.StepSkipped, At: at.Add(time.Minute)}
	filled := views.Form{Name: "Ana Specimen", Email: "ana@example.com", Country: "DE", Consent: true}
	return []Page{
		page("home", Usual, home(nil), []string{"start", "miniature"}, []string{"step-indicator"}),
		page("home", "links", home(func(p *views.HomePage, words *views.Words) {
			p.Documents, p.Links = []string{"PASSPORT", "UAE_ID"}, []views.Link{{Label: words.Home.Integrate, Href: "/integrate"}}
		}), []string{"start"}, nil),
		page(
			"register", "empty", register(views.RegisterPage{Specimen: "Ana Specimen"}),
			[]string{"offer", "fill", "form", "field-name", "field-email", "field-country", "field-consent", "continue", "step-indicator"},
			[]string{"error-summary", "notice"},
		),
		page(
			"register", "kept", register(views.RegisterPage{
				Form: filled, Notice: "cancelled",
			}), []string{"notice", "form"}, []string{"error-summary"},
		),
		page("register", "filled", register(views.RegisterPage{Form: views.Form{Name: "Ana Specimen", Email: "ana@example.com", Country: "AE"}, Filled: true, Notice: "filled"}), []string{"notice", "form"}, []string{"offer"}),
		page(
			"register", "errors", register(views.RegisterPage{
				Form: views.Form{Name: "Ana Specimen", Email: "ana@"},
				Errors: map[string]string{
					"email": "EMAIL_INVALID", "country": "COUNTRY_MISSING", "consent": "CONSENT_MISSING",
				},
			}), []string{"error-summary", "error-email", "error-country", "error-consent"}, []string{"error-name"},
		),
		page(
			"verify", "ready", views.Verify(Ready()),
			[]string{"verify", "verify-status", "qr", "countdown", "copy-link", "open-phone", "on-my-phone", "cancel", "banner"},
			[]string{"opened", "claimed", "steps", "renew", "reason"},
		),
		page(
			"verify", "opened", func() templ.Component {
				page := Ready()
				page.State, page.Seq, page.Until = views.StateOpened, 1, 48*time.Second
				return views.Verify(page)
			}(), []string{"opened", "qr", "countdown", "copy-link", "open-phone", "on-my-phone", "cancel"}, []string{"claimed", "steps", "renew"},
		),
		page(
			"verify", "rotates", func() templ.Component {
				page := Ready()
				page.Rotates, page.Copies = true, false
				return views.Verify(page)
			}(), []string{"qr", "open-phone", "on-my-phone"}, []string{"copy-link", "copy-text"},
		),
		page(
			"verify", "confirm", views.Verify(Confirming(false)),
			[]string{"confirm", "confirm-number", "another-code", "cancel", "countdown"}, []string{"qr", "copy-link", "open-phone", "wrong-number", "second-phone", "steps"},
		),
		page("verify", "confirm-wrong", views.Verify(Confirming(true)), []string{"confirm-number", "wrong-number", "another-code"}, []string{"qr", "second-phone"}),
		page(
			"verify", "second-phone", secondPhone(Claimed(did("SCAN"))),
			[]string{"second-phone", "second-phone-not-me", "second-phone-me", "renew", "steps"}, []string{"qr"},
		),
		page("verify", "second-phone-ready", secondPhone(Ready()), []string{"second-phone", "qr", "copy-link", "renew"}, nil),
		page("verify", "second-phone-confirm", secondPhone(Confirming(false)), []string{"second-phone", "confirm-number", "renew"}, []string{"another-code"}),
		page(
			"verify", "second-phone-ended", secondPhone(views.VerifyPage{State: views.StateCancelled, SessionID: Ready().SessionID, Reason: "NOT_ME"}),
			[]string{"second-phone", "second-phone-not-me", "reason", "renew"}, []string{"second-phone-me"},
		),
		page("verify", "number-failed", verify(views.StateFailed, func(p *views.VerifyPage) { p.Reason = "CONFIRMATION_FAILED" }), []string{"reason", "renew"}, []string{"request-id", "second-phone"}),
		page("verify", "preparing", verify(views.StatePreparing, nil), []string{"preparing"}, []string{"qr", "claimed"}),
		page(
			"verify", "claimed", views.Verify(Claimed()),
			[]string{"claimed", "steps", "step-SCAN", "step-INFO", "finished", "cancel", "countdown"}, []string{"qr", "copy-link", "open-phone", "on-my-phone"},
		),
		page("verify", "steps", views.Verify(Claimed(did("SCAN"), skipped, did("FACE"))), []string{"step-BACKGROUND_CHECK"}, []string{"qr"}),
		page(
			"verify", "not-ready", func() templ.Component {
				page := Claimed(did("SCAN"))
				page.Notice = "not-ready"
				return views.Verify(page)
			}(), []string{"notice", "steps"}, nil,
		),
		page("verify", "checking", verify(views.StateChecking, func(p *views.VerifyPage) { p.Next = "/register/review" }), []string{"finished"}, []string{"qr", "cancel"}),
		page(
			"verify", "failed", verify(views.StateFailed, func(p *views.VerifyPage) { p.Reason = "SCAN_DOCUMENT_EXPIRED" }),
			[]string{"reason", "renew", "change-details"}, []string{"request-id", "qr"},
		),
		page(
			"verify", "failed-ours", verify(views.StateFailed, func(p *views.VerifyPage) {
				p.Reason, p.RequestID = "UNEXPECTED_ERROR", "4f9c1b7e2a60d358"
			}), []string{"reason", "request-id", "renew"}, nil,
		),
		page("verify", "cancelled", verify(views.StateCancelled, func(p *views.VerifyPage) { p.Reason = "USER_CANCEL" }), []string{"reason", "renew"}, nil),
		page("verify", "expired", verify(views.StateExpired, nil), []string{"expired", "renew", "finished"}, []string{"qr"}),
		page(
			"verify", "unavailable", verify(views.StateUnavailable, func(p *views.VerifyPage) {
				p.RequestID, p.Next, p.After = "4f9c1b7e2a60d358", "/register/verify", 10*time.Second
			}), []string{"retry", "request-id"}, []string{"qr", "renew"},
		),
		page(
			"review", Usual, review(views.ReviewPage{
				Documents: []views.Document{document()}, Checks: checks(),
				Differences: []views.Difference{{Typed: "Ana", Says: "ANNA"}},
			}),
			[]string{"review", "typed-name", "document-0", "portrait-0", "front-0", "selfie-0", "difference-0", "check-chip", "complete"}, []string{"back-0", "refused"},
		),
		page(
			"review", "pictures-gone", review(views.ReviewPage{
				Documents: []views.Document{withoutPictures()}, Checks: checks(),
				Underneath: &views.Underneath{Wished: "images_gone", Lines: []string{"The JWS of `GET /api/v1/info/0b8f2f4e` holds."}},
			}),
			[]string{"review", "pictures-gone-0", "detail", "wished"}, []string{"portrait-0", "front-0"},
		),
		page(
			"review", "two", review(views.ReviewPage{
				Checks:    checksOfTwo(),
				Documents: []views.Document{document(), {Type: "UAE_ID", FullName: "Anna Specimen", Number: "784-0000-0000000-0", Front: Picture("front"), Back: Picture("back"), ExpiresOn: "not a date"}},
			}), []string{"document-1", "front-1", "back-1"}, []string{"portrait-1", "difference-0"},
		),
		page("refused", Usual, views.Refused(refused()), []string{"refused", "reason", "check-face", "renew", "detail"}, []string{"complete", "review"}),
		page("refused", "for-good", views.Refused(refusedForGood()), []string{"refused", "reason", "check-background", "change-details"}, []string{"renew"}),
		page(
			"done", Usual, done(),
			[]string{"done", "number", "stored", "start-over"}, nil,
		),
		page("console", Usual, views.Console(console(nil)), []string{"designer", "chosen", "presets", "designed-0", "sound", "words", "use", "save", "next", "next-chosen", "next-choose"}, []string{"problem", "warning", "delete", "wrong", "next-wrong"}),
		page(
			"console", "wrong", views.Console(console(func(p *views.ConsolePage) {
				p.Own, p.Wrong, p.Tasks, p.JSON, p.Base64 = true, &views.ConsoleRefusal{Code: "mend-first"}, nil, "", ""
				p.Problems = []views.ConsoleFinding{{Path: "documents[0].documentType", Code: "NOT_TYPE"}}
				p.Warnings = []views.ConsoleFinding{{Path: "backgroundCheck.new", Code: "KEY_UNKNOWN"}}
				p.Next.Wrong = &views.ConsoleRefusal{Code: "NEEDS_FACE", Values: []string{"outcome", "face_mismatch"}}
			})), []string{"wrong", "problem", "warning", "delete", "next-wrong"}, []string{"sound", "words"},
		),
		page("timeline", Usual, views.Timeline(timeline()), []string{"timeline", "session", "filter", "exports", "rows", "reveal", "detail"}, []string{"nothing", "sessions", "hide"}),
		page("timeline", "gone", views.Timeline(views.TimelinePage{Path: "/console/timeline", Live: "/console/timeline/live", Gone: true, MaxSessions: 20, MaxEntries: 500, Console: true,
			Sessions: timelineSessions()}), []string{"timeline", "gone", "sessions"}, []string{"rows", "exports", "nothing"}),
		page("timeline", "nothing", views.Timeline(views.TimelinePage{Path: "/console/timeline", Live: "/console/timeline/live", Follow: true, MaxSessions: 20, MaxEntries: 500, Console: true}), []string{"timeline", "nothing"}, []string{"rows", "exports"}),
		page("brand", Usual, views.BrandForm(brandForm()), []string{"brand-form", "brand-now", "sound", "preview", "brand-light", "brand-dark", "use", "back", "no-logo"}, []string{"problem", "wrong"}),
		page("brand", "wrong", views.BrandForm(brandWrong()), []string{"wrong", "problem", "take-light", "notes"}, []string{"sound", "preview", "back", "no-logo"}),
		page("error", Usual, views.Error(views.ErrorPage{Code: "NOT_FOUND"}), []string{"error"}, []string{"request-id"}),
		page(
			"error", "ours", views.Error(views.ErrorPage{
				Code: "UNEXPECTED_ERROR", RequestID: "4f9c1b7e2a60d358",
			}), []string{"error", "request-id"}, nil,
		),
		page("error", "detail", views.Error(views.ErrorPage{Code: "PAYLOAD_TOO_LARGE", Detail: "The form is longer than 131072 bytes. Send a shorter one."}), []string{"error"}, []string{"request-id"}),
		page("integrate", Usual, integrate(true), []string{"integrate", "contents", "try-token", "try-create", "try-result", "try-watch", "try-phone"}, nil),
		page("integrate", "serve", integrate(false), []string{"try-create", "try-status"}, []string{"try-token", "try-result"}),
		page(
			"reference", Usual, views.Reference(Interface()),
			[]string{"brand", "contents", "call-createSession", "frame-qr", "error-SESSION_ENDED"}, []string{"step-indicator"},
		),
		page("gallery", Usual, views.Gallery(views.GalleryPage{Views: []views.GalleryView{
			{Name: "done", States: []views.Link{{Label: Usual, Href: "/gallery/done/usual"}}},
			{Name: "home", States: []views.Link{{Label: Usual, Href: "/gallery/home/usual"}, {Label: "links", Href: "/gallery/home/links"}}},
		}}), []string{"contents", "gallery-home"}, nil),
		page("no-cookie", Usual, views.NoCookie(), []string{"no-cookie", "start"}, nil),
	}
}

func integrate(sandbox bool) templ.Component {
	page := views.IntegratePage{Server: "https://baton.example.com", Parties: []views.SnippetParty{
		{ID: "backend", Title: "Your backend", Intro: "Creates.", Tabs: []views.SnippetTab{
			{ID: "backend-curl", Name: "curl", Snippets: []views.Snippet{
				{ID: "backend-curl-create", Title: "Create a session", File: "create.sh", Text: "curl '<https://baton.example.com>'\n", Tested: true, Note: "Run."},
				{ID: "backend-curl-status", Title: "Read its status", File: "status.sh", Text: "curl\n", Site: true, Note: "Not run here."},
			}},
		}},
		{ID: "page", Title: "Your page", Intro: "Shows.", Tabs: []views.SnippetTab{
			{ID: "page-element", Name: "Element", Snippets: []views.Snippet{{ID: "page-element", Title: "Show", File: "element.html", Text: "<baton-handoff></baton-handoff>\n"}}},
		}},
		{ID: "phone", Title: "The phone", Intro: "Reads.", Tabs: []views.SnippetTab{
			{ID: "phone-kotlin", Name: "Kotlin", Snippets: []views.Snippet{{ID: "phone-kotlin", Title: "Claim", File: "Handoff.kt", Text: "class Handoff\n"}}},
		}},
	}}
	for _, party := range page.Parties {
		for _, tab := range party.Tabs {
			for i := range tab.Snippets {
				one := &tab.Snippets[i]
				one.Path = "/integrate/files/" + tab.Name + "/" + one.File
				one.Run = "curl -O " + page.Server + one.Path + "\nsh " + one.File + "\n"
			}
		}
	}
	if sandbox {
		page.Alone = true
		page.Sandbox = &views.SandboxAccess{ClientID: "sandbox", ClientSecret: "sandbox"}
	}
	return views.Integrate(page)
}

// Interface is as small as an interface can be that has one of everything.
func Interface() views.ReferencePage {
	return views.ReferencePage{
		About: "Ask `POST` first.\n\nThen wait.",
		Groups: []views.ReferenceGroup{{Name: "Backend", Description: "Your server.", Calls: []views.ReferenceCall{{
			ID: "createSession", Method: "POST", Path: "/api/v1/session", Summary: "Create a session", Description: "It lives for half an hour.",
			Credentials: []string{"`Authorization: Bearer …`", "`Authorization:` with the text."},
			Parameters:  []views.ReferenceField{{Name: "Baton-Device", In: "header", Type: "string", Description: "The phone."}},
			Bodies:      []views.ReferenceObject{{Title: "Plain", Fields: []views.ReferenceField{{Name: "data", Type: "string", Required: true, Description: "Opaque."}}}},
			Requests:    []views.ReferenceExample{{Title: "The least", Text: "POST /api/v1/session\n\n{\"data\": \"\"}"}},
			Answers: []views.ReferenceAnswer{
				{
					Status: "200", Description: "It exists.", Object: views.ReferenceObject{Fields: []views.ReferenceField{{Name: "sessionId", Type: "UUID"}}},
					Examples: []views.ReferenceExample{{Text: `{"sessionId": "…"}`}},
				},
				{Status: "409", Description: "Too late.", Codes: []string{"SESSION_ENDED", "CODE_STALE"}},
			},
		}}}},
		Everywhere: []views.ReferenceAnswer{{Status: "404", Codes: []string{"NOT_FOUND"}}},
		Channel: views.ReferenceChannel{
			About: "Open it.", URL: "wss://baton.example.com/ws/v1/session",
			First:  []views.ReferenceFrame{{Name: "text", Title: "The text", Summary: "First.", Text: "As it is."}},
			Frames: []views.ReferenceFrame{{Name: "qr", Title: "qr", Summary: "Draw anew.", Examples: []views.ReferenceExample{{Text: `{"type": "qr"}`}}}},
		},
		Errors: []views.ReferenceError{
			{Code: "SESSION_ENDED", Statuses: []string{"409"}, Close: "4509", Means: "It has ended.", Do: "Create a new one."},
			{Code: "CODE_STALE", Statuses: []string{"409"}, Means: "The picture is old.", Do: "Scan anew."},
			{Code: "NOT_FOUND", Statuses: []string{"404"}, Means: "There is nothing.", Do: "Check the path."},
		},
		Closes: []views.ReferenceClose{
			{Code: "1000", Reasons: []string{"completed"}, Means: "It is over."},
			{Code: "4509", Reasons: []string{"SESSION_ENDED"}, Again: true, Means: "It has ended."},
		},
	}
}
