package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func awaitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: awaits FILE PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	var text []byte
	for deadline := time.Now().Add(startWithin); !pattern.Match(text); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("waited in vain for %q in\n%s", args[1], text)
		}
		text, _ = os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
	}
}

func refusingCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: refusing NAME SERVER")
	}
	target, err := url.Parse(args[1])
	ts.Check(err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			http.Error(w, "no upgrades here", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	ts.Defer(func() { server.CloseClientConnections(); server.Close() })
	ts.Setenv(args[0], server.URL)
}
