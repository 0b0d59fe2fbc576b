package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"baton/internal/brand"
)

const (
	selectBrand = `SELECT name, name_arabic, light, dark, logo_type, logo FROM brand`
	upsertBrand = `INSERT INTO brand (one, name, name_arabic, light, dark, logo_type, logo) VALUES (1, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (one) DO UPDATE SET name = excluded.name, name_arabic = excluded.name_arabic, light = excluded.light,
		dark = excluded.dark, logo_type = excluded.logo_type, logo = excluded.logo`
	deleteBrand = `DELETE FROM brand`
)

// Brand implements brand.Store.
func (db *DB) Brand(ctx context.Context) (brand.Brand, bool, error) {
	var b brand.Brand
	err := db.read.QueryRowContext(ctx, selectBrand).Scan(&b.Name, &b.NameArabic, &b.Light, &b.Dark, &b.Logo.Type, &b.Logo.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return brand.Brand{}, false, nil
	}
	return b, err == nil, db.health.note(translate(err))
}

// KeepBrand implements brand.Store.
func (db *DB) KeepBrand(ctx context.Context, b brand.Brand) error {
	logo := b.Logo.Data
	if logo == nil {
		logo = []byte{} // nil would be NULL
	}
	return db.writer.do(ctx, func(t tx) error {
		_, err := t.exec(upsertBrand, b.Name, b.NameArabic, b.Light, b.Dark, b.Logo.Type, logo)
		return err
	})
}

// DropBrand implements brand.Store.
func (db *DB) DropBrand(ctx context.Context) error {
	return db.writer.do(ctx, func(t tx) error {
		_, err := t.exec(deleteBrand)
		return err
	})
}
