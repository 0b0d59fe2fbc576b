package specimen

import (
	"github.com/a-h/templ"

	"baton/views"
)

func integrate(sandbox bool) templ.Component {
	page := views.IntegratePage{Server: "https://baton.example.com", Parties: []views.SnippetParty{
		{ID: "backend", Title: "Your backend", Intro: "Creates.", Tabs: []views.SnippetTab{
			{ID: "backend-curl", Name: "curl", Snippets: []views.Snippet{
				{ID: "backend-curl-create", Title: "Create a session", File: "create.sh", Text: "curl '<https://baton.example.com>'\n", Tested: true, Note: "Run."},
				{ID: "backend-curl-status", Title: "Read its status", File: "status.sh", Text: "curl\n", Site: true, Note: "Not run here."},
			}},
		}},
		{ID: "page", Title: "Your page", Intro: "Shows.", Tabs: []views.SnippetTab{
			{ID: "page-element", Name: "Element", Snippets: []views.Snippet{{ID: "page-element", Title: "Show", File: "element.html", Text: "<baton-handoff></baton-handoff>\n"}}},
		}},
		{ID: "phone", Title: "The phone", Intro: "Reads.", Tabs: []views.SnippetTab{
			{ID: "phone-kotlin", Name: "Kotlin", Snippets: []views.Snippet{{ID: "phone-kotlin", Title: "Claim", File: "Handoff.kt", Text: "class Handoff\n"}}},
		}},
	}}
	for _, party := range page.Parties {
		for _, tab := range party.Tabs {
			for i := range tab.Snippets {
				one := &tab.Snippets[i]
				one.Path = "/integrate/files/" + tab.Name + "/" + one.File
				one.Run = "curl -O " + page.Server + one.Path + "\nsh " + one.File + "\n"
			}
		}
	}
	if sandbox {
		page.Alone = true
		page.Sandbox = &views.SandboxAccess{ClientID: "sandbox", ClientSecret: "sandbox"}
	}
	return views.Integrate(page)
}
