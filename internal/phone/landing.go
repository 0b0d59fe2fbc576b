package phone

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"baton/internal/client"
	"baton/internal/enrolment"
)

// Confirm is what a session asks of the person before it may be claimed.
type Confirm string

// The kinds of confirmation. A server that knows none says nothing.
const (
	ConfirmPrompt Confirm = "prompt" // agree to what is told of who asks
	ConfirmNumber Confirm = "number" // and enter the two digits that the page shows
)

// Request is who asks, as the server tells it before the claim. What it does not know is zero. Its texts come from
// elsewhere and hold no control characters.
type Request struct {
	Name, Browser, System, Place string
	Started                      time.Time
	Confirm                      Confirm
	Status                       string // of the session: created until a phone has claimed it
	Steps                        []string
}

// ErrNoNumber is what Run returns where the session asks for the number on its page and nobody can say it.
var ErrNoNumber = errors.New("this code asks for the two digits that its page shows now, and nobody entered them")

const codeConfirmFirst = "CONFIRMATION_REQUIRED"

// enter does what comes before the first screen: it says that the link was opened, takes the person's word where that
// is asked for, and claims.
func (r *run) enter(ctx context.Context) error {
	request, err := r.open(ctx)
	if err != nil {
		return err
	}
	if request == nil {
		if err := r.claim(ctx); refusedWith(err) != codeConfirmFirst {
			return err
		}
		// The server knows how to open a session after all.
		if request, err = r.insistOpen(ctx); err != nil {
			return err
		}
	}
	if slices.Contains([]string{"completed", statusFailed, statusCancelled}, request.Status) {
		return &EndedBeforeError{request.Status}
	}
	// Before the claim, so that the code is still good for another try.
	if len(request.Steps) > 0 && len(r.phone.Steps) == 0 {
		if err := r.phone.Wish.Check(request.Steps); err != nil {
			return &UnfitError{err}
		}
	}
	if err := r.confirm(ctx, *request); err != nil {
		return err
	}
	return r.claim(ctx)
}

func refusedWith(err error) string {
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused.Code
	}
	return ""
}

// open asks once who asks. A server of the first contract knows no such call, and a network may lose it: nil then says
// that the claim must decide, which a server refuses for the same reasons.
func (r *run) open(ctx context.Context) (*Request, error) {
	var opened opened
	_, err := r.client.Try(ctx, http.MethodPost, r.phone.Server+"/api/v1/session/open", r.asPhone(), nil, &opened)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, nil
	}
	return r.asked(opened), nil
}

func (r *run) insistOpen(ctx context.Context) (*Request, error) {
	var opened opened
	if err := r.client.Call(ctx, http.MethodPost, r.phone.Server+"/api/v1/session/open", r.asPhone(), nil, &opened); err != nil {
		return nil, err
	}
	return r.asked(opened), nil
}

type opened struct {
	Requester struct{ Name, Browser, System, Place string }
	Confirm   Confirm
	Steps     []string
	Status    string
	CreatedAt string
}

func (r *run) asked(o opened) *Request {
	started, _ := time.Parse(time.RFC3339, o.CreatedAt)
	request := Request{
		Name: client.Printable(o.Requester.Name), Browser: client.Printable(o.Requester.Browser), System: client.Printable(o.Requester.System), Place: client.Printable(o.Requester.Place),
		Started: started, Confirm: o.Confirm, Status: client.Printable(o.Status),
	}
	for _, step := range o.Steps {
		request.Steps = append(request.Steps, client.Printable(step))
	}
	r.steps = request.Steps
	r.tell(Progress{State: Asked, Request: request})
	return &request
}

// confirm takes the person's word. A session that was claimed has it already.
func (r *run) confirm(ctx context.Context, request Request) error {
	if request.Status == "claimed" {
		return nil
	}
	switch request.Confirm {
	case ConfirmPrompt:
		agree := true
		if r.phone.Agree != nil {
			var err error
			if agree, err = r.phone.Agree(ctx, request); err != nil {
				return err
			}
		}
		return r.answer(ctx, agree, "")
	case ConfirmNumber:
		if r.phone.Number == nil {
			return ErrNoNumber
		}
		for again := false; ; again = true {
			number, err := r.phone.Number(ctx, again)
			if err != nil {
				return err
			}
			if err := r.answer(ctx, number != "", number); refusedWith(err) != codeConfirmFirst {
				return err
			}
		}
	}
	return nil
}

func (r *run) answer(ctx context.Context, agree bool, number string) error {
	body := struct {
		Agree  bool   `json:"agree"`
		Number string `json:"number,omitempty"`
	}{agree, number}
	if err := r.client.Call(ctx, http.MethodPost, r.phone.Server+"/api/v1/session/confirm", r.asPhone(), body, nil); err != nil {
		return err
	}
	if agree {
		return nil
	}
	r.tell(Progress{State: Cancelled, Reason: enrolment.ReasonCancelled})
	return &EndedError{Status: statusCancelled, Reason: enrolment.ReasonCancelled}
}

// reportNotMe says that the person did not ask for this.
func (r *run) reportNotMe(ctx context.Context) error {
	body := struct {
		Reason string `json:"reason"`
	}{"NOT_ME"}
	if err := r.client.Call(ctx, http.MethodPost, r.phone.Server+"/api/v1/session/report", r.asPhone(), body, nil); err != nil {
		return err
	}
	r.tell(Progress{State: Reported})
	return nil
}
