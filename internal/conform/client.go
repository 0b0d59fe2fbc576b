package conform

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is the most that is read of one answer, in bytes. The longest lawful one is a claim of 16 KiB of `data`
// with every character escaped, and 8 KiB of token.
const maxAnswer = 256 << 10

// server is the server under judgement, and how to reach it.
type server struct {
	base     *url.URL
	bearer   string
	http     *http.Client
	options  Options
	lifetime time.Duration
	patience time.Duration
	strict   bool // refuses sessions without every protection
}

func newServer(o Options) (*server, error) {
	base, err := parseBase(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Bearer == "" {
		return nil, errors.New("a bearer that may create sessions is needed")
	}
	s := &server{
		base: base, bearer: o.Bearer, http: o.HTTPClient, options: o,
		lifetime: cmp.Or(o.Lifetime, defaultLifetime), patience: cmp.Or(o.Patience, defaultPatience),
	}
	if s.http == nil {
		s.http = &http.Client{
			Timeout:       callTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return s, nil
}

// reach makes one call that any server answers somehow, so that an address with nothing behind it is one clear
// error and not sixty failures.
func (s *server) reach(ctx context.Context) error {
	_, err := s.call(ctx, http.MethodGet, sessionPath, nil, "")
	if err != nil {
		return fmt.Errorf("no server answers at %s: %w", s.base.Redacted(), err)
	}
	return nil
}

const sessionPath = "/api/v1/session"

func textPath(text string) string { return sessionPath + "/" + url.PathEscape(text) }

// answer is an HTTP answer, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
	fields map[string]any // of a JSON object; nil for anything else
}

func (s *server) call(ctx context.Context, method, path string, header http.Header, body string) (answer, error) {
	address, err := url.Parse(s.base.String() + path)
	if err != nil {
		return answer{}, fmt.Errorf("the call's address cannot be built: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, address.String(), strings.NewReader(body))
	if err != nil {
		return answer{}, errors.New("the call cannot be built")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := s.http.Do(request)
	if err != nil {
		// The error names the address, and with it a text that may stand in the path.
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return answer{}, fmt.Errorf("expected an answer, got none: %w", err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("expected a whole answer, it broke off: %w", err)
	}
	a := answer{status: response.StatusCode, header: response.Header, body: read}
	if json.Unmarshal(read, &a.fields) != nil {
		a.fields = nil
	}
	return a, nil
}

// describe says what came, without showing a value that may be a secret.
func (a answer) describe() string {
	text := strconv.Itoa(a.status)
	if code, ok := a.fields["error"].(string); ok && len(code) <= 64 {
		return text + " " + code
	}
	if len(a.body) == 0 {
		return text + " without a body"
	}
	if a.fields == nil {
		return text + " with a body that is no JSON object"
	}
	return text
}

func (a answer) text(key string) (string, error) {
	value, there := a.fields[key]
	text, isText := value.(string)
	switch {
	case !there:
		return "", fmt.Errorf("expected the key %s, got none", key)
	case !isText:
		return "", fmt.Errorf("expected %s to be a string, got %s", key, kindOf(value))
	}
	return text, nil
}

func (a answer) wantStatus(status int) error {
	if a.status != status {
		return fmt.Errorf("expected %d, got %s", status, a.describe())
	}
	return nil
}

func (a answer) wantJSON() error {
	media, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return fmt.Errorf("expected the media type application/json, got %q", a.header.Get("Content-Type"))
	}
	if a.fields == nil {
		return errors.New("expected a JSON object, got something else")
	}
	return nil
}

// wantError holds an answer against the contract's error: status, code and the three keys.
func (a answer) wantError(status int, code string) error {
	if err := a.wantStatus(status); err != nil {
		return err
	}
	if err := a.wantJSON(); err != nil {
		return fmt.Errorf("error body: %w", err)
	}
	for _, key := range []string{"error", "message", "requestId"} {
		if text, err := a.text(key); err != nil {
			return fmt.Errorf("error body: %w", err)
		} else if text == "" {
			return fmt.Errorf("error body: expected %s, got an empty string", key)
		}
	}
	if got := a.fields["error"].(string); got != code {
		return fmt.Errorf("expected the code %s, got %q", code, cut(got))
	}
	return nil
}

// session is a session that a check created for itself.
type session struct {
	id, text, link string
}

func jsonHeader(bearer string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	if bearer != "" {
		h.Set("Authorization", "Bearer "+bearer)
	}
	return h
}

// post creates with a body as it stands. It waits and tries again where the server says that it is asked too often.
func (s *server) post(ctx context.Context, header http.Header, body string) (answer, error) {
	for try := 0; ; try++ {
		a, err := s.call(ctx, http.MethodPost, sessionPath, header, body)
		if err != nil || a.status != http.StatusTooManyRequests || try == 5 {
			return a, err
		}
		seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
		if err != nil || seconds < 0 || seconds > 20 {
			return a, nil
		}
		select {
		case <-ctx.Done():
			return answer{}, ctx.Err()
		case <-time.After(time.Duration(max(seconds, 1)) * time.Second):
		}
	}
}

// create makes a session whose creation is not what the check is about.
func (s *server) create(ctx context.Context, fields map[string]any) (session, error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return session{}, err
	}
	a, err := s.post(ctx, jsonHeader(s.bearer), string(body))
	if err != nil {
		return session{}, err
	}
	created, err := a.created()
	if err != nil {
		return session{}, fmt.Errorf("creation: %w", err)
	}
	return created, nil
}

func (s *server) createPlain(ctx context.Context) (session, error) {
	return s.create(ctx, map[string]any{"data": "conform"})
}

func (a answer) created() (session, error) {
	if err := a.wantStatus(http.StatusOK); err != nil {
		return session{}, err
	}
	if err := a.wantJSON(); err != nil {
		return session{}, err
	}
	var made session
	for key, to := range map[string]*string{"sessionId": &made.id, "qrCodeText": &made.text, "qrCodeTextWithDynamicLink": &made.link} {
		text, err := a.text(key)
		if err != nil {
			return session{}, err
		}
		if text == "" {
			return session{}, fmt.Errorf("expected %s, got an empty string", key)
		}
		*to = text
	}
	return made, nil
}

// refusedByPolicy reports how a server refuses a plain creation that lacks what its policy demands; "" where it
// takes one, or refuses it for another reason, which the checks then find.
func (s *server) refusedByPolicy(ctx context.Context) (string, error) {
	a, err := s.post(ctx, jsonHeader(s.bearer), `{"data":"conform"}`)
	if err != nil {
		return "", err
	}
	message, _ := a.fields["message"].(string)
	if a.status != http.StatusBadRequest || a.fields["error"] != "INVALID_INPUT" {
		return "", nil
	}
	named := 0
	for _, option := range []string{"claim", "separatePage", "confirm", "rotate", "token"} {
		if strings.Contains(message, option) {
			named++
		}
	}
	if named < 2 {
		return "", nil
	}
	return cut(message), nil
}

func textHeader(text string) http.Header { return http.Header{"Authorization": {text}} }

func (s *server) claim(ctx context.Context, text string) (answer, error) {
	return s.call(ctx, http.MethodGet, sessionPath, textHeader(text), "")
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case float64:
		return "a number"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return "a string"
}

// cut keeps a stranger's text short and on one line.
func cut(text string) string {
	const most = 200
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(clean) > most {
		return string(bytes.ToValidUTF8([]byte(clean[:most]), nil)) + "…"
	}
	return clean
}

// sameText compares without showing either.
func sameText(what, want, got string) error {
	if want == got {
		return nil
	}
	at := 0
	for at < min(len(want), len(got)) && want[at] == got[at] {
		at++
	}
	return fmt.Errorf("expected %s to come back byte for byte (%d bytes), got %d bytes that differ from byte %d on",
		what, len(want), len(got), at)
}
