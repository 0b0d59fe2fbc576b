package sandbox

import (
	"encoding/base64"
	"maps"
	"strings"

	"baton/internal/enrolment"
)

func base64url(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

// printedFields are what a camera reads on both sides; back is empty for one-sided documents. PASSPORT and UAE_ID have
// the provider's fields. Every other type has a front as UAE_ID's, which is what most cards show, and a back with the
// document's number alone: the real ones have a table for each country.
func printedFields(s enrolment.Specimen) (front, back fields) {
	p := s.Person
	zone, hasZone := s.MRZ()
	if s.Type == enrolment.Passport {
		front = zoneFields(s, zone)
		maps.Copy(front, fields{
			"fullName": strings.ToUpper(p.FullName()), "fullNameArabic": nil, "passportNumber": s.Number, "passportType": "P",
			"passportCountryCode": p.Nationality, "identityNumber": p.IdentityNumber, "gender": p.Sex,
			"placeOfBirth": strings.ToUpper(p.PlaceOfBirth), "placeOfIssue": strings.ToUpper(s.IssuedAt), "chipAvailable": s.HasChip,
		})
		date(front, "dateOfBirthFull", p.Born)
		date(front, "dateOfExpiryFull", s.ValidTo)
		date(front, "issueDate", s.IssuedOn)
		return front, fields{}
	}
	front = fields{"identityNumber": groupedIdentity(p.IdentityNumber), "fullName": p.FullName(), "nationality": p.NationalityName, "gender": p.Sex}
	date(front, "dateOfBirth", p.Born)
	date(front, "issueDate", s.IssuedOn)
	date(front, "dateOfExpiry", s.ValidTo)
	switch {
	case hasZone:
		back = zoneFields(s, zone)
		maps.Copy(back, fields{"cardNumber": s.Number, "occupation": p.Occupation, "employer": p.Employer})
	case enrolment.TwoSided(s.Type):
		back = fields{"documentNumber": s.Number}
	default:
		front["documentNumber"], back = s.Number, fields{}
	}
	return front, back
}

// zoneFields are those of the machine-readable zone.
func zoneFields(s enrolment.Specimen, zone enrolment.MRZ) fields {
	f := fields{
		"documentCode": zone.DocumentCode, "issuer": zone.Issuer, "primaryId": strings.ToUpper(s.Person.Surname),
		"secondaryId": strings.ToUpper(s.Person.GivenNames), "nationality": s.Person.Nationality, "documentNumber": s.Number,
		"dateOfBirth": zone.DateOfBirth, "dateOfBirthFormatted": s.Person.Born, "dateOfExpiry": zone.DateOfExpiry,
		"dateOfExpiryFormatted": s.ValidTo, "sex": s.Person.Sex, "opt1": zone.Optional1,
		"mrzText": strings.Join(zone.Lines, "\n"), "mrzVerified": true,
	}
	if zone.Optional2 != "" {
		f["opt2"] = zone.Optional2
	}
	return f
}

// date adds a printed date, day first, and its twin in ISO 8601.
func date(f fields, name, iso string) {
	f[name], f[name+"Formatted"] = iso[8:10]+"/"+iso[5:7]+"/"+iso[:4], iso
}

// chipFields are what a chip says. Types other than PASSPORT and UAE_ID have a passport's, which any travel document
// by ICAO 9303 has.
func chipFields(s enrolment.Specimen) fields {
	p := s.Person
	if s.Type == enrolment.UAEID {
		return fields{
			"idNumber": p.IdentityNumber, "cardNumber": s.Number, "idType": "IL", "issueDate": chipDate(s.IssuedOn, "+04:00"),
			"expiryDate": chipDate(s.ValidTo, "+04:00"), "title": "No Title", "fullName": strings.ToUpper(p.GivenNames + ",,,,," + p.Surname + ","),
			"arabicFullName": nil, "sex": p.Sex, "nationality": p.Nationality, "arabicNationality": nil, "dateOfBirth": chipDate(p.Born, "+00:00"),
			"occupation": p.Occupation, "companyName": p.Employer, "passportNumber": "X" + s.Number[1:], "passportCountry": p.Nationality,
			"passportIssueDate": chipDate(s.IssuedOn, "+00:00"), "passportExpiryDate": chipDate(s.ValidTo, "+00:00"),
			"residencyNumber": "00000000000000", "residencyExpiryDate": chipDate(s.ValidTo, "+04:00"), "sponsorName": nil,
			"sponsorUnifiedNumber": "00000000", "homeAddressEmail": p.Email, "homeAddressMobilePhoneNo": p.Phone,
			"homeAddressResidentPhoneNo": p.Phone, "homeAddressEmirateDesc": "Sample", "homeAddressEmirateCode": "00",
			"homeAddressCityDesc": p.PlaceOfBirth, "homeAddressAreaDesc": "Sample", "homeAddressAreaCode": "00",
		}
	}
	gender := "MALE"
	if p.Sex == "F" {
		gender = "FEMALE"
	}
	born, validTo := s.Person.Born, s.ValidTo
	return fields{
		"mrz": fields{
			"documentCode": "P", "issuingState": p.Nationality, "primaryIdentifier": strings.ToUpper(p.Surname),
			"secondaryIdentifier": strings.ToUpper(p.GivenNames), "nationality": p.Nationality, "documentNumber": s.Number,
			"dateOfBirth": born[2:4] + born[5:7] + born[8:10], "dateOfExpiry": validTo[2:4] + validTo[5:7] + validTo[8:10],
			"gender": gender, "optionalData1": strings.Repeat("<", 14) + "0", "optionalData2": nil,
		},
		"countrySigningCertificate": fields{
			"serialNumber": "1", "publicKeyAlgorithm": "RSA", "subject": "C=UT,O=Utopia,CN=Specimen CSCA 01",
			"certificateThumbprint": strings.Repeat("0", 40), "validFrom": "2018-01-01T00:00:00.000+00:00",
		},
	}
}

func chipDate(iso, zone string) string { return iso + "T00:00:00.000" + zone }

// alert is a hit on a list, in the shape of the provider's source. Everything about it is invented.
func alert(p enrolment.Person) fields {
	return fields{
		"alertDt": "2030-01-01T00:00:00",
		"nonReviewedAlertEntity": []fields{{
			"sysId": strings.Repeat("0", 32), "rdcURL": "https://example.invalid/entity", "entityId": 1, "entityTyp": "P",
			"entityName": p.FullName(), "matchScore": 91, "riskScore": 75,
			"pepTypes": fields{"pepType": []fields{{"type": "AMB", "level": 3, "fromDate": "1/1/2020", "position": "Ambassador of Utopia (specimen)"}}},
			"event": []fields{{
				"eventDt": "2020-01-01", "eventDesc": "Specimen of an entry; it is about nobody.",
				"category": fields{"categoryCode": "PEP", "categoryDesc": "Person Political"}, "subCategory": fields{"categoryCode": "ASC", "categoryDesc": "Associated with, Seen with"},
				"source": fields{"format": "Specimen", "entityDt": "2020-01-01", "sourceURL": "https://example.invalid", "sourceName": "Specimen"},
			}},
			"sources": fields{"source": []fields{{"headline": "Specimen", "sourceURL": "https://example.invalid", "sourceName": "Specimen"}}},
			"postAddr": []fields{{
				"locatorTyp": "PEP", "city": p.PlaceOfBirth, "addr1": "1 Sample Street", "stateProv": "SS", "postalCode": "00000",
				"countryCode": fields{"countryCodeValue": "UT"},
			}},
			"attribute": []fields{{"attCode": "PTY", "attVal": "AMB:L3", "attDesc": "PEP Type"}},
			"rels":      fields{"rel": []fields{}}, "alias": []fields{}, "birthDt": []fields{}, "identification": []fields{},
		}},
	}
}
