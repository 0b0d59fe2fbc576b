package client

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fasthttp/websocket"
)

// closes are the channel's refusals, by close code, in our words.
var closes = map[int]RefusedError{
	1009: {Status: http.StatusRequestEntityTooLarge, Code: "PAYLOAD_TOO_LARGE", Message: "The text is too long to be a code's. Copy it again, whole."},
	4500: {Status: http.StatusBadRequest, Code: "INVALID_INPUT", Message: "The server does not take this text, or knows no second layer. Give the qrCodeText or the pageToken of the creation's answer."},
	4501: {Status: http.StatusUnauthorized, Code: "UNAUTHORIZED", Message: "The server does not take this text. Give the qrCodeText or the pageToken of the creation's answer."},
	4503: {Status: http.StatusForbidden, Code: "FORBIDDEN", Message: "This session's page has a token of its own. Give the pageToken of the creation's answer."},
	4509: {Status: http.StatusConflict, Code: "SESSION_ENDED", Message: "The session has ended. Create a new one."},
}

// dial opens a WebSocket. A *lostError says that the server has answered, and asks to come again.
func (w *watching) dial(ctx context.Context) (*websocket.Conn, error) {
	address := "ws" + strings.TrimPrefix(w.Server, "http") + "/ws/v1/session"
	dialer := websocket.Dialer{HandshakeTimeout: callTimeout, Proxy: http.ProxyFromEnvironment}
	conn, response, err := dialer.DialContext(ctx, address, nil)
	if err == nil {
		return conn, nil
	}
	if response != nil {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		response.Body.Close()
		if refused := refusal(response.StatusCode, body); refused.Code == "TOO_MANY_REQUESTS" || refused.Code == "UNAVAILABLE" {
			return nil, &lostError{refused, retryAfter(response.Header)}
		}
	}
	return nil, err
}

// channel follows the session by conn, and closes it.
func (w *watching) channel(ctx context.Context, conn *websocket.Conn) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() {
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
		conn.Close()
	})()
	conn.SetReadLimit(frameLimit)
	hear := func() error { return conn.SetReadDeadline(time.Now().Add(silence)) }
	conn.SetPingHandler(func(payload string) error {
		_ = conn.WriteControl(websocket.PongMessage, []byte(payload), time.Now().Add(time.Second))
		return hear()
	})
	hello, err := json.Marshal(map[string]any{w.kinds[0]: w.Secret, "after": w.after})
	if err != nil {
		return err
	}
	if err := errors.Join(conn.SetWriteDeadline(time.Now().Add(callTimeout)), conn.WriteMessage(websocket.TextMessage, hello), hear()); err != nil {
		return &lostError{cause: err}
	}
	for {
		_, raw, err := conn.ReadMessage()
		if err != nil {
			return w.closed(err)
		}
		if err := errors.Join(hear(), w.take(raw)); err != nil {
			return err
		}
	}
}

// closed says what a channel's end means.
func (w *watching) closed(err error) error {
	closed, ok := errors.AsType[*websocket.CloseError](err)
	switch {
	case !ok:
		return &lostError{cause: err}
	case closed.Code == websocket.CloseNormalClosure:
		return errEnded
	case closed.Code == 4504 && !w.known && len(w.kinds) > 1:
		w.kinds = w.kinds[1:]
		return errOtherKind
	case closed.Code == 4504:
		return w.gone()
	}
	if refused, final := closes[closed.Code]; final {
		return &refused
	}
	if closed.Code >= 4500 && closed.Code < 5000 {
		return &RefusedError{Code: Printable(closed.Text), Message: fmt.Sprintf("The server closed the channel with %d %s.", closed.Code, Printable(closed.Text))}
	}
	return &lostError{cause: fmt.Errorf("the channel closed with %d", closed.Code)}
}

// stream follows the session by server-sent events.
func (w *watching) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(cmp.Or(w.FirstWord, firstWord), cancel)
	defer quiet.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.Server+"/api/v1/session/events", nil)
	if err != nil {
		return &RefusedError{Message: "The server's address is not one that can be called."}
	}
	request.Header.Set("Authorization", w.Secret)
	request.Header.Set("Accept", "text/event-stream")
	if w.after > 0 {
		request.Header.Set("Last-Event-ID", strconv.FormatUint(w.after, 10))
	}
	response, err := direct.Do(request)
	if err != nil {
		return &lostError{cause: errors.New(PlainCause(err))}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		return w.refused(refusal(response.StatusCode, body), retryAfter(response.Header))
	}
	if media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); media != "text/event-stream" {
		return &RefusedError{Status: response.StatusCode, Message: "The server's answer is not of this contract. Check its address."}
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, frameLimit)
	for lines.Scan() {
		quiet.Reset(silence)
		if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data:")); ok {
			if err := w.take(bytes.Clone(bytes.TrimSpace(data))); err != nil {
				return err
			}
		}
	}
	if lines.Err() == nil && final(w.last.Status) {
		return errEnded
	}
	cause := lines.Err()
	if cause == nil {
		cause = io.ErrUnexpectedEOF
	}
	return &lostError{cause: fmt.Errorf("the stream broke off: %w", cause)}
}

// polled is the answer to a long poll.
type polled struct {
	Status   string            `json:"status"`
	Seq      uint64            `json:"seq"`
	Snapshot json.RawMessage   `json:"snapshot"`
	Events   []json.RawMessage `json:"events"`
}

// poll follows the session by long polls, of which the first does not wait: it shows whether they work.
func (w *watching) poll(ctx context.Context) error {
	call := Client{Within: pollsAnswer}
	for wait := time.Duration(0); ; wait = pollWait {
		asked := time.Now()
		address := fmt.Sprintf("%s/api/v1/session/events?after=%d&wait=%d", w.Server, w.after, int(wait.Seconds()))
		var answer polled
		if pause, err := call.Try(ctx, http.MethodGet, address, Credential{Authorization: w.Secret}, nil, &answer); err != nil {
			refused, ok := errors.AsType[*RefusedError](err)
			if !ok {
				return &lostError{cause: errors.New(PlainCause(err))}
			}
			return w.refused(refused, pause)
		}
		frames := answer.Events
		if wait == 0 {
			frames = append([]json.RawMessage{answer.Snapshot}, frames...)
		}
		for _, frame := range frames {
			if err := w.take(frame); err != nil {
				return err
			}
		}
		w.after = max(w.after, answer.Seq)
		if final(answer.Status) {
			if !final(w.last.Status) {
				w.last = End{Status: answer.Status}
			}
			return errEnded
		}
		if wait > 0 && len(frames) == 0 {
			if err := Pause(ctx, time.Until(asked.Add(pollsApart))); err != nil {
				return err
			}
		}
	}
}

// refused says what the refusal of a call means; pause is what the server asked for.
func (w *watching) refused(refused *RefusedError, pause time.Duration) error {
	switch {
	case passing(refused.Status):
		return &lostError{refused, pause}
	case refused.Code == "SESSION_EXPIRED_OR_NOT_FOUND":
		return w.gone()
	}
	return refused
}
