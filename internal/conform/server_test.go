package conform_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fasthttp/websocket"
)

const goodBearer = "a-bearer-that-may-create"

// reference is a small server of layer 1, written from the contract alone, that can be given one flaw at a time. It
// is what the checks are tried on: whole, all of them pass; with a flaw, the check that guards the line fails.
type reference struct {
	flaw     string
	lifetime time.Duration

	mu       sync.Mutex
	sessions map[string]*refSession // by text
	texts    map[string]string      // id → text
	requests int
}

type refSession struct {
	id, text, token, data string
	claimed               bool
	services              []string
	keys                  map[string]int
	end                   string // completed, failed, cancelled, deleted, expired
	pages                 int
	changed               chan struct{} // closed and replaced at every change
}

func startReference(t *testing.T, flaw string) string {
	t.Helper()
	r := &reference{flaw: flaw, lifetime: 30 * time.Minute, sessions: map[string]*refSession{}, texts: map[string]string{}}
	if strings.HasPrefix(flaw, "lifetime ") {
		lifetime, err := time.ParseDuration(strings.TrimPrefix(flaw, "lifetime "))
		if err != nil {
			t.Fatal(err)
		}
		r.lifetime = lifetime
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(r.serve))
	server.Config.MaxHeaderBytes = 256 << 10
	server.Start()
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	return server.URL
}

func (r *reference) is(flaw string) bool { return r.flaw == flaw }

// refuse answers an error in the contract's shape.
func (r *reference) refuse(w http.ResponseWriter, status int, code string) {
	r.mu.Lock()
	r.requests++
	id := "r" + hex.EncodeToString([]byte{byte(r.requests >> 8), byte(r.requests)})
	r.mu.Unlock()
	if r.is("one request id for all") {
		id = "r"
	}
	if r.is("error without requestId") {
		id = ""
	}
	if status == http.StatusUnauthorized && !r.is("no WWW-Authenticate") {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if r.is("every error is 500") {
		status = 500
	}
	if r.is("errors are text") {
		http.Error(w, code, status)
		return
	}
	if r.is("errors have another code") {
		code = "OOPS"
	}
	r.answer(w, status, map[string]any{"error": code, "message": "Do something else.", "requestId": id})
}

func (r *reference) answer(w http.ResponseWriter, status int, fields map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(fields)
}

func (r *reference) serve(w http.ResponseWriter, q *http.Request) {
	size := 0
	for name, values := range q.Header {
		size += len(name) + len(values[0])
	}
	if limit := 16 << 10; size > limit && !r.is("no header limit") || r.is("small header limit") && size > 4<<10 {
		r.refuse(w, 431, "INVALID_INPUT")
		return
	}
	text, below := strings.CutPrefix(q.URL.Path, "/api/v1/session/")
	switch {
	case q.URL.Path == "/ws/v1/session":
		r.channel(w, q)
	case q.URL.Path == "/api/v1/session" && q.Method == http.MethodPost:
		r.create(w, q)
	case q.URL.Path == "/api/v1/session":
		r.claim(w, q, q.Header.Get("Authorization"), false)
	case below && q.URL.Path == "/api/v1/session/events":
		r.eventByText(w, q)
	case below && strings.HasSuffix(text, "/events") && strings.Count(text, "/") == 1:
		r.eventByID(w, q, strings.TrimSuffix(text, "/events"))
	case below && !strings.Contains(text, "/") && q.Method == http.MethodDelete:
		r.remove(w, text)
	case below && !strings.Contains(text, "/"):
		r.claim(w, q, text, true)
	case r.is("unknown routes answer 200"):
		r.answer(w, 200, map[string]any{})
	default:
		r.refuse(w, 404, "NOT_FOUND")
	}
}

func (r *reference) create(w http.ResponseWriter, q *http.Request) {
	scheme, bearer, _ := strings.Cut(q.Header.Get("Authorization"), " ")
	switch {
	case r.is("needs no bearer") && scheme == "":
		bearer = goodBearer
	case r.is("any bearer will do") && scheme == "Bearer":
		bearer = goodBearer
	case r.is("any scheme will do") && scheme == "Basic":
		bearer = goodBearer
	case scheme != "Bearer":
		bearer = ""
	}
	if bearer != goodBearer {
		r.refuse(w, 401, "UNAUTHORIZED")
		return
	}
	if r.is("strict") {
		r.answer(w, 400, map[string]any{"error": "INVALID_INPUT", "message": "Ask for claim once, separatePage, confirm number and rotate.", "requestId": "r"})
		return
	}
	if r.is("creation fails") {
		r.refuse(w, 500, "UNEXPECTED_ERROR")
		return
	}
	media, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if r.is("media type compared whole") {
		media = q.Header.Get("Content-Type")
	}
	if media != "application/json" && !(r.is("any media type") || r.is("no media type will do") && media == "") {
		r.refuse(w, 415, "INVALID_INPUT")
		return
	}
	body, _ := io.ReadAll(q.Body)
	data, token, status := r.decode(body)
	if status != 0 {
		code := "INVALID_INPUT"
		if status == 413 {
			code = "PAYLOAD_TOO_LARGE"
		}
		r.refuse(w, status, code)
		return
	}
	s := &refSession{id: newUUID(), text: strings.ToUpper(rand.Text()), data: data, token: bearer, keys: map[string]int{}, changed: make(chan struct{})}
	s.text = (s.text + rand.Text())[:32]
	if token != "" && !r.is("token of the body ignored") {
		s.token = token
	}
	if r.is("token is invented") {
		s.token = "invented"
	}
	switch r.flaw {
	case "id is no UUID v4":
		s.id = s.id[:14] + "1" + s.id[15:] // the version
	case "text has odd characters":
		s.text = "a+/=" + s.text
	case "text is of another form":
		s.text = strings.ToLower(s.text)
	case "texts are the same":
		s.text = strings.Repeat("AB", 16)
	case "id is the text":
		s.text = s.id
	}
	r.mu.Lock()
	r.sessions[s.text], r.texts[s.id] = s, s.text
	r.mu.Unlock()
	time.AfterFunc(r.lifetime, func() { r.end(s, "expired") })
	fields := map[string]any{"sessionId": s.id, "qrCodeText": s.text, "qrCodeTextWithDynamicLink": "https://baton.example/go#" + s.text}
	switch r.flaw {
	case "link without the text":
		fields["qrCodeTextWithDynamicLink"] = "https://baton.example/go"
	case "link in the query":
		fields["qrCodeTextWithDynamicLink"] = "https://baton.example/go?text=" + s.text
	case "creation without sessionId":
		delete(fields, "sessionId")
	case "qrCodeText is a number":
		fields["qrCodeText"] = 7
	}
	r.answer(w, 200, fields)
}

// decode reads the body by the contract's JSON rules and answers a status for what they refuse.
func (r *reference) decode(body []byte) (data, token string, status int) {
	if r.is("any body will do") {
		return "conform", "", 0
	}
	if len(body) > 128<<10 && !r.is("no body limit") {
		return "", "", 413
	}
	if !utf8.Valid(body) && !r.is("invalid UTF-8 is mended") {
		return "", "", 400
	}
	if strings.Contains(string(body), `\ud800"`) && !r.is("lone surrogates are mended") {
		return "", "", 400
	}
	var fields map[string]json.RawMessage
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	if decoder.Decode(&fields) != nil {
		return "", "", 400
	}
	if decoder.More() && !r.is("what follows is ignored") {
		return "", "", 400
	}
	if r.is("unknown keys are refused") && len(fields) > 2 {
		return "", "", 400
	}
	for key, value := range fields {
		if strings.EqualFold(key, "data") && key != "data" && r.is("keys in any case") {
			fields["data"] = value
		}
	}
	raw, there := fields["data"]
	if !there && r.is("data may be missing") || string(raw) == "null" && r.is("null is a string") {
		raw = json.RawMessage(`""`)
	} else if !there || string(raw) == "null" {
		return "", "", 400
	}
	if json.Unmarshal(raw, &data) != nil {
		if !r.is("data of any type") {
			return "", "", 400
		}
		data = string(raw)
	}
	if rawToken, there := fields["token"]; there && json.Unmarshal(rawToken, &token) != nil && !r.is("token of any type") {
		return "", "", 400
	}
	length := len(data)
	if r.is("data counted in characters") {
		length = utf8.RuneCountInString(data)
	}
	if length > 16<<10 && !r.is("no data limit") && !r.is("no body limit") || len(token) > 8<<10 && !r.is("no token limit") {
		return "", "", 413
	}
	if r.is("16 KiB is too much") && length >= 16<<10 {
		return "", "", 413
	}
	return data, token, 0
}

func (r *reference) find(text string) *refSession {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sessions[text]
	if s == nil && r.is("unknown is another's") {
		for _, s = range r.sessions {
			return s
		}
	}
	if s == nil && r.is("sessionId opens") {
		s = r.sessions[r.texts[text]]
	}
	return s
}

func (r *reference) claim(w http.ResponseWriter, q *http.Request, text string, byPath bool) {
	if q.Method != http.MethodGet && !(q.Method == http.MethodHead && r.is("HEAD claims")) && !r.is("any method will do") {
		r.refuse(w, 405, "METHOD_NOT_ALLOWED")
		return
	}
	if !byPath {
		if bare, cut := strings.CutPrefix(text, "Bearer "); cut && r.is("scheme word is stripped") {
			text = bare
		}
		if text == "" || strings.Contains(text, " ") {
			r.refuse(w, 401, "UNAUTHORIZED")
			return
		}
	}
	s := r.find(text)
	if s == nil {
		r.refuse(w, 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		return
	}
	r.mu.Lock()
	again := s.claimed
	s.claimed = true
	end := s.end
	r.mu.Unlock()
	switch {
	case again && r.is("claims once"), end == "completed" && r.is("gone after INFO"):
		r.refuse(w, 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		return
	case r.is("a claim is told to everyone"):
		r.change(s, func() { s.services = append(s.services, "") })
	}
	fields := map[string]any{"sessionId": s.id, "token": s.token, "data": s.data}
	switch r.flaw {
	case "claim without token":
		delete(fields, "token")
	case "claim names another id":
		fields["sessionId"] = newUUID()
	case "data is trimmed":
		fields["data"] = strings.TrimSpace(strings.TrimRight(s.data, "\x00\t\r\n "))
	case "data is cut":
		fields["data"] = s.data[:min(len(s.data), 16<<10-1)]
	case "data is normalised":
		fields["data"] = strings.ReplaceAll(s.data, "e\u0301", "é")
	case "empty data is null":
		if s.data == "" {
			fields["data"] = nil
		}
	case "NUL is dropped":
		fields["data"] = strings.ReplaceAll(s.data, "\x00", "")
	case "by path another token":
		if byPath {
			fields["token"] = "other"
		}
	}
	r.answer(w, 200, fields)
}

func (r *reference) remove(w http.ResponseWriter, text string) {
	s := r.find(text)
	if s == nil && !r.is("DELETE is always 204") {
		r.refuse(w, 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		return
	}
	if s != nil && !r.is("DELETE does nothing") {
		r.end(s, "deleted")
	}
	if r.is("DELETE removes all") {
		r.mu.Lock()
		clear(r.sessions)
		r.mu.Unlock()
	}
	w.WriteHeader(http.StatusNoContent)
}

// end lets a session go.
func (r *reference) end(s *refSession, how string) {
	r.mu.Lock()
	delete(r.sessions, s.text)
	r.mu.Unlock()
	if !r.is("channels outlive their session") {
		r.change(s, func() { s.end = how })
	}
}

func (r *reference) change(s *refSession, f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (r *reference) eventByID(w http.ResponseWriter, q *http.Request, id string) {
	if q.Header.Get("Authorization") != "Bearer "+goodBearer && !r.is("events need no bearer") {
		r.refuse(w, 401, "UNAUTHORIZED")
		return
	}
	if r.is("no events API") {
		r.refuse(w, 404, "NOT_FOUND")
		return
	}
	r.mu.Lock()
	s := r.sessions[r.texts[id]]
	r.mu.Unlock()
	if s == nil {
		r.refuse(w, 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		return
	}
	r.event(w, q, s)
}

func (r *reference) eventByText(w http.ResponseWriter, q *http.Request) {
	s := r.find(q.Header.Get("Authorization"))
	if s == nil {
		r.refuse(w, 404, "SESSION_EXPIRED_OR_NOT_FOUND")
		return
	}
	r.mu.Lock()
	claimed := s.claimed
	r.mu.Unlock()
	if !claimed && !r.is("events before the claim") {
		r.refuse(w, 409, "NOT_CLAIMED")
		return
	}
	r.event(w, q, s)
}

func (r *reference) event(w http.ResponseWriter, q *http.Request, s *refSession) {
	var event struct{ Service, Status, Key string }
	known := map[string]bool{"SCAN": true, "READ": true, "FACE": true, "BACKGROUND_CHECK": true, "INFO": true}
	err := json.NewDecoder(q.Body).Decode(&event)
	bad := err != nil || (event.Service == "") == (event.Status == "") || event.Service != "" && !known[event.Service] ||
		event.Status != "" && event.Status != "failed" && event.Status != "cancelled"
	if bad && !r.is("any event will do") {
		r.refuse(w, 400, "INVALID_INPUT")
		return
	}
	refused, seq := false, 0
	r.change(s, func() {
		if s.end != "" && !r.is("events after the end") {
			refused = true
			return
		}
		if seq = s.keys[event.Key]; event.Key != "" && seq > 0 && !r.is("keys are ignored") {
			return
		}
		switch {
		case event.Status != "":
			s.end = event.Status
		case r.is("repeats are dropped") && len(s.services) > 0 && s.services[len(s.services)-1] == event.Service:
		default:
			s.services = append(s.services, event.Service)
		}
		if event.Service == "INFO" {
			s.end = "completed"
		}
		seq = len(s.services) + 1
		s.keys[event.Key] = seq
	})
	if refused {
		r.refuse(w, 409, "SESSION_ENDED")
		return
	}
	if r.is("events go to every session") {
		r.mu.Lock()
		others := make([]*refSession, 0, len(r.sessions))
		for _, other := range r.sessions {
			if other != s {
				others = append(others, other)
			}
		}
		r.mu.Unlock()
		for _, other := range others {
			r.change(other, func() { other.services = append(other.services, event.Service) })
		}
	}
	r.answer(w, 200, map[string]any{"seq": seq})
}

func newUUID() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	h := hex.EncodeToString(u[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (r *reference) channel(w http.ResponseWriter, q *http.Request) {
	if r.is("no channel") {
		r.refuse(w, 404, "NOT_FOUND")
		return
	}
	if !websocket.IsWebSocketUpgrade(q) {
		if r.is("plain GET on the channel is 400") {
			r.refuse(w, 400, "INVALID_INPUT")
			return
		}
		r.refuse(w, 426, "UPGRADE_REQUIRED")
		return
	}
	conn, err := upgrader.Upgrade(w, q, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	quit := func(code int) {
		if r.is("every close is 1000") {
			code = 1000
		}
		if r.is("every close breaks off") {
			return
		}
		conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
	}
	if !r.is("no read limit") {
		conn.SetReadLimit(4096)
	}
	switch r.flaw {
	case "waits one second for the first frame":
		conn.SetReadDeadline(time.Now().Add(time.Second))
	case "waits for ever for the first frame":
	default:
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	}
	kind, first, err := conn.ReadMessage()
	if err != nil {
		switch {
		case err == websocket.ErrReadLimit: // the library has sent 1009
		default:
			quit(4408)
		}
		return
	}
	conn.SetReadDeadline(time.Time{})
	if kind == websocket.BinaryMessage && !r.is("binary will do") || len(first) == 0 || len(first) > 4096 {
		quit(4500)
		return
	}
	s := r.find(string(first))
	if s == nil {
		quit(4504)
		return
	}
	r.watch(conn, s, quit)
}

func (r *reference) watch(conn *websocket.Conn, s *refSession, quit func(int)) {
	limit := 32
	switch r.flaw {
	case "33 pages":
		limit = 33
	case "31 pages":
		limit = 31
	case "one page":
		limit = 1
	}
	r.mu.Lock()
	s.pages++
	over := s.pages > limit
	sent := 0
	if r.is("no replay") {
		sent = len(s.services)
	}
	r.mu.Unlock()
	defer func() {
		if !r.is("pages that left are counted") {
			r.mu.Lock()
			s.pages--
			r.mu.Unlock()
		}
	}()
	if over {
		quit(4029)
		return
	}
	left := make(chan struct{})
	go func() {
		defer close(left)
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	}()
	for {
		r.mu.Lock()
		services, end, changed := s.services, s.end, s.changed
		r.mu.Unlock()
		for ; sent < len(services); sent++ {
			service := services[sent]
			fields := map[string]any{"service": service, "sessionId": s.id}
			switch r.flaw {
			case "a claim is told to everyone":
				if service == "" {
					fields = map[string]any{"status": "claimed"}
				}
			case "frames without sessionId":
				delete(fields, "sessionId")
			case "frames in lower case":
				fields["service"] = strings.ToLower(service)
			case "INFO is not replayed":
				if service == "INFO" {
					continue
				}
			}
			encoded, _ := json.Marshal(fields)
			kind := websocket.TextMessage
			if r.is("frames are binary") {
				kind = websocket.BinaryMessage
			}
			conn.WriteMessage(kind, encoded)
		}
		switch {
		case end == "failed" || end == "cancelled":
			if !r.is("failed stays open") {
				quit(4509)
				return
			}
		case end == "deleted" || end == "expired":
			quit(4504)
			return
		case end == "completed" && r.is("closes after INFO"):
			quit(1000)
			return
		}
		select {
		case <-changed:
		case <-left:
			return
		}
	}
}
