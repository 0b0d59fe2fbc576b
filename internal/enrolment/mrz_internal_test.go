package enrolment

import "testing"

// TestCheckDigit has the examples and the specimen line of ICAO 9303 parts 3 and 4.
func TestCheckDigit(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"520727", "3"},
		{"AB2134<<<", "5"},
		{"L898902C3", "6"},
		{"740812", "2"},
		{"120415", "9"},
		{"ZE184226B<<<<<", "1"},
		{"L898902C3674081221204159ZE184226B<<<<<1", "0"}, // the whole line's, without nationality and sex
		{"", "0"},
	} {
		t.Run(test.text, func(t *testing.T) {
			if got := checkDigit(test.text); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
