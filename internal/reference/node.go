package reference

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is a parsed document. Its order is kept, because that is the order of the page.
type document struct{ root node }

// node is a place in a document: a value, or nothing where there is none.
type node struct {
	*yaml.Node
	in *document
}

func parse(text string) (*document, error) {
	var parsed yaml.Node
	if err := yaml.Unmarshal([]byte(text), &parsed); err != nil {
		return nil, err
	}
	if len(parsed.Content) != 1 {
		return nil, errors.New("the document is empty")
	}
	d := &document{}
	d.root = node{parsed.Content[0], d}
	return d, nil
}

func (n node) exists() bool { return n.Node != nil }

// at returns the member of that name. A reference is followed, and what a value is all of; what stands beside them wins.
func (n node) at(name string) node {
	if !n.exists() || n.Kind != yaml.MappingNode {
		return node{in: n.in}
	}
	referred := ""
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch n.Content[i].Value {
		case name:
			return node{n.Content[i+1], n.in}
		case "$ref":
			referred = n.Content[i+1].Value
		}
	}
	if referred != "" && name != "$ref" {
		return n.in.find(referred).at(name)
	}
	if name == "allOf" || name == "$ref" {
		return node{in: n.in}
	}
	for _, part := range n.at("allOf").items() {
		if found := part.at(name); found.exists() {
			return found
		}
	}
	return node{in: n.in}
}

// resolved is the node itself, or where its reference leads.
func (n node) resolved() node {
	if ref := n.at("$ref"); ref.exists() {
		return n.in.find(ref.Value).resolved()
	}
	return n
}

// find follows a reference within the document; one that leads nowhere is nothing.
func (d *document) find(reference string) node {
	at := d.root
	for part := range strings.SplitSeq(strings.TrimPrefix(reference, "#/"), "/") {
		at = at.at(strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
	}
	return at
}

// path walks down by names.
func (n node) path(names ...string) node {
	for _, name := range names {
		n = n.at(name)
	}
	return n
}

func (n node) text() string {
	if !n.exists() || n.Kind != yaml.ScalarNode {
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (n node) is(text string) bool { return n.text() == text }

// items are the elements of a list.
func (n node) items() []node {
	if !n.exists() || n.Kind != yaml.SequenceNode {
		return nil
	}
	items := make([]node, len(n.Content))
	for i, item := range n.Content {
		items[i] = node{item, n.in}
	}
	return items
}

func (n node) texts() []string {
	var texts []string
	for _, item := range n.items() {
		texts = append(texts, item.text())
	}
	return texts
}

// member is one name of an object and its value.
type member struct {
	name string
	node
}

func (n node) members() []member {
	if !n.exists() || n.Kind != yaml.MappingNode {
		return nil
	}
	var members []member
	for i := 0; i+1 < len(n.Content); i += 2 {
		members = append(members, member{n.Content[i].Value, node{n.Content[i+1], n.in}})
	}
	return members
}

// json draws a value as JSON, in the document's order: short values in one line, others one member a line.
func (n node) json(indent string) string {
	if !n.exists() {
		return "null"
	}
	switch n.Kind {
	case yaml.MappingNode:
		var parts []string
		for _, m := range n.members() {
			parts = append(parts, strconv.Quote(m.name)+": "+m.json(indent+"  "))
		}
		return wrapped("{", parts, "}", indent)
	case yaml.SequenceNode:
		var parts []string
		for _, item := range n.items() {
			parts = append(parts, item.json(indent+"  "))
		}
		return wrapped("[", parts, "]", indent)
	}
	if n.Tag == "!!str" || n.Tag == "!!timestamp" {
		return quoted(n.Value)
	}
	return n.Value
}

// lineLength is how long a JSON value may be to stand in one line.
const lineLength = 68

func wrapped(open string, parts []string, end, indent string) string {
	line := open + strings.Join(parts, ", ") + end
	if len(line)+len(indent) <= lineLength && !strings.Contains(line, "\n") {
		return line
	}
	return open + "\n" + indent + "  " + strings.Join(parts, ",\n"+indent+"  ") + "\n" + indent + end
}

// quoted is a JSON string. Our examples hold nothing that strconv would escape in Go's way only.
func quoted(text string) string { return strconv.Quote(text) }

func fault(place string, err error) error { return fmt.Errorf("reference: %s: %w", place, err) }
