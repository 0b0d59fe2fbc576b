package infoapi

import (
	"time"

	"baton/internal/registration"
)

// data is a result's `data`, as far as a registration keeps it. Any part may be absent or null on a real tenant, and
// more may come; what is there must have its shape.
type data struct {
	Documents     []document     `json:"documents"`
	Verifications []verification `json:"verifications"`
	Background    *struct {
		Type  text  `json:"type"`
		Match *bool `json:"match"`
	} `json:"backgroundCheck"`
}

type document struct {
	Type text `json:"documentType"`
	Scan *struct {
		Front fields `json:"front"`
		Back  fields `json:"back"`

		FaceID        text `json:"faceImageId"`
		FaceChecksum  text `json:"faceImageIdChecksum"`
		FrontID       text `json:"frontImageId"`
		FrontChecksum text `json:"frontImageIdChecksum"`
		BackID        text `json:"backImageId"`
		BackChecksum  text `json:"backImageIdChecksum"`

		Verifications *verification `json:"verifications"` // where one integrator saw them; documented is data's own
	} `json:"scan"`
	Reading *struct {
		Data fields `json:"data"`
	} `json:"reading"`
	Face *face `json:"face"`
}

type face struct {
	Match          *bool  `json:"match"`
	Level          number `json:"matchLevel"`
	SelfieID       text   `json:"auditTrailImageId"`
	SelfieChecksum text   `json:"auditTrailImageIdChecksum"`
}

// level is 0, which no policy accepts, for what is no level.
func (f *face) level() int {
	if f.Level.value == nil || *f.Level.value < 1 || *f.Level.value > 5 {
		return 0
	}
	return int(*f.Level.value)
}

type verification struct {
	Type      text       `json:"documentType"`
	Screen    *detection `json:"idScreenDetection"`
	Print     *detection `json:"idPrintDetection"`
	Tampering *detection `json:"idPhotoTamperingDetection"`
	MRZ       *struct {
		Enabled *bool `json:"enabled"`
		Valid   *bool `json:"valid"`
	} `json:"mrzChecksum"`
	Reading *struct {
		Passive *struct {
			SignerValid *bool `json:"documentSigningCertificateSignatureValid"`
			DataValid   *bool `json:"documentDataSignatureValid"`
		} `json:"passiveAuthentication"`
	} `json:"reading"`
}

type detection struct {
	Enabled *bool  `json:"enabled"`
	Score   number `json:"score"`
}

// result maps the data. now tells the century of two-digit years.
func (d *data) result(now time.Time) (registration.Result, error) {
	var result registration.Result
	open := make([]*verification, len(d.Verifications))
	for i := range d.Verifications {
		open[i] = &d.Verifications[i]
	}
	for _, doc := range d.Documents {
		if doc.Type == "" {
			return registration.Result{}, refused(registration.RefusalContent, "a document of the result has no type")
		}
		result.Documents = append(result.Documents, doc.result(takeVerification(open, doc), now))
	}
	if d.Background != nil {
		if d.Background.Match == nil {
			return registration.Result{}, refused(registration.RefusalContent, "the background check has no outcome")
		}
		result.Background = &registration.Background{Type: string(d.Background.Type), Match: *d.Background.Match}
	}
	return result, nil
}

// takeVerification finds the first unused verification of the document's type: some documents have none, so the
// position tells nothing.
func takeVerification(open []*verification, d document) verification {
	for i, v := range open {
		if v != nil && v.Type == d.Type {
			open[i] = nil
			return *v
		}
	}
	if d.Scan != nil && d.Scan.Verifications != nil {
		return *d.Scan.Verifications
	}
	return verification{}
}

func (d document) result(v verification, now time.Time) registration.Document {
	mapped := registration.Document{Type: string(d.Type)}
	var printed, chip sides
	if d.Scan != nil {
		printed = sides{d.Scan.Front, d.Scan.Back}
		mapped.Portrait = image(d.Scan.FaceID, d.Scan.FaceChecksum)
		mapped.Front = image(d.Scan.FrontID, d.Scan.FrontChecksum)
		mapped.Back = image(d.Scan.BackID, d.Scan.BackChecksum)
	}
	if d.Reading != nil && len(d.Reading.Data) > 0 {
		mapped.ChipRead, mapped.ChipValid = true, v.chipValid()
		chip = sides{d.Reading.Data, d.Reading.Data.inner("mrz")}
	}
	if d.Face != nil {
		mapped.Selfie = image(d.Face.SelfieID, d.Face.SelfieChecksum)
		mapped.Face = &registration.Face{Match: d.Face.Match != nil && *d.Face.Match, Level: d.Face.level()}
	}
	mapped.MRZValid = v.mrzValid(printed)
	mapped.Scores = registration.Scores{Screen: v.Screen.score(), Print: v.Print.score(), Tampering: v.Tampering.score()}

	// What a chip says is signed by the issuing country, if the signature holds; print is only recognised. So where
	// both are there the chip comes first.
	person := []sides{printed, chip}
	if mapped.ChipValid {
		person = []sides{chip, printed}
	}
	mapped.FullName = first(person, sides.fullName)
	mapped.Nationality = first(person, sides.nationality)
	mapped.Sex = first(person, sides.sex)
	mapped.DateOfBirth = first(person, func(s sides) string { return s.date(now, "dateOfBirth") })
	mapped.ExpiresOn = first(person, func(s sides) string { return s.date(now.AddDate(50, 0, 0), "dateOfExpiry", "expiryDate") })
	mapped.Number = first([]sides{printed, chip}, func(s sides) string { return s.number(mapped.Type) }) // as printed, hyphens and all
	return mapped
}

func image(id, checksum text) registration.Image {
	return registration.Image{ID: string(id), Checksum: string(checksum)}
}

// chipValid: the data is as the signer signed it, and the signer's certificate is the issuing country's. Anything
// less, or nothing said, is not valid.
func (v verification) chipValid() bool {
	if v.Reading == nil || v.Reading.Passive == nil {
		return false
	}
	p := v.Reading.Passive
	return p.SignerValid != nil && *p.SignerValid && p.DataValid != nil && *p.DataValid
}

// mrzValid is nil where nobody checked; one "no" outweighs.
func (v verification) mrzValid(printed sides) *bool {
	var verdicts []bool
	if v.MRZ != nil && v.MRZ.Valid != nil && (v.MRZ.Enabled == nil || *v.MRZ.Enabled) {
		verdicts = append(verdicts, *v.MRZ.Valid)
	}
	for _, side := range printed {
		if verified, ok := side["mrzVerified"].(bool); ok {
			verdicts = append(verdicts, verified)
		}
	}
	if len(verdicts) == 0 {
		return nil
	}
	valid := true
	for _, verdict := range verdicts {
		valid = valid && verdict
	}
	return &valid
}

func (d *detection) score() *float64 {
	if d == nil || (d.Enabled != nil && !*d.Enabled) {
		return nil
	}
	return d.Score.value
}
