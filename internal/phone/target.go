package phone

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
)

// Ticket is the text of the QR code (qrCodeText on the wire), opaque here, because other servers write theirs
// otherwise. It opens the session: every way of printing it prints a placeholder.
type Ticket struct{ secret string }

// NewTicket wraps the text of a QR code.
func NewTicket(text string) Ticket { return Ticket{secret: text} }

// Reveal returns the secret. Call it only to send it to the session's server.
func (t Ticket) Reveal() string { return t.secret }

func (t Ticket) String() string               { return "[redacted]" }
func (t Ticket) GoString() string             { return "[redacted]" }
func (t Ticket) LogValue() slog.Value         { return slog.StringValue("[redacted]") }
func (t Ticket) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Errors of ParseTarget. They name the mistake and never the text itself.
var (
	ErrNoTicket = errors.New("this is neither the text of a QR code nor its link: copy it again, whole")
	ErrNoServer = errors.New("the text of a QR code does not say which server it belongs to: give the server's address too")
	ErrNoURL    = errors.New("the server's address must be like https://relay.example, without a query")
)

// ParseTarget reads what a camera finds in a QR code: the bare text, which needs the server's address from base, or a
// link such as https://relay.example/go#TEXT, which carries it; a base then takes the link's place. It returns the
// server's address without a trailing slash.
func ParseTarget(text, base string) (server string, ticket Ticket, err error) {
	text = strings.TrimSpace(text)
	if base != "" {
		if base, err = serverAddress(base); err != nil {
			return "", Ticket{}, err
		}
	}
	if !strings.Contains(text, "://") {
		switch {
		case !plausible(text):
			return "", Ticket{}, ErrNoTicket
		case base == "":
			return "", Ticket{}, ErrNoServer
		}
		return base, NewTicket(text), nil
	}
	link, err := url.Parse(text)
	if err != nil { // its text would repeat the link
		return "", Ticket{}, ErrNoTicket
	}
	secret := link.Fragment
	prefix, isLanding := strings.CutSuffix(link.Path, "/go")
	if !isLanding || !plausible(secret) {
		return "", Ticket{}, ErrNoTicket
	}
	if base == "" {
		link.Path, link.RawPath, link.Fragment, link.RawFragment, link.RawQuery = prefix, "", "", "", ""
		if base, err = serverAddress(link.String()); err != nil {
			return "", Ticket{}, ErrNoTicket
		}
	}
	return base, NewTicket(secret), nil
}

func serverAddress(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", ErrNoURL
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// plausible says whether text can stand in a header and in a path segment, which the contract demands of every ticket.
func plausible(text string) bool {
	if text == "" || len(text) > 512 {
		return false
	}
	for _, c := range []byte(text) {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', strings.IndexByte("-._~=+", c) >= 0:
		default:
			return false
		}
	}
	return true
}
