package web

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"baton/internal/enrolment"
	"baton/views"
)

func queryEscape(text string) string { return url.QueryEscape(text) }

// designed is the form as it was sent: the fields of the reference by their paths, as JSON. What cannot be a number stays
// a text, so that the checks name it.
type designed struct {
	documents []map[string]any
	whole     map[string]any
	next      string // the type of a document that is added
}

// readDesign reads the form. What the form has no field for came with it, hidden, and goes on as it was.
func readDesign(c *fiber.Ctx) *designed {
	f := &designed{whole: unknown(formValue(c, "unknown")), next: formValue(c, "new")}
	count, _ := strconv.Atoi(formValue(c, "documents"))
	for i := range min(max(count, 0), enrolment.MaxDocuments+1) {
		of := "d" + strconv.Itoa(i) + "-"
		d := unknown(formValue(c, of+"unknown"))
		d["documentType"] = strings.TrimSpace(formValue(c, of+"documentType"))
		reading := within(d, "reading")
		for _, flag := range slices.Concat(views.ConsoleReadingFlags, views.ConsoleRareReadingFlags) {
			reading[flag.Key] = formValue(c, of+flag.Key) != ""
		}
		numeric(reading, "timeoutInSeconds", formValue(c, of+"timeoutInSeconds"))
		for _, flag := range views.ConsoleDocumentFlags {
			d[flag.Key] = formValue(c, of+flag.Key) != ""
		}
		numeric(d, "faceScanMinimumMatchLevel", formValue(c, of+"faceScanMinimumMatchLevel"))
		numeric(d, "faceReadMinimumMatchLevel", formValue(c, of+"faceReadMinimumMatchLevel"))
		f.documents = append(f.documents, d)
	}
	general, background, face := within(f.whole, "generalConfig"), within(f.whole, "backgroundCheck"), within(f.whole, "facialRecognition")
	for _, part := range []struct {
		name  string
		flags []views.ConsoleFlag
		to    map[string]any
	}{
		{"general", views.ConsoleGeneralFlags, general}, {"background", views.ConsoleBackgroundFlags, background}, {"face", views.ConsoleFaceFlags, face},
	} {
		for _, flag := range part.flags {
			part.to[flag.Key] = formValue(c, part.name+"-"+flag.Key) != ""
		}
	}
	if id := strings.TrimSpace(formValue(c, "general-userIdentifier")); id != "" {
		general["userIdentifier"] = id
	}
	background["checkType"] = formValue(c, "background-checkType")
	for _, key := range []string{"scanMinimumMatchLevel", "readMinimumMatchLevel", "maxAttempts"} {
		numeric(face, key, formValue(c, "face-"+key))
	}
	return f
}

// unknown reads a hidden field; one that somebody spoilt holds nothing.
func unknown(text string) map[string]any {
	decoder, kept := json.NewDecoder(strings.NewReader(text)), map[string]any(nil)
	decoder.UseNumber() // or large ones would be rounded
	if decoder.Decode(&kept) != nil || kept == nil {
		return map[string]any{}
	}
	return kept
}

func within(of map[string]any, key string) map[string]any {
	inner, ok := of[key].(map[string]any)
	if !ok {
		inner = map[string]any{}
		of[key] = inner
	}
	return inner
}

// numeric leaves out what is empty, which has its default.
func numeric(to map[string]any, key, typed string) {
	typed = strings.TrimSpace(typed)
	if n, err := strconv.Atoi(typed); err == nil {
		to[key] = n
	} else if typed != "" {
		to[key] = typed
	}
}

// act does what a button of the list of documents says.
func (f *designed) act(action, at string) {
	i, err := strconv.Atoi(at)
	there := err == nil && i >= 0 && i < len(f.documents)
	switch {
	case action == "add" && len(f.documents) < enrolment.MaxDocuments:
		f.documents = append(f.documents, map[string]any{"documentType": f.next})
	case action == "remove" && there:
		f.documents = slices.Delete(f.documents, i, i+1)
	case action == "up" && there && i > 0:
		f.documents[i-1], f.documents[i] = f.documents[i], f.documents[i-1]
	case action == "down" && there && i+1 < len(f.documents):
		f.documents[i+1], f.documents[i] = f.documents[i], f.documents[i+1]
	}
}

func (f *designed) json() []byte {
	f.whole["documents"] = f.documents
	return plainJSON(f.whole)
}

// consoleView shows what can be read of a design, and what the checks say, to whoever reads these words.
func consoleView(d design, words *views.Words) views.ConsolePage {
	config, problems, warnings := enrolment.Check(d.text)
	page := views.ConsolePage{Name: d.name, Countries: consoleCountries(words), Said: d.said, Wrong: d.wrong, Imported: d.imported, MaxDocuments: enrolment.MaxDocuments,
		Problems: findings(problems), Warnings: findings(warnings)}
	form := unknown(string(d.text)) // as it was typed, even where it is wrong
	documents, _ := form["documents"].([]any)
	for i, document := range documents {
		fields, _ := document.(map[string]any)
		one := views.ConsoleDocument{Fields: flat(fields)}
		if i < len(config.Documents) {
			one.Unknown = hidden(config.Documents[i].Unknown, map[string]enrolment.Unknown{"reading": config.Documents[i].Reading.Unknown})
		}
		if t, known := enrolment.TypeOf(one.Fields["documentType"]); known {
			one.Country, one.Kind = countryName(words, t.Country), t.Kind
		}
		page.Documents = append(page.Documents, one)
	}
	part := func(key string) map[string]string { fields, _ := form[key].(map[string]any); return flat(fields) }
	page.General, page.Background, page.Face = part("generalConfig"), part("backgroundCheck"), part("facialRecognition")
	page.Unknown = hidden(config.Unknown, map[string]enrolment.Unknown{
		"generalConfig": config.General.Unknown, "backgroundCheck": config.BackgroundCheck.Unknown, "facialRecognition": config.FacialRecognition.Unknown,
	})
	if len(problems) == 0 {
		page.Tasks, page.Base64 = consoleTasks(config, words), config.Encode()
		var pretty bytes.Buffer
		_ = json.Indent(&pretty, config.JSON(), "", "  ") // it is JSON
		page.JSON = pretty.String()
	}
	return page
}

// flat turns an object's fields, and those of the chip's reading, into the texts that a form shows.
func flat(fields map[string]any) map[string]string {
	texts := map[string]string{}
	for key, value := range fields {
		switch value := value.(type) {
		case bool:
			if value {
				texts[key] = "true"
			}
		case json.Number:
			texts[key] = value.String()
		case string:
			texts[key] = value
		case map[string]any:
			if key == "reading" {
				for inner, text := range flat(value) {
					texts[inner] = text
				}
			}
		}
	}
	return texts
}

// hidden is the field that unknown keys travel in.
func hidden(own enrolment.Unknown, inner map[string]enrolment.Unknown) string {
	all := map[string]any{}
	for key, value := range own {
		all[key] = value
	}
	for key, unknown := range inner {
		if len(unknown) > 0 {
			all[key] = unknown
		}
	}
	if len(all) == 0 {
		return ""
	}
	return string(plainJSON(all))
}

// plainJSON encodes texts, numbers and what was JSON before, without escapes for HTML: what is unknown stays as it came.
func plainJSON(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // such values cannot fail
	return text.Bytes()
}

func findings(found []*enrolment.FieldError) []views.ConsoleFinding {
	var all []views.ConsoleFinding
	for _, f := range found {
		all = append(all, views.ConsoleFinding{Path: f.Path, Code: f.Code, Values: f.Values})
	}
	return all
}
