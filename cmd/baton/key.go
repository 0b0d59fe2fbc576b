package main

import (
	"fmt"
	"io"
	"time"

	"baton/internal/auth"
)

// KeyCmd is about API keys.
type KeyCmd struct {
	New KeyNewCmd `cmd:"" help:"Make an API key. It is printed once, with the line that stands for it in the file of --api-keys."`
}

// KeyNewCmd makes an API key.
type KeyNewCmd struct {
	Name string `default:"backend" placeholder:"NAME" help:"Whose key it is. Keys of one name see the same sessions, those of another do not."`
}

// Run prints a new key and its line. It keeps neither.
func (c *KeyNewCmd) Run(env *environment, out io.Writer) error {
	if !auth.ValidKeyName(c.Name) {
		env.flagProblem("name", "takes 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit")
	}
	if err := env.wrong(); err != nil {
		return err
	}
	key := auth.NewAPIKey()
	_, err := fmt.Fprintf(out, `The key. It is shown this once; the backend sends it as "Authorization: Bearer ...":

%s

Its line for the file of baton serve --api-keys FILE (%s). It holds a hash, not the key:

%s  # made %s
`, key.Reveal(), envName("api-keys"), key.Line(c.Name), time.Now().UTC().Format(time.DateOnly))
	return err
}
