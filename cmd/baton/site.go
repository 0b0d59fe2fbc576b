package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"baton/sqlite"
	"baton/web"
)

const (
	sweepEvery   = time.Minute
	readyWithin  = 10 * time.Second
	readyPollGap = 5 * time.Millisecond
)

// listen opens the address, and says what to do where that fails.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program listens on %s already: stop it, or choose another port with --addr (%s), such as --addr %s",
			addr, envName("addr"), anotherPort(addr))
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this account may not listen on %s: choose a port above 1023 with --addr (%s)", addr, envName("addr"))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s is no address of this machine: choose one with --addr (%s), such as :8080 for all of them", addr, envName("addr"))
	}
	return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
}

// anotherPort is the same host's address with another port.
func anotherPort(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ":8081"
	}
	if port == "8081" {
		return net.JoinHostPort(host, "8082")
	}
	return net.JoinHostPort(host, "8081")
}

// openStore opens the database and makes its folder where that is missing.
func openStore(ctx context.Context, file string, log *slog.Logger) (*sqlite.DB, error) {
	// Sealed or not, the file is nobody else's business.
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("the folder for the database cannot be made: %w; choose another file with --db (%s)", err, envName("db"))
	}
	db, err := sqlite.Open(ctx, file, log)
	if err != nil {
		return nil, fmt.Errorf("the database cannot be opened: %w; choose another file with --db (%s)", err, envName("db"))
	}
	return db, nil
}

// stage is a server that is about to run, with what has to run beside it.
type stage struct {
	server      *web.Server
	listener    net.Listener
	own         *url.URL // under which the process reaches itself
	beside      []func(context.Context)
	stopTimeout time.Duration
	log         *slog.Logger
	started     func() // called once the server answers
	stopped     func() // called after a graceful stop; may be nil
}

// play serves until ctx ends, and then stops in order: accept no more, close the channels, let requests finish, end what
// runs beside. The store is the caller's to close after it. A graceful stop is no error.
func (s stage) play(ctx context.Context) error {
	beside, endBeside := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	defer running.Wait()
	defer endBeside()

	served := make(chan error, 1)
	go func() { served <- s.server.Serve(s.listener) }()
	if err := s.waitReady(ctx, served); err != nil {
		return errors.Join(err, s.stop(served))
	}
	for _, task := range s.beside {
		running.Go(func() { task(beside) })
	}
	if ctx.Err() == nil {
		s.started()
		s.log.InfoContext(ctx, "ready", "version", versionText())
	}

	select {
	case err := <-served:
		return fmt.Errorf("the server ended by itself: %w", cmpError(err, errors.New("its listener was closed")))
	case <-ctx.Done():
	}
	s.log.InfoContext(ctx, "stopping: channels close, requests finish; a second signal ends at once")
	if err := s.stop(served); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "stopped")
	if s.stopped != nil {
		s.stopped()
	}
	return nil
}

func (s stage) stop(served <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.stopTimeout)
	defer cancel()
	if err := s.server.Shutdown(ctx); err != nil {
		return fmt.Errorf("the stop was not graceful: %w", err)
	}
	return <-served
}

// waitReady asks the server itself until it can do its work. It returns early, without an error, where ctx ends.
func (s stage) waitReady(ctx context.Context, served chan error) error {
	client := &http.Client{Timeout: readyWithin}
	defer client.CloseIdleConnections()
	deadline := time.After(readyWithin)
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.own.String()+"/readyz", nil)
		if err != nil {
			return err
		}
		last := 0
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
			if last = response.StatusCode; last == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-served:
			served <- nil // for stop
			return cmpError(err, errors.New("the server ended before it answered"))
		case <-ctx.Done():
			return nil
		case <-deadline:
			return fmt.Errorf("the server did not become ready within %v (%d at %s/readyz); its log says why", readyWithin, last, s.own)
		case <-time.After(readyPollGap):
		}
	}
}

func cmpError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
