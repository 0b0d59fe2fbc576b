// Package qr turns a text into one SVG path. It knows nothing of what the text means and draws no image: whoever
// shows the code chooses size and colours, and has to keep it dark on light.
package qr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/yeqown/go-qrcode/v2"
)

// QuietZone is the light margin on each side, in modules, that the standard asks for. Readers need it.
const QuietZone = 4

// Level is how much of a code may be hidden or damaged before it can no longer be read. More of it makes a larger
// code, and so smaller modules at the same size.
type Level int

// The levels.
const (
	Low      Level = iota // about 7 %
	Medium                // about 15 %: for a screen, where nothing is damaged
	Quartile              // about 25 %
	High                  // about 30 %
)

// MaxBytes is the longest text that Encode takes at Low: the largest code in byte mode. The other levels take less.
const MaxBytes = 2953

// Errors of Encode.
var (
	ErrEmpty   = errors.New("qr: there is no text to encode")
	ErrTooLong = errors.New("qr: the text is too long for one code")
)

// capacity is what the largest code holds in byte mode, by level. What the alphanumeric mode could hold beyond is
// refused too: no reader of a screen sees modules that small.
var capacity = map[Level]int{Low: MaxBytes, Medium: 2331, Quartile: 1663, High: 1273}

// Code is one QR code as a drawing of Modules × Modules units, quiet zone included.
type Code struct {
	Modules int    // length of a side; the viewBox is "0 0 Modules Modules"
	Path    string // the `d` attribute of one filled SVG path: every dark module, one rectangle for each run in a row
}

// Encode makes the smallest code of that level that holds text. It answers ErrEmpty or ErrTooLong, and an error for
// a level that is none of the four.
func Encode(text string, level Level) (Code, error) {
	most, ok := capacity[level]
	switch {
	case !ok:
		return Code{}, fmt.Errorf("qr: %d is no error correction level", level)
	case text == "":
		return Code{}, ErrEmpty
	case len(text) > most:
		return Code{}, ErrTooLong
	}
	matrix, err := qrcode.NewWith(text, correction(level), mode(text))
	if err != nil {
		return Code{}, fmt.Errorf("qr: the text cannot be encoded: %w", err)
	}
	var drawing path
	if err := matrix.Save(&drawing); err != nil {
		return Code{}, fmt.Errorf("qr: the code cannot be drawn: %w", err)
	}
	return drawing.code, nil
}

// mode is the densest of the alphanumeric and the byte mode. The library's own choice could also be Kanji, whose
// limits are others and which some readers lack.
func mode(text string) qrcode.EncodeOption {
	const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	if strings.Trim(text, alphanumeric) == "" {
		return qrcode.WithEncodingMode(qrcode.EncModeAlphanumeric)
	}
	return qrcode.WithEncodingMode(qrcode.EncModeByte)
}

func correction(level Level) qrcode.EncodeOption {
	switch level {
	case Low:
		return qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionLow)
	case Quartile:
		return qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionQuart)
	case High:
		return qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionHighest)
	}
	return qrcode.WithErrorCorrectionLevel(qrcode.ErrorCorrectionMedium)
}

// path is a qrcode.Writer that draws into a Code.
type path struct{ code Code }

func (p *path) Write(matrix qrcode.Matrix) error {
	rows := matrix.Bitmap() // rows[y][x]; a transposed code still decodes, so only a test of its own notices a mix-up
	p.code.Modules = len(rows) + 2*QuietZone
	d := make([]byte, 0, len(rows)*len(rows)*5)
	for y, row := range rows {
		at := -1 // where the run before began: after its "z" the pen stands there again
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			start := x
			for x < len(row) && row[x] {
				x++
			}
			d = appendRun(d, at, start, y, x-start)
			at = start
		}
	}
	p.code.Path = string(d)
	return nil
}

// appendRun adds one rectangle of height 1. The first of a row is placed absolutely, the others relative to the run
// before, which is shorter.
func appendRun(d []byte, before, start, y, width int) []byte {
	if before < 0 {
		d = append(d, 'M')
		d = strconv.AppendInt(d, int64(start+QuietZone), 10)
		d = append(d, ' ')
		d = strconv.AppendInt(d, int64(y+QuietZone), 10)
	} else {
		d = append(d, 'm')
		d = strconv.AppendInt(d, int64(start-before), 10)
		d = append(d, " 0"...)
	}
	d = append(d, 'h')
	d = strconv.AppendInt(d, int64(width), 10)
	d = append(d, "v1h-"...)
	d = strconv.AppendInt(d, int64(width), 10)
	return append(d, 'z')
}

func (p *path) Close() error { return nil }
