package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
)

const (
	// readyTimeout is how long a probe waits for its answer.
	readyTimeout = 3 * time.Second
	// readyShared is how long an answer, good or bad, is given to others who ask. The route is open to everybody and its
	// question costs a durable write: so a flood of probes costs one a second.
	readyShared = time.Second
	// proofTimeout bounds one question to the store. It outlasts readyTimeout: a probe that leaves does not take the answer
	// from the next one.
	proofTimeout = 10 * time.Second
)

type health struct {
	Status string `json:"status"`
}

// healthz says that the process answers.
func (s *Server) healthz(c *fiber.Ctx) error {
	return writeJSON(c, fiber.StatusOK, health{"ok"})
}

// readyz says whether the server can do its work: the store can write and it is not shutting down.
func (s *Server) readyz(c *fiber.Ctx) error {
	if s.channels.Closing() {
		return unavailable("The server is shutting down.", nil)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
	defer cancel()
	if err := s.readiness.check(ctx); err != nil {
		return unready(err)
	}
	return writeJSON(c, fiber.StatusOK, health{"ready"})
}

// unready is the answer to a store's error. A store that knows what is wrong says it in the operator's words.
func unready(err error) error {
	if handoff.ErrorCode(err) == handoff.CodeUnavailable {
		return err
	}
	return unavailable("The store cannot write. The server's log says why.", err)
}

var errNoProof = errors.New("web: the store has not answered whether it can write")

// readiness asks the store whether it can write, one question at a time, shares the answer, and logs when it changes.
// Safe for concurrent use.
type readiness struct {
	ask func(context.Context) error // nil: always ready
	log *slog.Logger

	mu      sync.Mutex
	current *proof // the question that is asked, or was asked last
	before  error  // the answer to the one before it
	unready bool   // as the log has it
}

// proof is one question and, once answered is closed, its answer.
type proof struct {
	answered chan struct{}
	err      error
	at       time.Time // of the answer
}

// check returns the answer, or, where none comes before ctx ends, the last one if it was bad.
func (r *readiness) check(ctx context.Context) error {
	if r.ask == nil {
		return nil
	}
	p, before := r.proof()
	select {
	case <-p.answered:
		return p.err
	case <-ctx.Done():
	}
	if before != nil {
		return before
	}
	return unavailable("The store does not answer in time. The server's log may say why.", errNoProof)
}

// proof returns the question to wait for, and the answer that was given before it.
func (r *readiness) proof() (p *proof, before error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil {
		select {
		case <-r.current.answered:
			if time.Since(r.current.at) < readyShared {
				return r.current, nil
			}
			r.before = r.current.err
		default:
			return r.current, r.before
		}
	}
	r.current = &proof{answered: make(chan struct{})}
	go r.prove(r.current) // ends by itself after proofTimeout
	return r.current, r.before
}

func (r *readiness) prove(p *proof) {
	ctx, cancel := context.WithTimeout(context.Background(), proofTimeout)
	defer cancel()
	err := r.contained(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	p.err, p.at = err, time.Now()
	close(p.answered)
	switch {
	case err != nil && !r.unready:
		r.log.Error("not ready: /readyz answers 503", "error", err)
	case err == nil && r.unready:
		r.log.Info("ready again")
	}
	r.unready = err != nil
}

func (r *readiness) contained(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.ask(ctx)
}
