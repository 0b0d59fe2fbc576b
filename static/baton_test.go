package static_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestScripts runs the tests of the browser scripts under Node.js. They wait for no clock and open no connection.
func TestScripts(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is not installed; the scripts' tests need Node.js 18 or newer")
		}
		t.Skip("node is not installed; the scripts' tests need Node.js 18 or newer")
	}
	scripts, err := filepath.Glob("testdata/*.test.mjs")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts' tests found: %v", err)
	}
	// Browsers take a module for one because the page says so; Node.js before 20.19 needs a package that does.
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "package.json"), []byte(`{"type": "module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(folder, "static"), os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			t.Parallel()
			run := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=tap", script)
			run.Dir = filepath.Join(folder, "static")
			if out, err := run.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
