package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The torture tests say by count what "answered 200 is never lost" and "every page catches up" are worth. They run
// shortly with all tests; `make torture` runs them for as long as one likes.
const (
	tortureForEnv  = "BATON_TORTURE"      // how long each of them runs, such as 10m
	tortureSeedEnv = "BATON_TORTURE_SEED" // the number that a failure printed, to make the same choices again
	// tortureCountsEnv names a file for what was counted; `make test` prints it.
	tortureCountsEnv = "BATON_TORTURE_COUNTS"
)

// tortureFor is how long to torture, or usual where nobody asked for more.
func tortureFor(t *testing.T, usual time.Duration) (d time.Duration, asked bool) {
	t.Helper()
	text := os.Getenv(tortureForEnv)
	if text == "" {
		return usual, false
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatalf("%s takes a time such as 10m, not %q", tortureForEnv, text)
	}
	return d, true
}

// count logs what a torture counted, and appends it to the file that tortureCountsEnv names: go test shows no log of a
// package that passes.
func count(t *testing.T, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	t.Log(text)
	name := os.Getenv(tortureCountsEnv)
	if name == "" {
		return
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Error(err)
		return
	}
	_, err = fmt.Fprintf(file, "%s: %s\n", t.Name(), strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    "))
	if err := errors.Join(err, file.Close()); err != nil {
		t.Error(err)
	}
}

// chance draws what a torture does. Its seed fixes the choices; what the scheduler and the disk make of them differs from
// run to run.
type chance struct{ *rand.Rand }

// newSeed is the one from the environment or a fresh one. It is logged either way.
func newSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(tortureSeedEnv); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s takes the number that a run printed, not %q", tortureSeedEnv, text)
		}
	}
	t.Logf("seed: %s=%d", tortureSeedEnv, seed)
	return seed
}

// drawing is the chance of one actor: no two actors share one, so that their order does not matter.
func drawing(seed uint64, actor int) chance {
	return chance{rand.New(rand.NewPCG(seed, uint64(actor)))}
}

// once reports true one time in n.
func (c chance) once(n int) bool { return c.IntN(n) == 0 }

// upTo is a time from nothing to d.
func (c chance) upTo(d time.Duration) time.Duration { return time.Duration(c.Int64N(int64(d) + 1)) }

func pick[T any](c chance, of ...T) T { return of[c.IntN(len(of))] }

// text is one of up to most characters, some of which JSON must escape and some of which take several bytes.
func (c chance) text(most int) string {
	alphabet := []rune("abcxyz019 \"\\/<>&\n\t\u0000\u2028äßعπ😀")
	drawn := make([]rune, c.IntN(most+1))
	for i := range drawn {
		drawn[i] = alphabet[c.IntN(len(alphabet))]
	}
	return string(drawn)
}

// tally is what a torture counts.
type tally struct {
	sessions, events int // acknowledged
	lost             int // acknowledged, and not there
	doubled          int // there more often than it was reported, or under two numbers
	disordered       int // there in another order than it was acknowledged in, or after the end
	changed          int // there with other content
	unseen           int // there although its caller saw no answer: allowed
	said             []string
}

const saidMost = 20

func (t *tally) wrong(count *int, format string, args ...any) {
	*count++
	if len(t.said) < saidMost {
		t.said = append(t.said, fmt.Sprintf(format, args...))
	}
}

func (t *tally) add(more tally) {
	t.sessions += more.sessions
	t.events += more.events
	t.lost += more.lost
	t.doubled += more.doubled
	t.disordered += more.disordered
	t.changed += more.changed
	t.unseen += more.unseen
	t.said = slices.Concat(t.said, more.said)
	t.said = t.said[:min(len(t.said), saidMost)]
}

func (t *tally) faults() int { return t.lost + t.doubled + t.disordered + t.changed }

func (t *tally) String() string {
	return fmt.Sprintf("sessions acknowledged: %d, events acknowledged: %d, lost: %d, doubled: %d, out of order: %d, changed: %d, stored without an answer seen (allowed): %d",
		t.sessions, t.events, t.lost, t.doubled, t.disordered, t.changed, t.unseen)
}

// report fails the test for any fault.
func (t *tally) report(test *testing.T) {
	test.Helper()
	if t.faults() > 0 {
		test.Errorf("faults: %d\n  %s", t.faults(), strings.Join(t.said, "\n  "))
	}
}
