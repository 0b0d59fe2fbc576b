// Package timeline keeps what the parties of a running hand-over said to one another, for whoever presents the demo: each
// call with its headers and bodies, each frame of a channel, and what happened inside the process. It lives in memory only,
// within limits, and no longer than its session; nothing of it reaches a log.
//
// Secrets are taken out before anything is kept. A text has names in their place, and what they stand for lies apart, in the
// session's own Secrets, which are asked for on purpose. What cannot be looked through, such as a page or a picture, is not
// kept at all: only its kind and its length are.
//
// It shows what was seen and nothing else: a call that did not happen is not in it.
package timeline
