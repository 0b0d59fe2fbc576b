package conform

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fasthttp/websocket"
)

// fields are the members of a JSON object.
type fields = map[string]any

// strictest is a creation that any policy allows.
var strictest = fields{"data": "conform", "token": "conform", "claim": "once", "separatePage": true, "confirm": "number", "rotate": true}

// guarded is a session with what layer 2 answers of it.
type guarded struct {
	session
	page    string // page token
	expires string
}

// knowsLayer2 looks for what layer 2 cannot be without: when a session ends, and who asks.
func (s *server) knowsLayer2(ctx context.Context) (bool, error) {
	creation := fields{"data": "conform"}
	if s.strict {
		creation = strictest
	}
	made, err := s.make(ctx, creation)
	if err != nil || made.expires != "" {
		return true, nil // a server that creates nothing is the checks' to tell of
	}
	a, err := s.phone(ctx, "open", made.text, newDevice(), nil)
	return a.status == http.StatusOK, err
}

// make creates a session by layer 2's options. Without `data` it is "conform".
func (s *server) make(ctx context.Context, options fields) (guarded, error) {
	body := fields{"data": "conform"}
	maps.Copy(body, options)
	encoded, err := json.Marshal(body)
	if err != nil {
		return guarded{}, err
	}
	a, err := s.post(ctx, jsonHeader(s.bearer), string(encoded))
	if err != nil {
		return guarded{}, err
	}
	made := guarded{}
	if made.session, err = a.created(); err != nil {
		return guarded{}, fmt.Errorf("creation with %s: %w", strings.Join(slices.Sorted(maps.Keys(options)), ", "), err)
	}
	made.page, _ = a.fields["pageToken"].(string)
	made.expires, _ = a.fields["expiresAt"].(string)
	return made, nil
}

// secret is what the session's page watches with.
func (g guarded) secret() (kind, text string) {
	if g.page != "" {
		return "pageToken", g.page
	}
	return "qrCodeText", g.text
}

// newDevice is a phone's own secret.
func newDevice() string { return "conform-" + rand.Text() }

func phoneHeader(text, device string) http.Header {
	h := textJSONHeader(text)
	if device != "" {
		h.Set("Baton-Device", device)
	}
	return h
}

// phone posts to open, confirm, report or events as the phone that has the text.
func (s *server) phone(ctx context.Context, call, text, device string, body fields) (answer, error) {
	encoded := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		encoded = string(raw)
	}
	return s.call(ctx, http.MethodPost, sessionPath+"/"+call, phoneHeader(text, device), encoded)
}

// claimAs claims as the phone with this device.
func (s *server) claimAs(ctx context.Context, text, device string) (answer, error) {
	h := textHeader(text)
	if device != "" {
		h.Set("Baton-Device", device)
	}
	return s.call(ctx, http.MethodGet, sessionPath, h, "")
}

// tell posts an event as the backend and wants it taken.
func (s *server) tell(ctx context.Context, made guarded, body string) error {
	a, err := s.postEvent(ctx, made.session, body)
	if err != nil {
		return err
	}
	if err := a.wantSeq(); err != nil {
		return fmt.Errorf("%s: %w", cut(body), err)
	}
	return nil
}

// status is the backend's view.
func (s *server) status(ctx context.Context, made guarded) (answer, error) {
	return s.call(ctx, http.MethodGet, sessionPath+"/"+made.id+"/status", http.Header{"Authorization": {"Bearer " + s.bearer}}, "")
}

// wantState wants the backend's view to have these members.
func (s *server) wantState(ctx context.Context, made guarded, want fields) error {
	a, err := s.status(ctx, made)
	if err != nil {
		return err
	}
	if err := a.wantStatus(http.StatusOK); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	if err := holds(a.fields, want); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	return nil
}

// holds compares members by their JSON.
func holds(got, want fields) error {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		value, there := got[key]
		wanted, err := json.Marshal(want[key])
		if err != nil {
			return err
		}
		found, err := json.Marshal(value)
		switch {
		case err != nil:
			return err
		case !there:
			return fmt.Errorf("expected %s to be %s, it is missing", key, cut(string(wanted)))
		case !bytes.Equal(wanted, found):
			return fmt.Errorf("expected %s to be %s, got %s", key, cut(string(wanted)), cut(string(found)))
		}
	}
	return nil
}

// wantMoment wants a time in RFC 3339.
func wantMoment(value any, name string) (time.Time, error) {
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("expected %s to be a time in RFC 3339, got %s", name, cmp.Or(cut(text), kindOf(value)))
	}
	return at, nil
}

// watch is a page's channel of layer 2.
type watch struct {
	*channel
	id  string
	seq float64 // the last number
}

// watch opens a channel with the session's own secret and wants the snapshot.
func (s *server) watch(ctx context.Context, made guarded, after float64) (*watch, fields, error) {
	kind, text := made.secret()
	w, err := s.hello(ctx, made, fields{kind: text, "after": after})
	if err != nil {
		return nil, nil, err
	}
	w.seq = after
	first, err := w.next(ctx)
	if err == nil {
		err = w.checkFrame(first.fields, "snapshot")
	}
	if err != nil {
		w.close()
		return nil, nil, fmt.Errorf("snapshot: %w", err)
	}
	return w, first.fields, nil
}

// hello opens a channel by a first frame of layer 2.
func (s *server) hello(ctx context.Context, made guarded, first fields) (*watch, error) {
	encoded, err := json.Marshal(first)
	if err != nil {
		return nil, err
	}
	c, err := s.open(ctx, string(encoded))
	if err != nil {
		return nil, err
	}
	return &watch{channel: c, id: made.id}, nil
}

// refusedHello wants a first frame refused.
func (s *server) refusedHello(ctx context.Context, first string, codes ...int) error {
	return s.wantRefused(ctx, websocket.TextMessage, first, codes...)
}

// checkFrame holds what every frame has against the contract.
func (w *watch) checkFrame(got fields, kind string) error {
	if got == nil {
		return errors.New("expected a JSON object, got something else")
	}
	if err := holds(got, fields{"type": kind, "sessionId": w.id}); err != nil {
		return err
	}
	switch kind {
	case "snapshot":
		for _, key := range []string{"status", "seq", "services", "steps", "expiresAt"} {
			if _, there := got[key]; !there {
				return fmt.Errorf("expected the key %s, got none", key)
			}
		}
		_, err := wantMoment(got["expiresAt"], "expiresAt")
		return err
	case "qr":
		return nil
	}
	seq, _ := got["seq"].(float64)
	if seq <= w.seq {
		return fmt.Errorf("expected a seq above %v, got %v", w.seq, got["seq"])
	}
	w.seq = seq
	_, err := wantMoment(got["at"], "at")
	return err
}

// want reads one frame for each of these. A word is an event's service, a status, or, with a ! before it, a notice; what
// stands after a space is the reason.
func (w *watch) want(ctx context.Context, words ...string) error {
	for _, word := range words {
		if _, err := w.wantOne(ctx, word); err != nil {
			return fmt.Errorf("frame %s: %w", word, err)
		}
	}
	return nil
}

func (w *watch) wantOne(ctx context.Context, word string) (fields, error) {
	f, err := w.next(ctx)
	if err != nil {
		return nil, err
	}
	word, reason, _ := strings.Cut(word, " ")
	kind, key := "status", "status"
	if notice, is := strings.CutPrefix(word, "!"); is {
		kind, key, word = "notice", "notice", notice
	} else if word == strings.ToUpper(word) {
		kind, key = "event", "service"
	}
	if err := w.checkFrame(f.fields, kind); err != nil {
		return nil, err
	}
	want := fields{key: word}
	if reason != "" {
		want["reason"] = reason
	}
	return f.fields, holds(f.fields, want)
}
