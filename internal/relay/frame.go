package relay

import (
	"strconv"

	"baton/internal/handoff"
)

// parseFirst reads the frame that authenticates a channel: the raw text of the QR code. An empty, binary or malformed
// one is refused; whether the ticket opens a session is the store's to say.
func parseFirst(text bool, data []byte) (handoff.Ticket, bool) {
	if !text || len(data) != handoff.TicketLength {
		return handoff.Ticket{}, false
	}
	return handoff.ParseTicket(string(data))
}

// appendFrame appends what a page receives of a service event. Every value is made by this program from a closed
// alphabet, so nothing needs escaping.
func appendFrame(b []byte, id handoff.SessionID, e handoff.Event) []byte {
	b = append(b, `{"service":"`...)
	b = append(b, e.Step...)
	b = append(b, `","sessionId":"`...)
	b = append(b, id...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, e.Seq, 10)
	b = append(b, `,"at":"`...)
	b = e.At.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	return append(b, `"}`...)
}
