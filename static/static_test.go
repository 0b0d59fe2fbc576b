package static_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"

	"baton/static"
)

var names = map[string]string{
	"app.css":              "text/css; charset=utf-8",
	"docs.css":             "text/css; charset=utf-8",
	"brand.css":            "text/css; charset=utf-8",
	"brand.js":             "text/javascript; charset=utf-8",
	"console.css":          "text/css; charset=utf-8",
	"console.js":           "text/javascript; charset=utf-8",
	"integrate.css":        "text/css; charset=utf-8",
	"integrate.js":         "text/javascript; charset=utf-8",
	"integrate_try.js":     "text/javascript; charset=utf-8",
	"icon.svg":             "image/svg+xml",
	"baton.js":             "text/javascript; charset=utf-8",
	"baton-element.js":     "text/javascript; charset=utf-8",
	"baton-session.js":     "text/javascript; charset=utf-8",
	"baton-draw.js":        "text/javascript; charset=utf-8",
	"baton-style.js":       "text/javascript; charset=utf-8",
	"baton.en.js":          "text/javascript; charset=utf-8",
	"baton.ar.js":          "text/javascript; charset=utf-8",
	"baton.d.ts":           "text/plain; charset=utf-8",
	"phone.css":            "text/css; charset=utf-8",
	"phone.js":             "text/javascript; charset=utf-8",
	"phone_calls.js":       "text/javascript; charset=utf-8",
	"phone_course.js":      "text/javascript; charset=utf-8",
	"phone_ends.js":        "text/javascript; charset=utf-8",
	"phone_landing.js":     "text/javascript; charset=utf-8",
	"phone_memory.js":      "text/javascript; charset=utf-8",
	"phone_outcomes.js":    "text/javascript; charset=utf-8",
	"phone_pace.js":        "text/javascript; charset=utf-8",
	"phone_play.js":        "text/javascript; charset=utf-8",
	"phone_self.js":        "text/javascript; charset=utf-8",
	"phone_session.js":     "text/javascript; charset=utf-8",
	"phone_stage.js":       "text/javascript; charset=utf-8",
	"phone_wishes.js":      "text/javascript; charset=utf-8",
	"register.js":          "text/javascript; charset=utf-8",
	"register_beside.js":   "text/javascript; charset=utf-8",
	"register_code.js":     "text/javascript; charset=utf-8",
	"register_pictures.js": "text/javascript; charset=utf-8",
	"register_renewals.js": "text/javascript; charset=utf-8",
}

func TestPathNamesTheContent(t *testing.T) {
	for name, contentType := range names {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			url := static.Path(name)
			sum := sha256.Sum256(want)
			if !strings.Contains(url, hex.EncodeToString(sum[:8])) || url != static.Path(name) {
				t.Errorf("%s is not the stable name of the content", url)
			}
			for _, at := range []string{url, static.Prefix + name} {
				body, gotType, ok := static.Lookup(at)
				if !ok || string(body) != string(want) || gotType != contentType {
					t.Errorf("%s: found %t, %d bytes of %d, type %q", at, ok, len(body), len(want), gotType)
				}
			}
			if !static.Immutable(url) || static.Immutable(static.Prefix+name) {
				t.Error("only the name with the hash is immutable")
			}
		})
	}
}

func TestPathPanicsForAMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	static.Path("nothing.css")
}

func TestLookupFindsNothingElse(t *testing.T) {
	for _, url := range []string{"", "/", "/static/", "/static/app.0000000000000000.css", "/static/../static.go", "/static/static.go", "app.css"} {
		if _, _, ok := static.Lookup(url); ok {
			t.Errorf("%q is found", url)
		}
	}
}

// Nothing that a page loads may send its visitor to another host, and the strict policy of the pages allows no style that
// a script writes as text.
func TestFilesStayAtHome(t *testing.T) {
	elsewhere := regexp.MustCompile(`(?:url\(|@import|from\s+["']|import\(["'])[^)\s]*//`)
	for _, name := range append([]string{"app.css", "docs.css", "integrate.css", "console.css", "console.js", "brand.css", "brand.js", "integrate.js", "integrate_try.js", "register.js", "register_beside.js", "register_code.js", "register_pictures.js", "register_renewals.js", "phone.css", "phone.js", "phone_calls.js", "phone_course.js", "phone_ends.js", "phone_landing.js", "phone_memory.js", "phone_outcomes.js", "phone_pace.js", "phone_play.js", "phone_self.js", "phone_session.js", "phone_stage.js", "phone_wishes.js"}, static.Component...) {
		body, _, _ := static.Lookup(static.Path(name))
		if found := elsewhere.Find(body); found != nil {
			t.Errorf("%s loads from elsewhere: %s", name, found)
		}
	}
}
