package main

import (
	"context"
	"fmt"

	"baton/internal/enrolment"
	"baton/internal/handoff"
	"baton/internal/registration"
)

// asking says what the next hand-over asks, as registration.Config.Ask.
type asking func(context.Context) (registration.Asked, bool, error)

func askedBy(config enrolment.Config) registration.Asked {
	asked := registration.Asked{Data: config.Encode()}
	for _, step := range config.Steps() {
		asked.Steps = append(asked.Steps, handoff.Step(step))
	}
	return asked
}

// askChosen asks what the presenter has chosen.
func askChosen(presets registration.PresetStore) asking {
	return func(ctx context.Context) (registration.Asked, bool, error) {
		chosen, ok, err := presets.ChosenPreset(ctx)
		if err != nil || !ok {
			return registration.Asked{}, false, err
		}
		config, err := enrolment.Parse(chosen.Data)
		if err != nil {
			return registration.Asked{}, false, fmt.Errorf("the chosen preset %q cannot be read; choose another in the console: %w", chosen.Name, err)
		}
		return askedBy(config), true, nil
	}
}
