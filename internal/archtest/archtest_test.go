package archtest

import (
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestEveryImportKeepsTheRules(t *testing.T) {
	root := moduleRoot(t)
	files, ours := 0, 0
	said := make(map[string]bool)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		dir := filepath.Dir(path)
		if built, err := build.Default.MatchFile(dir, name); err != nil || !built {
			return err
		}
		pkg, err := filepath.Rel(root, dir)
		if err != nil {
			return err
		}
		if pkg = filepath.ToSlash(pkg); pkg == "." {
			pkg = ""
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files++
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if strings.HasPrefix(imported, module+"/") {
				ours++
			}
			for _, wrong := range violations(pkg, imported, strings.HasSuffix(name, "_test.go")) {
				if !said[wrong] {
					said[wrong] = true
					t.Errorf("%s (in %s)", wrong, name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 || ours < 10 {
		t.Fatalf("read %d files with %d imports of our own: the walk misses the module", files, ours)
	}
}

// A rule that cannot fail guards nothing: each line is a mistake that somebody could make, or its allowed neighbour.
func TestViolations(t *testing.T) {
	for _, c := range []struct {
		pkg, imports string
		test         bool
		wrong        bool
	}{
		{pkg: "cmd/baton", imports: "baton/sqlite"},
		{pkg: "cmd/baton", imports: "baton/internal/conform"},
		{pkg: "cmd/baton", imports: "github.com/alecthomas/kong"},
		{pkg: "cmd/baton", imports: "github.com/gofiber/fiber/v2", wrong: true},
		{pkg: "cmd/baton", imports: "baton/web/webtest", wrong: true},
		{pkg: "cmd/baton", imports: "baton/web/webtest", test: true},

		{pkg: "web", imports: "github.com/gofiber/fiber/v2"},
		{pkg: "web", imports: "baton/internal/relay"},
		{pkg: "web", imports: "baton/internal/registration"},
		{pkg: "web", imports: "baton/sqlite", wrong: true},
		{pkg: "web", imports: "baton/sqlite", test: true},
		{pkg: "web", imports: "baton/internal/infoapi", wrong: true},
		{pkg: "web", imports: "baton/internal/nats", wrong: true},
		{pkg: "web", imports: "baton/internal/phone", wrong: true},
		{pkg: "web", imports: "baton/internal/conform", wrong: true},
		{pkg: "web", imports: "baton/internal/conform", test: true, wrong: true},
		{pkg: "web", imports: "database/sql", wrong: true},
		{pkg: "web", imports: "github.com/yeqown/go-qrcode/v2", wrong: true},
		{pkg: "web", imports: "github.com/google/go-cmp/cmp", wrong: true},
		{pkg: "web", imports: "net/http/httptest", wrong: true},
		{pkg: "web/webtest", imports: "baton/sqlite"},
		{pkg: "web/webtest", imports: "testing"},

		{pkg: "views", imports: "baton/static"},
		{pkg: "views", imports: "github.com/a-h/templ"},
		{pkg: "views", imports: "baton/internal/handoff", wrong: true},
		{pkg: "views", imports: "baton/internal/handoff", test: true, wrong: true},
		{pkg: "views", imports: "baton/web", wrong: true},
		{pkg: "static", imports: "baton/views", wrong: true},

		{pkg: "sqlite", imports: "database/sql"},
		{pkg: "sqlite", imports: "baton/internal/sandbox"},
		{pkg: "sqlite", imports: "baton/internal/infoapi", wrong: true},
		{pkg: "sqlite", imports: "baton/internal/nats", wrong: true},
		{pkg: "sqlite", imports: "baton/web", wrong: true},
		{pkg: "sqlite", imports: "baton/internal/handoff/handofftest", wrong: true},
		{pkg: "sqlite", imports: "baton/internal/handoff/handofftest", test: true},
		{pkg: "internal/nats", imports: "baton/sqlite", wrong: true},
		{pkg: "internal/nats", imports: "github.com/nats-io/nats.go/jetstream"},

		{pkg: "internal/handoff", imports: "crypto/hkdf"},
		{pkg: "internal/handoff", imports: "net/http", wrong: true},
		{pkg: "internal/handoff", imports: "golang.org/x/text/language", wrong: true},
		{pkg: "internal/handoff", imports: "github.com/google/go-cmp/cmp", test: true},
		{pkg: "internal/handoff", imports: "baton/internal/relay", wrong: true},
		{pkg: "internal/handoff", imports: "baton/sqlite", wrong: true},
		{pkg: "internal/relay", imports: "baton/internal/handoff"},
		{pkg: "internal/relay", imports: "github.com/gofiber/contrib/websocket", wrong: true},
		{pkg: "internal/relay", imports: "github.com/fasthttp/websocket", wrong: true},
		{pkg: "internal/relay", imports: "github.com/fasthttp/websocket", test: true, wrong: true},
		{pkg: "internal/relay", imports: "baton/internal/registration", wrong: true},
		{pkg: "internal/registration", imports: "baton/internal/infoapi", wrong: true},
		{pkg: "internal/registration", imports: "baton/internal/registration/registrationtest", wrong: true},
		{pkg: "internal/registration/registrationtest", imports: "testing"},
		{pkg: "internal/registration", imports: "baton/internal/infoapi", test: true},
		{pkg: "internal/infoapi", imports: "baton/internal/registration"},
		{pkg: "internal/infoapi", imports: "baton/sqlite", wrong: true},
		{pkg: "internal/infoapi", imports: "baton/internal/sandbox", wrong: true},
		{pkg: "internal/sandbox", imports: "baton/internal/enrolment"},
		{pkg: "internal/sandbox", imports: "baton/internal/handoff", wrong: true},
		{pkg: "internal/enrolment", imports: "github.com/go-json-experiment/json", wrong: true},
		{pkg: "internal/auth", imports: "baton/internal/handoff", wrong: true},
		{pkg: "internal/qr", imports: "github.com/yeqown/go-qrcode/v2"},
		{pkg: "internal/qr", imports: "baton/views", wrong: true},
		{pkg: "internal/phone", imports: "baton/internal/enrolment"},
		{pkg: "internal/phone", imports: "baton/web", wrong: true},
		{pkg: "internal/conform", imports: "baton/internal/handoff", wrong: true},
		{pkg: "web", imports: "baton/cmd/baton", test: true, wrong: true},

		{pkg: "internal/brandnew", imports: "fmt", wrong: true}, // no rule yet
	} {
		name := c.pkg + " imports " + c.imports
		if c.test {
			name += " in a test"
		}
		t.Run(name, func(t *testing.T) {
			if got := violations(c.pkg, c.imports, c.test); (len(got) > 0) != c.wrong {
				t.Errorf("violations: %q, want some: %v", got, c.wrong)
			}
		})
	}
}

func TestEveryRuleHasAReason(t *testing.T) {
	for _, l := range layers {
		if l.why == "" {
			t.Errorf("layer %s gives no reason", l.pkg)
		}
	}
	for _, r := range reservations {
		if r.why == "" {
			t.Errorf("reservation of %s gives no reason", r.path)
		}
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = parent
	}
}
