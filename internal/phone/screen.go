package phone

import (
	"context"

	"baton/internal/client"
	"baton/internal/enrolment"
)

// capture is what the phone has of one document.
type capture struct {
	specimen enrolment.Specimen
	chipRead bool
}

// play does what a person would do on one screen, and reports it.
func (r *run) play(ctx context.Context, index int, screen enrolment.Screen) error {
	if screen.Kind != enrolment.KindFinish {
		r.tell(Progress{State: Began, Kind: screen.Kind, Step: screen.Step})
	}
	if screen.Kind != enrolment.KindHelp && screen.Kind != enrolment.KindReview && !screen.Silent {
		if err := client.Pause(ctx, r.phone.Pace); err != nil {
			return err
		}
	}
	var decision enrolment.Decision
	switch screen.Kind {
	case enrolment.KindScan:
		decision = r.scan(screen)
	case enrolment.KindRead:
		if decision = screen.Open(r.readsChips()); decision.Action == enrolment.Continue {
			r.documents[screen.Document].chipRead = true
		}
	case enrolment.KindFace:
		var err error
		if decision, err = r.face(ctx, screen); err != nil {
			return err
		}
	case enrolment.KindFinish:
		if err := r.handIn(ctx, false); err != nil {
			return err
		}
	}
	switch decision.Action {
	case enrolment.Skip:
		return r.skip(ctx, index, screen.Step, decision.Reason)
	case enrolment.Fail, enrolment.Retry: // a terminal has nothing else to hold before the camera
		return r.end(ctx, statusFailed, decision.Reason)
	}
	if screen.Step == "" {
		return nil
	}
	return r.report(ctx, index, screen.Step)
}

func (r *run) readsChips() bool { return r.wish.Outcome != enrolment.OutcomeNFCUnavailable }

func (r *run) scan(screen enrolment.Screen) enrolment.Decision {
	if r.wish.Outcome == enrolment.OutcomeUnreadableDocument {
		return enrolment.Decision{Action: enrolment.Fail, Reason: reasonUnread}
	}
	taken := &r.documents[screen.Document]
	taken.specimen = r.specimen(screen.DocumentType)
	return screen.Scan(taken.specimen, r.now())
}

// specimen is the document of that type that the phone was given, or the first that fits.
func (r *run) specimen(documentType string) enrolment.Specimen {
	if r.wish.Outcome == enrolment.OutcomeExpiredDocument {
		for _, s := range enrolment.SpecimensFor(documentType) {
			if s.Expired(r.now()) {
				return s
			}
		}
	}
	if s, ok := enrolment.SpecimenFor(documentType, r.phone.Specimens[documentType]); ok {
		return s
	}
	s, _ := enrolment.SpecimenFor(documentType, "")
	return s
}

func (r *run) face(ctx context.Context, screen enrolment.Screen) (enrolment.Decision, error) {
	level := bestMatch
	if r.wish.Outcome == enrolment.OutcomeTooManyAttempts {
		level = 0
	}
	for attempt := 1; ; attempt++ {
		decision := screen.Face(attempt, level, r.documents[screen.Document].chipRead)
		if decision.Action != enrolment.Retry {
			return decision, nil
		}
		r.tell(Progress{State: TryingAgain, Kind: screen.Kind, Step: screen.Step, Reason: decision.Reason})
		if err := client.Pause(ctx, r.phone.Pace); err != nil {
			return enrolment.Decision{}, err
		}
	}
}
