package handofftest_test

import (
	"testing"

	"baton/internal/handoff"
	"baton/internal/handoff/handofftest"
)

func TestFakesKeepTheContract(t *testing.T) {
	t.Run("Store", func(t *testing.T) {
		handofftest.TestStore(t, func(*testing.T) handoff.Store { return handofftest.NewStore() })
	})
	t.Run("Bell", func(t *testing.T) {
		handofftest.TestBell(t, func(*testing.T) handoff.Bell { return handofftest.NewBell() })
	})
}
