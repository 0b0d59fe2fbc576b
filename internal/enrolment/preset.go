package enrolment

// Preset is an enrolment with a name to choose it by.
type Preset struct {
	Name   string
	Config Config
}

// Presets returns those that come with the program; the first is Default.
func Presets() []Preset {
	passport := New(Passport)
	passport.FacialRecognition.Enabled = true

	emirates := New(UAEID)
	emirates.Documents[0].Reading.Enabled = true
	emirates.FacialRecognition.Enabled = true
	emirates.BackgroundCheck.Enabled = true

	two := New(Passport, UAEID)
	two.FacialRecognition.Enabled = true

	return []Preset{
		{"Passport with NFC + face + background check", Default()},
		{"Passport + face", passport},
		{"Emirates ID with NFC + face + background check", emirates},
		{"Two documents", two},
		{"Minimum", New(Passport)},
	}
}
