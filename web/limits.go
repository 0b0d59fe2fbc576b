package web

import (
	"cmp"
	"hash/maphash"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"baton/internal/handoff"
)

// Rate is a token bucket: Burst calls at once, and PerSecond from then on. The zero Rate is the default, a negative
// PerSecond no limit. A Burst that is not given is what comes in two seconds.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limit bounds a group of routes by who calls: by the client's address (IPv6 by its /64), by the tenant that a bearer
// names, and by the session. A group is not bounded by what its calls do not name.
type Limit struct {
	Address Rate
	Tenant  Rate
	Session Rate // of a phone's calls: each Baton-Device for itself
}

// Limits bounds how often the server is called. What is over a limit is answered 429 with the seconds to wait in
// Retry-After; a channel that has been upgraded is closed with 4029. Each process counts for itself, in memory, and begins
// anew at its start.
type Limits struct {
	Create  Limit // creations
	Backend Limit // a backend's events and questions
	Phone   Limit // open, claim, confirm, report
	Events  Limit // a phone's events
	Watch   Limit // channels, event streams and polls that are opened
	Picture Limit // the code's picture, the copied link, deletions
	Forms   Limit // the sample registration's forms; Tenant is all of its visitors together

	// Guesses is how often an address may fail: with a bearer that is refused, and, counted apart, with a secret that is
	// missing, unknown, expired or the code of an old picture. Beyond it no bearer and no code of a picture is looked at,
	// right or wrong; a bare secret is beyond guessing, so only the wrong ones are answered 429.
	Guesses Rate

	// Sessions is how many sessions a tenant may create in any half hour, and so the most that it can have alive. Half of
	// them may come at once. Those that end or are deleted early count as well; after a start of the process a half more
	// may come, because what was created before is not known to it. Negative is no limit.
	Sessions int
}

// defaultLimits leave room for honest use: a tenant creates thousands a second, a backend may fetch, draw and delete for
// all of its pages from one address, a whole office sits behind another, and all pages come back at once after a restart.
// A session is one person's. Each pair is calls a second, and calls at once.
var defaultLimits = Limits{
	//             address              tenant               session
	Create:  Limit{Rate{5000, 10_000}, Rate{5000, 10_000}, Rate{}},
	Backend: Limit{Rate{10_000, 20_000}, Rate{10_000, 20_000}, Rate{50, 1500}},
	Phone:   Limit{Rate{500, 2000}, Rate{}, Rate{10, 100}},
	Events:  Limit{Rate{1000, 4000}, Rate{}, Rate{20, 1500}}, // a session's thousand may come at once
	Watch:   Limit{Rate{500, 4000}, Rate{}, Rate{40, 200}},
	Picture: Limit{Rate{1000, 4000}, Rate{}, Rate{10, 100}},
	Forms:   Limit{Rate{20, 200}, Rate{200, 2000}, Rate{}},

	Guesses:  Rate{5, 300},
	Sessions: 10_000_000,
}

// maxBuckets is how many callers each bucket list remembers. There are some twenty lists of buckets of some 120 bytes, so
// that all of them, full, hold under 40 MB, however many addresses an attacker has.
const maxBuckets = 1 << 14

func (r Rate) or(standard Rate) Rate {
	if r.PerSecond == 0 {
		r.PerSecond = standard.PerSecond
		r.Burst = cmp.Or(r.Burst, standard.Burst)
	}
	if r.Burst <= 0 {
		r.Burst = max(int(2*r.PerSecond), 1)
	}
	return r
}

// limiter is the limits at work.
type limiter struct {
	seed maphash.Seed

	create, backend, phone, events, watch, picture, forms *group

	bearers, secrets *buckets // failures of an address
	sessions         *buckets // creations of a tenant
}

// group is the buckets of a group of routes. A nil list is no limit.
type group struct {
	address, tenant, session *buckets
}

func newLimiter(l Limits) *limiter {
	guesses := l.Guesses.or(defaultLimits.Guesses)
	limited := &limiter{
		seed:    maphash.MakeSeed(),
		create:  newGroup("create", l.Create, defaultLimits.Create),
		backend: newGroup("backend", l.Backend, defaultLimits.Backend),
		phone:   newGroup("phone", l.Phone, defaultLimits.Phone),
		events:  newGroup("events", l.Events, defaultLimits.Events),
		watch:   newGroup("watch", l.Watch, defaultLimits.Watch),
		picture: newGroup("picture", l.Picture, defaultLimits.Picture),
		forms:   newGroup("forms", l.Forms, defaultLimits.Forms),
		bearers: newBuckets("guesses of bearers", tooManyGuesses, guesses),
		secrets: newBuckets("guesses of secrets", tooManyGuesses, guesses),
	}
	for _, b := range []*buckets{limited.forms.address, limited.forms.tenant} {
		if b != nil {
			b.told = tooManyForms
		}
	}
	alive := l.Sessions
	if alive == 0 {
		alive = defaultLimits.Sessions
	}
	// A bucket lets its burst and what it refills through: each is half of what any half hour may bring.
	limited.sessions = newBuckets("sessions of a tenant", tooManySessions, Rate{
		PerSecond: float64(alive) / 2 / handoff.MaxTTL.Seconds(), Burst: max(alive/2, 1),
	})
	return limited
}

// opening is the group without its session limit, where that is counted when the session is known.
func (g *group) opening() *group { return &group{address: g.address, tenant: g.tenant} }

func newGroup(name string, given, standard Limit) *group {
	return &group{
		address: newBuckets(name+" by address", tooManyFromAddress, given.Address.or(standard.Address)),
		tenant:  newBuckets(name+" by tenant", tooManyFromTenant, given.Tenant.or(standard.Tenant)),
		session: newBuckets(name+" by session", tooManyForSession, given.Session.or(standard.Session)),
	}
}

// What a caller over a limit is told.
const (
	tooManyFromAddress = "Too many requests come from your address. Try again after the seconds that Retry-After names."
	tooManyFromTenant  = "Your tenant sends too many requests. Try again after the seconds that Retry-After names, and spread them."
	tooManyForSession  = "Too many requests are about this session. Try again after the seconds that Retry-After names."
	tooManyGuesses     = "Too many requests from your address failed for their credential. Check it, and try again after the seconds that Retry-After names."
	tooManyForms       = "Too many forms are sent at the moment. Wait a little, and send yours again." // to a person
	tooManySessions    = "Your tenant has created as many sessions as it may have at once. Try again after the seconds that Retry-After names."
)

// key is what a bucket is found by. The text may be a secret; nothing of it can be read from the key.
func (l *limiter) key(text string) uint64 { return maphash.String(l.seed, text) }

// buckets is one limit: a bucket for each of its callers. Safe for concurrent use.
type buckets struct {
	name string // for the audit and the log
	told string // to a caller over the limit
	rate Rate

	mu    sync.Mutex
	known map[uint64]*bucket
}

type bucket struct {
	*rate.Limiter
	noted time.Time // when a refusal was last written down
}

// newBuckets returns nil, which limits nothing, for a negative rate, and for none.
func newBuckets(name, told string, r Rate) *buckets {
	if r.PerSecond <= 0 {
		return nil
	}
	return &buckets{name: name, told: told, rate: r, known: make(map[uint64]*bucket)}
}

// take takes one call out of a bucket and returns 0, or how long to wait until there is one.
func (b *buckets) take(key uint64, now time.Time) time.Duration {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.open(key, now)
	if of.AllowN(now, 1) {
		return 0
	}
	return b.wait(of, now)
}

// look returns what take would, and takes nothing.
func (b *buckets) look(key uint64, now time.Time) time.Duration {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	of, known := b.known[key]
	if !known || of.TokensAt(now) >= 1 {
		return 0
	}
	return b.wait(of, now)
}

// count takes one call, be it there or not: those that were let in together by look are paid for later.
func (b *buckets) count(key uint64, now time.Time) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open(key, now).ReserveN(now, 1)
}

// forget drops a bucket whose key turned out to name nothing.
func (b *buckets) forget(key uint64) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.known, key)
}

// note reports whether a refusal is to be written down: once a minute for a caller, who must not fill log and audit.
func (b *buckets) note(key uint64, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	of, known := b.known[key]
	if !known || now.Sub(of.noted) < time.Minute {
		return false
	}
	of.noted = now
	return true
}

func (b *buckets) open(key uint64, now time.Time) *bucket {
	of, known := b.known[key]
	if !known {
		if len(b.known) >= maxBuckets {
			b.makeRoom(now)
		}
		of = &bucket{Limiter: rate.NewLimiter(rate.Limit(b.rate.PerSecond), b.rate.Burst)}
		b.known[key] = of
	}
	return of
}

// makeRoom drops the fullest of a few buckets. It loses the least by beginning anew, and an attacker's empty one stays.
func (b *buckets) makeRoom(now time.Time) {
	const few = 8
	var fullest uint64
	most, seen := math.Inf(-1), 0
	for key, of := range b.known { // begins anywhere
		if left := of.TokensAt(now); left > most {
			fullest, most = key, left
		}
		if seen++; seen == few {
			break
		}
	}
	delete(b.known, fullest)
}

func (b *buckets) wait(of *bucket, now time.Time) time.Duration {
	return max(time.Duration((1-of.TokensAt(now))/b.rate.PerSecond*float64(time.Second)), time.Nanosecond)
}
