package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"baton/internal/handoff"
)

const (
	eventColumns = `e.seq, e.kind, e.step, e.status, e.notice, e.reason, e.key, e.number, e.detail, e.at`

	insertEvent = `INSERT INTO event (session, seq, kind, step, status, notice, reason, key, number, detail, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	selectByKey = `SELECT ` + eventColumns + ` FROM event e WHERE e.session = ? AND e.key = ?`
	// One statement, so that the session's existence and its events are of the same moment: no row is no session, a
	// row of NULLs is a session without such events.
	selectAfter = `SELECT ` + eventColumns + ` FROM session s LEFT JOIN event e ON e.session = s.key AND e.seq > ?
		WHERE s.id = ? AND s.expires_at > ? AND s.status <> 'deleted' ORDER BY e.seq`
	selectRemains = `SELECT ` + eventColumns + ` FROM session s JOIN event e ON e.session = s.key WHERE s.id = ? AND e.seq > ? ORDER BY e.seq`
)

// EventsAfter implements handoff.Store.
func (db *DB) EventsAfter(ctx context.Context, id handoff.SessionID, now time.Time, seq uint64) ([]handoff.Event, error) {
	events, exists, err := db.events(ctx, selectAfter, int64(min(seq, 1<<62)), string(id), now.UnixMilli())
	if err == nil && !exists {
		err = handoff.NotFound()
	}
	return events, err
}

// Remains implements handoff.Store.
func (db *DB) Remains(ctx context.Context, id handoff.SessionID, seq uint64) ([]handoff.Event, error) {
	events, _, err := db.events(ctx, selectRemains, string(id), int64(min(seq, 1<<62)))
	return events, err
}

// events reads what a query finds; found says whether there was a row, be it one without an event.
func (db *DB) events(ctx context.Context, query string, args ...any) (events []handoff.Event, found bool, err error) {
	defer func() { err = db.health.note(err) }()
	rows, err := db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, false, translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		found = true
		event, some, err := scanEvent(rows)
		if err != nil {
			return nil, false, translate(err)
		}
		if some {
			events = append(events, event)
		}
	}
	return events, found, translate(rows.Err())
}

// insertEvents numbers events after last, keeps them and returns them as they are kept.
func insertEvents(t tx, session int64, last uint64, events []handoff.Event) ([]handoff.Event, error) {
	var stored []handoff.Event
	for _, e := range events {
		last++
		e.Seq, e.At = last, fromMillis(millis(e.At))
		if _, err := t.exec(insertEvent, session, int64(e.Seq), string(e.Kind), string(e.Step), string(e.Status),
			string(e.Notice), e.Reason, text(e.Key), e.Number, e.Detail, millis(e.At)); err != nil {
			return nil, err
		}
		stored = append(stored, e)
	}
	return stored, nil
}

// eventByKey returns sql.ErrNoRows for a key that the session does not know.
func eventByKey(t tx, session int64, key string) (handoff.Event, error) {
	event, _, err := scanEvent(t.queryRow(selectByKey, session, key))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return handoff.Event{}, translate(err)
	}
	return event, err
}

func scanEvent(from scanner) (event handoff.Event, some bool, err error) {
	var (
		seq, at                                                 sql.NullInt64
		kind, step, status, notice, reason, key, number, detail sql.NullString
	)
	if err := from.Scan(&seq, &kind, &step, &status, &notice, &reason, &key, &number, &detail, &at); err != nil {
		return handoff.Event{}, false, err
	}
	return handoff.Event{
		Seq: uint64(seq.Int64), Kind: handoff.Kind(kind.String), Step: handoff.Step(step.String),
		Status: handoff.Status(status.String), Notice: handoff.Notice(notice.String), Reason: reason.String,
		Key: key.String, Number: number.String, Detail: detail.String, At: fromMillis(at),
	}, seq.Valid, nil
}
