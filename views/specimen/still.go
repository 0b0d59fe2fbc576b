package specimen

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Still draws a page as it stands in the browser once its script has come to the page's state, and without the script: it
// opens no channel, fetches nothing and goes nowhere by itself. A part that the page's state names and that is nowhere in the
// page is an error, but for what Shows and Hides name: not every state of a page has all of its parts.
func Still(ctx context.Context, w io.Writer, page Page) error {
	var drawn bytes.Buffer
	if err := page.Component.Render(ctx, &drawn); err != nil {
		return fmt.Errorf("specimen: draw %s: %w", page.Name(), err)
	}
	root, err := html.Parse(&drawn)
	if err != nil {
		return fmt.Errorf("specimen: read %s: %w", page.Name(), err)
	}
	if err := setStage(root, page.Stage); err != nil {
		return fmt.Errorf("specimen: %s: %w", page.Name(), err)
	}
	remove(root, func(n *html.Node) bool {
		return n.DataAtom == atom.Script || n.DataAtom == atom.Noscript || n.DataAtom == atom.Template ||
			has(n, "data-plan") || attribute(n, "rel") == "modulepreload"
	})
	for n := range root.Descendants() {
		id := attribute(n, "id")
		if id == "" {
			continue
		}
		if slices.Contains(page.Shows, id) {
			n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "hidden" || a.Key == "disabled" })
		}
		if slices.Contains(page.Hides, id) && !has(n, "hidden") {
			n.Attr = append(n.Attr, html.Attribute{Key: "hidden"})
		}
	}
	return html.Render(w, root)
}

// setStage puts the part with these attributes, which may lie in a template or among the screens, on the phone's stage.
func setStage(root *html.Node, attributes map[string]string) error {
	if attributes == nil {
		return nil
	}
	stage := first(root, func(n *html.Node) bool { return attribute(n, "id") == "phone-stage" })
	part := first(root, func(n *html.Node) bool {
		for key, value := range attributes {
			if !has(n, key) || attribute(n, key) != value {
				return false
			}
		}
		return true
	})
	if stage == nil || part == nil {
		return fmt.Errorf("there is no stage, or nothing with %v", attributes)
	}
	part.Parent.RemoveChild(part)
	for stage.FirstChild != nil {
		stage.RemoveChild(stage.FirstChild)
	}
	stage.AppendChild(part)
	// Of the documents to hold before the camera, the first one is held.
	if held := first(part, func(n *html.Node) bool { return has(n, "data-specimen") }); held != nil {
		held.Attr = slices.DeleteFunc(held.Attr, func(a html.Attribute) bool { return a.Key == "hidden" })
	}
	if phone := first(root, func(n *html.Node) bool { return attribute(n, "id") == "phone" }); phone != nil {
		for i, a := range phone.Attr {
			if a.Key == "data-state" {
				phone.Attr[i].Val = strings.TrimSuffix(strings.TrimPrefix(attribute(part, "data-testid"), "phone-"), "s")
			}
		}
	}
	return nil
}

func first(root *html.Node, wanted func(*html.Node) bool) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && wanted(n) {
			return n
		}
	}
	return nil
}

func remove(root *html.Node, unwanted func(*html.Node) bool) {
	for n := first(root, unwanted); n != nil; n = first(root, unwanted) {
		n.Parent.RemoveChild(n)
	}
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
