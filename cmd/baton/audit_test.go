package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTheAuditTellsWhatHappened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	server, stop := startDemo(t, "--audit", file)
	shop, err := newBackend(t.Context(), server, server)
	if err != nil {
		t.Fatal(err)
	}
	session, err := shop.create("the data")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shop.claim(session.Text); err != nil {
		t.Fatal(err)
	}
	if err := shop.report(session.ID, "INFO"); err != nil {
		t.Fatal(err)
	}
	stop()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var happened []string
	for text := range strings.Lines(string(content)) {
		var line struct{ What, Session, Tenant string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if line.Session == session.ID && line.Tenant != "" {
			happened = append(happened, line.What)
		}
	}
	if want := []string{"created", "claimed", "event", "completed"}; !slices.Equal(happened, want) {
		t.Errorf("it tells of %v, want %v", happened, want)
	}
	for _, secret := range []string{session.Text, shop.bearer, "the data"} {
		if bytes.Contains(content, []byte(secret)) {
			t.Error("it holds a secret")
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}
