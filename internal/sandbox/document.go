package sandbox

import (
	"image"
	"image/color"
	"math"
	"strings"
	"time"

	"baton/internal/enrolment"
)

// Sizes of the drawn documents, in the proportions of ISO 7810's ID-3 and ID-1.
const (
	passportWidth, passportHeight = 1000, 704
	cardWidth, cardHeight         = 1000, 630
)

var (
	ink      = rgb(0x1D2A33)
	quietInk = rgb(0x5B6B75)
	stampInk = rgb(0x9B1C31)
)

// sheet is a document's paper: its colours and the title that it bears.
type sheet struct {
	from, to, lines, second, band color.RGBA
	title, subtitle               string
}

func sheetOf(documentType string) sheet {
	switch documentType {
	case enrolment.Passport:
		return sheet{rgb(0xFBF6EA), rgb(0xDDE9E6), rgb(0x3C8C86), rgb(0xC06A7B), rgb(0x1F4E5F), "UTOPIA", "PASSPORT"}
	case enrolment.UAEID:
		return sheet{rgb(0xF3F7FB), rgb(0xE5DFF0), rgb(0x5876B5), rgb(0x9A6BB0), rgb(0x34477E), "UTOPIA", "RESIDENT IDENTITY CARD"}
	}
	return sheet{rgb(0xF6F8EF), rgb(0xE2EBD7), rgb(0x6C8F4E), rgb(0xB98A3E), rgb(0x43603A), "UTOPIA", "DOCUMENT"}
}

func drawFront(s enrolment.Specimen) (*canvas, error) {
	if s.Type == enrolment.Passport {
		return drawPassport(s)
	}
	return drawCardFront(s)
}

func drawPassport(s enrolment.Specimen) (*canvas, error) {
	c, err := newCanvas(passportWidth, passportHeight)
	if err != nil {
		return nil, err
	}
	paper := sheetOf(s.Type)
	c.paper(paper, passportWidth, passportHeight)
	c.rosette(paper, 850, 330, 150)
	c.band(paper, passportWidth)
	c.portraitAt(s, 48, 118, 0.62)

	p := s.Person
	const left, right = 380, 700
	c.fields(left, 140, 66, []field{
		{"Surname", upper(p.Surname)}, {"Given names", upper(p.GivenNames)}, {"Nationality", upper(p.NationalityName)},
		{"Date of birth", longDate(p.Born)}, {"Place of birth", upper(p.PlaceOfBirth)}, {"Place of issue", upper(s.IssuedAt)},
	})
	c.fields(right, 140, 66, []field{
		{"Passport no.", s.Number}, {"Type / Code", "P / " + p.Nationality}, {"Sex", p.Sex}, {"Date of issue", longDate(s.IssuedOn)},
		{"Date of expiry", longDate(s.ValidTo)}, {"Personal no.", p.IdentityNumber},
	})
	c.zone(s, passportWidth, 566, 48, 34.4)
	c.stamp(passportWidth, passportHeight, 170, stampInk)
	return c, nil
}

func drawCardFront(s enrolment.Specimen) (*canvas, error) {
	c, err := newCanvas(cardWidth, cardHeight)
	if err != nil {
		return nil, err
	}
	paper := sheetOf(s.Type)
	c.paper(paper, cardWidth, cardHeight)
	c.rosette(paper, 850, 400, 170)
	c.band(paper, cardWidth)
	c.portraitAt(s, 48, 140, 0.66)

	p := s.Person
	c.fields(410, 166, 78, []field{
		{"Identity number", groupedIdentity(p.IdentityNumber)}, {"Name", p.FullName()}, {"Nationality", p.NationalityName},
		{"Date of birth", longDate(p.Born)}, {"Issued", longDate(s.IssuedOn)}, {"Valid to", longDate(s.ValidTo)},
	})
	c.fields(760, 322, 78, []field{{"Sex", p.Sex}, {"Place of issue", s.IssuedAt}})
	c.stamp(cardWidth, cardHeight, 166, stampInk)
	return c, nil
}

func drawCardBack(s enrolment.Specimen) (*canvas, error) {
	c, err := newCanvas(cardWidth, cardHeight)
	if err != nil {
		return nil, err
	}
	paper := sheetOf(s.Type)
	c.paper(paper, cardWidth, cardHeight)
	c.rosette(paper, 820, 190, 150)
	c.chip(60, 90)
	c.fields(330, 110, 84, []field{{"Card number", s.Number}, {"Occupation", s.Person.Occupation}, {"Employer", s.Person.Employer}})
	if _, ok := s.MRZ(); ok {
		c.zone(s, cardWidth, 396, 62, 48)
	} else {
		c.fill((&path{}).rect(0, 430, cardWidth, 92), faint(ink, 0.75))
		c.text(lettering{font: c.fonts.regular, size: 22, paint: quietInk}, 60, 574, "If found, please return it to nobody: this card is invented.")
	}
	c.stamp(cardWidth, cardHeight, 166, stampInk)
	return c, nil
}

// paper is the background with its fine lines.
func (c *canvas) paper(s sheet, width, height float64) {
	c.background(s.from, s.to, true)
	for family, paint := range []color.Color{faint(s.lines, 0.30), faint(s.second, 0.24)} {
		lines := &path{}
		for row := range 30 {
			var wave []point
			phase := float64(row)*0.21 + float64(family)*math.Pi/2
			for x := -10.0; x <= width+10; x += 10 {
				swing := 26*math.Sin(x/92+phase) + 12*math.Sin(x/37-phase*1.7)
				wave = append(wave, point{x, float64(row)/29*(height+60) - 30 + swing})
			}
			lines.stroke(0.9, wave...)
		}
		c.fill(lines, paint)
	}
}

// rosette is the round ornament of fine lines, as banknotes have.
func (c *canvas) rosette(s sheet, x, y, radius float64) {
	for colour, paint := range []color.Color{faint(s.lines, 0.34), faint(s.second, 0.28)} {
		rings := &path{}
		for ring := range 9 {
			line := make([]point, 361)
			for i := range line {
				angle := float64(i) / 360 * 2 * math.Pi
				swing := math.Sin(angle*12 + float64(ring)*math.Pi/9 + float64(colour)*math.Pi/2)
				r := radius * (0.34 + 0.07*float64(ring) + 0.11*swing)
				line[i] = point{x + r*math.Cos(angle), y + r*math.Sin(angle)}
			}
			rings.stroke(0.9, line...)
		}
		c.fill(rings, paint)
	}
}

func (c *canvas) band(s sheet, width float64) {
	c.fill((&path{}).rect(0, 0, width, 84), s.band)
	c.fill((&path{}).rect(0, 84, width, 4), s.second)
	c.text(lettering{font: c.fonts.bold, size: 38, paint: rgb(0xFFFFFF), spacing: 0.14}, 48, 56, s.title)
	_, wide := lettering{font: c.fonts.medium, size: 26, spacing: 0.10}.outline(s.subtitle)
	c.text(lettering{font: c.fonts.medium, size: 26, paint: faint(rgb(0xFFFFFF), 0.92), spacing: 0.10}, width-48-wide, 53, s.subtitle)
}

// portraitAt prints the portrait.
func (c *canvas) portraitAt(s enrolment.Specimen, x, y, size float64) {
	l := lookOf(s.Person.ID)
	c.fill((&path{}).rounded(x-4, y-4, 480*size+8, 600*size+8, 14), faint(ink, 0.18))
	photo := &canvas{picture: image.NewRGBA(image.Rect(0, 0, 480, 600)), matrix: identity, fonts: c.fonts}
	photo.background(l.behind[0], l.behind[1], false)
	photo.face(l)
	c.in(shift(x, y).within(scale(size))).put(photo.picture, 18)
}

type field struct{ label, value string }

func (c *canvas) fields(x, y, step float64, fields []field) {
	for _, f := range fields {
		c.text(lettering{font: c.fonts.regular, size: 17, paint: quietInk, spacing: 0.02}, x, y, f.label)
		c.text(lettering{font: c.fonts.medium, size: 27, paint: ink}, x, y+29, f.value)
		y += step
	}
}

// zone is the machine-readable zone on its white strip.
func (c *canvas) zone(s enrolment.Specimen, width, y, step, size float64) {
	zone, ok := s.MRZ()
	if !ok {
		return
	}
	height := step*float64(len(zone.Lines)) + 44
	c.fill((&path{}).rect(0, y, width, height), faint(rgb(0xFFFFFF), 0.72))
	for i, line := range zone.Lines {
		c.centred(lettering{font: c.fonts.mono, size: size, paint: ink}, width/2, y+step*float64(i)+size+14, line)
	}
}

// chip is the contact plate of a smart card.
func (c *canvas) chip(x, y float64) {
	gold, seam := rgb(0xD9B85C), rgb(0x8C6D23)
	c.fill((&path{}).rounded(x-3, y-3, 196, 156, 27), faint(seam, 0.7))
	c.fill((&path{}).rounded(x, y, 190, 150, 24), gold)
	c.fill((&path{}).rounded(x, y, 190, 70, 24), faint(rgb(0xFFFFFF), 0.16))
	lines := (&path{}).stroke(3, point{x, y + 50}, point{x + 60, y + 50}).stroke(3, point{x, y + 100}, point{x + 60, y + 100}).
		stroke(3, point{x + 130, y + 50}, point{x + 190, y + 50}).stroke(3, point{x + 130, y + 100}, point{x + 190, y + 100}).
		stroke(3, point{x + 60, y}, point{x + 60, y + 150}).stroke(3, point{x + 130, y}, point{x + 130, y + 150})
	c.fill(lines, seam)
	c.fill((&path{}).rounded(x+74, y+44, 42, 62, 14), gold)
	ring := (&path{}).rounded(x+74, y+44, 42, 62, 14).contours[0]
	c.fill((&path{}).stroke(3, append(ring, ring[0])...), seam)
}

func upper(text string) string { return strings.ToUpper(text) }

// longDate writes a date as documents do: 12 APR 1991.
func longDate(iso string) string {
	day, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return strings.ToUpper(day.Format("02 Jan 2006"))
}

// groupedIdentity writes an identity number with the hyphens that a card prints.
func groupedIdentity(number string) string {
	if len(number) != 15 {
		return number
	}
	return number[:3] + "-" + number[3:7] + "-" + number[7:14] + "-" + number[14:]
}
