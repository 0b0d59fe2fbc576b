// Package static holds the files that browsers load and names them. A file's name in a page contains a hash of its
// content, so that it may be cached for ever and a new build is never mixed with an old one.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"path"
	"slices"
	"strings"
)

//go:embed app.css brand.css brand.js docs.css gallery.css integrate.css integrate.js integrate_try.js icon.svg phone.css baton.js baton-element.js baton-session.js baton-draw.js baton-style.js baton.en.js baton.ar.js baton.d.ts phone.js phone_calls.js phone_course.js phone_ends.js phone_landing.js phone_memory.js phone_outcomes.js phone_pace.js phone_play.js phone_self.js phone_session.js phone_stage.js phone_wishes.js register.js register_beside.js register_code.js register_pictures.js register_renewals.js words.js console.css console.js timeline.css timeline.js
var files embed.FS

// Component names the files of the component that other sites include. Each also has an address at the server's root that
// stays, where its parts find each other by relative names; under /static/ they do so by the names without a hash.
var Component = []string{"baton.js", "baton-element.js", "baton-session.js", "baton-draw.js", "baton-style.js", "baton.en.js", "baton.ar.js", "baton.d.ts"}

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
	plain  = map[string]file{}   // by URL path without
	paths  = map[string]string{} // name → URL path with hash
)

func init() {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("static: the embedded files cannot be listed: " + err.Error())
	}
	for _, entry := range entries {
		name := entry.Name()
		body, err := files.ReadFile(name)
		if err != nil {
			panic("static: an embedded file cannot be read: " + err.Error())
		}
		extension := path.Ext(name)
		contentType, ok := contentTypes[extension]
		if !ok {
			panic("static: no content type is known for " + name)
		}
		sum := sha256.Sum256(body)
		url := Prefix + strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:8]) + extension
		paths[name] = url
		f := file{name, `W/"` + hex.EncodeToString(sum[:8]) + `"`, body, contentType}
		hashed[url] = f
		plain[Prefix+name] = f
	}
}

// Path returns the URL path of a file by its name, such as "/static/app.0123456789abcdef.css" for "app.css". It panics
// for a name that is not embedded: that is a mistake in a page, which any test of the page finds.
func Path(name string) string {
	url, ok := paths[name]
	if !ok {
		panic("static: no file is named " + name)
	}
	return url
}

// Lookup returns the file at a URL path, either the one that Path gave or the plain one ("/static/baton.js"), which
// pages of other sites refer to. The body must not be changed.
func Lookup(urlPath string) (body []byte, contentType string, ok bool) {
	f, ok := hashed[urlPath]
	if !ok {
		f, ok = plain[urlPath]
	}
	return f.body, f.contentType, ok
}

// Immutable reports whether what lies at the URL path can never change, so that it may be cached for ever. What a plain
// path shows changes with the program.
func Immutable(urlPath string) bool {
	_, ok := hashed[urlPath]
	return ok
}

// Embeddable reports whether what lies at the URL path belongs to the component, which pages of other sites load.
func Embeddable(urlPath string) bool {
	f, ok := hashed[urlPath]
	if !ok {
		f, ok = plain[urlPath]
	}
	return ok && slices.Contains(Component, f.name)
}

// Tag is the entity tag of what lies at a plain URL path, or empty for any other. It is weak, because the file may be sent
// compressed.
func Tag(urlPath string) string { return plain[urlPath].tag }
