package registrationtest

import (
	"context"
	"sync"

	"baton/internal/handoff"
	"baton/internal/registration"
)

// Provider is a registration.Provider that answers what its functions say; a nil function answers as a provider that
// has nothing: a token, ErrNotReady, ErrImageGone, nil. Safe for concurrent use if its functions are. Set them before
// use.
type Provider struct {
	OnAccessToken func() (handoff.Token, error)
	OnResult      func(handoff.SessionID) (registration.Result, error)
	OnImage       func(registration.Image) ([]byte, error)
	OnDelete      func(context.Context, handoff.SessionID) error

	mu      sync.Mutex
	results int
	deleted []handoff.SessionID
}

// AccessToken implements registration.Provider.
func (p *Provider) AccessToken(context.Context) (handoff.Token, error) {
	if p.OnAccessToken == nil {
		return handoff.NewToken("access-token"), nil
	}
	return p.OnAccessToken()
}

// Result implements registration.Provider.
func (p *Provider) Result(_ context.Context, id handoff.SessionID) (registration.Result, error) {
	p.mu.Lock()
	p.results++
	p.mu.Unlock()
	if p.OnResult == nil {
		return registration.Result{}, registration.ErrNotReady
	}
	return p.OnResult(id)
}

// Image implements registration.Provider.
func (p *Provider) Image(_ context.Context, image registration.Image) ([]byte, error) {
	if p.OnImage == nil {
		return nil, registration.ErrImageGone
	}
	return p.OnImage(image)
}

// Delete implements registration.Provider.
func (p *Provider) Delete(ctx context.Context, id handoff.SessionID) error {
	p.mu.Lock()
	p.deleted = append(p.deleted, id)
	p.mu.Unlock()
	if p.OnDelete == nil {
		return nil
	}
	return p.OnDelete(ctx, id)
}

// Results returns how often a result was asked for.
func (p *Provider) Results() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.results
}

// Deleted returns the sessions that were to be deleted, in order.
func (p *Provider) Deleted() []handoff.SessionID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]handoff.SessionID(nil), p.deleted...)
}

var _ registration.Provider = (*Provider)(nil)
