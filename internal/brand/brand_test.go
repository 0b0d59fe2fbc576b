package brand_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"baton/internal/brand"
	"baton/internal/colour"
	"baton/static"
)

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h2v2"/></svg>`

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var encoded bytes.Buffer
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})
	if err := png.Encode(&encoded, img); err != nil {
		t.Fatal(err)
	}
	return encoded.Bytes()
}

// readable holds what a brand's stylesheet says against the design's own demands.
func readable(t *testing.T, b brand.Brand) {
	t.Helper()
	d := brand.NewDress(b)
	if d.Style == "" {
		t.Fatalf("%+v has no stylesheet", b)
	}
	service, err := brand.Open(t.Context(), nil, b, true)
	if err != nil {
		t.Fatal(err)
	}
	file, ok := service.Lookup(d.Style)
	if !ok {
		t.Fatal("the stylesheet is not there")
	}
	plain, dark, _ := strings.Cut(string(file.Body), "@media (prefers-color-scheme: dark)")
	for mode, css := range map[string]string{"light": plain, "dark": dark} {
		colours := map[string]string{"light": "", "dark": ""}
		base := map[string]static.Colours{"light": static.Light, "dark": static.Dark}[mode]
		for name, value := range base {
			colours[name] = value
			if _, rest, found := strings.Cut(css, "--"+name+":"); found {
				colours[name], _, _ = strings.Cut(rest, ";")
			}
		}
		for _, pair := range static.Pairs {
			front, errFront := colour.Parse(colours[pair.Front])
			back, errBack := colour.Parse(colours[pair.Back])
			if got := colour.Contrast(front, back); errFront != nil || errBack != nil || got < pair.Least {
				t.Errorf("%s, %+v: %s on %s has %.2f, want %.1f", mode, b, pair.Front, pair.Back, got, pair.Least)
			}
		}
	}
}

// Whatever colour somebody begins with, what is used in the end can be read in both modes.
func TestEveryColourEndsReadable(t *testing.T) {
	for _, accent := range []string{
		"#2148b8", "#ffd400", "#00e5ff", "#ff5a5f", "#e60012", "#ffffff", "#000000", "#777777", "#0b6e4f", "#ff00ff", "#00ff00", "#123", "#0000ff", "#7f4d00", "#f5f7fa", "#0e131a",
	} {
		t.Run(accent, func(t *testing.T) {
			draft := brand.Draft{Name: "Contoso", Light: accent}
			b, problems, _ := draft.Check()
			if len(problems) == 1 && problems[0].Field == brand.FieldLight {
				if !strings.Contains(problems[0].Words, "has a contrast of ") || !strings.Contains(problems[0].Words, problems[0].Instead) {
					t.Errorf("it is said as %q", problems[0].Words)
				}
				draft.Light = problems[0].Instead
				b, problems, _ = draft.Check()
			}
			if len(problems) > 0 {
				t.Fatalf("%+v", problems)
			}
			readable(t, b)
			// And written for dark it is refused or can be read there too.
			draft.Dark = accent
			b, problems, _ = draft.Check()
			for _, p := range problems {
				if p.Field != brand.FieldDark || p.Instead == "" {
					t.Fatalf("%+v", p)
				}
				draft.Dark = p.Instead
				b, problems, _ = draft.Check()
			}
			if len(problems) > 0 {
				t.Fatalf("%+v", problems)
			}
			readable(t, b)
		})
	}
}

// What was said of dark before a colour for light is taken holds after it, too.
func TestTakeKeepsTheShadeForDark(t *testing.T) {
	for written, dark := range map[string]string{"#ffff00": "#ffff00", " #FF0 ": "#ffff00"} {
		draft := brand.Draft{Name: "Contoso", Light: written}
		_, problems, notes := draft.Check()
		if len(problems) != 1 || len(notes) != 1 || !strings.Contains(notes[0].Words, dark) {
			t.Fatalf("%q: %+v, %+v", written, problems, notes)
		}
		draft = draft.Take(problems[0].Field, problems[0].Instead)
		if b, left, _ := draft.Check(); len(left) > 0 || b.Light != problems[0].Instead || b.Dark != dark || draft.Dark != dark {
			t.Errorf("%q taken is %+v, %+v", written, b, left)
		}
	}
	chosen := brand.Draft{Name: "Contoso", Light: "#ffff00", Dark: "#9cb6ff"}.Take(brand.FieldLight, "#717100")
	if chosen.Light != "#717100" || chosen.Dark != "#9cb6ff" {
		t.Errorf("a colour for dark of its own: %+v", chosen)
	}
	if got := chosen.Take("accent.name", "#000000"); got.Light != chosen.Light || got.Dark != chosen.Dark {
		t.Errorf("another field: %+v", got)
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		draft brand.Draft
		field string // of the only problem; empty for none
		says  string // in its words
	}{
		"NameOnly":         {draft: brand.Draft{Name: "  Contoso   Bank "}},
		"NoName":           {brand.Draft{}, brand.FieldName, "1 to 60"},
		"LongName":         {brand.Draft{Name: strings.Repeat("ة", 61)}, brand.FieldName, "60"},
		"TurnedName":       {brand.Draft{Name: "Contoso\u202eknaB"}, brand.FieldName, "one line"},
		"LongArabic":       {brand.Draft{Name: "A", NameArabic: strings.Repeat("ة", 61)}, brand.FieldNameArabic, "60"},
		"NoColour":         {brand.Draft{Name: "A", Light: "blue"}, brand.FieldLight, "#2148b8"},
		"DarkAlone":        {brand.Draft{Name: "A", Dark: "#9cb6ff"}, brand.FieldLight, "needs one for light"},
		"DarkNotReadable":  {brand.Draft{Name: "A", Light: "#2148b8", Dark: "#2148b8"}, brand.FieldDark, "dark mode"},
		"LightNotReadable": {brand.Draft{Name: "A", Light: "#9cb6ff"}, brand.FieldLight, "light mode"},
		"SVG":              {draft: brand.Draft{Name: "A", Logo: []byte(`<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">` + svg)}},
		"NoNamespace":      {brand.Draft{Name: "A", Logo: []byte(`<svg viewBox="0 0 2 2"/>`)}, brand.FieldLogo, "xmlns"},
		"Page":             {brand.Draft{Name: "A", Logo: []byte(`<html xmlns="http://www.w3.org/1999/xhtml"/>`)}, brand.FieldLogo, "neither"},
		"Text":             {brand.Draft{Name: "A", Logo: []byte("GIF89a")}, brand.FieldLogo, "neither"},
		"BrokenSVG":        {brand.Draft{Name: "A", Logo: []byte(svg[:60] + "\n<g></svg>")}, brand.FieldLogo, "line 2"},
		"Entities":         {brand.Draft{Name: "A", Logo: []byte(`<!DOCTYPE svg [<!ENTITY a "b">]>` + svg)}, brand.FieldLogo, "entities"},
		"Oversize":         {brand.Draft{Name: "A", Logo: []byte(svg + strings.Repeat(" ", brand.MaxLogo))}, brand.FieldLogo, "64 KB"},
		"CutPNG":           {brand.Draft{Name: "A", Logo: picture(t, 64, 64)[:80]}, brand.FieldLogo, "PNG"},
		"HugePNG":          {brand.Draft{Name: "A", Logo: picture(t, 2049, 1)}, brand.FieldLogo, "2048"},
		"PNG":              {draft: brand.Draft{Name: "A", Logo: picture(t, 64, 64)}},
	} {
		t.Run(name, func(t *testing.T) {
			b, problems, _ := c.draft.Check()
			if c.field == "" {
				if len(problems) > 0 || b.Name == "" || len(b.Logo.Data) != len(c.draft.Logo) {
					t.Errorf("%+v, %+v", b, problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Field != c.field || !strings.Contains(problems[0].Words, c.says) || b.Name != "" {
				t.Errorf("it comes to %+v and %+v, want a problem of %s with %q", b, problems, c.field, c.says)
			}
		})
	}
}

func TestReadFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("logo.svg", svg)
	write("large.svg", svg+strings.Repeat(" ", brand.MaxLogo))
	b, notes, err := brand.ReadFile(write("good.json", "\ufeff{\"name\": \"Contoso\", \"nameArabic\": \"كونتوسو\",\n\"accent\": \"#0b6e4f\", \"logo\": \"logo.svg\"}\n"))
	if err != nil || b.Name != "Contoso" || b.NameArabic != "كونتوسو" || b.Light != "#0b6e4f" || b.Dark == "" || b.Logo.Type != brand.TypeSVG {
		t.Errorf("%+v, %v", b, err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], b.Dark) {
		t.Errorf("of the shade for dark it says %q", notes)
	}
	b, notes, err = brand.ReadFile(write("both.json", `{"name": "Contoso", "accent": {"light": "#0b6e4f", "dark": "#5FD3A6"}}`))
	if err != nil || b.Dark != "#5fd3a6" || len(notes) != 0 {
		t.Errorf("%+v, %q, %v", b, notes, err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"Empty":     {"", "bad.json:1: this is not valid JSON"},
		"Array":     {"[]", "bad.json:1: this is not a JSON object"},
		"Comma":     {"{\"name\": \"A\",\n\"accent\": \"#0b6e4f\"\n,}", "bad.json:3: this is not valid JSON"},
		"CutOff":    {"{\"name\": \"A\",\n", "bad.json:2: this is not valid JSON"},
		"Twice":     {"{\"name\": \"A\",\n\"name\": \"B\"}", "bad.json:2: this is not valid JSON: duplicate"},
		"More":      {"{\"name\": \"A\"}\n{}", "something follows"},
		"Unknown":   {"{\"name\": \"A\",\n\n\"color\": \"#fff\"}", "bad.json:3: \"color\" is not known; there are name, nameArabic, accent"},
		"Number":    {"{\"name\":\n7}", "bad.json:2: name takes a text"},
		"InAccent":  {"{\"name\": \"A\", \"accent\": {\n\"black\": \"#000\"}}", "bad.json:2: \"accent.black\" is not known"},
		"NoName":    {"{\n}", "bad.json:1: name: The name takes"},
		"Contrast":  {"{\"name\": \"A\",\n\"accent\": {\n\"light\": \"#ffd400\",\n\"dark\": \"#ffd400\"}}", "bad.json:3: accent.light: #ffd400 cannot be read in light mode"},
		"OneAccent": {"{\"name\": \"A\",\n\"accent\": \"#ffd400\"}", "bad.json:2: accent.light: #ffd400"},
		"NoLogo":    {"{\"name\": \"A\",\n\"logo\": \"none.svg\"}", "bad.json:2: logo: cannot be read"},
		"LargeLogo": {"{\"name\": \"A\",\n\"logo\": \"large.svg\"}", "is larger than 65536 bytes"},
		"WrongLogo": {"{\"name\": \"A\",\n\"logo\": \"good.json\"}", "bad.json:2: logo: The logo is neither"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := brand.ReadFile(write("bad.json", c.text)); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v, want %q in it", err, c.says)
			}
		})
	}
}
