package colour

import "math"

// Shade is a colour by what people tell apart (OKLCH): lightness from 0 to 1, chroma from 0 (grey) to some 0.37, hue in
// radians.
type Shade struct{ Lightness, Chroma, Hue float64 }

// Shade takes a colour apart.
func (c Colour) Shade() Shade {
	r, g, b := c.linear()
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	lightness := 0.2104542553*l + 0.7936177850*m - 0.0040720468*s
	green := 1.9779984951*l - 2.4285922050*m + 0.4505937099*s
	blue := 0.0259040371*l + 0.7827717662*m - 0.8086757660*s
	return Shade{lightness, math.Hypot(green, blue), math.Atan2(blue, green)}
}

// Colour is the shade as a screen can show it: where sRGB has no such colour, the same with less chroma.
func (s Shade) Colour() Colour {
	s.Lightness = min(max(s.Lightness, 0), 1)
	if c, ok := s.exact(); ok {
		return c
	}
	grey, full := 0.0, s.Chroma
	for range 16 { // halves: 16 of them are finer than a screen
		half := Shade{s.Lightness, (grey + full) / 2, s.Hue}
		if _, ok := half.exact(); ok {
			grey = half.Chroma
		} else {
			full = half.Chroma
		}
	}
	c, _ := Shade{s.Lightness, grey, s.Hue}.exact()
	return c
}

// exact reports whether sRGB has the shade; the colour is the nearest by channels.
func (s Shade) exact() (Colour, bool) {
	green, blue := s.Chroma*math.Cos(s.Hue), s.Chroma*math.Sin(s.Hue)
	cube := func(v float64) float64 { return v * v * v }
	l := cube(s.Lightness + 0.3963377774*green + 0.2158037573*blue)
	m := cube(s.Lightness - 0.1055613458*green - 0.0638541728*blue)
	t := cube(s.Lightness - 0.0894841775*green - 1.2914855480*blue)
	inside := true
	channel := func(v float64) uint8 {
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		const slack = 0.0005 // of rounding
		inside = inside && v >= -slack && v <= 1+slack
		return uint8(math.Round(255 * min(max(v, 0), 1)))
	}
	return Colour{
		channel(4.0767416621*l - 3.3077115913*m + 0.2309699292*t),
		channel(-1.2684380046*l + 2.6097574011*m - 0.3413193965*t),
		channel(-0.0041960863*l - 0.7034186147*m + 1.7076147010*t),
	}, inside
}

// Nearest returns the colour of the same hue that passes and whose lightness is nearest to c's: c itself where that
// passes. It reports false where none does.
func Nearest(c Colour, passes func(Colour) bool) (Colour, bool) {
	if passes(c) {
		return c, true
	}
	const step = 1.0 / 512 // finer than what people tell apart
	from := c.Shade()
	for distance := step; distance <= 1; distance += step {
		for _, lightness := range []float64{from.Lightness - distance, from.Lightness + distance} {
			if lightness < 0 || lightness > 1 {
				continue
			}
			if near := (Shade{lightness, from.Chroma, from.Hue}).Colour(); passes(near) {
				return near, true
			}
		}
	}
	return c, false
}
