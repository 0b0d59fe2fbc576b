package handoff

import "errors"

// Code names what went wrong, in the words of the wire contract. Edges map a code to an HTTP status and a channel's
// close code in one place each.
type Code string

// The codes of the wire contract, and CodeConflict, which stays inside the program.
const (
	CodeInvalidInput         Code = "INVALID_INPUT"
	CodeUnauthorized         Code = "UNAUTHORIZED"
	CodeForbidden            Code = "FORBIDDEN"
	CodeNotFound             Code = "SESSION_EXPIRED_OR_NOT_FOUND" // unknown, expired, deleted, another tenant's
	CodeSessionEnded         Code = "SESSION_ENDED"
	CodeAlreadyClaimed       Code = "SESSION_ALREADY_CLAIMED"
	CodeNotClaimed           Code = "NOT_CLAIMED"
	CodeCodeStale            Code = "CODE_STALE"
	CodeConfirmationRequired Code = "CONFIRMATION_REQUIRED"
	CodePayloadTooLarge      Code = "PAYLOAD_TOO_LARGE"
	CodeTooManyRequests      Code = "TOO_MANY_REQUESTS"
	CodeUnavailable          Code = "UNAVAILABLE"
	CodeUnexpected           Code = "UNEXPECTED_ERROR"
	CodeConflict             Code = "CONFLICT" // an id or a digest that is taken; never reaches the wire
)

// Error is an error with a code and a sentence for the caller. Message says what to do and never holds a secret, a
// file name or a library's text; Err is the cause, for the log only.
type Error struct {
	Code    Code
	Message string
	Err     error
}

// Error returns the message, and the cause behind it for the log.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// newError takes no format: a message is written out where it is made, so that no value can slip into it.
func newError(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// ErrorCode returns the code of the first *Error in err's chain, "" for nil and CodeUnexpected for anything else.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeUnexpected
}

// ErrorMessage returns what may be told to the caller: the *Error's message, or a fixed sentence for anything else.
func ErrorMessage(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Message
	}
	return "Something went wrong on our side. Try again, and name the request id if it happens twice."
}

// NotFound is what every method answers for a session that is unknown, expired, deleted or another tenant's.
func NotFound() error {
	return newError(CodeNotFound, "No such session: it is unknown, has expired or was deleted. Create a new one.")
}
