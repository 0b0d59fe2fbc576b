package static

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAHashCoversWhatAScriptLoads(t *testing.T) {
	names, err := filepath.Glob("*.js")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	sources := map[string][]byte{}
	for _, name := range names {
		if sources[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	before, err := link(sources)
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string][]string{
		"baton-style.js": {"baton-element.js", "baton-style.js", "baton.js"},
		"baton.ar.js":    {"baton-element.js", "baton.ar.js", "baton.js"},
		"baton.js":       {"baton.js"},
	} {
		changed := maps.Clone(sources)
		changed[part] = append(slices.Clone(sources[part]), "\n// another version\n"...)
		after, err := link(changed)
		if err != nil {
			t.Fatal(err)
		}
		var renamed []string
		for name := range after {
			if after[name].path != before[name].path {
				renamed = append(renamed, name)
			}
		}
		slices.Sort(renamed)
		if !slices.Equal(renamed, want) {
			t.Errorf("another %s renames %q, want %q", part, renamed, want)
		}
	}
}

func TestLinkKnowsEveryFormOfAReference(t *testing.T) {
	named, err := link(map[string][]byte{
		"a.js": []byte("/** @import { B } from \"./a.js\" */\nimport { b } from \"./b.js\";\nimport './b.js';\nexport * from \"./b.js\";\n" +
			"/** @type {import(\"./gone.js\").B} */ const later = () => import(`./b.js`);\nnew URL(\"./c.svg\", import.meta.url);\n"),
		"b.js":  []byte("export const b = '../a.js .//a.js';"),
		"c.svg": []byte(`<a href="./gone.svg"/>`),
	})
	if err != nil {
		t.Fatal(err)
	}
	b, c := strings.TrimPrefix(named["b.js"].path, Prefix), strings.TrimPrefix(named["c.svg"].path, Prefix)
	want := "/** @import { B } from \"./a.js\" */\nimport { b } from \"./" + b + "\";\nimport './" + b + "';\nexport * from \"./" + b + "\";\n" +
		"/** @type {import(\"./gone.js\").B} */ const later = () => import(`./" + b + "`);\nnew URL(\"./" + c + "\", import.meta.url);\n"
	if got := string(named["a.js"].body); got != want {
		t.Errorf("a.js is served as\n%s\nwant\n%s", got, want)
	}
}

func TestLinkRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		sources map[string][]byte
		want    string
	}{
		"a circle": {map[string][]byte{"a.js": []byte(`import "./b.js"`), "b.js": []byte(`import("./c.js")`), "c.js": []byte(`import "./a.js"`)},
			".js refer to each other in a circle; each one's name would have to hold the other's hash"},
		"a script that loads itself": {map[string][]byte{"a.js": []byte(`import("./a.js")`)}, "a.js → a.js refer to each other in a circle"},
		"nothing":                    {map[string][]byte{"a.js": []byte(`import "./none.js"`)}, "a.js refers to ./none.js, which is not among the embedded files"},
	} {
		if _, err := link(test.sources); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, test.want)
		}
	}
}
