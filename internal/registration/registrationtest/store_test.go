package registrationtest_test

import (
	"testing"

	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
)

func TestMemory(t *testing.T) {
	registrationtest.TestStore(t, func(*testing.T) registration.Store { return registrationtest.NewStore() })
}
