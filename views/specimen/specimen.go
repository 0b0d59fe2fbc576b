// Package specimen holds every page of package views in every state, filled with invented people. The golden tests hold its
// pages, and /gallery shows them. It knows nothing of where a page's words come from when they are real.
package specimen

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/a-h/templ"

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

// worded draws a page whose model has words of its own, which are the edge's to find when it is real.
func worded(draw func(*views.Words) templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return draw(views.WordsOf(ctx)).Render(ctx, w) })
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
