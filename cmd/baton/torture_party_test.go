package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// party is a backend, a phone or a page without WebSocket: whoever calls the API and may see no answer.
type party struct {
	client  *http.Client
	address func() string // of the server at the moment, or of what stands before it
	bearer  func() string
	ctx     context.Context
}

// newParty makes one whose calls take no longer than patience. close ends its connections.
func newParty(ctx context.Context, address, bearer func() string, patience time.Duration) (p party, close func()) {
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	return party{&http.Client{Transport: transport, Timeout: patience}, address, bearer, ctx}, transport.CloseIdleConnections
}

// call returns the answer once it is whole; status is 0 where none came. Headers come in pairs.
func (p party) call(method, path, body string, headers ...string) (status int, answer []byte) {
	request, err := http.NewRequestWithContext(p.ctx, method, p.address()+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := p.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	if answer, err = io.ReadAll(response.Body); err != nil {
		return 0, nil
	}
	return response.StatusCode, answer
}

// unknown reports whether an answer leaves open what happened. 400 is what a server says of a request that the network cut
// short, for every one here is well formed.
func unknown(status int) bool {
	return status == 0 || status == http.StatusBadRequest || status == http.StatusRequestTimeout || status >= 500
}

// create returns nil where no answer was seen: then nobody will ever know of the session.
func (p party) create(draw chance, ttl time.Duration) *record {
	r := &record{data: draw.text(pick(draw, 0, 40, 40, 2000)), token: p.bearer(), created: time.Now()}
	asked := map[string]any{"data": r.data}
	if draw.once(2) {
		r.token = draw.text(60)
		asked["token"] = r.token
	}
	if ttl != 0 {
		asked["ttlSeconds"] = int(ttl.Seconds())
	}
	body, err := json.Marshal(asked)
	if err != nil {
		panic(err)
	}
	status, answer := p.call(http.MethodPost, "/api/v1/session", string(body), "Authorization", "Bearer "+p.bearer())
	var made struct {
		ID      string    `json:"sessionId"`
		Ticket  string    `json:"qrCodeText"`
		Expires time.Time `json:"expiresAt"`
	}
	if status != http.StatusOK || json.Unmarshal(answer, &made) != nil {
		return nil
	}
	r.id, r.ticket, r.expires = made.ID, made.Ticket, made.Expires
	return r
}

// claim reports whether the answer was 200. What it says is held against what was created.
func (p party) claim(r *record) (status int, err error) {
	r.mu.Lock()
	r.claims = true
	r.mu.Unlock()
	status, answer := p.call(http.MethodGet, "/api/v1/session", "", "Authorization", r.ticket)
	if status != http.StatusOK {
		return status, nil
	}
	var got struct {
		ID    string `json:"sessionId"`
		Token string `json:"token"`
		Data  string `json:"data"`
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.ID != r.id || got.Token != r.token || got.Data != r.data {
		return status, fmt.Errorf("session %s: its claim was answered with another id, token or data", r.id)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.claimed == 0 {
		r.claimed = ticks.Add(1)
	}
	return status, nil
}

func (p party) open(r *record) (status int) {
	r.mu.Lock()
	r.opens++
	r.mu.Unlock()
	status, _ = p.call(http.MethodPost, "/api/v1/session/open", "", "Authorization", r.ticket)
	return status
}

func (p party) delete(r *record) (status int) {
	r.mu.Lock()
	r.deletes = true
	r.mu.Unlock()
	if status, _ = p.call(http.MethodDelete, "/api/v1/session", "", "Authorization", r.ticket); status == http.StatusNoContent {
		r.mu.Lock()
		r.deleted = true
		r.mu.Unlock()
	}
	return status
}

// drawPost makes up a report. n, unique within the session, makes skips, ends and keys recognizable.
func drawPost(draw chance, r *record, n int, keyed bool) *post {
	service := pick(draw, "SCAN", "READ", "FACE", "BACKGROUND_CHECK")
	body := map[string]string{}
	p := &post{}
	switch draw.IntN(6) {
	case 0, 1, 2:
		p.told = frame{Type: "event", Service: service}
		body["service"] = service
	case 3:
		p.told = frame{Type: "event", Service: service}
		body["event"], body["status"], body["page"], body["sessionId"] = "COMPLETE", "SUCCESS", service, r.id
	case 4:
		p.told = frame{Type: "notice", Notice: "skipped", Service: service, Reason: "SKIP_" + strconv.Itoa(n)}
		body["skipped"], body["reason"] = service, p.told.Reason
	case 5:
		p.told = frame{Type: "progress"}
		body["event"], body["page"], body["timestamp"] = "VIEW", service, strconv.Itoa(n)
	}
	return p.written(body, n, keyed)
}

// drawEnd makes up a report after which nothing follows.
func drawEnd(draw chance, n int, keyed bool) *post {
	if draw.once(2) {
		return (&post{told: frame{Type: "event", Service: "INFO"}}).written(map[string]string{"service": "INFO"}, n, keyed)
	}
	p := &post{told: frame{Type: "status", Status: pick(draw, "failed", "cancelled"), Reason: "END_" + strconv.Itoa(n)}}
	return p.written(map[string]string{"status": p.told.Status, "reason": p.told.Reason}, n, keyed)
}

func (p *post) written(body map[string]string, n int, keyed bool) *post {
	if keyed {
		p.key = "key-" + strconv.Itoa(n)
		body["key"] = p.key
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	p.body = string(text)
	return p
}

// report sends a post once, by ticket or by bearer, and notes the answer.
func (p party) report(r *record, posted *post) (status int, err error) {
	path, credential := "/api/v1/session/"+r.id+"/events", "Bearer "+p.bearer()
	if posted.asPhone {
		path, credential = "/api/v1/session/events", r.ticket
	}
	status, answer := p.call(http.MethodPost, path, posted.body, "Authorization", credential)
	var got struct {
		Seq uint64 `json:"seq"`
	}
	switch {
	case unknown(status):
		return status, nil
	case status != http.StatusOK:
		return status, r.end(posted, 0)
	case json.Unmarshal(answer, &got) != nil || got.Seq == 0:
		return status, fmt.Errorf("session %s: an event was answered 200 without a number", r.id)
	}
	return status, r.end(posted, got.Seq)
}

// reportTwice sends a keyed post over two connections at the same time, as a client does that gave up too early.
func (p party) reportTwice(r *record, posted *post) (status int, err error) {
	var second error
	var other sync.WaitGroup
	other.Go(func() { _, second = p.report(r, posted) })
	status, err = p.report(r, posted)
	other.Wait()
	if err == nil {
		err = second
	}
	return status, err
}

// reading is a session as the server tells it to a poll.
type reading struct {
	Status string  `json:"status"`
	Seq    uint64  `json:"seq"`
	Events []frame `json:"events"`
}

// read returns what follows after, waiting for as long as wait for it. ok is false where no reading was answered.
func (p party) read(r *record, after uint64, wait time.Duration) (got reading, status int, ok bool) {
	query := "/api/v1/session/events?after=" + strconv.FormatUint(after, 10) + "&wait=" + strconv.Itoa(int(wait.Seconds()))
	status, answer := p.call(http.MethodGet, query, "", "Authorization", r.ticket, "Accept", "application/json")
	return got, status, status == http.StatusOK && json.Unmarshal(answer, &got) == nil
}
