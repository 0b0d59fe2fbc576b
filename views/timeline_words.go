package views

// TimelineWords are those of the presenter's timeline. What the parties said stays as it was said: methods, paths, headers,
// bodies and frames, and the notes on them.
type TimelineWords struct {
	Lead        string
	Sessions    string
	Waiting     string
	Running     string
	Completed   string
	Failed      string
	Cancelled   string
	Newest      string
	Nothing     string
	Gone        string
	GoneNote    string
	GoneOthers  string
	GoneNone    string
	Begin       string // {start}
	StartPage   string
	Session     string // {id}
	Life        string // {since} {until}
	OnlyOne     string
	All         string
	Secrets     string // {curl}
	Dropped     Plural // {n}
	Legend      string
	LeftOut     string
	Kept        string // {sessions} {entries} {size}
	FromTo      string // {from} {to}
	InProcess   string // {what}
	Shown       string
	Hide        string
	Reveal      string
	BodyOf      string // {message}
	AsCurl      string // {curl}
	AsCommand   string
	CopyCommand string
}

// TimelineScriptWords are what timeline.js says.
type TimelineScriptWords struct {
	Live        string
	Lost        string
	Ended       string
	NotLoaded   string
	NotDone     string
	Newer       string
	Copied      string
	Selected    string
	CopyCommand string
}
