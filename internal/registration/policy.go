package registration

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"baton/internal/handoff"
)

// The provider's own limits for its suspicion scores: above them its SDK rejects a document.
const (
	maxScreenScore    = 50
	maxPrintScore     = 50
	maxTamperingScore = 70
)

// The provider's default levels for a face, against the printed portrait and against the chip's.
const (
	defaultScanLevel = 2
	defaultReadLevel = 3
)

// faceless are the types of documents that show no face, so that none is compared.
var faceless = []string{"UAE_VL", "SDN_VL", "UAE_VL_PDF", "OMN_VL"}

// Policy is what a registration demands of an authentic result. The phone's app keeps to the same rules, but runs in
// other people's hands; so they are checked again where it counts.
type Policy struct {
	Documents  []DocumentPolicy // what was asked for, in any order; empty accepts any documents but none
	Face       bool             // a face must have been compared with some document at least
	Background bool             // a background check must have been made
}

// DocumentPolicy is what was asked for of one document.
type DocumentPolicy struct {
	Type           string
	ExpiredAllowed bool
	ChipRequired   bool // it must have been read, not skipped
	FaceRequired   bool // the face must have been compared with this one: else it could be somebody else's
	ScanLevel      int  // at least this match level where the face was compared with the printed portrait
	ReadLevel      int  // the same where the chip was read; it holds the better portrait
}

// PolicyOf reads the policy from the enrolment's data where that is the reader app's JSON in Base64. Data is opaque
// otherwise; then the steps tell what must be there, and the documents' types are not checked.
func PolicyOf(data string, steps []handoff.Step) Policy {
	policy := Policy{
		Face:       slices.Contains(steps, handoff.StepFace),
		Background: slices.Contains(steps, handoff.StepBackgroundCheck),
	}
	text, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return policy
	}
	type levels struct {
		Scan, Read int
	}
	var enrolment struct {
		Documents []struct {
			DocumentType string `json:"documentType"`
			Reading      struct {
				Enabled        bool `json:"enabled"`
				IsForceReading bool `json:"isForceReading"`
				Timeout        int  `json:"timeoutInSeconds"`
			} `json:"reading"`
			IsExpiredDocumentAllowed bool `json:"isExpiredDocumentAllowed"`
			ScanLevel                int  `json:"faceScanMinimumMatchLevel"`
			ReadLevel                int  `json:"faceReadMinimumMatchLevel"`
		} `json:"documents"`
		BackgroundCheck struct {
			Enabled bool `json:"enabled"`
		} `json:"backgroundCheck"`
		FacialRecognition struct {
			Enabled   bool `json:"enabled"`
			ScanLevel int  `json:"scanMinimumMatchLevel"`
			ReadLevel int  `json:"readMinimumMatchLevel"`
		} `json:"facialRecognition"`
	}
	if json.Unmarshal(text, &enrolment) != nil {
		return policy
	}
	policy.Background = policy.Background || enrolment.BackgroundCheck.Enabled
	general := levels{
		Scan: firstPositive(enrolment.FacialRecognition.ScanLevel, defaultScanLevel),
		Read: firstPositive(enrolment.FacialRecognition.ReadLevel, defaultReadLevel),
	}
	for _, d := range enrolment.Documents {
		policy.Documents = append(policy.Documents, DocumentPolicy{
			Type:           d.DocumentType,
			ExpiredAllowed: d.IsExpiredDocumentAllowed,
			ChipRequired:   d.Reading.Enabled && d.Reading.IsForceReading && d.Reading.Timeout <= 0, // a time-out offers to skip
			FaceRequired:   enrolment.FacialRecognition.Enabled && !slices.Contains(faceless, d.DocumentType),
			ScanLevel:      firstPositive(d.ScanLevel, general.Scan),
			ReadLevel:      firstPositive(d.ReadLevel, general.Read),
		})
	}
	return policy
}

// types are those of the documents, in their order.
func (p Policy) types() []string {
	var types []string
	for _, d := range p.Documents {
		types = append(types, d.Type)
	}
	return types
}

func firstPositive(values ...int) int {
	for _, v := range values {
		if v > 0 { // the app's JSON says "not set" with 0 or -1
			return v
		}
	}
	return 0
}

// check is the last guard before a result counts, whatever the provider's client has checked before. It answers a
// *RefusedError.
func (p Policy) check(r Result, id handoff.SessionID, now time.Time) error {
	if r.SessionID != id {
		return refuse(RefusalSession, "the result is another session's")
	}
	if !now.Before(r.ExpiresAt) {
		return refuse(RefusalExpired, "the result has expired")
	}
	asked, err := p.match(r.Documents)
	if err != nil {
		return err
	}
	// All documents before any face: a refusal says which kind of check failed, and that those before it passed.
	for i, d := range r.Documents {
		if err := checkDocument(d, asked[i], now); err != nil {
			return err
		}
	}
	faces := 0
	for i, d := range r.Documents {
		if err := checkFace(d, asked[i]); err != nil {
			return err
		}
		if d.Face != nil {
			faces++
		}
	}
	switch {
	case p.Face && faces == 0:
		return refuse(RefusalFace, "the face was compared with no document, although that was asked for")
	case p.Background && r.Background == nil:
		return refuse(RefusalBackground, "the background check was not made, although that was asked for")
	case r.Background != nil && r.Background.Match:
		return refuse(RefusalBackground, "the background check found a match")
	}
	return nil
}

// match finds what was asked for of each document of the result. Documents may come in another order, but all of them
// and no others: of two passports each must be there.
func (p Policy) match(documents []Document) ([]DocumentPolicy, error) {
	if len(documents) == 0 {
		return nil, refuse(RefusalContent, "the result has no document")
	}
	asked := make([]DocumentPolicy, len(documents))
	if len(p.Documents) == 0 {
		for i := range asked {
			asked[i] = DocumentPolicy{ScanLevel: defaultScanLevel, ReadLevel: defaultReadLevel}
		}
		return asked, nil
	}
	if len(documents) != len(p.Documents) {
		return nil, refuse(RefusalContent, "the result has %d documents, asked for were %d", len(documents), len(p.Documents))
	}
	open := slices.Clone(p.Documents)
	for i, d := range documents {
		k := slices.IndexFunc(open, func(a DocumentPolicy) bool { return covers(a.Type, d.Type) })
		if k < 0 {
			return nil, refuse(RefusalContent, "document %d is not of a type that was asked for", i+1)
		}
		asked[i] = open[k]
		open = slices.Delete(open, k, k+1)
	}
	return asked, nil
}

// covers accepts a sub-type where its general type was asked for: the provider answers OMN_ID with OMN_ID_NATIONAL
// where it recognised that.
func covers(asked, got string) bool {
	return got == asked || strings.HasPrefix(got, asked+"_")
}

func checkDocument(d Document, asked DocumentPolicy, now time.Time) error {
	over := func(score *float64, limit float64) bool { return score != nil && !(*score <= limit) }
	switch {
	case !asked.ExpiredAllowed && expired(d.ExpiresOn, now):
		return refuse(RefusalDocument, "the document has expired")
	case !asked.ExpiredAllowed && d.ExpiresOn == "" && covers("PASSPORT", d.Type):
		return refuse(RefusalDocument, "the passport bears no expiry that can be read")
	case over(d.Scores.Tampering, maxTamperingScore):
		return refuse(RefusalDocument, "the document's photo looks changed")
	case over(d.Scores.Screen, maxScreenScore):
		return refuse(RefusalDocument, "the document was photographed from a screen")
	case over(d.Scores.Print, maxPrintScore):
		return refuse(RefusalDocument, "the document is a paper copy")
	case d.MRZValid != nil && !*d.MRZValid:
		return refuse(RefusalDocument, "the check digits of the machine-readable zone are wrong")
	case d.ChipRead && !d.ChipValid:
		return refuse(RefusalDocument, "the chip's signature is not valid")
	case asked.ChipRequired && !d.ChipRead:
		return refuse(RefusalDocument, "the chip was not read, although that was asked for")
	}
	return nil
}

// expired: a document is good until the end of its last day, here by UTC. Some documents bear no date, which no passport is
// among; for these the provider's word must do.
func expired(expiresOn string, now time.Time) bool {
	return expiresOn != "" && expiresOn < now.UTC().Format(time.DateOnly)
}

func checkFace(d Document, asked DocumentPolicy) error {
	if d.Face == nil {
		if asked.FaceRequired {
			return refuse(RefusalFace, "the face was not compared with the document, although that was asked for")
		}
		return nil
	}
	level := asked.ScanLevel
	if d.ChipRead {
		level = asked.ReadLevel
	}
	if !d.Face.Match {
		return refuse(RefusalFace, "the face does not match the document")
	}
	if d.Face.Level < level {
		return refuse(RefusalFace, "the face matches at level %d, needed is %d", d.Face.Level, level)
	}
	return nil
}

func refuse(check Refusal, format string, args ...any) *RefusedError {
	return &RefusedError{Check: check, Detail: fmt.Sprintf(format, args...)}
}
