package phone_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/phone"
)

// wire is a server at the end of a bad network: each call takes the next answer, the last one again and again. It knows
// only the first contract, unless opened is what it answers to a phone that asks who asks.
type wire struct {
	opened  func(*http.Request) (*http.Response, error)
	answers []func(*http.Request) (*http.Response, error)
	calls   []string // method, path and body, but for opening
	devices []string // of every call
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body := ""
	if r.Body != nil {
		read, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(read)
	}
	w.devices = append(w.devices, r.Header.Get("Baton-Device"))
	if strings.HasSuffix(r.URL.Path, "/session/open") {
		if w.opened == nil {
			return says(404, "")(r)
		}
		return w.opened(r)
	}
	w.calls = append(w.calls, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+body))
	answer := w.answers[0]
	if len(w.answers) > 1 {
		w.answers = w.answers[1:]
	}
	return answer(r)
}

func says(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
		for i := 0; i+1 < len(headers); i += 2 {
			response.Header.Set(headers[i], headers[i+1])
		}
		return response, nil
	}
}

func breaks(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection reset by peer")
}

func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

const claimed = `{"sessionId": "5b0a35c2-6a2f-4a5e-9df5-3f8f1f1b0c77", "token": "", "data": ""}`

func onWire(w *wire) *phone.Phone {
	return &phone.Phone{
		Server: "http://relay.test", Ticket: phone.NewTicket("TICKET"), Steps: []string{"SCAN", "INFO"}, HTTP: &http.Client{Transport: w},
	}
}

func TestRunRepeatsWhatMayPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){
			breaks, says(200, claimed), // the claim
			says(503, "", "Retry-After", "5"), says(429, "", "Retry-After", "7"), hangs, says(200, `{"seq":2}`), // SCAN
			says(200, `{"seq":3}`),
		}}
		var waits []time.Duration
		began := time.Now()
		err := onWire(w).Run(t.Context(), func(p phone.Progress) {
			if p.State == phone.Waiting {
				waits = append(waits, p.Wait)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		scan := `POST /api/v1/session/events {"service":"SCAN","key":"phone:0:SCAN"}`
		want := []string{"GET /api/v1/session", "GET /api/v1/session", scan, scan, scan, scan,
			`POST /api/v1/session/events {"service":"INFO","key":"phone:1:INFO"}`}
		if diff := cmp.Diff(want, w.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if len(waits) != 4 || waits[1] < 5*time.Second || waits[2] < 7*time.Second {
			t.Errorf("waited %v, want four waits, the second and third as long as the server asked", waits)
		}
		if took := time.Since(began); took < 27*time.Second || took > 40*time.Second {
			t.Errorf("took %v: a call that hangs is given up after 15 s", took)
		}
	})
}

func TestRunGivesUpAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := onWire(&wire{answers: []func(*http.Request) (*http.Response, error){breaks}}).Run(t.Context(), nil)
		if !errors.Is(err, phone.ErrUnreachable) {
			t.Errorf("error %v, want ErrUnreachable", err)
		}
		if took := time.Since(began); took < 40*time.Second || took > time.Minute {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestRunEndsAtOnce(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		want   phone.RefusedError
	}{
		{"an unknown code", says(404, `{"error":"SESSION_EXPIRED_OR_NOT_FOUND","message":"No such session.","requestId":"r"}`),
			phone.RefusedError{Status: 404, Code: "SESSION_EXPIRED_OR_NOT_FOUND", Message: "No such session."}},
		{"words that would move the cursor", says(400, `{"error":"\u001b[2JX","message":"a\u0007\nb"}`), phone.RefusedError{Status: 400, Code: "[2JX", Message: "ab"}},
		{"a refusal without words", says(403, "<h1>no</h1>"), phone.RefusedError{Status: 403}},
		{"a redirect", says(302, "", "Location", "http://elsewhere.test/"), phone.RefusedError{Status: 302}},
		{"an answer of another service", says(200, "<html>"),
			phone.RefusedError{Status: 200, Message: "The server's answer is not of this contract. Check its address."}},
		{"an endless answer", says(200, `{"sessionId":"`+strings.Repeat("x", 2<<20)+`"}`),
			phone.RefusedError{Status: 200, Message: "The server's answer is too long for this contract. Check its address."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := &wire{answers: []func(*http.Request) (*http.Response, error){tc.answer}}
			p := onWire(w)
			p.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			err := p.Run(t.Context(), nil)
			refused, ok := errors.AsType[*phone.RefusedError](err)
			if !ok {
				t.Fatalf("error %v, want a refusal", err)
			}
			if diff := cmp.Diff(tc.want, *refused); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
			if len(w.calls) != 1 {
				t.Errorf("called %d times, want once", len(w.calls))
			}
		})
	}
}

// Ctrl-C in the middle tells the page, once, and does not wait long for it.
func TestRunCancelsTheSessionWhenItIsStopped(t *testing.T) {
	for _, tc := range []struct {
		name  string
		last  func(*http.Request) (*http.Response, error)
		state phone.State
		most  time.Duration
	}{
		{"the page is told", says(200, `{"seq":3}`), phone.Cancelled, time.Second},
		{"nobody can be told", hangs, phone.NotCancelled, 6 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				w := &wire{answers: []func(*http.Request) (*http.Response, error){says(200, claimed), says(200, `{"seq":2}`), tc.last}}
				p := onWire(w)
				p.Pace = time.Second
				var last phone.Progress
				var stopped time.Time
				err := p.Run(ctx, func(progress phone.Progress) {
					if last = progress; progress.State == phone.Done {
						stopped = time.Now()
						stop()
					}
				})
				if err == nil {
					t.Fatal("no error, want the cancellation")
				}
				if last.State != tc.state {
					t.Errorf("the last word is %q, want %q", last.State, tc.state)
				}
				want := `POST /api/v1/session/events {"status":"cancelled","reason":"USER_CANCEL","key":"phone:end"}`
				if len(w.calls) != 3 || w.calls[2] != want {
					t.Errorf("calls %q, want %q after the first step", w.calls, want)
				}
				if took := time.Since(stopped); took > tc.most {
					t.Errorf("stopping took %v", took)
				}
			})
		})
	}
}

func TestRunStoppedBeforeTheClaimLeavesNothingBehind(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	w := &wire{answers: []func(*http.Request) (*http.Response, error){says(200, claimed)}}
	if err := onWire(w).Run(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if len(w.calls) != 0 {
		t.Errorf("calls %q, want none", w.calls)
	}
}
