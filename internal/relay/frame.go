package relay

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"baton/internal/handoff"
)

// timeFormat is how frames write times: RFC 3339 with the store's milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// appendPlain appends what a page of the seed's contract receives of a service event.
func appendPlain(b []byte, id handoff.SessionID, e handoff.Event) []byte {
	b = append(b, `{"service":`...)
	b = appendText(b, string(e.Step))
	b = append(b, `,"sessionId":`...)
	b = appendText(b, string(id))
	b = append(b, `,"seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	b = appendTime(append(b, `,"at":`...), e.At)
	return append(b, '}')
}

// appendSnapshot appends the frame that begins layer 2: where the session stands.
func appendSnapshot(b []byte, id handoff.SessionID, at handoff.Snapshot, steps []handoff.Step, expiresAt time.Time) []byte {
	b = begin(b, "snapshot", id)
	b = append(b, `,"status":`...)
	b = appendText(b, string(at.Status))
	if at.Reason != "" {
		b = appendText(append(b, `,"reason":`...), at.Reason)
	}
	b = append(b, `,"seq":`...)
	b = strconv.AppendUint(b, at.Seq, 10)
	b = appendSteps(append(b, `,"services":`...), at.Services)
	b = appendSteps(append(b, `,"steps":`...), steps)
	b = appendTime(append(b, `,"expiresAt":`...), expiresAt)
	return append(b, '}')
}

// appendEvent appends the frame of layer 2 for an event, and reports false for a kind that no page is told.
func appendEvent(b []byte, id handoff.SessionID, e handoff.Event) ([]byte, bool) {
	switch e.Kind {
	case handoff.KindService, handoff.KindStatus, handoff.KindNotice:
	default:
		return b, false
	}
	b = begin(b, string(e.Kind), id)
	b = append(b, `,"seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	for _, member := range []struct{ name, value string }{
		{`,"service":`, string(e.Step)}, {`,"status":`, string(e.Status)}, {`,"notice":`, string(e.Notice)}, {`,"number":`, e.Number}, {`,"reason":`, e.Reason},
	} {
		if member.value != "" {
			b = appendText(append(b, member.name...), member.value)
		}
	}
	b = appendTime(append(b, `,"at":`...), e.At)
	return append(b, '}'), true
}

// appendPictureDue appends the frame that says that the page's picture has changed. It has no number: a page that missed
// it draws the picture anew when it comes back.
func appendPictureDue(b []byte, id handoff.SessionID) []byte {
	return append(begin(b, "qr", id), '}')
}

func begin(b []byte, kind string, id handoff.SessionID) []byte {
	b = appendText(append(b, `{"type":`...), kind)
	return appendText(append(b, `,"sessionId":`...), string(id))
}

func appendSteps(b []byte, steps []handoff.Step) []byte {
	b = append(b, '[')
	for i, step := range steps {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, string(step))
	}
	return append(b, ']')
}

func appendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, timeFormat)
	return append(b, '"')
}

// appendText appends a JSON string. What is no UTF-8 in it becomes the replacement character.
func appendText(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text) // the error tells of invalid UTF-8, which it has replaced
	return b
}
