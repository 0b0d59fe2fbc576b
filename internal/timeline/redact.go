package timeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Names of secrets, which are those of variables in a shell.
const (
	QRCodeText   = "QR_CODE_TEXT"
	PageToken    = "PAGE_TOKEN"
	AccessToken  = "ACCESS_TOKEN"
	device       = "DEVICE"
	data         = "DATA"
	number       = "NUMBER"
	cookie       = "COOKIE"
	clientID     = "CLIENT_ID"
	clientSecret = "CLIENT_SECRET"
	result       = "RESULT"
	personName   = "PERSON_NAME"
	personMail   = "PERSON_EMAIL"
	unknown      = "SECRET" // looks like one
)

// secretMembers are members of JSON objects, at any depth, and fields of forms.
var secretMembers = map[string]string{
	"qrCodeText": QRCodeText, "qrCodeTextWithDynamicLink": QRCodeText, "link": QRCodeText, "pageToken": PageToken,
	"token": AccessToken, "access_token": AccessToken, "refresh_token": AccessToken, "id_token": AccessToken, "data": data, "number": number,
	"client_id": clientID, "client_secret": clientSecret, "password": clientSecret, "jwsResult": result,
}

var secretFields = map[string]string{
	"client_id": clientID, "client_secret": clientSecret, "password": clientSecret, "token": AccessToken, "name": personName, "email": personMail,
}

// Headers whose whole value is a secret; Authorization and the cookies are read more closely.
var secretHeaders = map[string]string{
	"Baton-Device": device, "Proxy-Authorization": unknown, "X-Api-Key": unknown, "Api-Key": unknown, "X-Auth-Token": unknown,
}

// lookalikes are what a secret looks like where nothing says that one stands there: a ticket or a page token, and a JWT.
var lookalikes = regexp.MustCompile(`[A-Z2-7]{32,}(?:-[A-Z2-7]{8})?|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_.-]*`)

// redactor takes the secrets out of one entry's texts and puts them into its session's vault.
type redactor struct{ *vault }

// clean makes a text that nothing in it can be taken for a name of ours, or break out of where it is shown.
func clean(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return strings.Map(func(r rune) rune {
		if r == 0xE00E || r == 0xE00F || r == 0 {
			return '\uFFFD'
		}
		return r
	}, text)
}

// finish takes out what else is known or looks like a secret, between the names that are there already.
func (r redactor) finish(text string) Text {
	find := r.finder()
	var b strings.Builder
	for rest := text; ; {
		before, after, found := strings.Cut(rest, nameBegins)
		b.WriteString(r.find(find, before))
		if !found {
			return Text(b.String())
		}
		var name string
		name, rest, _ = strings.Cut(after, nameEnds)
		b.WriteString(nameBegins + name + nameEnds)
	}
}

func (r redactor) find(known *strings.Replacer, text string) string {
	text = known.Replace(text)
	return lookalikes.ReplaceAllStringFunc(text, func(found string) string { return r.name(unknown, found) })
}

func (r redactor) headers(headers http.Header) []Field {
	var fields []Field
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range headers[name] {
			fields = append(fields, Field{Name: string(r.finish(clean(name))), Value: r.finish(r.header(http.CanonicalHeaderKey(name), clean(value)))})
		}
	}
	return fields
}

func (r redactor) header(name, value string) string {
	switch name {
	case "Authorization":
		scheme, secret, found := strings.Cut(value, " ")
		if !found {
			return r.name(QRCodeText, value)
		}
		return scheme + " " + r.name(AccessToken, strings.TrimSpace(secret))
	case "Cookie":
		var cookies []string
		for one := range strings.SplitSeq(value, ";") {
			cookies = append(cookies, r.cookie(strings.TrimSpace(one)))
		}
		return strings.Join(cookies, "; ")
	case "Set-Cookie":
		one, attributes, found := strings.Cut(value, ";")
		if one = r.cookie(one); found {
			one += ";" + attributes
		}
		return one
	}
	if kind, secret := secretHeaders[name]; secret {
		return r.name(kind, value)
	}
	return value
}

func (r redactor) cookie(one string) string {
	name, value, found := strings.Cut(one, "=")
	if !found {
		return r.name(cookie, one)
	}
	return name + "=" + r.name(cookie, value)
}

// message reads one side of a call. What it cannot look through is told by its length.
func (r redactor) message(headers http.Header, body []byte) Message {
	m := r.body(headers, body) // first: it says best what a value is
	m.Headers = r.headers(headers)
	return m
}

func (r redactor) body(headers http.Header, body []byte) Message {
	m := Message{Whole: true}
	if len(body) == 0 {
		return m
	}
	kind, _, _ := mime.ParseMediaType(headers.Get("Content-Type"))
	leave := func(why string) Message {
		m.Whole, m.Note = false, fmt.Sprintf("%s of %d bytes, not kept%s", orWord(kind, "a body"), len(body), why)
		return m
	}
	if encoding := headers.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return leave(": it is compressed")
	}
	var text string
	switch {
	case kind == "application/json" || strings.HasSuffix(kind, "+json") || kind == "" && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")):
		var ok bool
		if text, ok = r.json(clean(string(body))); !ok {
			return leave(": it is no valid JSON")
		}
		m.JSON = true
	case kind == "application/x-www-form-urlencoded":
		text = r.form(clean(string(body)))
	case kind == "application/jwt" || kind == "application/jose":
		text = r.name(result, clean(string(body)))
	case kind == "text/html":
		return leave(": a page shows the code")
	case strings.HasPrefix(kind, "image/"):
		return leave(": a picture")
	default:
		return leave(": nothing is known of its kind")
	}
	if m.Body = r.finish(text); len(m.Body) > maxBody {
		m.Body, _ = m.Body.cut(maxBody)
		m.Whole, m.Note = false, fmt.Sprintf("the first %d of %d bytes", len(m.Body), len(body))
	}
	return m
}

func orWord(word, other string) string {
	if word == "" {
		return other
	}
	return clean(word)
}

// frame reads a frame: JSON, or a secret as it is.
func (r redactor) frame(frame []byte) Message {
	m := Message{Whole: true}
	text, ok := r.json(clean(string(frame)))
	if m.JSON = ok; !ok {
		text = r.name(QRCodeText, clean(string(frame)))
	}
	m.Body = r.finish(text)
	if short, cut := m.Body.cut(maxBody); cut {
		m.Body, m.Whole, m.Note = short, false, fmt.Sprintf("the first %d of %d bytes", len(short), len(frame))
	}
	return m
}

// json replaces the secret members of an object and leaves everything else as it was said. It reports false for what is no
// JSON object or list.
func (r redactor) json(text string) (string, bool) {
	if !json.Valid([]byte(text)) || !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") && !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "[") {
		return "", false
	}
	var b strings.Builder
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	type level struct {
		object bool
		key    string
		isKey  bool // the next string is a member's name
	}
	var stack []level
	written := 0
	for {
		token, err := decoder.Token()
		if err != nil {
			b.WriteString(text[written:])
			return b.String(), true
		}
		top := len(stack) - 1
		delim, isDelim := token.(json.Delim)
		switch {
		case isDelim && (delim == '}' || delim == ']'):
			stack = stack[:top]
			top--
		case top >= 0 && stack[top].object && stack[top].isKey:
			stack[top].key, _ = token.(string)
			stack[top].isKey = false
			if kind, secret := secretMembers[stack[top].key]; secret {
				var value json.RawMessage
				if decoder.Decode(&value) != nil {
					return "", false
				}
				until := int(decoder.InputOffset())
				from := until - len(value)
				b.WriteString(text[written:from])
				b.WriteString(r.member(kind, string(value)))
				written = until
				stack[top].isKey = true
			}
			continue
		case isDelim:
			stack = append(stack, level{object: delim == '{', isKey: delim == '{'})
			continue
		}
		if top >= 0 && stack[top].object {
			stack[top].isKey = true
		}
	}
}

// member replaces a value as it stands in JSON. Of a link only what follows the # is secret.
func (r redactor) member(kind, value string) string {
	inner, quoted := strings.CutPrefix(value, `"`)
	if !quoted {
		if value == "null" || value == "true" || value == "false" { // `link` and the like in others' answers
			return value
		}
		return r.name(kind, value)
	}
	inner = strings.TrimSuffix(inner, `"`)
	if before, secret, found := strings.Cut(inner, "#"); kind == QRCodeText && found {
		return `"` + before + "#" + r.name(kind, secret) + `"`
	}
	return `"` + r.name(kind, inner) + `"`
}

func (r redactor) form(text string) string {
	fields := strings.Split(text, "&")
	for i, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		if kind, secret := secretFields[name]; secret {
			fields[i] = name + "=" + r.name(kind, value)
		}
	}
	return strings.Join(fields, "&")
}

// path takes the text out of the form that has it in its path, wherever it is.
func (r redactor) path(path string) Text { return r.finish(clean(path)) }
