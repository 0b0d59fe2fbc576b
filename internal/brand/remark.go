package brand

import (
	"fmt"
	"maps"
	"strings"
)

// Remark is something to be said of a draft. The values that name colours of the design, front and back, are for the words
// of a contrast, as are ratio and least.
type Remark struct {
	Code   string   // a key of Remarks
	Values []string // what stands in the braces of its text: name, value, name, value
	Words  string   // the text in English: sentences, which say what to do
}

func remark(code string, values ...string) Remark {
	pairs := []string{"`", ""}
	for i := 0; i+1 < len(values); i += 2 {
		pairs = append(pairs, "{"+values[i]+"}", values[i+1])
	}
	return Remark{Code: code, Values: values, Words: strings.NewReplacer(pairs...).Replace(remarks[code])}
}

// Remarks returns what can be said, in English by code. What stands between backticks is as it is written.
func Remarks() map[string]string { return maps.Clone(remarks) }

// Tints returns the names of the design's colours, in English by token.
func Tints() map[string]string { return maps.Clone(named) }

var remarks = map[string]string{
	"NAME":          "The name takes 1 to {max} characters in one line.",
	"NAME_ARABIC":   "The Arabic name takes at most {max} characters in one line; it may be empty.",
	"LIGHT_MISSING": "A colour for dark needs one for light, such as `#2148b8`.",
	"NOT_COLOUR":    "Write the colour as `#` and three or six digits, such as `#2148b8`.",
	"ILLEGIBLE":     "`{colour}` cannot be read in {mode} mode: {contrast}. The nearest shade that can be read is `{near}`.",
	"HOPELESS":      "`{colour}` cannot be read in {mode} mode: {contrast}. Choose another colour.",
	"DARK_SAME":     "Dark mode has the same colour, `{near}`, which can be read there.",
	"DARK_NEAR":     "Dark mode has `{near}`, the nearest shade of `{colour}` that can be read there ({contrast}).",
	"READS":         "`{colour}` can be read in {mode} mode: at worst {contrast}.",
	"LOGO_LARGE":    "The logo has {size} bytes; it may have {max} (64 KB). Make it smaller.",
	"LOGO_WIDE":     "The logo is {width} by {height} pixels; a side may have {max}. Make it smaller.",
	"LOGO_PNG":      "The logo begins as a `PNG` and cannot be read on. Save it again.",
	"LOGO_NEITHER":  "The logo is neither a `PNG` nor an `SVG`. Save it as one of them.",
	"LOGO_ENTITIES": "The logo’s `SVG` declares entities in line {line}. Save it without its `<!DOCTYPE …[…]>`.",
	"LOGO_XMLNS":    "The logo’s `<svg>` needs `xmlns=\"http://www.w3.org/2000/svg\"`, or browsers show nothing.",
	"LOGO_BROKEN":   "The logo’s `SVG` is not well-formed in line {line}. Save it again.",
}

// contrast adds the values of a remark about one; its text says them in {contrast}.
func contrast(code string, in mode, worst judged, values ...string) Remark {
	values = append(values, "mode", in.name, "front", worst.Front, "back", worst.Back, "ratio", worst.cut(), "least", fmt.Sprint(worst.Least))
	said := remark(code, append(values, "contrast", worst.words())...)
	said.Values = values
	return said
}

// logoError says what keeps a picture from being a logo.
type logoError struct{ remark Remark }

func (e logoError) Error() string { return e.remark.Words }

func noLogo(code string, values ...string) error { return logoError{remark(code, values...)} }
