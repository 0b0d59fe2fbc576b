package specimen

import "baton/views"

// brandForm is a brand that is in use. Its preview has the design's colours: those of a brand are made by the server.
func brandForm() views.BrandPage {
	return views.BrandPage{
		Name: "Specimen Bank", NameArabic: "بنك العينة", Light: "#0b6e4f", LightIs: "#0b6e4f", Dark: "#5fd3a6", DarkIs: "#5fd3a6", LogoPath: Picture("portrait"), MaxLogo: 64,
		Current: views.Brand{Name: "Specimen Bank", NameArabic: "بنك العينة"}, Back: views.ExampleBank, Docs: true,
		Ratios: []views.BrandRemark{
			{Code: "READS", Values: []string{"colour", "#0b6e4f", "mode", "light", "front", "accent", "back", "accent-soft", "ratio", "5.52", "least", "4.5"}},
			{Code: "READS", Values: []string{"colour", "#5fd3a6", "mode", "dark", "front", "accent", "back", "sunken", "ratio", "7.85", "least", "4.5"}},
		},
	}
}

// brandWrong is one whose colour cannot be read.
func brandWrong() views.BrandPage {
	return views.BrandPage{
		Name: "Specimen Bank", Light: "#ffd400", LightIs: "#ffd400", DarkIs: "#ffd400", MaxLogo: 64, Current: views.Brand{Name: views.ExampleBank}, Docs: true,
		Wrong: "brand-mend-first",
		Problems: []views.BrandProblem{{
			Field: "light", Instead: "#826b00",
			BrandRemark: views.BrandRemark{Code: "ILLEGIBLE", Values: []string{"colour", "#ffd400", "near", "#826b00", "mode", "light", "front", "accent", "back", "accent-soft", "ratio", "1.25", "least", "4.5"}},
		}},
		Notes: []views.BrandRemark{{Code: "DARK_SAME", Values: []string{"near", "#ffd400"}}},
	}
}
