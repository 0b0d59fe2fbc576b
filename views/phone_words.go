package views

// PhoneWords are what the phone says; how its steps and the reasons of its ends are called, page and phone have in common.
type PhoneWords struct {
	Title           string
	Cancel          string
	OutOfReach      string
	NeedsJavaScript string

	// Which app to open, where the page plays no phone.
	OpenApp     string
	OpenThisApp string // {app}
	OpenAnApp   string
	NotAskedFor string

	Asks         string // {asker}
	NeedDocument string
	NeedTime     Plural
	NeedPage     string
	Invented     string
	Caution      string
	Looking      string
	Start        string
	NotNow       string
	NotMe        string

	NumberAsked  string
	NumberWhere  string
	NumberLabel  string
	Continue     string
	NumberAbsent string
	OneMoment    string
	Fetching     string

	StopAsked  string
	StopSaid   string
	GoOn       string
	Stop       string
	NotMeAsked string
	NotMeStops string
	NotMeNoted string
	NotMeSure  string
	GoBack     string

	Step     string
	Progress string // {n} {of}
	LastStep string
	Generic  string // data of another form: a usual verification is played
	// There is no data, or the steps are played that the session expects, or both.
	GenericEmpty, GenericListed, GenericEmptyListed string

	Help         string // {yours}
	HelpHow      string
	HelpDone     string
	Scan         string // {yours}
	ScanFront    string // {yours}
	ScanBack     string // {yours}
	ScanHow      string // {document}
	ScanDo       string
	Upload       string
	Hold         string
	ValidTo      string // {date}
	Expired      string // {date}
	Review       string
	ReviewHow    string // {yours}
	ReviewDone   string
	Again        string
	Picture      string // {name}
	Name         string
	Number       string
	Born         string
	Valid        string
	Chip         string
	ChipHow      string // {document}
	ChipPassport string
	ChipCard     string
	ChipDo       string
	ChipSkip     string
	Face         string
	FaceHow      string
	FaceDo       string
	Blocked      string

	Consent     string
	ConsentHow  string
	Sanctions   string
	Politics    string
	Crime       string
	StateOwned  string
	ListsFrom   string // {checker}
	ListsAgain  string
	Agree       string
	Disagree    string
	Checking    string
	CheckingHow string
	Sending     string
	SendingHow  string

	// What is said while the phone seems to be at work.
	Skip          string
	Scanning      string
	ScanReading   string
	ScanGood      string
	ChipReading   string
	ChipDetails   string
	ChipGenuine   string
	ChipGood      string
	ChipMissing   string
	ChipGoOn      string
	FaceTaking    string
	FaceComparing string
	FaceGood      string
	ListsGood     string

	EndCompleted EndWords
	EndCancelled string
	EndFailed    string // {said} {next}
	EndUnknown   string // {said}
	EndNumber    EndWords
	EndExpired   EndWords
	EndOver      EndWords
	EndTaken     EndWords
	EndStale     EndWords
	EndNotMe     EndWords
	EndNoted     EndWords
	EndNoCode    EndWords
	EndError     EndWords
	MayClose     string
	BackToPage   string
	TryAgain     string
	ThisNotMe    string

	Presenter     string
	ForPresenters string
	Pace          string
	PaceSkip      string
	PaceNormal    string
	PaceSlow      string
	ByItself      string
}

// EndWords are how the phone's last screen says what has happened.
type EndWords struct{ Title, Text string }

// PhoneScriptWords are what the phone's script says.
type PhoneScriptWords struct {
	ChipSkipOffered string
	FaceTries       Plural

	Started     string // {words}: the next four, as far as they are known
	FromBrowser string // {browser}
	FromSystem  string // {system}
	FromPlace   string // {place}
	FromTime    string // {time}

	NumberMissing string
	NumberWrong   string
}
