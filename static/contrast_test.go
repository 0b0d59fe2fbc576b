package static_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestColoursCanBeRead holds the design's colours to WCAG's contrast, in both modes.
func TestColoursCanBeRead(t *testing.T) {
	const text, shape = 4.5, 3.0
	pairs := []struct {
		front, back string
		least       float64
	}{
		{"ink", "bg", text}, {"ink", "surface", text}, {"ink-soft", "bg", text}, {"ink-soft", "surface", text}, {"ink-soft", "sunken", text},
		{"accent", "bg", text}, {"accent", "surface", text}, {"accent", "accent-soft", text}, {"accent", "sunken", text}, {"ink-soft", "accent-soft", text}, {"on-accent", "accent", text}, {"on-accent", "accent-strong", text},
		{"done", "surface", text}, {"done", "done-soft", text}, {"attention", "surface", text}, {"attention", "attention-soft", text},
		{"wrong", "surface", text}, {"wrong", "wrong-soft", text}, {"ink-soft", "attention-soft", text}, {"line-strong", "surface", shape},
	}
	css, err := os.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(css), 2)
	if len(blocks) != 2 {
		t.Fatalf("%d sets of colours, want a light and a dark one", len(blocks))
	}
	for i, mode := range []string{"light", "dark"} {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): #([0-9a-f]+);`).FindAllStringSubmatch(blocks[i][1], -1) {
			colours[m[1]] = m[2]
		}
		for _, pair := range pairs {
			if got := contrast(t, colours[pair.front], colours[pair.back]); got < pair.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", mode, pair.front, pair.back, got, pair.least)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	lighter, darker := luminance(t, a), luminance(t, b)
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	if len(hex) != 6 {
		t.Fatalf("%q is no colour", hex)
	}
	total := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		value, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		channel := float64(value) / 255
		if channel <= 0.03928 {
			channel /= 12.92
		} else {
			channel = math.Pow((channel+0.055)/1.055, 2.4)
		}
		total += weight * channel
	}
	return total
}
