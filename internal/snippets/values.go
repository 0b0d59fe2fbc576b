package snippets

import (
	"regexp"
	"strings"
)

// Values are what a server can say of itself and of its provider. An empty one leaves the placeholder, which is an example
// to replace by hand.
type Values struct {
	Server       string // the public URL, without a slash at its end
	TokenURL     string // where a backend gets its bearer
	ClientID     string
	ClientSecret string // only one that is public anyway, such as the sandbox's
	Provider     string // base of the Info API, without a slash at its end
	Issuer       string // iss of results
	Audience     string // aud of results
}

// placeholders are the texts that stand for the values in the files. They are chosen so that each file is valid code
// that says what belongs there, and so that none is part of another.
func (v Values) placeholders() [][2]string {
	return [][2]string{
		{"https://baton.example.com", v.Server},
		{"https://auth.example.com/api/oauth/token", v.TokenURL},
		{"your-client-id", v.ClientID},
		{"your-client-secret", v.ClientSecret},
		{"https://id.example.com", v.Provider},
		{"https://issuer.example.com", v.Issuer},
		{"your-audience", v.Audience},
	}
}

// harmless are the values that mean themselves inside a string of every language here, quoted by ' or by ".
var harmless = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~:/?#@&()*+,;=%-]*$`)

// Fill puts the values into a snippet's text. A value that a string of code could not hold as it stands is left out, like
// an empty one.
func (v Values) Fill(source string) string {
	var pairs []string
	for _, p := range v.placeholders() {
		if harmless.MatchString(p[1]) {
			pairs = append(pairs, p[0], p[1])
		}
	}
	return strings.NewReplacer(pairs...).Replace(source)
}
