// Package snippets holds the code that integrators copy: whole files that are valid code by themselves, and a manifest that
// says of each what the tests do with it. It knows no page: whoever shows a snippet fills in the values of a server.
package snippets

import (
	"embed"
	"path"
	"strings"
)

// Party is who runs a snippet.
type Party string

// The three parties that integrate.
const (
	Backend Party = "backend"
	Page    Party = "page"
	Phone   Party = "phone"
)

// Check is what the tests do with a snippet, at most.
type Check string

// The checks, from the most to the least.
const (
	Run    Check = "run"          // against a running server of this version; those for frameworks are type-checked as well
	Parsed Check = "parsed"       // its syntax, because its library is not at hand
	NotRun Check = "not run here" // neither the language nor its library is at hand
)

// Snippet is one file to copy.
type Snippet struct {
	Party    Party
	Tab      string // of its party, as in an address: "python"
	TabName  string // "Python"
	Task     string // of a tab with several: "create"; else empty
	Title    string
	Language string // as code blocks name it: "sh"
	File     string // within the package; its last element is the name to save it under
	Check    Check
	Why      string // why it is not run; empty if it is
}

// ID names the snippet within a page, such as "backend-python-create".
func (s Snippet) ID() string {
	if s.Task == "" {
		return string(s.Party) + "-" + s.Tab
	}
	return string(s.Party) + "-" + s.Tab + "-" + s.Task
}

// Name is the name to save the snippet under.
func (s Snippet) Name() string { return path.Base(s.File) }

// PyJWT is the version of Python's library that the tests run, which is Debian's; pip may find a newer one.
const PyJWT = "2.6.0"

// With names the library and its version that the tests ran the snippet with, where its lines do not fix one that is tested.
func (s Snippet) With() string {
	if s.Tab == "python" && (s.Task == FollowUp || s.Task == Site) {
		return "PyJWT " + PyJWT + " (Debian’s python3-jwt; pip may find a newer one)"
	}
	return ""
}

// Source is the snippet's text as it lies in the tree, with placeholders for a server's values.
func (s Snippet) Source() string {
	text, err := files.ReadFile(s.File)
	if err != nil {
		panic("snippets: the manifest names a file that is not embedded: " + s.File) // a test holds that it does not
	}
	return string(text)
}

// Command runs the snippet in the folder in which it lies, as its first lines say. It is empty where they name none, because the
// snippet is a part of something else.
func (s Snippet) Command() string {
	_, told, _ := strings.Cut(s.Source(), "Run it with:")
	command, _, _ := strings.Cut(strings.TrimLeft(told, " \n/#"), "\n")
	command, _, _ = strings.Cut(command, " (") // what it takes
	return strings.TrimSuffix(command, `"""`)
}

//go:embed backend/curl/create.sh backend/curl/status.sh backend/curl/follow-up.sh
//go:embed backend/go/create/create.go backend/go/status/status.go backend/go/followup/followup.go backend/go/site/site.go
//go:embed backend/node/create.mjs backend/node/status.mjs backend/node/follow-up.mjs backend/node/site.mjs
//go:embed backend/python/create.py backend/python/status.py backend/python/follow_up.py backend/python/website.py
//go:embed backend/php/create.php backend/php/status.php backend/php/follow-up.php
//go:embed backend/java/CreateSession.java backend/java/SessionStatus.java backend/java/FollowUp.java
//go:embed backend/csharp/CreateSession.cs backend/csharp/SessionStatus.cs backend/csharp/FollowUp.cs
//go:embed page/websocket.html page/handoff.html page/element.html
//go:embed page/react/IdentityCheck.tsx page/vue/IdentityCheck.vue page/angular/identity-check.component.ts
//go:embed phone/HandoffActivity.kt phone/HandoffController.swift phone/handoff.dart
var files embed.FS

// Tasks of a backend, in the order in which it meets them.
const (
	Create   = "create"
	Status   = "status"
	FollowUp = "follow-up"
	Site     = "site"
)

var titles = map[string]string{
	Create:   "Create a session",
	Status:   "Read its status",
	FollowUp: "Fetch the result, check it and decide",
	Site:     "All of it: a small site",
}

// All returns the snippets in the order of the page.
func All() []Snippet {
	const (
		noLibrary  = "its JWT library is not among the packages that the tests can install"
		noCompiler = "its compiler is not among the packages that the tests can install"
		noPhone    = "it needs a phone's build tools and the provider's SDK"
	)
	var all []Snippet
	order := []string{Create, Status, FollowUp, Site}
	backend := func(tab, name, language string, taskFiles ...string) []*Snippet {
		var made []*Snippet
		for i, file := range taskFiles {
			one := &Snippet{Party: Backend, Tab: tab, TabName: name, Task: order[i], Title: titles[order[i]], Language: language,
				File: "backend/" + tab + "/" + file, Check: Run}
			made = append(made, one)
		}
		return made
	}
	add := func(made []*Snippet) {
		for _, one := range made {
			all = append(all, *one)
		}
	}

	curl := backend("curl", "curl", "sh", "create.sh", "status.sh", "follow-up.sh")
	curl[2].Title = "Fetch the result (the check needs a language)"
	add(curl)
	add(backend("go", "Go", "go", "create/create.go", "status/status.go", "followup/followup.go", "site/site.go"))
	add(backend("node", "Node.js", "js", "create.mjs", "status.mjs", "follow-up.mjs", "site.mjs"))
	add(backend("python", "Python", "python", "create.py", "status.py", "follow_up.py", "website.py"))
	php := backend("php", "PHP", "php", "create.php", "status.php", "follow-up.php")
	php[2].Check, php[2].Why = Parsed, noLibrary
	add(php)
	java := backend("java", "Java", "java", "CreateSession.java", "SessionStatus.java", "FollowUp.java")
	java[2].Check, java[2].Why = Parsed, noLibrary
	add(java)
	csharp := backend("csharp", "C#", "csharp", "CreateSession.cs", "SessionStatus.cs", "FollowUp.cs")
	for _, made := range csharp {
		made.Check, made.Why = NotRun, noCompiler
	}
	add(csharp)

	const page = "Show the code and follow the steps"
	const phone = "Claim the session and start the provider’s SDK"
	return append(all,
		Snippet{Page, "websocket", "WebSocket", "", page, "html", "page/websocket.html", Run, ""},
		Snippet{Page, "baton-js", "baton.js", "", page, "html", "page/handoff.html", Run, ""},
		Snippet{Page, "element", "Element", "", page, "html", "page/element.html", Run, ""},
		Snippet{Page, "react", "React", "", page, "tsx", "page/react/IdentityCheck.tsx", Run, ""},
		Snippet{Page, "vue", "Vue", "", page, "vue", "page/vue/IdentityCheck.vue", Run, ""},
		Snippet{Page, "angular", "Angular", "", page, "ts", "page/angular/identity-check.component.ts", Run, ""},
		Snippet{Phone, "kotlin", "Kotlin", "", phone, "kotlin", "phone/HandoffActivity.kt", NotRun, noPhone},
		Snippet{Phone, "swift", "Swift", "", phone, "swift", "phone/HandoffController.swift", NotRun, noPhone},
		Snippet{Phone, "flutter", "Flutter", "", phone, "dart", "phone/handoff.dart", NotRun, noPhone},
	)
}
