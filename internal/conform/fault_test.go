package conform_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// fault is one thing that a proxy before the real server gets wrong, so that whoever calls through it meets a server
// with that flaw.
type fault struct {
	name    string
	request func(*http.Request, map[string]any)                      // its body's members, nil where it has none
	swallow func(*http.Request) (status int, answered bool)          // answers itself; the server hears nothing
	answer  func(q *http.Request, a *httptest.ResponseRecorder) bool // true: the answer is a's body as it now is
	first   func([]byte) []byte                                      // of a channel
	frame   func(map[string]any) bool                                // of a channel or a stream; false: it is lost
	id      func(string) string                                      // of an event of a stream
	close   func(int) int                                            // code of a channel
}

// at is of a call by its method and the end of its path.
func at(q *http.Request, call string) bool {
	method, path, _ := strings.Cut(call, " ")
	return q.Method == method && strings.HasSuffix(q.URL.Path, path)
}

// ignores lets the server not see members of a call's body.
func ignores(call string, members ...string) fault {
	return fault{name: "ignores " + strings.Join(members, " and "), request: func(q *http.Request, body map[string]any) {
		if at(q, call) {
			for _, member := range members {
				delete(body, member)
			}
		}
	}}
}

const creation, picture = "POST /api/v1/session", "GET /qr.svg"

func adds(call, member string, value any) fault {
	return fault{name: "adds " + member, request: func(q *http.Request, body map[string]any) {
		if at(q, call) {
			body[member] = value
		}
	}}
}

func ignoresHeader(name string) fault {
	return fault{name: "ignores " + name, request: func(q *http.Request, _ map[string]any) { q.Header.Del(name) }}
}

// forgets lets the server not see a parameter of the query.
func forgets(parameter string) fault {
	return fault{name: "forgets " + parameter, request: func(q *http.Request, _ map[string]any) {
		query := q.URL.Query()
		query.Del(parameter)
		q.URL.RawQuery = query.Encode()
	}}
}

var oneDevice = fault{name: "takes every device for the same", request: func(q *http.Request, _ map[string]any) {
	if q.Header.Get("Baton-Device") != "" {
		q.Header.Set("Baton-Device", "everybody-has-this-one-device")
	}
}}

// pretends answers as if it did what a call asks for.
func pretends(call string, status int) fault {
	return fault{name: "pretends " + call, swallow: func(q *http.Request) (int, bool) { return status, at(q, call) }}
}

// answers gives a call another status than the server's.
func answers(call string, from, to int) fault {
	return fault{name: call + " answers " + strconv.Itoa(to), answer: func(q *http.Request, a *httptest.ResponseRecorder) bool {
		if !at(q, call) || a.Code != from {
			return false
		}
		a.Code = to
		return true
	}}
}

// says gives a member of a call's answer another value; nil takes it out.
func says(call, member string, value any) fault {
	return fault{name: call + " says another " + member, answer: func(q *http.Request, a *httptest.ResponseRecorder) bool {
		var members map[string]any
		if !at(q, call) || json.Unmarshal(a.Body.Bytes(), &members) != nil {
			return false
		}
		if members[member] = value; value == nil {
			delete(members, member)
		}
		encoded, _ := json.Marshal(members)
		a.Body = bytes.NewBuffer(encoded)
		return true
	}}
}

func header(name, value string) fault {
	return fault{name: "sends another " + name, answer: func(_ *http.Request, a *httptest.ResponseRecorder) bool {
		if a.Header().Set(name, value); value == "" {
			a.Header().Del(name)
		}
		return true
	}}
}

// onlyAt keeps a fault to one call's answers.
func onlyAt(call string, f fault) fault {
	return fault{name: f.name + " at " + call, answer: func(q *http.Request, a *httptest.ResponseRecorder) bool { return at(q, call) && f.answer(q, a) }}
}

// loses frames whose member has the value.
func loses(member, value string) fault {
	return fault{name: "loses " + value, frame: func(f map[string]any) bool { return f[member] != value }}
}

// garbles a member of every frame of a type that has it; nil takes it out.
func garbles(kind, member string, value any) fault {
	return fault{name: "garbles " + kind + "'s " + member, frame: func(f map[string]any) bool {
		if _, has := f[member]; has && f["type"] == kind {
			if f[member] = value; value == nil {
				delete(f, member)
			}
		}
		return true
	}}
}

func closes(from, to int) fault {
	return fault{name: "closes with " + strconv.Itoa(to), close: func(code int) int {
		if code == from {
			return to
		}
		return code
	}}
}

// startFault starts the proxy before the server.
func startFault(t *testing.T, target string, f fault) string {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		if f.request != nil {
			var members map[string]any
			read := json.Unmarshal(body, &members)
			f.request(q, members)
			if read == nil && members != nil {
				body, _ = json.Marshal(members)
			}
		}
		if f.swallow != nil {
			if status, answered := f.swallow(q); answered {
				w.Header().Set("Content-Type", "application/json")
				if w.WriteHeader(status); status != http.StatusNoContent {
					io.WriteString(w, `{"seq":1}`)
				}
				return
			}
		}
		if websocket.IsWebSocketUpgrade(q) {
			f.passChannel(w, q, target)
			return
		}
		onward, err := http.NewRequestWithContext(q.Context(), q.Method, target+q.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			return
		}
		onward.Header = q.Header.Clone()
		response, err := http.DefaultTransport.RoundTrip(onward)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer response.Body.Close()
		a := httptest.NewRecorder()
		a.Code = response.StatusCode
		for name, values := range response.Header {
			a.Header()[name] = values
		}
		streams := strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream")
		if !streams {
			io.Copy(a.Body, response.Body)
		}
		if f.answer != nil && f.answer(q, a) {
			a.Header().Del("Content-Length")
		}
		for name, values := range a.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(a.Code)
		if streams {
			f.passStream(w, response.Body)
			return
		}
		w.Write(a.Body.Bytes())
	}))
	t.Cleanup(proxy.CloseClientConnections)
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// passed is a frame as it comes out of the proxy.
func (f fault) passed(raw []byte) ([]byte, bool) {
	var members map[string]any
	if f.frame == nil || json.Unmarshal(raw, &members) != nil {
		return raw, true
	}
	if !f.frame(members) {
		return nil, false
	}
	raw, _ = json.Marshal(members)
	return raw, true
}

func (f fault) passStream(w http.ResponseWriter, from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		line := lines.Text()
		if id, is := strings.CutPrefix(line, "id: "); is && f.id != nil {
			line = "id: " + f.id(id)
		}
		if data, is := strings.CutPrefix(line, "data: "); is {
			raw, kept := f.passed([]byte(data))
			if line = "data: " + string(raw); !kept {
				line = ":"
			}
		}
		io.WriteString(w, line+"\n")
		http.NewResponseController(w).Flush()
	}
}

func (f fault) passChannel(w http.ResponseWriter, q *http.Request, target string) {
	origin := http.Header{}
	if from := q.Header.Get("Origin"); from != "" {
		origin.Set("Origin", from)
	}
	server, _, err := websocket.DefaultDialer.DialContext(q.Context(), "ws"+strings.TrimPrefix(target, "http")+q.URL.Path, origin)
	if err != nil {
		http.Error(w, "no channel", http.StatusBadGateway)
		return
	}
	defer server.Close()
	page, err := upgrader.Upgrade(w, q, nil)
	if err != nil {
		return
	}
	defer page.Close()
	go func() {
		defer server.Close()
		for first := true; ; first = false {
			kind, said, err := page.ReadMessage()
			if err != nil {
				return
			}
			if first && f.first != nil {
				said = f.first(said)
			}
			server.WriteMessage(kind, said)
		}
	}()
	for {
		kind, raw, err := server.ReadMessage()
		if closed, is := err.(*websocket.CloseError); is {
			code := closed.Code
			if f.close != nil {
				code = f.close(code)
			}
			page.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
		}
		if err != nil {
			return
		}
		if raw, kept := f.passed(raw); kept {
			page.WriteMessage(kind, raw)
		}
	}
}
