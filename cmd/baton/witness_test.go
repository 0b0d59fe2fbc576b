package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"baton/web"
	"baton/web/webtest"
)

// exchangesEnv names the file into which the program that the tests start writes what it answered. The tests' own process
// holds all of it against the API's description when they are over, so that no start waits for the description.
const exchangesEnv = "BATON_TEST_EXCHANGES"

// mostExchanges is how many a process writes down; what sends more sends the same again and again.
const mostExchanges = 5000

// witnessedTests runs the tests, and then looks at what the programs answered.
type witnessedTests struct{ *testing.M }

func (w witnessedTests) Run() int {
	folder, err := os.MkdirTemp("", "baton-exchanges")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "exchanges")
	if err := os.Setenv(exchangesEnv, file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	status := w.M.Run()
	checked, faults := checkExchanges(file)
	for fault := range faults {
		fmt.Fprintln(os.Stderr, "FAIL:", fault)
		status = 1
	}
	if testing.Verbose() {
		fmt.Printf("%d answers of the program were held against the API's description\n", checked)
	}
	return status
}

// checkExchanges returns how many exchanges were written down, and what does not match the description.
func checkExchanges(file string) (checked int, faults map[string]bool) {
	faults = map[string]bool{}
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, faults // no server was started
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e web.Exchange
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // the last line of a process that was killed
		}
		checked++
		if err := webtest.Conforms(e); err != nil {
			faults[err.Error()] = true
		}
	}
	return checked, faults
}

// witnessedMain is the program, which writes down what it answers.
func witnessedMain() {
	if file := os.Getenv(exchangesEnv); file != "" {
		out, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		var mu sync.Mutex
		written := 0
		witness = func(e web.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			if written++; written > mostExchanges {
				return
			}
			if line, err := json.Marshal(e); err == nil {
				_, _ = out.Write(append(line, '\n')) // one write, so that the lines of several processes stay whole
			}
		}
	}
	main()
}

// If the programs that the tests start wrote nothing down, nothing else would notice.
func TestAnswersOfProgramsAreWrittenDown(t *testing.T) {
	address, _ := startDemo(t)
	path := "/api/v1/nothing/" + rand.Text()
	answer, err := http.Get(address + path)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	waitFor(t, "the exchange to be written down", func() bool {
		written, err := os.ReadFile(os.Getenv(exchangesEnv))
		return err == nil && bytes.Contains(written, []byte(path))
	})
}

func TestFaultsOfProgramsAreFound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "exchanges")
	good, err := json.Marshal(web.Exchange{Method: "GET", Path: "/healthz", Status: 200, Answer: []byte(`{"status":"ok"}`),
		Header: http.Header{"Content-Type": {"application/json"}}})
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Replace(good, []byte("/healthz"), []byte("/readyz"), 1) // which answers "ready"
	if err := os.WriteFile(file, bytes.Join([][]byte{good, bad, bad, []byte(`{"cut`)}, []byte{'\n'}), 0o600); err != nil {
		t.Fatal(err)
	}
	if checked, faults := checkExchanges(file); checked != 3 || len(faults) != 1 {
		t.Errorf("%d exchanges, faults %v", checked, faults)
	}
}
