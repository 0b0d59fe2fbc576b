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
			t.Fatal("node is not installed; the scripts' tests need Node.js 20.19 or newer")
		}
		t.Skip("node is not installed; the scripts' tests need Node.js 20.19 or newer")
	}
	scripts, err := filepath.Glob("testdata/*.test.mjs")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts' tests found: %v", err)
	}
	for _, script := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			t.Parallel()
			out, err := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=tap", script).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
