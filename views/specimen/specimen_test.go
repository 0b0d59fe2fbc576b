package specimen_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"baton/views/specimen"
)

// parts are exported by package views and are no pages.
var parts = []string{"Layout", "Mark", "Picture", "TimelineRows", "TimelineSessions"}

func TestEveryPageHasASpecimen(t *testing.T) {
	used := map[string]bool{}
	for _, file := range parsed(t, "*.go") {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if callee, ok := call.Fun.(*ast.SelectorExpr); ok {
					if from, ok := callee.X.(*ast.Ident); ok && from.Name == "views" {
						used[callee.Sel.Name] = true
					}
				}
			}
			return true
		})
	}
	pages := 0
	for _, file := range parsed(t, "../*.go") {
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok || function.Recv != nil || !function.Name.IsExported() || !draws(function) || slices.Contains(parts, function.Name.Name) {
				continue
			}
			pages++
			if !used[function.Name.Name] {
				t.Errorf("views.%s is in no specimen: add one to Pages", function.Name.Name)
			}
		}
	}
	if pages < 10 {
		t.Fatalf("found %d pages in package views: the search misses them", pages)
	}
}

// draws reports whether a function returns a templ.Component and nothing else.
func draws(function *ast.FuncDecl) bool {
	results := function.Type.Results
	if results == nil || len(results.List) != 1 {
		return false
	}
	kind, ok := results.List[0].Type.(*ast.SelectorExpr)
	return ok && kind.Sel.Name == "Component"
}

// stateKinds are the types of package views whose constants a page shows, with the attribute that says which one it is.
var stateKinds = map[string]string{"VerifyState": "#verify[data-state=%]", "StepState": "[data-testid=steps] li[data-state=%]", "Meaning": "li[data-meaning=%]"}

func TestEveryStateHasASpecimen(t *testing.T) {
	documents := map[string]*goquery.Document{}
	for _, page := range specimen.Pages() {
		documents[page.Name()] = still(t, page)
	}
	seen := map[string]int{}
	for _, file := range parsed(t, "../*.go") {
		for _, declared := range file.Decls {
			group, ok := declared.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				value := spec.(*ast.ValueSpec)
				kind, ok := value.Type.(*ast.Ident)
				if !ok || !kind.IsExported() {
					continue
				}
				if kind.Name == "Language" { // how a page is drawn, and no state of it
					continue
				}
				selector, known := stateKinds[kind.Name]
				if !known {
					t.Errorf("say in stateKinds how a page shows a views.%s such as %s", kind.Name, value.Names[0].Name)
					continue
				}
				seen[kind.Name]++
				text, err := strconv.Unquote(value.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				selector = strings.Replace(selector, "%", strconv.Quote(text), 1)
				shown := false
				for _, document := range documents {
					shown = shown || document.Find(selector).Length() > 0
				}
				if !shown {
					t.Errorf("no specimen shows views.%s", value.Names[0].Name)
				}
			}
		}
	}
	if len(seen) != len(stateKinds) {
		t.Errorf("constants were found of %v only", seen)
	}
}

func TestStillPagesDoNothing(t *testing.T) {
	names := map[string]bool{}
	for _, page := range specimen.Pages() {
		t.Run(page.Name(), func(t *testing.T) {
			if names[page.Name()] {
				t.Error("two pages have this name")
			}
			names[page.Name()] = true
			if found, ok := specimen.Find(page.View, page.State); !ok || found.Name() != page.Name() {
				t.Error("it is not found again")
			}
			document := still(t, page)
			if n := document.Find("script, noscript, template, meta[http-equiv], [rel=modulepreload], iframe").Length(); n != 0 {
				t.Errorf("%d parts act by themselves", n)
			}
			if document.Find("h1").Length() < 1 || document.Find("title").Text() == "" {
				t.Error("there is no heading or no title")
			}
			document.Find("img").Each(func(_ int, image *goquery.Selection) {
				source, _ := image.Attr("src")
				name := strings.TrimSuffix(strings.TrimPrefix(source, specimen.Pictures), ".svg")
				if _, ok := specimen.DrawnPicture(name); !ok {
					t.Errorf("there is no picture %s", source)
				}
			})
			if stage := document.Find("#phone-stage"); stage.Length() > 0 && stage.Find(".phone-screen").Length() != 1 {
				t.Error("the phone does not show one screen")
			}
		})
	}
}

// What the page's script does is done: the button that copies is shown, the first document is held, the drawer is gone.
func TestStillPagesStandAsTheScriptLeavesThem(t *testing.T) {
	for _, c := range []struct{ view, state, shown, hidden string }{
		{"verify", "ready", "#copy-link", "#copy-text"},
		{"phone", "landing", "#phone-start:not([disabled])", "#phone-looking"},
		{"phone", "looking", "#phone-looking", "#phone-choices"},
		{"phone", "screen-2-scan", ".phone-held[data-specimen=ana]", ".phone-held[data-specimen=cleo-expired]"},
		{"phone", "screen-3-review", "#phone-cancel", ".phone-reviewed[data-specimen=cleo-expired]"},
		{"phone", "end-completed", "#phone[data-state=end]", "#phone-drawer"},
	} {
		page, ok := specimen.Find(c.view, c.state)
		if !ok {
			t.Fatalf("there is no %s in the state %s", c.view, c.state)
		}
		document := still(t, page)
		if shown := document.Find(c.shown); shown.Length() != 1 || shown.Closest("[hidden]").Length() != 0 {
			t.Errorf("%s does not show %s", page.Name(), c.shown)
		}
		if hidden := document.Find(c.hidden); hidden.Length() != 1 || hidden.Closest("[hidden]").Length() != 1 {
			t.Errorf("%s shows %s, or has none", page.Name(), c.hidden)
		}
	}
}

func still(t *testing.T, page specimen.Page) *goquery.Document {
	t.Helper()
	var drawn strings.Builder
	if err := specimen.Still(t.Context(), &drawn, page); err != nil {
		t.Fatal(err)
	}
	document, err := goquery.NewDocumentFromReader(strings.NewReader(drawn.String()))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func parsed(t *testing.T, pattern string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}
