package reference

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Read reads both documents. An error says which document cannot be read, and is a mistake in it.
func Read(openAPI, asyncAPI string) (*Reference, error) {
	api, err := parse(openAPI)
	if err != nil {
		return nil, fault("the OpenAPI document", err)
	}
	async, err := parse(asyncAPI)
	if err != nil {
		return nil, fault("the AsyncAPI document", err)
	}
	r := &Reference{
		About: api.root.path("info", "description").text(), Groups: groups(api), Channel: channel(async),
		Errors: errorsOf(api), Closes: closes(async),
	}
	for _, everywhere := range []struct{ status, name string }{{"404", "NoRoute"}, {"405", "NoMethod"}} {
		r.Everywhere = append(r.Everywhere, answerOf(everywhere.status, api.find("#/components/responses/"+everywhere.name)))
	}
	if len(r.Groups) == 0 || len(r.Errors) == 0 || len(r.Channel.Frames) == 0 || len(r.Closes) == 0 {
		return nil, errors.New("reference: the documents lack calls, errors, frames or close codes")
	}
	return r, nil
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

func groups(api *document) []Group {
	var all []Group
	for _, tag := range api.root.at("tags").items() {
		group := Group{Name: tag.at("name").text(), Description: tag.at("description").text()}
		for _, path := range api.root.at("paths").members() {
			for _, operation := range path.members() {
				method := strings.ToUpper(operation.name)
				if slices.Contains(methods, method) && slices.Contains(operation.at("tags").texts(), group.Name) {
					group.Calls = append(group.Calls, callOf(method, path, operation.node))
				}
			}
		}
		all = append(all, group)
	}
	return all
}

func callOf(method string, path member, operation node) Call {
	call := Call{
		ID: operation.at("operationId").text(), Method: method, Path: path.name,
		Summary: operation.at("summary").text(), Description: operation.at("description").text(),
	}
	head, query := "", ""
	target := path.name
	for i, choice := range operation.at("security").items() {
		for _, named := range choice.members() {
			scheme := operation.in.root.path("components", "securitySchemes", named.name)
			call.Credentials = append(call.Credentials, scheme.at("description").text())
			if i == 0 {
				head += "Authorization: " + scheme.at("x-example").text() + "\n"
			}
		}
	}
	for _, parameter := range slices.Concat(path.at("parameters").items(), operation.at("parameters").items()) {
		p := parameter.resolved()
		field := Field{
			Name: p.at("name").text(), In: p.at("in").text(), Type: typeOf(p.at("schema")),
			Required: p.at("required").is("true"), Description: p.at("description").text(),
		}
		if p.at("schema").at("pattern").exists() && field.Type == "string" {
			field.Type = "string, " + p.at("schema").at("pattern").text()
		}
		call.Parameters = append(call.Parameters, field)
		example := p.at("example").text()
		switch {
		case example == "":
		case field.In == "path":
			target = strings.ReplaceAll(target, "{"+field.Name+"}", example)
		case field.In == "query":
			query = "?" + field.Name + "=" + example
		case field.In == "header":
			head += field.Name + ": " + example + "\n"
		}
	}
	content := operation.at("requestBody").path("content", "application/json")
	if schema := content.at("schema"); schema.exists() {
		head += "Content-Type: application/json\n"
		variants := schema.at("oneOf").items()
		if len(variants) == 0 {
			variants = []node{schema}
		}
		for _, variant := range variants {
			call.Bodies = append(call.Bodies, objectOf(variant))
		}
	}
	start := method + " " + target + query + "\n" + head
	for _, example := range content.at("examples").members() {
		call.Requests = append(call.Requests, Example{
			Title: example.at("summary").text(), Text: start + "\n" + example.at("value").json(""),
		})
	}
	if !content.exists() && (len(call.Credentials) > 0 || len(call.Parameters) > 0) {
		call.Requests = []Example{{Text: strings.TrimSuffix(start, "\n")}}
	}
	for _, answer := range operation.at("responses").members() {
		call.Answers = append(call.Answers, answerOf(answer.name, answer.node))
	}
	return call
}

func answerOf(status string, response node) Answer {
	answer := Answer{Status: status, Description: response.at("description").text()}
	for _, part := range response.path("content", "application/json", "schema", "allOf").items() {
		answer.Codes = append(answer.Codes, part.path("properties", "error", "enum").texts()...)
	}
	for _, content := range response.at("content").members() {
		if len(answer.Codes) == 0 && content.name == "application/json" {
			answer.Object = objectOf(content.at("schema"))
		}
		for _, example := range content.at("examples").members() {
			value := example.at("value")
			text := value.text()
			if text == "" {
				text = value.json("")
			}
			answer.Examples = append(answer.Examples, Example{Title: example.at("summary").text(), Text: text})
		}
	}
	return answer
}

func errorsOf(api *document) []Error {
	var all []Error
	for _, entry := range api.root.at("x-errors").members() {
		all = append(all, Error{
			Code: entry.name, Statuses: entry.at("status").texts(), Close: entry.at("close").text(),
			Means: entry.at("means").text(), Do: entry.at("do").text(),
		})
	}
	return all
}

func channel(async *document) Channel {
	c := Channel{About: async.root.path("info", "description").text(), Path: async.root.path("channels", "session", "address").text()}
	for _, operation := range async.root.at("operations").members() {
		for _, message := range operation.at("messages").items() {
			frame := frameOf(message.resolved().resolved())
			if operation.at("action").is("receive") {
				c.First = append(c.First, frame)
			} else {
				c.Frames = append(c.Frames, frame)
			}
		}
	}
	return c
}

func frameOf(message node) Frame {
	payload := message.at("payload")
	frame := Frame{
		Name: message.at("name").text(), Title: message.at("title").text(), Summary: message.at("summary").text(), Object: objectOf(payload),
	}
	if len(frame.Object.Fields) == 0 {
		frame.Text = payload.at("description").text()
	}
	for _, example := range message.at("examples").items() {
		value := example.at("payload")
		text := value.text()
		if text == "" {
			text = value.json("")
		}
		frame.Examples = append(frame.Examples, Example{Title: example.at("name").text(), Text: text})
	}
	return frame
}

func closes(async *document) []Close {
	var all []Close
	for _, entry := range async.root.at("x-close-codes").items() {
		again, _ := strconv.ParseBool(entry.at("again").text())
		all = append(all, Close{
			Code: entry.at("code").text(), Reasons: entry.at("reasons").texts(), Again: again, Means: entry.at("means").text(),
		})
	}
	return all
}
