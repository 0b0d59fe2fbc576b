package relay

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"baton/internal/handoff"
)

// Hello is what a page says first: the secret that opens its session, and how far it has read. Ticket or Page is set;
// where both are, the caller does not know which of them it was given, and either may open.
type Hello struct {
	Ticket handoff.Ticket
	Page   handoff.PageToken
	After  uint64 // the number of the last event that the page has; 0 for none

	// Plain is the seed's layer: service events only, from the first on, without a snapshot. After is not heeded.
	Plain bool
}

// maxAfter is the largest number that every JSON reader keeps exactly.
const maxAfter = 1 << 53

// parseFirst reads the frame that authenticates a channel: the raw text of the QR code, or a JSON object that selects
// layer 2. An empty, binary or malformed one is refused; whether the secret opens a session is the store's to say.
func parseFirst(text bool, data []byte) (Hello, bool) {
	switch {
	case !text:
		return Hello{}, false
	case len(data) == handoff.TicketLength:
		ticket, ok := handoff.ParseTicket(string(data))
		return Hello{Ticket: ticket, Plain: true}, ok
	}
	return parseObject(data)
}

// parseObject keeps the API's rules for JSON: one object and nothing after it, exact and unrepeated names, unknown ones
// ignored, valid UTF-8, null as if absent.
func parseObject(data []byte) (hello Hello, ok bool) {
	if jsontext.Value(bytes.TrimLeft(data, " \t\r\n")).Kind() != '{' {
		return Hello{}, false
	}
	var members map[string]jsontext.Value
	if json.Unmarshal(data, &members) != nil {
		return Hello{}, false
	}
	has := func(name string) bool { return members[name] != nil && members[name].Kind() != 'n' }
	text := func(name string) (text string, ok bool) {
		return text, members[name].Kind() == '"' && json.Unmarshal(members[name], &text) == nil
	}
	if has("after") {
		after, err := strconv.ParseUint(string(members["after"]), 10, 64)
		if err != nil || after > maxAfter {
			return Hello{}, false
		}
		hello.After = after
	}
	switch secret := ""; {
	case has("qrCodeText") && !has("pageToken"):
		if secret, ok = text("qrCodeText"); ok {
			hello.Ticket, ok = handoff.ParseTicket(secret)
		}
	case has("pageToken") && !has("qrCodeText"):
		if secret, ok = text("pageToken"); ok {
			hello.Page, ok = handoff.ParsePageToken(secret)
		}
	}
	return hello, ok
}
