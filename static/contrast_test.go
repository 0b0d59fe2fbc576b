package static_test

import (
	"os"
	"strings"
	"testing"

	"baton/internal/colour"
	"baton/static"
)

// TestColoursCanBeRead holds the design's colours to WCAG's contrast, in both modes.
func TestColoursCanBeRead(t *testing.T) {
	for mode, colours := range map[string]static.Colours{"light": static.Light, "dark": static.Dark} {
		for _, pair := range static.Pairs {
			front, errFront := colour.Parse(colours[pair.Front])
			back, errBack := colour.Parse(colours[pair.Back])
			if errFront != nil || errBack != nil {
				t.Errorf("%s: %s or %s is no token: %v, %v", mode, pair.Front, pair.Back, errFront, errBack)
				continue
			}
			if got := colour.Contrast(front, back); got < pair.Least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", mode, pair.Front, pair.Back, got, pair.Least)
			}
		}
	}
}

// The form for the brand shows both modes side by side, so it has the tokens once more.
func TestBothModesSideBySide(t *testing.T) {
	css, err := os.ReadFile("brand.css")
	if err != nil {
		t.Fatal(err)
	}
	for mode, colours := range map[string]static.Colours{"light": static.Light, "dark": static.Dark} {
		_, rest, _ := strings.Cut(string(css), "\n.brand-"+mode+" {\n  color-scheme: "+mode+";\n")
		block, _, _ := strings.Cut(rest, "}")
		for name, value := range colours {
			if !strings.Contains(block, "  --"+name+": "+value+";\n") {
				t.Errorf("%s: brand.css does not have app.css's --%s: %s", mode, name, value)
			}
		}
	}
}
