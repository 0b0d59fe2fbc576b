package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"

	"baton/internal/auth"
	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

// The seeds of these targets lie in testdata/fuzz, one file each; what a run finds is put beside them.

// FuzzDecodeObject compares the contract's rules for JSON with encoding/json, to which they add some.
func FuzzDecodeObject(f *testing.F) {
	app := fiber.New()
	f.Fuzz(func(t *testing.T, body []byte) {
		request := newRequest(http.MethodPost, "/", body)
		c := app.AcquireCtx(request)
		defer app.ReleaseCtx(c)
		members, err := decodeObject(c)
		if valid := len(body) <= bodyLimit && strictObject(body); valid != (err == nil) {
			t.Fatalf("by the contract's rules %q is valid: %t; decodeObject answers %v", body, valid, err)
		}
		if err != nil {
			if code := handoff.ErrorCode(err); code != handoff.CodeInvalidInput && code != handoff.CodePayloadTooLarge {
				t.Fatalf("%q is refused with %v", body, err)
			}
			return
		}
		want := plainly(t, body)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(members))); diff != "" {
			t.Fatalf("%q: members (-encoding/json +decodeObject):\n%s", body, diff)
		}
		for name, value := range want {
			text, err := members.text(name)
			wanted, isText := value.(string)
			if (err == nil) != (isText || value == nil) || text != wanted || members.has(name) != (value != nil) {
				t.Fatalf("%q: member %q is %q, %v; want %v", body, name, text, err, value)
			}
			if err != nil && strings.Contains(err.Error(), "\n") && !strings.Contains(name, "\n") { // the names that are asked for are the program's own
				t.Fatalf("%q: the error for %q is no sentence", body, name)
			}
		}
		clear(request.Request.Body()) // as the next request on the connection would overwrite it
		for name, value := range want {
			wanted, isText := value.(string)
			if text, err := members.text(name); isText && (text != wanted || err != nil) {
				t.Fatalf("%q: member %q lives in the request's buffer", body, name)
			}
		}
	})
}

// FuzzCreation posts any body as a backend. What is taken, the phone's claim brings back.
func FuzzCreation(f *testing.F) {
	edge := newEdge(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		defer edge.sweep(t)
		answer := edge.do(t, http.MethodPost, "/api/v1/session", "Bearer the-backends-bearer", body)
		if answer.refused(t, body) {
			return
		}
		var sent struct {
			Data       string
			Token      *string
			TTLSeconds *int64
		}
		exact(t, body, "data", &sent.Data)
		exact(t, body, "token", &sent.Token)
		exact(t, body, "ttlSeconds", &sent.TTLSeconds)
		var created createdSession
		answer.decode(t, &created)
		ticket, isTicket := handoff.ParseTicket(created.Text)
		id, isID := handoff.ParseSessionID(created.SessionID)
		if !isTicket || !isID || created.Link != "https://baton.test/go#"+created.Text {
			t.Fatalf("%q is answered with %+v", body, created)
		}
		session, err := edge.handoff.ByTicket(t.Context(), ticket)
		if err != nil || session.ID != id {
			t.Fatalf("the session of %q: %v", body, err)
		}
		life := handoff.MaxTTL
		if sent.TTLSeconds != nil {
			life = time.Duration(*sent.TTLSeconds) * time.Second
		}
		if session.ExpiresAt.Sub(session.CreatedAt) != life || created.ExpiresAt != session.ExpiresAt.Format("2006-01-02T15:04:05.000Z07:00") {
			t.Fatalf("%q lives %v until %s", body, session.ExpiresAt.Sub(session.CreatedAt), created.ExpiresAt)
		}
		want := claimedSession{SessionID: created.SessionID, Token: "the-backends-bearer", Data: sent.Data}
		if sent.Token != nil {
			want.Token = *sent.Token
		}
		if session.Protection.Separate != (created.PageToken != "") {
			t.Fatalf("%q is protected by %+v and answered with a page token: %t", body, session.Protection, created.PageToken != "")
		}
		presented := created.Text
		if page, separated := handoff.ParsePageToken(created.PageToken); separated {
			picture, err := edge.handoff.Picture(t.Context(), page)
			if err != nil {
				t.Fatalf("the picture of %q: %v", body, err)
			}
			presented = picture.Text // with a code beside the ticket, where that rotates
		}
		var claimed claimedSession
		claim := edge.do(t, http.MethodGet, "/api/v1/session", presented, nil)
		if session.Protection.Confirm != handoff.ConfirmNone {
			if !claim.refused(t, body) {
				t.Fatalf("%q asks for a confirmation, and a phone without a device claims", body)
			}
			return
		}
		claim.decode(t, &claimed)
		if diff := cmp.Diff(want, claimed); diff != "" {
			t.Fatalf("%q comes back otherwise (-sent +claimed):\n%s", body, diff)
		}
	})
}

// FuzzEvent posts any body as what a backend reports of its session.
func FuzzEvent(f *testing.F) {
	edge := newEdge(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		defer edge.sweep(t)
		session := edge.create(t)
		answer := edge.do(t, http.MethodPost, "/api/v1/session/"+string(session.ID)+"/events", "Bearer b", body)
		events, err := edge.handoff.EventsAfter(t.Context(), session.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if answer.refused(t, body) {
			if len(events) != 0 {
				t.Fatalf("%q is refused and leaves %v", body, events)
			}
			return
		}
		var told publishedEvent
		answer.decode(t, &told)
		if told.Seq != 1 || len(events) == 0 || events[0].Seq != 1 {
			t.Fatalf("%q is answered with %d and leaves %v", body, told.Seq, events)
		}
		var sent [5]string
		for i, name := range []string{"service", "skipped", "status", "reason", "key"} {
			exact(t, body, name, &sent[i])
		}
		event := events[0]
		if sent[4] != "" {
			sent[4] = "backend " + sent[4] // each reporter has keys of its own
		}
		var traced any
		if exact(t, body, "event", &traced); traced == nil {
			want := handoff.Event{Seq: 1, Kind: handoff.KindService, Step: handoff.Step(sent[0]), Status: handoff.Status(sent[2]), Reason: sent[3], Key: sent[4], At: event.At}
			switch {
			case sent[1] != "":
				want.Kind, want.Notice, want.Step = handoff.KindNotice, handoff.NoticeSkipped, handoff.Step(sent[1])
			case sent[2] != "":
				want.Kind = handoff.KindStatus
			}
			if diff := cmp.Diff(want, event); diff != "" {
				t.Fatalf("%q is kept otherwise (-sent +kept):\n%s", body, diff)
			}
			return
		}
		if event.Key != sent[4] {
			t.Fatalf("%q is kept with the key %q", body, event.Key)
		}
		checkDetail(t, body, event.Detail)
	})
}

// FuzzTraceObject posts an SDK's trace object with any values.
func FuzzTraceObject(f *testing.F) {
	edge := newEdge(f)
	f.Fuzz(func(t *testing.T, event, status, page, code, key, device, said, timestamp string, own bool) {
		defer edge.sweep(t)
		session := edge.create(t)
		values := map[string]any{
			"category": "ENROLLMENT", "event": event, "status": status, "page": page, "statusCode": code, "key": key,
			"deviceIdentifier": "device " + device, "statusMessage": "said " + said, "timestamp": timestamp, "sessionId": session.ID,
		}
		if !own {
			values["sessionId"] = handoff.NewSessionID()
		}
		body, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		answer := edge.do(t, http.MethodPost, "/api/v1/session/"+string(session.ID)+"/events", "Bearer b", body)
		if answer.refused(t, body) {
			printable := func(text string, most int) bool {
				return len(text) <= most && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
			}
			kept, _ := json.Marshal([]string{event, status, page, code, timestamp})
			if own && event != "" && printable(code, handoff.MaxReason) && printable(key, handoff.MaxKey) && len(kept) < handoff.MaxDetail/2 {
				t.Fatalf("%s is refused: %d %s", body, answer.status, answer.body)
			}
			return
		}
		if !own {
			t.Fatalf("%s is another session's and taken", body)
		}
		events, err := edge.handoff.EventsAfter(t.Context(), session.ID, 0)
		if err != nil || len(events) == 0 {
			t.Fatalf("%s leaves %v, %v", body, events, err)
		}
		var clean [4]string // as the wire brought them: JSON has replaced what is no UTF-8
		for i, name := range []string{"event", "status", "page", "statusCode"} {
			exact(t, body, name, &clean[i])
		}
		p := handoff.Trace{Event: clean[0], Status: clean[1], Page: clean[2], StatusCode: clean[3]}.Progress()
		got := events[0]
		step := p.Step
		if step == "" {
			step = p.Skipped
		}
		if got.Step != step || got.Status != p.Status || got.Reason != p.Reason || (got.Notice != "") != (p.Skipped != "") {
			t.Fatalf("%s reports %+v and is kept as %+v", body, p, got)
		}
		checkDetail(t, body, got.Detail)
	})
}

// checkDetail checks that what is kept of a trace object is JSON with values that were sent, and nothing that follows a
// person or that nobody knows.
func checkDetail(t *testing.T, body []byte, detail string) {
	t.Helper()
	if !strictObject([]byte(detail)) || len(detail) > handoff.MaxDetail {
		t.Fatalf("of %q is kept %q", body, detail)
	}
	kept, sent := plainly(t, []byte(detail)), plainly(t, body)
	if kept["event"] == nil {
		t.Fatalf("of %q is kept %q, without its event", body, detail)
	}
	harmless := []string{"category", "event", "status", "page", "statusCode", "documentType", "timestamp"}
	for name, value := range kept {
		if !slices.Contains(harmless, name) || value != sent[name] {
			t.Fatalf("of %q is kept %q: %s", body, detail, name)
		}
	}
}

// edge is a server without a network.
type edge struct {
	handle  fasthttp.RequestHandler
	handoff *handoff.Service
	store   handoff.Store
}

type anybody struct{}

func (anybody) Verify(context.Context, string) (auth.Caller, error) {
	return auth.Caller{Tenant: "tenant"}, nil
}

func newEdge(f *testing.F) *edge {
	f.Helper()
	e := &edge{store: handofftest.NewStore()}
	e.handoff = handoff.NewService(e.store, handofftest.NewBell(), nil, nil)
	server, err := New(Deps{Handoff: e.handoff, Auth: anybody{}, PublicURL: &url.URL{Scheme: "https", Host: "baton.test"}})
	if err != nil {
		f.Fatal(err)
	}
	e.handle = server.app.Server().Handler
	return e
}

func (e *edge) create(t *testing.T) handoff.Session {
	t.Helper()
	session, _, err := e.handoff.Create(t.Context(), handoff.Creation{Tenant: "tenant"})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// sweep empties the store, which searches all that it has.
func (e *edge) sweep(t *testing.T) {
	if _, err := e.store.DeleteExpired(context.WithoutCancel(t.Context()), time.Now().Add(time.Hour), 1000); err != nil {
		t.Error(err)
	}
}

type edgeAnswer struct {
	status int
	body   []byte
}

func (e *edge) do(t *testing.T, method, path, authorization string, body []byte) edgeAnswer {
	t.Helper()
	c := newRequest(method, path, body)
	c.Request.Header.Set(fiber.HeaderAuthorization, authorization)
	e.handle(c)
	return edgeAnswer{c.Response.StatusCode(), bytes.Clone(c.Response.Body())}
}

func newRequest(method, path string, body []byte) *fasthttp.RequestCtx {
	var request fasthttp.Request
	request.Header.SetMethod(method)
	request.SetRequestURI("https://baton.test" + path)
	request.Header.SetHost("baton.test")
	if method == http.MethodPost {
		request.Header.SetContentType("application/json; charset=utf-8")
		request.SetBody(bytes.Clone(body))
	}
	c := new(fasthttp.RequestCtx)
	c.Init(&request, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1024}, nil)
	return c
}

func (a edgeAnswer) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); a.status != http.StatusOK || err != nil {
		t.Fatalf("the answer is %d %q: %v", a.status, a.body, err)
	}
}

// refused reports whether the answer is an error, and checks that it is one of the contract's which repeats nothing of
// the body, and that a body that breaks the rules for JSON gets no other answer.
func (a edgeAnswer) refused(t *testing.T, body []byte) bool {
	t.Helper()
	if a.status == http.StatusOK {
		if !strictObject(body) {
			t.Fatalf("%q is taken, and is no object by the contract's rules", body)
		}
		return false
	}
	var told problem
	if err := json.Unmarshal(a.body, &told); err != nil {
		t.Fatalf("%q is answered with %q: %v", body, a.body, err)
	}
	want := map[string]int{"INVALID_INPUT": http.StatusBadRequest, "PAYLOAD_TOO_LARGE": http.StatusRequestEntityTooLarge}[told.Error]
	if want != a.status || told.RequestID == "" || !strings.HasSuffix(told.Message, ".") {
		t.Fatalf("%q is answered with %d %q", body, a.status, a.body)
	}
	// A shorter text may be a word of the sentence, such as a member's name.
	const telling = 20
	tokens := json.NewDecoder(bytes.NewReader(body))
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if err != nil {
			break
		}
		if text, ok := token.(string); ok && len(text) >= telling && strings.Contains(told.Message, text) {
			t.Fatalf("%q is answered with a part of it: %q", body, told.Message)
		}
	}
	return true
}

// plainly decodes an object with encoding/json, its numbers as they are written.
func plainly(t *testing.T, object []byte) map[string]any {
	t.Helper()
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		t.Fatalf("%q: %v", object, err)
	}
	return members
}

// exact decodes the member of exactly this name, where it is there. encoding/json alone takes it in any case.
func exact(t *testing.T, body []byte, name string, into any) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatal(err)
	}
	if value, ok := members[name]; ok {
		if err := json.Unmarshal(value, into); err != nil {
			t.Fatalf("%q is taken with the member %q: %v", body, name, err)
		}
	}
}

// strictObject says by Go's own decoder and three rules more whether a body is one: valid UTF-8, no name twice in one
// object, no half of a surrogate pair.
func strictObject(body []byte) bool {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	return json.Valid(body) && bytes.HasPrefix(trimmed, []byte("{")) && utf8.Valid(body) && !loneSurrogate(body) && distinctNames(body)
}

func distinctNames(body []byte) bool {
	var walk func(tokens *json.Decoder) bool
	walk = func(tokens *json.Decoder) bool {
		token, err := tokens.Token()
		if err != nil {
			return err == io.EOF
		}
		opened, ok := token.(json.Delim)
		if !ok {
			return true
		}
		seen := make(map[string]bool)
		for tokens.More() {
			if opened == '{' {
				name, _ := tokens.Token()
				if text, ok := name.(string); !ok || seen[text] {
					return false
				} else {
					seen[text] = true
				}
			}
			if !walk(tokens) {
				return false
			}
		}
		_, err = tokens.Token()
		return err == nil
	}
	tokens := json.NewDecoder(bytes.NewReader(body))
	tokens.UseNumber()
	return walk(tokens)
}

// loneSurrogate looks at the escapes of a valid JSON text.
func loneSurrogate(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		if body[i+1] != 'u' {
			i++
			continue
		}
		switch surrogate(body[i:]) {
		case "high":
			if surrogate(body[i+6:]) != "low" {
				return true
			}
			i += 11
		case "low":
			return true
		default:
			i += 5
		}
	}
	return false
}

// surrogate says which half of a pair the escape at the beginning of text is, "" for none.
func surrogate(text []byte) string {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' || text[2]|0x20 != 'd' {
		return ""
	}
	switch {
	case strings.IndexByte("89abAB", text[3]) >= 0:
		return "high"
	case strings.IndexByte("cdefCDEF", text[3]) >= 0:
		return "low"
	}
	return ""
}
