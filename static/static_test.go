package static_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"baton/static"
)

var names = map[string]string{
	"app.css":            "text/css; charset=utf-8",
	"docs.css":           "text/css; charset=utf-8",
	"brand.css":          "text/css; charset=utf-8",
	"brand.js":           "text/javascript; charset=utf-8",
	"console.css":        "text/css; charset=utf-8",
	"console.js":         "text/javascript; charset=utf-8",
	"integrate.css":      "text/css; charset=utf-8",
	"integrate.js":       "text/javascript; charset=utf-8",
	"integrate_try.js":   "text/javascript; charset=utf-8",
	"icon.svg":           "image/svg+xml",
	"baton.js":           "text/javascript; charset=utf-8",
	"baton-element.js":   "text/javascript; charset=utf-8",
	"baton-session.js":   "text/javascript; charset=utf-8",
	"baton-draw.js":      "text/javascript; charset=utf-8",
	"baton-style.js":     "text/javascript; charset=utf-8",
	"baton.en.js":        "text/javascript; charset=utf-8",
	"baton.ar.js":        "text/javascript; charset=utf-8",
	"baton.d.ts":         "text/plain; charset=utf-8",
	"phone.css":          "text/css; charset=utf-8",
	"phone.js":           "text/javascript; charset=utf-8",
	"phone_calls.js":     "text/javascript; charset=utf-8",
	"phone_course.js":    "text/javascript; charset=utf-8",
	"phone_ends.js":      "text/javascript; charset=utf-8",
	"phone_landing.js":   "text/javascript; charset=utf-8",
	"phone_memory.js":    "text/javascript; charset=utf-8",
	"phone_outcomes.js":  "text/javascript; charset=utf-8",
	"phone_pace.js":      "text/javascript; charset=utf-8",
	"phone_play.js":      "text/javascript; charset=utf-8",
	"phone_self.js":      "text/javascript; charset=utf-8",
	"phone_session.js":   "text/javascript; charset=utf-8",
	"phone_stage.js":     "text/javascript; charset=utf-8",
	"phone_wishes.js":    "text/javascript; charset=utf-8",
	"register.js":        "text/javascript; charset=utf-8",
	"register_beside.js": "text/javascript; charset=utf-8",
	"register_code.js":   "text/javascript; charset=utf-8",
	"versions.js":        "text/javascript; charset=utf-8",
}

func TestPathNamesTheContent(t *testing.T) {
	for name, contentType := range names {
		t.Run(name, func(t *testing.T) {
			url := static.Path(name)
			body, gotType, ok := static.Lookup(url)
			sum := sha256.Sum256(body)
			if !ok || gotType != contentType || !strings.Contains(url, hex.EncodeToString(sum[:8])) || url != static.Path(name) {
				t.Errorf("%s: found %t, type %q; it is to be the stable name of the content", url, ok, gotType)
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if plainly := reference.ReplaceAllString(string(body), "$1$2.js$3"); plainly != string(source) {
				t.Errorf("%s is served as another file than the tree's, by more than the names in it", name)
			}
			_, _, plain := static.Lookup(static.Prefix + name)
			if plain != slices.Contains(static.Stable, name) {
				t.Errorf("found under its plain name: %t; only what other sites refer to is", plain)
			}
			if !static.Immutable(url) || static.Immutable(static.Prefix+name) {
				t.Error("only the name with the hash is immutable")
			}
		})
	}
}

// reference is a name as it stands in a script that is served.
var reference = regexp.MustCompile(`(["'\x60]\./)([\w.-]+)\.[0-9a-f]{16}\.js(["'\x60])`)

// TestScriptsLoadOneVersion looks at what every script loads: by a name that holds for one version of it only.
func TestScriptsLoadOneVersion(t *testing.T) {
	scripts, err := filepath.Glob("*.js")
	if err != nil {
		t.Fatal(err)
	}
	comments := regexp.MustCompile(`(?s)/\*\*.*?\*/`)
	loads := regexp.MustCompile(`(?:\bfrom|\bimport|\bURL)\s*\(?\s*["'\x60](\.{0,2}/?[\w.-]*\.js)["'\x60]`)
	found := map[string]int{}
	for _, name := range scripts {
		body, _, _ := static.Lookup(static.Path(name))
		for _, load := range loads.FindAllSubmatch(comments.ReplaceAll(body, nil), -1) {
			found[name]++
			part, beside := strings.CutPrefix(string(load[1]), "./")
			_, _, ok := static.Lookup(static.Prefix + part)
			if !beside || !ok || !static.Immutable(static.Prefix+part) {
				t.Errorf("%s loads %s, which may be of another version", name, load[1])
			}
		}
	}
	if found["baton.js"] != 1 || found["baton-element.js"] != 5 || found["brand.js"] == 0 {
		t.Errorf("loads found: %v; this test does not see them all", found)
	}
}

// TestEarlierNames asks as a page does that was loaded before the server was upgraded.
func TestEarlierNames(t *testing.T) {
	for name := range names {
		extension := filepath.Ext(name)
		earlier := static.Prefix + strings.TrimSuffix(name, extension) + ".0123456789abcdef" + extension
		_, _, ok := static.Lookup(earlier)
		if ok != (name == "baton.ar.js") || static.Immutable(earlier) {
			t.Errorf("%s: found %t, immutable %t; only a dictionary may stand in for an earlier one", earlier, ok, static.Immutable(earlier))
		}
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
	for _, url := range []string{"", "/", "/static/", "/static/app.0000000000000000.css", "/static/../static.go", "/static/static.go", "app.css",
		"/static/baton.ar.js", "/static/baton.ar.0123.js", "baton.ar.0123456789abcdef.js", "/other/baton.ar.0123456789abcdef.js"} {
		if _, _, ok := static.Lookup(url); ok {
			t.Errorf("%q is found", url)
		}
	}
}

// Nothing that a page loads may send its visitor to another host, and the strict policy of the pages allows no style that
// a script writes as text.
func TestFilesStayAtHome(t *testing.T) {
	elsewhere := regexp.MustCompile(`(?:url\(|@import|from\s+["']|import\(["'])[^)\s]*//`)
	scripts, _ := filepath.Glob("*.js")
	styles, _ := filepath.Glob("*.css")
	if len(scripts) == 0 || len(styles) == 0 {
		t.Fatal("no files here")
	}
	for _, name := range append(scripts, styles...) {
		body, _, _ := static.Lookup(static.Path(name))
		if found := elsewhere.Find(body); found != nil {
			t.Errorf("%s loads from elsewhere: %s", name, found)
		}
	}
}
