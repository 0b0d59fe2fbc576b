package relay

import (
	"context"
	"errors"
	"time"

	"baton/internal/handoff"
)

// Feed is an authenticated watch of a page that speaks no WebSocket: it has shown its credential before it begins, so that a
// refusal can be an HTTP answer. Exactly one of Stream and Poll is called, once; either gives up the feed's place.
type Feed struct {
	watch *watch
}

// Watch authenticates a page and counts it as Serve does. The errors carry codes: CodeNotFound, CodeTooManyRequests over a
// cap, CodeUnavailable while the channels close, and whatever the source answers.
func (r *Registry) Watch(ctx context.Context, hello Hello, visitor Visitor) (*Feed, error) {
	switch r.enter(visitor.Address) {
	case handoff.CodeUnavailable:
		return nil, stopping()
	case handoff.CodeTooManyRequests:
		return nil, &handoff.Error{Code: handoff.CodeTooManyRequests,
			Message: "Too many pages are open here or from this address. Close some, or try again in a minute."}
	}
	w := &watch{registry: r, hello: hello, visitor: visitor}
	if err := w.open(ctx); err != nil {
		w.close()
		return nil, err
	}
	return &Feed{watch: w}, nil
}

func stopping() error {
	return &handoff.Error{Code: handoff.CodeUnavailable, Message: "The server is shutting down. Connect again in a few seconds."}
}

// Stream lives the feed's life on conn, as Serve does, and returns when it is over. Nobody answers its pings: a page that
// is gone is found by a write that fails.
func (f *Feed) Stream(conn Conn) Outcome {
	ch := newChannel(f.watch, conn)
	ch.deaf = true
	return ch.run(ch.relay)
}

// Batch is what a page that polls is told at once.
type Batch struct {
	Snapshot []byte         // the frame that begins layer 2; says what the session is
	Status   handoff.Status // after the frames
	Seq      uint64         // the last event's number: what to ask after next
	Frames   [][]byte       // of layer 2, in order; never nil
}

// Poll returns what follows the feed's After, waiting for as long as wait for something to follow. It answers
// CodeUnavailable if the channels close meanwhile, and the source's codes. A session that ends while it waits is told
// by a last status frame.
func (f *Feed) Poll(wait time.Duration) (Batch, error) {
	w := f.watch
	defer w.close()
	batch := Batch{Frames: [][]byte{}}
	take := func(seq uint64, frame []byte) error {
		if seq == 0 {
			batch.Snapshot = append([]byte(nil), frame...)
			return nil
		}
		batch.Frames = append(batch.Frames, append([]byte(nil), frame...))
		return nil
	}
	deadline := time.Now().Add(wait)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		if end := w.deliver(take); end != nil && end.code != CloseNormal && end.code != CloseNotFound {
			return Batch{}, f.refusal(*end)
		} else if end != nil || len(batch.Frames) > 0 || !time.Now().Before(deadline) {
			batch.Status, batch.Seq = w.status, max(w.seq, w.hello.After)
			return batch, nil
		}
		timer.Reset(max(min(time.Until(deadline), w.left()), time.Millisecond)) // the store's precision
		select {
		case <-w.registry.ctx.Done():
			return Batch{}, stopping()
		case <-w.wake:
		case <-timer.C:
		}
	}
}

// refusal is the error behind an ending that no page of this kind can be told by a close code.
func (f *Feed) refusal(end ending) error {
	switch {
	case end.code == CloseUnavailable && end.err == nil:
		return stopping()
	case end.err != nil:
		return end.err
	}
	return errors.New("relay: the feed ended with " + end.reason)
}
