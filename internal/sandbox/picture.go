package sandbox

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"slices"
	"sync"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"baton/internal/enrolment"
)

// view is which picture of a specimen.
type view string

// The views. A selfie shows the person; a frame is the whole picture that a camera took, with the document in it.
const (
	viewPortrait   view = "portrait"
	viewFront      view = "front"
	viewBack       view = "back"
	viewFrontFrame view = "front-frame"
	viewBackFrame  view = "back-frame"
	viewSelfie     view = "selfie"
)

const jpegQuality = 85

// gallery draws the specimens' pictures, each once. There are few: types without a layout of their own share one, so
// no caller can make it grow. Safe for concurrent use.
type gallery struct {
	mu    sync.Mutex // also lets one picture be drawn at a time, which is enough for invented people
	drawn map[pictureKey][]byte
}

// pictures are the same in every sandbox.
var pictures = &gallery{drawn: map[pictureKey][]byte{}}

type pictureKey struct {
	layout, specimen string
	view             view
}

// jpeg returns the picture; it belongs to the gallery.
func (g *gallery) jpeg(s enrolment.Specimen, v view) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.find(s, v)
}

func (g *gallery) find(s enrolment.Specimen, v view) ([]byte, error) {
	layout := s.Type
	if layout != enrolment.Passport && layout != enrolment.UAEID {
		layout = "card"
	}
	key := pictureKey{layout, s.ID, v}
	if picture, ok := g.drawn[key]; ok {
		return picture, nil
	}
	made, err := drawView(s, v)
	if err != nil {
		return nil, err
	}
	for also, c := range made {
		var encoded bytes.Buffer
		if err := jpeg.Encode(&encoded, c.picture, &jpeg.Options{Quality: jpegQuality}); err != nil {
			return nil, fmt.Errorf("sandbox: encode a specimen's picture: %w", err)
		}
		g.drawn[pictureKey{layout, s.ID, also}] = encoded.Bytes()
	}
	return g.drawn[key], nil
}

// drawView makes a view, and with a document's side the frame that shows it: whoever asks for one asks for the other.
func drawView(s enrolment.Specimen, v view) (map[view]*canvas, error) {
	var c *canvas
	var err error
	switch v {
	case viewPortrait:
		c, err = drawPortrait(s)
	case viewSelfie:
		c, err = drawSelfie(s)
	case viewFront, viewFrontFrame:
		return drawSide(s, viewFront, viewFrontFrame, drawFront)
	case viewBack, viewBackFrame:
		return drawSide(s, viewBack, viewBackFrame, drawCardBack)
	default:
		err = fmt.Errorf("sandbox: there is no view %q of a specimen", v)
	}
	return map[view]*canvas{v: c}, err
}

func drawSide(s enrolment.Specimen, side, frame view, draw func(enrolment.Specimen) (*canvas, error)) (map[view]*canvas, error) {
	page, err := draw(s)
	if err != nil {
		return nil, err
	}
	framed, err := drawFrame(page.picture)
	return map[view]*canvas{side: page, frame: framed}, err
}

func drawPortrait(s enrolment.Specimen) (*canvas, error) {
	c, err := newCanvas(480, 600)
	if err != nil {
		return nil, err
	}
	l := lookOf(s.Person.ID)
	c.background(l.behind[0], l.behind[1], false)
	c.face(l)
	c.stamp(480, 600, 76, rgb(0x8A1F2B))
	return c, nil
}

func drawSelfie(s enrolment.Specimen) (*canvas, error) {
	c, err := newCanvas(600, 750)
	if err != nil {
		return nil, err
	}
	l := lookOf(s.Person.ID)
	c.background(l.room[0], l.room[1], true)
	for i, bubble := range []struct{ x, y, r float64 }{{90, 130, 120}, {520, 90, 90}, {560, 420, 140}, {40, 520, 110}} {
		c.fill((&path{}).ellipse(bubble.x, bubble.y, bubble.r, bubble.r), faint(rgb(0xFFFFFF), 0.10+0.03*float64(i%2)))
	}
	c.in(shift(36, 92).within(scale(1.1))).face(l)

	veil := &path{} // all but the oval; opposite turns cut it out
	veil.rect(0, 0, 600, 750)
	oval := (&path{}).ellipse(300, 380, 216, 300).contours[0]
	slices.Reverse(oval)
	veil.polygon(oval...)
	c.fill(veil, faint(rgb(0x10212B), 0.34))
	c.fill((&path{}).stroke(5, append(oval, oval[0])...), faint(rgb(0xFFFFFF), 0.9))
	c.stamp(600, 750, 92, rgb(0xFFFFFF))
	return c, nil
}

// stamp writes SPECIMEN across a field, so that no part of the picture can be cut out without it.
func (c *canvas) stamp(width, height, size float64, ink color.RGBA) {
	angle := -math.Atan2(height*0.55, width) * 180 / math.Pi
	l := lettering{font: c.fonts.bold, size: size, paint: faint(ink, 0.36), spacing: 0.08}
	c.in(shift(width/2, height/2).within(rotate(angle))).centred(l, 0, size*0.36, "SPECIMEN")
}

// drawFrame puts a document on a table, a little turned, as a camera sees it.
func drawFrame(page *image.RGBA) (*canvas, error) {
	const width, height = 720, 960
	c, err := newCanvas(width, height)
	if err != nil {
		return nil, err
	}
	c.background(rgb(0x6F5B4B), rgb(0x4A3C33), true)
	for i := range 9 {
		y := float64(i) * 112
		c.fill((&path{}).rect(0, y, width, 2), faint(rgb(0x2E241E), 0.35))
	}
	size := page.Bounds().Size()
	w, h := float64(size.X), float64(size.Y)
	place := shift(width/2, height/2).within(rotate(-2.6)).within(scale(660 / w)).within(shift(-w/2, -h/2))
	for i := range 3 {
		grow := float64(3-i) * 11
		c.in(place).fill((&path{}).rounded(-grow, 14-grow, w+2*grow, h+2*grow, 34+grow), faint(rgb(0), 0.11))
	}
	c.in(place).put(page, 30)
	for _, corner := range []struct{ x, y, dx, dy float64 }{{24, 210, 1, 1}, {696, 210, -1, 1}, {24, 750, 1, -1}, {696, 750, -1, -1}} {
		c.fill((&path{}).pen(6, point{corner.x + 60*corner.dx, corner.y}, point{corner.x, corner.y}, point{corner.x, corner.y + 60*corner.dy}), faint(rgb(0xFFFFFF), 0.85))
	}
	return c, nil
}

// put draws an opaque picture with round corners, at the origin.
func (c *canvas) put(picture *image.RGBA, radius float64) {
	loose := cutOut(picture, radius)
	m := c.matrix
	draw.BiLinear.Transform(c.picture, f64.Aff3{m.a, m.c, m.e, m.b, m.d, m.f}, loose, loose.Bounds(), draw.Over, nil)
}

// cutOut copies a picture with its corners rounded and a clear border around it, into which a turned edge runs out smoothly.
func cutOut(picture *image.RGBA, radius float64) *image.RGBA {
	size := picture.Bounds().Size()
	loose := image.NewRGBA(picture.Bounds().Inset(-2))
	for y := range size.Y {
		copy(loose.Pix[loose.PixOffset(0, y):], picture.Pix[picture.PixOffset(0, y):picture.PixOffset(size.X, y)])
	}
	for y := range int(radius) {
		for x := range int(radius) {
			inside := radius - math.Hypot(radius-float64(x)-0.5, radius-float64(y)-0.5) + 0.5
			if inside >= 1 {
				continue
			}
			for _, at := range [...]image.Point{{x, y}, {size.X - 1 - x, y}, {x, size.Y - 1 - y}, {size.X - 1 - x, size.Y - 1 - y}} {
				p := loose.RGBAAt(at.X, at.Y)
				fade := func(v uint8) uint8 { return uint8(float64(v) * max(inside, 0)) }
				loose.SetRGBA(at.X, at.Y, color.RGBA{fade(p.R), fade(p.G), fade(p.B), fade(p.A)})
			}
		}
	}
	return loose
}
