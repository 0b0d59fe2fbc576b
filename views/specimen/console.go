package specimen

import "baton/views"

func console(change func(*views.ConsolePage)) views.ConsolePage {
	page := views.ConsolePage{
		Chosen: "Minimum", Name: "Minimum", MaxDocuments: 10, Docs: true,
		Presets:   []views.ConsolePreset{{Name: "Minimum", Href: "/console?preset=Minimum", Used: true}, {Name: "Two documents", Href: "/console?preset=Two+documents"}},
		Countries: []views.ConsoleCountry{{Types: []views.ConsoleType{{Name: "PASSPORT", Kind: "PASSPORT"}}}},
		Documents: []views.ConsoleDocument{{Kind: "PASSPORT", Fields: map[string]string{"documentType": "PASSPORT", "timeoutInSeconds": "-1"}, Unknown: `{"new":1}`}},
		General:   map[string]string{"secureWindowsEnabled": "true"},
		Next:      &views.ConsoleNext{Outcomes: Outcomes(), Steps: []string{"SCAN", "INFO"}, Chosen: "user_cancels", At: "SCAN"},
		Tasks: []views.ConsoleTask{
			{Type: "PASSPORT", Kind: "PASSPORT", ChipTried: true, Face: true, ScanLevel: 2, ReadLevel: 3, Attempts: 3}, {Type: "UTO_ID", BothSides: true}, {Lists: "RDC", Asked: true},
		}, JSON: `{"documents":[]}`, Base64: "eyJkb2N1bWVudHMiOltdfQ==",
	}
	if change != nil {
		change(&page)
	}
	return page
}
