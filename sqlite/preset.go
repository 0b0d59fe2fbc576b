package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"baton/internal/registration"
)

const (
	selectPresets = `SELECT name, data FROM preset ORDER BY name`
	upsertPreset  = `INSERT INTO preset (name, data) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET data = excluded.data`
	countOthers   = `SELECT count(*) FROM preset WHERE name <> ?`
	deletePreset  = `DELETE FROM preset WHERE name = ?`
	selectChoice  = `SELECT name, data FROM preset_choice`
	upsertChoice  = `INSERT INTO preset_choice (one, name, data) VALUES (1, ?, ?)
		ON CONFLICT (one) DO UPDATE SET name = excluded.name, data = excluded.data`
)

// Presets implements registration.PresetStore.
func (db *DB) Presets(ctx context.Context) (presets []registration.Preset, err error) {
	defer func() { err = db.health.note(translate(err)) }()
	rows, err := db.read.QueryContext(ctx, selectPresets)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p registration.Preset
		if err := rows.Scan(&p.Name, &p.Data); err != nil {
			return nil, err
		}
		presets = append(presets, p)
	}
	return presets, rows.Err()
}

// KeepPreset implements registration.PresetStore.
func (db *DB) KeepPreset(ctx context.Context, p registration.Preset) error {
	return db.writer.do(ctx, func(t tx) error {
		var others int
		if err := t.queryRow(countOthers, p.Name).Scan(&others); err != nil {
			return translate(err)
		}
		if others >= registration.MaxPresets {
			return registration.ErrTooManyPresets
		}
		_, err := t.exec(upsertPreset, p.Name, p.Data)
		return err
	})
}

// DeletePreset implements registration.PresetStore.
func (db *DB) DeletePreset(ctx context.Context, name string) error {
	return db.writer.do(ctx, func(t tx) error {
		_, err := t.exec(deletePreset, name)
		return err
	})
}

// ChoosePreset implements registration.PresetStore.
func (db *DB) ChoosePreset(ctx context.Context, p registration.Preset) error {
	return db.writer.do(ctx, func(t tx) error {
		_, err := t.exec(upsertChoice, p.Name, p.Data)
		return err
	})
}

// ChosenPreset implements registration.PresetStore.
func (db *DB) ChosenPreset(ctx context.Context) (registration.Preset, bool, error) {
	var p registration.Preset
	err := db.read.QueryRowContext(ctx, selectChoice).Scan(&p.Name, &p.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return registration.Preset{}, false, nil
	}
	return p, err == nil, db.health.note(translate(err))
}
