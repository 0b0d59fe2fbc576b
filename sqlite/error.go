package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mattn/go-sqlite3"

	"baton/internal/handoff"
)

// The sentences for callers. They name no file, no statement and no library.
const (
	sayBusy     = "The server is too busy to keep this at the moment. Try again in a few seconds."
	sayFull     = "The server has no room left to keep this. Try again later; its operator must free disk space."
	sayReadOnly = "The server cannot write at the moment. Try again later; its operator must let it write its database."
	sayDisk     = "The server's disk fails. Try again later; its operator must look at the disk."
	sayCorrupt  = "The server's database is damaged. Try again later; its operator must restore it from a backup."
	sayStopping = "The server is stopping. Try again in a few seconds."
	sayGone     = "The request was given up before it was begun; nothing was changed. Try again."
	sayConflict = "This id or secret is taken. Try again with another one."
	sayBug      = "Something went wrong on our side. Try again, and name the request id if it happens twice."
)

var errClosed = errors.New("sqlite: the database is closed")

func coded(code handoff.Code, message string, cause error) error {
	return &handoff.Error{Code: code, Message: message, Err: cause}
}

// translate gives an error of SQLite or database/sql its code and sentence. What is not theirs passes as it is.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return coded(handoff.CodeUnavailable, sayGone, err)
	case errors.Is(err, errClosed), errors.Is(err, sql.ErrConnDone), isClosedPool(err):
		return coded(handoff.CodeUnavailable, sayStopping, err)
	}
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return err
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
		return coded(handoff.CodeConflict, sayConflict, err)
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrNomem, sqlite3.ErrProtocol, sqlite3.ErrInterrupt:
		return coded(handoff.CodeUnavailable, sayBusy, err)
	case sqlite3.ErrFull:
		return coded(handoff.CodeUnavailable, sayFull, err)
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen, sqlite3.ErrAuth:
		return coded(handoff.CodeUnavailable, sayReadOnly, err)
	case sqlite3.ErrIoErr:
		return coded(handoff.CodeUnavailable, sayDisk, err)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrFormat:
		return coded(handoff.CodeUnavailable, sayCorrupt, err)
	}
	return coded(handoff.CodeUnexpected, sayBug, err)
}

// isClosedPool knows database/sql's answer after Close, which has no value of its own to compare with.
func isClosedPool(err error) bool { return err.Error() == "sql: database is closed" }
