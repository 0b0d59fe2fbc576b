package enrolment

import (
	"maps"
	"slices"
	"strings"
)

// Type is a document type that the provider is known to have. The list is no closed one: any other name may be asked for.
type Type struct {
	Name    string // such as UAE_ID
	Country string // whose it is: an ISO 3166-1 alpha-3 code, or one of those below
	Kind    string // what it is, a key of Kinds such as ID
}

const (
	AnyCountry = ""    // the Country of types that are no single country's
	Somaliland = "RSL" // which ISO 3166-1 does not have
	Emirates   = "UAE" // which is ARE there
)

// Kinds returns the kinds of documents, in English by the part of a type's name that follows the country.
func Kinds() map[string]string { return maps.Clone(kinds) }

var kinds = map[string]string{
	"BVN": "Bank verification number", "DL": "Driving licence", "ID": "Identity card", "ID_DIGITAL": "Digital identity card",
	"ID_INVESTOR": "Investor’s identity card", "ID_NATIONAL": "Citizen’s identity card", "ID_NATIONAL_MRZ": "Citizen’s identity card, by its machine-readable zone",
	"ID_RESIDENT": "Resident’s identity card", "NIN": "National identification number", "PAN": "Tax card (PAN)",
	"MRZ": "Anything with a machine-readable zone", "PASSPORT": "Passport", "PASSPORT_DIGITAL": "Digital passport", "SSNIT": "Social security card", "VISA": "Visa", "VL": "Vehicle licence",
	"VL_PDF": "Vehicle licence as a PDF", "VOTER_ID": "Voter’s card",
}

const typeNames = `BHR_DL BHR_ID BHR_VL COD_DL COD_VOTER_ID DEU_ID DZA_ID EGY_ID GBR_DL GBR_ID GHA_DL GHA_ID GHA_SSNIT GHA_VOTER_ID
	IDN_ID IND_ID IND_PAN IRQ_ID IRQ_ID_NATIONAL IRQ_ID_RESIDENT JOR_VL KEN_ID KWT_ID KWT_ID_NATIONAL KWT_ID_RESIDENT LBN_DL LBN_ID
	MAR_ID NGA_BVN NGA_DL NGA_NIN NGA_VOTER_ID NLD_DL OMN_DL OMN_ID OMN_ID_INVESTOR OMN_ID_NATIONAL OMN_ID_NATIONAL_MRZ
	OMN_ID_RESIDENT OMN_VL PAK_ID PHL_DL QAT_DL QAT_ID QAT_ID_NATIONAL QAT_ID_RESIDENT QAT_VL RSL_ID RWA_ID SAU_DL SAU_ID
	SAU_ID_NATIONAL SAU_ID_RESIDENT SAU_VL SDN_DL SDN_ID SDN_VL SEN_ID SOM_ID TUN_ID TUR_ID UAE_DL UAE_ID UAE_ID_DIGITAL
	UAE_PASSPORT_DIGITAL UAE_VISA UAE_VL UAE_VL_PDF UGA_ID UGA_VOTER_ID USA_DL ZAF_DL ZAF_ID`

var types = knownTypes()

func knownTypes() []Type {
	known := []Type{
		{Passport, AnyCountry, "PASSPORT"}, {"GENERIC_ID", AnyCountry, "ID"}, {"MRZ", AnyCountry, "MRZ"}, {"PASSPORT_OMN", "OMN", "PASSPORT"},
	}
	for _, name := range strings.Fields(typeNames) {
		country, kind, _ := strings.Cut(name, "_")
		known = append(known, Type{Name: name, Country: country, Kind: kind})
	}
	slices.SortStableFunc(known, func(a, b Type) int {
		if order := strings.Compare(a.Country, b.Country); order != 0 || a.Country == AnyCountry {
			return order // the passport, which is asked for most, stays first
		}
		return strings.Compare(a.Name, b.Name)
	})
	return known
}

// Types returns the known types by country code, those of many countries first.
func Types() []Type { return slices.Clone(types) }

// TypeOf returns what is known of a type, and false for an unknown name.
func TypeOf(name string) (Type, bool) {
	k := slices.IndexFunc(types, func(t Type) bool { return t.Name == name })
	if k < 0 {
		return Type{}, false
	}
	return types[k], true
}

// chipped are the countries and types whose chips the provider reads.
var chipped = []string{
	"DZA_ID", "BHR_ID", "GHA_ID", "IRQ_ID", "NLD_DL", "OMN_ID", "MAR_ID", "QAT_ID", "SAU_ID", "SEN_ID", "TUR_ID", UAEID, Passport,
	"GENERIC_ID", "MRZ",
}

// HasChip reports whether the provider is known to read the chip of a type, or of the general type that it belongs to.
func HasChip(documentType string) bool {
	return !strings.HasSuffix(documentType, "_DIGITAL") && slices.ContainsFunc(chipped, func(t string) bool {
		return documentType == t || strings.HasPrefix(documentType, t+"_")
	})
}
