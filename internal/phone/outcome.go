package phone

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"baton/internal/client"
	"baton/internal/enrolment"
)

// shortestCut is how long a phone is without a network at least: longer than the first attempts at a call.
const shortestCut = time.Second

// UnfitError is what Run returns where the enrolment cannot come to Phone.Wish. Its words say what to do. A session that
// was claimed before that came out has been cancelled, so that its page does not wait.
type UnfitError struct{ Why error }

func (e *UnfitError) Error() string { return e.Why.Error() }
func (e *UnfitError) Unwrap() error { return e.Why }

// EndedBeforeError is what Run returns for a session that was over before this phone came.
type EndedBeforeError struct {
	Status string // completed, failed or cancelled
}

func (e *EndedBeforeError) Error() string {
	how := map[string]string{"completed": "was finished", statusFailed: "has failed", statusCancelled: "was stopped"}[e.Status]
	return "this hand-over has ended: it " + how + " before. Get a new code on the page where it was shown"
}

// settle decides what the enrolment comes to: what this phone was told, else what the sandbox was.
func (r *run) settle(ctx context.Context) error {
	r.wish = r.phone.Wish
	if r.wish != (enrolment.Wish{}) {
		if err := r.config.Check(r.wish); err != nil {
			if _, ended := errors.AsType[*EndedError](r.end(ctx, statusCancelled, enrolment.ReasonCancelled)); !ended {
				r.tell(Progress{State: NotCancelled, Detail: "see below"})
			}
			return &UnfitError{err}
		}
		return nil
	}
	if r.session.Token == "" {
		return nil
	}
	var wished enrolment.Wish
	err := r.client.Call(ctx, http.MethodGet, r.enrolmentURL(), client.Credential{Authorization: "Bearer " + r.session.Token}, nil, &wished)
	if _, refused := errors.AsType[*RefusedError](err); refused || err == nil && wished.Outcome == "" {
		return nil // no sandbox, or nobody has chosen
	}
	if err != nil {
		return err
	}
	if err := r.config.Check(wished); err != nil {
		r.tell(Progress{State: Unfit, Detail: client.Printable(err.Error())})
		return nil
	}
	r.wish = wished
	r.tell(Progress{State: Wished, Detail: string(wished.Outcome), Step: wished.At})
	return nil
}

func (r *run) enrolmentURL() string {
	return cmp.Or(r.phone.Sandbox, r.phone.Server+"/sandbox") + "/api/v1/enrolment/" + url.PathEscape(r.session.SessionID)
}

// happens does what was wished for this screen of the plan. It reports false where the enrolment goes on.
func (r *run) happens(ctx context.Context, index int, service string) (bool, error) {
	if !r.wish.Outcome.Timed() || r.wish.At != service && (r.wish.At != "" || index > 0) {
		return false, nil
	}
	switch r.wish.Outcome {
	case enrolment.OutcomeUserCancels:
		return true, r.end(ctx, statusCancelled, enrolment.ReasonCancelled)
	case enrolment.OutcomeSessionExpires:
		return true, r.end(ctx, statusFailed, reasonTimeout)
	case enrolment.OutcomeNetworkCut:
		if !r.wasCut {
			r.wasCut = true
			r.client.HTTP = withoutNetwork(r.client.HTTP, max(shortestCut, 6*r.phone.Pace))
		}
	}
	return false, nil
}

// errNoNetwork is what a call meets on a phone without a network.
var errNoNetwork = errors.New("this phone has no network for a moment, as it was told")

// withoutNetwork is a client that reaches nobody for so long from its first call on. Nothing leaves the phone meanwhile.
func withoutNetwork(around *http.Client, gone time.Duration) *http.Client {
	cut := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if around != nil {
		*cut = *around
	}
	cut.Transport = &tunnel{way: cmp.Or[http.RoundTripper](cut.Transport, http.DefaultTransport), length: gone}
	return cut
}

// tunnel is a way that is closed at first. It is one run's, which calls one at a time.
type tunnel struct {
	way    http.RoundTripper
	length time.Duration
	until  time.Time
}

func (t *tunnel) RoundTrip(request *http.Request) (*http.Response, error) {
	if t.until.IsZero() {
		t.until = time.Now().Add(t.length)
	}
	if time.Now().Before(t.until) {
		return nil, errNoNetwork
	}
	return t.way.RoundTrip(request)
}
