package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"

	"baton/internal/handoff"
	"baton/sqlite"
)

func TestErrorsHaveACodeAndASentence(t *testing.T) {
	for name, check := range map[string]struct {
		err  error
		want handoff.Code
		says string
	}{
		"unique":                  {sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintUnique}, handoff.CodeConflict, "taken"},
		"primary key":             {sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintPrimaryKey}, handoff.CodeConflict, "taken"},
		"foreign key":             {sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintForeignKey}, handoff.CodeUnexpected, "our side"},
		"not null":                {sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintNotNull}, handoff.CodeUnexpected, "our side"},
		"statement":               {sqlite3.Error{Code: sqlite3.ErrError}, handoff.CodeUnexpected, "our side"},
		"busy":                    {sqlite3.Error{Code: sqlite3.ErrBusy, ExtendedCode: sqlite3.ErrBusySnapshot}, handoff.CodeUnavailable, "busy"},
		"locked":                  {sqlite3.Error{Code: sqlite3.ErrLocked}, handoff.CodeUnavailable, "busy"},
		"full":                    {sqlite3.Error{Code: sqlite3.ErrFull}, handoff.CodeUnavailable, "free disk space"},
		"read only":               {sqlite3.Error{Code: sqlite3.ErrReadonly, ExtendedCode: sqlite3.ErrReadonlyDbMoved}, handoff.CodeUnavailable, "cannot write"},
		"cannot open":             {sqlite3.Error{Code: sqlite3.ErrCantOpen}, handoff.CodeUnavailable, "cannot write"},
		"disk":                    {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrFsync}, handoff.CodeUnavailable, "disk"},
		"no room for a file":      {sqlite3.Error{Code: sqlite3.ErrCantOpen, SystemErrno: syscall.ENOSPC}, handoff.CodeUnavailable, "free disk space"},
		"no room at the fsync":    {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrFsync, SystemErrno: syscall.ENOSPC}, handoff.CodeUnavailable, "free disk space"},
		"over quota":              {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrWrite, SystemErrno: syscall.EDQUOT}, handoff.CodeUnavailable, "free disk space"},
		"no room for the index":   {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrSHMSize}, handoff.CodeUnavailable, "free disk space"},
		"a disk made read only":   {sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrWrite, SystemErrno: syscall.EROFS}, handoff.CodeUnavailable, "cannot write"},
		"too many files are open": {sqlite3.Error{Code: sqlite3.ErrCantOpen, SystemErrno: syscall.EMFILE}, handoff.CodeUnavailable, "busy"},
		"corrupt":                 {sqlite3.Error{Code: sqlite3.ErrCorrupt}, handoff.CodeUnavailable, "backup"},
		"not a db":                {sqlite3.Error{Code: sqlite3.ErrNotADB}, handoff.CodeUnavailable, "backup"},
		"wrapped":                 {fmt.Errorf("outer: %w", sqlite3.Error{Code: sqlite3.ErrFull}), handoff.CodeUnavailable, "free disk space"},
		"given up":                {context.Canceled, handoff.CodeUnavailable, "nothing was changed"},
		"out of time":             {context.DeadlineExceeded, handoff.CodeUnavailable, "nothing was changed"},
		"another's":               {errors.New("anything"), handoff.CodeUnexpected, "our side"},
		"no error":                {nil, "", ""},
		"already told":            {sqlite.Translate(sqlite3.Error{Code: sqlite3.ErrBusy}), handoff.CodeUnavailable, "busy"},
	} {
		t.Run(name, func(t *testing.T) {
			got := sqlite.Translate(check.err)
			if handoff.ErrorCode(got) != check.want {
				t.Errorf("code is %q, want %q", handoff.ErrorCode(got), check.want)
			}
			message := handoff.ErrorMessage(got)
			if !strings.Contains(message, check.says) {
				t.Errorf("message %q does not say %q", message, check.says)
			}
			for _, leak := range []string{"sql", "SQL", "UNIQUE", ".db", ".go:"} {
				if strings.Contains(message, leak) {
					t.Errorf("message %q holds %q", message, leak)
				}
			}
			if check.err != nil && !errors.Is(got, check.err) {
				t.Error("the cause is lost")
			}
		})
	}
}
