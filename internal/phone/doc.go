// Package phone plays the phone of a hand-over without being one: with the text of a QR code it finds out who asks,
// claims the session, goes through the screens that the session's data asks for, reports each step, hands what it
// "scanned" to the sandbox and ends with INFO. It speaks the wire contract only, so it plays against any server of that
// contract.
//
// It reads no real document and no real face, and it never talks to a real provider: a result exists only where a
// sandbox takes it.
package phone
