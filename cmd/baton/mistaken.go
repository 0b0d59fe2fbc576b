package main

import (
	"regexp"
	"strings"
)

// A session has an id, which grants nothing, and secrets, which open it. Who mixes them up would only hear that there is no such
// session, so a command looks at the form of what it was given.
var (
	sessionIDForm = regexp.MustCompile(`^(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	secretForm    = regexp.MustCompile(`^[A-Z2-7]{32}(-[A-Z2-7]{8})?$`)
)

// isSessionID says whether text is a UUID, as every server's sessionId is. A server whose codes are UUIDs too is told by the link.
func isSessionID(text string) bool { return sessionIDForm.MatchString(strings.TrimSpace(text)) }

// isSessionSecret says whether text is a code, a link or a page token of Baton's. Other servers may write theirs otherwise.
func isSessionSecret(text string) bool {
	return strings.Contains(text, "://") || secretForm.MatchString(strings.TrimSpace(text))
}
