package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The documentation is there unless somebody turns it off, by the flag or by its twin, and errors lead to it where it is.
func TestDocumentationCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	ask := func(url string) (int, string) {
		answer, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	check := func(address string, on bool) {
		t.Helper()
		for _, path := range []string{"/reference", "/openapi.yaml", "/asyncapi.yaml"} {
			if status, _ := ask(address + path); (status == http.StatusOK) != on || !on && status != http.StatusNotFound {
				t.Errorf("%s is answered %d, with the documentation on: %t", path, status, on)
			}
		}
		if _, body := ask(address + "/api/v1/session"); strings.Contains(body, "/reference#UNAUTHORIZED") != on {
			t.Errorf("with the documentation on: %t, an error is %s", on, body)
		}
	}
	demo, _ := startDemo(t)
	check(demo, true)
	off, _ := startDemo(t, "--no-docs")
	check(off, false)
	p, err := startProgram(append(os.Environ(), "BATON_DOCS=false"), "demo", "--db", filepath.Join(t.TempDir(), "baton.db"))
	if err != nil {
		t.Fatal(err)
	}
	check(p.address, false)
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	served := startServe(t, demo) // its public address is another one, and its pages are here all the same
	if status, _ := ask(served + "/reference"); status != http.StatusOK {
		t.Errorf("serve answers %d", status)
	}
}
