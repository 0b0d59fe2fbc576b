package sqlite

import (
	"database/sql"
	"time"
)

// millis is a time as a column keeps it: milliseconds since 1970, NULL for the zero time.
func millis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

func fromMillis(column sql.NullInt64) time.Time {
	if !column.Valid {
		return time.Time{}
	}
	return time.UnixMilli(column.Int64).UTC()
}

// text is a text as a column keeps it where it must be unique: NULL, of which there may be many, for none.
func text(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(into ...any) error }
