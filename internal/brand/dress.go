package brand

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"baton/internal/colour"
	"baton/static"
)

// Prefix is where the files of a brand lie on the server.
const Prefix = "/brand/"

// File is one that browsers load. What lies at its path never changes.
type File struct {
	Path string // with a hash of the content
	Type string
	Body []byte
}

// Dress is a brand as pages wear it. A path is empty where the pages have the design's own.
type Dress struct {
	Brand
	Style    string // path of the accents' stylesheet
	Icon     string // path of the favicon
	IconType string
	Picture  string // path of the logo
	Preview  string // path of a stylesheet with all colours of either mode, for .brand-light and .brand-dark

	files []File
}

// NewDress makes the files.
func NewDress(b Brand) *Dress {
	d := &Dress{Brand: b}
	light, lightErr := colour.Parse(b.Light)
	dark, darkErr := colour.Parse(b.Dark)
	lightTokens, darkTokens := static.Light, static.Dark
	if lightErr == nil && darkErr == nil {
		lightTokens, darkTokens = lightMode.accents(light), darkMode.accents(dark)
		d.Style = d.add(".css", "text/css; charset=utf-8", []byte(
			":root {"+declared(lightTokens, accentTokens)+"}\n@media (prefers-color-scheme: dark) {:root {"+declared(darkTokens, accentTokens)+"}}\n"))
		icon, _, _ := static.Lookup(static.Path("icon.svg"))
		icon = bytes.ReplaceAll(icon, []byte(static.Light["accent"]), []byte(lightTokens["accent"]))
		icon = bytes.ReplaceAll(icon, []byte(static.Light["on-accent"]), []byte(lightTokens["on-accent"]))
		d.IconType = TypeSVG
		d.Icon = d.add(".svg", TypeSVG, icon)
	}
	if b.Logo.Type != "" {
		extension := map[string]string{TypeSVG: ".svg", TypePNG: ".png"}[b.Logo.Type]
		d.Picture = d.add(extension, b.Logo.Type, b.Logo.Data)
		d.Icon, d.IconType = d.Picture, b.Logo.Type
	}
	d.Preview = d.add(".css", "text/css; charset=utf-8", []byte(
		".brand-light {color-scheme: light;"+declared(lightTokens, nil)+"}\n.brand-dark {color-scheme: dark;"+declared(darkTokens, nil)+"}\n"))
	return d
}

func (d *Dress) add(extension, contentType string, body []byte) string {
	sum := sha256.Sum256(body)
	file := File{Prefix + hex.EncodeToString(sum[:8]) + extension, contentType, body}
	d.files = append(d.files, file)
	return file.Path
}

// declared writes tokens as CSS; nil is all of them, in their order.
func declared(tokens static.Colours, names []string) string {
	if names == nil {
		names = sortedNames(tokens)
	}
	var css strings.Builder
	for _, name := range names {
		css.WriteString("--" + name + ":" + tokens[name] + ";")
	}
	return css.String()
}
