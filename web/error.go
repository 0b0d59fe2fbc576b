package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"baton/internal/handoff"
	"baton/static"
	"baton/views"
)

// Codes that only the edge answers with.
const (
	codeNotFound         handoff.Code = "NOT_FOUND" // no such route, as opposed to handoff.CodeNotFound
	codeMethodNotAllowed handoff.Code = "METHOD_NOT_ALLOWED"
	codeUpgradeRequired  handoff.Code = "UPGRADE_REQUIRED"
)

// statuses is the HTTP column of the wire contract's table of errors; relay.CloseCode is the channel's column.
var statuses = map[handoff.Code]int{
	handoff.CodeInvalidInput:         http.StatusBadRequest,
	handoff.CodeUnauthorized:         http.StatusUnauthorized,
	handoff.CodeForbidden:            http.StatusForbidden,
	handoff.CodeNotFound:             http.StatusNotFound,
	codeNotFound:                     http.StatusNotFound,
	codeMethodNotAllowed:             http.StatusMethodNotAllowed,
	codeUpgradeRequired:              http.StatusUpgradeRequired,
	handoff.CodeSessionEnded:         http.StatusConflict,
	handoff.CodeAlreadyClaimed:       http.StatusConflict,
	handoff.CodeNotClaimed:           http.StatusConflict,
	handoff.CodeCodeStale:            http.StatusConflict,
	handoff.CodeConfirmationRequired: http.StatusConflict,
	handoff.CodePayloadTooLarge:      http.StatusRequestEntityTooLarge,
	handoff.CodeTooManyRequests:      http.StatusTooManyRequests,
	handoff.CodeUnavailable:          http.StatusServiceUnavailable,
	handoff.CodeUnexpected:           http.StatusInternalServerError,
}

// retryAfter is in seconds, for the answers that ask to come again.
var retryAfter = map[handoff.Code]string{
	handoff.CodeTooManyRequests: "60",
	handoff.CodeUnavailable:     "5",
}

const bearerRefused = `Bearer realm="baton", error="invalid_token"`

// failure is an error together with what its answer needs beyond the code.
type failure struct {
	told      *handoff.Error
	status    int           // 0: by the code
	challenge string        // WWW-Authenticate
	wait      time.Duration // Retry-After; 0: by the code
}

func (f *failure) Error() string { return f.told.Error() }

func (f *failure) Unwrap() error { return f.told }

func invalid(message string) error {
	return &handoff.Error{Code: handoff.CodeInvalidInput, Message: message}
}

func tooLarge(message string) error {
	return &handoff.Error{Code: handoff.CodePayloadTooLarge, Message: message}
}

func unavailable(message string, cause error) error {
	return &handoff.Error{Code: handoff.CodeUnavailable, Message: message, Err: cause}
}

func unauthorized(challenge, message string) error {
	return &failure{told: &handoff.Error{Code: handoff.CodeUnauthorized, Message: message}, challenge: challenge}
}

// withStatus gives err, which has a code, another status than its code's.
func withStatus(status int, err error) error {
	e, _ := errors.AsType[*handoff.Error](err)
	return &failure{told: e, status: status}
}

// answerTo turns any error into what the caller is told. Only a *handoff.Error speaks for itself; a library's text
// never leaves the process.
func answerTo(err error) failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return *f
	}
	if fromFiber, ok := errors.AsType[*fiber.Error](err); ok {
		return fromFiberError(fromFiber)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return failure{told: &handoff.Error{Code: handoff.CodeUnavailable, Err: err,
			Message: "This took too long on our side. Try again in a few seconds."}}
	case handoff.ErrorCode(err) == handoff.CodeConflict, handoff.ErrorCode(err) == handoff.CodeUnexpected:
		return failure{told: &handoff.Error{Code: handoff.CodeUnexpected, Message: handoff.ErrorMessage(errors.New("")), Err: err}}
	}
	e, _ := errors.AsType[*handoff.Error](err)
	return failure{told: e}
}

// fromFiberError covers what Fiber and fasthttp refuse themselves, much of it before any route.
func fromFiberError(err *fiber.Error) failure {
	say := func(code handoff.Code, message string) failure {
		return failure{told: &handoff.Error{Code: code, Message: message, Err: err}, status: err.Code}
	}
	switch err.Code {
	case fiber.StatusNotFound:
		return say(codeNotFound, "There is nothing at this address. Check it against the API's description.")
	case fiber.StatusMethodNotAllowed:
		return say(codeMethodNotAllowed, "This address does not take that method. The Allow header names those that it takes.")
	case fiber.StatusUpgradeRequired:
		return say(codeUpgradeRequired, "Open this address with a WebSocket client.")
	case fiber.StatusRequestEntityTooLarge:
		return say(handoff.CodePayloadTooLarge, "The body is too long. Send a shorter one.")
	case fiber.StatusRequestHeaderFieldsTooLarge:
		return say(handoff.CodeInvalidInput, "The headers are longer than 16384 bytes in all. Send shorter ones.")
	case fiber.StatusRequestTimeout:
		return say(handoff.CodeInvalidInput, "The request did not arrive in time. Send it again without a pause.")
	case fiber.StatusForbidden:
		return say(handoff.CodeForbidden, "This is not allowed from here.")
	}
	if err.Code == fiber.StatusBadGateway || strings.Contains(err.Message, "EOF") {
		// A connection that broke while a request was read. 400 would say that it is never to be sent again.
		return failure{told: &handoff.Error{Code: handoff.CodeInvalidInput, Message: "The connection broke before the request was whole. Send it again.", Err: err},
			status: fiber.StatusRequestTimeout}
	}
	if err.Code >= 400 && err.Code < 500 {
		return failure{told: &handoff.Error{Code: handoff.CodeInvalidInput, Message: "The request is not valid HTTP.", Err: err}}
	}
	return failure{told: &handoff.Error{Code: handoff.CodeUnexpected, Message: handoff.ErrorMessage(errors.New("")), Err: err}}
}

// handleError is the one place that answers errors. It also runs for requests that no middleware has seen, such as one
// whose headers are too large.
func (s *Server) handleError(c *fiber.Ctx, err error) error {
	seen, observed := exchangeOf(c)
	if !observed {
		seen = s.newExchange(c)
		defer s.logExchange(c, seen)
		s.setBaseHeaders(c)
		if strings.HasPrefix(string(c.Request().URI().Path()), apiPrefix+"/") {
			s.readOrigin(c, seen)
			setCrossOriginHeaders(c, seen)
		}
	}
	answer := answerTo(err)
	seen.err, seen.code = err, answer.told.Code

	status := answer.status
	if status == 0 {
		status = statuses[answer.told.Code]
	}
	c.Set(fiber.HeaderXRequestID, seen.id)
	if answer.challenge != "" {
		c.Set(fiber.HeaderWWWAuthenticate, answer.challenge)
	}
	after := retryAfter[answer.told.Code]
	if answer.wait > 0 {
		after = strconv.FormatInt(int64(math.Ceil(answer.wait.Seconds())), 10)
	}
	if after != "" && status != http.StatusRequestTimeout {
		c.Set(fiber.HeaderRetryAfter, after)
	}
	if status == http.StatusUpgradeRequired {
		c.Set(fiber.HeaderUpgrade, "websocket")
		c.Set("Sec-WebSocket-Version", "13")
	}
	if observed && wantsPage(c) && !machinePath(c) {
		drawn := s.render(c, status, problemPage(status, answer.told, seen.id))
		if drawn == nil {
			return nil
		}
		s.log.Error("the page for an error cannot be drawn", "request", seen.id, "error", drawn)
	}
	return writeJSON(c, status, problem{
		Error: string(answer.told.Code), Message: answer.told.Message, RequestID: seen.id, Help: s.docs.helpFor(string(answer.told.Code)),
	})
}

// machinePath reports whether programs call the path, whatever their Accept says.
func machinePath(c *fiber.Ctx) bool {
	path := string(c.Request().URI().Path())
	return slices.ContainsFunc([]string{"/api/", "/ws/", sandboxPrefix + "/", static.Prefix, "/healthz", "/readyz"},
		func(prefix string) bool { return strings.HasPrefix(path, prefix) })
}

// problem is the body of every error answer.
type problem struct {
	Error     string `json:"error"`
	Message   string `json:"message"`
	RequestID string `json:"requestId"`
	Help      string `json:"help,omitempty"` // where the code is explained
}

// problemPage draws an error for a person. What the code has no words for is told as programs are told it.
func problemPage(status int, told *handoff.Error, requestID string) templ.Component {
	page := views.ErrorPage{Code: string(told.Code)}
	switch {
	case status >= 500:
		page.RequestID = requestID
	case told.Code != codeNotFound && told.Code != codeMethodNotAllowed && told.Code != handoff.CodeTooManyRequests && told.Code != handoff.CodeForbidden:
		page.Detail = told.Message
	}
	return views.Error(page)
}
