package snippets_test

import (
	"go/format"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"baton/internal/snippets"
)

// TestManifestNamesEveryFile holds that nothing lies here that the page does not show, and the other way round.
func TestManifestNamesEveryFile(t *testing.T) {
	var named, there []string
	ids := map[string]bool{}
	for _, one := range snippets.All() {
		named = append(named, one.File)
		if ids[one.ID()] {
			t.Errorf("two snippets are called %s", one.ID())
		}
		ids[one.ID()] = true
		if one.Source() == "" {
			t.Errorf("%s is empty", one.File)
		}
		if one.Title == "" || one.TabName == "" || one.Language == "" {
			t.Errorf("%s lacks a word: %+v", one.File, one)
		}
		if one.Party == snippets.Phone && one.Check != snippets.NotRun {
			t.Errorf("%s is marked as %s, and nothing plays a phone's code", one.File, one.Check)
		}
		if said := one.Why != ""; said != (one.Check == snippets.NotRun || one.Check == snippets.Parsed) {
			t.Errorf("%s is %s, because %q", one.File, one.Check, one.Why)
		}
	}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.Contains(path, "/") {
			there = append(there, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(named)
	slices.Sort(there)
	if !slices.Equal(named, there) {
		t.Errorf("the manifest names\n%s\nand there are\n%s", strings.Join(named, "\n"), strings.Join(there, "\n"))
	}
}

func live() snippets.Values {
	return snippets.Values{
		Server: "http://192.168.1.20:8080", TokenURL: "http://192.168.1.20:8080/sandbox/api/oauth/token", ClientID: "client-1",
		ClientSecret: "secret-1", Provider: "http://192.168.1.20:8080/sandbox", Issuer: "urn:baton:sandbox", Audience: "audience-1",
	}
}

// TestFillLeavesNoPlaceholder holds that each value has its place, and that with all of them no example is left.
func TestFillLeavesNoPlaceholder(t *testing.T) {
	found := map[string]bool{}
	values := live()
	for _, one := range snippets.All() {
		filled := values.Fill(one.Source())
		for _, left := range []string{"example.com", "your-"} {
			if strings.Contains(filled, left) {
				t.Errorf("%s still says %q", one.File, left)
			}
		}
		for _, value := range []string{values.Server, values.TokenURL, values.ClientID, values.ClientSecret, values.Provider + "\"", values.Issuer, values.Audience} {
			found[value] = found[value] || strings.Contains(filled, value)
		}
	}
	for value, there := range found {
		if !there {
			t.Errorf("%q is in no snippet", value)
		}
	}
}

// TestFillKeepsCodeWhole: what could end a string of code, or mean more than itself in one, is not put into it.
func TestFillKeepsCodeWhole(t *testing.T) {
	source := `const CLIENT_ID = "your-client-id";`
	for _, value := range []string{"", `a"; evil()`, "a'b", "a`b", "a\\", "${a}", "a\nb", "a b", "<a>", "$(a)", "-a"} {
		if got := (snippets.Values{ClientID: value}).Fill(source); got != source {
			t.Errorf("%q was put in: %s", value, got)
		}
	}
	if got, want := (snippets.Values{ClientID: "0b8f-1"}).Fill(source), `const CLIENT_ID = "0b8f-1";`; got != want {
		t.Errorf("filled: %s, want %s", got, want)
	}
}

// TestGoStaysFormatted: whatever a server's values are, gofmt has nothing to change.
func TestGoStaysFormatted(t *testing.T) {
	for _, one := range snippets.All() {
		if one.Language != "go" {
			continue
		}
		for _, values := range []snippets.Values{{}, live(), {Server: "https://a.test", Provider: "https://a-much-longer-name.for-a-provider.test/with/a/path", Audience: "b"}} {
			filled := values.Fill(one.Source())
			formatted, err := format.Source([]byte(filled))
			if err != nil || string(formatted) != filled {
				t.Errorf("%s with %+v is not as gofmt has it (%v)", one.File, values, err)
			}
		}
	}
}

// TestCommand reads from a file's first lines what runs it.
func TestCommand(t *testing.T) {
	commands := map[string]string{}
	for _, one := range snippets.All() {
		commands[one.ID()] = one.Command()
	}
	for id, want := range map[string]string{
		"backend-curl-create": "sh create.sh",
		"backend-go-site":     "go mod init example && go mod tidy && go run site.go",
		"backend-node-status": "node status.mjs SESSION_ID",
		"backend-python-site": `python3 -m venv .venv && .venv/bin/pip install "pyjwt[crypto]" && .venv/bin/python website.py`,
		"backend-php-create":  "php create.php",
		"page-element":        "",
	} {
		if commands[id] != want {
			t.Errorf("%s is run by %q, want %q", id, commands[id], want)
		}
	}
}
