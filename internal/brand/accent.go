package brand

import (
	"fmt"
	"strings"

	"baton/internal/colour"
	"baton/static"
)

// mode is one of the two that the pages have.
type mode struct {
	name   string
	field  string
	tokens static.Colours
}

var (
	lightMode = mode{"light", FieldLight, static.Light}
	darkMode  = mode{"dark", FieldDark, static.Dark}
)

// accents returns the mode's colours with those that come of an accent in place of the design's.
func (m mode) accents(accent colour.Colour) static.Colours {
	bg, _ := colour.Parse(m.tokens["bg"])
	shade, ground := accent.Shade(), bg.Shade()
	away := -0.08 // a button that is pointed at goes away from the page
	soft := colour.Shade{Lightness: ground.Lightness - 0.02, Chroma: min(shade.Chroma*0.12, 0.03), Hue: shade.Hue}
	on := colour.Colour{R: 255, G: 255, B: 255}
	if ground.Lightness < 0.5 {
		away = 0.06
		soft = colour.Shade{Lightness: ground.Lightness + 0.09, Chroma: min(shade.Chroma*0.35, 0.055), Hue: shade.Hue}
		on = colour.Shade{Lightness: ground.Lightness + 0.01, Chroma: min(shade.Chroma*0.35, 0.05), Hue: shade.Hue}.Colour()
	}
	strong := colour.Shade{Lightness: shade.Lightness + away, Chroma: shade.Chroma, Hue: shade.Hue}
	all := static.Colours{
		"accent": accent.String(), "accent-strong": strong.Colour().String(), "accent-soft": soft.Colour().String(), "on-accent": on.String(),
	}
	for name, value := range m.tokens {
		if _, ours := all[name]; !ours {
			all[name] = value
		}
	}
	return all
}

// accentTokens are what an accent decides, in the order of app.css.
var accentTokens = []string{"accent", "accent-strong", "accent-soft", "on-accent"}

// judged is a pair of the design's with the contrast that it would have.
type judged struct {
	static.Pair
	ratio float64
}

// worst is what of an accent is hardest to read, in proportion to what it needs.
func (m mode) worst(accent colour.Colour) judged {
	colours := m.accents(accent)
	worst := judged{ratio: -1}
	for _, pair := range static.Pairs {
		if !isAccent(pair.Front) && !isAccent(pair.Back) {
			continue
		}
		front, _ := colour.Parse(colours[pair.Front]) // a test holds that the pairs' tokens are there
		back, _ := colour.Parse(colours[pair.Back])
		if ratio := colour.Contrast(front, back); worst.ratio < 0 || ratio/pair.Least < worst.ratio/worst.Least {
			worst = judged{pair, ratio}
		}
	}
	return worst
}

func (m mode) legible(accent colour.Colour) bool {
	worst := m.worst(accent)
	return worst.ratio >= worst.Least
}

func isAccent(token string) bool {
	return strings.HasPrefix(strings.TrimPrefix(token, "on-"), "accent")
}

// words are cut and not rounded, so that 4.49 is not told as 4.5; see Remark for other languages.
func (j judged) words() string {
	needs := "text needs 4.5"
	if j.Least < colour.Text {
		needs = "a control needs 3"
	}
	return named[j.Front] + " on " + named[j.Back] + " has a contrast of " + j.cut() + ", and " + needs
}

func (j judged) cut() string { return fmt.Sprintf("%.2f", float64(int(j.ratio*100))/100) }

var named = map[string]string{
	"accent": "the accent", "accent-strong": "the accent under the pointer", "accent-soft": "the accent’s soft tint", "on-accent": "a button’s text",
	"bg": "the page", "surface": "a card", "sunken": "a sunken area", "ink": "the text", "ink-soft": "quiet text",
}

// Ratios tells how both accents of a brand that has some fare where they are hardest to read.
func (b Brand) Ratios() []Remark {
	var all []Remark
	for _, in := range []struct {
		mode
		accent string
	}{{lightMode, b.Light}, {darkMode, b.Dark}} {
		if c, err := colour.Parse(in.accent); err == nil {
			all = append(all, contrast("READS", in.mode, in.worst(c), "colour", c.String()))
		}
	}
	return all
}
