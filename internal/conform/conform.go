package conform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Outcome is how a check went.
type Outcome string

// The outcomes.
const (
	Passed     Outcome = "ok"
	Failed     Outcome = "failed"
	NotChecked Outcome = "not checked"
)

// Result is one check's outcome. Detail is empty for a check that passed.
type Result struct {
	ID       string  `json:"id"`    // stays the same for ever
	Layer    int     `json:"layer"` // of the contract: 1, the seed's, or 2
	Name     string  `json:"title"`
	Outcome  Outcome `json:"outcome"`
	Detail   string  `json:"detail,omitempty"`
	Extra    bool    `json:"extra,omitempty"` // beyond the contract; an extra is never a failure
	Duration int64   `json:"durationMs"`
}

// Report is what a run found.
type Report struct {
	Results []Result `json:"results"`
	Summary `json:"summary"`
	// Policy is set where the server refuses plain creations by its policy; then nothing else of layer 1 was checked, and
	// of layer 2 only what such a policy lets be created.
	Policy string `json:"policy,omitempty"`
	// Layer1Only is set where layer 2 was to be checked and the server knows none.
	Layer1Only bool `json:"layer1Only,omitempty"`
}

// Summary counts the results.
type Summary struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"notChecked"`
}

// Good reports whether something was checked, of each layer that was asked for, and nothing failed.
func (r Report) Good() bool { return r.Failed == 0 && r.Passed > 0 && !r.Layer1Only }

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
	// Extended checks layer 2 as well.
	Extended bool
	// Slow waits for a session's expiry, 30 minutes, and for what changes every 20 seconds.
	Slow bool
	// Only keeps the checks of these ids, and those whose id or name contains one that is no id; empty for all.
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
	var report Report
	chosen, err := s.choose(ctx, &report)
	if err != nil {
		return Report{}, err
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

// choose finds out what the server lets be checked, and reports what it does not.
func (s *server) choose(ctx context.Context, report *Report) ([]check, error) {
	o := s.options
	all := checks()
	if o.Extended {
		all = append(all, extendedChecks()...)
	}
	chosen := selected(all, o.Only)
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no check is named like %q", strings.Join(o.Only, ", "))
	}
	refused, err := s.refusedByPolicy(ctx)
	if err != nil {
		return nil, err
	}
	if refused != "" {
		report.Policy, s.strict = refused, true
		report.add(o, Result{ID: "layer1", Layer: 1, Name: "layer 1", Outcome: NotChecked, Detail: "layer 1 refused by policy: " + refused})
		chosen = slices.DeleteFunc(chosen, func(c check) bool { return c.layer == 1 })
	}
	if !o.Extended {
		return chosen, nil
	}
	knows, err := s.knowsLayer2(ctx)
	if err != nil {
		return nil, err
	}
	if !knows {
		report.Layer1Only = true
		report.add(o, Result{ID: "layer2", Layer: 2, Name: "layer 2", Outcome: NotChecked, Detail: "this server knows layer 1 only"})
		chosen = slices.DeleteFunc(chosen, func(c check) bool { return c.layer == 2 })
	}
	return chosen, nil
}

// Names lists every check of layer 1, in order.
func Names() []string {
	var names []string
	for _, c := range checks() {
		names = append(names, c.name)
	}
	return names
}

// Checks lists every check of both layers, in order: id, layer and name of what would be its result.
func Checks() []Result {
	var all []Result
	for _, c := range append(checks(), extendedChecks()...) {
		all = append(all, Result{ID: c.id, Layer: c.layer, Name: c.name, Extra: c.extra})
	}
	return all
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
	id     string // never used for another one
	layer  int
	name   string
	run    func(ctx context.Context, s *server) error
	beside bool // waits long, so it runs beside the others
	extra  bool // beyond the contract
	slow   bool // takes longer than anybody waits who has not asked for it
	strict bool // makes only sessions that the strictest policy allows
}

func checks() []check {
	var all []check
	for _, group := range [][]check{
		creationChecks, bodyChecks, claimChecks, deletionChecks, errorChecks, channelChecks, eventChecks, enrolmentChecks, waitingChecks,
	} {
		all = append(all, inLayer(1, group)...)
	}
	return all
}

func extendedChecks() []check {
	var all []check
	for _, group := range [][]check{
		optionChecks, deviceChecks, separateChecks, confirmChecks, rotateChecks, openChecks, reportChecks, statusChecks, watchChecks, streamChecks, pageChecks,
	} {
		all = append(all, inLayer(2, group)...)
	}
	return all
}

func inLayer(layer int, group []check) []check {
	group = slices.Clone(group)
	for i := range group {
		group[i].layer = layer
	}
	return group
}

func selected(all []check, only []string) []check {
	if len(only) == 0 {
		return all
	}
	var chosen []check
	for _, c := range all {
		if slices.ContainsFunc(only, func(part string) bool { return c.isCalled(part, all) }) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// isCalled reports whether part is the check's id, or, where it is no check's, stands in its id or name.
func (c check) isCalled(part string, all []check) bool {
	if slices.ContainsFunc(all, func(other check) bool { return other.id == part }) {
		return c.id == part
	}
	return strings.Contains(c.name, part) || strings.Contains(c.id, part)
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
	result := Result{ID: c.id, Layer: c.layer, Name: c.name, Outcome: Passed, Extra: c.extra}
	began := time.Now()
	var err error
	switch {
	case s.strict && !c.strict:
		err = skip("it needs a session that this server's policy refuses")
	case c.slow && !s.options.Slow:
		err = skip("it takes up to a minute; --slow waits for it")
	default:
		err = c.run(ctx, s)
	}
	result.Duration = time.Since(began).Milliseconds()
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
