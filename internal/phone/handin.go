package phone

import (
	"context"
	"errors"
	"net/http"

	"baton/internal/client"
	"baton/internal/enrolment"
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
	}{Data: r.config.Encode(), Documents: make([]string, len(r.documents)), Steps: append([]string{}, r.done...), Outcome: string(enrolment.OutcomeSuccess)}
	if r.wish.Outcome.ByProvider() {
		body.Outcome = string(r.wish.Outcome)
	}
	for i, taken := range r.documents {
		body.Documents[i] = taken.specimen.ID
	}
	if incomplete {
		body.Outcome = outcomeIncomplete
	}
	err := r.client.Call(ctx, http.MethodPost, r.enrolmentURL(), client.Credential{Authorization: "Bearer " + r.session.Token}, body, nil)
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
