package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"baton/internal/sandbox"
)

const (
	selectSigningKey = `SELECT id, pkcs8 FROM sandbox_key`
	insertSigningKey = `INSERT INTO sandbox_key (one, id, pkcs8) VALUES (1, ?, ?)`

	insertResult   = `INSERT INTO sandbox_result (session_id, client_id, jws, expires_at, handed_in) VALUES (?, ?, ?, ?, ?)`
	selectHandedIn = `SELECT handed_in FROM sandbox_result WHERE session_id = ? AND expires_at > ?`
	insertImage    = `INSERT INTO sandbox_image (id, result, jpeg) VALUES (?, ?, ?)`
	selectResult   = `SELECT session_id, client_id, jws, expires_at FROM sandbox_result WHERE session_id = ? AND expires_at > ?`
	selectImage    = `SELECT i.id, i.jpeg, r.client_id FROM sandbox_image i JOIN sandbox_result r ON r.key = i.result
		WHERE i.id = ? AND r.expires_at > ?`
	deleteResult         = `DELETE FROM sandbox_result WHERE session_id = ?`
	deleteClientResult   = `DELETE FROM sandbox_result WHERE session_id = ? AND client_id = ?`
	deleteExpiredResults = `DELETE FROM sandbox_result WHERE key IN
		(SELECT key FROM sandbox_result WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`
)

// SigningKey implements sandbox.Store.
func (db *DB) SigningKey(ctx context.Context, create func() (sandbox.SigningKey, error)) (sandbox.SigningKey, error) {
	key, err := scanSigningKey(db.read.QueryRowContext(ctx, selectSigningKey))
	if !errors.Is(err, sql.ErrNoRows) {
		return key, db.health.note(translate(err))
	}
	// Made outside the writer, which an RSA key would hold up. A second caller's key is thrown away.
	made, err := create()
	if err != nil {
		return sandbox.SigningKey{}, err
	}
	err = db.writer.do(ctx, func(t tx) error {
		key, err = scanSigningKey(t.queryRow(selectSigningKey))
		if !errors.Is(err, sql.ErrNoRows) {
			return translate(err)
		}
		key = made
		_, err = t.exec(insertSigningKey, made.ID, made.PKCS8)
		return err
	})
	if err != nil {
		return sandbox.SigningKey{}, err
	}
	return key, nil
}

func scanSigningKey(from scanner) (sandbox.SigningKey, error) {
	var key sandbox.SigningKey
	err := from.Scan(&key.ID, &key.PKCS8)
	return key, err
}

// SaveResult implements sandbox.Store.
func (db *DB) SaveResult(ctx context.Context, r sandbox.Result, now time.Time) error {
	return db.writer.do(ctx, func(t tx) error {
		var handedIn []byte
		switch err := t.queryRow(selectHandedIn, r.SessionID, now.UnixMilli()).Scan(&handedIn); {
		case err == nil && bytes.Equal(handedIn, r.HandedIn):
			return nil
		case err == nil:
			return sandbox.ErrHasResult
		case !errors.Is(err, sql.ErrNoRows):
			return translate(err)
		}
		// One that has expired may not have been swept yet.
		if _, err := t.exec(deleteResult, r.SessionID); err != nil {
			return err
		}
		inserted, err := t.exec(insertResult, r.SessionID, r.ClientID, r.JWS, millis(r.ExpiresAt), r.HandedIn)
		if err != nil {
			return err
		}
		key, err := inserted.LastInsertId()
		if err != nil {
			return err
		}
		for _, image := range r.Images {
			if _, err := t.exec(insertImage, image.ID, key, filled(image.JPEG)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Result implements sandbox.Store.
func (db *DB) Result(ctx context.Context, sessionID string, now time.Time) (sandbox.Result, error) {
	var (
		r         sandbox.Result
		expiresAt sql.NullInt64
	)
	err := db.read.QueryRowContext(ctx, selectResult, sessionID, now.UnixMilli()).
		Scan(&r.SessionID, &r.ClientID, &r.JWS, &expiresAt)
	if err != nil {
		return sandbox.Result{}, db.health.note(notInSandbox(err))
	}
	r.ExpiresAt = fromMillis(expiresAt)
	return r, nil
}

// Image implements sandbox.Store.
func (db *DB) Image(ctx context.Context, id string, now time.Time) (sandbox.Image, string, error) {
	var (
		image    sandbox.Image
		clientID string
	)
	err := db.read.QueryRowContext(ctx, selectImage, id, now.UnixMilli()).Scan(&image.ID, &image.JPEG, &clientID)
	if err != nil {
		return sandbox.Image{}, "", db.health.note(notInSandbox(err))
	}
	return image, clientID, nil
}

// DeleteResult implements sandbox.Store.
func (db *DB) DeleteResult(ctx context.Context, sessionID, clientID string) error {
	return db.writer.do(ctx, func(t tx) error {
		_, err := t.exec(deleteClientResult, sessionID, clientID)
		return err
	})
}

// DeleteExpiredResults implements sandbox.Store.
func (db *DB) DeleteExpiredResults(ctx context.Context, now time.Time, limit int) (int, error) {
	if limit <= 0 {
		return 0, nil
	}
	var gone int64
	err := db.writer.doLast(ctx, func(t tx) error {
		deleted, err := t.exec(deleteExpiredResults, now.UnixMilli(), limit)
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

func notInSandbox(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sandbox.ErrNotFound
	}
	return translate(err)
}
