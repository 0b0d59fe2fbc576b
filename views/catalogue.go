package views

import "golang.org/x/text/language"

// Words are everything that the translated pages say in one language. Each field is an area, and for each there is a file
// in words/<language>/, with the names below as keys. What stands in braces in a text is put in by the page. A page names a
// word whole, as in words.Home.Start: a test looks for that, and fails for a word that nobody uses.
type Words struct {
	Language        LanguageWords
	Layout          LayoutWords
	Home            HomeWords
	Register        RegisterWords
	RegisterScript  RegisterScriptWords
	Verify          VerifyWords
	Review          ReviewWords
	Done            DoneWords
	Phone           PhoneWords
	PhoneScript     PhoneScriptWords
	Wish            WishWords
	Presenter       PresenterWords
	Designer        DesignerWords
	DesignerScript  DesignerScriptWords
	Tasks           TaskWords // of the designer
	BrandForm       BrandFormWords
	BrandFormScript BrandFormScriptWords
	Timeline        TimelineWords
	TimelineScript  TimelineScriptWords

	// Tables. UNKNOWN is what stands for a key that a table lacks.
	Problems  map[string]string        // with a field of the form, by registration's codes; {example}
	Notices   map[string]string        // what a page can be asked to say once
	Reasons   map[string]Reason        // by the provider's codes; page and phone say the same
	Steps     map[string]string        // by service: things to do on the phone
	Documents map[string]DocumentWords // by type, or kind of type
	Checks    map[string]string        // what was checked of a result
	Outcomes  map[string]string        // and how that came out
	Errors    map[string]ErrorWords    // by the wire's codes, and some of the pages' own
	Wishes    map[string]OutcomeWords  // by the names of outcomes on the wire; presenters choose them
	Said      map[string]string        // what a presenter's page can be asked to say once
	Refusals  map[string]string        // why it did not do something, by enrolment's codes and its own
	Findings  map[string]string        // what is to be said of an enrolment, by its codes
	Flags     map[string]string        // by fields of an enrolment that are on or off
	Kinds     map[string]KindWords     // by kinds of documents
	Remarks   map[string]string        // what is to be said of a brand, by package brand's codes
	Tints     map[string]string        // by the names of the design's colours
	Presets   map[string]string        // by the names of those that come with the program
	Parties   map[string]string        // of a timeline
	Messages  map[string]string        // what a call has, and a channel
	Doings    map[string]string        // what a party does within another's process

	language Language
	tag      language.Tag
}

// LanguageWords are what a language is, and how it writes dates and numbers.
type LanguageWords struct {
	Name      string // in itself
	Direction string // ltr or rtl
	// Locale is by whose customs numbers and dates are written, here and in the pages' scripts. Arabic is ar-AE, whose
	// digits are the Latin ones; it says so itself (-u-nu-latn), because libraries differ about it.
	Locale    string
	Date      string // {day} {month} {year}
	Moment    string // {date} {time}
	Universal string // {time}: a time of day where the reader's time zone is not known
	Months    [12]string
	Comma     string // {before} {after}: two of several things
	And       string // {before} {after}: the last two of them
}

// LayoutWords stand around every page.
type LayoutWords struct {
	SkipToContent string
	Demonstration string
	Invented      string // {brand}
	PeopleOnly    string // in its place where somebody chose the brand, which may well be real
	Steps         string
	StepOf        string // {n} {of}
	StepDone      string
	Details       string
	Verify        string
	Review        string
	Finish        string
}

// HomeWords are the first page's.
type HomeWords struct {
	Title             string
	Heading           string
	Lead              string // {things}
	Minutes           string
	Start             string
	Integrate         string
	Console           string
	MiniatureLabel    string
	MiniatureDetails  string
	MiniatureScan     string
	MiniatureDocument string
	MiniatureVerified string
	Pause             string
	Play              string
	TheAnimation      string
}

// RegisterWords are the form's.
type RegisterWords struct {
	Title        string
	TitleErrors  string
	Lead         string // {documents}
	LookAgain    string
	Name         string
	NameHint     string
	Email        string
	EmailHint    string
	Country      string
	CountryLived string
	Choose       string
	Consent      string
	ConsentGiven string
	Continue     string
	Offer        string // {name}
	Fill         string
}

// RegisterScriptWords are what register.js says.
type RegisterScriptWords struct {
	MinutesLeft   Plural // {n}
	SecondsLeft   Plural // {n}
	Checking      string
	Reconnecting  string
	ScanAgain     string
	TryingAgainIn string // {time}
	CopyLink      string
	Copied        string
	CopiedSaid    string
	CopySelected  string
	CopyAgain     string
	CopyFailed    string
	Phone         string
}

// VerifyWords are the page's that shows the code and follows the phone.
type VerifyWords struct {
	Title     string
	Lead      string // {documents}
	Preparing string
	HowOpen   string
	HowPoint  string
	HowTap    string
	YourCode  string
	CodeLabel string
	CodeValid string
	OnMyPhone string
	CopyLink  string
	LinkLabel string
	OpenHere  string
	Phone     string
	Cancel    string
	ReadySaid string

	Opened     string // {next}
	OpenedNext string
	OpenedSaid string

	ConfirmTitle string
	ConfirmLead  string
	YourNumber   string
	NumberAsked  string
	NumberValid  string
	ConfirmSaid  string // {number}
	WrongNumber  string
	NumberIs     string // {number}

	ClaimedTitle string
	Claimed      string // {keep}
	KeepOpen     string
	ClaimedSaid  string
	StepSaid     string // {before} {state} {step}
	TimeLeft     string
	Finished     string
	StepNow      string
	StepDone     string
	StepSkipped  string

	SecondPhone string
	NotMe       string
	NotMeSaid   string
	Me          string
	MeSaid      string

	CheckingTitle string
	Checking      string
	SeeResult     string

	ExpiredTitle     string
	Expired          string
	ExpiredSaid      string
	UnavailableTitle string
	Unavailable      string
	UnavailableSaid  string
	TryNow           string
	DetailsKept      string
	TryAgain         string
	NewCode          string
	ChangeDetails    string
	RequestID        string // {id}
	Reconnecting     string
	Refresh          string
}

// ReviewWords are the result's.
type ReviewWords struct {
	Title         string
	Heading       string
	Lead          string
	Differs       string // {typed} {says}
	DiffersNote   string
	YourDetails   string
	YouTyped      string
	DocumentSays  string // {document}
	Name          string
	Email         string
	Country       string
	DiffersMark   string
	NotInDocument string
	Checks        string
	CheckOf       string // {document} {check}
	Complete      string

	FullName    string
	Number      string
	Nationality string
	Sex         string
	Female      string
	Male        string
	NotStated   string
	DateOfBirth string
	ValidUntil  string

	Specimen       string // {what}
	SpecimenLabel  string // {what}
	Portrait       string
	PortraitLabel  string
	Selfie         string
	SelfieLabel    string
	PhotoPage      string
	PhotoPageLabel string
	Front          string
	FrontLabel     string
	Back           string
	BackLabel      string

	PicturesGone string
}

// DoneWords are the last page's.
type DoneWords struct {
	Title          string
	Heading        string
	KeepNumber     string
	Stored         string
	Name           string
	NameTyped      string
	Email          string
	Country        string
	Document       string
	DocumentNumber string // {document} {end}
	Verified       string
	Completed      string
	StoredNote     string
	StartOver      string
}
