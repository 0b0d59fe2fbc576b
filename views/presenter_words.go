package views

// PresenterWords are around the presenter's pages.
type PresenterWords struct {
	Pages     string
	Start     string
	Console   string
	Timeline  string
	Brand     string
	Integrate string
	Reference string

	Underneath  string
	ItsTimeline string
	Wished      string // {outcome} {code}
}
