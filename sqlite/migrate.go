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

// migrateAttempts is how often a migration of one version is tried.
const migrateAttempts = 5

func migrate(ctx context.Context, pool *sql.DB, log *slog.Logger) error {
	files, err := fs.Sub(migrations, "migration")
	if err != nil {
		return err
	}
	// Another process that opens the same new file may be quicker, at each of the migrations: then there is less left to
	// do, and it is looked at again. Only what fails again and again at the same version is an error.
	var last int64
	for again := 0; again < migrateAttempts; again++ {
		have, failed := migrateOnce(ctx, pool, files, log)
		if failed == nil || errors.Is(failed, errNewer) || ctx.Err() != nil {
			return failed
		}
		if err = failed; have > last {
			last, again = have, 0
		}
	}
	return err
}

// migrateOnce returns the version that it has found.
func migrateOnce(ctx context.Context, pool *sql.DB, files fs.FS, log *slog.Logger) (int64, error) {
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, files,
		goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version"), goose.WithSlog(log))
	if err != nil {
		return 0, err
	}
	have, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return 0, err
	}
	if have > newest {
		return have, errNewer
	}
	if have == newest {
		return have, nil
	}
	_, err = provider.Up(ctx)
	return have, err
}
