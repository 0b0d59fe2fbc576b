package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a logo.
const (
	MaxLogo     = 64 << 10 // bytes
	maxLogoSide = 2048     // pixels of a PNG's side: a small file can be a large picture
)

// The types that a logo can have.
const (
	TypeSVG = "image/svg+xml"
	TypePNG = "image/png"
)

// Logo is a picture that a page shows in an <img>.
type Logo struct {
	Type string // TypeSVG or TypePNG
	Data []byte
}

// ReadLogo reads a picture and says whose kind it is; the kind is in its bytes, whatever its name. An SVG may hold a script:
// it is for an <img>, where none runs, and is to be served under a policy that lets none run elsewhere either. An error is a
// sentence for its author.
func ReadLogo(data []byte) (Logo, error) {
	switch {
	case len(data) > MaxLogo:
		return Logo{}, noLogo("LOGO_LARGE", "size", strconv.Itoa(len(data)), "max", strconv.Itoa(MaxLogo))
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return readPNG(data)
	}
	if err := readSVG(data); err != nil {
		return Logo{}, err
	}
	return Logo{TypeSVG, data}, nil
}

func readPNG(data []byte) (Logo, error) {
	size, err := png.DecodeConfig(bytes.NewReader(data))
	if err == nil && (size.Width > maxLogoSide || size.Height > maxLogoSide) {
		return Logo{}, noLogo("LOGO_WIDE", "width", strconv.Itoa(size.Width), "height", strconv.Itoa(size.Height), "max", strconv.Itoa(maxLogoSide))
	}
	if err == nil {
		_, err = png.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return Logo{}, noLogo("LOGO_PNG")
	}
	return Logo{TypePNG, data}, nil
}

var errNoLogo = noLogo("LOGO_NEITHER")

// readSVG checks that browsers will take it for one.
func readSVG(data []byte) error {
	if !utf8.Valid(data) {
		return errNoLogo
	}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	decoder.CharsetReader = func(name string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(name, "us-ascii") {
			return in, nil
		}
		return nil, errors.New("it is not in UTF-8")
	}
	root := false
	for {
		token, err := decoder.Token()
		line, _ := decoder.InputPos()
		switch token := token.(type) {
		case xml.Directive:
			if bytes.ContainsRune(token, '[') {
				return noLogo("LOGO_ENTITIES", "line", strconv.Itoa(line))
			}
		case xml.StartElement:
			if !root && (token.Name.Local != "svg" || token.Name.Space != "http://www.w3.org/2000/svg") {
				if token.Name.Local == "svg" {
					return noLogo("LOGO_XMLNS")
				}
				return errNoLogo
			}
			root = true
		}
		switch {
		case errors.Is(err, io.EOF) && root:
			return nil
		case err != nil && root:
			return noLogo("LOGO_BROKEN", "line", strconv.Itoa(line))
		case err != nil:
			return errNoLogo
		}
	}
}
