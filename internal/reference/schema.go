package reference

import (
	"slices"
	"strings"
)

// objectOf lists the members of a schema, and their members behind them.
func objectOf(schema node) Object {
	return Object{Title: schema.at("title").text(), Description: schema.at("description").text(), Fields: fieldsOf(schema, "")}
}

func fieldsOf(schema node, outer string) []Field {
	required := schema.at("required").texts()
	var fields []Field
	for _, member := range schema.at("properties").members() {
		if member.at("type").is("null") { // it only says what may not be there
			continue
		}
		fields = append(fields, Field{
			Name: outer + member.name, Type: typeOf(member.node), Required: slices.Contains(required, member.name),
			Description: member.at("description").text(),
		})
		if (member.at("$ref").exists() || member.at("allOf").exists()) && member.at("type").is("object") {
			continue // it is described elsewhere
		}
		fields = append(fields, fieldsOf(member.node, outer+member.name+".")...)
	}
	return fields
}

// typeOf says in words what a value is.
func typeOf(schema node) string {
	var types []string
	if list := schema.at("type"); len(list.items()) > 0 {
		types = slices.DeleteFunc(list.texts(), func(t string) bool { return t == "null" })
	} else if list.exists() {
		types = []string{list.text()}
	}
	text := strings.Join(types, " or ")
	if fixed := schema.at("const"); fixed.exists() {
		return `"` + fixed.text() + `"`
	}
	if values := slices.DeleteFunc(schema.at("enum").texts(), func(v string) bool { return v == "null" || v == "" }); len(values) > 0 {
		return strings.Join(values, " | ")
	}
	if text == "array" {
		return "list: " + typeOf(schema.at("items"))
	}
	if text == "string" {
		switch schema.at("format").text() {
		case "date-time":
			text = "RFC 3339 time"
		case "uuid":
			text = "UUID"
		case "uri":
			text = "URL"
		}
	}
	var bounds []string
	for _, bound := range []struct{ key, before, after string }{
		{"minimum", "from ", ""}, {"maximum", "to ", ""}, {"maxLength", "at most ", " characters"}, {"maxItems", "at most ", ""},
	} {
		if value := schema.at(bound.key).text(); value != "" {
			bounds = append(bounds, bound.before+value+bound.after)
		}
	}
	if len(bounds) > 0 {
		text += ", " + strings.Join(bounds, " ")
	}
	return text
}
