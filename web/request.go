package web

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
)

// This file is the only reader of a fiber.Ctx's texts. A Ctx's strings are windows into a buffer that the next request
// on the connection overwrites; every function here returns a copy.

func param(c *fiber.Ctx, name string) string { return strings.Clone(c.Params(name)) }

func header(c *fiber.Ctx, name string) string { return string(c.Request().Header.Peek(name)) }

func cookie(c *fiber.Ctx, name string) string { return string(c.Request().Header.Cookie(name)) }

func query(c *fiber.Ctx, name string) string { return string(c.Context().QueryArgs().Peek(name)) }

func method(c *fiber.Ctx) string { return string(c.Request().Header.Method()) }

// host is the name that the request was sent to: of its target, where that is a whole URL, else of the Host header.
func host(c *fiber.Ctx) string { return string(c.Request().URI().Host()) }

// formValue returns a field of an application/x-www-form-urlencoded body, made valid UTF-8. Pages send no other form.
func formValue(c *fiber.Ctx, name string) string {
	return strings.ToValidUTF8(string(c.Request().PostArgs().Peek(name)), "\uFFFD")
}

// sentForm returns a multipart/form-data body's fields, made valid UTF-8, and its files' contents; of either the first by a
// name. Pages send such a form where it has a file.
func sentForm(c *fiber.Ctx) (fields map[string]string, files map[string][]byte, err error) {
	form, err := c.Request().MultipartForm()
	if err != nil {
		return nil, nil, invalid("The form did not arrive whole. Go back and send it again.")
	}
	fields, files = map[string]string{}, map[string][]byte{}
	for name, values := range form.Value {
		fields[name] = strings.ToValidUTF8(strings.Clone(values[0]), "\uFFFD")
	}
	for name, sent := range form.File {
		file, err := sent[0].Open()
		if err != nil {
			return nil, nil, err
		}
		defer file.Close()
		if files[name], err = io.ReadAll(file); err != nil {
			return nil, nil, err
		}
	}
	return fields, files, nil
}

func wantsPage(c *fiber.Ctx) bool {
	return strings.Contains(header(c, fiber.HeaderAccept), "text/html")
}

// bearer returns the token of an Authorization header with the scheme Bearer, in any case.
func bearer(c *fiber.Ctx) (string, error) {
	scheme, token, found := strings.Cut(header(c, fiber.HeaderAuthorization), " ")
	token = strings.Trim(token, " ")
	switch {
	case !found || !strings.EqualFold(scheme, "Bearer") || token == "":
		return "", unauthorized(`Bearer realm="baton"`, "Send `Authorization: Bearer <token>` with an access token.")
	case len(token) > handoff.MaxToken:
		return "", unauthorized(bearerRefused, "The bearer is longer than 8192 bytes. Send a shorter access token.")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", unauthorized(bearerRefused, "The bearer holds characters that no access token has. Send it as it was issued.")
	}
	return token, nil
}

// phoneHeader returns what a phone presents in its headers: the code's text in Authorization, which has no scheme word,
// and its own Baton-Device. A text that cannot be a code's answers like an unknown one.
func phoneHeader(c *fiber.Ctx) (handoff.Presented, error) {
	text, err := bareSecret(c)
	if err != nil {
		return handoff.Presented{}, err
	}
	return presented(c, text)
}

// phoneParam is phoneHeader for the form that has the text in its path.
func phoneParam(c *fiber.Ctx) (handoff.Presented, error) { return presented(c, param(c, "ticket")) }

func presented(c *fiber.Ctx, text string) (handoff.Presented, error) {
	p, ok := handoff.ParsePresented(text)
	if !ok {
		return handoff.Presented{}, handoff.NotFound()
	}
	if device := header(c, deviceHeader); device != "" {
		if p.Device, ok = handoff.ParseDevice(device); !ok {
			return handoff.Presented{}, invalid("`Baton-Device` takes 22 to 128 characters of A–Z, a–z, 0–9, - and _.")
		}
	}
	return p, nil
}

// bareSecret is an Authorization header without a scheme word.
func bareSecret(c *fiber.Ctx) (string, error) {
	text := header(c, fiber.HeaderAuthorization)
	if text == "" || strings.Contains(text, " ") {
		return "", unauthorized(`Ticket realm="baton"`, "Send `Authorization: <qrCodeText>` with the QR code's text, or the pageToken, and no scheme word.")
	}
	return text, nil
}

// pageSecret is what a page shows in its Authorization header: a ticket or a page token, which look alike; the store
// says which it is.
type pageSecret struct {
	ticket handoff.Ticket
	page   handoff.PageToken
}

func pageHeader(c *fiber.Ctx) (pageSecret, error) {
	text, err := bareSecret(c)
	if err != nil {
		return pageSecret{}, err
	}
	return parsePageSecret(text)
}

func pageParam(c *fiber.Ctx) (pageSecret, error) { return parsePageSecret(param(c, "ticket")) }

func parsePageSecret(text string) (pageSecret, error) {
	p, ok := handoff.ParsePresented(text)
	if !ok {
		return pageSecret{}, handoff.NotFound()
	}
	page, _ := handoff.ParsePageToken(text) // a rotating code's text is none
	return pageSecret{ticket: p.Ticket, page: page}, nil
}

// object is a JSON object's members as they were sent, by exact name.
type object map[string]jsontext.Value

// decodeObject reads an API body by the contract's rules: application/json, one object and nothing after it, exact and
// unrepeated names, valid UTF-8 without lone surrogates.
func decodeObject(c *fiber.Ctx) (object, error) {
	mediaType, _, err := mime.ParseMediaType(header(c, fiber.HeaderContentType))
	if err != nil || mediaType != fiber.MIMEApplicationJSON {
		return nil, withStatus(http.StatusUnsupportedMediaType, invalid("Send the body as `Content-Type: application/json`."))
	}
	if encoding := header(c, fiber.HeaderContentEncoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, withStatus(http.StatusUnsupportedMediaType, invalid("Send the body without a Content-Encoding."))
	}
	body := c.Request().Body() // not c.Body(), which would unpack whatever the header claims
	if len(body) > bodyLimit {
		return nil, tooLarge("The body is longer than 131072 bytes. Send a shorter one.")
	}
	if kind := jsontext.Value(bytes.TrimLeft(body, " \t\r\n")).Kind(); kind != '{' {
		return nil, invalid("Send one JSON object as the body.")
	}
	var members object
	if err := json.Unmarshal(bytes.Clone(body), &members); err != nil {
		return nil, invalid("The body is not one valid JSON object: check its syntax, repeated names, and that it is valid UTF-8.")
	}
	return members, nil
}

// has reports whether the member is there and not null.
func (o object) has(name string) bool {
	value, ok := o[name]
	return ok && value.Kind() != 'n'
}

// text returns a string member; absent or null is "". The name stands in the error, nothing of the value does.
func (o object) text(name string) (string, error) {
	if !o.has(name) {
		return "", nil
	}
	var text string
	if o[name].Kind() != '"' || json.Unmarshal(o[name], &text) != nil || !utf8.ValidString(text) {
		return "", invalid("`" + name + "` must be a string.")
	}
	return text, nil
}

// allTexts returns several string members.
func (o object) allTexts(names ...string) ([]string, error) {
	texts := make([]string, len(names))
	for i, name := range names {
		var err error
		if texts[i], err = o.text(name); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// texts returns an array of strings of at most limit elements; absent or null is nil.
func (o object) texts(name string, limit int) ([]string, error) {
	if !o.has(name) {
		return nil, nil
	}
	var texts []string
	if o[name].Kind() != '[' || json.Unmarshal(o[name], &texts) != nil || len(texts) > limit {
		return nil, invalid("`" + name + "` must be a list of at most " + strconv.Itoa(limit) + " strings.")
	}
	return texts, nil
}

// flag returns a boolean member; absent or null is false.
func (o object) flag(name string) (bool, error) {
	if !o.has(name) {
		return false, nil
	}
	var is bool
	if json.Unmarshal(o[name], &is) != nil {
		return false, invalid("`" + name + "` must be true or false.")
	}
	return is, nil
}

// seconds returns a whole number of seconds; absent or null is 0.
func (o object) seconds(name string) (time.Duration, error) {
	if !o.has(name) {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(o[name]), 10, 32)
	if o[name].Kind() != '0' || err != nil || n == 0 { // 0 is no length; it must not pass for "absent"
		return 0, invalid("`" + name + "` must be a whole number of seconds.")
	}
	return time.Duration(n) * time.Second, nil
}

// toHTTP copies a request for code that knows net/http, with the path below prefix. Nothing in it lives in Fiber's
// buffers.
func toHTTP(c *fiber.Ctx, prefix string) (*http.Request, error) {
	// Not c.Request().RequestURI(), which forgets the host of a target that is a whole URL.
	target, err := url.ParseRequestURI(string(c.Request().Header.RequestURI()))
	if err != nil {
		return nil, invalid("The request's target is no valid URL.")
	}
	if prefix != "" {
		target.Path = strings.TrimPrefix(target.Path, prefix)
		target.RawPath = strings.TrimPrefix(target.RawPath, prefix)
	}
	body := bytes.Clone(c.Request().Body())
	r, err := http.NewRequestWithContext(c.UserContext(), method(c), target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, invalid("The request's method or target is not valid.")
	}
	r.URL, r.RequestURI = target, target.RequestURI()
	r.Host = host(c)
	r.RemoteAddr = c.Context().RemoteAddr().String()
	c.Request().Header.VisitAll(func(key, value []byte) {
		if !strings.EqualFold(string(key), fiber.HeaderHost) {
			r.Header.Add(string(key), string(value))
		}
	})
	return r, nil
}
