package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"baton/internal/handoff"
	"baton/internal/infoapi"
	"baton/internal/sandbox"
	"baton/internal/snippets"
)

// gson is where Debian puts the library of the Java snippets.
const gson = "/usr/share/java/gson.jar"

// snippetCommand turns a backend's snippet into a command that runs it with arguments, in the folder in which it lies.
func snippetCommand(t *testing.T, folder string, one snippets.Snippet, text string) []string {
	t.Helper()
	file := save(t, folder, one, text)
	switch one.Tab {
	case "curl":
		return []string{tool(t, "sh"), file}
	case "go":
		// In a folder that is empty but for the file, by what its first lines say.
		alone := t.TempDir()
		file = save(t, alone, one, text)
		if before, _, told := strings.Cut(text, " && go run "); told {
			mustRun(t, alone, "sh", "-ec", before[strings.LastIndex(before, "// ")+len("// "):])
		} else if one.Task == snippets.FollowUp || one.Task == snippets.Site {
			t.Fatalf("%s does not say how to run it", one.ID())
		}
		binary := filepath.Join(alone, one.Task)
		mustRun(t, alone, "go", "build", "-o", binary, file)
		return []string{binary}
	case "node":
		if one.Task == snippets.FollowUp || one.Task == snippets.Site {
			withPackages(t, folder)
		}
		return []string{tool(t, "node"), file}
	case "python":
		return []string{pythonWithJWT(t), file}
	case "php":
		return []string{tool(t, "php"), file}
	case "java":
		if _, err := os.Stat(gson); err != nil {
			missing(t, "Gson", err)
		}
		return []string{tool(t, "java"), "-cp", gson, file}
	}
	t.Fatalf("%s is marked as run, and nothing here runs it", one.ID())
	return nil
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name, err)
	}
	return path
}

// pythonWithJWT is the first Python that has the library; Debian's has it where another stands before it.
func pythonWithJWT(t *testing.T) string {
	t.Helper()
	var err error
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		var version []byte
		if version, err = exec.CommandContext(t.Context(), python, "-c", "import jwt, cryptography; print(jwt.__version__)").Output(); err == nil {
			if got := strings.TrimSpace(string(version)); got != snippets.PyJWT {
				missing(t, "PyJWT "+snippets.PyJWT+", as the page's mark says", errors.New("there is "+got))
			}
			return python
		}
	}
	missing(t, "PyJWT", err)
	return ""
}

// backendTabs are the snippets of each language.
func backendTabs() map[string][]snippets.Snippet {
	tabs := map[string][]snippets.Snippet{}
	for _, one := range snippets.All() {
		if one.Party == snippets.Backend {
			tabs[one.Tab] = append(tabs[one.Tab], one)
		}
	}
	return tabs
}

// TestSnippetsOfBackends takes the snippets from the page of a running demo and plays the whole story with those that are marked
// as run: create, status, a phone, status again, the result.
func TestSnippetsOfBackends(t *testing.T) {
	needSnippetTools(t)
	address, _ := startDemo(t)
	shown := shownSnippets(t, address)
	for tab, tasks := range backendTabs() {
		t.Run(tab, func(t *testing.T) {
			if !slices.ContainsFunc(tasks, func(s snippets.Snippet) bool { return s.Check == snippets.Run }) {
				t.Skip("marked as not run")
			}
			t.Parallel()
			playBackend(t, address, tasks, shown)
		})
	}
}

func playBackend(t *testing.T, address string, tasks []snippets.Snippet, shown map[string]string) {
	folder := t.TempDir()
	does := func(task string, args ...string) (string, bool) {
		one := tasks[slices.IndexFunc(tasks, func(s snippets.Snippet) bool { return s.Task == task })]
		if one.Check != snippets.Run {
			return "", false
		}
		return mustRun(t, folder, append(snippetCommand(t, folder, one, shown[one.ID()]), args...)...), true
	}

	var session created
	printed, _ := does(snippets.Create)
	if err := json.Unmarshal([]byte(printed), &session); err != nil || session.ID == "" || session.Text == "" || session.Link == "" {
		t.Fatalf("the creation printed %q (%v)", printed, err)
	}
	status := func() (now struct {
		Status   string   `json:"status"`
		Services []string `json:"services"`
	}) {
		printed, _ := does(snippets.Status, session.ID)
		if err := json.Unmarshal([]byte(printed), &now); err != nil {
			t.Fatalf("the status printed %q (%v)", printed, err)
		}
		return now
	}
	if now := status(); now.Status != "created" {
		t.Errorf("a new session is %+v", now)
	}
	mustRun(t, folder, "baton", "phone", "--fast", "--yes", session.Link)
	if now := status(); now.Status != "completed" || !slices.Equal(now.Services, []string{"SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO"}) {
		t.Errorf("after the phone the session is %+v", now)
	}
	printed, run := does(snippets.FollowUp, session.ID)
	if !run {
		return
	}
	if tasks[0].Tab == "curl" {
		checkFetched(t, address, printed, session.ID)
		return
	}
	var data struct {
		Documents []struct {
			DocumentType string `json:"documentType"`
		} `json:"documents"`
	}
	if err := json.Unmarshal([]byte(printed), &data); err != nil || len(data.Documents) != 1 || data.Documents[0].DocumentType != "PASSPORT" {
		t.Errorf("the follow-up printed %q (%v)", printed, err)
	}

	// The phone hands in results that are genuine and not good enough.
	one := tasks[slices.IndexFunc(tasks, func(s snippets.Snippet) bool { return s.Task == snippets.FollowUp })]
	command := snippetCommand(t, t.TempDir(), one, shown[one.ID()])
	for outcome, code := range refusedOutcomes {
		printed, _ := does(snippets.Create)
		if err := json.Unmarshal([]byte(printed), &session); err != nil {
			t.Fatal(err)
		}
		mustRun(t, folder, "baton", "phone", "--fast", "--yes", "--outcome", outcome, session.Link)
		stdout, stderr, err := runIn(t, folder, append(command, session.ID)...)
		if err == nil || stdout != "" || !strings.Contains(stderr, "refused: "+code) {
			t.Errorf("%s: %v, want it refused as %s\n%s%s", outcome, err, code, stdout, stderr)
		}
	}
}

// refusedOutcomes are what a phone can hand in that is genuine and not good enough, and the codes that say so.
var refusedOutcomes = map[string]string{
	string(sandbox.FaceMismatch):      "FACE_NO_MATCH",
	string(sandbox.DocumentTampering): "DOCUMENT_REFUSED",
	string(sandbox.ChipInvalid):       "DOCUMENT_REFUSED",
	string(sandbox.BackgroundHit):     "BACKGROUND_REFUSED",
}

// checkFetched holds that what was only fetched is the result and the keys, by checking it.
func checkFetched(t *testing.T, address, printed, id string) {
	t.Helper()
	jws, keys, _ := strings.Cut(printed, "\n")
	if !json.Valid([]byte(keys)) {
		t.Errorf("the keys are %q", keys)
	}
	provider, err := infoapi.New(infoapi.Config{
		BaseURL: address + "/sandbox", ClientID: sandbox.DefaultClientID, ClientSecret: sandbox.DefaultClientSecret,
		Issuer: sandbox.Issuer, Audience: sandbox.DefaultClientID,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Verify(t.Context(), jws, handoff.SessionID(id)); err != nil {
		t.Errorf("what was fetched is no result: %v", err)
	}
}
