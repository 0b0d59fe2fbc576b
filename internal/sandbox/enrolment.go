package sandbox

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/json" // matches keys exactly and refuses doubled ones, unlike encoding/json

	"baton/internal/enrolment"
)

// Outcome is what the sandbox makes of an enrolment: one that the provider brings about, or Incomplete.
type Outcome = enrolment.Outcome

// The outcomes. All but Success, ImagesGone, SlowProvider and Incomplete are results that a backend must refuse.
const (
	Success           = enrolment.OutcomeSuccess
	FaceMismatch      = enrolment.OutcomeFaceMismatch
	DocumentTampering = enrolment.OutcomeDocumentTampering
	ChipInvalid       = enrolment.OutcomeChipInvalid
	BackgroundHit     = enrolment.OutcomeBackgroundHit
	TamperedResult    = enrolment.OutcomeTamperedResult
	ExpiredResult     = enrolment.OutcomeExpiredResult
	ImagesGone        = enrolment.OutcomeImagesGone
	SlowProvider      = enrolment.OutcomeSlowProvider

	Incomplete Outcome = "incomplete" // the enrolment failed or was cancelled; the result has what was done
)

// Outcomes returns those that an enrolment can name, Success first.
func Outcomes() []Outcome {
	all := slices.DeleteFunc(enrolment.Outcomes(), func(o Outcome) bool { return o.ByPhone() })
	return append(all, Incomplete)
}

// Enrolment is the body of POST /api/v1/enrolment/{sessionId}: what a phone has done. Unknown keys are ignored.
type Enrolment struct {
	// Data is the session's own, as the claim gave it: Base64 of the reader app's JSON.
	Data string `json:"data"`
	// Documents are the ids of the specimens, one for each document of Data; empty ones and missing ones at the end
	// are the defaults of their types.
	Documents []string `json:"documents,omitempty"`
	// Outcome is what was chosen for the session if it is empty, where that is the provider's to bring about, else Success.
	Outcome Outcome `json:"outcome,omitempty"`
	// Steps are the services that were done, in the order of the plan; missing is all of it. A service that is left
	// out was skipped, which only READ can be, or, with Incomplete, not reached.
	Steps []string `json:"steps,omitzero"`
}

// order is a checked enrolment: what a result is to be made of.
type order struct {
	sessionID string
	config    enrolment.Config
	outcome   Outcome
	documents []ordered
	checked   bool // the lists were looked at
}

// ordered is one document of an order.
type ordered struct {
	specimen            enrolment.Specimen
	scanned, read, face bool // what was done
}

func (s *Sandbox) enrol(w http.ResponseWriter, r *http.Request) {
	id, ok := sessionID(w, r)
	if !ok {
		return
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, codeInput, "Send the body as application/json.")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		unreadable(w, err)
		return
	}
	var handedIn Enrolment
	if err := json.Unmarshal(body, &handedIn); err != nil {
		refuse(w, http.StatusBadRequest, codeInput, "The body must be one JSON object: `data` and `outcome` strings, `documents` and `steps` arrays of strings.")
		return
	}
	if handedIn.Outcome == "" { // from a phone that does not ask itself
		wished := handedIn
		wished.Outcome = s.take(id).Outcome
		if _, err := wished.order(id, s.now()); err == nil && wished.Outcome.ByProvider() { // else it cannot be had
			handedIn = wished
		}
	}
	o, err := handedIn.order(id, s.now())
	if wrong, isWrong := errors.AsType[*orderError](err); isWrong {
		refuse(w, http.StatusBadRequest, wrong.code, wrong.sentence)
		return
	}
	// A session's result stays its client's.
	if kept, err := s.store.Result(r.Context(), id, s.now()); err == nil && kept.ClientID != s.clientID {
		refuse(w, http.StatusForbidden, codeForbidden, "This session's result is another client's.")
		return
	} else if err != nil && !errors.Is(err, ErrNotFound) {
		s.broken(w, r, "read a result", err)
		return
	}
	result, err := s.result(o)
	if err == nil {
		result.HandedIn = handedIn.digest()
		err = s.store.SaveResult(r.Context(), result, s.now())
	}
	switch {
	case errors.Is(err, ErrHasResult):
		refuse(w, http.StatusConflict, codeHasResult, "This session has a result already, and it stays as it is. Start a new session for another one.")
		return
	case err != nil:
		s.broken(w, r, "make a result", err)
		return
	}
	if o.outcome == SlowProvider {
		s.delay(id)
	}
	s.log.InfoContext(r.Context(), "sandbox has a result", "session", id, "outcome", string(o.outcome))
	w.WriteHeader(http.StatusNoContent)
}

// digest tells a repeated call from another enrolment.
func (e Enrolment) digest() []byte {
	text, _ := json.Marshal(e) // strings always can be
	sum := sha256.Sum256(text)
	return sum[:]
}

// orderError says what is wrong with an enrolment.
type orderError struct{ code, sentence string }

func (e *orderError) Error() string { return e.sentence }

func badOrder(format string, args ...any) *orderError {
	return &orderError{codeInput, fmt.Sprintf(format, args...)}
}

func (e Enrolment) order(sessionID string, now time.Time) (order, error) {
	config, err := enrolment.Parse(e.Data)
	if err != nil {
		return order{}, badOrder("`data` is not what the reader app understands: %s.", err)
	}
	o := order{sessionID: sessionID, config: config, outcome: e.Outcome}
	if o.outcome == "" {
		o.outcome = Success
	}
	if !slices.Contains(Outcomes(), o.outcome) {
		return order{}, badOrder("`outcome` must be one of %s.", joined(Outcomes()))
	}
	if len(e.Documents) > len(config.Documents) {
		return order{}, badOrder("`documents` has %d entries, `data` asks for %d.", len(e.Documents), len(config.Documents))
	}
	for i, document := range config.Documents {
		chosen := ""
		if i < len(e.Documents) {
			chosen = e.Documents[i]
		}
		specimen, known := enrolment.SpecimenFor(document.Type, chosen)
		if !known {
			return order{}, badOrder("`documents[%d]` is not a specimen of %s.", i, document.Type)
		}
		o.documents = append(o.documents, ordered{specimen: specimen})
	}
	if err := o.take(e.Steps); err != nil {
		return order{}, err
	}
	for i, d := range o.documents {
		if d.scanned && d.specimen.Expired(now) && !config.Documents[i].ExpiredAllowed {
			return order{}, &orderError{codeExpired, fmt.Sprintf("The document of `documents[%d]` has expired. Use one that is valid.", i)}
		}
	}
	return o, o.checkOutcome()
}

// take goes through the plan and marks what was done.
func (o *order) take(done []string) error {
	all := done == nil
	if n := len(done); n > 0 && done[n-1] == enrolment.StepInfo {
		done = done[:n-1]
	}
	for _, screen := range o.config.Plan() {
		if screen.Step == "" || screen.Step == enrolment.StepInfo {
			continue
		}
		switch {
		case all:
		case len(done) > 0 && done[0] == screen.Step:
			done = done[1:]
		case screen.Step == enrolment.StepRead && (!screen.ChipRequired || screen.SkipAfter > 0):
			continue // skipped
		case o.outcome == Incomplete && len(done) == 0:
			continue // not reached
		default:
			return badOrder("`steps` does not follow the plan of `data`: %s is missing there or stands in another place.", screen.Step)
		}
		switch screen.Step {
		case enrolment.StepScan:
			o.documents[screen.Document].scanned = true
		case enrolment.StepRead:
			o.documents[screen.Document].read = true
		case enrolment.StepFace:
			o.documents[screen.Document].face = true
		case enrolment.StepBackgroundCheck:
			o.checked = true
		}
	}
	if len(done) > 0 {
		return badOrder("`steps` has %d entries too many for the plan of `data`, or one that is in no place of it.", len(done))
	}
	return nil
}

// checkOutcome refuses an outcome that the enrolment cannot have.
func (o *order) checkOutcome() error {
	some := func(have func(ordered) bool) bool { return slices.ContainsFunc(o.documents, have) }
	switch {
	case o.outcome == FaceMismatch && !some(func(d ordered) bool { return d.face }):
		return badOrder("The outcome face_mismatch needs an enrolment in which a face was compared.")
	case o.outcome == ChipInvalid && !some(func(d ordered) bool { return d.read }):
		return badOrder("The outcome chip_invalid needs an enrolment in which a chip was read.")
	case o.outcome == BackgroundHit && !o.checked:
		return badOrder("The outcome background_hit needs an enrolment with a background check.")
	case o.outcome == Incomplete && !o.config.HandsInIncomplete(o.scans()):
		return badOrder("The outcome incomplete needs returnDataForIncompleteSession in `data` and a SCAN in `steps`.")
	}
	return nil
}

func (o *order) scans() []string {
	var steps []string
	for _, d := range o.documents {
		if d.scanned {
			steps = append(steps, enrolment.StepScan)
		}
	}
	return steps
}

func joined(outcomes []Outcome) string {
	names := make([]string, len(outcomes))
	for i, o := range outcomes {
		names[i] = string(o)
	}
	return strings.Join(names, ", ")
}
