package static_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"baton/static"
)

// TestComponentIsSmall holds the promise of the core: what is served under its stable address, compressed.
func TestComponentIsSmall(t *testing.T) {
	sizes := map[string]int{}
	for _, name := range static.Component {
		body, _, _ := static.Lookup(static.Path(name))
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		sizes[name] = packed.Len()
	}
	const limit = 8 << 10
	for name, size := range sizes {
		if size >= limit {
			t.Errorf("%s takes %d bytes compressed, want less than %d", name, size, limit)
		}
	}
	t.Logf("compressed: %v", sizes)
}

// npm is a package that the tests need, as its folder of modules.
func npm(t *testing.T, name string) string {
	t.Helper()
	folder, err := exec.CommandContext(t.Context(), "../.ci/npm", name).Output()
	if err != nil {
		leaveOut(t, name+" cannot be fetched by npm: "+err.Error())
	}
	return strings.TrimSpace(string(folder))
}

func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// TestTypes checks every script strictly, and what an integrator writes against the declared types.
func TestTypes(t *testing.T) {
	t.Parallel()
	compiler := filepath.Join(npm(t, "typescript@5.9.3"), "typescript", "bin", "tsc")
	folder := t.TempDir()
	copied := func(from, to string) {
		t.Helper()
		body, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, to), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scripts, err := filepath.Glob("*.js")
	if err != nil || !slices.Contains(scripts, "register.js") {
		t.Fatal(scripts, err)
	}
	for _, name := range append(scripts, "baton.d.ts") {
		copied(name, name)
	}
	copied("baton.js", "core.js") // under its own name the declarations come first
	copied("testdata/usage.ts", "usage.ts")
	config, err := json.Marshal(map[string]any{
		"compilerOptions": map[string]any{
			"strict": true, "checkJs": true, "noEmit": true, "target": "es2022", "module": "es2022", "moduleResolution": "bundler", "types": []string{},
			"lib": []string{"es2023", "dom", "dom.iterable", "dom.asynciterable"},
		},
		"files": append(scripts, "core.js", "usage.ts"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tsconfig.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	check := exec.CommandContext(t.Context(), "node", compiler, "--project", folder, "--pretty", "false")
	check.Dir = folder
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestPackage packs the component for npm: exactly its files, and what is packed can be imported.
func TestPackage(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("npm")
	if err != nil {
		leaveOut(t, "npm is not installed; `make test` installs it")
	}
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, "static"), os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	pack := exec.CommandContext(t.Context(), tool, "pack", "--json", "--pack-destination", folder)
	pack.Dir = filepath.Join(folder, "static")
	out, err := pack.Output()
	if err != nil {
		t.Fatalf("npm pack: %v\n%s", err, out)
	}
	var packed []struct {
		Filename string
		Files    []struct{ Path string }
	}
	if err := json.Unmarshal(out, &packed); err != nil || len(packed) != 1 {
		t.Fatalf("npm pack said %s: %v", out, err)
	}
	var files []string
	for _, f := range packed[0].Files {
		files = append(files, f.Path)
	}
	want := append(slices.Clone(static.Component), "package.json", "README.md") // npm packs a README unasked
	slices.Sort(files)
	slices.Sort(want)
	if !slices.Equal(files, want) {
		t.Errorf("the package has %q, want %q", files, want)
	}
	unpack := exec.CommandContext(t.Context(), "tar", "-xzf", filepath.Join(folder, packed[0].Filename), "-C", folder)
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	modules := filepath.Join(folder, "app", "node_modules")
	if err := os.MkdirAll(modules, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(folder, "package"), filepath.Join(modules, "baton-handoff")); err != nil {
		t.Fatal(err)
	}
	script := `import { Handoff } from "baton-handoff"; const handoff = new Handoff({ qrCodeText: "A", url: "https://localhost", signal: AbortSignal.abort() });
		for await (const event of handoff) throw event; console.log("imported")`
	app := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", script)
	app.Dir = filepath.Join(folder, "app")
	if out, err := app.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "imported" {
		t.Errorf("the package cannot be imported: %v\n%s", err, out)
	}
}
