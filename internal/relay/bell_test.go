package relay_test

import (
	"testing"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
	"baton/internal/relay"
)

func TestBell(t *testing.T) {
	handofftest.TestBell(t, func(*testing.T) handoff.Bell { return relay.NewBell() })
}
