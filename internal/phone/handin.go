package phone

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"baton/internal/client"
)

// outcomeIncomplete is the sandbox's word for a result of what was done before the enrolment ended early.
const outcomeIncomplete = "incomplete"

// handIn gives the sandbox what the phone has, from which it makes the result. Where no sandbox takes it, the
// enrolment goes on without a result.
func (r *run) handIn(ctx context.Context, incomplete bool) error {
	if r.session.Token == "" {
		r.tell(Progress{State: NoSandbox, Detail: "the session has no token to hand the result in with"})
		return nil
	}
	body := struct {
		Data      string   `json:"data"`
		Documents []string `json:"documents"`
		Steps     []string `json:"steps"`
		Outcome   string   `json:"outcome,omitempty"`
	}{Data: r.config.Encode(), Documents: make([]string, len(r.documents)), Steps: append([]string{}, r.done...), Outcome: r.phone.Outcome}
	for i, taken := range r.documents {
		body.Documents[i] = taken.specimen.ID
	}
	if incomplete {
		body.Outcome = outcomeIncomplete
	}
	sandbox := cmp.Or(r.phone.Sandbox, r.phone.Server+"/sandbox")
	err := r.client.Call(ctx, http.MethodPost, sandbox+"/api/v1/enrolment/"+url.PathEscape(r.session.SessionID), client.Credential{Authorization: "Bearer " + r.session.Token}, body, nil)
	if refused, ok := errors.AsType[*RefusedError](err); ok && (refused.Status == http.StatusNotFound || refused.Status == http.StatusMethodNotAllowed) {
		r.tell(Progress{State: NoSandbox, Detail: "the server has no sandbox that takes results"})
		return nil
	}
	if err != nil {
		return err
	}
	r.tell(Progress{State: HandedIn})
	return nil
}
