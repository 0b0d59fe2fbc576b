// Package client calls a server of the wire contract from outside, as whoever stands in front of it does: a phone, a
// backend, a page. It knows the contract only, so it calls any server of it.
//
// What it returns of a server's words can be printed to a terminal, and no error of it names a secret.
package client
