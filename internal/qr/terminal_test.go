package qr_test

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"baton/internal/qr"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

func TestTerminalReadsBack(t *testing.T) {
	const text = "http://192.168.7.20:8080/"
	code, err := qr.Encode(text, qr.Medium)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		colored bool
		dark    map[rune][2]bool // upper and lower half
	}{
		{"light blocks on a dark terminal", false, map[rune][2]bool{'█': {}, '▀': {false, true}, '▄': {true, false}, ' ': {true, true}}},
		{"black on white where colors can be set", true, map[rune][2]bool{'█': {true, true}, '▀': {true, false}, '▄': {false, true}, ' ': {}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			drawn := code.Terminal(c.colored)
			if strings.Contains(drawn, "\x1b") != c.colored {
				t.Errorf("color sequences: %v, want %v", !c.colored, c.colored)
			}
			const px = 6
			picture := image.NewGray(image.Rect(0, 0, code.Modules*px, (code.Modules+1)/2*2*px))
			for i := range picture.Pix {
				picture.Pix[i] = 0xff
			}
			for row, line := range strings.Split(strings.TrimSuffix(drawn, "\n"), "\n") {
				line = strings.TrimSuffix(line[strings.LastIndex(line[:min(24, len(line))], "m")+1:], "\x1b[0m")
				column := 0
				for _, r := range line {
					halves, known := c.dark[r]
					if !known {
						t.Fatalf("line %d holds %q", row, r)
					}
					for half, dark := range halves {
						for dx := range px {
							for dy := range px {
								if dark && row*2+half < code.Modules {
									picture.SetGray(column*px+dx, (row*2+half)*px+dy, color.Gray{})
								}
							}
						}
					}
					column++
				}
				if column != code.Modules {
					t.Fatalf("line %d is %d characters wide, want %d", row, column, code.Modules)
				}
			}
			bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
			if err != nil {
				t.Fatal(err)
			}
			read, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
			if err != nil {
				t.Fatal(err)
			}
			if read.GetText() != text {
				t.Errorf("reads %q, want %q", read.GetText(), text)
			}
		})
	}
}
