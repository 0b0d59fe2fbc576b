// Package auth decides whether a backend may create and report sessions, and which tenant it is: it verifies the
// bearer, either a JWT that one of several identity servers issued to the backend (Verifier), or a static API key of
// which only a hash is kept (KeyFile). A Gate takes both.
//
// When in doubt it refuses. Keys that cannot be fetched make it answer ErrUnavailable, never let a token pass, and
// never make anybody wait longer than a few seconds. Its errors name the check that failed and hold no part of a bearer.
package auth
