package web

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"baton/internal/auth"
	"baton/internal/handoff"
	"baton/internal/reference"
	"baton/internal/relay"
	"baton/static"
)

func documents(t *testing.T) *reference.Reference {
	t.Helper()
	read, err := reference.Read(static.OpenAPI, static.AsyncAPI)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// codesIn are the constants of a file whose type is a code of the contract.
func codesIn(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil || len(spec.Values) != 1 || !strings.HasPrefix(strings.ToLower(spec.Names[0].Name), "code") {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
			text, _ := strconv.Unquote(literal.Value)
			codes = append(codes, text)
		}
		return true
	})
	return codes
}

// Every code that the wire can carry is explained, with the status and the close code that it has, and nothing else is.
func TestEveryCodeIsExplained(t *testing.T) {
	real := append(codesIn(t, "../internal/handoff/error.go"), codesIn(t, "error.go")...)
	real = slices.DeleteFunc(real, func(code string) bool { return code == string(handoff.CodeConflict) }) // stays inside
	if len(real) < 16 {
		t.Fatalf("only %d codes are found in the sources: %q", len(real), real)
	}
	real = append(real, "NO_FIRST_FRAME") // a reason of the channel's own
	explained := map[string]reference.Error{}
	for _, e := range documents(t).Errors {
		explained[e.Code] = e
		if !slices.Contains(real, e.Code) {
			t.Errorf("%s is explained, and nothing answers it", e.Code)
		}
		if e.Means == "" || e.Do == "" {
			t.Errorf("%s is not explained", e.Code)
		}
	}
	for _, code := range real {
		e, found := explained[code]
		if !found {
			t.Errorf("%s is not explained", code)
			continue
		}
		if status, ok := statuses[handoff.Code(code)]; ok && (len(e.Statuses) == 0 || e.Statuses[0] != strconv.Itoa(status)) {
			t.Errorf("%s is answered %d, explained as %q", code, status, e.Statuses)
		}
		// What only HTTP answers has no close code; the mapping has one for everything.
		if e.Close != "" && code != "NO_FIRST_FRAME" && e.Close != strconv.Itoa(relay.CloseCode(handoff.Code(code))) {
			t.Errorf("%s closes with %d, explained as %s", code, relay.CloseCode(handoff.Code(code)), e.Close)
		}
	}
}

// The close codes of the channel's description are those of the channel, and lead to reasons that are explained.
func TestEveryCloseCodeIsExplained(t *testing.T) {
	read := documents(t)
	told := map[string]bool{}
	for _, end := range read.Closes {
		told[end.Code] = true
		number, _ := strconv.Atoi(end.Code)
		// The contract's rule of the ranges: 1001, 1006, 1011 and 4000 to 4499 come back.
		if again := number == 1001 || number == 1006 || number == 1011 || number >= 4000 && number < 4500; again != end.Again {
			t.Errorf("%s: connect again is %t", end.Code, end.Again)
		}
		for _, reason := range end.Reasons {
			i := slices.IndexFunc(read.Errors, func(e reference.Error) bool { return e.Code == reason })
			if i < 0 && end.Code != "1000" {
				t.Errorf("%s: the reason %s is explained nowhere", end.Code, reason)
			}
			if i >= 0 && read.Errors[i].Close != end.Code {
				t.Errorf("%s closes with %s, and the errors say %q", reason, end.Code, read.Errors[i].Close)
			}
		}
	}
	for _, code := range []int{
		relay.CloseNormal, relay.CloseTooLong, relay.CloseUnexpected, relay.CloseUnavailable, relay.CloseTooMany, relay.CloseNoFirstFrame,
		relay.CloseInvalidInput, relay.CloseUnauthorized, relay.CloseForbidden, relay.CloseNotFound, relay.CloseEnded,
	} {
		if !told[strconv.Itoa(code)] {
			t.Errorf("the close code %d is not described", code)
		}
	}
}

// TestRoutesAreDescribed compares the routes with the document, both ways. A route that only answers 405 is none.
func TestRoutesAreDescribed(t *testing.T) {
	s, err := New(Deps{
		Handoff: handoff.NewService(nil, nil, nil, nil), Auth: noBackend{}, Docs: true, PublicURL: &url.URL{Scheme: "http", Host: "baton.test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for _, group := range documents(t).Groups {
		for _, call := range group.Calls {
			described[call.Method+" "+call.Path] = true
		}
	}
	real := map[string]bool{}
	for _, route := range s.app.GetRoutes(true) {
		if !strings.HasPrefix(route.Path, "/api/") && !strings.HasPrefix(route.Path, "/ws/") && route.Path != "/healthz" && route.Path != "/readyz" {
			continue
		}
		answer, err := s.app.Test(httptest.NewRequest(route.Method, strings.NewReplacer(":", "").Replace(route.Path), nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		if answer.StatusCode == http.StatusMethodNotAllowed {
			continue
		}
		path := strings.ReplaceAll(route.Path, ":ticket", "{qrCodeText}")
		path = strings.ReplaceAll(path, ":sessionId", "{sessionId}")
		real[route.Method+" "+path] = true
	}
	for route := range real {
		if !described[route] {
			t.Errorf("%s is not described", route)
		}
	}
	for call := range described {
		if !real[call] {
			t.Errorf("%s is described, and there is no such route", call)
		}
	}
	if len(real) < 19 {
		t.Errorf("only %d routes are compared", len(real))
	}
	if t.Failed() {
		t.Log(fmt.Sprint(real))
	}
}

// noBackend lets no backend in.
type noBackend struct{}

func (noBackend) Verify(context.Context, string) (auth.Caller, error) {
	return auth.Caller{}, auth.ErrInvalid
}
