package conform

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
)

// readPicture fetches a code's picture and reads it as a phone's camera does. A picture that is drawn otherwise than by
// one path of rectangles is skipped: to draw any SVG takes a browser.
func (s *server) readPicture(ctx context.Context, secret string, link bool) (string, error) {
	path := sessionPath + "/qr.svg"
	if link {
		path += "?link=true"
	}
	a, err := s.call(ctx, http.MethodGet, path, textHeader(secret), "")
	if err != nil {
		return "", err
	}
	if err := a.wantStatus(http.StatusOK); err != nil {
		return "", fmt.Errorf("qr.svg: %w", err)
	}
	if media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); media != "image/svg+xml" {
		return "", fmt.Errorf("expected the media type image/svg+xml, got %q", cut(a.header.Get("Content-Type")))
	}
	var svg struct {
		XMLName xml.Name `xml:"svg"`
		ViewBox string   `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(a.body, &svg); err != nil || len(svg.Paths) != 1 {
		return "", errors.New("expected an SVG of one path, got something else")
	}
	drawn, err := drawPath(svg.ViewBox, svg.Paths[0].D)
	if err != nil {
		return "", err
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(drawn)
	if err != nil {
		return "", errors.New("expected a picture of a QR code, got something else")
	}
	read, err := zxing.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		return "", errors.New("expected a picture of a QR code, it cannot be read")
	}
	return read.GetText(), nil
}

const (
	moduleSize = 4    // pixels
	maxSide    = 1000 // modules, quiet zone included; the largest code has 177
)

var pathCommand = regexp.MustCompile(`([MmhvHVz])\s*((?:-?\d+[\s,]*)*)`)

// drawPath draws rectangles of whole modules.
func drawPath(viewBox, d string) (image.Image, error) {
	sides := strings.Fields(viewBox)
	if len(sides) != 4 {
		return nil, errors.New("expected a viewBox of four numbers, got something else")
	}
	side, err := strconv.Atoi(sides[2])
	if err != nil || side < 1 || side > maxSide {
		return nil, skip("the picture's viewBox is not in modules")
	}
	if strings.TrimSpace(pathCommand.ReplaceAllString(d, "")) != "" {
		return nil, skip("the picture is drawn with more than rectangles, which this check does not read")
	}
	drawn := image.NewGray(image.Rect(0, 0, side*moduleSize, side*moduleSize))
	for i := range drawn.Pix {
		drawn.Pix[i] = 0xff
	}
	var at, start, low, high image.Point
	for _, command := range pathCommand.FindAllStringSubmatch(d, -1) {
		var numbers []int
		for _, text := range strings.FieldsFunc(command[2], func(r rune) bool { return r == ' ' || r == ',' }) {
			n, err := strconv.Atoi(text)
			if err != nil || n < -maxSide || n > maxSide {
				return nil, errors.New("expected a path of whole modules, got something else")
			}
			numbers = append(numbers, n)
		}
		want := map[string]int{"M": 2, "m": 2, "h": 1, "v": 1, "H": 1, "V": 1}[command[1]]
		if len(numbers) != want {
			return nil, skip("the picture is drawn with more than rectangles, which this check does not read")
		}
		switch command[1] {
		case "M":
			at = image.Pt(numbers[0], numbers[1])
		case "m":
			at = at.Add(image.Pt(numbers[0], numbers[1]))
		case "h":
			at.X += numbers[0]
		case "v":
			at.Y += numbers[0]
		case "H":
			at.X = numbers[0]
		case "V":
			at.Y = numbers[0]
		case "z":
			fill(drawn, image.Rectangle{Min: low, Max: high})
			at = start
			continue
		}
		if command[1] == "M" || command[1] == "m" {
			start, low, high = at, at, at
		}
		low, high = image.Pt(min(low.X, at.X), min(low.Y, at.Y)), image.Pt(max(high.X, at.X), max(high.Y, at.Y))
	}
	return drawn, nil
}

func fill(drawn *image.Gray, modules image.Rectangle) {
	pixels := image.Rectangle{Min: modules.Min.Mul(moduleSize), Max: modules.Max.Mul(moduleSize)}.Intersect(drawn.Bounds())
	for y := pixels.Min.Y; y < pixels.Max.Y; y++ {
		for x := pixels.Min.X; x < pixels.Max.X; x++ {
			drawn.SetGray(x, y, color.Gray{})
		}
	}
}
