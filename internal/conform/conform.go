package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Outcome is how a check went.
type Outcome string

// The outcomes.
const (
	Passed     Outcome = "ok"
	Failed     Outcome = "fail"
	NotChecked Outcome = "not checked"
)

// Result is one check's outcome. Detail is empty for a check that passed.
type Result struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"`
	Extra   bool    `json:"extra,omitempty"` // beyond the contract; an extra is never a failure
}

// Report is what a run found.
type Report struct {
	Results []Result `json:"results"`
	Passed  int      `json:"passed"`
	Failed  int      `json:"failed"`
	Skipped int      `json:"notChecked"`
	// Policy is set where the server refuses plain creations by its policy; then nothing else was checked.
	Policy string `json:"policy,omitempty"`
}

// Good reports whether something was checked and nothing failed.
func (r Report) Good() bool { return r.Failed == 0 && r.Passed > 0 }

// EventsMode says how the checks get events into a session.
type EventsMode string

// The modes.
const (
	EventsAPI    EventsMode = "api"    // post them to the events API
	EventsManual EventsMode = "manual" // somebody goes through an enrolment with a phone
)

// Options says what to check. URL and Bearer are needed.
type Options struct {
	URL    string // of the server; http or https, with or without a path before /api
	Bearer string // may create sessions
	Events EventsMode
	// Ask is called in EventsManual with a new session's text and link, so that somebody can scan it. Nil leaves the
	// checks of events unmade.
	Ask func(text, link string)
	// AskFor is how long to wait for the enrolment; zero for 5 minutes.
	AskFor time.Duration
	// Slow waits for a session's expiry, 30 minutes.
	Slow bool
	// Only keeps the checks whose name contains one of these; empty for all.
	Only []string
	// Lifetime is a session's life; zero for 30 minutes, which is the contract's.
	Lifetime time.Duration
	// Patience is how long a frame or a close that is due may take; zero for 10 seconds.
	Patience time.Duration
	// HTTPClient makes the calls; nil for one with sensible time-outs. It must not follow redirects.
	HTTPClient *http.Client
	// Each is called with every result, in the order of the checks, as soon as it is known; may be nil.
	Each func(Result)
}

const (
	defaultLifetime = 30 * time.Minute
	defaultAskFor   = 5 * time.Minute
	callTimeout     = 15 * time.Second
	checkTimeout    = 60 * time.Second // for a check that waits for nothing long
)

// Run makes the checks and reports them. It returns an error only where the checks cannot begin: options that make
// no sense, a server that does not answer, or ctx's end. A failed check is no error.
func Run(ctx context.Context, o Options) (Report, error) {
	s, err := newServer(o)
	if err != nil {
		return Report{}, err
	}
	if err := s.reach(ctx); err != nil {
		return Report{}, err
	}
	if refused, err := s.refusedByPolicy(ctx); err != nil {
		return Report{}, err
	} else if refused != "" {
		r := Report{Policy: refused}
		r.add(o, Result{Name: "layer 1", Outcome: NotChecked, Detail: "layer 1 refused by policy: " + refused})
		return r, nil
	}

	chosen := selected(o.Only)
	if len(chosen) == 0 {
		return Report{}, fmt.Errorf("no check is named like %q", strings.Join(o.Only, ", "))
	}
	results := make([]chan Result, len(chosen))
	var beside sync.WaitGroup
	defer beside.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for i, c := range chosen {
		results[i] = make(chan Result, 1)
		if c.beside {
			beside.Go(func() { results[i] <- s.perform(ctx, c) })
		}
	}
	var report Report
	for i, c := range chosen {
		if !c.beside {
			results[i] <- s.perform(ctx, c)
		}
		result := <-results[i]
		if ctx.Err() != nil {
			return report, ctx.Err()
		}
		report.add(o, result)
	}
	return report, nil
}

// Names lists every check, in order.
func Names() []string {
	var names []string
	for _, c := range checks() {
		names = append(names, c.name)
	}
	return names
}

func (r *Report) add(o Options, result Result) {
	r.Results = append(r.Results, result)
	switch result.Outcome {
	case Passed:
		r.Passed++
	case Failed:
		r.Failed++
	case NotChecked:
		r.Skipped++
	}
	if o.Each != nil {
		o.Each(result)
	}
}

// check is one line of the contract. run returns nil where it holds, a *skipped where it could not be looked at.
type check struct {
	name   string
	run    func(ctx context.Context, s *server) error
	beside bool // waits long, so it runs beside the others
	extra  bool // beyond the contract
}

func checks() []check {
	var all []check
	for _, group := range [][]check{
		creationChecks, bodyChecks, claimChecks, deletionChecks, errorChecks, channelChecks, eventChecks, waitingChecks,
	} {
		all = append(all, group...)
	}
	return all
}

func selected(only []string) []check {
	if len(only) == 0 {
		return checks()
	}
	var chosen []check
	for _, c := range checks() {
		for _, part := range only {
			if strings.Contains(c.name, part) {
				chosen = append(chosen, c)
				break
			}
		}
	}
	return chosen
}

type skipped struct{ why string }

func (s *skipped) Error() string { return s.why }

func skip(why string) error { return &skipped{why} }

func (s *server) perform(ctx context.Context, c check) Result {
	if !c.beside {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, checkTimeout)
		defer cancel()
	}
	err := c.run(ctx, s)
	result := Result{Name: c.name, Outcome: Passed, Extra: c.extra}
	if why, ok := errors.AsType[*skipped](err); ok {
		result.Outcome, result.Detail = NotChecked, why.Error()
	} else if err != nil {
		result.Outcome, result.Detail = Failed, err.Error()
		if c.extra {
			result.Outcome = NotChecked
		}
	}
	return result
}

func parseBase(text string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, errors.New("the server's address must be a URL such as https://baton.example.com")
	}
	base.RawQuery, base.Fragment = "", ""
	return base, nil
}
