package relay

import "baton/internal/handoff"

// Close codes of the wire contract. Pages connect again on 4000–4499 and not on 4500–4999.
const (
	CloseNormal       = 1000
	CloseTooLong      = 1009
	CloseUnexpected   = 1011
	CloseUnavailable  = 4000
	CloseTooMany      = 4029
	CloseNoFirstFrame = 4408
	CloseInvalidInput = 4500
	CloseUnauthorized = 4501
	CloseForbidden    = 4503
	CloseNotFound     = 4504
	CloseEnded        = 4509
)

// reasonNoFirstFrame is the reason beside CloseNoFirstFrame, which has no code of the error table.
const reasonNoFirstFrame = "NO_FIRST_FRAME"

// CloseCode is the close code for an error code: the channel's column of the wire contract's table.
func CloseCode(code handoff.Code) int {
	switch code {
	case handoff.CodeInvalidInput:
		return CloseInvalidInput
	case handoff.CodeUnauthorized:
		return CloseUnauthorized
	case handoff.CodeForbidden:
		return CloseForbidden
	case handoff.CodeNotFound:
		return CloseNotFound
	case handoff.CodeSessionEnded, handoff.CodeAlreadyClaimed, handoff.CodeNotClaimed, handoff.CodeCodeStale, handoff.CodeConfirmationRequired:
		return CloseEnded
	case handoff.CodePayloadTooLarge:
		return CloseTooLong
	case handoff.CodeTooManyRequests:
		return CloseTooMany
	case handoff.CodeUnavailable:
		return CloseUnavailable
	}
	return CloseUnexpected
}

// ending is how a channel ends: a close frame, or none where nobody would hear it.
type ending struct {
	code   int // 0: no close frame
	reason string
	err    error // for the log
}

func endWith(code handoff.Code) ending {
	return ending{code: CloseCode(code), reason: string(code)}
}
