// Package audit keeps the one append-only stream of what happened to sessions and who tried what: one JSON object a line,
// for people who look into an attack and for the machines that watch for one. It holds no secret, no address and no
// name of a person: an address stands as a keyed hash, so that two lines of one visitor can be told and the visitor not.
package audit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"baton/internal/handoff"
)

// What happens at the edge, beside the domain's occurrences.
const (
	ChannelOpened = "channel_opened"
	AuthFailed    = "auth_failed"
	RateLimited   = "rate_limited"
)

// addressHash is how many bytes of the keyed hash stand in a line: enough to tell visitors apart, too few to be worth
// more.
const addressHash = 8

// Caller is who made a request, as far as the audit needs to know.
type Caller struct {
	Address netip.Addr
	Agent   func() string // the family of the program, such as Firefox; asked only for a line that is written
	Request string        // the request's id, which the log has as well
}

type callerKey struct{}

// With returns ctx with who called, for Record.
func With(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// Log writes occurrences as lines. Safe for concurrent use.
type Log struct {
	key []byte
	now func() time.Time
	log *slog.Logger

	mu      sync.Mutex
	to      io.Writer
	failing bool
}

// New returns a log that writes to w, which stays the caller's to close. key makes the hashes of addresses: the same key
// gives the same hashes. A nil now is the system's clock; log hears once when lines cannot be written, and once when they
// can again.
func New(w io.Writer, key []byte, now func() time.Time, log *slog.Logger) *Log {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Log{key: key, now: now, log: log, to: w}
}

// line is one occurrence as it is written. Names are fixed: machines read them.
type line struct {
	At      string `json:"at"` // RFC 3339, UTC, milliseconds
	What    string `json:"what"`
	Tenant  string `json:"tenant,omitempty"`
	Session string `json:"session,omitempty"`
	Step    string `json:"service,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Seq     uint64 `json:"seq,omitempty"`
	Address string `json:"address,omitempty"` // keyed hash
	Agent   string `json:"agent,omitempty"`
	Request string `json:"request,omitempty"`
}

// Record implements handoff.Auditor.
func (l *Log) Record(ctx context.Context, o handoff.Occurrence) {
	written := line{
		At: l.now().UTC().Format("2006-01-02T15:04:05.000Z07:00"), What: o.What, Tenant: string(o.Tenant), Session: string(o.Session),
		Step: string(o.Step), Reason: o.Reason, Seq: o.Seq,
	}
	if caller, ok := ctx.Value(callerKey{}).(Caller); ok {
		written.Address, written.Request = l.hash(caller.Address), caller.Request
		if caller.Agent != nil {
			written.Agent = caller.Agent()
		}
	}
	text, err := json.Marshal(written)
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		_, err = l.to.Write(append(text, '\n')) // one write a line, so that lines of several processes do not mix
	}
	switch {
	case err != nil && !l.failing:
		l.failing = true
		l.log.Error("the audit cannot be written; what happens goes unrecorded until it can", "error", err)
	case err == nil && l.failing:
		l.failing = false
		l.log.Warn("the audit is written again")
	}
}

// hash is what stands for an address. An IPv6 host chooses its last 64 bits itself, so they do not tell it apart.
func (l *Log) hash(addr netip.Addr) string {
	if !addr.IsValid() {
		return ""
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		prefix, _ := addr.Prefix(64)
		addr = prefix.Addr()
	}
	mac := hmac.New(sha256.New, l.key)
	mac.Write(addr.AsSlice())
	return hex.EncodeToString(mac.Sum(nil)[:addressHash])
}
