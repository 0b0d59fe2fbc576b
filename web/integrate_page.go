package web

import (
	"github.com/gofiber/fiber/v2"

	"baton/internal/snippets"
	"baton/views"
)

// integrate shows the code that integrators copy, with this server's values.
func (s *Server) integrate(c *fiber.Ctx) error {
	return s.render(c, fiber.StatusOK, views.Integrate(integratePage(s.snippetValues(), s.deps.Sandbox != nil)))
}

// snippetValues are what the page puts into the snippets.
func (s *Server) snippetValues() snippets.Values {
	values := s.deps.Snippets
	values.Server = s.deps.PublicURL.Scheme + "://" + s.deps.PublicURL.Host
	return values
}

var partyWords = map[snippets.Party][2]string{
	snippets.Backend: {"Your backend", "Creates the session, keeps its id with the registration, and at the end fetches the result for this id and checks it. " +
		"It believes neither the page nor the phone."},
	snippets.Page: {"Your page", "Shows the code and the steps. It holds the text of the code, which is the key to the session, and nothing else."},
	snippets.Phone: {"The phone", "Reads the code, takes the session, runs the provider’s SDK with the token and the data that it got, and reports each step, " +
		"a failure too."},
}

func integratePage(values snippets.Values, sandbox bool) views.IntegratePage {
	page := views.IntegratePage{Server: values.Server}
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
			ID: one.ID(), Title: one.Title, File: one.Name(), Text: values.Fill(one.Source()),
			Site: one.Task == snippets.Site, Tested: one.Check == snippets.Run, Note: checkNote(one),
		})
	}
	return page
}

// checkNote says what the tests do with a snippet, no more and no less.
func checkNote(one snippets.Snippet) string {
	switch one.Check {
	case snippets.Run:
		return "Run by our tests against this version."
	case snippets.Parsed:
		return "Not run here: " + one.Why + ". Our tests check its syntax only."
	}
	return "Not run here: " + one.Why + "."
}
