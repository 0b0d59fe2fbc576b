package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"baton/internal/handoff"
)

const (
	creationColumns = `id, tenant, ticket, page, reference, steps, status, reason, seq, events,
		created_at, opened_at, claimed_at, ended_at, expires_at, requester_name, requester_browser, requester_system,
		once, separate, confirm, rotate, origins, locale,
		device, number, tries, confirmed_at, second_at, link_code, link_until, not_me,
		sealed_token, sealed_data, sealed_rotation, sealed_ticket`
	sessionColumns = `key, ` + creationColumns

	insertSession = `INSERT INTO session (` + creationColumns + `)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	selectSession  = `SELECT ` + sessionColumns + ` FROM session WHERE expires_at > ? AND status <> 'deleted' AND `
	selectByID     = selectSession + `id = ?`
	selectByTicket = selectSession + `ticket = ?`
	selectByPage   = selectSession + `page = ?`
	updateProgress = `UPDATE session SET status = ?, reason = ?, seq = ?, events = ?, opened_at = ?, claimed_at = ?, ended_at = ?,
		device = ?, number = ?, tries = ?, confirmed_at = ?, second_at = ?, link_code = ?, link_until = ?, not_me = ? WHERE key = ?`
	updateCreation = `UPDATE session SET reference = ?, steps = ?, requester_name = ?, requester_browser = ?, requester_system = ?,
		once = ?, separate = ?, confirm = ?, rotate = ?, origins = ?, locale = ?,
		sealed_token = ?, sealed_data = ?, sealed_rotation = ?, sealed_ticket = ? WHERE key = ?`
	endSession = `UPDATE session SET status = 'deleted', expires_at = min(expires_at, ?), sealed_token = x'', sealed_data = x'',
		sealed_rotation = x'', sealed_ticket = x'' WHERE id = ? AND status <> 'deleted'`
	deleteExpired = `DELETE FROM session WHERE key IN (SELECT key FROM session WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
		RETURNING ` + sessionColumns
)

// row is a session with its row's number.
type row struct {
	key int64
	handoff.Session
}

// Create implements handoff.Store.
func (db *DB) Create(ctx context.Context, s handoff.Session) error {
	return db.writer.do(ctx, func(t tx) error {
		_, err := t.exec(insertSession,
			string(s.ID), string(s.Tenant), s.Ticket[:], digest(s.Page), s.Reference, joinSteps(s.Steps),
			string(s.Status), s.Reason, int64(s.Seq), s.Events,
			millis(s.CreatedAt), millis(s.OpenedAt), millis(s.ClaimedAt), millis(s.EndedAt), millis(s.ExpiresAt),
			s.Requester.Name, s.Requester.Browser, s.Requester.System,
			s.Protection.Once, s.Protection.Separate, string(s.Protection.Confirm), s.Protection.Rotate, strings.Join(s.Origins, " "), s.Locale,
			digest(s.Device), s.Number, s.Tries, millis(s.ConfirmedAt), millis(s.SecondAt), digest(s.LinkCode), millis(s.LinkUntil), s.NotMe,
			filled(s.SealedToken), filled(s.SealedData), filled(s.SealedRotation), filled(s.SealedTicket))
		return err
	})
}

// ByID implements handoff.Store.
func (db *DB) ByID(ctx context.Context, id handoff.SessionID, now time.Time) (handoff.Session, error) {
	return db.session(ctx, selectByID, now, string(id))
}

// ByTicket implements handoff.Store.
func (db *DB) ByTicket(ctx context.Context, d handoff.Digest, now time.Time) (handoff.Session, error) {
	return db.byDigest(ctx, selectByTicket, d, now)
}

// ByPageToken implements handoff.Store.
func (db *DB) ByPageToken(ctx context.Context, d handoff.Digest, now time.Time) (handoff.Session, error) {
	return db.byDigest(ctx, selectByPage, d, now)
}

func (db *DB) byDigest(ctx context.Context, query string, d handoff.Digest, now time.Time) (handoff.Session, error) {
	if d.IsZero() {
		return handoff.Session{}, handoff.NotFound()
	}
	return db.session(ctx, query, now, d[:])
}

func (db *DB) session(ctx context.Context, query string, now time.Time, key any) (handoff.Session, error) {
	r, err := scanSession(db.read.QueryRowContext(ctx, query, now.UnixMilli(), key))
	return r.Session, db.health.note(err)
}

// Append implements handoff.Store.
func (db *DB) Append(
	ctx context.Context, id handoff.SessionID, now time.Time, f func(*handoff.Session) ([]handoff.Event, error),
) ([]handoff.Event, error) {
	var stored []handoff.Event
	err := db.writer.do(ctx, func(t tx) error {
		before, err := scanSession(t.queryRow(selectByID, now.UnixMilli(), string(id)))
		if err != nil {
			return err
		}
		after := before
		after.Steps = slices.Clone(before.Steps)
		after.SealedToken, after.SealedData = bytes.Clone(before.SealedToken), bytes.Clone(before.SealedData)
		after.SealedRotation, after.SealedTicket = bytes.Clone(before.SealedRotation), bytes.Clone(before.SealedTicket)
		after.Origins = slices.Clone(before.Origins)
		events, failed := f(&after.Session)
		if len(events) > 0 && events[0].Key != "" {
			known, err := eventByKey(t, before.key, events[0].Key)
			if err == nil {
				stored = []handoff.Event{known}
				return nil
			}
			if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		if failed != nil {
			return failed
		}
		after.Seq = before.Seq
		if stored, err = insertEvents(t, before.key, before.Seq, events); err != nil {
			return err
		}
		after.Seq += uint64(len(stored))
		return updateSession(t, before, after)
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// updateSession stores what f changed. The large columns stay untouched where they can: an UPDATE rewrites all pages
// of a row whose size changes.
func updateSession(t tx, before, after row) error {
	if _, err := t.exec(updateProgress, string(after.Status), after.Reason, int64(after.Seq), after.Events,
		millis(after.OpenedAt), millis(after.ClaimedAt), millis(after.EndedAt),
		digest(after.Device), after.Number, after.Tries, millis(after.ConfirmedAt), millis(after.SecondAt),
		digest(after.LinkCode), millis(after.LinkUntil), after.NotMe, before.key); err != nil {
		return err
	}
	if before.Reference == after.Reference && before.Requester == after.Requester && slices.Equal(before.Steps, after.Steps) &&
		before.Protection == after.Protection && slices.Equal(before.Origins, after.Origins) && before.Locale == after.Locale &&
		bytes.Equal(before.SealedToken, after.SealedToken) && bytes.Equal(before.SealedData, after.SealedData) &&
		bytes.Equal(before.SealedRotation, after.SealedRotation) && bytes.Equal(before.SealedTicket, after.SealedTicket) {
		return nil
	}
	p := after.Protection
	_, err := t.exec(updateCreation, after.Reference, joinSteps(after.Steps),
		after.Requester.Name, after.Requester.Browser, after.Requester.System,
		p.Once, p.Separate, string(p.Confirm), p.Rotate, strings.Join(after.Origins, " "), after.Locale,
		filled(after.SealedToken), filled(after.SealedData), filled(after.SealedRotation), filled(after.SealedTicket), before.key)
	return err
}

// Delete implements handoff.Store.
func (db *DB) Delete(ctx context.Context, id handoff.SessionID, now time.Time) error {
	return db.writer.do(ctx, func(t tx) error {
		_, err := t.exec(endSession, now.UnixMilli(), string(id))
		return err
	})
}

// DeleteExpired implements handoff.Store. It is the last of its transaction, whose other callers wait for it: a small
// limit, called again, keeps that short.
func (db *DB) DeleteExpired(ctx context.Context, now time.Time, limit int) ([]handoff.Session, error) {
	if limit <= 0 {
		return nil, nil
	}
	var gone []handoff.Session
	err := db.writer.doLast(ctx, func(t tx) (err error) {
		gone, err = removeExpired(t, now, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	// A statement returns what it deletes in no order of its own.
	slices.SortStableFunc(gone, func(a, b handoff.Session) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	return gone, nil
}

func removeExpired(t tx, now time.Time, limit int) ([]handoff.Session, error) {
	rows, err := t.query(deleteExpired, now.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var gone []handoff.Session
	for rows.Next() {
		r, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		gone = append(gone, r.Session)
	}
	return gone, translate(rows.Err())
}

func scanSession(from scanner) (row, error) {
	var (
		r                                               row
		ticket, page, device, linkCode                  []byte
		steps, origins                                  string
		confirmedAt, secondAt, linkUntil                sql.NullInt64
		seq                                             int64
		createdAt, openedAt, claimedAt, endedAt, endsAt sql.NullInt64
	)
	err := from.Scan(&r.key, &r.ID, &r.Tenant, &ticket, &page, &r.Reference, &steps, &r.Status, &r.Reason, &seq, &r.Events,
		&createdAt, &openedAt, &claimedAt, &endedAt, &endsAt, &r.Requester.Name, &r.Requester.Browser, &r.Requester.System,
		&r.Protection.Once, &r.Protection.Separate, &r.Protection.Confirm, &r.Protection.Rotate, &origins, &r.Locale,
		&device, &r.Number, &r.Tries, &confirmedAt, &secondAt, &linkCode, &linkUntil, &r.NotMe,
		&r.SealedToken, &r.SealedData, &r.SealedRotation, &r.SealedTicket)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, handoff.NotFound()
	}
	if err != nil {
		return row{}, translate(err)
	}
	copy(r.Ticket[:], ticket)
	copy(r.Page[:], page)
	copy(r.Device[:], device)
	copy(r.LinkCode[:], linkCode)
	r.Origins = strings.Fields(origins)
	r.ConfirmedAt, r.SecondAt, r.LinkUntil = fromMillis(confirmedAt), fromMillis(secondAt), fromMillis(linkUntil)
	r.Steps, r.Seq = splitSteps(steps), uint64(seq)
	r.CreatedAt, r.OpenedAt, r.ClaimedAt = fromMillis(createdAt), fromMillis(openedAt), fromMillis(claimedAt)
	r.EndedAt, r.ExpiresAt = fromMillis(endedAt), fromMillis(endsAt)
	return r, nil
}

// digest is a digest as a unique column keeps it: NULL, of which there may be many, for none.
func digest(d handoff.Digest) []byte {
	if d.IsZero() {
		return nil
	}
	return d[:]
}

// filled keeps nil out of a column that is never NULL.
func filled(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func joinSteps(steps []handoff.Step) string {
	words := make([]string, len(steps))
	for i, step := range steps {
		words[i] = string(step)
	}
	return strings.Join(words, " ")
}

func splitSteps(column string) []handoff.Step {
	var steps []handoff.Step
	for word := range strings.FieldsSeq(column) {
		steps = append(steps, handoff.Step(word))
	}
	return steps
}
