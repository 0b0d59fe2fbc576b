package enrolment

import (
	"slices"
	"strings"
)

// Outcome is what a hand-over of the demonstration is made to come to. It is the one list: phones, sandbox, console and
// tests know these names.
type Outcome string

// The outcomes. The first is what happens by itself.
const (
	OutcomeSuccess Outcome = "success"

	// What goes otherwise on the phone.
	OutcomeUserCancels        Outcome = "user_cancels"        // the person stops; see Wish.At
	OutcomeUnreadableDocument Outcome = "unreadable_document" // no camera makes sense of the document
	OutcomeExpiredDocument    Outcome = "expired_document"    // the document has expired
	OutcomeNFCUnavailable     Outcome = "nfc_unavailable"     // the phone cannot read chips: skipped, or the end where the chip is required
	OutcomeTooManyAttempts    Outcome = "too_many_attempts"   // the face never matches
	OutcomeSessionExpires     Outcome = "session_expires"     // the app's time is over; see Wish.At
	OutcomeNetworkCut         Outcome = "network_cut"         // the phone loses its network and finds it again; see Wish.At

	// What the provider says or does.
	OutcomeFaceMismatch      Outcome = "face_mismatch"      // the result says that the face is another person's
	OutcomeDocumentTampering Outcome = "document_tampering" // the document's photo was changed
	OutcomeChipInvalid       Outcome = "chip_invalid"       // the chip's data is not what the country signed
	OutcomeBackgroundHit     Outcome = "background_hit"     // the person is on a list
	OutcomeTamperedResult    Outcome = "tampered_result"    // the result was changed after it was signed
	OutcomeExpiredResult     Outcome = "expired_result"     // the result's exp has passed
	OutcomeImagesGone        Outcome = "images_gone"        // the result's images are there no more
	OutcomeSlowProvider      Outcome = "slow_provider"      // the result comes late
)

var (
	phoneOutcomes = []Outcome{
		OutcomeUserCancels, OutcomeUnreadableDocument, OutcomeExpiredDocument, OutcomeNFCUnavailable, OutcomeTooManyAttempts,
		OutcomeSessionExpires, OutcomeNetworkCut,
	}
	providerOutcomes = []Outcome{
		OutcomeFaceMismatch, OutcomeDocumentTampering, OutcomeChipInvalid, OutcomeBackgroundHit,
		OutcomeTamperedResult, OutcomeExpiredResult, OutcomeImagesGone, OutcomeSlowProvider,
	}
	outcomeSteps = map[Outcome]string{
		OutcomeNFCUnavailable: StepRead, OutcomeChipInvalid: StepRead,
		OutcomeTooManyAttempts: StepFace, OutcomeFaceMismatch: StepFace,
		OutcomeBackgroundHit: StepBackgroundCheck,
	}
)

// Outcomes returns all of them: success, the phone's, the provider's.
func Outcomes() []Outcome {
	return slices.Concat([]Outcome{OutcomeSuccess}, phoneOutcomes, providerOutcomes)
}

// Known reports whether it is one of the list.
func (o Outcome) Known() bool { return slices.Contains(Outcomes(), o) }

// ByPhone reports whether the phone brings it about.
func (o Outcome) ByPhone() bool { return slices.Contains(phoneOutcomes, o) }

// ByProvider reports whether the provider brings it about: a phone hands the name in with what it has.
func (o Outcome) ByProvider() bool { return slices.Contains(providerOutcomes, o) }

// Timed reports whether it happens when a step comes, which Wish.At names.
func (o Outcome) Timed() bool {
	return o == OutcomeUserCancels || o == OutcomeSessionExpires || o == OutcomeNetworkCut
}

// Needs is the service without which it cannot happen; "" for none.
func (o Outcome) Needs() string { return outcomeSteps[o] }

// Wish is an outcome that somebody has chosen. The zero Wish is no choice.
type Wish struct {
	Outcome Outcome `json:"outcome"`
	At      string  `json:"at,omitempty"` // the service before which a timed outcome happens; "" for the first
}

// Check says in a *Refusal, whose words are for whoever has chosen, why an enrolment with these services cannot come to
// the wish. Unknown outcomes are errors, too. The zero Wish always can.
func (w Wish) Check(steps []string) error {
	switch {
	case w == Wish{}:
		return nil
	case !w.Outcome.Known():
		return w.refused("OUTCOME_UNKNOWN", "choices", OutcomeNames())
	case w.At != "" && !w.Outcome.Timed():
		return w.refused("STEP_NEEDLESS")
	case w.At != "" && !slices.Contains(steps, w.At):
		return w.refused("STEP_MISSING", "step", w.At, "choices", strings.Join(steps, ", "))
	case w.Outcome.Needs() != "" && !slices.Contains(steps, w.Outcome.Needs()):
		return w.refused("NEEDS_" + w.Outcome.Needs())
	}
	return nil
}

func (w Wish) refused(code string, values ...string) error {
	return &Refusal{Code: code, Values: append([]string{"outcome", string(w.Outcome)}, values...)}
}

// Check is Wish.Check with all that the enrolment says.
func (c Config) Check(w Wish) error {
	if err := w.Check(c.Steps()); err != nil {
		return err
	}
	if w.Outcome == OutcomeExpiredDocument && !slices.ContainsFunc(c.Documents, func(d Document) bool { return !d.ExpiredAllowed }) {
		return w.refused("NEEDS_EXPIRY")
	}
	return nil
}

// OutcomeNames lists them for a sentence.
func OutcomeNames() string {
	var names []string
	for _, o := range Outcomes() {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}

// ForSteps returns an enrolment of passports that leads through these services, in their order: for a session that names
// its steps and has no data that says more. INFO may be missing, and is always the last. It reports false where no
// enrolment has that order.
func ForSteps(steps []string) (Config, bool) {
	if n := len(steps); n > 0 && steps[n-1] == StepInfo {
		steps = steps[:n-1]
	}
	c := New()
	for _, step := range steps {
		last := len(c.Documents) - 1
		switch {
		case step == StepScan && len(c.Documents) < MaxDocuments:
			d := New(Passport).Documents[0]
			c.Documents = append(c.Documents, d)
		case step == StepRead && last >= 0:
			c.Documents[last].Reading.Enabled = true
		case step == StepFace:
			c.FacialRecognition.Enabled = true
		case step == StepBackgroundCheck:
			c.BackgroundCheck.Enabled = true
		}
	}
	var planned []string
	for _, screen := range c.Plan() {
		if screen.Step != "" && screen.Step != StepInfo {
			planned = append(planned, screen.Step)
		}
	}
	return c, len(c.Documents) > 0 && slices.Equal(planned, steps)
}
