package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fasthttp/websocket"
)

// page reads one session until the server says that it has ended, and comes back after every break.
type page struct {
	kind  string
	r     *record
	party party
	draw  chance // of its own

	mu       sync.Mutex
	heard    []frame // each once, in the order of arrival
	seq      uint64  // the last number that it has
	again    int     // of heard, in this connection: layer 1 is told everything anew
	over     bool    // nothing more will come
	gone     bool    // because the session was deleted or has expired
	ended    bool    // as this connection's snapshot says: when all is told, it ends for good
	sessions int     // connections that stood
	t        tally
}

// pageKinds are the ways to read, and which connection each needs.
var pageKinds = map[string]func(*page, context.Context) error{
	"layer 1":   (*page).plainSocket,
	"layer 2":   (*page).socket,
	"stream":    (*page).stream,
	"long poll": (*page).poll,
}

// pollWait is how long a page's poll waits: less than its party's patience.
const pollWait = 2 * time.Second

// live runs the page until it is over or ctx ends.
func (p *page) live(ctx context.Context) {
	p.party.ctx = ctx
	for ctx.Err() == nil && !p.isOver() {
		// Why a connection broke is the network's business; what came over it is in heard.
		_ = pageKinds[p.kind](p, ctx)
		select {
		case <-ctx.Done():
		case <-time.After(p.draw.upTo(40 * time.Millisecond)):
		}
	}
}

func (p *page) isOver() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over
}

func (p *page) name() string { return fmt.Sprintf("session %s, page by %s", p.r.id, p.kind) }

// end notes that the server says the session is not there.
func (p *page) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over, p.gone = true, true
}

// hasHeard reports whether the page has heard as much as there is.
func (p *page) hasHeard(all []frame) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.heard) >= len(p.due(all))
}

// due is what of all frames this kind of page is told.
func (p *page) due(all []frame) []frame {
	if p.kind == "layer 1" {
		return onlyPlain(all)
	}
	return all
}

// verdict holds what was heard against all that there was.
func (p *page) verdict(all []frame) tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := compare(p.name(), p.heard, p.due(all))
	t.add(p.t)
	return t
}

// finish notes that a connection ended because everything is told.
func (p *page) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
}

func (p *page) stands() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sessions++
	p.again, p.ended = 0, false
}

// hear takes a frame of layer 2, by whatever way.
func (p *page) hear(f frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case f.Type == "snapshot":
		if f.Seq < p.seq {
			p.t.wrong(&p.t.lost, "%s: the snapshot says %d after %d was heard", p.name(), f.Seq, p.seq)
		}
		p.ended = frame{Type: "status", Status: f.Status}.ends()
		return
	case p.over:
		p.t.wrong(&p.t.disordered, "%s: heard %+v after the end", p.name(), f)
	case f.Seq <= p.seq:
		p.t.wrong(&p.t.doubled, "%s: heard %+v after %d", p.name(), f, p.seq)
	}
	p.seq = f.Seq
	p.over = p.over || f.ends()
	if f.final() {
		p.gone = true
		return
	}
	p.heard = append(p.heard, f)
}

// hearPlain takes a frame of layer 1.
func (p *page) hearPlain(f frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.again == len(p.heard):
		if f.Seq <= p.seq {
			p.t.wrong(&p.t.doubled, "%s: heard %+v after %d", p.name(), f, p.seq)
		}
		p.heard, p.seq = append(p.heard, f), f.Seq
	case p.heard[p.again] != f:
		p.t.wrong(&p.t.changed, "%s: heard %+v where it had heard %+v", p.name(), f, p.heard[p.again])
	}
	p.again++
	p.over = p.over || f.Service == "INFO"
}

func (p *page) dial(ctx context.Context, first []byte) (*websocket.Conn, error) {
	dialer := websocket.Dialer{HandshakeTimeout: 5 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 512}
	conn, _, err := dialer.DialContext(ctx, strings.Replace(p.party.address(), "http", "ws", 1)+"/ws/v1/session", nil)
	if err != nil {
		return nil, err
	}
	p.stands()
	return conn, conn.WriteMessage(websocket.TextMessage, first)
}

// frames calls hear for each until the connection ends.
func (p *page) frames(ctx context.Context, first []byte, hear func(frame)) error {
	conn, err := p.dial(ctx, first)
	if conn == nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	for err == nil && !(p.kind == "layer 1" && p.isOver()) { // layer 1 stays open after INFO: the page closes it
		var data []byte
		if _, data, err = conn.ReadMessage(); err != nil {
			break
		}
		var f frame
		if err = json.Unmarshal(data, &f); err == nil {
			hear(f)
		}
	}
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
		switch closed.Code {
		case 4504:
			p.end()
		case 1000, 4509: // layer 2 and layer 1 when all is told
			p.finish()
		}
	}
	return err
}

func (p *page) plainSocket(ctx context.Context) error {
	return p.frames(ctx, []byte(p.r.ticket), p.hearPlain)
}

func (p *page) last() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seq
}

func (p *page) socket(ctx context.Context) error {
	first := fmt.Sprintf(`{"qrCodeText": %q, "after": %d}`, p.r.ticket, p.last())
	return p.frames(ctx, []byte(first), p.hear)
}

func (p *page) stream(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.party.address()+"/api/v1/session/events", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", p.r.ticket)
	request.Header.Set("Accept", "text/event-stream")
	if last := p.last(); last > 0 {
		request.Header.Set("Last-Event-ID", strconv.FormatUint(last, 10))
	}
	client := http.Client{Transport: p.party.client.Transport} // no limit: a stream takes its time
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotFound:
		p.end()
		fallthrough
	case response.StatusCode != http.StatusOK:
		return errors.New(response.Status)
	}
	p.stands()
	err = p.events(response.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = p.over || p.ended && err == io.EOF // not io.ErrUnexpectedEOF: the network cut that one
	return err
}

// events reads an event stream. An event counts when its empty line is there; what is cut off before that does not.
func (p *page) events(body io.Reader) error {
	var id string
	var data []string
	for lines := bufio.NewReader(body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "\n" && len(data) > 0:
			var f frame
			if err := json.Unmarshal([]byte(strings.Join(data, "\n")), &f); err != nil {
				return err
			}
			if told := strconv.FormatUint(f.Seq, 10); f.Type != "snapshot" && id != told {
				p.mu.Lock()
				p.t.wrong(&p.t.changed, "%s: the id %q stands over number %s", p.name(), id, told)
				p.mu.Unlock()
			}
			p.hear(f)
			id, data = "", nil
		case name == "id":
			id = value
		case name == "data":
			data = append(data, value)
		}
	}
}

// poll asks once. A page that polls knows of numbers that it is told nothing about, too.
func (p *page) poll(context.Context) error {
	got, status, ok := p.party.read(p.r, p.last(), pollWait)
	if status == http.StatusNotFound {
		p.end()
	}
	if !ok {
		return fmt.Errorf("status %d", status)
	}
	p.stands()
	for _, f := range got.Events {
		p.hear(f)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if got.Seq < p.seq {
		p.t.wrong(&p.t.lost, "%s: told to go on at %d after %d", p.name(), got.Seq, p.seq)
	}
	p.seq = got.Seq
	p.over = p.over || frame{Type: "status", Status: got.Status}.ends()
	return nil
}
