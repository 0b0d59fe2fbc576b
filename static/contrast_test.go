package static_test

import (
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
