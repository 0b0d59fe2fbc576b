package timeline_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/internal/timeline"
)

const askMermaid = `
import { readFileSync } from "node:fs";
const { default: mermaid } = await import(process.argv[2] + "/mermaid/dist/mermaid.core.mjs");
const { diagramType } = await mermaid.parse(readFileSync(0, "utf8"));
if (diagramType !== "sequence") throw new Error("it is taken for a " + diagramType);
`

// TestMermaidIsUnderstood asks Mermaid's own parser, with every kind of line and with paths that have what the language knows
// as its own. Parsing needs no browser.
func TestMermaidIsUnderstood(t *testing.T) {
	t.Parallel()
	modules, err := exec.CommandContext(t.Context(), "../../.ci/npm", "mermaid@11.12.1").Output()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("Mermaid cannot be fetched by npm: ", err)
	}
	script := filepath.Join(t.TempDir(), "ask.mjs")
	if err := os.WriteFile(script, []byte(askMermaid), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(text string) (string, error) {
		command := exec.CommandContext(t.Context(), "node", script, strings.TrimSpace(string(modules)))
		command.Stdin = strings.NewReader(text)
		said, err := command.CombinedOutput()
		return string(said), err
	}

	r, session := recorded(t)
	now := time.Now()
	outer := r.Begin(timeline.Page, timeline.Backend)
	r.Auditor(nil).Record(outer.With(t.Context()), handoff.Occurrence{What: handoff.AuditCreated, Session: id})
	for _, path := range []string{"/a;b", "/end", "/%%{init}", "/a#b", "/x->>y: z", "/a\nend\n", "/a]{b}[", `/"q"\`, "/loop", "/é\u2028"} {
		r.Begin(timeline.Phone, timeline.Provider).End(of(now), timeline.Exchange{Method: "GET", Origin: "http://h", Path: path, Status: 200, Header: http.Header{}})
	}
	outer.End(of(now), timeline.Exchange{Method: "POST", Origin: "http://h", Path: "/register", Header: http.Header{}})
	session, _ = r.Session(session.ID)
	text := timeline.Mermaid(session)
	if said, err := ask(text); err != nil {
		t.Errorf("%v: %s\n%s", err, said, text)
	}
	if said, err := ask(text + "    phone->>: nobody\n"); err == nil {
		t.Errorf("a diagram with a fault passes: %s", said)
	}
}
