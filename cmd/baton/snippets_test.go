package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"baton/internal/snippets"
)

// The snippets' tests need the tools of many languages, so only `make snippets` runs them. With CI set, a tool that is
// missing fails them.
func needSnippetTools(t *testing.T) {
	t.Helper()
	if os.Getenv("BATON_SNIPPETS") == "" {
		t.Skip("`make snippets` runs this: it needs the tools of many languages")
	}
}

// missing skips the test for want of a tool, or fails it where nothing may be left out.
func missing(t *testing.T, tool string, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing: %v", tool, err)
	}
	t.Skipf("%s is missing (`make snippets` installs it): %v", tool, err)
}

// snippetTimeout bounds one run of a snippet, compilers too.
const snippetTimeout = 2 * time.Minute

// runIn runs a command in a folder and returns what it printed.
func runIn(t *testing.T, folder string, command ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), snippetTimeout)
	defer cancel()
	started := exec.CommandContext(ctx, command[0], command[1:]...)
	var out, problems bytes.Buffer
	started.Dir, started.Stdout, started.Stderr = folder, &out, &problems
	err = started.Run()
	return out.String(), problems.String(), err
}

// mustRun is runIn for what has to work. It returns the standard output.
func mustRun(t *testing.T, folder string, command ...string) string {
	t.Helper()
	stdout, stderr, err := runIn(t, folder, command...)
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(command, " "), err, stdout, stderr)
	}
	return stdout
}

// shownSnippets reads the snippets from a running server's page, as somebody who copies them would: by id.
func shownSnippets(t *testing.T, address string) map[string]string {
	t.Helper()
	response, err := http.Get(address + "/integrate")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	document, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	document.Find("[data-snippet]").Each(func(_ int, s *goquery.Selection) {
		shown[s.AttrOr("data-snippet", "")] = s.Find(`[data-part="source"] pre code`).Text()
	})
	for _, one := range snippets.All() {
		if shown[one.ID()] == "" {
			t.Fatalf("the page does not show %s", one.ID())
		}
	}
	return shown
}

// save writes a snippet's text into a folder under its own name, and returns the path.
func save(t *testing.T, folder string, one snippets.Snippet, text string) string {
	t.Helper()
	file := filepath.Join(folder, one.Name())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// npmPackages installs, once, what testdata/snippets/package.json names, and returns the folder that holds node_modules.
func npmPackages(t *testing.T) string {
	t.Helper()
	folder, err := installNPM()
	if errors.Is(err, exec.ErrNotFound) {
		missing(t, "npm", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

var installNPM = sync.OnceValues(func() (string, error) {
	wanted, err := os.ReadFile("testdata/snippets/package.json")
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "baton-snippets")
	file := filepath.Join(folder, "package.json")
	if had, err := os.ReadFile(file); err == nil && bytes.Equal(had, wanted) {
		return folder, nil // the folder gets its name last, so what the file names is there
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	making := folder + ".new"
	if err := errors.Join(os.RemoveAll(making), os.MkdirAll(making, 0o700), os.WriteFile(filepath.Join(making, "package.json"), wanted, 0o600)); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, npm, "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
	install.Dir = making
	if said, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install: %w\n%s", err, said)
	}
	return folder, os.Rename(making, folder)
})

// withPackages gives a folder the installed packages.
func withPackages(t *testing.T, folder string) {
	t.Helper()
	if err := os.Symlink(filepath.Join(npmPackages(t), "node_modules"), filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
}
