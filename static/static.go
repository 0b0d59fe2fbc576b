// Package static holds the files that browsers load and names them. A file's name contains a hash of its content, so that
// it may be cached for ever. A script refers to others by such names too, so that its own hash covers them: a browser that
// has one version of a script never gets a part of another version with it, whatever it cached and whenever the server
// was upgraded.
package static

import (
	"embed"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed app.css brand.css brand.js docs.css gallery.css integrate.css integrate.js integrate_try.js icon.svg phone.css baton.js baton-element.js baton-session.js baton-draw.js baton-style.js baton.en.js baton.ar.js baton.d.ts phone.js phone_calls.js phone_course.js phone_ends.js phone_landing.js phone_memory.js phone_outcomes.js phone_pace.js phone_play.js phone_self.js phone_session.js phone_stage.js phone_wishes.js register.js register_beside.js register_code.js register_pictures.js register_renewals.js versions.js words.js console.css console.js timeline.css timeline.js
var files embed.FS

// Component names the files of the component that other sites include. They are served at the server's root as well.
var Component = []string{"baton.js", "baton-element.js", "baton-session.js", "baton-draw.js", "baton-style.js", "baton.en.js", "baton.ar.js", "baton.d.ts"}

// Stable names those of them that have an address without a hash, which other sites refer to.
var Stable = []string{"baton.js", "baton.d.ts"}

// dictionaries are loaded late, when a page turns out to be in their language, which may be long after the server was
// upgraded. What an older page asks for then is gone; it gets the dictionary of today, because an Arabic page is better
// than an English one, and because a dictionary runs nothing: it is sentences by keys, and what a page misses in it is
// English. No other part is replaced: the component loads itself anew instead (see `drawing` in baton.js).
var dictionaries = []string{"baton.ar.js"}

// Prefix is where the files live on the server.
const Prefix = "/static/"

type file struct {
	name        string
	tag         string
	body        []byte
	contentType string
}

// contentTypes is closed on purpose: a file of another kind must be given a type here before it can be embedded.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".ts":  "text/plain; charset=utf-8",
}

var (
	hashed = map[string]file{}   // by URL path with hash
	plain  = map[string]file{}   // by URL path without: the stable ones
	paths  = map[string]string{} // name → URL path with hash
)

func init() {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("static: the embedded files cannot be listed: " + err.Error())
	}
	sources := map[string][]byte{}
	for _, entry := range entries {
		if sources[entry.Name()], err = files.ReadFile(entry.Name()); err != nil {
			panic("static: an embedded file cannot be read: " + err.Error())
		}
	}
	named, err := link(sources)
	if err != nil {
		panic("static: " + err.Error())
	}
	for name, l := range named {
		contentType, ok := contentTypes[path.Ext(name)]
		if !ok {
			panic("static: no content type is known for " + name)
		}
		paths[name] = l.path
		f := file{name, `W/"` + hash.FindStringSubmatch(l.path)[1] + `"`, l.body, contentType}
		hashed[l.path] = f
		if slices.Contains(Stable, name) {
			plain[Prefix+name] = f
		}
	}
}

// hash is what a name has before its extension.
var hash = regexp.MustCompile(`\.([0-9a-f]{16})(\.[a-z]+)$`)

// Path returns the URL path of a file by its name, such as "/static/app.0123456789abcdef.css" for "app.css". It panics
// for a name that is not embedded: that is a mistake in a page, which any test of the page finds.
func Path(name string) string {
	url, ok := paths[name]
	if !ok {
		panic("static: no file is named " + name)
	}
	return url
}

// Lookup returns the file at a URL path: one that Path gave, the plain one of a stable file ("/static/baton.js"), or a
// dictionary in place of an earlier one. The body must not be changed.
func Lookup(urlPath string) (body []byte, contentType string, ok bool) {
	f, ok := lookup(urlPath)
	return f.body, f.contentType, ok
}

func lookup(urlPath string) (file, bool) {
	if f, ok := hashed[urlPath]; ok {
		return f, true
	}
	if f, ok := plain[urlPath]; ok {
		return f, true
	}
	name := strings.TrimPrefix(hash.ReplaceAllString(urlPath, "$2"), Prefix)
	if !slices.Contains(dictionaries, name) || !hash.MatchString(urlPath) || !strings.HasPrefix(urlPath, Prefix) {
		return file{}, false
	}
	return hashed[paths[name]], true
}

// Immutable reports whether what lies at the URL path can never change, so that it may be cached for ever. What a plain
// path shows changes with the program, and so does a dictionary in place of an earlier one.
func Immutable(urlPath string) bool {
	_, ok := hashed[urlPath]
	return ok
}

// Embeddable reports whether what lies at the URL path belongs to the component, which pages of other sites load.
func Embeddable(urlPath string) bool {
	f, ok := lookup(urlPath)
	return ok && slices.Contains(Component, f.name)
}

// Tag is the entity tag of what lies at a plain URL path, or empty for any other. It is weak, because the file may be sent
// compressed.
func Tag(urlPath string) string { return plain[urlPath].tag }
