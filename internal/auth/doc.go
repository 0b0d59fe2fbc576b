// Package auth decides whether a backend may create and report sessions, and which tenant it is: it verifies the
// bearer token, a JWT that an identity server issued to the backend.
//
// When in doubt it refuses. Keys that cannot be fetched make it answer ErrUnavailable, never let a token pass, and
// never wait longer than a few seconds. Its errors name the check that failed and hold no part of a token.
package auth
