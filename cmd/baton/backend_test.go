package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"baton/internal/client"
	"baton/internal/sandbox"
)

// backend plays a customer's server against a running program.
type backend struct {
	ctx            context.Context
	server, bearer string
}

type created struct {
	ID   string `json:"sessionId"`
	Text string `json:"qrCodeText"`
	Link string `json:"qrCodeTextWithDynamicLink"`
}

// newBackend gets a bearer from the sandbox of demo and uses it at server.
func newBackend(ctx context.Context, demo, server string) (backend, error) {
	bearer, err := client.FetchToken(ctx, nil, demo+"/sandbox/api/oauth/token", sandbox.DefaultClientID, sandbox.DefaultClientSecret)
	return backend{ctx, server, bearer}, err
}

func (b backend) create(data string) (created, error) {
	var made created
	err := b.call(http.MethodPost, "/api/v1/session", "Bearer "+b.bearer, map[string]string{"data": data}, &made)
	return made, err
}

// expect creates a session with these steps and no data.
func (b backend) expect(steps []string) (created, error) {
	var made created
	err := b.call(http.MethodPost, "/api/v1/session", "Bearer "+b.bearer, map[string]any{"data": "", "steps": steps}, &made)
	return made, err
}

func (b backend) report(id, service string) error {
	return b.call(http.MethodPost, "/api/v1/session/"+id+"/events", "Bearer "+b.bearer, map[string]string{"service": service}, nil)
}

// claim returns the data.
func (b backend) claim(text string) (string, error) {
	var claimed struct {
		Data string `json:"data"`
	}
	err := b.call(http.MethodGet, "/api/v1/session", text, nil, &claimed)
	return claimed.Data, err
}

func (b backend) call(method, path, authorization string, body, answer any) error {
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(b.ctx, method, b.server+path, sent)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, strings.TrimSpace(string(read)))
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(read, answer)
}
