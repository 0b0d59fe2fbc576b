package infoapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/sethvargo/go-retry"

	"baton/internal/registration"
)

// retryAfter is how long the one retry waits, give or take a half: long enough for a connection that was just closed
// or a node that was just replaced, short enough for the person who waits.
const retryAfter = 200 * time.Millisecond

// call is one request to the provider's API.
type call struct {
	name   string // for errors
	method string
	path   string // under the base URL
	accept string
	limit  int64 // bytes of the answer's body
}

// answer is what came back, read whole.
type answer struct {
	name      string
	status    int
	mediaType string
	body      []byte
}

func (a answer) failure() error {
	return fmt.Errorf("%w: %s answered with status %d", registration.ErrProvider, a.name, a.status)
}

func (a answer) wrongType() error {
	return fmt.Errorf("%w: %s answered with the wrong content type", registration.ErrProvider, a.name)
}

// NewTransport returns what a Client without an HTTPClient calls through, for one that is to see what passes.
func NewTransport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	return transport
}

// guarded copies a client and makes it stay with the host it was sent to, so that neither token nor secret nor a
// person's id follow a redirect elsewhere. Time-outs come by context.
func guarded(client *http.Client) *http.Client {
	if client == nil {
		client = &http.Client{Transport: NewTransport()}
	}
	copied := *client
	copied.Timeout = 0
	copied.CheckRedirect = func(next *http.Request, before []*http.Request) error {
		if len(before) > 3 {
			return errors.New("too many redirects")
		}
		if first := before[0].URL; next.URL.Host != first.Host || next.URL.Scheme != first.Scheme {
			return errors.New("redirect to another host")
		}
		return nil
	}
	return &copied
}

// call sends an authorised request. A token that the provider refuses is replaced once: it may have been withdrawn
// before its time.
func (c *Client) call(ctx context.Context, what call) (answer, error) {
	for attempt := 0; ; attempt++ {
		token, err := c.tokens.get(ctx, forUs)
		if err != nil {
			return answer{}, err
		}
		got, err := c.send(ctx, what, func() (*http.Request, error) {
			request, err := http.NewRequestWithContext(ctx, what.method, c.base+what.path, nil)
			if err == nil {
				request.Header.Set("Authorization", "Bearer "+token)
			}
			return request, err
		})
		if err != nil || got.status != http.StatusUnauthorized || attempt > 0 {
			return got, err
		}
		c.tokens.forget(token)
	}
}

// errOverLimit marks an answer that is larger than its limit; it is not asked for again.
var errOverLimit = errors.New("the answer is larger than allowed")

// send sends a request and reads its answer. A GET that meets a 5xx or a broken connection is sent once more.
func (c *Client) send(ctx context.Context, what call, build func() (*http.Request, error)) (answer, error) {
	retries := uint64(0)
	if what.method == http.MethodGet {
		retries = 1
	}
	backoff := retry.WithMaxRetries(retries, retry.WithJitterPercent(50, retry.NewConstant(retryAfter)))
	var got answer
	err := retry.Do(ctx, backoff, func(ctx context.Context) error {
		var err error
		got, err = c.exchange(what, build)
		switch {
		case errors.Is(err, errOverLimit) || ctx.Err() != nil:
			return err
		case err != nil:
			return retry.RetryableError(err)
		case got.status >= 500:
			return retry.RetryableError(got.failure())
		}
		return nil
	})
	switch {
	case err == nil:
		return got, nil
	case errors.Is(err, registration.ErrProvider):
		return answer{}, err
	case ctx.Err() != nil: // the context's error also tells a caller who gave up from a provider that hangs
		return answer{}, fmt.Errorf("%w: %s took too long or was given up: %w", registration.ErrProvider, what.name, ctx.Err())
	}
	return answer{}, fmt.Errorf("%w: %s: %w", registration.ErrProvider, what.name, err)
}

func (c *Client) exchange(what call, build func() (*http.Request, error)) (answer, error) {
	request, err := build()
	if err != nil {
		return answer{}, withoutURL(err)
	}
	if what.accept != "" {
		request.Header.Set("Accept", what.accept)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, withoutURL(err)
	}
	defer response.Body.Close()
	limit := what.limit
	if response.StatusCode != http.StatusOK {
		limit = maxError
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return answer{}, withoutURL(err)
	}
	if int64(len(body)) > limit {
		if response.StatusCode == http.StatusOK {
			return answer{}, errOverLimit
		}
		body = nil // the status says enough
	}
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")) // "" where it does not parse
	return answer{name: what.name, status: response.StatusCode, mediaType: mediaType, body: body}, nil
}

// withoutURL drops net/http's wrapper, whose text repeats the address with the session's id in it.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
