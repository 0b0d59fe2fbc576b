package qr_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"

	"baton/internal/qr"
)

const (
	ticket = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"                               // 32 characters
	link   = "https://verify.example.org/go#ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" // 62 characters
)

// runs takes the path apart again. It accepts nothing but the rectangles that Encode may draw.
var (
	wholePath = regexp.MustCompile(`^(M\d+ \d+h\d+v1h-\d+z(m\d+ 0h\d+v1h-\d+z)*)+$`)
	run       = regexp.MustCompile(`([Mm])(\d+) (\d+)h(\d+)v1h-(\d+)z`)
)

func modules(t *testing.T, code qr.Code) [][]bool {
	t.Helper()
	if !wholePath.MatchString(code.Path) {
		t.Fatalf("the path is not well-formed: %.120s", code.Path)
	}
	dark := make([][]bool, code.Modules)
	for y := range dark {
		dark[y] = make([]bool, code.Modules)
	}
	var x, y int
	for _, m := range run.FindAllStringSubmatch(code.Path, -1) {
		first, second, width, back := number(t, m[2]), number(t, m[3]), number(t, m[4]), number(t, m[5])
		if m[1] == "M" {
			x, y = first, second
		} else {
			x += first
		}
		if width != back || width == 0 {
			t.Fatalf("a run goes %d right and %d back", width, back)
		}
		for i := range width {
			if dark[y][x+i] {
				t.Fatalf("module %d,%d is drawn twice", x+i, y)
			}
			dark[y][x+i] = true
		}
		if x+width < code.Modules && dark[y][x+width] || dark[y][x-1] {
			t.Fatalf("the run at %d,%d is not merged with its neighbour", x, y)
		}
	}
	return dark
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func draw(dark [][]bool, module int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, len(dark)*module, len(dark)*module))
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			if !dark[y/module][x/module] {
				picture.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return picture
}

func decode(t *testing.T, picture image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := zxing.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_PURE_BARCODE: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8",
	})
	if err != nil {
		t.Fatalf("gozxing does not read the code: %v", err)
	}
	return result.GetText()
}

func TestEncodeIsReadBack(t *testing.T) {
	levels := map[string]qr.Level{"low": qr.Low, "medium": qr.Medium, "quartile": qr.Quartile, "high": qr.High}
	texts := map[string]string{
		"a ticket": ticket, "a link": link, "one digit": "7", "digits": "0123456789012345", "umlauts": "https://bücher.example/ä?ö=ü",
		"kanji": "漢字", "a long link": "https://example.org/" + strings.Repeat("abcDEF-_", 80), "the longest alphanumeric": strings.Repeat("A1", 636),
		"the longest bytes": strings.Repeat("a1", 636),
	}
	for levelName, level := range levels {
		for textName, text := range texts {
			t.Run(textName+" at "+levelName, func(t *testing.T) {
				t.Parallel()
				code, err := qr.Encode(text, level)
				if err != nil {
					t.Fatal(err)
				}
				if got := decode(t, draw(modules(t, code), 4)); got != text {
					t.Errorf("read %q, want %q", got, text)
				}
			})
		}
	}
}

// The size on a page is a whole number of pixels a module; a second reader has its own opinion on what it can read.
func TestEncodeIsReadByASecondReader(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("zbarimg is not installed; `make test` installs it")
		}
		t.Skip("zbarimg is not installed")
	}
	for _, text := range []string{ticket, link} {
		for _, module := range []int{2, 3, 7} {
			code, err := qr.Encode(text, qr.Medium)
			if err != nil {
				t.Fatal(err)
			}
			var file bytes.Buffer
			if err := png.Encode(&file, draw(modules(t, code), module)); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(t.TempDir(), "code.png")
			if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), zbar, "--quiet", "--raw", name).Output()
			if err != nil {
				t.Fatalf("zbarimg, %d pixels a module: %v", module, err)
			}
			if got := strings.TrimSpace(string(out)); got != text {
				t.Errorf("zbarimg read %q, want %q", got, text)
			}
		}
	}
}

// A transposed code still decodes. The module at column 8, row size-8 is dark in every code; its twin across the
// diagonal is part of the format and is light in some of these.
func TestEncodeIsNotTransposed(t *testing.T) {
	for _, text := range []string{ticket, link} {
		for _, level := range []qr.Level{qr.Low, qr.Medium, qr.Quartile, qr.High} {
			code, err := qr.Encode(text, level)
			if err != nil {
				t.Fatal(err)
			}
			dark := modules(t, code)
			size := code.Modules - 2*qr.QuietZone
			if !dark[qr.QuietZone+size-8][qr.QuietZone+8] {
				t.Errorf("%d characters at level %d: the dark module is light", len(text), level)
			}
		}
	}
}

func TestEncodeKeepsTheQuietZone(t *testing.T) {
	code, err := qr.Encode(link, qr.Medium)
	if err != nil {
		t.Fatal(err)
	}
	dark := modules(t, code)
	for y, row := range dark {
		for x, is := range row {
			inside := min(x, y) >= qr.QuietZone && max(x, y) < code.Modules-qr.QuietZone
			if is && !inside {
				t.Fatalf("module %d,%d of the quiet zone is dark", x, y)
			}
		}
	}
	if !dark[qr.QuietZone][qr.QuietZone] {
		t.Error("the first finder pattern does not begin right after the quiet zone")
	}
}

func TestEncodeUsesTheDenseModeForATicket(t *testing.T) {
	code, err := qr.Encode(ticket, qr.Medium)
	if err != nil {
		t.Fatal(err)
	}
	if want := 25 + 2*qr.QuietZone; code.Modules != want { // version 2 holds 38 alphanumeric characters, but 26 bytes
		t.Errorf("a ticket takes %d modules, want %d", code.Modules, want)
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := map[string]struct {
		text  string
		level qr.Level
		want  error
	}{
		"an empty text":         {"", qr.Low, qr.ErrEmpty},
		"too much at low":       {strings.Repeat("a", qr.MaxBytes+1), qr.Low, qr.ErrTooLong},
		"too much at medium":    {strings.Repeat("a", 2332), qr.Medium, qr.ErrTooLong},
		"too much at quartile":  {strings.Repeat("a", 1664), qr.Quartile, qr.ErrTooLong},
		"too much at high":      {strings.Repeat("a", 1274), qr.High, qr.ErrTooLong},
		"too many digits":       {strings.Repeat("1", qr.MaxBytes+1), qr.Low, qr.ErrTooLong},
		"letters of more bytes": {strings.Repeat("ä", qr.MaxBytes/2+1), qr.Low, qr.ErrTooLong},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := qr.Encode(test.text, test.level); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	t.Run("an unknown level", func(t *testing.T) {
		if _, err := qr.Encode(ticket, qr.Level(9)); err == nil {
			t.Error("no error")
		}
	})
	t.Run("nothing at the limit", func(t *testing.T) {
		for level, most := range map[qr.Level]int{qr.Low: qr.MaxBytes, qr.Medium: 2331, qr.Quartile: 1663, qr.High: 1273} {
			if _, err := qr.Encode(strings.Repeat("a", most), level); err != nil {
				t.Errorf("level %d: %v", level, err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for name, text := range map[string]string{"ticket": ticket, "link": link} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var size int
			for b.Loop() {
				code, err := qr.Encode(text, qr.Medium)
				if err != nil {
					b.Fatal(err)
				}
				size = len(code.Path)
			}
			b.ReportMetric(float64(size), "path-bytes")
		})
	}
}
