package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"baton/internal/audit"
	"baton/internal/handoff"
)

func from(ctx context.Context, address string) context.Context {
	return audit.With(ctx, audit.Caller{Address: netip.MustParseAddr(address), Agent: func() string { return "Firefox" }, Request: "REQ"})
}

func TestALineSaysWhatHappened(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2030, 1, 2, 3, 4, 5, 678_000_000, time.FixedZone("elsewhere", 3600))
	l := audit.New(&out, []byte("key"), func() time.Time { return now }, nil)
	l.Record(from(t.Context(), "192.0.2.1"), handoff.Occurrence{What: "failed", Tenant: "bank", Session: "s", Reason: "USER_CANCEL", Step: "SCAN", Seq: 7})
	l.Record(t.Context(), handoff.Occurrence{What: handoff.AuditExpired, Session: "s"})
	var lines []map[string]any
	for text := range strings.Lines(out.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		lines = append(lines, m)
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	for name, want := range map[string]any{
		"at": "2030-01-02T02:04:05.678Z", "what": "failed", "tenant": "bank", "session": "s", "service": "SCAN", "reason": "USER_CANCEL",
		"seq": 7.0, "agent": "Firefox", "request": "REQ",
	} {
		if lines[0][name] != want {
			t.Errorf("%s is %v, want %v", name, lines[0][name], want)
		}
	}
	if address, _ := lines[0]["address"].(string); len(address) != 16 || strings.Contains(out.String(), "192.0.2.1") {
		t.Errorf("the address stands as %q", address)
	}
	if len(lines[1]) != 3 {
		t.Errorf("a line without a caller says %v", lines[1])
	}
}

func TestAddressesAreToldApartAndNotTold(t *testing.T) {
	hash := func(key, address string) string {
		var out bytes.Buffer
		audit.New(&out, []byte(key), nil, nil).Record(from(t.Context(), address), handoff.Occurrence{What: "x"})
		var m struct{ Address string }
		if err := json.Unmarshal(out.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m.Address
	}
	same := hash("key", "192.0.2.1")
	for name, other := range map[string]struct {
		hash string
		same bool
	}{
		"again":             {hash("key", "192.0.2.1"), true},
		"mapped into IPv6":  {hash("key", "::ffff:192.0.2.1"), true},
		"another address":   {hash("key", "192.0.2.2"), false},
		"under another key": {hash("other", "192.0.2.1"), false},
	} {
		if (other.hash == same) != other.same {
			t.Errorf("%s: same is %t, want %t", name, other.hash == same, other.same)
		}
	}
	if hash("key", "2001:db8::1") != hash("key", "2001:db8::2") || hash("key", "2001:db8::1") == hash("key", "2001:db8:0:1::1") {
		t.Error("an IPv6 visitor is not its /64")
	}
}

// disk fails while it is full.
type disk struct {
	full bool
	bytes.Buffer
}

func (d *disk) Write(p []byte) (int, error) {
	if d.full {
		return 0, errors.New("full")
	}
	return d.Buffer.Write(p)
}

func TestAFullDiskIsSaidOnce(t *testing.T) {
	var said bytes.Buffer
	d := &disk{full: true}
	l := audit.New(d, nil, nil, slog.New(slog.NewTextHandler(&said, nil)))
	for range 3 {
		l.Record(t.Context(), handoff.Occurrence{What: "x"})
	}
	d.full = false
	l.Record(t.Context(), handoff.Occurrence{What: "y"})
	if n := strings.Count(said.String(), "\n"); n != 2 {
		t.Errorf("the log says %d things:\n%s", n, said.String())
	}
	if !strings.Contains(d.String(), `"what":"y"`) {
		t.Errorf("the audit holds %q", d.String())
	}
}

func TestLinesDoNotMix(t *testing.T) {
	var out bytes.Buffer
	l := audit.New(&out, nil, nil, nil)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 50 {
				l.Record(context.Background(), handoff.Occurrence{What: strings.Repeat("x", 300)})
			}
		})
	}
	wg.Wait()
	n := 0
	for text := range strings.Lines(out.String()) {
		if !json.Valid([]byte(text)) {
			t.Fatalf("a line reads %q", text)
		}
		n++
	}
	if n != 1000 {
		t.Errorf("%d lines, want 1000", n)
	}
}
