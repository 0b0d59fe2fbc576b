package registration_test

import (
	"context"
	"strings"
	"testing"

	"baton/internal/handoff"
	"baton/internal/registration"
	"baton/internal/registration/registrationtest"
)

// TestEachHandOverKeepsWhatItAsked: what is asked next changes neither the code that is out nor what its result must show.
func TestEachHandOverKeepsWhatItAsked(t *testing.T) {
	const two = `{"documents":[{"documentType":"PASSPORT"},{"documentType":"UAE_ID"}]}`
	var next *registration.Asked
	d := newDesk(t, passportData)
	service := registration.NewService(registration.Config{
		Store: registrationtest.NewStore(), Handoff: handoff.NewService(d.sessions, bell{}, nil, nil), Provider: d.provider,
		Data: enrolment(t, passportData), Steps: []handoff.Step{handoff.StepScan, handoff.StepInfo}, Tenant: "demo",
		Ask: func(context.Context) (registration.Asked, bool, error) {
			if next == nil {
				return registration.Asked{}, false, nil
			}
			return *next, true, nil
		},
	})
	d.Service = service
	next = &registration.Asked{Data: enrolment(t, two), Steps: []handoff.Step{handoff.StepScan}}
	r, key, page := mustStart(t, d)
	if session := d.sessions.kept[r.SessionID]; len(session.Steps) != 1 {
		t.Errorf("the session has the steps %v", session.Steps)
	}
	next = nil
	if _, err := d.Finish(t.Context(), key, ""); err == nil || !strings.Contains(err.Error(), "asked for were 2") {
		t.Errorf("one passport for two documents: %v", err)
	}
	if _, _, err := d.Renew(t.Context(), key, page); err != nil {
		t.Fatal(err)
	}
	next = &registration.Asked{Data: enrolment(t, two)}
	if _, err := d.Finish(t.Context(), key, ""); err != nil {
		t.Errorf("the passport that was asked for: %v", err)
	}
}

func TestCleanPresetName(t *testing.T) {
	for name, want := range map[string]string{" a  b ": "a b", "": "", "\t": "", "a\x00": "", strings.Repeat("ü", 60): strings.Repeat("ü", 60), strings.Repeat("ü", 61): "", "\xff": ""} {
		if got, ok := registration.CleanPresetName(name); ok != (want != "") || ok && got != want {
			t.Errorf("%q becomes %q, %t", name, got, ok)
		}
	}
}
