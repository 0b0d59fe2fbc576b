// Package colour is the arithmetic of colours on a screen: sRGB, WCAG's contrast, and shades of a hue. It knows no names
// of colours and no transparency.
package colour

import (
	"fmt"
	"math"
	"strconv"
)

// The least contrasts of WCAG 2.2, AA.
const (
	Text  = 4.5 // of a text with what is behind it
	Shape = 3.0 // of a control's edge, an icon, a focus ring
)

// Colour is one of sRGB's.
type Colour struct{ R, G, B uint8 }

// Parse reads "#2148b8" or "#24b", in either case.
func Parse(text string) (Colour, error) {
	digits := ""
	if len(text) > 0 && text[0] == '#' {
		digits = text[1:]
	}
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 6 {
		return Colour{}, fmt.Errorf("%q is no colour such as #2148b8", text)
	}
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, nil
}

// String writes it as Parse reads it, with six digits.
func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Contrast is WCAG's ratio of two colours: 1 for equal ones, 21 for black and white.
func Contrast(a, b Colour) float64 {
	lighter, darker := a.luminance(), b.luminance()
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

func (c Colour) luminance() float64 {
	r, g, b := c.linear()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

func (c Colour) linear() (r, g, b float64) {
	channel := func(value uint8) float64 {
		v := float64(value) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return channel(c.R), channel(c.G), channel(c.B)
}
