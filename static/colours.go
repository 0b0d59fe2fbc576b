package static

import (
	"regexp"
	"strings"
)

// Colours are the design's, by the names of their tokens in app.css without the dashes before them, as "#2148b8" or "#fff".
type Colours map[string]string

// Pair is two tokens that must be told apart, and WCAG's contrast that they need at least.
type Pair struct {
	Front, Back string
	Least       float64
}

const text, shape = 4.5, 3.0

// Pairs are all that the pages put on one another.
var Pairs = []Pair{
	{"ink", "bg", text}, {"ink", "surface", text}, {"ink-soft", "bg", text}, {"ink-soft", "surface", text}, {"ink-soft", "sunken", text},
	{"accent", "bg", text}, {"accent", "surface", text}, {"accent", "accent-soft", text}, {"accent", "sunken", text}, {"ink-soft", "accent-soft", text},
	{"ink", "accent-soft", text}, {"on-accent", "accent", text}, {"on-accent", "accent-strong", text}, {"accent-strong", "bg", text}, {"accent-strong", "surface", text},
	{"done", "surface", text}, {"done", "done-soft", text}, {"attention", "surface", text}, {"attention", "attention-soft", text},
	{"wrong", "surface", text}, {"wrong", "wrong-soft", text}, {"ink-soft", "attention-soft", text}, {"line-strong", "surface", shape},
}

// Light and Dark are the design's colours in either mode.
var Light, Dark = modes()

var (
	rootBlock   = regexp.MustCompile(`(?s):root \{(.*?)\}`)
	colourToken = regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{3,6});`)
)

// modes panics where app.css has not one set of colours for each mode: the file is part of the program.
func modes() (light, dark Colours) {
	css, err := files.ReadFile("app.css")
	if err != nil {
		panic("static: app.css cannot be read: " + err.Error())
	}
	plain, inDark, found := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	if !found {
		panic("static: app.css has no dark colours")
	}
	return coloursOf(plain), coloursOf(inDark)
}

func coloursOf(css string) Colours {
	block := rootBlock.FindStringSubmatch(css)
	if block == nil {
		panic("static: app.css has no set of colours where one is due")
	}
	colours := Colours{}
	for _, token := range colourToken.FindAllStringSubmatch(block[1], -1) {
		colours[token[1]] = token[2]
	}
	return colours
}
