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
	c, err := g.draw(s, v)
	if err != nil {
		return nil, err
	}
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, c.picture, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, fmt.Errorf("sandbox: encode a specimen's picture: %w", err)
	}
	g.drawn[key] = encoded.Bytes()
	return encoded.Bytes(), nil
}

func (g *gallery) draw(s enrolment.Specimen, v view) (*canvas, error) {
	switch v {
	case viewPortrait:
		return drawPortrait(s)
	case viewSelfie:
		return drawSelfie(s)
	case viewFront:
		return drawFront(s)
	case viewBack:
		return drawCardBack(s)
	case viewFrontFrame:
		return g.frame(s, viewFront)
	case viewBackFrame:
		return g.frame(s, viewBack)
	}
	return nil, fmt.Errorf("sandbox: there is no view %q of a specimen", v)
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

// frame puts a document on a table, a little turned, as a camera sees it.
func (g *gallery) frame(s enrolment.Specimen, side view) (*canvas, error) {
	encoded, err := g.find(s, side)
	if err != nil {
		return nil, err
	}
	page, err := jpeg.Decode(bytes.NewReader(encoded))
	if err != nil {
		return nil, fmt.Errorf("sandbox: read a specimen's picture: %w", err)
	}
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
	for i := range 6 {
		grow := float64(6-i) * 6
		c.in(place).fill((&path{}).rounded(-grow, 14-grow, w+2*grow, h+2*grow, 34+grow), faint(rgb(0), 0.06))
	}
	c.put(page, place, (&path{}).rounded(0, 0, w, h, 30))
	for _, corner := range []struct{ x, y, dx, dy float64 }{{24, 210, 1, 1}, {696, 210, -1, 1}, {24, 750, 1, -1}, {696, 750, -1, -1}} {
		c.fill((&path{}).pen(6, point{corner.x + 60*corner.dx, corner.y}, point{corner.x, corner.y}, point{corner.x, corner.y + 60*corner.dy}), faint(rgb(0xFFFFFF), 0.85))
	}
	return c, nil
}

// put draws a picture where m maps its field to, inside shape, whose coordinates are the picture's own.
func (c *canvas) put(picture image.Image, m matrix, shape *path) {
	onto := c.matrix.within(m)
	_, box := c.in(m).place(shape)
	placed := image.NewRGBA(box)
	draw.BiLinear.Transform(placed, f64.Aff3{onto.a, onto.c, onto.e, onto.b, onto.d, onto.f}, picture, picture.Bounds(), draw.Src, nil)
	c.in(m).paint(shape, placed)
}
