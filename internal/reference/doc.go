// Package reference reads the documents that describe the server's interface, OpenAPI 3.1 and AsyncAPI 3, into a model
// that a page can draw: calls, frames, errors, fields, examples. It reads what our documents use of the two formats and
// checks neither; tests hold the documents to their formats and to the server.
package reference

// Reference is everything that the page shows.
type Reference struct {
	About      string
	Groups     []Group
	Everywhere []Answer // answers that no call declares, because they come before a call is known
	Channel    Channel
	Errors     []Error
	Closes     []Close
}

// Group is the calls of one party.
type Group struct {
	Name        string
	Description string
	Calls       []Call
}

// Call is one operation of the HTTP API.
type Call struct {
	ID          string
	Method      string
	Path        string
	Summary     string
	Description string
	Credentials []string // any of them is enough; none where the call takes none
	Parameters  []Field
	Bodies      []Object // one, or each of those that the body may be
	Requests    []Example
	Answers     []Answer
}

// Field is one member of an object, or one parameter.
type Field struct {
	Name        string // of a member of a member: with the outer names before it
	In          string // path, query or header, of a parameter
	Type        string // in words
	Required    bool
	Description string
}

// Object is the members of a JSON object.
type Object struct {
	Title       string
	Description string
	Fields      []Field
}

// Example is text to be read, or sent.
type Example struct {
	Title string
	Text  string
}

// Answer is one status of a call.
type Answer struct {
	Status      string
	Description string
	Codes       []string // of an error
	Object      Object   // of a success that has a JSON body
	Examples    []Example
}

// Channel is what is said over the WebSocket.
type Channel struct {
	About  string
	Path   string
	First  []Frame // from the page
	Frames []Frame // from the server
}

// Frame is one kind of frame.
type Frame struct {
	Name     string
	Title    string
	Summary  string
	Text     string // what it holds, where it is no object
	Object   Object
	Examples []Example
}

// Error is what a code means.
type Error struct {
	Code     string
	Statuses []string
	Close    string // "" for none
	Means    string
	Do       string
}

// Close is one way in which a channel ends.
type Close struct {
	Code    string
	Reasons []string
	Again   bool
	Means   string
}
