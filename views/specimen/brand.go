package specimen

import "baton/views"

// brandForm is a brand that is in use. Its preview has the design's colours: those of a brand are made by the server.
func brandForm() views.BrandPage {
	return views.BrandPage{
		Name: "Specimen Bank", NameArabic: "بنك العينة", Light: "#0b6e4f", Dark: "#5fd3a6", LogoPath: Picture("portrait"), MaxLogo: "64 KB",
		Current: "Specimen Bank", Back: views.ExampleBank, Docs: true,
		Ratios: []string{
			"#0b6e4f can be read in light mode: at worst the accent on the accent’s soft tint has a contrast of 5.52, and text needs 4.5.",
			"#5fd3a6 can be read in dark mode: at worst the accent on a sunken area has a contrast of 7.85, and text needs 4.5.",
		},
	}
}

// brandWrong is one whose colour cannot be read.
func brandWrong() views.BrandPage {
	return views.BrandPage{
		Name: "Specimen Bank", Light: "#ffd400", MaxLogo: "64 KB", Current: views.ExampleBank, Docs: true,
		Wrong: "Mend what is wrong first; see the checks. Nothing was changed.",
		Problems: []views.BrandProblem{{
			Field: "light", Instead: "#826b00",
			Words: "#ffd400 cannot be read in light mode: the accent on the accent’s soft tint has a contrast of 1.25, and text needs 4.5. The nearest shade that can be read is #826b00.",
		}},
		Notes: []string{"Dark mode has the same colour, #ffd400, which can be read there."},
	}
}
