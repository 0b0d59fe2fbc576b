package web

import (
	"errors"
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"baton/internal/enrolment"
	"baton/internal/registration"
	"baton/views"
)

// consoleCountries are the known document types by country, in the order that readers of these words look them up in;
// those of many countries come first.
func consoleCountries(words *views.Words) []views.ConsoleCountry {
	var all []views.ConsoleCountry
	before := ""
	for i, t := range enrolment.Types() {
		if i == 0 || t.Country != before {
			all = append(all, views.ConsoleCountry{Name: countryName(words, t.Country)})
		}
		before = t.Country
		country := &all[len(all)-1]
		country.Types = append(country.Types, views.ConsoleType{Name: t.Name, Kind: t.Kind})
	}
	order := collate.New(words.Tag())
	slices.SortStableFunc(all, func(a, b views.ConsoleCountry) int { return order.CompareString(a.Name, b.Name) }) // none is the least
	return all
}

// countryName names the country of a document type; it is empty for that of many.
func countryName(words *views.Words, country string) string {
	switch country {
	case enrolment.AnyCountry:
		return ""
	case enrolment.Somaliland:
		return words.Designer.Somaliland
	case enrolment.Emirates:
		country = "ARE"
	}
	region, err := language.ParseRegion(country) // of three letters; its own name has two
	if err != nil {
		return country
	}
	name, ok := registration.CountryName(words.Tag(), region.String())
	if !ok {
		return country
	}
	return name
}

func consoleTasks(config enrolment.Config, words *views.Words) []views.ConsoleTask {
	var all []views.ConsoleTask
	for _, task := range config.Tasks() {
		one := views.ConsoleTask{
			Type: task.DocumentType, BothSides: task.BothSides,
			ChipTried: task.Chip == enrolment.ChipTried, ChipRequired: task.Chip == enrolment.ChipRequired,
			Face: task.Face, ScanLevel: task.ScanLevel, ReadLevel: task.ReadLevel, Attempts: task.MaxAttempts,
			Lists: task.Lists, Asked: task.Asked, Monitored: task.Monitoring,
		}
		if t, known := enrolment.TypeOf(task.DocumentType); known {
			one.Country, one.Kind = countryName(words, t.Country), t.Kind
		}
		all = append(all, one)
	}
	return all
}

// refusal is what the page says of an error of the enrolment's; nil for any other.
func refusal(err error) *views.ConsoleRefusal {
	if refused, ok := errors.AsType[*enrolment.Refusal](err); ok {
		return &views.ConsoleRefusal{Code: refused.Code, Values: refused.Values}
	}
	if field, ok := errors.AsType[*enrolment.FieldError](err); ok {
		return &views.ConsoleRefusal{Code: "mend-first", Findings: findings([]*enrolment.FieldError{field})}
	}
	return nil
}
