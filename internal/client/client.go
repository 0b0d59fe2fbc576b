package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxAnswer   = 1 << 20          // bytes; a claim is at most some 26 KiB
	callTimeout = 15 * time.Second // one attempt, from the connection to the last byte
	firstWait   = 250 * time.Millisecond
	lastWait    = 10 * time.Second
)

// Patience is how long one call is tried again before it is given up.
const Patience = time.Minute

// RefusedError is a server's answer that trying again would not change.
type RefusedError struct {
	Status  int    // HTTP
	Code    string // of the wire contract, "" where the answer was none of its errors
	Message string // the server's sentence
	Help    string // where the code is explained; "" where the server names no place
}

func (e *RefusedError) Error() string {
	switch {
	case e.Message == "":
		return fmt.Sprintf("the server refused with HTTP status %d", e.Status)
	case e.Help != "":
		return e.Message + " See " + e.Help
	}
	return e.Message
}

// ErrUnreachable is in the chain of what a call returns when the server did not answer within a minute of attempts.
var ErrUnreachable = errors.New("the server cannot be reached")

// Client makes calls that are safe to repeat: whatever may pass by itself is tried again for a minute. The zero value
// is ready.
type Client struct {
	HTTP   *http.Client                          // nil for one that follows no redirect
	Wonder func(cause error, wait time.Duration) // told before each new attempt; nil: nobody
	Within time.Duration                         // of one attempt, from the connection to the last byte; 0: 15 s
}

// direct follows no redirect: where a secret goes is not a stranger's to say.
var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Credential is what a call bears.
type Credential struct{ Authorization, Device string }

// Call sends body as JSON if it is not nil, and decodes the answer into answer if that is not nil.
func (c Client) Call(ctx context.Context, method, url string, who Credential, body, answer any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode the call: %w", err)
		}
	}
	start := time.Now()
	for attempt := 0; ; attempt++ {
		wait, err := c.Try(ctx, method, url, who, payload, answer)
		if err == nil || ctx.Err() != nil {
			return firstOf(ctx.Err(), err)
		}
		if refused, final := errors.AsType[*RefusedError](err); final && !passing(refused.Status) {
			return err
		}
		backoff := min(lastWait, firstWait<<min(attempt, 10))
		wait = max(wait, backoff/2+rand.N(backoff/2+1)) // half of it jittered
		if time.Now().Add(wait).Sub(start) > Patience {
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		if c.Wonder != nil {
			c.Wonder(err, wait)
		}
		if err := Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// firstOf prefers the reason why the caller gave up over what the transport made of it.
func firstOf(gaveUp, err error) error {
	if err != nil && gaveUp != nil {
		return gaveUp
	}
	return err
}

// passing says whether an answer may be another one in a moment.
func passing(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500
}

// Try makes one attempt. wait is what the server asked to wait before the next one.
func (c Client) Try(ctx context.Context, method, url string, who Credential, payload []byte, answer any) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Within, callTimeout))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(payload))
	if err != nil {
		return 0, &RefusedError{Message: "The server's address is not one that can be called."}
	}
	request.Header.Set("Authorization", who.Authorization)
	if who.Device != "" {
		request.Header.Set("Baton-Device", who.Device)
	}
	request.Header.Set("Accept", "application/json")
	if payload != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := cmp.Or(c.HTTP, direct).Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return 0, err
	case response.StatusCode >= 300:
		return retryAfter(response.Header), refusal(response.StatusCode, body)
	case answer == nil:
		return 0, nil
	case len(body) > maxAnswer:
		return 0, &RefusedError{Status: response.StatusCode, Message: "The server's answer is too long for this contract. Check its address."}
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return 0, &RefusedError{Status: response.StatusCode, Message: "The server's answer is not of this contract. Check its address."}
	}
	return 0, nil
}

func refusal(status int, body []byte) *RefusedError {
	refused := &RefusedError{Status: status}
	var answer struct{ Error, Message, Help string }
	if json.Unmarshal(body, &answer) == nil {
		refused.Code, refused.Message, refused.Help = Printable(answer.Error), Printable(answer.Message), Printable(answer.Help)
	}
	return refused
}

// Printable drops what could move a terminal's cursor, hide or turn text around: a server's words end there.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x200c && r <= 0x200f || r == 0x061c: // joiners and marks that some languages' words need
			return r
		case unicode.Is(unicode.C, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return -1
		}
		return r
	}, text)
}

func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, Patience)
}

// Pause waits for d or until ctx ends.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// PlainCause says what went wrong on the way, without the address that was called.
func PlainCause(cause error) string {
	if refused, ok := errors.AsType[*RefusedError](cause); ok {
		return refused.Error()
	}
	if wrapped, ok := errors.AsType[*url.Error](cause); ok {
		if wrapped.Timeout() {
			return "the server took too long"
		}
		cause = wrapped.Err
	}
	return cause.Error()
}
