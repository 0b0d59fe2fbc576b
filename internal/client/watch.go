package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// Kinds of secret that open a channel, as its first frame names them.
const (
	PageToken  = "pageToken"
	QRCodeText = "qrCodeText"
)

const (
	silence     = 75 * time.Second // a server says something every 25 s; three times nothing is a dead connection
	firstWord   = 3 * time.Second  // of a stream
	pollWait    = 25 * time.Second // what a poll asks the server to wait
	pollsAnswer = 50 * time.Second // what it waits itself
	pollsApart  = time.Second      // where something on the way answers at once, and with nothing
	frameLimit  = 64 << 10         // bytes
)

// Frame is one frame of the channel's second layer. Which fields are set depends on Type; Raw is the frame as it came.
type Frame struct {
	Type      string    `json:"type"`
	SessionID string    `json:"sessionId"`
	Seq       uint64    `json:"seq"`
	Status    string    `json:"status"`
	Service   string    `json:"service"`
	Notice    string    `json:"notice"`
	Number    string    `json:"number"`
	Reason    string    `json:"reason"`
	At        time.Time `json:"at"`
	Services  []string  `json:"services"`
	Steps     []string  `json:"steps"`
	ExpiresAt time.Time `json:"expiresAt"`

	Raw []byte `json:"-"`
}

// End is how a session ended: completed, failed, cancelled, expired or deleted.
type End struct{ Status, Reason string }

func final(status string) bool {
	switch status {
	case "completed", "failed", "cancelled", "expired", "deleted":
		return true
	}
	return false
}

// Watcher follows one session to its end, whatever happens to the connection: by the WebSocket, by server-sent events where
// something on the way lets none through, or by long polls where it keeps these back. It comes back with the number of the
// last frame that it has, so it hears everything once.
type Watcher struct {
	Server string // its address, without a slash at the end
	Secret string // the code's text, or the page's token
	Kind   string // PageToken or QRCodeText; "" tries both

	// FirstWord is how long a stream, which begins with where the session stands, may say nothing before it counts as kept
	// back on its way and polls take its place. 0 is 3 s.
	FirstWord time.Duration

	Frame func(Frame)                           // every frame, in order
	Lost  func(cause error, wait time.Duration) // told before it comes back; nil: nobody
}

// way is how frames come.
type way int

const (
	byChannel way = iota
	byStream
	byPoll
)

// watching is one run of a Watcher.
type watching struct {
	*Watcher
	kinds    []string // still to be tried, the first is in use
	after    uint64
	known    bool // a snapshot has come
	heard    bool // on this attempt
	way      way  // what the first frame came by, which stays
	last     End  // the status as it was last told
	expires  time.Time
	failures int // attempts since something was heard
}

// lostError is the end of a connection that may be opened again.
type lostError struct {
	cause error
	wait  time.Duration // what the server asked for
}

func (e *lostError) Error() string { return e.cause.Error() }

func (e *lostError) Unwrap() error { return e.cause }

var (
	errEnded     = errors.New("the session has ended")
	errOtherKind = errors.New("the secret is of the other kind")
)

// Run returns when the session has ended, or ctx. Other errors are a *RefusedError, and ErrUnreachable in the chain where
// the server stayed away: for a minute at the beginning, later for a minute after the session's own end.
func (w *Watcher) Run(ctx context.Context) (End, error) {
	run := &watching{Watcher: w, kinds: []string{PageToken, QRCodeText}}
	if w.Kind != "" {
		run.kinds = []string{w.Kind}
	}
	deadline := time.Now().Add(Patience)
	for {
		err := run.attempt(ctx)
		if ctx.Err() != nil {
			return run.last, ctx.Err()
		}
		lost, again := errors.AsType[*lostError](err)
		switch {
		case errors.Is(err, errEnded):
			return run.last, nil
		case !again:
			return run.last, err
		}
		if run.known {
			deadline = run.expires.Add(Patience)
		}
		backoff := min(lastWait, firstWait<<min(run.failures, 10))
		run.failures++
		wait := max(lost.wait, backoff/2+rand.N(backoff/2+1))
		if time.Now().Add(wait).After(deadline) {
			return run.last, fmt.Errorf("%w: %w", ErrUnreachable, lost.cause)
		}
		if w.Lost != nil {
			w.Lost(lost.cause, wait)
		}
		if err := Pause(ctx, wait); err != nil {
			return run.last, err
		}
	}
}

// attempt lives one connection's life. It returns errEnded, a *lostError, or why it is of no use to come back.
func (w *watching) attempt(ctx context.Context) error {
	w.heard = false
	switch w.way {
	case byStream:
		return w.streamOrPoll(ctx)
	case byPoll:
		return w.poll(ctx)
	}
	conn, err := w.dial(ctx)
	if err == nil {
		if err = w.channel(ctx, conn); errors.Is(err, errOtherKind) {
			return w.attempt(ctx)
		}
		return err
	}
	if _, busy := errors.AsType[*lostError](err); busy || ctx.Err() != nil {
		return err
	}
	// Something on the way does not let WebSockets through, or nobody is there at all; the other ways tell which.
	return w.streamOrPoll(ctx)
}

// streamOrPoll follows by a stream, and by polls where something on the way has let nothing of it through.
func (w *watching) streamOrPoll(ctx context.Context) error {
	known := w.known
	by, err := byStream, w.stream(ctx)
	refused, _ := errors.AsType[*RefusedError](err)
	serverSaid := errors.Is(err, errEnded) || refused != nil && refused.Code != ""
	if !w.heard && !serverSaid && ctx.Err() == nil {
		by, err = byPoll, w.poll(ctx)
	}
	if !known && w.known {
		w.way = by
	}
	return err
}

// take hands a frame on, once.
func (w *watching) take(raw []byte) error {
	frame := Frame{Raw: raw}
	if json.Unmarshal(raw, &frame) != nil || frame.Type == "" {
		return &RefusedError{Status: http.StatusOK, Message: "The server sent a frame that is not of this contract's second layer. Check its address."}
	}
	w.failures, w.heard = 0, true
	switch {
	case frame.Seq != 0 && frame.Seq <= w.after && frame.Type != "snapshot":
		return nil
	case frame.Type == "snapshot":
		w.known, w.expires = true, frame.ExpiresAt
		w.last = End{frame.Status, frame.Reason}
	case frame.Seq != 0:
		w.after = frame.Seq
	}
	if frame.Type == "status" {
		w.last = End{frame.Status, frame.Reason}
	}
	w.Frame(frame)
	return nil
}

// gone is what "not found" means to a watcher: the end of a session that it knows, which it missed, or a secret that
// opens nothing.
func (w *watching) gone() error {
	if !w.known {
		return &RefusedError{Status: http.StatusNotFound, Code: "SESSION_EXPIRED_OR_NOT_FOUND",
			Message: "This session does not exist or has expired. Check the text, or create a new session."}
	}
	if !final(w.last.Status) {
		w.last = End{Status: "deleted"}
		if !time.Now().Before(w.expires) {
			w.last.Status = "expired"
		}
	}
	return errEnded
}
