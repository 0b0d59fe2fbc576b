package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"baton/internal/enrolment"
	"baton/internal/snippets"
)

// TestSnippetsAsPasted pastes the lines that the page shows beside each backend's file into a shell, in an empty folder, as they
// stand: they fetch the file, and its library, and run it. Only SESSION_ID is put in.
func TestSnippetsAsPasted(t *testing.T) {
	needSnippetTools(t)
	address, _ := startDemo(t)
	response, err := http.Get(address + "/integrate")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	document, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	customer, err := newBackend(t.Context(), address, address)
	if err != nil {
		t.Fatal(err)
	}
	session, err := customer.create(enrolment.Default().Encode())
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, t.TempDir(), "baton", "phone", "--fast", "--yes", session.Link)
	for _, one := range snippets.All() {
		if one.Party != snippets.Backend || one.Check != snippets.Run {
			continue
		}
		lines := document.Find(`[data-snippet="` + one.ID() + `"] [data-part="run"] pre code`).Text()
		t.Run(one.ID(), func(t *testing.T) {
			t.Parallel()
			pasted(t, one, strings.ReplaceAll(lines, "SESSION_ID", session.ID))
		})
	}
}

func pasted(t *testing.T, one snippets.Snippet, lines string) {
	folder := t.TempDir()
	env := append(os.Environ(), "PORT=0")
	switch one.Tab {
	case "node": // what is fetched once need not be fetched again, and nothing that comes with it runs
		env = append(env, "npm_config_prefer_offline=true", "npm_config_ignore_scripts=true", "npm_config_audit=false")
	case "python":
		env = append(env, pythonWithoutIndex(t)...)
	case "java": // says which library it takes, and not from where
		if err := os.Symlink(gson, filepath.Join(folder, "gson.jar")); err != nil {
			t.Fatal(err)
		}
		missingFile(t, "Gson", gson)
	}
	if one.Task != snippets.Site {
		if printed := inShell(t, folder, env, lines); !strings.Contains(printed, "SCAN") && !strings.Contains(printed, "sessionId") && !strings.Contains(printed, "PASSPORT") &&
			one.ID() != "backend-curl-follow-up" {
			t.Errorf("printed: %s", printed)
		}
		return
	}

	// What comes first ends by itself; the site stays.
	lines = strings.TrimSpace(lines)
	last := strings.LastIndex(lines, "&& ")
	inShell(t, folder, env, lines[:last])
	if one.Tab == "go" {
		inShell(t, folder, env, "go build -o /dev/null "+one.Name()) // may take longer than a site has to start
	}
	started := exec.Command("sh", "-ec", lines[last+len("&& "):])
	started.Dir, started.Env = folder, env
	started.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	site, err := startCommand(started, one.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-started.Process.Pid, syscall.SIGKILL) // the shell and all that it has started
		<-site.ended
	})
	response, err := http.Get(site.address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(body), "<baton-handoff>") {
		t.Errorf("the site shows %s (%v)", body, err)
	}
}

// inShell runs lines as somebody who pastes them would.
func inShell(t *testing.T, folder string, env []string, lines string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), snippetTimeout)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-ec", lines)
	shell.Dir, shell.Env = folder, env
	printed, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", lines, err, printed)
	}
	return string(printed)
}

// pythonWithoutIndex lets a fresh environment find the library that this machine has, under the name that pip is given, and
// nothing else: no package index is asked.
func pythonWithoutIndex(t *testing.T) []string {
	t.Helper()
	python := pythonWithJWT(t)
	said, err := exec.CommandContext(t.Context(), python, "-c", "import ensurepip, jwt, os, sys; print(sys.executable); print(os.path.dirname(os.path.dirname(jwt.__file__)))").Output()
	if err != nil {
		missing(t, "Python's venv", err)
	}
	executable, packages, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	return []string{"PATH=" + filepath.Dir(executable) + ":" + os.Getenv("PATH"), "PYTHONPATH=" + packages, "PIP_NO_INDEX=1"}
}

func missingFile(t *testing.T, name, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		missing(t, name, err)
	}
}
