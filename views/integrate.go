package views

// IntegratePage is the page that integrators copy from.
type IntegratePage struct {
	Server  string // as people reach it
	Alone   bool   // Server is an address of the machine that it runs on, which no phone reaches
	Parties []SnippetParty
	Sandbox *SandboxAccess // nil: the server has no stand-in for the provider
}

// SandboxAccess is how a visitor gets a bearer of the sandbox. It is public.
type SandboxAccess struct {
	ClientID, ClientSecret string
}

// SnippetParty is a section: what one of the parties runs.
type SnippetParty struct {
	ID    string // backend, page or phone
	Title string
	Intro string
	Tabs  []SnippetTab
}

// SnippetTab is a language, or a way, with its snippets.
type SnippetTab struct {
	ID       string // an anchor on the page
	Name     string
	Snippets []Snippet
}

// Snippet is one file to copy.
type Snippet struct {
	ID     string // an anchor on the page; its tab's where the tab has no other
	Title  string
	File   string // the name to save it under
	Path   string // where it can be downloaded
	Run    string // what fetches it, and what runs it, as lines for a terminal
	Text   string
	Site   bool   // it is a whole site
	Tested bool   // the tests run it
	Note   string // what the tests do with it, as a sentence
}

// quickSite is a snippet that is a whole site.
type quickSite struct {
	Snippet
	Language string
}

// id names its lines at the page's top.
func (s quickSite) id() string { return "quick-" + s.ID }

// sites are the snippets that are a whole site, with their languages.
func (p IntegratePage) sites() []quickSite {
	var sites []quickSite
	for _, party := range p.Parties {
		for _, tab := range party.Tabs {
			for _, one := range tab.Snippets {
				if one.Site {
					sites = append(sites, quickSite{one, tab.Name})
				}
			}
		}
	}
	return sites
}

func (p IntegratePage) contents() []DocsEntry {
	entries := []DocsEntry{{Label: "In five minutes", Anchor: "quick"}}
	for _, party := range p.Parties {
		entry := DocsEntry{Label: party.Title, Anchor: party.ID}
		for _, tab := range party.Tabs {
			entry.Below = append(entry.Below, DocsEntry{Label: tab.Name, Anchor: tab.ID})
		}
		entries = append(entries, entry)
	}
	return entries
}
