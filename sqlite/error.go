package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"baton/internal/handoff"
)

// fault is what keeps the database from its work; empty for nothing. It is the word that the log has for it.
type fault string

const (
	faultBusy     fault = "busy" // another process holds the file, or memory is short
	faultFull     fault = "disk full"
	faultReadOnly fault = "read-only"
	faultDisk     fault = "disk fails"
	faultDamaged  fault = "damaged"
	faultMoved    fault = "file replaced"
)

// sayings are a fault's sentences. They name no file, no statement and no library.
type sayings struct {
	caller   string // whose change or question is refused
	operator string // who asks whether the server is ready
}

var said = map[fault]sayings{
	faultBusy: {
		"The server is too busy to keep this at the moment. Try again in a few seconds.",
		"The database is locked: another process holds it. Let that one finish or stop it; the server goes on by itself.",
	},
	faultFull: {
		"The server has no room left to keep this. Try again later; its operator must free disk space.",
		"The database's disk is full. Free disk space; the server goes on by itself.",
	},
	faultReadOnly: {
		"The server cannot write at the moment. Try again later; its operator must let it write its database.",
		"The database is read-only. Let the server write it; where the disk had to be mounted anew, start the server again.",
	},
	faultDisk: {
		"The server's disk fails. Try again later; its operator must look at the disk.",
		"The database's disk fails. Look at the disk and the system's log.",
	},
	faultDamaged: {
		"The server's database is damaged. Try again later; its operator must restore it from a backup.",
		"The database is damaged. Stop the server, restore the database from a backup and start the server again.",
	},
	faultMoved: {
		"The server's database is not in its place. Try again later; its operator must start the server again.",
		"The database's file was removed or replaced under the running server. Start the server again.",
	},
}

// The other sentences for callers.
const (
	sayStopping = "The server is stopping. Try again in a few seconds."
	sayGone     = "The request was given up before it was begun; nothing was changed. Try again."
	sayConflict = "This id or secret is taken. Try again with another one."
	sayBug      = "Something went wrong on our side. Try again, and name the request id if it happens twice."
	saySlow     = "The database does not answer in time. Another process may hold it, or its disk may hang."
)

var (
	errClosed  = errors.New("sqlite: the database is closed")
	errDamaged = errors.New("sqlite: the database is damaged")
	errMoved   = errors.New("sqlite: the file is not the one that was opened")
	errNoRoom  = errors.New("sqlite: there is no room on the disk")
)

func coded(code handoff.Code, message string, cause error) error {
	return &handoff.Error{Code: code, Message: message, Err: cause}
}

// refused is the answer to a change or a question that a fault stands against.
func refused(f fault, cause error) error {
	return coded(handoff.CodeUnavailable, said[f].caller, cause)
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
	if f := faultOf(err); f != "" {
		return refused(f, err)
	}
	return coded(handoff.CodeUnexpected, sayBug, err)
}

// faultOf tells which fault an error speaks of.
func faultOf(err error) fault {
	switch {
	case errors.Is(err, errDamaged):
		return faultDamaged
	case errors.Is(err, errMoved):
		return faultMoved
	case errors.Is(err, errNoRoom):
		return faultFull
	}
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return ""
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrNomem, sqlite3.ErrProtocol, sqlite3.ErrInterrupt:
		return faultBusy
	case sqlite3.ErrFull:
		return faultFull
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB, sqlite3.ErrFormat:
		return faultDamaged
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return faultReadOnly
	case sqlite3.ErrCantOpen:
		return bySystem(e, faultReadOnly)
	case sqlite3.ErrIoErr:
		if e.ExtendedCode == sqlite3.ErrIoErrSHMSize { // the index of the write-ahead log cannot grow
			return faultFull
		}
		return bySystem(e, faultDisk)
	}
	return ""
}

// bySystem looks at what the system answered: SQLite calls most of it an I/O error.
func bySystem(e sqlite3.Error, otherwise fault) fault {
	switch e.SystemErrno {
	case syscall.ENOSPC, syscall.EDQUOT:
		return faultFull
	case syscall.EROFS:
		return faultReadOnly
	case syscall.EMFILE, syscall.ENFILE:
		return faultBusy
	}
	return otherwise
}

// isClosedPool knows database/sql's answer after Close, which has no value of its own to compare with.
func isClosedPool(err error) bool { return err.Error() == "sql: database is closed" }

// explain says to the operator what an error at opening means.
func explain(path string, err error) error {
	if errors.Is(err, errNewer) {
		return fmt.Errorf("the database %s was written by a newer version of this program. Run that version, or name another path", path)
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok && e.Code == sqlite3.ErrNotADB {
		return fmt.Errorf("%s is not a database of this program. Name another path, or move the file away: %w", path, err)
	}
	switch faultOf(err) {
	case faultDamaged:
		return fmt.Errorf("the database %s is damaged. Restore it from a backup, or move it away to begin anew: %w", path, err)
	case faultBusy:
		return fmt.Errorf("the database %s is in use by another process. Stop that one, or name another path: %w", path, err)
	case faultFull:
		return fmt.Errorf("there is no room for the database %s. Free space on its disk, or name another path: %w", path, err)
	case faultReadOnly:
		return fmt.Errorf("the database %s cannot be written. Check that its disk is not mounted read-only and the permissions of the file and its directory, or name another path: %w", path, err)
	case "":
		return fmt.Errorf("cannot open the database %s: %w", path, err)
	}
	return fmt.Errorf("cannot open the database %s: %w. Check the disk and the permissions of the file and its directory", path, err)
}
