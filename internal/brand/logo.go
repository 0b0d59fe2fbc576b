package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
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

// sentence is an error for people.
type sentence string

func (s sentence) Error() string { return string(s) }

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
		return Logo{}, sentence(fmt.Sprintf("The logo has %d bytes; it may have %d (64 KB). Make it smaller.", len(data), MaxLogo))
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
		return Logo{}, sentence(fmt.Sprintf("The logo is %d by %d pixels; a side may have %d. Make it smaller.", size.Width, size.Height, maxLogoSide))
	}
	if err == nil {
		_, err = png.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return Logo{}, sentence("The logo begins as a PNG and cannot be read on. Save it again.")
	}
	return Logo{TypePNG, data}, nil
}

const errNoLogo = sentence("The logo is neither a PNG nor an SVG. Save it as one of them.")

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
				return sentence(fmt.Sprintf("The logo’s SVG declares entities in line %d. Save it without its <!DOCTYPE …[…]>.", line))
			}
		case xml.StartElement:
			if !root && (token.Name.Local != "svg" || token.Name.Space != "http://www.w3.org/2000/svg") {
				if token.Name.Local == "svg" {
					return sentence(`The logo’s <svg> needs xmlns="http://www.w3.org/2000/svg", or browsers show nothing.`)
				}
				return errNoLogo
			}
			root = true
		}
		switch {
		case errors.Is(err, io.EOF) && root:
			return nil
		case err != nil && root:
			return sentence(fmt.Sprintf("The logo’s SVG is not well-formed in line %d. Save it again.", line))
		case err != nil:
			return errNoLogo
		}
	}
}
