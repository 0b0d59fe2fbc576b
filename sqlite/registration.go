package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"baton/internal/handoff"
	"baton/internal/registration"
)

const (
	insertRegistration = `INSERT INTO registration (digest, name, email, country, consent, session_id, status, refusal, result,
		number, created_at, verified_at, completed_at, policy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	selectRegistration = `SELECT digest, name, email, country, consent, session_id, status, refusal, result,
		number, created_at, verified_at, completed_at, policy FROM registration WHERE digest = ?`
	updateRegistration = `UPDATE registration SET name = ?, email = ?, country = ?, consent = ?, session_id = ?, status = ?,
		refusal = ?, result = ?, number = ?, verified_at = ?, completed_at = ?, policy = ? WHERE digest = ?`
	deleteAbandoned = `DELETE FROM registration WHERE digest IN (SELECT digest FROM registration
		WHERE created_at < ? AND status <> 'completed' ORDER BY created_at LIMIT ?)`
)

// CreateRegistration implements registration.Store.
func (db *DB) CreateRegistration(ctx context.Context, r registration.Registration) error {
	result, err := asJSON(r.Result)
	if err != nil {
		return err
	}
	policy, err := asJSON(r.Policy)
	if err != nil {
		return err
	}
	return db.writer.do(ctx, func(t tx) error {
		_, err := t.exec(insertRegistration, r.Digest[:], r.Form.Name, r.Form.Email, r.Form.Country, r.Form.Consent,
			string(r.SessionID), string(r.Status), string(r.Refusal), result, text(r.Number),
			millis(r.CreatedAt), millis(r.VerifiedAt), millis(r.CompletedAt), policy)
		return err
	})
}

// Registration implements registration.Store.
func (db *DB) Registration(ctx context.Context, d handoff.Digest) (registration.Registration, error) {
	r, err := scanRegistration(db.read.QueryRowContext(ctx, selectRegistration, d[:]))
	return r, db.health.note(err)
}

// UpdateRegistration implements registration.Store.
func (db *DB) UpdateRegistration(
	ctx context.Context, d handoff.Digest, f func(*registration.Registration) error,
) (registration.Registration, error) {
	var stored registration.Registration
	err := db.writer.do(ctx, func(t tx) error {
		r, err := scanRegistration(t.queryRow(selectRegistration, d[:]))
		if err != nil {
			return err
		}
		if err := f(&r); err != nil {
			return err
		}
		result, err := asJSON(r.Result)
		if err != nil {
			return err
		}
		policy, err := asJSON(r.Policy)
		if err != nil {
			return err
		}
		if _, err = t.exec(updateRegistration, r.Form.Name, r.Form.Email, r.Form.Country, r.Form.Consent,
			string(r.SessionID), string(r.Status), string(r.Refusal), result, text(r.Number),
			millis(r.VerifiedAt), millis(r.CompletedAt), policy, d[:]); err != nil {
			return err
		}
		stored, err = scanRegistration(t.queryRow(selectRegistration, d[:])) // as it is kept, and nobody else's memory
		return err
	})
	if err != nil {
		return registration.Registration{}, err
	}
	return stored, nil
}

// DeleteAbandoned implements registration.Store.
func (db *DB) DeleteAbandoned(ctx context.Context, before time.Time, limit int) (int, error) {
	if limit <= 0 {
		return 0, nil
	}
	var gone int64
	err := db.writer.doLast(ctx, func(t tx) error {
		deleted, err := t.exec(deleteAbandoned, before.UnixMilli(), limit)
		if err != nil {
			return err
		}
		gone, err = deleted.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return int(gone), nil
}

func scanRegistration(from scanner) (registration.Registration, error) {
	var (
		r                                  registration.Registration
		digest                             []byte
		result, number, policy             sql.NullString
		createdAt, verifiedAt, completedAt sql.NullInt64
	)
	err := from.Scan(&digest, &r.Form.Name, &r.Form.Email, &r.Form.Country, &r.Form.Consent, &r.SessionID, &r.Status, &r.Refusal,
		&result, &number, &createdAt, &verifiedAt, &completedAt, &policy)
	if errors.Is(err, sql.ErrNoRows) {
		return registration.Registration{}, registration.ErrNotFound
	}
	if err != nil {
		return registration.Registration{}, translate(err)
	}
	copy(r.Digest[:], digest)
	r.Number = number.String
	r.CreatedAt, r.VerifiedAt, r.CompletedAt = fromMillis(createdAt), fromMillis(verifiedAt), fromMillis(completedAt)
	if result.Valid {
		r.Result = new(registration.Result)
		if err := json.Unmarshal([]byte(result.String), r.Result); err != nil {
			return registration.Registration{}, fmt.Errorf("sqlite: a kept result cannot be read: %w", err)
		}
	}
	if policy.Valid {
		r.Policy = new(registration.Policy)
		if err := json.Unmarshal([]byte(policy.String), r.Policy); err != nil {
			return registration.Registration{}, fmt.Errorf("sqlite: a kept policy cannot be read: %w", err)
		}
	}
	return r, nil
}

// asJSON is NULL for nil.
func asJSON[T any](value *T) (sql.NullString, error) {
	if value == nil {
		return sql.NullString{}, nil
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return sql.NullString{}, fmt.Errorf("sqlite: a part of a registration cannot be kept: %w", err)
	}
	return sql.NullString{String: string(encoded), Valid: true}, nil
}
