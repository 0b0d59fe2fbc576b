package views

// Outcome is what a hand-over of the demonstration can be made to come to, as a presenter chooses it.
type Outcome struct {
	Value string // its name, as the wire has it
	Where string // phone, provider, or empty for what happens by itself
	Needs string // the service without which it cannot happen
	Timed bool   // it happens at a step
	Unfit bool   // it cannot happen with what is asked of the phone
}

// OutcomeWords say what a presenter chooses, and what it leads to on the page.
type OutcomeWords struct{ Name, Leads string }

// WishWords are around the choice.
type WishWords struct {
	ComesTo      string
	ByConsole    string
	OnPhone      string
	AtProvider   string
	Needs        string // {service}
	When         string
	FirstScreen  string
	BeforeStep   string // {step} {service}
	HowWell      string
	SamePerson   string // {n}
	SomebodyElse string // {n}
}

// Wished returns the words for an outcome; an unknown one is named as it is.
func (w *Words) Wished(value string) OutcomeWords {
	if words, ok := w.Wishes[value]; ok {
		return words
	}
	return OutcomeWords{Name: value}
}

// OutcomeLeads says in English what an outcome leads to; nothing for an unknown one.
func OutcomeLeads(value string) string { return catalogue[English].Wished(value).Leads }
