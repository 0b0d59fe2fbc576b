package timeline

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Measures of the picture, in pixels.
const (
	svgWidth  = 1080
	laneFirst = 170
	laneStep  = 200
	headWidth = 128
	headTall  = 40
	headTop   = 84
	rowTall   = 46
	timeEnds  = 82
	glyph     = 6.5 // how wide a letter of a label is, more or less
)

// partyColours are a party's name and ground.
var partyColours = [...][2]string{
	Page: {"#193891", "#e9eefb"}, Phone: {"#14663a", "#e5f4eb"}, Backend: {"#6b4100", "#fdf2df"}, Baton: {"#ffffff", "#2148b8"}, Provider: {"#5b2a86", "#f3eafa"},
}

const (
	svgInk    = "#16202c"
	svgSoft   = "#5a6878"
	svgLine   = "#ccd5df"
	svgGood   = "#14663a"
	svgBad    = "#a82119"
	svgAccent = "#2148b8"
)

// SVG draws a session as a sequence picture on white: the parties as columns, time downwards. It has no secret and no script,
// and needs nothing but itself.
func SVG(s Session) string {
	steps := Steps(s.Entries)
	top := headTop + headTall + 24
	bottom := top + len(steps)*rowTall + 8
	tall := bottom + headTall + 44
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Sequence of hand-over %s" font-family="system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, Ubuntu, sans-serif">`+"\n",
		svgWidth, tall, svgWidth, tall, shortID(s.ID))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", svgWidth, tall)
	fmt.Fprintf(&b, `<text x="24" y="38" font-size="20" font-weight="650" fill="%s">One hand-over, party by party</text>`+"\n", svgInk)
	fmt.Fprintf(&b, `<text x="24" y="60" font-size="13" fill="%s">Session %s · %s · %s</text>`+"\n", svgSoft, escape(string(s.ID)),
		s.Began.UTC().Format("2 January 2006, 15:04:05 UTC"), counted(len(s.Entries), s.Dropped))
	for _, p := range Parties() {
		fmt.Fprintf(&b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s"/>`+"\n", lane(p), headTop+headTall, lane(p), bottom, svgLine)
	}
	drawBars(&b, steps, top)
	for i, step := range steps {
		drawStep(&b, s, step, top+i*rowTall+rowTall/2+8)
	}
	for _, p := range Parties() {
		drawHead(&b, p, headTop)
		drawHead(&b, p, bottom)
	}
	fmt.Fprintf(&b, `<text x="24" y="%d" font-size="11" fill="%s">Whole line: a call. Dashed: a frame of a channel, or an answer. Dotted: in process, without a call. Secrets are left out.</text>`+"\n", tall-16, svgSoft)
	b.WriteString("</svg>\n")
	return b.String()
}

func counted(n, dropped int) string {
	text := fmt.Sprintf("%d entries", n)
	if dropped > 0 {
		text += fmt.Sprintf(", %d earlier ones were not kept", dropped)
	}
	return text
}

func lane(p Party) int { return laneFirst + int(p)*laneStep }

func drawHead(b *strings.Builder, p Party, y int) {
	colours := partyColours[p]
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="10" fill="%s"/>`, lane(p)-headWidth/2, y, headWidth, headTall, colours[1])
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="14" font-weight="650" text-anchor="middle" fill="%s">%s</text>`+"\n", lane(p), y+headTall/2+5, colours[0], p)
}

// drawBars shows who is at work while others are called.
func drawBars(b *strings.Builder, steps []Step, top int) {
	for i, step := range steps {
		if !step.Nesting || step.IsAnswer {
			continue
		}
		for j := i + 1; j < len(steps); j++ {
			if steps[j].N == step.N {
				fmt.Fprintf(b, `<rect x="%d" y="%d" width="10" height="%d" rx="3" fill="%s" stroke="%s"/>`+"\n",
					lane(step.To)-5, top+i*rowTall+rowTall/2+8, (j-i)*rowTall, partyColours[step.To][1], svgLine)
			}
		}
	}
}

func drawStep(b *strings.Builder, s Session, step Step, y int) {
	from, to := step.Ends()
	x1, x2, way := lane(from), lane(to), 1
	if x2 < x1 {
		way = -1
	}
	colour, dash := svgInk, ""
	switch {
	case step.Failed():
		colour = svgBad
	case step.Kind == Frame:
		colour = svgAccent
	case step.Kind == Close || step.Kind == InProcess:
		colour = svgSoft
	}
	switch {
	case step.Kind == Frame || step.Kind == Close:
		dash = ` stroke-dasharray="7 5"`
	case step.Kind == InProcess:
		dash = ` stroke-dasharray="1 5" stroke-linecap="round"`
	case step.IsAnswer:
		dash = ` stroke-dasharray="3 3"`
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="11" text-anchor="end" fill="%s">%s</text>`, timeEnds, y+4, svgSoft, step.Since(s.Began))
	fmt.Fprintf(b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="1.6"%s/>`, x1, y, x2-way*2, y, colour, dash)
	switch step.Kind {
	case Close:
		fmt.Fprintf(b, `<path d="M%d %dl-9 -9m0 9l9 -9" stroke="%s" stroke-width="1.6" fill="none"/>`, x2-way*4+4, y+4, colour)
	case Frame:
		fmt.Fprintf(b, `<path d="M%d %dl%d -5m%d 5l%d 5" stroke="%s" stroke-width="1.6" fill="none" stroke-linecap="round"/>`, x2-way*2, y, -way*8, way*8, -way*8, colour)
	case InProcess:
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="3.5" fill="#ffffff" stroke="%s" stroke-width="1.6"/>`, x2, y, colour)
	default:
		fmt.Fprintf(b, `<path d="M%d %dl%d -5v10z" fill="%s"/>`, x2, y, -way*9, colour)
	}
	drawLabel(b, s, step, (x1+x2)/2, y-9, colour)
}

// drawLabel writes over the arrow, on a white ground where it crosses the columns.
func drawLabel(b *strings.Builder, s Session, step Step, middle, y int, colour string) {
	label, status := step.Label(s.ID), step.StatusText()
	if step.IsAnswer {
		label, status = "", step.StatusText()
	}
	long := int(glyph * float64(len([]rune(label))+len(status)+10))
	x := min(max(middle, timeEnds+14+long/2), svgWidth-12-long/2)
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="12" text-anchor="middle" fill="%s" stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke">`, x, y, colour)
	if method, path, found := strings.Cut(label, " "); step.Kind == Call && found {
		fmt.Fprintf(b, `<tspan font-weight="700">%s</tspan> %s`, escape(method), escape(path))
	} else {
		b.WriteString(escape(label))
	}
	if status != "" {
		good := svgGood
		if step.Failed() {
			good = svgBad
		}
		fmt.Fprintf(b, ` <tspan font-weight="700" fill="%s">%s</tspan>`, good, escape(status))
		if step.Kind == Call {
			fmt.Fprintf(b, ` <tspan font-size="10.5" fill="%s">%s</tspan>`, svgSoft, escape(TookText(step.Took.Seconds())))
		}
	}
	b.WriteString("</text>\n")
}

// TookText is a duration for people.
func TookText(seconds float64) string {
	switch {
	case seconds < 0.001:
		return "<1 ms"
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	}
	return fmt.Sprintf("%.1f s", seconds)
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}
