package web

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/internal/snippets"
	"baton/views"
)

// integrate shows the code that integrators copy, with this server's values.
func (s *Server) integrate(c *fiber.Ctx) error {
	return s.render(c, fiber.StatusOK, views.Integrate(integratePage(s.snippetValues(), s.deps.Sandbox != nil)))
}

// integratePrefix stands before the address of each file, which is this, its tab and its name.
const integratePrefix = "/integrate/files/"

func snippetPath(one snippets.Snippet) string { return integratePrefix + one.Tab + "/" + one.Name() }

// integrateFile answers with one file to save, as the page shows it.
func (s *Server) integrateFile(c *fiber.Ctx) error {
	all := snippets.All()
	i := slices.IndexFunc(all, func(one snippets.Snippet) bool { return one.Tab == c.Params("tab") && one.Name() == c.Params("name") })
	if i < 0 {
		return fiber.ErrNotFound
	}
	c.Attachment(all[i].Name()) // and never shown here: some are pages with scripts
	c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
	return c.SendString(s.snippetValues().Fill(all[i].Source()))
}

// snippetValues are what the page puts into the snippets.
func (s *Server) snippetValues() snippets.Values {
	values := s.deps.Snippets
	values.Server = s.deps.PublicURL.Scheme + "://" + s.deps.PublicURL.Host
	return values
}

var partyWords = map[snippets.Party][2]string{
	snippets.Backend: {"Your backend", "Creates the session, keeps its id with the registration, and at the end fetches the result for this id, checks it and decides. " +
		"It believes neither the page nor the phone."},
	snippets.Page: {"Your page", "Shows the code and the steps. It holds the text of the code, which is the key to the session, and nothing else."},
	snippets.Phone: {"The phone", "Reads the code, takes the session, runs the provider’s SDK with the token and the data that it got, and reports each step, " +
		"a failure too."},
}

func integratePage(values snippets.Values, sandbox bool) views.IntegratePage {
	page := views.IntegratePage{Server: values.Server, Alone: isLoopback(values.Server)}
	if sandbox {
		page.Sandbox = &views.SandboxAccess{ClientID: values.ClientID, ClientSecret: values.ClientSecret}
	}
	for _, one := range snippets.All() {
		if n := len(page.Parties); n == 0 || page.Parties[n-1].ID != string(one.Party) {
			words := partyWords[one.Party]
			page.Parties = append(page.Parties, views.SnippetParty{ID: string(one.Party), Title: words[0], Intro: words[1]})
		}
		party := &page.Parties[len(page.Parties)-1]
		tab := string(one.Party) + "-" + one.Tab
		if n := len(party.Tabs); n == 0 || party.Tabs[n-1].ID != tab {
			party.Tabs = append(party.Tabs, views.SnippetTab{ID: tab, Name: one.TabName})
		}
		last := &party.Tabs[len(party.Tabs)-1]
		last.Snippets = append(last.Snippets, views.Snippet{
			ID: one.ID(), Title: one.Title, File: one.Name(), Text: values.Fill(one.Source()), Path: snippetPath(one), Run: runLines(values, one),
			Site: one.Task == snippets.Site, Tested: one.Check == snippets.Run, Note: checkNote(one),
		})
	}
	return page
}

// runLines are what fetches a snippet, and what it needs from this server, and runs it, in an empty folder.
func runLines(values snippets.Values, one snippets.Snippet) string {
	paths := []string{snippetPath(one)}
	switch {
	case one.Task == snippets.Site:
		all := snippets.All()
		paths = append(paths, snippetPath(all[slices.IndexFunc(all, func(other snippets.Snippet) bool { return other.Name() == "element.html" })]))
	case one.Party == snippets.Page && one.Language != "html":
		paths = append(paths, "/baton.d.ts")
	}
	lines := make([]string, 0, len(paths)+1)
	for _, path := range paths {
		lines = append(lines, "curl -O "+values.Server+path)
	}
	if command := one.Command(); command != "" {
		lines = append(lines, command)
	}
	return strings.Join(lines, "\n") + "\n"
}

// isLoopback says whether a public URL leads each device to itself.
func isLoopback(server string) bool {
	address, err := url.Parse(server)
	if err != nil {
		return false
	}
	ip := net.ParseIP(address.Hostname())
	return ip != nil && ip.IsLoopback() || address.Hostname() == "localhost"
}

// checkNote says what the tests do with a snippet, no more and no less.
func checkNote(one snippets.Snippet) string {
	switch one.Check {
	case snippets.Run:
		if with := one.With(); with != "" {
			return "Run by our tests against this version, with " + with + "."
		}
		return "Run by our tests against this version."
	case snippets.Parsed:
		return "Not run here: " + one.Why + ". Our tests check its syntax, and run its decide by itself."
	}
	return "Not run here: " + one.Why + "."
}
