package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/fasthttp/websocket"
)

const (
	channelPath = "/ws/v1/session"
	// defaultPatience is how long a frame or a close that is due may take; generous, for servers far away.
	defaultPatience = 10 * time.Second
	// quiet is how long "nothing more comes" is listened for.
	quiet = 400 * time.Millisecond
)

// channel is one page's WebSocket. One goroutine reads it until it ends.
type channel struct {
	conn     *websocket.Conn
	patience time.Duration
	frames   chan frame // closed at the end
	pongs    chan string
	code     int   // close code, once frames is closed; 1006 for a connection that broke
	broken   error // what ended the reading
}

type frame struct {
	binary  bool
	fields  map[string]any
	service string
	id      string
}

// dial opens a channel that has sent nothing yet. The caller closes it.
func (s *server) dial(ctx context.Context) (*channel, error) { return s.dialFrom(ctx, "") }

// dialFrom is dial by a page of an origin.
func (s *server) dialFrom(ctx context.Context, origin string) (*channel, error) {
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	address := *s.base
	address.Scheme = strings.Replace(address.Scheme, "http", "ws", 1)
	dialer := websocket.Dialer{HandshakeTimeout: callTimeout, Proxy: http.ProxyFromEnvironment}
	conn, response, err := dialer.DialContext(ctx, address.String()+channelPath, header)
	if err != nil {
		if response != nil {
			return nil, fmt.Errorf("expected the channel to open, got %d", response.StatusCode)
		}
		return nil, fmt.Errorf("expected the channel to open: %w", err)
	}
	conn.SetReadLimit(64 << 10)
	c := &channel{conn: conn, patience: s.patience, frames: make(chan frame, 1100), pongs: make(chan string, 8)}
	conn.SetPongHandler(func(payload string) error {
		select {
		case c.pongs <- payload:
		default:
		}
		return nil
	})
	go c.read()
	return c, nil
}

// open dials and sends the first frame.
func (s *server) open(ctx context.Context, text string) (*channel, error) {
	c, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.send(websocket.TextMessage, []byte(text)); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *channel) read() {
	defer close(c.frames)
	for {
		kind, body, err := c.conn.ReadMessage()
		if err != nil {
			c.code, c.broken = websocket.CloseAbnormalClosure, err
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				c.code = closed.Code
			}
			return
		}
		f := frame{binary: kind == websocket.BinaryMessage}
		if json.Unmarshal(body, &f.fields) == nil {
			f.service, _ = f.fields["service"].(string)
			f.id, _ = f.fields["sessionId"].(string)
		}
		select {
		case c.frames <- f:
		default: // far more than a session can have: nobody reads on
			c.code, c.broken = websocket.CloseAbnormalClosure, errors.New("too many frames")
			return
		}
	}
}

func (c *channel) send(kind int, body []byte) error {
	c.conn.SetWriteDeadline(time.Now().Add(c.patience))
	if err := c.conn.WriteMessage(kind, body); err != nil {
		return fmt.Errorf("expected the channel to take a frame: %w", err)
	}
	return nil
}

func (c *channel) close() {
	c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""),
		time.Now().Add(time.Second))
	c.conn.Close()
}

// next returns the next frame.
func (c *channel) next(ctx context.Context) (frame, error) {
	select {
	case f, ok := <-c.frames:
		if !ok {
			return frame{}, fmt.Errorf("expected a frame, got the close %d", c.code)
		}
		return f, nil
	case <-ctx.Done():
		return frame{}, ctx.Err()
	case <-time.After(c.patience):
		return frame{}, fmt.Errorf("expected a frame, got none within %v", c.patience)
	}
}

// wantServices reads as many frames as there are services and holds each against the contract.
func (c *channel) wantServices(ctx context.Context, id string, services ...string) error {
	for i, service := range services {
		f, err := c.next(ctx)
		if err != nil {
			return fmt.Errorf("frame %d (%s): %w", i+1, service, err)
		}
		if err := f.check(id); err != nil {
			return fmt.Errorf("frame %d: %w", i+1, err)
		}
		if f.service != service {
			return fmt.Errorf("frame %d: expected service %s, got %q", i+1, service, cut(f.service))
		}
	}
	return nil
}

// check holds the shape of a frame against the contract.
func (f frame) check(id string) error {
	switch {
	case f.binary:
		return errors.New("expected a text frame, got a binary one")
	case f.fields == nil:
		return errors.New("expected a JSON object, got something else")
	}
	switch f.service {
	case "SCAN", "READ", "FACE", "BACKGROUND_CHECK", "INFO":
	case "":
		return errors.New("expected the key service, got a frame without it")
	default:
		return fmt.Errorf("expected a known service, got %q", cut(f.service))
	}
	if f.id != id {
		return errors.New("expected sessionId to be the creation's, got another or none")
	}
	return nil
}

// wantQuiet fails if a frame or the channel's end comes within a short time.
func (c *channel) wantQuiet(ctx context.Context) error {
	select {
	case f, ok := <-c.frames:
		if !ok {
			return fmt.Errorf("expected the channel to stay open, got the close %d", c.code)
		}
		if f.service == "" {
			return errors.New("expected no frame, got one that has no service")
		}
		return fmt.Errorf("expected no frame, got one with service %q", cut(f.service))
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(quiet):
		return nil
	}
}

// wantAlive pings and waits for the pong: the far end still reads.
func (c *channel) wantAlive(ctx context.Context) error {
	payload := fmt.Sprintf("alive %d", time.Now().UnixNano())
	if err := c.conn.WriteControl(websocket.PingMessage, []byte(payload), time.Now().Add(c.patience)); err != nil {
		return fmt.Errorf("expected the channel to be open: %w", err)
	}
	timeout := time.After(c.patience)
	for {
		select {
		case got := <-c.pongs:
			if got == payload {
				return nil
			}
		case f, ok := <-c.frames:
			if !ok {
				return fmt.Errorf("expected the channel to be open, got the close %d", c.code)
			}
			return fmt.Errorf("expected no frame, got one with service %q", cut(f.service))
		case <-ctx.Done():
			return ctx.Err()
		case <-timeout:
			return fmt.Errorf("expected a pong within %v, got none", c.patience)
		}
	}
}

// wantClose waits for the close and holds its code against those given. A frame before it is a failure.
func (c *channel) wantClose(ctx context.Context, wait time.Duration, codes ...int) error {
	want := strings.Trim(strings.ReplaceAll(fmt.Sprint(codes), " ", " or "), "[]")
	select {
	case f, ok := <-c.frames:
		if ok {
			return fmt.Errorf("expected the close %s, got a frame with service %q", want, cut(f.service))
		}
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return fmt.Errorf("expected the close %s within %v, the channel stays open", want, wait.Round(time.Second))
	}
	for _, code := range codes {
		if c.code == code {
			return nil
		}
	}
	if c.code == websocket.CloseAbnormalClosure {
		return fmt.Errorf("expected the close %s, the connection broke off without one", want)
	}
	return fmt.Errorf("expected the close %s, got %d", want, c.code)
}
