package main

import (
	"os"
	"path/filepath"
	"testing"

	"baton/internal/snippets"
	"baton/static"
)

// TestSnippetsTypeCheck hands the snippets that are marked as type-checked to the compilers of their frameworks, beside
// the component's types as a server gives them out.
func TestSnippetsTypeCheck(t *testing.T) {
	needSnippetTools(t)
	for _, one := range snippets.All() {
		if one.Check != snippets.TypeChecked {
			continue
		}
		t.Run(one.Tab, func(t *testing.T) {
			// One after the other: each takes all the processors that there are.
			folder := t.TempDir()
			withPackages(t, folder)
			types, _, ok := static.Lookup(static.Prefix + "baton.d.ts")
			if !ok {
				t.Fatal("the component has no types")
			}
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("baton.d.ts", string(types))
			write("tsconfig.json", typeScriptConfig(t, one))
			if one.Tab == "vue" { // without it, what a template names of an unknown element is anything
				write("elements.d.ts", `import type { DefineComponent } from "vue"; declare module "vue" { interface GlobalComponents { BatonHandoff: DefineComponent<object> } }`)
			}
			compiler := map[string]string{"react": "tsc", "vue": "vue-tsc", "angular": "ngc"}[one.Tab]
			if compiler == "" {
				t.Fatalf("%s is marked as type-checked, and nothing here checks it", one.ID())
			}
			check := []string{"node", filepath.Join(folder, "node_modules", ".bin", compiler), "-p", "."}
			save(t, folder, one, one.Source())
			mustRun(t, folder, check...)

			// The check must be able to fail: with a type that gives less, it does.
			write("baton.d.ts", "export interface HandoffElement extends HTMLElement {}\nexport type NewSession = { qrCodeText: string };\nexport type ServiceEvent = Event;\n")
			if stdout, _, err := runIn(t, folder, check...); err == nil {
				t.Errorf("the check passes without the component's types: %s", stdout)
			}
		})
	}
}

func typeScriptConfig(t *testing.T, one snippets.Snippet) string {
	t.Helper()
	more := map[string]string{
		"react": `"jsx": "react-jsx"`, "vue": `"jsx": "preserve"`, "angular": `"experimentalDecorators": true`,
	}[one.Tab]
	return `{
  "compilerOptions": {
    "strict": true, "noEmit": ` + map[bool]string{true: "false", false: "true"}[one.Tab == "angular"] + `, "outDir": "out", "target": "es2022", "module": "esnext",
    "moduleResolution": "bundler", "lib": ["es2022", "dom", "dom.iterable"], "types": [], "skipLibCheck": true, ` + more + `
  },
  "angularCompilerOptions": { "strictTemplates": true, "strictInjectionParameters": true },
  "vueCompilerOptions": { "strictTemplates": false },
  "files": ["` + one.Name() + `"], "include": ["*.d.ts"]
}`
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
