package colour_test

import (
	"math"
	"testing"

	"baton/internal/colour"
)

func must(t *testing.T, text string) colour.Colour {
	t.Helper()
	c, err := colour.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{"#2148b8": "#2148b8", "#FFD400": "#ffd400", "#24b": "#2244bb"} {
		if got := must(t, text).String(); got != want {
			t.Errorf("%s is read as %s", text, got)
		}
	}
	for _, text := range []string{"", "#", "2148b8", "#2148b", "#2148b8ff", "#2148bg", "#+148b8", "blue", "#-24"} {
		if c, err := colour.Parse(text); err == nil {
			t.Errorf("%q is read as %v", text, c)
		}
	}
}

// The ratios are those that other calculators give.
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"#000", "#fff", 21}, {"#fff", "#fff", 1}, {"#777", "#fff", 4.48}, {"#767676", "#fff", 4.54}, {"#f00", "#fff", 4.00},
		{"#ffd400", "#fff", 1.43}, {"#0000ff", "#ffffff", 8.59},
	} {
		for _, got := range []float64{colour.Contrast(must(t, c.a), must(t, c.b)), colour.Contrast(must(t, c.b), must(t, c.a))} {
			if math.Abs(got-c.want) > 0.006 {
				t.Errorf("%s and %s have %.3f, want %.2f", c.a, c.b, got, c.want)
			}
		}
	}
}

func TestShadesComeBack(t *testing.T) {
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				c := colour.Colour{R: uint8(r), G: uint8(g), B: uint8(b)}
				if again := c.Shade().Colour(); again != c {
					t.Fatalf("%v becomes %v", c, again)
				}
			}
		}
	}
	// sRGB's red, as the CSS specification has it.
	if s := must(t, "#f00").Shade(); math.Abs(s.Lightness-0.628) > 0.001 || math.Abs(s.Chroma-0.2577) > 0.001 || math.Abs(s.Hue*180/math.Pi-29.23) > 0.05 {
		t.Errorf("red is %+v", s)
	}
}

func TestNearest(t *testing.T) {
	white := must(t, "#fff")
	readable := func(c colour.Colour) bool { return colour.Contrast(c, white) >= colour.Text }
	for _, text := range []string{"#ffd400", "#00e5ff", "#ff5a5f", "#fff", "#777"} {
		c := must(t, text)
		near, ok := colour.Nearest(c, readable)
		if ratio := colour.Contrast(near, white); !ok || ratio < colour.Text || ratio > 4.75 {
			t.Errorf("nearest to %s is %v with %.2f, %t", text, near, ratio, ok)
		}
		from, to := c.Shade(), near.Shade()
		if turned := math.Abs(math.Remainder(from.Hue-to.Hue, 2*math.Pi)); from.Chroma > 0.02 && turned > 0.12 {
			t.Errorf("nearest to %s is %v, another hue by %.2f", text, near, turned)
		}
	}
	c := must(t, "#2148b8")
	if near, ok := colour.Nearest(c, readable); !ok || near != c {
		t.Errorf("what passes becomes %v", near)
	}
	if _, ok := colour.Nearest(c, func(colour.Colour) bool { return false }); ok {
		t.Error("something passes though nothing does")
	}
}
