package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
)

//go:embed migration/*.sql
var migrations embed.FS

var errNewer = errors.New("sqlite: the schema is newer than this program")

// migrateAttempts is how often a migration that failed is looked at again: another process that opens the same new
// file may have been quicker, and then nothing is left to do.
const migrateAttempts = 3

func migrate(ctx context.Context, pool *sql.DB, log *slog.Logger) error {
	files, err := fs.Sub(migrations, "migration")
	if err != nil {
		return err
	}
	for range migrateAttempts {
		if err = migrateOnce(ctx, pool, files, log); err == nil || errors.Is(err, errNewer) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func migrateOnce(ctx context.Context, pool *sql.DB, files fs.FS, log *slog.Logger) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, files,
		goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version"), goose.WithSlog(log))
	if err != nil {
		return err
	}
	have, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > newest {
		return errNewer
	}
	if have == newest {
		return nil
	}
	_, err = provider.Up(ctx)
	return err
}
