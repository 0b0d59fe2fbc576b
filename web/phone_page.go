package web

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/views"
)

const phoneScreensPath = "/go/screens"

// Whoever has scanned a code.
func (s *Server) registerPhoneRoutes(app *fiber.App) {
	for _, method := range []string{fiber.MethodGet, fiber.MethodHead} {
		app.Add(method, "/go", s.phonePage)
	}
	if s.deps.Sandbox != nil {
		app.Add(fiber.MethodPost, phoneScreensPath, s.phoneScreens)
	}
}

// phonePage is what a code's link leads to. It claims nothing: link previews fetch it too. The ticket stands in the
// link's fragment and never gets here. Without a sandbox nothing could take a result, so no phone is played.
func (s *Server) phonePage(c *fiber.Ctx) error {
	allowFraming(c) // beside the page on a computer
	return s.render(c, fiber.StatusOK, views.Phone(views.PhonePage{
		Simulator: s.deps.Sandbox != nil,
		Sandbox:   sandboxPrefix + "/api/v1/enrolment/",
		Screens:   phoneScreensPath,
		Outcomes:  outcomes(nil),
		Steps:     enrolment.Default().Steps(),
		Reasons:   phoneReasons,
	}))
}

// phoneReasons are what an enrolment on the phone can fail with and has words of its own for.
var phoneReasons = []string{
	"SCAN_DOCUMENT_NOT_RECOGNIZED", "SESSION_EXPIRED", enrolment.ReasonExpired, enrolment.ReasonNoChipReader, enrolment.ReasonTooManyAttempts,
}

// phoneScreens draws the screens that a session's data leads through. The page sends the data that it got with its
// claim; it is instructions, no secret, and nothing is kept of it.
func (s *Server) phoneScreens(c *fiber.Ctx) error {
	body, err := decodeObject(c)
	if err != nil {
		return err
	}
	data, err := body.text("data")
	if err != nil {
		return err
	}
	if len(data) > handoff.MaxData {
		return tooLarge("`data` takes at most 16384 bytes of UTF-8.")
	}
	steps, err := body.texts("steps", maxSteps)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, views.PhoneScreens(phonePlan(data, steps, s.now())))
}

// phonePlan turns a session's data into screens. Data of another form than the reader app's gets an enrolment with the
// session's steps, or a usual one where there are none; the reader app's with a mistake in it gets none.
func phonePlan(data string, steps []string, now time.Time) views.PhonePlan {
	plan := views.PhonePlan{Data: data}
	config, err := enrolment.Parse(data)
	if field, ok := errors.AsType[*enrolment.FieldError](err); ok && field.Path != "" {
		plan.Problem = field.Error()
		return plan
	}
	if err != nil {
		plan.Generic, plan.Empty = true, data == ""
		if config, plan.Listed = enrolment.ForSteps(steps); !plan.Listed {
			config = enrolment.Default()
		}
		plan.Data = config.Encode()
	}
	plan.Steps = config.Steps()
	screens := config.Plan()
	parts, of := phoneParts(screens)
	var done []string
	first := map[int]int{} // a document's first scan, where its specimen is chosen
	for i, screen := range screens {
		drawn := phoneScreen(screen, now)
		drawn.Number, drawn.Of = parts[i], of
		drawn.HandsIn = config.HandsInIncomplete(done)
		switch screen.Kind {
		case enrolment.KindScan:
			_, again := first[screen.Document]
			drawn.Choose = !again
			if !again {
				first[screen.Document] = i
			}
		case enrolment.KindReview:
			drawn.Again = i - 1
		}
		if screen.Step != "" {
			done = append(done, screen.Step)
		}
		plan.Screens = append(plan.Screens, drawn)
	}
	return plan
}

// phoneParts numbers the parts that a person sees, from 1: scanning with all that belongs to it, chip, face, lists.
// Screens that show nothing and the last one belong to none.
func phoneParts(screens []enrolment.Screen) (parts []int, of int) {
	parts = make([]int, len(screens))
	type part struct {
		document int
		what     string
	}
	var current part
	for i, screen := range screens {
		if screen.Silent || screen.Kind == enrolment.KindFinish {
			continue
		}
		next := part{document: screen.Document}
		switch screen.Kind {
		case enrolment.KindRead, enrolment.KindFace:
			next.what = string(screen.Kind)
		case enrolment.KindConsent, enrolment.KindBackground:
			next.what = "lists"
		default:
			next.what = "scan"
		}
		if next != current {
			current, of = next, of+1
		}
		parts[i] = of
	}
	return parts, of
}

func phoneScreen(screen enrolment.Screen, now time.Time) views.PhoneScreen {
	drawn := views.PhoneScreen{
		Kind: string(screen.Kind), Step: screen.Step,
		Document: screen.Document, DocumentType: screen.DocumentType,
		Silent: screen.Silent, NoScreenshots: screen.ScreenshotsBlocked, Upload: screen.UploadOffered,
		Check: screen.CheckType, Monitoring: screen.Monitoring,
	}
	if enrolment.TwoSided(screen.DocumentType) {
		drawn.Side = string(screen.Side)
	}
	switch screen.Kind {
	case enrolment.KindScan, enrolment.KindReview:
		for _, specimen := range enrolment.SpecimensFor(screen.DocumentType) {
			drawn.Specimens = append(drawn.Specimens, views.PhoneSpecimen{
				ID: specimen.ID, Name: specimen.Person.FullName(), Number: specimen.Number, Born: specimen.Person.Born,
				ValidTo: specimen.ValidTo, Expired: specimen.Expired(now), Look: specimen.Person.ID,
				Decision: phoneDecision(screen.Scan(specimen, now)),
			})
		}
	case enrolment.KindRead:
		drawn.NoChip, drawn.SkipAfter = phoneDecision(screen.Open(false)), screen.SkipAfter
	case enrolment.KindFace:
		drawn.Scanned, drawn.ChipRead = faceDecisions(screen, false), faceDecisions(screen, true)
	}
	return drawn
}

func faceDecisions(screen enrolment.Screen, chipWasRead bool) [][]views.PhoneDecision {
	table := make([][]views.PhoneDecision, screen.MaxAttempts)
	for attempt := range table {
		for level := range enrolment.MaxMatchLevel + 1 {
			table[attempt] = append(table[attempt], phoneDecision(screen.Face(attempt+1, level, chipWasRead)))
		}
	}
	return table
}

func phoneDecision(d enrolment.Decision) views.PhoneDecision {
	return views.PhoneDecision{Action: string(d.Action), Reason: d.Reason}
}
