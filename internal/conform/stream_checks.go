package conform

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// streamChecks are about pages without a WebSocket.
var streamChecks = []check{
	{id: "stream", name: "an event stream tells what the channel tells, each event under its number, and ends with the session", run: func(ctx context.Context, s *server) error {
		made, err := s.makeStory(ctx)
		if err != nil {
			return err
		}
		return s.wantStream(ctx, made, 0, storyWords)
	}},
	{id: "stream.live", name: "an event stream tells of a step as it happens", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		stream, err := s.stream(ctx, made, 0)
		if err != nil {
			return err
		}
		defer stream.close()
		if err := stream.wantSnapshot(ctx); err != nil {
			return err
		}
		if err := s.tell(ctx, made, `{"service":"SCAN"}`); err != nil {
			return err
		}
		return stream.want(ctx, "SCAN")
	}},
	{id: "stream.resume", name: "Last-Event-ID: an event stream goes on with exactly what follows", run: func(ctx context.Context, s *server) error {
		made, err := s.makeStory(ctx)
		if err != nil {
			return err
		}
		first, err := s.stream(ctx, made, 0)
		if err != nil {
			return err
		}
		defer first.close()
		if err := first.wantSnapshot(ctx); err != nil {
			return err
		}
		if err := first.want(ctx, storyWords[:3]...); err != nil {
			return err
		}
		return s.wantStream(ctx, made, first.seq, storyWords[3:])
	}},
	{id: "stream.headers", name: "an event stream is text/event-stream, no-store, and unbuffered by proxies", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		stream, err := s.stream(ctx, made, 0)
		if err != nil {
			return err
		}
		defer stream.close()
		return wantHeaders(stream.header, map[string]string{"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
	}},
	{id: "stream.unknown", name: "events of an unknown text are 404, without one 401", run: func(ctx context.Context, s *server) error {
		text, err := s.unknownText(ctx)
		if err != nil {
			return err
		}
		for _, accept := range []string{"text/event-stream", "application/json"} {
			a, err := s.call(ctx, http.MethodGet, eventsOfPage, http.Header{"Authorization": {text}, "Accept": {accept}}, "")
			if err != nil {
				return err
			}
			if err := a.wantError(http.StatusNotFound, notFound); err != nil {
				return err
			}
			if a, err = s.call(ctx, http.MethodGet, eventsOfPage, http.Header{"Accept": {accept}}, ""); err != nil {
				return err
			}
			if err := a.wantError(http.StatusUnauthorized, "UNAUTHORIZED"); err != nil {
				return err
			}
		}
		return nil
	}},
	{id: "poll", name: "a poll answers status, seq and the frames after its number", run: func(ctx context.Context, s *server) error {
		made, err := s.makeStory(ctx)
		if err != nil {
			return err
		}
		after := 0.0
		for i := range storyWords {
			a, err := s.poll(ctx, made, after, 0)
			if err != nil {
				return err
			}
			frames, err := wantPolled(a, made, after, storyWords[i:])
			if err != nil {
				return fmt.Errorf("after %v: %w", after, err)
			}
			if err := holds(a.fields, fields{"status": "completed"}); err != nil {
				return err
			}
			after = frames[0]
		}
		return nil
	}},
	{id: "poll.wait", name: "a poll that waits is answered as soon as something happens", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		began := time.Now()
		told := make(chan error, 1)
		go func() {
			err := sleepUntil(ctx, began.Add(quiet))
			if err == nil {
				err = s.tell(ctx, made, `{"service":"SCAN"}`)
			}
			told <- err
		}()
		const wait = 10
		a, err := s.poll(ctx, made, 0, wait)
		if err := errors.Join(err, <-told); err != nil {
			return err
		}
		if _, err := wantPolled(a, made, 0, []string{"SCAN"}); err != nil {
			return err
		}
		if took := time.Since(began); took < quiet || took > wait*time.Second-time.Second {
			return fmt.Errorf("expected the answer when the event came, it took %v", took.Round(time.Millisecond))
		}
		return nil
	}},
	{id: "poll.empty", name: "a poll that waits in vain is answered with no frames, and no sooner", run: func(ctx context.Context, s *server) error {
		made, err := s.make(ctx, nil)
		if err != nil {
			return err
		}
		began := time.Now()
		a, err := s.poll(ctx, made, 0, 1)
		if err != nil {
			return err
		}
		if err := holds(a.fields, fields{"events": []any{}, "status": "created", "seq": 0}); err != nil {
			return err
		}
		if took := time.Since(began); took < 900*time.Millisecond {
			return fmt.Errorf("expected the answer after 1 s, it came after %v", took.Round(time.Millisecond))
		}
		return wantHeaders(a.header, map[string]string{"Cache-Control": "no-store"})
	}},
}

const eventsOfPage = sessionPath + "/events"

func wantHeaders(got http.Header, want map[string]string) error {
	for name, value := range want {
		if !strings.Contains(got.Get(name), value) {
			return fmt.Errorf("expected the header %s: %s, got %q", name, value, cut(got.Get(name)))
		}
	}
	return nil
}

func (s *server) poll(ctx context.Context, made guarded, after float64, wait int) (answer, error) {
	_, text := made.secret()
	path := fmt.Sprintf("%s?after=%v&wait=%d", eventsOfPage, after, wait)
	a, err := s.call(ctx, http.MethodGet, path, http.Header{"Authorization": {text}, "Accept": {"application/json"}}, "")
	if err != nil {
		return a, err
	}
	return a, a.wantStatus(http.StatusOK)
}

// wantPolled holds a poll's frames against words, and returns their numbers.
func wantPolled(a answer, made guarded, after float64, words []string) ([]float64, error) {
	list, _ := a.fields["events"].([]any)
	if len(list) != len(words) {
		return nil, fmt.Errorf("expected %d frames, got %d", len(words), len(list))
	}
	frames := make(chan frame, len(list))
	for _, f := range list {
		one, _ := f.(fields)
		frames <- frame{fields: one}
	}
	w := &watch{channel: &channel{frames: frames, patience: time.Second}, id: made.id, seq: after}
	var numbers []float64
	for _, word := range words {
		if _, err := w.wantOne(context.Background(), word); err != nil {
			return nil, fmt.Errorf("frame %s: %w", word, err)
		}
		numbers = append(numbers, w.seq)
	}
	if seq, _ := a.fields["seq"].(float64); seq != w.seq {
		return nil, fmt.Errorf("expected seq to be the last frame's, %v, got %v", w.seq, a.fields["seq"])
	}
	return numbers, nil
}

// stream is an event stream, read as a channel is.
type stream struct {
	watch
	header http.Header
	leave  context.CancelFunc
}

func (s *stream) close() { s.leave() }

// stream opens one. The caller closes it.
func (s *server) stream(ctx context.Context, made guarded, after float64) (*stream, error) {
	ctx, leave := context.WithCancel(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.String()+eventsOfPage, nil)
	if err != nil {
		leave()
		return nil, err
	}
	_, text := made.secret()
	request.Header.Set("Authorization", text)
	request.Header.Set("Accept", "text/event-stream")
	if after > 0 {
		request.Header.Set("Last-Event-ID", strconv.FormatFloat(after, 'f', -1, 64))
	}
	response, err := s.http.Do(request)
	if err != nil {
		leave()
		return nil, errors.New("expected an event stream, got no answer")
	}
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if response.StatusCode != http.StatusOK || media != "text/event-stream" {
		response.Body.Close()
		leave()
		return nil, fmt.Errorf("expected an event stream, got %d with %q", response.StatusCode, cut(media))
	}
	opened := &stream{header: response.Header, leave: leave}
	opened.watch = watch{channel: &channel{patience: s.patience, frames: make(chan frame, 1100)}, id: made.id, seq: after}
	go opened.read(bufio.NewScanner(response.Body), response.Body.Close)
	return opened, nil
}

// read takes a stream apart. An event's id is kept beside its frame's own members.
func (s *stream) read(lines *bufio.Scanner, done func() error) {
	defer close(s.frames)
	defer done()
	var id string
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		switch value = strings.TrimPrefix(value, " "); name {
		case "id":
			id = value
		case "data":
			f := frame{}
			if json.Unmarshal([]byte(value), &f.fields) == nil {
				f.fields["event id"] = id
			}
			id = ""
			select {
			case s.frames <- f:
			default:
				return
			}
		}
	}
	s.code = 1006
	if lines.Err() == nil {
		s.code = 1000
	}
}

func (s *stream) wantSnapshot(ctx context.Context) error {
	f, err := s.next(ctx)
	if err == nil {
		err = s.checkFrame(f.fields, "snapshot")
	}
	if err == nil {
		err = holds(f.fields, fields{"event id": ""})
	}
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

// wantStream reads a stream of a session that has ended, to its end.
func (s *server) wantStream(ctx context.Context, made guarded, after float64, words []string) error {
	opened, err := s.stream(ctx, made, after)
	if err != nil {
		return err
	}
	defer opened.close()
	if err := opened.wantSnapshot(ctx); err != nil {
		return err
	}
	for _, word := range words {
		f, err := opened.wantOne(ctx, word)
		if err != nil {
			return fmt.Errorf("event %s: %w", word, err)
		}
		if err := holds(f, fields{"event id": strconv.FormatFloat(opened.seq, 'f', -1, 64)}); err != nil {
			return fmt.Errorf("event %s: %w", word, err)
		}
	}
	return opened.wantClose(ctx, s.patience, 1000)
}
