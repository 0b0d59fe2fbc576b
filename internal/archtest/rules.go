package archtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// module is the prefix of our own import paths.
const module = "baton"

// layer says which of our own packages a package may import. A pattern is a path inside the module; one that ends
// in "/..." stands for everything below it, and for the path itself.
type layer struct {
	pkg  string // pattern
	may  []string
	but  []string // taken out of may again
	only string   // "std": besides may, nothing but Go's own library
	why  string
}

// layers covers every package of the module, the most specific first.
var layers = []layer{
	{pkg: "cmd/...", may: []string{"..."}, why: "the program wires everything together"},

	{pkg: "web/webtest", may: []string{"..."}, but: []string{"cmd/..."}, why: "it starts a whole server for tests"},
	{pkg: "web", may: []string{"views/...", "static/...", "internal/..."},
		but: []string{"internal/nats", "internal/infoapi", "internal/phone", "internal/conform", "internal/archtest"},
		why: "the edge speaks HTTP and WebSocket; which store or provider is behind a port is the program's choice"},
	{pkg: "views/...", may: []string{"static", "views/..."}, why: "a view draws plain structs; it must not know what they mean"},
	{pkg: "static/...", may: []string{"internal/colour"}, why: "files for browsers and their names; and whether the colours in them can be read"},
	{pkg: "sqlite/...", may: []string{"internal/handoff", "internal/registration", "internal/sandbox", "internal/brand"},
		why: "it implements their ports; adapters never import adapters"},

	{pkg: "internal/handoff/handofftest", may: []string{"internal/handoff"}, why: "the suites that every adapter runs"},
	{pkg: "internal/handoff", only: "std", why: "the domain outlives every library and knows none of its adapters"},
	{pkg: "internal/nats", may: []string{"internal/handoff", "internal/registration"},
		why: "it implements their ports; adapters never import adapters"},
	{pkg: "internal/infoapi", may: []string{"internal/registration", "internal/handoff"},
		why: "it implements registration.Provider, whose words are handoff's; adapters never import adapters"},
	{pkg: "internal/registration/registrationtest", may: []string{"internal/registration", "internal/handoff"}, why: "stand-ins and the suite that every registration.Store runs"},
	{pkg: "internal/relay", may: []string{"internal/handoff"}, why: "one channel's life, without an edge or a store"},
	{pkg: "internal/registration", may: []string{"internal/handoff"}, why: "a customer's backend, behind its own ports"},
	{pkg: "internal/webhook", may: []string{"internal/handoff"}, why: "it tells of sessions, and knows no store but through a port"},
	{pkg: "internal/audit", may: []string{"internal/handoff"}, why: "it writes down what the domain and the edge tell it"},
	{pkg: "internal/timeline", may: []string{"internal/handoff"}, why: "what was said, for presenters; the edge shows it what it sees, and no page or library is known to it"},
	{pkg: "internal/sandbox", may: []string{"internal/enrolment"}, why: "the provider's stand-in must not know the relay, as the real one does not"},
	{pkg: "internal/enrolment", only: "std", why: "the reader app's format, shared by both phones and the sandbox"},
	{pkg: "internal/reference", why: "documents to a model; it knows neither the server that they describe nor the page that shows it"},
	{pkg: "internal/qr", why: "text to a picture"},
	{pkg: "internal/colour", only: "std", why: "arithmetic of colours, for whoever draws or judges them"},
	{pkg: "internal/brand", may: []string{"internal/colour", "static"}, why: "it holds a brand's colours against those of the design, and knows no page and no store but through a port"},
	{pkg: "internal/auth", why: "bearer to tenant; what the tenant may do is decided elsewhere"},
	{pkg: "internal/client", why: "it knows the server by its wire contract only"},
	{pkg: "internal/phone", may: []string{"internal/enrolment", "internal/client"}, why: "a phone knows the server by its wire contract only"},
	{pkg: "internal/conform", why: "it judges the server from outside; code shared with the judged would share its mistakes"},
	{pkg: "internal/snippets/backend/...", why: "an integrator's program knows the server by its wire contract only"},
	{pkg: "internal/snippets", only: "std", why: "text for integrators to copy, and what the tests do with it"},
	{pkg: "internal/archtest", only: "std", why: "it reads source files"},
}

// reserved is a library, or one of our own packages, that only some packages may import. Tests keep to it as well.
type reserved struct {
	path string // with everything below it
	only []string
	why  string
}

var reservations = []reserved{
	{"github.com/gofiber", []string{"web/..."}, "one edge: a Ctx's strings die with its request, and only the edge knows that"},
	{"github.com/valyala", []string{"web/..."}, "one edge"},
	{"github.com/fasthttp/websocket", []string{"web/...", "internal/conform", "internal/client", "internal/phone", "cmd/..."}, "the edge, and those who call it as a client; a channel's life is tested without a socket"},
	{"database/sql", []string{"sqlite/..."}, "one place for SQL"},
	{"github.com/mattn/go-sqlite3", []string{"sqlite/..."}, "one place for SQL"},
	{"github.com/pressly/goose", []string{"sqlite/..."}, "one place for the schema"},
	{"github.com/yeqown/go-qrcode", []string{"internal/qr"}, "its traps are known in one place"},
	{"github.com/makiuchi-d/gozxing", []string{"internal/conform", "internal/qr", "cmd/..."}, "reading codes is for who judges them, and for tests"},
	{"github.com/nats-io/nats.go", []string{"internal/nats"}, "one place for NATS"},
	{"go.yaml.in/yaml", []string{"internal/reference", "web/webtest"}, "documents are read in one place"},
	{"github.com/alecthomas/kong", []string{"cmd/..."}, "flags are the program's"},
	{"github.com/a-h/templ", []string{"views/...", "web/..."}, "pages are drawn in views and served by web"},
	{module + "/internal/client", []string{"cmd/...", "internal/client", "internal/phone"}, "a client of the server, never a part of it"},
	{module + "/internal/phone", []string{"cmd/...", "internal/phone"}, "a client of the server, never a part of it"},
	{module + "/internal/conform", []string{"cmd/...", "internal/conform"}, "a judge of the server, never a part of it"},
	{module + "/cmd", nil, "a program is run, not imported"},
}

// testOnly are imports that no shipped code has, but the packages that exist for tests.
var (
	testOnly = []string{
		"testing", "net/http/httptest", "github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "github.com/chromedp",
		"github.com/PuerkitoBio/goquery", "github.com/nats-io/nats-server", "github.com/pb33f",
		module + "/internal/handoff/handofftest", module + "/internal/registration/registrationtest", module + "/web/webtest",
	}
	forTests = []string{"internal/handoff/handofftest", "internal/registration/registrationtest", "web/webtest", "internal/archtest"}
)

// domainStrangers are parts of Go's library that the domain does without.
var domainStrangers = []string{"net", "net/http", "database/sql", "os", "encoding/json", "html/template"}

// violations says what is wrong with one import of one file. pkg is the importing package's path inside the module,
// imported a full import path.
func violations(pkg, imported string, test bool) []string {
	var wrong []string
	say := func(why string) {
		wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", cmp.Or(pkg, "."), imported, why))
	}
	for _, r := range reservations {
		if below(imported, r.path) && !matchesAny(pkg, r.only) {
			say("only " + strings.Join(r.only, ", ") + " may: " + r.why)
		}
	}
	if !test && !matchesAny(pkg, forTests) && slices.ContainsFunc(testOnly, func(t string) bool { return below(imported, t) }) {
		say("only tests may")
	}
	l, known := layerOf(pkg)
	if !known {
		return append(wrong, fmt.Sprintf("%s has no rule: say in internal/archtest what it may import, and why", cmp.Or(pkg, ".")))
	}
	if pkg == "internal/handoff" && !test && slices.Contains(domainStrangers, imported) {
		say("the domain knows no transport, no store and no format")
	}
	own, isOurs := strings.CutPrefix(imported, module+"/")
	switch {
	case isOurs && own == pkg: // an external test of its own package
	case isOurs && test && !strings.HasPrefix(pkg, "views") && !strings.HasPrefix(pkg, "static"):
		// A test may use real parts of other packages. Views and files must be testable alone, though.
	case isOurs && (!matchesAny(own, l.may) || matchesAny(own, l.but)):
		say(l.why)
	case !isOurs && l.only == "std" && !test && strings.Contains(firstElement(imported), "."):
		say("nothing but Go's own library: " + l.why)
	}
	return wrong
}

func layerOf(pkg string) (layer, bool) {
	i := slices.IndexFunc(layers, func(l layer) bool { return matches(pkg, l.pkg) })
	if i < 0 {
		return layer{}, false
	}
	return layers[i], true
}

func matchesAny(pkg string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(pkg, p) })
}

func matches(pkg, pattern string) bool {
	if pattern == "..." {
		return true
	}
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return below(pkg, root)
	}
	return pkg == pattern
}

func below(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

func firstElement(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}
