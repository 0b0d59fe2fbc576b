package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"baton/internal/audit"
	"baton/internal/handoff"
)

// auditBesideDB is the audit's file where --audit names none and the command keeps one by itself.
const auditBesideDB = "audit.jsonl"

// auditFlags say where it is written down what happens to sessions.
type auditFlags struct {
	Audit    string `placeholder:"FILE" help:"Append what happens to sessions to this file, one JSON object a line; - for standard output, none for nothing. serve writes audit.jsonl beside the database unless told otherwise."`
	AuditKey string `secret:"" placeholder:"KEY" help:"Makes the hashes of addresses in the audit comparable over restarts: any 32 characters or more."`
}

func (f auditFlags) check(env *environment) {
	if f.AuditKey != "" && len(f.AuditKey) < 32 {
		env.flagProblem("audit-key", "takes 32 characters or more, such as `openssl rand -hex 32` prints")
	}
}

// open returns the audit, or nil where there is none to be, and what closes it. fallback is the file where the flag names
// none; empty for none.
func (f auditFlags) open(stdout io.Writer, fallback string, log *slog.Logger) (handoff.Auditor, func() error, error) {
	nothing := func() error { return nil }
	key := []byte(f.AuditKey)
	if len(key) == 0 {
		key = make([]byte, 32)
		rand.Read(key)
	}
	name := f.Audit
	if name == "" {
		name = fallback
	}
	switch name {
	case "", "none":
		return nil, nothing, nil
	case "-":
		return audit.New(stdout, key, nil, log), nothing, nil
	}
	// Appended to only: whoever rotates it copies and truncates it, or restarts the program.
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nothing, fmt.Errorf("the audit cannot be written: %w; choose another file with --audit (%s), or none", err, envName("audit"))
	}
	return audit.New(file, key, nil, log), file.Close, nil
}

func auditBeside(db string) string { return filepath.Join(filepath.Dir(db), auditBesideDB) }
