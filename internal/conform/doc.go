// Package conform checks a server against the wire contract from outside, over HTTP and WebSocket, as a backend, a page
// and a phone would meet it. It shares no code with the server that it judges, and it changes nothing there but
// sessions of its own.
//
// A check that fails says what was expected and what came instead; it never prints a secret. A check that could not be
// made, because the server or the caller lacks what it needs, is reported as not checked and is no failure.
package conform
