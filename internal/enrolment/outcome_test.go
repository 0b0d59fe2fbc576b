package enrolment_test

import (
	"slices"
	"strings"
	"testing"

	"baton/internal/enrolment"
)

func TestEveryOutcomeIsSomebodys(t *testing.T) {
	seen := map[enrolment.Outcome]bool{}
	for _, o := range enrolment.Outcomes() {
		if seen[o] || !o.Known() {
			t.Errorf("%s is there twice, or not known", o)
		}
		seen[o] = true
		if (o.ByPhone() == o.ByProvider()) != (o == enrolment.OutcomeSuccess) {
			t.Errorf("%s is the phone's: %v, the provider's: %v", o, o.ByPhone(), o.ByProvider())
		}
		if o.Timed() && !o.ByPhone() {
			t.Errorf("%s happens at a step, and not on the phone", o)
		}
		if err := enrolment.Default().Check(enrolment.Wish{Outcome: o}); err != nil {
			t.Errorf("the demo's enrolment cannot come to %s: %v", o, err)
		}
		err := enrolment.New(enrolment.Passport).Check(enrolment.Wish{Outcome: o})
		if needs := o.Needs(); (err != nil) != (needs != "") || err != nil && !strings.Contains(err.Error(), needs) {
			t.Errorf("with a scan only, %s: %v; it needs %q", o, err, needs)
		}
	}
}

func TestWishCheck(t *testing.T) {
	steps := enrolment.Default().Steps()
	for _, tc := range []struct {
		wish enrolment.Wish
		says string
	}{
		{enrolment.Wish{}, ""},
		{enrolment.Wish{Outcome: enrolment.OutcomeUserCancels, At: "FACE"}, ""},
		{enrolment.Wish{Outcome: enrolment.OutcomeUserCancels, At: "TEA"}, "choose one of SCAN, READ"},
		{enrolment.Wish{Outcome: enrolment.OutcomeFaceMismatch, At: "FACE"}, "leave the step out"},
		{enrolment.Wish{Outcome: "luck"}, "network_cut"},
		{enrolment.Wish{At: "FACE"}, `no outcome ""`},
	} {
		if err := tc.wish.Check(steps); (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%v: %v, want %q", tc.wish, err, tc.says)
		}
	}
}

func TestForSteps(t *testing.T) {
	for steps, want := range map[string]bool{
		"SCAN": true, "SCAN,INFO": true, "SCAN,READ,FACE,BACKGROUND_CHECK,INFO": true, "SCAN,FACE,INFO": true,
		"SCAN,READ,SCAN,INFO": true, "SCAN,FACE,SCAN,FACE": true,
		"": false, "INFO": false, "FACE": false, "FACE,SCAN": false, "SCAN,FACE,SCAN": false, "READ,SCAN": false, "SCAN,INFO,FACE": false,
		"SCAN,TEA": false, "SCAN,SCAN,SCAN,SCAN,SCAN,SCAN,SCAN,SCAN,SCAN,SCAN,SCAN": false,
	} {
		config, got := enrolment.ForSteps(strings.FieldsFunc(steps, func(r rune) bool { return r == ',' }))
		if got != want {
			t.Errorf("%s: %v, want %v", steps, got, want)
		}
		if !got {
			continue
		}
		var planned []string
		for _, screen := range config.Plan() {
			if screen.Step != "" {
				planned = append(planned, screen.Step)
			}
		}
		if asked := strings.Split(strings.TrimSuffix(steps, ",INFO")+",INFO", ","); !slices.Equal(planned, asked) {
			t.Errorf("%s leads through %v", steps, planned)
		}
	}
}
