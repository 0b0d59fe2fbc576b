package sandbox

import (
	"image/color"
)

// look is what an invented person looks like: a few plain shapes, so that nobody takes them for a photograph.
type look struct {
	skin, hair, cloth, iris color.RGBA
	long, beard, glasses    bool
	behind, room            [2]color.RGBA // backgrounds of the portrait and of the selfie
}

// looks are those of the persons of package enrolment.
var looks = map[string]look{
	"ana": {
		skin: rgb(0xE8B796), hair: rgb(0x4A2C20), cloth: rgb(0x2F6F73), iris: rgb(0x5B3A21), long: true,
		behind: [2]color.RGBA{rgb(0xEEF3F6), rgb(0xD5E0E8)}, room: [2]color.RGBA{rgb(0xF4E3CF), rgb(0xD9B48F)},
	},
	"bo": {
		skin: rgb(0xA9724B), hair: rgb(0x1F1B1A), cloth: rgb(0x7A4B8C), iris: rgb(0x2E1D14), beard: true,
		behind: [2]color.RGBA{rgb(0xF1F1EC), rgb(0xDBDDD3)}, room: [2]color.RGBA{rgb(0xCFE3EC), rgb(0x8FB3C9)},
	},
	"cleo": {
		skin: rgb(0xF3CFB6), hair: rgb(0xB9B4AE), cloth: rgb(0xB0483F), iris: rgb(0x46707F), long: true, glasses: true,
		behind: [2]color.RGBA{rgb(0xF0EEF5), rgb(0xDAD6E6)}, room: [2]color.RGBA{rgb(0xD8E6CF), rgb(0x9DB88B)},
	},
}

func lookOf(person string) look {
	if l, known := looks[person]; known {
		return l
	}
	return looks["ana"]
}

// face draws head and shoulders in a field of 480 by 600.
func (c *canvas) face(l look) {
	shade := blend(l.skin, rgb(0x5A2E1E), 0.22)
	light := blend(l.skin, rgb(0xFFFFFF), 0.18)

	if l.long {
		c.fill((&path{}).smooth(
			point{240, 92}, point{330, 124}, point{372, 220}, point{378, 340}, point{392, 452}, point{330, 486},
			point{240, 480}, point{150, 486}, point{88, 452}, point{102, 340}, point{108, 220}, point{150, 124}), blend(l.hair, rgb(0), 0.12))
	}
	c.shoulders(l, shade)

	c.fill((&path{}).ellipse(132, 290, 18, 32), shade)
	c.fill((&path{}).ellipse(348, 290, 18, 32), shade)
	head := (&path{}).smooth(
		point{240, 128}, point{308, 150}, point{346, 216}, point{346, 300}, point{322, 376}, point{278, 424}, point{240, 434},
		point{202, 424}, point{158, 376}, point{134, 300}, point{134, 216}, point{172, 150})
	c.fill(head, l.skin)
	c.fill((&path{}).ellipse(176, 338, 24, 16), faint(rgb(0xD9705A), 0.20))
	c.fill((&path{}).ellipse(304, 338, 24, 16), faint(rgb(0xD9705A), 0.20))

	if l.beard {
		c.fill((&path{}).smooth(
			point{134, 292}, point{146, 330}, point{176, 352}, point{206, 350}, point{240, 344}, point{274, 350}, point{304, 352}, point{334, 330},
			point{346, 292}, point{340, 356}, point{318, 412}, point{278, 444}, point{240, 452}, point{202, 444}, point{162, 412}, point{140, 356}), l.hair)
		c.fill((&path{}).smooth(point{206, 378}, point{240, 370}, point{274, 378}, point{262, 396}, point{240, 402}, point{218, 396}), shade)
	}
	c.fringe(l)
	c.features(l, shade, light)
}

func (c *canvas) shoulders(l look, shade color.RGBA) {
	c.fill((&path{}).smooth(
		point{240, 452}, point{316, 470}, point{398, 506}, point{450, 570}, point{470, 640}, point{240, 660}, point{10, 640},
		point{30, 570}, point{82, 506}, point{164, 470}), l.cloth)
	c.fill((&path{}).smooth(
		point{194, 390}, point{286, 390}, point{290, 470}, point{270, 506}, point{240, 518}, point{210, 506}, point{190, 470}), shade)
	seam := blend(l.cloth, rgb(0), 0.22)
	c.fill((&path{}).pen(7, curve([]point{{178, 478}, {202, 516}, {240, 534}, {278, 516}, {302, 478}}, false)...), seam)
	c.fill((&path{}).pen(3, curve([]point{{112, 600}, {122, 566}, {128, 548}}, false)...), seam)
	c.fill((&path{}).pen(3, curve([]point{{368, 600}, {358, 566}, {352, 548}}, false)...), seam)
}

// fringe is the hair in front of the head.
func (c *canvas) fringe(l look) {
	shine := blend(l.hair, rgb(0xFFFFFF), 0.16)
	if !l.long {
		c.fill((&path{}).smooth(
			point{126, 262}, point{122, 196}, point{152, 130}, point{204, 98}, point{262, 92}, point{322, 116}, point{356, 170}, point{356, 262},
			point{340, 238}, point{330, 204}, point{304, 184}, point{250, 178}, point{196, 186}, point{154, 204}, point{142, 236}), l.hair)
		c.fill((&path{}).pen(5, curve([]point{{182, 138}, {222, 120}, {270, 118}}, false)...), shine)
		return
	}
	c.fill((&path{}).smooth(
		point{116, 330}, point{106, 250}, point{118, 170}, point{168, 106}, point{240, 86}, point{312, 106}, point{362, 170}, point{374, 250},
		point{364, 330}, point{348, 280}, point{330, 226}, point{288, 188}, point{232, 156}, point{206, 188}, point{160, 222}, point{136, 266}), l.hair)
	c.fill((&path{}).pen(5, curve([]point{{150, 178}, {182, 136}, {222, 116}}, false)...), shine)
	c.fill((&path{}).pen(4, curve([]point{{276, 136}, {316, 166}, {338, 206}}, false)...), shine)
}

func (c *canvas) features(l look, shade, light color.RGBA) {
	ink := rgb(0x2B2320)
	for _, side := range []float64{-1, 1} {
		x := 240 + side*52
		c.fill((&path{}).smooth(point{x - 27, 286}, point{x - 10, 273}, point{x + 10, 273}, point{x + 27, 286}, point{x + 10, 297}, point{x - 10, 297}), rgb(0xFBFAF7))
		c.fill((&path{}).ellipse(x, 284, 12.5, 12.5), l.iris)
		c.fill((&path{}).ellipse(x, 284, 6, 6), rgb(0x14100E))
		c.fill((&path{}).ellipse(x+4, 280, 3, 3), rgb(0xFFFFFF))
		c.fill((&path{}).pen(4.5, curve([]point{{x - 28, 286}, {x - 10, 272}, {x + 10, 272}, {x + 28, 286}}, false)...), ink)
		c.fill((&path{}).pen(9, curve([]point{{x - side*26, 254}, {x, 244}, {x + side*28, 252}}, false)...), blend(l.hair, ink, 0.35))
	}
	c.fill((&path{}).pen(5, curve([]point{{236, 300}, {228, 336}, {226, 346}, {240, 352}, {254, 346}}, false)...), shade)
	c.fill((&path{}).pen(5, point{240, 300}, point{240, 322}), faint(light, 0.8))
	c.fill((&path{}).pen(7, curve([]point{{208, 384}, {226, 391}, {240, 392}, {254, 391}, {272, 384}}, false)...), blend(rgb(0xA2453C), l.skin, 0.25))
	if l.glasses {
		frame := rgb(0x3B4A57)
		for _, x := range []float64{188, 292} {
			ring := curve([]point{{x - 42, 284}, {x - 30, 258}, {x, 252}, {x + 30, 258}, {x + 42, 284}, {x + 28, 312}, {x, 318}, {x - 28, 312}}, true)
			c.fill((&path{}).polygon(ring...), faint(rgb(0xFFFFFF), 0.14))
			c.fill((&path{}).pen(5, append(ring, ring[0])...), frame)
		}
		c.fill((&path{}).pen(5, curve([]point{{230, 282}, {240, 277}, {250, 282}}, false)...), frame)
		c.fill((&path{}).pen(5, point{146, 280}, point{132, 274}), frame)
		c.fill((&path{}).pen(5, point{334, 280}, point{348, 274}), frame)
	}
}
