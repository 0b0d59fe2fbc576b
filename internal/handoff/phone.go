package handoff

import "strings"

// Presented is what a phone shows at a call: the ticket, the code that stood beside it in a rotating picture or a copied
// link, and the phone's own device. Code and Device may be missing.
type Presented struct {
	Ticket Ticket
	Code   string
	Device Device
}

// Phone is what identifies a phone at a call: a bare Ticket, or Presented with what else it shows.
type Phone interface{ presented() Presented }

func (t Ticket) presented() Presented    { return Presented{Ticket: t} }
func (p Presented) presented() Presented { return p }

// ParsePresented reads the text of a QR code: a ticket, or a ticket and its code. It reports false for anything else; such
// a text cannot belong to a session.
func ParsePresented(text string) (Presented, bool) {
	bare, code, rotating := strings.Cut(text, codeSeparator)
	ticket, ok := ParseTicket(bare)
	if !ok || rotating && (len(code) != CodeLength || !inAlphabet(code)) {
		return Presented{}, false
	}
	return Presented{Ticket: ticket, Code: code}, true
}
