package timeline

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"baton/internal/handoff"
)

// Party is one of those who speak.
type Party int

// The parties, in the order in which they stand side by side.
const (
	Page     Party = iota // the browser that shows the code
	Phone                 // the app that scans it
	Backend               // the customer's server; the demo's registration is one
	Baton                 // this server
	Provider              // who verifies identities, or the sandbox
)

var partyNames = [...]string{"Page", "Phone", "Backend", "Baton", "Provider"}

func (p Party) String() string { return partyNames[p] }

// Parties are all of them.
func Parties() []Party { return []Party{Page, Phone, Backend, Baton, Provider} }

// Kind is what an entry is.
type Kind int

// The kinds.
const (
	Call      Kind = iota // a request and its answer
	Frame                 // of a channel
	Close                 // of a channel
	InProcess             // something that one party did within another's process, without a call
)

// Field is a header.
type Field struct {
	Name  string
	Value Text
}

// Message is one side of a call, or a frame. Where the body is not there, or not all of it, Note says why.
type Message struct {
	Headers []Field
	Body    Text
	JSON    bool // what the body is
	Whole   bool // nothing of the body is missing
	Note    string
}

// Entry is one thing that was seen. It is not changed once it is kept.
type Entry struct {
	N     uint64 // numbers what happens in the order in which it began, over all sessions
	Until uint64 // of a call: where its answer stands in that order
	Rev   uint64 // numbers what was kept within its session, in the order in which that was done
	Kind  Kind

	From, To Party
	At       time.Time     // when it began
	Took     time.Duration // of a call, until its answer

	Method  string
	Origin  string // scheme and host that were called
	Path    Text   // with the query
	Status  int
	Request Message // or the frame
	Answer  Message

	Title   string // of what is no call
	Nesting bool   // of a call: others were made to answer it, and follow
	Nested  bool   // made to answer another
	size    int

	about handoff.SessionID // what is done in process is done to this one
}

// Parts reports whether the entry is p's.
func (e Entry) Parts(p Party) bool { return e.From == p || e.To == p }

// Route is the path without what differs from session to session.
func (e Entry) Route(id handoff.SessionID) string {
	path, _, _ := strings.Cut(e.Path.String(), "?")
	return imageIDs.ReplaceAllString(strings.ReplaceAll(path, string(id), "{sessionId}"), "/img/{imageId}")
}

var imageIDs = regexp.MustCompile(`/img/[^/]+$`)

// Exchange is a call as it was seen, secrets and all. Nobody keeps it.
type Exchange struct {
	Method, Origin string
	Path           string // with the query
	RequestHeader  http.Header
	Body           []byte
	Status         int
	Header         http.Header
	Answer         []byte
	Taken          bool // the connection became a channel or a stream, whose frames follow

	// Secrets are values that the caller knows to be secret, with what each is called.
	Secrets map[string]string
}

// Of says which session something belongs to, and until when that exists. The zero value is none.
type Of struct {
	Session handoff.SessionID
	Until   time.Time
}

// Pretty is the body with a line for each member, where it is JSON.
func (m Message) Pretty() Text {
	var pretty bytes.Buffer
	if !m.JSON || json.Indent(&pretty, []byte(m.Body), "", "  ") != nil {
		return m.Body
	}
	return Text(pretty.String())
}
