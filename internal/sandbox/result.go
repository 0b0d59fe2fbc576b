package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"baton/internal/enrolment"
)

const (
	imageIDBytes = 12

	successLevel  = 5 // match levels of a face
	mismatchLevel = 1

	// expiredFor is how long ago an expired result expired: more than any clock is off.
	expiredFor = 10 * time.Minute
)

// fields are a part of a result whose keys depend on the document's type.
type fields map[string]any

type resultClaims struct {
	Issuer   string     `json:"iss"`
	Audience string     `json:"aud"`
	ID       string     `json:"jti"`
	IssuedAt int64      `json:"iat"`
	Expires  int64      `json:"exp"`
	Data     resultData `json:"data"`
}

type resultData struct {
	Source        fields           `json:"source"`
	Documents     []resultDocument `json:"documents"`
	Verifications []fields         `json:"verifications"`
	Background    fields           `json:"backgroundCheck,omitempty"`
}

// resultDocument is one document; parts that were not run are null.
type resultDocument struct {
	Type    string      `json:"documentType"`
	Scan    fields      `json:"scan"`
	Reading fields      `json:"reading"`
	Face    *resultFace `json:"face"`
	Lookup  fields      `json:"lookup"`
}

type resultFace struct {
	Match           bool    `json:"match"`
	Level           int     `json:"matchLevel"`
	Error           *string `json:"error"`
	FalseAcceptRate *string `json:"falseAcceptRate"`
	SelfieID        string  `json:"auditTrailImageId"`
	SelfieChecksum  string  `json:"auditTrailImageIdChecksum"`
}

// result makes the signed result of an order, with its pictures.
func (s *Sandbox) result(o order) (Result, error) {
	now := s.now()
	issued := now
	if o.outcome == ExpiredResult {
		issued = now.Add(-s.lifetime - expiredFor)
	}
	m := maker{order: o}
	data, err := m.data()
	if err != nil {
		return Result{}, err
	}
	claims := resultClaims{
		Issuer: Issuer, Audience: s.clientID, ID: o.sessionID,
		IssuedAt: issued.Unix(), Expires: issued.Add(s.lifetime).Unix(), Data: data,
	}
	signed, err := s.sign(claims)
	if err != nil {
		return Result{}, err
	}
	if o.outcome == TamperedResult {
		if signed, err = withAnotherName(signed, claims); err != nil {
			return Result{}, err
		}
	}
	if o.outcome == ImagesGone {
		m.images = nil // the result names them, and they are there no more
	}
	return Result{SessionID: o.sessionID, ClientID: s.clientID, JWS: signed, Images: m.images, ExpiresAt: now.Add(s.lifetime)}, nil
}

// withAnotherName changes who the result is about and leaves the signature as it was.
func withAnotherName(signed string, claims resultClaims) (string, error) {
	front := claims.Data.Documents[0].Scan["front"].(fields)
	front["fullName"] = "MALLORY FORGED"
	changed, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sandbox: encode claims: %w", err)
	}
	parts := strings.Split(signed, ".")
	parts[1] = base64url(changed)
	return strings.Join(parts, "."), nil
}

// maker puts a result together and gathers its pictures.
type maker struct {
	order
	images []Image
}

func (m *maker) data() (resultData, error) {
	data := resultData{
		Source: fields{ // an address of RFC 5737, which is nobody's
			"sdkType": "KYC_MOBILE", "sdkVersion": "3.8.0", "sourceIp": "203.0.113.10", "devicePlatform": "Android",
			"deviceVersion": "16", "deviceManufacturer": "Baton", "deviceModel": "Phone simulator",
		},
		Documents: []resultDocument{}, Verifications: []fields{},
	}
	for _, d := range m.documents {
		if !d.scanned {
			break
		}
		document, err := m.document(d)
		if err != nil {
			return resultData{}, err
		}
		data.Documents = append(data.Documents, document)
		data.Verifications = append(data.Verifications, m.verification(d))
	}
	if m.checked {
		data.Background = m.background()
	}
	return data, nil
}

func (m *maker) document(d ordered) (resultDocument, error) {
	scan, err := m.scan(d.specimen)
	if err != nil {
		return resultDocument{}, err
	}
	document := resultDocument{Type: d.specimen.Type, Scan: scan}
	if d.read {
		document.Reading = fields{"data": chipFields(d.specimen)}
	}
	if d.face {
		match, level := m.faceMatch()
		shown := d.specimen
		if !match {
			shown = somebodyElse(shown)
		}
		id, checksum, err := m.keep(shown, viewSelfie)
		if err != nil {
			return resultDocument{}, err
		}
		document.Face = &resultFace{Match: match, Level: level, SelfieID: id, SelfieChecksum: checksum}
	}
	return document, nil
}

// scan has the fields that were read, and an id and a checksum for each picture.
func (m *maker) scan(s enrolment.Specimen) (fields, error) {
	front, back := printedFields(s)
	scan := fields{"front": front, "back": back, "backImageId": nil, "backImageIdChecksum": nil}
	views := map[string]view{"faceImageId": viewPortrait, "frontImageId": viewFront, "frontFrameImageId": viewFrontFrame}
	if enrolment.TwoSided(s.Type) {
		maps.Copy(views, map[string]view{"backImageId": viewBack, "backFrameImageId": viewBackFrame})
	}
	if !enrolment.HasFaceStep(s.Type) {
		delete(views, "faceImageId")
		scan["faceImageId"], scan["faceImageIdChecksum"] = nil, nil
	}
	for name, v := range views {
		id, checksum, err := m.keep(s, v)
		if err != nil {
			return nil, err
		}
		scan[name], scan[name+"Checksum"] = id, checksum
	}
	return scan, nil
}

// keep adds a picture to the result under a new id.
func (m *maker) keep(s enrolment.Specimen, v view) (id, checksum string, err error) {
	picture, err := pictures.jpeg(s, v)
	if err != nil {
		return "", "", err
	}
	id = randomHex(imageIDBytes)
	m.images = append(m.images, Image{ID: id, JPEG: picture})
	sum := sha256.Sum256(picture)
	return id, "sha256:" + hex.EncodeToString(sum[:]), nil
}

func (m *maker) faceMatch() (match bool, level int) {
	if m.outcome == FaceMismatch {
		return false, mismatchLevel
	}
	return true, successLevel
}

// somebodyElse is a specimen of the same type and another person.
func somebodyElse(s enrolment.Specimen) enrolment.Specimen {
	for _, other := range enrolment.SpecimensFor(s.Type) {
		if other.Person.ID != s.Person.ID {
			return other
		}
	}
	return s
}

func (m *maker) background() fields {
	check := fields{"type": m.config.BackgroundCheck.CheckType, "match": false, "monitoringId": nil, "content": nil}
	if m.config.BackgroundCheck.Monitoring {
		check["monitoringId"] = newUUID()
	}
	if m.outcome == BackgroundHit {
		check["match"], check["content"] = true, alert(m.documents[0].specimen.Person)
	}
	return check
}
