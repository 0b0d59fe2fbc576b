package sqlite_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"baton/internal/handoff"
	"baton/sqlite"
)

func TestWriterSharesItsCommits(t *testing.T) {
	db := open(t)
	hold := holdWriter(t, db)
	before := db.Commits()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := db.Create(t.Context(), session()); err != nil {
				t.Error(err)
			}
		})
	}
	await(t, func() bool { return db.Waiting() == 50 })
	hold.release()
	wg.Wait()
	if commits := db.Commits() - before; commits != 1 {
		t.Errorf("51 changes that wait together take %d commits, want 1", commits)
	}
}

func TestWriterBoundsATransaction(t *testing.T) {
	const jobs = 300
	db := open(t)
	hold := holdWriter(t, db)
	before := db.Commits()
	var wg sync.WaitGroup
	for range jobs {
		wg.Go(func() {
			if err := db.Create(t.Context(), session()); err != nil {
				t.Error(err)
			}
		})
	}
	await(t, func() bool { return db.Waiting() == jobs })
	hold.release()
	wg.Wait()
	if commits := db.Commits() - before; commits < 2 || commits > 4 {
		t.Errorf("%d changes that wait together take %d commits, want 3", jobs+1, commits)
	}
}

func TestOneChangesFailureIsItsOwn(t *testing.T) {
	db := open(t)
	taken := mustCreate(t, db)
	twin := session()
	twin.ID = taken.ID
	failure := errors.New("no")
	outcomes := together(t, db, map[string]func() error{
		"good":     func() error { return db.Create(t.Context(), session()) },
		"conflict": func() error { return db.Create(t.Context(), twin) },
		"refused": func() error {
			_, err := db.Append(t.Context(), taken.ID, taken.CreatedAt, func(*handoff.Session) ([]handoff.Event, error) { return nil, failure })
			return err
		},
		"panics": func() error {
			_, err := db.Append(t.Context(), taken.ID, taken.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
				s.Status = handoff.StatusFailed
				panic("a mistake with a secret")
			})
			return err
		},
		"bad statement": func() error { return db.Exec(t.Context(), "SELECT nothing FROM nowhere") },
		"also good":     func() error { return db.Create(t.Context(), session()) },
	})
	for name, want := range map[string]handoff.Code{
		"good": "", "also good": "", "conflict": handoff.CodeConflict, "panics": handoff.CodeUnexpected, "bad statement": handoff.CodeUnexpected,
	} {
		if got := outcomes[name]; handoff.ErrorCode(got) != want {
			t.Errorf("%s: %v, want %q", name, got, want)
		}
	}
	if outcomes["refused"] != failure {
		t.Errorf("refused: %v, want the function's own error", outcomes["refused"])
	}
	if message := outcomes["panics"].Error(); strings.Contains(message, "secret") {
		t.Errorf("the panic's text is in the error: %q", message)
	}
	if got, err := db.ByID(t.Context(), taken.ID, taken.CreatedAt); err != nil || got.Status != handoff.StatusCreated {
		t.Errorf("after the panic the session is %q, %v", got.Status, err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("the writer does not live on: %v", err)
	}
}

// Sessions that were made in a transaction that is lost as a whole must not be acknowledged, nor refused as taken.
func TestALostTransactionIsTold(t *testing.T) {
	orphan := `INSERT INTO event (session, seq, kind, step, status, notice, reason) VALUES (999, 1, '', '', '', '', '')`
	for name, statements := range map[string][]string{
		"AtItsCommit":   {"PRAGMA defer_foreign_keys = ON", orphan},
		"InTheMidst":    {"INSERT OR ROLLBACK INTO ready (one, at) VALUES (2, 0)"},
		"BehindOurBack": {"ROLLBACK", "SELECT nothing FROM nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			first, second := session(), session()
			twin := first
			hold := holdWriter(t, db)
			var outcomes [3]error
			var wg sync.WaitGroup
			for i, change := range []func() error{
				func() error { return db.Create(t.Context(), first) },
				func() error { return db.Create(t.Context(), twin) },
				func() error { return db.Exec(t.Context(), statements...) },
			} {
				wg.Go(func() { outcomes[i] = change() })
				await(t, func() bool { return db.Waiting() == i+1 }) // so that their order is known
			}
			hold.release()
			wg.Wait()
			for i, name := range []string{"the first", "its twin", "the one that breaks it"} {
				if handoff.ErrorCode(outcomes[i]) != handoff.CodeUnavailable {
					t.Errorf("%s: %v, want %s", name, outcomes[i], handoff.CodeUnavailable)
				}
			}
			if _, err := db.ByID(t.Context(), first.ID, first.CreatedAt); handoff.ErrorCode(err) != handoff.CodeNotFound {
				t.Errorf("the first session: %v, want %s", err, handoff.CodeNotFound)
			}
			for _, s := range []handoff.Session{first, second} {
				if err := db.Create(t.Context(), s); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			}
		})
	}
}

func TestAFullDiskIsUnavailable(t *testing.T) {
	db := open(t)
	if err := db.Exec(t.Context(), "PRAGMA max_page_count = 40"); err != nil { // SQLite's own way to a full disk
		t.Fatal(err)
	}
	var kept []handoff.Session
	var err error
	for err == nil && len(kept) < 1000 {
		s := session()
		s.SealedData = make([]byte, 8<<10)
		if err = db.Create(t.Context(), s); err == nil {
			kept = append(kept, s)
		}
	}
	if handoff.ErrorCode(err) != handoff.CodeUnavailable || !strings.Contains(handoff.ErrorMessage(err), "room") {
		t.Errorf("a full disk answers %v, want %s and why", err, handoff.CodeUnavailable)
	}
	for _, s := range kept {
		if _, err := db.ByID(t.Context(), s.ID, s.CreatedAt); err != nil {
			t.Errorf("a session that was acknowledged before: %v", err)
		}
	}
	if err := db.Exec(t.Context(), "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, db)
}

func TestACallerWhoGivesUp(t *testing.T) {
	t.Run("BeforeItsTurnIsAnsweredAtOnceAndChangesNothing", func(t *testing.T) {
		db := open(t)
		hold := holdWriter(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		s, answer := session(), make(chan error, 1)
		go func() { answer <- db.Create(ctx, s) }()
		await(t, func() bool { return db.Waiting() == 1 })
		cancel()
		err := <-answer // while the writer is still held
		if !errors.Is(err, context.Canceled) || handoff.ErrorCode(err) != handoff.CodeUnavailable {
			t.Errorf("answer is %v, want %s because of context.Canceled", err, handoff.CodeUnavailable)
		}
		hold.release()
		if err := db.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.ByID(t.Context(), s.ID, s.CreatedAt); handoff.ErrorCode(err) != handoff.CodeNotFound {
			t.Errorf("the session: %v, want %s", err, handoff.CodeNotFound)
		}
	})

	t.Run("OnceBegunIsToldWhatHappened", func(t *testing.T) {
		db := open(t)
		s := mustCreate(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		events, err := db.Append(ctx, s.ID, s.CreatedAt, func(s *handoff.Session) ([]handoff.Event, error) {
			cancel()
			return scanned(s)
		})
		if err != nil || len(events) != 1 {
			t.Errorf("answer is %v, %v; want the event", events, err)
		}
		if got, err := db.EventsAfter(t.Context(), s.ID, s.CreatedAt, 0); err != nil || len(got) != 1 {
			t.Errorf("stored are %v, %v; want the event", got, err)
		}
	})
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	db := open(t)
	s := mustCreate(t, db)
	hold := holdWriter(t, db)
	defer hold.release()
	if _, err := db.ByTicket(t.Context(), s.Ticket, s.CreatedAt); err != nil {
		t.Error(err)
	}
	if _, err := db.EventsAfter(t.Context(), s.ID, s.CreatedAt, 0); err != nil {
		t.Error(err)
	}
}

type held struct {
	once    sync.Once
	let     chan struct{}
	stopped chan struct{}
}

func (h *held) release() {
	h.once.Do(func() { close(h.let) })
	<-h.stopped
}

// holdWriter keeps the writer inside a change until it is released, so that what comes waits together.
func holdWriter(t *testing.T, db *sqlite.DB) *held {
	t.Helper()
	s := mustCreate(t, db)
	h := &held{let: make(chan struct{}), stopped: make(chan struct{})}
	inside := make(chan struct{})
	go func() {
		defer close(h.stopped)
		db.Append(t.Context(), s.ID, s.CreatedAt, func(*handoff.Session) ([]handoff.Event, error) {
			close(inside)
			<-h.let
			return nil, nil
		})
	}()
	<-inside
	t.Cleanup(h.release)
	return h
}

// together runs changes in one transaction and returns their outcomes by name.
func together(t *testing.T, db *sqlite.DB, changes map[string]func() error) map[string]error {
	t.Helper()
	hold := holdWriter(t, db)
	before := db.Commits()
	var mu sync.Mutex
	outcomes := make(map[string]error)
	var wg sync.WaitGroup
	for name, change := range changes {
		wg.Go(func() {
			err := change()
			mu.Lock()
			defer mu.Unlock()
			outcomes[name] = err
		})
	}
	await(t, func() bool { return db.Waiting() == len(changes) })
	hold.release()
	wg.Wait()
	if commits := db.Commits() - before; commits != 1 {
		t.Errorf("they took %d commits, want 1", commits)
	}
	return outcomes
}

// What tidies up stands at a door of its own, which must not stay shut for ever.
func TestASweepEndsWithTheDatabase(t *testing.T) {
	db := open(t)
	fillExpired(t, db, 300)
	began, ended := make(chan struct{}), make(chan error)
	go func() {
		for first := true; ; first = false {
			_, err := db.DeleteExpired(t.Context(), time.Now(), 1)
			if first {
				close(began)
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	<-began
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; handoff.ErrorCode(err) != handoff.CodeUnavailable {
		t.Errorf("the sweep ends with %v, want %s", err, handoff.CodeUnavailable)
	}
}

func TestSweepsReadNoWholeTable(t *testing.T) {
	conn := open(t).Connections(t)["writer"][0]
	for name, statement := range sqlite.Sweeps {
		rows, err := conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(detail, "SCAN") && !strings.Contains(detail, "INDEX") || strings.Contains(detail, "TEMP B-TREE") {
				t.Errorf("%s: %s", name, detail)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
