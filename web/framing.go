package web

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
)

// This file refuses what two readers of HTTP could read differently. The library is lenient; a proxy before it may be
// lenient in another way, and then one sees two requests where the other sees one (RFC 9112, 11.2).

const deviceHeader = "Baton-Device"

// onlyOnce are the headers of which a second one would leave open which counts.
var onlyOnce = [...]string{
	fiber.HeaderHost, fiber.HeaderContentLength, fiber.HeaderTransferEncoding, fiber.HeaderContentType,
	fiber.HeaderAuthorization, fiber.HeaderOrigin, deviceHeader,
}

// unambiguous lets through what has one meaning. The connection of anything else is closed, because nobody can say where
// its next request begins.
func (s *Server) unambiguous(c *fiber.Ctx) error {
	header := &c.Request().Header
	if err := ambiguity(header.RawHeaders(), header.IsHTTP11(), len(header.Host()) > 0); err != nil {
		c.Context().SetConnectionClose()
		return err
	}
	return c.Next()
}

// ambiguity reads the lines of a header as they came.
func ambiguity(raw []byte, http11, hasHost bool) error {
	var seen [len(onlyOnce)]bool
	chunked := false
	for len(raw) > 0 {
		line, rest, whole := bytes.Cut(raw, []byte("\n"))
		raw = rest
		if whole && !bytes.HasSuffix(line, []byte("\r")) {
			return invalid("A line of the header does not end in CR LF.")
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
			return invalid("A line of the header is no `Name: value`, or goes on from the one before.")
		}
		if bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return invalid("The header has control characters.")
		}
		for i, once := range onlyOnce {
			if len(name) != len(once) || !bytes.EqualFold(name, []byte(once)) {
				continue
			}
			if seen[i] {
				return invalid("`" + once + "` came twice. Send it once.")
			}
			seen[i] = true
			if once == fiber.HeaderTransferEncoding {
				if chunked = bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked")); !chunked {
					return invalid("The only `Transfer-Encoding` is chunked.")
				}
			}
		}
	}
	switch {
	case http11 && !hasHost:
		return invalid("`Host` is missing.")
	case chunked && (seen[1] || !http11):
		return invalid("Send either `Content-Length` or, in HTTP/1.1, `Transfer-Encoding`.")
	}
	return nil
}
