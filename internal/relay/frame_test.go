package relay

import (
	"encoding/json"
	"testing"
	"time"

	"baton/internal/handoff"
)

func FuzzFrame(f *testing.F) {
	f.Add(uint64(1), int64(0))
	f.Add(uint64(1<<64-1), int64(1<<40))
	f.Fuzz(func(t *testing.T, seq uint64, ms int64) {
		at := time.UnixMilli(ms)
		if at.Year() < 0 || at.Year() > 9998 { // what RFC 3339 can write
			return
		}
		id := handoff.NewSessionID()
		frame := appendPlain(nil, id, handoff.Event{Seq: seq, Step: handoff.StepScan, At: at})
		var got struct {
			Service, SessionID string
			Seq                uint64
			At                 time.Time
		}
		if err := json.Unmarshal(frame, &got); err != nil {
			t.Fatalf("%s: %v", frame, err)
		}
		if got.Service != "SCAN" || got.SessionID != string(id) || got.Seq != seq || !got.At.Equal(at) {
			t.Errorf("%s does not say what it was made of", frame)
		}
		if len(frame) > 160 {
			t.Errorf("a frame of %d bytes overflows the buffer that it is built in", len(frame))
		}
	})
}
