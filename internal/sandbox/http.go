package sandbox

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const maxBody = 64 << 10 // bytes

// Handler serves the provider's API and the sandbox's own two routes. A request's life is its context's; time-outs are
// the caller's.
//
//	POST   /api/oauth/token                 form grant_type=client_credentials, client_id, client_secret
//	GET    /api/.well-known/jwks.json       no credential
//	GET    /api/v1/info/{sessionId}         Bearer; the result, application/jwt
//	GET    /api/v1/info                     the same with the header UQ-Session-ID
//	DELETE /api/v1/info/{sessionId}         Bearer; 204 also where nothing was
//	GET    /api/v1/info/img/{id}            Bearer; image/jpeg
//	POST   /api/v1/enrolment/{sessionId}    Bearer; see Enrolment
//	GET    /api/v1/enrolment/{sessionId}    Bearer; what the enrolment is to come to: {"outcome", "at"}
//	GET    /api/v1/specimen/{type}/{id}/{picture}  no credential; a specimen's picture, such as front.jpg
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/oauth/token", methods{http.MethodPost: s.token})
	mux.Handle("/api/.well-known/jwks.json", methods{http.MethodGet: s.keySet})
	mux.Handle("/api/v1/info", methods{http.MethodGet: s.authorised(s.info)})
	mux.Handle("/api/v1/info/{sessionId}", methods{http.MethodGet: s.authorised(s.info), http.MethodDelete: s.authorised(s.deleteInfo)})
	mux.Handle("/api/v1/info/img/{id}", methods{http.MethodGet: s.authorised(s.image)})
	mux.Handle("/api/v1/enrolment/{sessionId}", methods{http.MethodPost: s.authorised(s.enrol), http.MethodGet: s.authorised(s.wish)})
	mux.Handle("/api/v1/specimen/{type}/{id}/{picture}", methods{http.MethodGet: s.specimen})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, codeNotFound, "The sandbox has no such address. See its list of calls.")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		mux.ServeHTTP(w, r)
	})
}

// methods serves one address. Go's own patterns would answer a wrong method in plain text.
type methods map[string]http.HandlerFunc

func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, ok := m[r.Method]
	if !ok {
		w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(m)), ", "))
		refuse(w, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Use the method that the header Allow names.")
		return
	}
	handler(w, r)
}

// Codes of errors. The provider's are those of its Info API.
const (
	codeInput      = "INVALID_INPUT"
	codeNoSession  = "SESSION_EXPIRED_OR_NOT_FOUND"
	codeExpired    = "SCAN_DOCUMENT_EXPIRED"
	codeHasResult  = "RESULT_EXISTS"
	codeNotFound   = "NOT_FOUND"
	codeForbidden  = "FORBIDDEN"
	codeUnexpected = "UNEXPECTED_ERROR"
)

func refuse(w http.ResponseWriter, status int, code, sentence string) {
	answer(w, status, map[string]string{"error": code, "message": sentence})
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"`+codeUnexpected+`"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text) // a client that left is no error
}

// broken answers an error that the caller cannot mend. What it was is in the log only.
func (s *Sandbox) broken(w http.ResponseWriter, r *http.Request, what string, err error) {
	if r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "sandbox: "+what, "error", err)
	}
	refuse(w, http.StatusInternalServerError, codeUnexpected, "Something went wrong in the sandbox. Try again.")
}

// unreadable answers a body that could not be read: too long, or cut off.
func unreadable(w http.ResponseWriter, err error) {
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		refuse(w, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE", "The body takes at most 65536 bytes. Send a shorter one.")
		return
	}
	refuse(w, http.StatusBadRequest, codeInput, "The body could not be read. Send it again.")
}

// cacheFor lets browsers keep what never changes.
func cacheFor(w http.ResponseWriter, life time.Duration) {
	w.Header().Set("Cache-Control", "public, max-age="+seconds(life))
}
