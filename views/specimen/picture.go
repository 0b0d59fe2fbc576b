package specimen

// Pictures is the path below which the pages look for the pictures of their documents.
const Pictures = "/gallery/picture/"

// Picture returns the path of one: portrait, front, back or selfie.
func Picture(name string) string { return Pictures + name + ".svg" }

// pictures are SVG files by name. They show nobody.
var pictures = map[string]string{
	"portrait": head("0 0 112 140", "#dfe6f2"),
	"selfie":   head("0 0 112 140", "#e9e3d6"),
	"front": card(`<rect x="20" y="52" width="84" height="106" rx="6" fill="#c3cede"/><circle cx="62" cy="92" r="20" fill="#6b7a90"/>
<path d="M28 158a34 36 0 0 1 68 0z" fill="#6b7a90"/><g fill="#6b7a90"><rect x="124" y="56" width="120" height="8" rx="4"/><rect x="124" y="82" width="150" height="8" rx="4"/>
<rect x="124" y="108" width="92" height="8" rx="4"/><rect x="124" y="134" width="110" height="8" rx="4"/></g>`),
	"back": card(`<g fill="#6b7a90"><rect x="20" y="60" width="180" height="8" rx="4"/><rect x="20" y="86" width="130" height="8" rx="4"/></g>
<g fill="#3d4857" font-family="monospace" font-size="13"><text x="20" y="148">I&lt;UTO0000000X&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;</text><text x="20" y="170">SPECIMEN&lt;&lt;ANNA&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;</text></g>`),
}

// DrawnPicture returns the SVG file of a name that Picture takes.
func DrawnPicture(name string) (svg string, ok bool) {
	svg, ok = pictures[name]
	return svg, ok
}

func head(box, ground string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="` + box + `" width="112" height="140"><rect width="112" height="140" fill="` + ground +
		`"/><circle cx="56" cy="58" r="27" fill="#6b7a90"/><path d="M10 140a46 48 0 0 1 92 0z" fill="#6b7a90"/></svg>`
}

func card(inside string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 312 196" width="312" height="196"><rect width="312" height="196" rx="12" fill="#eef2f8"/>` +
		`<rect x="20" y="20" width="96" height="10" rx="5" fill="#2148b8"/>` + inside +
		`<text x="292" y="32" text-anchor="end" font-family="sans-serif" font-size="14" font-weight="700" fill="#a82119">SPECIMEN</text></svg>`
}
