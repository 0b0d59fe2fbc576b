package relay

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
)

// The seeds of these targets lie in testdata/fuzz, one file each; what a run finds is put beside them.

// FuzzFirstFrame reads any frame as a channel's first, and compares with encoding/json what it makes of an object.
func FuzzFirstFrame(f *testing.F) {
	f.Fuzz(func(t *testing.T, text bool, data []byte) {
		given := bytes.Clone(data)
		hello, ok := parseFirst(text, data)
		if !bytes.Equal(given, data) {
			t.Fatalf("reading %q changes it to %q", given, data)
		}
		if ticket, isTicket := handoff.ParseTicket(string(data)); isTicket {
			if ok != text || ok && hello != (Hello{Ticket: ticket, Plain: true}) {
				t.Fatalf("the raw ticket %q, as text %t, is taken %t: %+v", data, text, ok, hello)
			}
			return
		}
		if !ok {
			if want, valid := helloOf(data); valid && text && simpleNames(data) {
				t.Fatalf("%q is refused, want %+v", data, want)
			}
			return
		}
		want, valid := helloOf(data)
		if !text || !valid || !utf8.Valid(data) || hello != want {
			t.Fatalf("%q, as text %t, is taken as %+v, want %+v (%t)", data, text, hello, want, valid)
		}
		clear(data) // as the next frame would overwrite it
		if hello != want {
			t.Fatalf("what was read of %q lives in its buffer", given)
		}
		again := map[string]any{"qrCodeText": hello.Ticket.Reveal(), "after": hello.After}
		if hello.Ticket.IsZero() {
			again = map[string]any{"pageToken": hello.Page.Reveal(), "after": hello.After}
		}
		written, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		if back, ok := parseFirst(true, written); !ok || back != hello {
			t.Fatalf("%q was read; written anew as %q it is %+v (%t)", given, written, back, ok)
		}
	})
}

// helloOf is what an object says by encoding/json, which takes some that the contract refuses.
func helloOf(data []byte) (hello Hello, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var members map[string]any
	if !json.Valid(data) || decoder.Decode(&members) != nil || members == nil {
		return Hello{}, false
	}
	if after := members["after"]; after != nil {
		number, isNumber := after.(json.Number)
		n, err := strconv.ParseUint(string(number), 10, 64)
		if !isNumber || err != nil || n > 1<<53 {
			return Hello{}, false
		}
		hello.After = n
	}
	ticket, page := members["qrCodeText"], members["pageToken"]
	if (ticket == nil) == (page == nil) {
		return Hello{}, false
	}
	if secret, isText := ticket.(string); isText {
		hello.Ticket, ok = handoff.ParseTicket(secret)
	} else if secret, isText := page.(string); isText {
		hello.Page, ok = handoff.ParsePageToken(secret)
	}
	return hello, ok
}

// simpleNames reports whether none of the contract's own rules for JSON can refuse data: it is UTF-8, has no escape that
// could be half of a pair, and no text stands in it twice, so no name does.
func simpleNames(data []byte) bool {
	if !utf8.Valid(data) || bytes.Contains(data, []byte(`\u`)) {
		return false
	}
	seen := make(map[string]bool)
	tokens := json.NewDecoder(bytes.NewReader(data))
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if err != nil {
			return true
		}
		if text, ok := token.(string); ok {
			if seen[text] {
				return false
			}
			seen[text] = true
		}
	}
}

// FuzzTypedFrame builds the frames of layer 2 of any values: they must stay one line of valid JSON that says them.
func FuzzTypedFrame(f *testing.F) {
	f.Fuzz(func(t *testing.T, kind, step, status, notice, reason string, seq uint64, ms int64) {
		at := time.UnixMilli(ms)
		if at.Year() < 1 || at.Year() > 9998 { // what RFC 3339 can write
			return
		}
		const id = handoff.SessionID("6f0c1a9e-3b52-4c8d-9e07-1d2f3a4b5c6d")
		event := handoff.Event{
			Seq: seq, Kind: handoff.Kind(kind), Step: handoff.Step(step), Status: handoff.Status(status), Notice: handoff.Notice(notice),
			Reason: reason, Key: "the key", Detail: "the detail", At: at,
		}
		frame, told := appendEvent([]byte("before"), id, event)
		if want := kind == "event" || kind == "status" || kind == "notice"; told != want {
			t.Fatalf("a page is told of the kind %q: %t", kind, told)
		}
		if told {
			got := readFrame(t, frame)
			want := map[string]any{"type": kind, "sessionId": string(id), "seq": json.Number(strconv.FormatUint(seq, 10))}
			for name, value := range map[string]string{"service": step, "status": status, "notice": notice, "reason": reason} {
				if value != "" {
					want[name] = replaced(value)
				}
			}
			want["at"] = got["at"]
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", frame, diff)
			}
			sameTime(t, frame, got["at"], at)
		} else if string(frame) != "before" {
			t.Fatalf("of what is not told %q is left", frame)
		}

		snapshot := handoff.Snapshot{
			Status: handoff.Status(status), Reason: reason, Seq: seq, Services: []handoff.Step{handoff.Step(step), handoff.StepScan},
		}
		frame = appendSnapshot([]byte("before"), id, snapshot, []handoff.Step{handoff.Step(notice)}, at)
		got := readFrame(t, frame)
		want := map[string]any{
			"type": "snapshot", "sessionId": string(id), "status": replaced(status), "seq": json.Number(strconv.FormatUint(seq, 10)),
			"services": []any{replaced(step), "SCAN"}, "steps": []any{replaced(notice)}, "expiresAt": got["expiresAt"],
		}
		if reason != "" {
			want["reason"] = replaced(reason)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", frame, diff)
		}
		sameTime(t, frame, got["expiresAt"], at)
	})
}

// readFrame reads what was appended to "before". A frame must be one line, as a server-sent event needs it.
func readFrame(t *testing.T, appended []byte) map[string]any {
	t.Helper()
	frame, ok := bytes.CutPrefix(appended, []byte("before"))
	if !ok || !json.Valid(frame) || !utf8.Valid(frame) || bytes.ContainsAny(frame, "\r\n") {
		t.Fatalf("%q is no line of JSON after what was there before", appended)
	}
	decoder := json.NewDecoder(bytes.NewReader(frame))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil {
		t.Fatalf("%s: %v", frame, err)
	}
	return members
}

// replaced is a text as JSON can carry it: each byte that is no UTF-8 is one replacement character.
func replaced(text string) string { return string([]rune(text)) }

func sameTime(t *testing.T, frame []byte, written any, want time.Time) {
	t.Helper()
	text, _ := written.(string)
	got, err := time.Parse(time.RFC3339, text)
	if err != nil || !got.Equal(want) || got.Location() != time.UTC {
		t.Fatalf("%s says %q, want %v: %v", frame, text, want, err)
	}
}
