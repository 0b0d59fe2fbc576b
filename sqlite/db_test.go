package sqlite_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/sandbox"
	"baton/sqlite"
)

func TestOpen(t *testing.T) {
	t.Run("FileAndDirectoryAreTheOwnersOnly", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "deep", "data", "baton.db")
		db := openAt(t, path)
		if err := db.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]fs.FileMode{
			path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
			filepath.Dir(path): 0o700 | fs.ModeDir, filepath.Dir(filepath.Dir(path)): 0o700 | fs.ModeDir,
		} {
			info, err := os.Stat(name)
			if err != nil {
				t.Error(err)
			} else if info.Mode() != want {
				t.Errorf("%s has mode %v, want %v", filepath.Base(name), info.Mode(), want)
			}
		}
	})

	t.Run("EveryCharacterOfAPathIsItsOwn", func(t *testing.T) {
		for _, name := range []string{"a b?c#d%20e&mode=memory.db", "ü+;=:@'\".db", `back\slash.db`} {
			path := filepath.Join(t.TempDir(), name)
			mustCreate(t, openAt(t, path))
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("%q was not written: %v", name, err)
			}
		}
	})

	t.Run("ManyProcessesMayMakeANewFileAtOnce", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "baton.db")
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				db, err := sqlite.Open(t.Context(), path, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if err := errors.Join(db.Ready(t.Context()), db.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})

	t.Run("AnErrorSaysWhatToDo", func(t *testing.T) {
		dir := t.TempDir()
		file := filepath.Join(dir, "file")
		write(t, file, []byte("This is a letter and no database, which is longer than a database's header of 100 bytes, so that it counts."))
		damaged := filepath.Join(dir, "damaged.db")
		damage(t, damaged)
		newer := filepath.Join(dir, "newer.db")
		alter(t, newer, `INSERT INTO schema_version (version_id, is_applied) VALUES (99999, 1)`)
		for name, check := range map[string]struct{ path, says string }{
			"no path":                   {"", "name one"},
			"a database in memory":      {":memory:", "name one"},
			"a directory":               {dir, "name another path"},
			"a file as directory":       {filepath.Join(file, "baton.db"), "name another path"},
			"a file of another kind":    {file, "not a database of this program"},
			"a damaged file":            {damaged, "damaged"},
			"a newer program's":         {newer, "newer version"},
			"a directory beneath files": {filepath.Join(file, "deep", "baton.db"), "Make it yourself"},
		} {
			t.Run(name, func(t *testing.T) {
				before, _ := os.ReadFile(check.path)
				db, err := sqlite.Open(t.Context(), check.path, nil)
				if err == nil {
					db.Close()
					t.Fatal("it opens")
				}
				if !strings.Contains(err.Error(), check.says) {
					t.Errorf("error %q does not say %q", err, check.says)
				}
				if after, _ := os.ReadFile(check.path); !bytes.Equal(before, after) {
					t.Error("the file was changed")
				}
			})
		}
	})
}

func TestEveryConnectionHasThePragmas(t *testing.T) {
	for kind, connections := range open(t).Connections(t) {
		if kind == "reader" && len(connections) < 2 {
			t.Errorf("the read pool has %d connections, want several", len(connections))
		}
		for i, conn := range connections {
			for pragma, want := range map[string]string{
				"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
				"query_only": map[string]string{"reader": "1", "writer": "0"}[kind],
			} {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s %d: %s is %q (%v), want %q", kind, i, pragma, got, err, want)
				}
			}
		}
	}
}

func TestARestartKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baton.db")
	db, err := sqlite.Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	service := handoff.NewService(db, quietBell{}, nil, nil)
	_, secrets, err := service.Create(t.Context(), handoff.Creation{Tenant: "t", Token: handoff.NewToken("the token"), Data: "the data"})
	if err != nil {
		t.Fatal(err)
	}
	ticket := secrets.Ticket
	if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	if _, err := service.Publish(t.Context(), ticket, handoff.Progress{Step: handoff.StepScan, Key: "k"}); err != nil {
		t.Fatal(err)
	}
	session, err := service.ByTicket(t.Context(), ticket)
	if err != nil {
		t.Fatal(err)
	}
	events, err := service.EventsAfter(t.Context(), session.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	person := registration.Registration{Digest: registration.NewKey().Digest(), Form: registration.Form{Name: "Ana Specimen"}, CreatedAt: soon()}
	key := sandbox.SigningKey{ID: "kid", PKCS8: []byte("der")}
	result := sandbox.Result{SessionID: string(session.ID), ClientID: "sandbox", JWS: "a.b.c", ExpiresAt: soon()}
	if err := errors.Join(db.CreateRegistration(t.Context(), person), db.SaveResult(t.Context(), result, time.Now())); err != nil {
		t.Fatal(err)
	}
	if _, err := db.SigningKey(t.Context(), func() (sandbox.SigningKey, error) { return key, nil }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	db = openAt(t, path)
	service = handoff.NewService(db, quietBell{}, nil, nil)
	again, token, data, err := service.Claim(t.Context(), ticket)
	if err != nil || token.Reveal() != "the token" || data != "the data" {
		t.Errorf("the claim answers %q, %q, %v", token.Reveal(), data, err)
	}
	if diff := cmp.Diff(session, again); diff != "" {
		t.Errorf("session (-before +after):\n%s", diff)
	}
	kept, err := service.EventsAfter(t.Context(), session.ID, 0)
	if diff := cmp.Diff(events, kept); diff != "" || err != nil {
		t.Errorf("events (-before +after):\n%s%v", diff, err)
	}
	if event, err := service.Publish(t.Context(), ticket, handoff.Progress{Step: handoff.StepRead}); err != nil || event.Seq != session.Seq+1 {
		t.Errorf("the next event is %d, %v; want %d", event.Seq, err, session.Seq+1)
	}
	if got, err := db.Registration(t.Context(), person.Digest); err != nil || got.Form != person.Form {
		t.Errorf("the registration is %v, %v", got, err)
	}
	if got, err := db.Result(t.Context(), result.SessionID, time.Now()); err != nil || got.JWS != result.JWS {
		t.Errorf("the result is %v, %v", got, err)
	}
	got, err := db.SigningKey(t.Context(), func() (sandbox.SigningKey, error) { return sandbox.SigningKey{}, errors.New("made twice") })
	if diff := cmp.Diff(key, got); diff != "" || err != nil {
		t.Errorf("the signing key (-before +after):\n%s%v", diff, err)
	}
}

func TestNoSecretIsInTheFiles(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, filepath.Join(dir, "baton.db"))
	service := handoff.NewService(db, quietBell{}, nil, nil)
	token, data := "token-"+strings.Repeat("t0ken", 20), "data-"+strings.Repeat("dat4", 20)
	_, secrets, err := service.Create(t.Context(), handoff.Creation{Tenant: "a-tenant", Token: handoff.NewToken(token), Data: data})
	if err != nil {
		t.Fatal(err)
	}
	ticket := secrets.Ticket
	if _, _, _, err := service.Claim(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	if _, err := service.Publish(t.Context(), ticket, handoff.Progress{Step: handoff.StepInfo}); err != nil {
		t.Fatal(err)
	}
	key := registration.NewKey()
	if err := db.CreateRegistration(t.Context(), registration.Registration{Digest: key.Digest(), CreatedAt: soon()}); err != nil {
		t.Fatal(err)
	}
	search := func(when string) {
		var all []byte
		names, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, content...)
		}
		if !bytes.Contains(all, []byte("a-tenant")) {
			t.Errorf("%s: the search finds nothing at all", when)
		}
		for what, secret := range map[string]string{
			"ticket": ticket.Reveal(), "token": "t0kent0ken", "data": "dat4dat4", "registration key": key.Reveal(),
		} {
			if bytes.Contains(all, []byte(secret)) {
				t.Errorf("%s: the %s stands in the files", when, what)
			}
		}
	}
	search("while open")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	search("when closed")
}

func TestClose(t *testing.T) {
	t.Run("TheLogIsFoldedIntoTheFile", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "baton.db")
		db := openAt(t, path)
		s := mustCreate(t, db)
		if _, err := db.ByID(t.Context(), s.ID, s.CreatedAt); err != nil { // so that a reader is open, too
			t.Fatal(err)
		}
		if err := errors.Join(db.Close(), db.Close()); err != nil {
			t.Fatal(err)
		}
		if left, _ := filepath.Glob(path + "-*"); len(left) != 0 {
			t.Errorf("beside the file lies %v", left)
		}
		content, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(content, []byte(s.ID)) {
			t.Errorf("the file does not hold the session: %v", err)
		}
	})

	t.Run("AfterwardsEveryMethodIsUnavailable", func(t *testing.T) {
		db := open(t)
		s := mustCreate(t, db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		_, byID := db.ByID(t.Context(), s.ID, s.CreatedAt)
		_, after := db.EventsAfter(t.Context(), s.ID, s.CreatedAt, 0)
		_, person := db.Registration(t.Context(), handoff.Digest{})
		_, result := db.Result(t.Context(), "id", time.Now())
		for name, err := range map[string]error{
			"Ready": db.Ready(t.Context()), "Create": db.Create(t.Context(), session()), "ByID": byID, "EventsAfter": after,
			"Registration": person, "Result": result,
		} {
			if handoff.ErrorCode(err) != handoff.CodeUnavailable || !strings.Contains(handoff.ErrorMessage(err), "stopping") {
				t.Errorf("%s answers %v, want %s and that it stops", name, err, handoff.CodeUnavailable)
			}
		}
	})

	t.Run("WhatWasAcknowledgedMeanwhileIsKeptAndNothingElse", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "baton.db")
		db := openAt(t, path)
		var mu sync.Mutex
		kept := make(map[handoff.SessionID]bool)
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				for {
					s := session()
					err := db.Create(t.Context(), s)
					if err != nil && handoff.ErrorCode(err) != handoff.CodeUnavailable {
						t.Error(err)
					}
					mu.Lock()
					kept[s.ID] = err == nil
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
		await(t, func() bool { return db.Commits() > 3 })
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		db = openAt(t, path)
		for id, want := range kept {
			if _, err := db.ByID(t.Context(), id, time.Now()); (err == nil) != want {
				t.Errorf("acknowledged: %t, then: %v", want, err)
			}
		}
	})
}

func TestTwoOnOneFileDamageNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baton.db")
	dbs := []*sqlite.DB{openAt(t, path), openAt(t, path)}
	shared := mustCreate(t, dbs[0])
	var wg sync.WaitGroup
	for _, db := range dbs {
		for range 4 {
			wg.Go(func() {
				for range 20 {
					if _, err := db.Append(t.Context(), shared.ID, shared.CreatedAt, scanned); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	events, err := dbs[1].EventsAfter(t.Context(), shared.ID, shared.CreatedAt, 0)
	if err != nil || len(events) != 160 || events[159].Seq != 160 {
		t.Errorf("%d events (%v), want 160", len(events), err)
	}
	if err := dbs[0].Close(); err != nil {
		t.Fatal(err)
	}
	if err := dbs[1].Ready(t.Context()); err != nil {
		t.Errorf("after the other was closed: %v", err)
	}
}
