package reference_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"baton/internal/reference"
	"baton/static"
)

const openAPI = `
info: {description: About it.}
tags: [{name: Page, description: Who looks.}]
paths:
  /things/{id}:
    parameters:
      - {$ref: '#/components/parameters/ID'}
    post:
      operationId: makeThing
      tags: [Page]
      summary: Make a thing
      security: [{secret: []}]
      requestBody:
        content:
          application/json:
            schema:
              oneOf:
                - {title: Small, type: object, required: [size], properties: {size: {type: integer, minimum: 1, maximum: 9, description: How large.}, colour: {type: "null"}}}
                - {title: Coloured, type: object, properties: {colour: {type: [string, "null"], enum: [red, blue, null]}}}
            examples:
              small: {summary: A small one, value: {size: 3}}
      responses:
        '200':
          description: Made.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Thing'}
              examples: {one: {value: {name: "7", of: {parts: [a, b]}}}}
        '400': {$ref: '#/components/responses/Bad'}
components:
  securitySchemes:
    secret: {description: The secret., x-example: S3CRET}
  parameters:
    ID: {name: id, in: path, required: true, description: Which., schema: {type: string, format: uuid}, example: x1}
  responses:
    NoRoute: {description: No.}
    NoMethod: {description: No.}
    Bad:
      description: Not like this.
      content:
        application/json:
          schema: {allOf: [{type: object}, {properties: {error: {enum: [BAD, WORSE]}}}]}
  schemas:
    Name: {type: string, maxLength: 5, description: Any name.}
    Thing:
      type: object
      required: [name]
      properties:
        name: {$ref: '#/components/schemas/Name'}
        alias: {allOf: [{$ref: '#/components/schemas/Name'}], description: Another name.}
        of: {type: object, description: What it has., properties: {parts: {type: array, items: {type: string}}}}
x-errors:
  BAD: {status: [400, 415], close: 4500, means: It is bad., do: Better it.}
`

const asyncAPI = `
info: {description: The line.}
channels:
  session: {address: /line, messages: {hello: {$ref: '#/components/messages/hello'}, word: {$ref: '#/components/messages/word'}}}
operations:
  begin: {action: receive, messages: [{$ref: '#/channels/session/messages/hello'}]}
  tell: {action: send, messages: [{$ref: '#/channels/session/messages/word'}]}
components:
  messages:
    hello: {name: hello, title: Hello, payload: {type: string, description: Any text.}, examples: [{payload: HI}]}
    word: {name: word, title: word, payload: {type: object, required: [type], properties: {type: {const: word}}}, examples: [{payload: {type: word}}]}
x-close-codes:
  - {code: 4500, reasons: [BAD], again: false, means: Bad.}
`

func TestRead(t *testing.T) {
	got, err := reference.Read(openAPI, asyncAPI)
	if err != nil {
		t.Fatal(err)
	}
	want := &reference.Reference{
		About: "About it.",
		Groups: []reference.Group{{Name: "Page", Description: "Who looks.", Calls: []reference.Call{{
			ID: "makeThing", Method: "POST", Path: "/things/{id}", Summary: "Make a thing", Credentials: []string{"The secret."},
			Parameters: []reference.Field{{Name: "id", In: "path", Type: "UUID", Required: true, Description: "Which."}},
			Bodies: []reference.Object{
				{Title: "Small", Fields: []reference.Field{{Name: "size", Type: "integer, from 1 to 9", Required: true, Description: "How large."}}},
				{Title: "Coloured", Fields: []reference.Field{{Name: "colour", Type: "red | blue"}}},
			},
			Requests: []reference.Example{{
				Title: "A small one", Text: "POST /things/x1\nAuthorization: S3CRET\nContent-Type: application/json\n\n{\"size\": 3}",
			}},
			Answers: []reference.Answer{
				{
					Status: "200", Description: "Made.",
					Object: reference.Object{Fields: []reference.Field{
						{Name: "name", Type: "string, at most 5 characters", Required: true, Description: "Any name."},
						{Name: "alias", Type: "string, at most 5 characters", Description: "Another name."},
						{Name: "of", Type: "object", Description: "What it has."},
						{Name: "of.parts", Type: "list: string"},
					}},
					Examples: []reference.Example{{Text: `{"name": "7", "of": {"parts": ["a", "b"]}}`}},
				},
				{Status: "400", Description: "Not like this.", Codes: []string{"BAD", "WORSE"}},
			},
		}}}},
		Everywhere: []reference.Answer{{Status: "404", Description: "No."}, {Status: "405", Description: "No."}},
		Channel: reference.Channel{
			About: "The line.", Path: "/line",
			First: []reference.Frame{{
				Name: "hello", Title: "Hello", Text: "Any text.", Object: reference.Object{Description: "Any text."}, Examples: []reference.Example{{Text: "HI"}},
			}},
			Frames: []reference.Frame{{
				Name: "word", Title: "word", Examples: []reference.Example{{Text: `{"type": "word"}`}},
				Object: reference.Object{Fields: []reference.Field{{Name: "type", Type: `"word"`, Required: true}}},
			}},
		},
		Errors: []reference.Error{{Code: "BAD", Statuses: []string{"400", "415"}, Close: "4500", Means: "It is bad.", Do: "Better it."}},
		Closes: []reference.Close{{Code: "4500", Reasons: []string{"BAD"}, Means: "Bad."}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadRefusesWhatIsNoDescription(t *testing.T) {
	for name, documents := range map[string][2]string{
		"no YAML":              {"a: [", asyncAPI},
		"no YAML of the other": {openAPI, "\t"},
		"nothing":              {"", asyncAPI},
		"no errors":            {strings.Replace(openAPI, "x-errors:", "x-others:", 1), asyncAPI},
		"no close codes":       {openAPI, strings.Replace(asyncAPI, "x-close-codes:", "x-others:", 1)},
		"the wrong way about":  {asyncAPI, openAPI},
	} {
		if _, err := reference.Read(documents[0], documents[1]); err == nil {
			t.Errorf("%s: it is read", name)
		}
	}
}

// TestOpenAPIIsValid holds the document to the schema of OpenAPI 3.1.
func TestOpenAPIIsValid(t *testing.T) {
	for text, want := range map[string]bool{static.OpenAPI: true, strings.Replace(static.OpenAPI, "        '200':", "        'fine':", 1): false} {
		document, err := libopenapi.NewDocument([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		v, faults := validator.NewValidator(document)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		valid, found := v.ValidateDocument()
		if valid != want {
			t.Errorf("valid is %t, want %t: %v", valid, want, found)
		}
	}
}

const askParser = `
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const { Parser } = createRequire(process.argv[2] + "/")("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
const wrong = diagnostics.filter((d) => d.severity < 2);
for (const { message, path } of wrong) console.log(path.join("."), message);
process.exit(document && wrong.length === 0 ? 0 : 1);
`

// TestAsyncAPIIsValid asks AsyncAPI's own parser.
func TestAsyncAPIIsValid(t *testing.T) {
	modules, err := exec.CommandContext(t.Context(), "../../.ci/npm", "@asyncapi/parser@3.6.6").Output()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("AsyncAPI's parser cannot be fetched by npm: ", err)
	}
	script := filepath.Join(t.TempDir(), "ask.mjs")
	if err := os.WriteFile(script, []byte(askParser), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(text string) (string, error) {
		command := exec.CommandContext(t.Context(), "node", script, strings.TrimSpace(string(modules)))
		command.Stdin = strings.NewReader(text)
		said, err := command.CombinedOutput()
		return string(said), err
	}
	if said, err := ask(static.AsyncAPI); err != nil {
		t.Errorf("%v: %s", err, said)
	}
	if said, err := ask(strings.Replace(static.AsyncAPI, "action: send", "action: shout", 1)); err == nil {
		t.Errorf("a document with a fault passes: %s", said)
	}
}
