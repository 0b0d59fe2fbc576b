package handoff

// Confirm is what the phone must do before it may claim.
type Confirm string

// The kinds of confirmation.
const (
	ConfirmNone   Confirm = ""
	ConfirmPrompt Confirm = "prompt" // agree to what it is told of who asks
	ConfirmNumber Confirm = "number" // and enter the two digits that the page shows
)

// MaxTries is how often a number may be entered wrongly before the session ends.
const MaxTries = 2

// ReasonConfirmationFailed and ReasonNotMe are why the server itself ends a session.
const (
	ReasonConfirmationFailed = "CONFIRMATION_FAILED"
	ReasonNotMe              = "NOT_ME"
)

// Protection is how a session guards its claim, chosen when it is created. The zero value is the seed's contract: whoever
// holds the ticket may claim, watch and delete.
type Protection struct {
	Once     bool    // one phone only: the first that calls is bound by its Device
	Separate bool    // the page has a secret of its own, and the ticket can neither watch nor delete
	Confirm  Confirm // implies Once and Separate
	Rotate   bool    // the picture changes every RotationStep; implies Once and Separate
}

// whole is p with what its parts imply.
func (p Protection) whole() Protection {
	if p.Confirm != ConfirmNone || p.Rotate {
		p.Once, p.Separate = true, true
	}
	return p
}

func (p Protection) check() error {
	switch p.Confirm {
	case ConfirmNone, ConfirmPrompt, ConfirmNumber:
		return nil
	}
	return newError(CodeInvalidInput, "`confirm` is none, prompt or number.")
}

// Policy is what a server demands of every creation.
type Policy struct {
	Strict bool // nothing less than every protection, and a token of the phone's own
}

// Allows answers CodeInvalidInput, naming what is missing, for a creation that the policy does not allow. ownToken says
// that the creation names a token for the phone, be it an empty one, so that the backend's bearer is not handed out.
func (p Policy) Allows(c Creation, ownToken bool) error {
	if !p.Strict {
		return nil
	}
	missing := ""
	for _, demand := range []struct {
		met  bool
		name string
	}{
		{c.Protection.Once, "`claim: \"once\"`"}, {c.Protection.Separate, "`separatePage: true`"},
		{c.Protection.Confirm == ConfirmNumber, "`confirm: \"number\"`"}, {c.Protection.Rotate, "`rotate: true`"}, {ownToken, "`token`"},
	} {
		if !demand.met {
			if missing != "" {
				missing += ", "
			}
			missing += demand.name
		}
	}
	if missing == "" {
		return nil
	}
	return newError(CodeInvalidInput, "This server's policy is strict. Ask in the creation for what is missing: "+missing+".")
}
