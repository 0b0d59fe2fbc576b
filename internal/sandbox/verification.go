package sandbox

import (
	"strings"

	"baton/internal/enrolment"
)

// Suspicion scores. The provider's app itself refuses above 50 for screen and print and above 70 for tampering, so a
// result with more was let through by a phone that does not.
const (
	screenScore    = 17.1
	printScore     = 10.5
	cleanScore     = 0.7
	tamperingScore = 92.4
)

// verification is what the provider checked of one document.
func (m *maker) verification(d ordered) fields {
	tampering := cleanScore
	if m.outcome == DocumentTampering {
		tampering = tamperingScore
	}
	v := fields{
		"documentType":              d.specimen.Type,
		"sourceDetection":           fields{"enabled": true, "allowNonPhysicalDocuments": false, "selectedResolution": "2160x3840", "optimalResolution": true},
		"idScreenDetection":         fields{"enabled": true, "score": screenScore},
		"idPrintDetection":          fields{"enabled": true, "score": printScore},
		"idPhotoTamperingDetection": fields{"enabled": true, "score": tampering},
		"dataConsistencyCheck":      fields{"enabled": false, "fields": []fields{}},
		"mrzChecksum":               fields{"enabled": false},
		"reading":                   fields{"enabled": false},
		"biometric":                 fields{"enabled": false},
		"lookup":                    fields{"enabled": false},
	}
	if zone, ok := d.specimen.MRZ(); ok {
		v["mrzChecksum"] = zoneCheck(zone)
	}
	if d.read {
		v["reading"] = chipCheck(m.outcome != ChipInvalid)
		v["dataConsistencyCheck"] = fields{"enabled": true, "fields": consistency(d.specimen)}
	}
	if d.face {
		_, level := m.faceMatch()
		v["biometric"] = fields{"enabled": true, "type": "FACIAL_RECOGNITION", "matchLevel": level}
	}
	return v
}

func zoneCheck(zone enrolment.MRZ) fields {
	digits := make([]fields, len(zone.CheckDigits))
	for i, c := range zone.CheckDigits {
		digits[i] = fields{"fieldName": c.Field, "fieldValue": c.Value, "checkDigit": c.Digit, "valid": true}
	}
	return fields{"enabled": true, "valid": true, "finalCheckDigit": zone.Final, "checkDigits": digits}
}

// chipCheck is the passive authentication: the country signed the signer's certificate, and the signer the data.
func chipCheck(valid bool) fields {
	return fields{
		"enabled": true,
		"passiveAuthentication": fields{
			"enabled": true, "countrySigningCertificateAvailable": true, "documentSigningCertificateAvailable": true,
			"documentSigningCertificateSignatureValid": valid, "documentDataSignatureValid": valid,
		},
		"chipAuthentication":   fields{"enabled": valid},
		"activeAuthentication": fields{"enabled": false},
	}
}

// consistency compares print and chip, which for a specimen say the same.
func consistency(s enrolment.Specimen) []fields {
	name := strings.ToUpper(s.Person.FullName())
	var compared []fields
	for _, f := range []struct{ name, value string }{
		{"fullName", name}, {"documentNumber", s.Number}, {"dateOfBirth", s.Person.Born}, {"dateOfExpiry", s.ValidTo},
	} {
		compared = append(compared, fields{"name": f.name, "match": "MATCH", "sources": []fields{
			{"source": "SCAN", "documentSide": "FRONT", "name": f.name, "value": f.value},
			{"source": "READING", "documentSide": nil, "name": f.name, "value": f.value},
		}})
	}
	return compared
}
