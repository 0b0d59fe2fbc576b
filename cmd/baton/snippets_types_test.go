package main

import (
	"os"
	"path/filepath"
	"testing"

	"baton/internal/snippets"
	"baton/static"
)

// compilers are those of the frameworks.
var compilers = map[string]string{"react": "tsc", "vue": "vue-tsc", "angular": "ngc"}

// frameworkFolder has a snippet for a framework, as its text is given, beside the component's types and all that an
// integrator's build has.
func frameworkFolder(t *testing.T, one snippets.Snippet, text string) string {
	t.Helper()
	folder := t.TempDir()
	withPackages(t, folder)
	types, _, ok := static.Lookup(static.Prefix + "baton.d.ts")
	if !ok {
		t.Fatal("the component has no types")
	}
	for name, text := range map[string]string{"baton.d.ts": string(types), "tsconfig.json": typeScriptConfig(one), one.Name(): text} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(folder, os.DirFS("testdata/snippets")); err != nil {
		t.Fatal(err)
	}
	return folder
}

func npmTool(folder, name string, args ...string) []string {
	return append([]string{"node", filepath.Join(folder, "node_modules", ".bin", name)}, args...)
}

// TestSnippetsTypeCheck hands the snippets for frameworks to the frameworks' own compilers, strictly.
func TestSnippetsTypeCheck(t *testing.T) {
	needSnippetTools(t)
	for _, one := range snippets.All() {
		if compilers[one.Tab] == "" {
			continue
		}
		t.Run(one.Tab, func(t *testing.T) {
			// One after the other: each takes all the processors that there are.
			folder := frameworkFolder(t, one, one.Source())
			check := npmTool(folder, compilers[one.Tab], "-p", ".")
			mustRun(t, folder, check...)

			// The check must be able to fail: with types that promise less, it does.
			less := "export interface HandoffElement extends HTMLElement {}\nexport type NewSession = { qrCodeText: string };\nexport type ServiceEvent = Event;\n"
			if err := os.WriteFile(filepath.Join(folder, "baton.d.ts"), []byte(less), 0o600); err != nil {
				t.Fatal(err)
			}
			if stdout, _, err := runIn(t, folder, check...); err == nil {
				t.Errorf("the check passes without the component's types: %s", stdout)
			}
		})
	}
}

func typeScriptConfig(one snippets.Snippet) string {
	more, files := "", `"`+one.Name()+`"`
	switch one.Tab {
	case "react":
		more = `"noEmit": true, "jsx": "react-jsx"`
	case "vue":
		more = `"noEmit": true, "jsx": "preserve"`
	case "angular": // whose compiler the bundle needs
		more, files = `"outDir": "out", "experimentalDecorators": true`, files+`, "main.angular.ts"`
	}
	return `{
  "compilerOptions": {
    "strict": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler", "lib": ["es2022", "dom", "dom.iterable"],
    "types": [], "skipLibCheck": true, ` + more + `
  },
  "angularCompilerOptions": { "strictTemplates": true },
  "files": [` + files + `]
}`
}

// bundled is what an integrator's build makes of a snippet for a framework and a page around it.
func bundled(t *testing.T, one snippets.Snippet, text string) string {
	t.Helper()
	folder := frameworkFolder(t, one, text)
	entry := "main." + one.Tab + ".ts"
	switch one.Tab {
	case "react":
		entry += "x"
	case "angular":
		mustRun(t, folder, npmTool(folder, "ngc", "-p", ".")...)
		entry = "out/main.angular.js"
	}
	mustRun(t, folder, "node", "bundle.mjs", entry)
	bundle, err := os.ReadFile(filepath.Join(folder, "bundle.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(bundle)
}

// javaParser reads Java files and fails for what is no Java; it looks at no library.
const javaParser = `import com.sun.source.util.JavacTask;
import java.util.List;
import javax.tools.*;

public class Parser {
    public static void main(String[] files) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        StandardJavaFileManager manager = compiler.getStandardFileManager(problems, null, null);
        ((JavacTask) compiler.getTask(null, manager, problems, null, null, manager.getJavaFileObjects(files))).parse();
        for (var problem : problems.getDiagnostics()) System.err.println(problem);
        if (!problems.getDiagnostics().isEmpty()) System.exit(1);
    }
}
`

// TestSnippetsParse holds the syntax of those whose library is not at hand.
func TestSnippetsParse(t *testing.T) {
	needSnippetTools(t)
	for _, one := range snippets.All() {
		if one.Check != snippets.Parsed {
			continue
		}
		t.Run(one.ID(), func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			var parse []string
			switch one.Tab {
			case "php":
				parse = []string{tool(t, "php"), "-l"}
			case "java":
				if err := os.WriteFile(filepath.Join(folder, "Parser.java"), []byte(javaParser), 0o600); err != nil {
					t.Fatal(err)
				}
				parse = []string{tool(t, "java"), filepath.Join(folder, "Parser.java")}
			default:
				t.Fatalf("%s is marked as parsed, and nothing here parses it", one.ID())
			}
			mustRun(t, folder, append(parse, save(t, folder, one, one.Source()))...)
			broken := save(t, folder, one, one.Source()+"\n}")
			if stdout, _, err := runIn(t, folder, append(parse, broken)...); err == nil {
				t.Errorf("the check passes for a broken file: %s", stdout)
			}
		})
	}
}
