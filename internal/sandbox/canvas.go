package sandbox

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// typefaces are the fonts of the pictures; reading one only looks at its bytes, so all pictures share them.
type typefaces struct{ regular, medium, bold, mono *sfnt.Font }

var fonts = sync.OnceValues(func() (typefaces, error) {
	var (
		faces typefaces
		err   error
	)
	for to, ttf := range map[**sfnt.Font][]byte{
		&faces.regular: goregular.TTF, &faces.medium: gomedium.TTF, &faces.bold: gobold.TTF, &faces.mono: gomono.TTF,
	} {
		if *to, err = sfnt.Parse(ttf); err != nil {
			return typefaces{}, fmt.Errorf("sandbox: read a built-in font: %w", err)
		}
	}
	return faces, nil
})

type point struct{ x, y float64 }

// matrix maps (x, y) to (ax+cy+e, bx+dy+f).
type matrix struct{ a, b, c, d, e, f float64 }

var identity = matrix{a: 1, d: 1}

func (m matrix) apply(p point) point { return point{m.a*p.x + m.c*p.y + m.e, m.b*p.x + m.d*p.y + m.f} }

// within returns the matrix that maps as n first and m then.
func (m matrix) within(n matrix) matrix {
	return matrix{
		m.a*n.a + m.c*n.b, m.b*n.a + m.d*n.b,
		m.a*n.c + m.c*n.d, m.b*n.c + m.d*n.d,
		m.a*n.e + m.c*n.f + m.e, m.b*n.e + m.d*n.f + m.f,
	}
}

func shift(x, y float64) matrix { return matrix{1, 0, 0, 1, x, y} }
func scale(s float64) matrix    { return matrix{s, 0, 0, s, 0, 0} }

func rotate(degrees float64) matrix {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return matrix{cos, sin, -sin, cos, 0, 0}
}

// canvas draws anti-aliased shapes on a picture, in the coordinates of its matrix.
type canvas struct {
	picture *image.RGBA
	matrix  matrix
	fonts   typefaces
}

func newCanvas(width, height int) (*canvas, error) {
	faces, err := fonts()
	if err != nil {
		return nil, err
	}
	return &canvas{picture: image.NewRGBA(image.Rect(0, 0, width, height)), matrix: identity, fonts: faces}, nil
}

// in returns a canvas on the same picture whose coordinates m maps to c's.
func (c *canvas) in(m matrix) *canvas {
	return &canvas{picture: c.picture, matrix: c.matrix.within(m), fonts: c.fonts}
}

// path is a filled shape: closed contours of points. Curves are cut into short lines as they are added.
type path struct{ contours [][]point }

func (p *path) polygon(points ...point) *path {
	p.contours = append(p.contours, points)
	return p
}

func (p *path) rect(x, y, w, h float64) *path {
	return p.polygon(point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

func (p *path) rounded(x, y, w, h, radius float64) *path {
	var points []point
	for corner, centre := range []point{{x + w - radius, y + radius}, {x + w - radius, y + h - radius}, {x + radius, y + h - radius}, {x + radius, y + radius}} {
		for i := range 13 {
			angle := (float64(corner)-1)*math.Pi/2 + float64(i)/12*math.Pi/2
			points = append(points, point{centre.x + radius*math.Cos(angle), centre.y + radius*math.Sin(angle)})
		}
	}
	return p.polygon(points...)
}

func (p *path) ellipse(x, y, rx, ry float64) *path {
	points := make([]point, 96)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(points)))
		points[i] = point{x + rx*cos, y + ry*sin}
	}
	return p.polygon(points...)
}

// smooth adds the closed curve through the points (Catmull-Rom).
func (p *path) smooth(through ...point) *path { return p.polygon(curve(through, true)...) }

// curve returns points on a smooth curve through the given ones.
func curve(through []point, closed bool) []point {
	n := len(through)
	at := func(i int) point {
		if closed {
			return through[(i+n)%n]
		}
		return through[min(max(i, 0), n-1)]
	}
	last := n
	if !closed {
		last--
	}
	var points []point
	for i := range last {
		p0, p1, p2, p3 := at(i-1), at(i), at(i+1), at(i+2)
		for step := range 16 {
			t := float64(step) / 16
			bend := func(a, b, c, d float64) float64 {
				return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
			}
			points = append(points, point{bend(p0.x, p1.x, p2.x, p3.x), bend(p0.y, p1.y, p2.y, p3.y)})
		}
	}
	if !closed {
		points = append(points, through[n-1])
	}
	return points
}

// stroke adds a line of that width. All its pieces turn the same way, so that lines which cross do not cancel out.
func (p *path) stroke(width float64, line ...point) *path {
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if length == 0 {
			continue
		}
		nx, ny := (b.y-a.y)/length*width/2, (a.x-b.x)/length*width/2
		p.polygon(point{a.x + nx, a.y + ny}, point{b.x + nx, b.y + ny}, point{b.x - nx, b.y - ny}, point{a.x - nx, a.y - ny})
	}
	return p
}

// pen adds a line with round ends and joints.
func (p *path) pen(width float64, line ...point) *path {
	p.stroke(width, line...)
	for _, at := range line {
		p.ellipse(at.x, at.y, width/2, width/2)
	}
	return p
}

func (c *canvas) fill(p *path, paint color.Color) { c.paint(p, image.NewUniform(paint)) }

// paint fills p with a source that has the picture's own coordinates.
func (c *canvas) paint(p *path, source image.Image) {
	mapped, box := c.place(p)
	if box.Empty() {
		return
	}
	raster := vector.NewRasterizer(box.Dx(), box.Dy())
	local := func(q point) (float32, float32) {
		return float32(q.x - float64(box.Min.X)), float32(q.y - float64(box.Min.Y))
	}
	for _, contour := range mapped {
		for i, corner := range contour {
			if i == 0 {
				raster.MoveTo(local(corner))
			} else {
				raster.LineTo(local(corner))
			}
		}
		raster.ClosePath()
	}
	raster.DrawOp = draw.Over
	raster.Draw(c.picture, box, source, box.Min)
}

// place maps a shape to the picture and returns it with the part of the picture that it may touch: the rasterizer
// trusts that its field lies on the picture.
func (c *canvas) place(p *path) ([][]point, image.Rectangle) {
	minX, minY, maxX, maxY := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	mapped := make([][]point, len(p.contours))
	for i, contour := range p.contours {
		mapped[i] = make([]point, len(contour))
		for j, corner := range contour {
			q := c.matrix.apply(corner)
			mapped[i][j] = q
			minX, minY, maxX, maxY = min(minX, q.x), min(minY, q.y), max(maxX, q.x), max(maxY, q.y)
		}
	}
	if minX > maxX {
		return nil, image.Rectangle{}
	}
	box := image.Rect(int(math.Floor(minX)), int(math.Floor(minY)), int(math.Ceil(maxX)), int(math.Ceil(maxY)))
	return mapped, box.Intersect(c.picture.Bounds())
}

func blend(a, b color.RGBA, t float64) color.RGBA {
	t = min(max(t, 0), 1)
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x)*(1-t) + float64(y)*t)) }
	return color.RGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), mix(a.A, b.A)}
}

// background covers the whole picture with a run from one colour to another, downwards or slantwise.
func (c *canvas) background(from, to color.RGBA, slant bool) {
	var ramp [512]color.RGBA // finer than the eye, and than 8 bits
	for i := range ramp {
		ramp[i] = blend(from, to, float64(i)/float64(len(ramp)-1))
	}
	size := c.picture.Bounds().Size()
	for y := range size.Y {
		down := float64(y) / float64(size.Y)
		for x := range size.X {
			t := down
			if slant {
				t = (down + float64(x)/float64(size.X)) / 2
			}
			c.picture.SetRGBA(x, y, ramp[int(t*float64(len(ramp)))])
		}
	}
}

// rgb reads 0xRRGGBB.
func rgb(hex uint32) color.RGBA {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// faint is an opaque colour made translucent.
func faint(c color.RGBA, opacity float64) color.Color {
	return color.NRGBA{c.R, c.G, c.B, uint8(math.Round(opacity * 255))}
}

// lettering is how a text looks. Spacing is added after each letter, in units of the size.
type lettering struct {
	font    *sfnt.Font
	size    float64
	paint   color.Color
	spacing float64
}

// text draws one line from x on, its base line at y, as outlines, so that it turns and scales with the matrix.
func (c *canvas) text(l lettering, x, y float64, text string) {
	letters, _ := l.outline(text)
	c.in(shift(x, y)).fill(letters, l.paint)
}

// centred is as text, with x in the middle.
func (c *canvas) centred(l lettering, x, y float64, text string) {
	letters, width := l.outline(text)
	c.in(shift(x-width/2, y)).fill(letters, l.paint)
}

// outline returns a line of text as a shape from the origin on, and its width. Letters that the font lacks, or cannot
// draw, are left out.
func (l lettering) outline(text string) (*path, float64) {
	var (
		buffer sfnt.Buffer
		shape  path
		x      float64
		last   sfnt.GlyphIndex
	)
	const unitsPerEm = 1000 // outlines are taken at this size, where rounding to 1/64 does not show
	ppem, factor := fixed.I(unitsPerEm), l.size/unitsPerEm/64
	for i, letter := range []rune(text) {
		glyph, err := l.font.GlyphIndex(&buffer, letter)
		if err != nil {
			continue
		}
		if kern, err := l.font.Kern(&buffer, last, glyph, ppem, font.HintingNone); err == nil && i > 0 {
			x += float64(kern) * factor
		}
		segments, err := l.font.LoadGlyph(&buffer, glyph, ppem, nil)
		if err != nil {
			continue
		}
		at := func(p fixed.Point26_6) point { return point{x + float64(p.X)*factor, float64(p.Y) * factor} }
		shape.contours = append(shape.contours, flatten(segments, at)...)
		if advance, err := l.font.GlyphAdvance(&buffer, glyph, ppem, font.HintingNone); err == nil {
			x += float64(advance)*factor + l.spacing*l.size
		}
		last = glyph
	}
	return &shape, x - l.spacing*l.size
}

// flatten turns a glyph into polygons. The fonts are TrueType, whose curves are all quadratic.
func flatten(segments sfnt.Segments, at func(fixed.Point26_6) point) [][]point {
	var contours [][]point
	for _, s := range segments {
		if s.Op == sfnt.SegmentOpMoveTo || len(contours) == 0 {
			contours = append(contours, []point{at(s.Args[0])})
			continue
		}
		contour := &contours[len(contours)-1]
		if s.Op == sfnt.SegmentOpLineTo {
			*contour = append(*contour, at(s.Args[0]))
			continue
		}
		from, control, to := (*contour)[len(*contour)-1], at(s.Args[0]), at(s.Args[1])
		for step := 1; step <= 8; step++ {
			t := float64(step) / 8
			mix := func(a, b, c float64) float64 { return (1-t)*(1-t)*a + 2*t*(1-t)*b + t*t*c }
			*contour = append(*contour, point{mix(from.x, control.x, to.x), mix(from.y, control.y, to.y)})
		}
	}
	return contours
}
