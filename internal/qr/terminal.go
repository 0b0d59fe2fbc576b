package qr

import "strings"

// Terminal draws the code with half-block characters, two modules to a line of text, quiet zone included, each line
// ending in a newline. With color it sets black on white for each line, so that the code is dark on light in any
// terminal; without, light modules are the blocks, which is right where text is light on dark.
func (c Code) Terminal(color bool) string {
	const blackOnWhite, reset = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
	dark := c.bitmap()
	at := func(x, y int) bool { return y < c.Modules && dark[y][x] }
	var b strings.Builder
	for y := 0; y < c.Modules; y += 2 {
		if color {
			b.WriteString(blackOnWhite)
		}
		for x := range c.Modules {
			// Without color the blocks are what is light.
			upper, lower := at(x, y) == color, at(x, y+1) == color
			switch {
			case upper && lower:
				b.WriteRune('█')
			case upper:
				b.WriteRune('▀')
			case lower:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		if color {
			b.WriteString(reset)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// bitmap reads the drawing back: rows of modules, true for dark.
func (c Code) bitmap() [][]bool {
	dark := make([][]bool, c.Modules)
	for y := range dark {
		dark[y] = make([]bool, c.Modules)
	}
	x, y := 0, 0
	for run := range strings.SplitSeq(strings.TrimSuffix(c.Path, "z"), "z") {
		if run == "" {
			continue
		}
		move, box, _ := strings.Cut(run[1:], "h")
		first, second, _ := strings.Cut(move, " ")
		if run[0] == 'M' {
			x, y = atoi(first), atoi(second)
		} else {
			x += atoi(first)
		}
		width, _, _ := strings.Cut(box, "v")
		for i := range atoi(width) {
			dark[y][x+i] = true
		}
	}
	return dark
}

// atoi reads one of the drawing's own numbers, which are never negative here.
func atoi(digits string) int {
	n := 0
	for _, d := range []byte(digits) {
		n = 10*n + int(d-'0')
	}
	return n
}
