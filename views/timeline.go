package views

import (
	"strconv"
	"strings"
	"time"
)

// TimelinePage is what the parties of a session say to one another, for presenters.
type TimelinePage struct {
	Path     string // of the timelines; a session's id follows
	Live     string // where the page hears of what is new
	Follow   bool   // it shows whatever session is the newest
	Parties  []string
	Party    string // the only one whose entries are shown; empty for all
	Sessions []TimelineSession
	Gone     bool   // asked for was a session of which nothing is kept (any more)
	Known    uint64 // the number of the newest session that there is; the page asks for later ones

	SessionID string // empty where there is none to show
	Rev       uint64 // of the last entry that is drawn
	Began     time.Time
	Until     time.Time
	Dropped   int // entries that were over the limit
	Rows      []TimelineRow

	MaxSessions, MaxEntries int

	Console, Docs bool // there are such pages to lead to
}

// TimelineSession is one to choose.
type TimelineSession struct {
	Name, Href string
	Began      time.Time
	Status     string // as the wire has it; empty where that is not known
	Shown      bool
	Newest     bool // of several
}

func (s TimelineSession) state(w *Words) string {
	switch s.Status {
	case "created":
		return w.Timeline.Waiting
	case "claimed":
		return w.Timeline.Running
	case "completed":
		return w.Timeline.Completed
	case "failed":
		return w.Timeline.Failed
	case "cancelled":
		return w.Timeline.Cancelled
	}
	return ""
}

// TimelineRow is one line of the sequence.
type TimelineRow struct {
	ID       string
	Place    uint64 // in the order of all
	Kind     string // call, answer, frame, close or process
	Nested   bool   // done to answer another call
	From, To int    // lanes, from 0
	Parties  []string
	Since    string
	At       string

	Method, Label, Status, Took string
	Failed                      bool

	// What follows is there where Detailed is set.
	Detailed bool
	Messages []TimelineMessage
	Curl     string
	NoCurl   string // why there is none
	Hides    bool   // there are secrets in it
	Revealed bool
	Action   string // where it is asked for them
	Number   string
}

// TimelineMessage is one side of a call, or a frame.
type TimelineMessage struct {
	Title, Status string
	Line          []Piece
	Headers       []TimelineHeader
	Body          []Piece
	Note          string
}

// TimelineHeader is a header.
type TimelineHeader struct {
	Name  string
	Value []Piece
}

// Piece is a part of a text; of a secret it has the name, and shows that or the secret itself.
type Piece struct{ Text, Secret string }

func (p TimelinePage) docsPage(w *Words) DocsPage {
	links := []Link{{Label: w.Presenter.Start, Href: "/"}}
	if p.Console {
		links = append(links, Link{Label: w.Presenter.Console, Href: "/console"})
	}
	links = append(links, Link{Label: w.Presenter.Timeline, Href: p.Path})
	if p.Console {
		links = append(links, Link{Label: w.Presenter.Brand, Href: "/console/brand"})
	}
	if p.Docs {
		links = append(links, Link{Label: w.Presenter.Integrate, Href: "/integrate"}, Link{Label: w.Presenter.Reference, Href: "/reference"})
	}
	return DocsPage{Words: w, Script: w.scriptWords(w.TimelineScript), Title: w.Presenter.Timeline, Current: p.Path, Links: links, Styles: []string{"timeline.css"}, Modules: []string{"timeline.js"}}
}

// here is the address of what is shown, with only a party's entries where one is named.
func (p TimelinePage) here(party string) string {
	address := p.Path
	if !p.Follow && p.SessionID != "" {
		address += "/" + p.SessionID
	}
	if party != "" {
		address += "?party=" + strings.ToLower(party)
	}
	return address
}

func (p TimelinePage) file(name string) string { return p.Path + "/" + p.SessionID + "/" + name }

func (r TimelineRow) classes() string {
	classes := "entry " + r.Kind + " from-" + strconv.Itoa(r.From) + " to-" + strconv.Itoa(r.To)
	if r.To < r.From {
		classes += " back"
	}
	if r.Nested {
		classes += " nested"
	}
	if r.Failed {
		classes += " failed"
	}
	for _, party := range r.Parties {
		classes += " of-" + strings.ToLower(party)
	}
	return classes
}

// span is from the left one of the two lanes to the right one.
func (r TimelineRow) span() string {
	return "arrow left-" + strconv.Itoa(min(r.From, r.To)) + " right-" + strconv.Itoa(max(r.From, r.To))
}

// words say a row to those who do not see the arrow.
func (r TimelineRow) words(w *Words) string {
	if len(r.Parties) < 2 {
		return ""
	}
	from, to := r.Parties[0], r.Parties[1]
	if r.Kind == "answer" {
		from, to = to, from
	}
	return fill(w.Timeline.FromTo, "from", inTable(w.Parties, from), "to", inTable(w.Parties, to))
}
