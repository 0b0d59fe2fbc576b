package specimen

import (
	"time"

	"github.com/a-h/templ"

	"baton/views"
)

func review(page views.ReviewPage) templ.Component {
	return worded(func(words *views.Words) templ.Component {
		page.Typed, page.VerifiedAt = typed(words), at
		return views.Review(page)
	})
}

func done() templ.Component {
	return worded(func(words *views.Words) templ.Component {
		return views.Done(views.DonePage{
			Number: "BTN-7KQ4-XM2P", Name: "ANNA SPECIMEN", Typed: typed(words), Type: "PASSPORT", Ends: "000X", VerifiedAt: at, CompletedAt: at.Add(time.Minute),
		})
	})
}

func document() views.Document {
	return views.Document{
		Type: "PASSPORT", FullName: "ANNA SPECIMEN", Number: "L0000000X", Nationality: "UTO", Sex: "F",
		DateOfBirth: "1990-04-01", ExpiresOn: "2031-11-30",
		Portrait: Picture("portrait"), Front: Picture("front"), Selfie: Picture("selfie"),
	}
}

func withoutPictures() views.Document {
	d := document()
	d.Portrait, d.Front, d.Selfie, d.Gone = "", "", "", true
	return d
}

func checks() []views.Check {
	return []views.Check{
		{What: "result", Outcome: "passed", Meaning: views.MeaningDone},
		{What: "document", Outcome: "passed", Meaning: views.MeaningDone},
		{What: "chip", Outcome: "unread", Meaning: views.MeaningAttention},
		{What: "face", Outcome: "passed", Meaning: views.MeaningDone},
		{What: "background", Outcome: "clear", Meaning: views.MeaningDone},
	}
}

// checksOfTwo are those of a passport and of an identity card, whose chip was read.
func checksOfTwo() []views.Check {
	return []views.Check{
		{What: "result", Outcome: "passed", Meaning: views.MeaningDone},
		{What: "document", Outcome: "passed", Meaning: views.MeaningDone, Document: 1, Type: "PASSPORT"},
		{What: "document", Outcome: "passed", Meaning: views.MeaningDone, Document: 2, Type: "UAE_ID"},
		{What: "chip", Outcome: "read", Meaning: views.MeaningDone, Document: 2, Type: "UAE_ID"},
	}
}

func refused() views.RefusedPage {
	return views.RefusedPage{
		SessionID: "0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11", Reason: "FACE_NO_MATCH",
		Underneath: &views.Underneath{Code: "face", Wished: "face_mismatch", Timeline: "/console/timeline/" + Ready().SessionID, Lines: []string{"The result came and failed the check `face`.", "The face does not match the document.", "The phone did its part as usual; the provider's result says otherwise."}},
		Checks: []views.Check{
			{What: "result", Outcome: "passed", Meaning: views.MeaningDone},
			{What: "document", Outcome: "passed", Meaning: views.MeaningDone},
			{What: "chip", Outcome: "reported", Meaning: views.MeaningDone},
			{What: "face", Outcome: "failed", Meaning: views.MeaningWrong},
			{What: "background", Outcome: "open", Meaning: views.MeaningOpen},
		},
	}
}

// refusedForGood is what no other try changes.
func refusedForGood() views.RefusedPage {
	page := refused()
	page.Reason, page.Underneath = "BACKGROUND_REFUSED", nil
	page.Checks[3].Outcome, page.Checks[3].Meaning = "passed", views.MeaningDone
	page.Checks[4].Outcome, page.Checks[4].Meaning = "failed", views.MeaningWrong
	return page
}
