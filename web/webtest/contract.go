package webtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	problems "github.com/pb33f/libopenapi-validator/errors"

	"baton/static"
	"baton/web"
)

// anywhere is what any address may answer before a call is known; the document has it in words, because OpenAPI has no
// place for it.
const anywhere = "/anywhere"

const anywhereAnswers = "\npaths:\n  " + anywhere + `:
    get:
      responses:
        '400': {$ref: '#/components/responses/InvalidInput'}
        '404': {$ref: '#/components/responses/NoRoute'}
        '405': {$ref: '#/components/responses/NoMethod'}
        '408': {$ref: '#/components/responses/TooSlow'}
        '413': {$ref: '#/components/responses/TooLarge'}
        '431': {$ref: '#/components/responses/HeadersTooLarge'}
        '500': {$ref: '#/components/responses/Unexpected'}
`

// contract is the document, compiled once for all tests of a process.
var contract = sync.OnceValue(func() (c struct{ answers, requests validator.Validator }) {
	document, err := libopenapi.NewDocument([]byte(strings.Replace(static.OpenAPI, "\npaths:\n", anywhereAnswers, 1)))
	if err != nil {
		panic("webtest: the OpenAPI document: " + err.Error())
	}
	compile := func(options ...config.Option) validator.Validator {
		v, faults := validator.NewValidator(document, append(options, config.WithFormatAssertions(), config.WithoutSecurityValidation())...)
		if len(faults) > 0 {
			panic("webtest: the OpenAPI document: " + errors.Join(faults...).Error())
		}
		return v
	}
	// A key of an answer that the document does not know is a fault of one of the two. Headers that every answer has are
	// told in words, and requests may have what nobody knows.
	c.answers = compile(config.WithStrictMode(), config.WithStrictIgnoredHeadersExtra("X-Request-ID", "X-Content-Type-Options", "Referrer-Policy",
		"Content-Security-Policy", "Strict-Transport-Security", "Vary", "Connection", "X-Accel-Buffering", "Sec-WebSocket-Version", "Upgrade",
		"Sec-WebSocket-Accept", "Retry-After", "Allow", "WWW-Authenticate",
		"Access-Control-Allow-Origin", "Access-Control-Expose-Headers"))
	c.requests = compile()
	return c
})

var conformed atomic.Int64

// Conformed is how many exchanges of this process have been held against the document.
func Conformed() int64 { return conformed.Load() }

// Conforms holds an exchange against the OpenAPI document: the route, the status, the answer's headers and body, and the
// body of a request that was taken. It returns everything that does not match. Safe for concurrent use.
func Conforms(e web.Exchange) error {
	conformed.Add(1)
	if e.Method == http.MethodOptions && e.Status == http.StatusNoContent { // a preflight, which is no call
		return emptyBody(e)
	}
	request, response := asHTTP(e)
	if beforeAnyCall(e) {
		request.Method, request.URL.Path = http.MethodGet, anywhere
	}
	var wrong []error
	if _, found := contract().answers.GetResponseBodyValidator().ValidateResponseBody(request, response); len(found) > 0 {
		wrong = append(wrong, inWords(found)...)
	}
	switch {
	case e.Status == http.StatusNoContent:
		wrong = append(wrong, emptyBody(e))
	case len(e.Answer) == 0 && !e.Taken && e.Method != http.MethodHead:
		wrong = append(wrong, errors.New("the body is missing"))
	case e.Status == http.StatusOK && e.Method == http.MethodPost && len(e.Body) > 0:
		if _, found := contract().requests.GetRequestBodyValidator().ValidateRequestBody(request); len(found) > 0 {
			wrong = append(wrong, fmt.Errorf("a body that was taken: %w", errors.Join(inWords(found)...)))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("%s %s answers %d, which the OpenAPI document does not have like this:\n%w", e.Method, masked(e.Path), e.Status, err)
	}
	return nil
}

// beforeAnyCall reports whether the answer is one that no call declares for itself.
func beforeAnyCall(e web.Exchange) bool {
	if e.Status == http.StatusMethodNotAllowed {
		return true
	}
	var said struct{ Error string }
	if json.Unmarshal(e.Answer, &said) == nil && said.Error == "NOT_FOUND" {
		return true
	}
	request, _ := asHTTP(e)
	_, unknown := contract().answers.GetResponseBodyValidator().ValidateResponseBody(request, &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody})
	return len(unknown) > 0 && (unknown[0].IsPathMissingError() || unknown[0].IsOperationMissingError())
}

func asHTTP(e web.Exchange) (*http.Request, *http.Response) {
	request := &http.Request{
		Method: e.Method, URL: &url.URL{Scheme: "http", Host: "baton.test", Path: e.Path}, Header: e.RequestHeader, Host: "baton.test",
		Body: io.NopCloser(bytes.NewReader(e.Body)), ContentLength: int64(len(e.Body)),
	}
	response := &http.Response{StatusCode: e.Status, Header: e.Header, Body: io.NopCloser(bytes.NewReader(e.Answer)), Request: request}
	return request, response
}

func emptyBody(e web.Exchange) error {
	if len(e.Answer) > 0 {
		return fmt.Errorf("%d has a body: %s", e.Status, e.Answer)
	}
	return nil
}

func inWords(found []*problems.ValidationError) []error {
	var all []error
	for _, one := range found {
		text := one.Message + ": " + one.Reason
		for _, of := range one.SchemaValidationErrors {
			text += "; " + of.FieldPath + " " + of.Reason
		}
		all = append(all, errors.New(text))
	}
	return all
}

// masked keeps a secret that stands in a path out of a test's output.
func masked(path string) string {
	if rest, found := strings.CutPrefix(path, "/api/v1/session/"); found && len(rest) >= 32 && !strings.Contains(rest, "/") {
		return "/api/v1/session/…"
	}
	return path
}
