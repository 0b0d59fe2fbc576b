package main

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// maxSecretFile is the most that is read of a secret's file, in bytes.
const maxSecretFile = 64 << 10

// environment is what a command has around it, and what was found wrong while its flags were filled.
type environment struct {
	getenv         func(string) string
	stdout, stderr io.Writer
	command        string
	problems       []string
}

// envName is a flag's environment twin.
func envName(flag string) string {
	return "BATON_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func isSecret(flag *kong.Flag) bool { return flag.Tag.Has("secret") }

// isFile is of a flag that names a file: its twin does so under both names, with _FILE and without.
func isFile(flag *kong.Flag) bool { return flag.Tag.Has("file") }

// resolve fills a flag that is not on the command line from its twin. What is wrong there is noted and told together
// with the rest, instead of ending at the first.
func (e *environment) resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "help" {
		return nil, nil
	}
	name := envName(flag.Name)
	value := e.getenv(name)
	if file := e.getenv(name + "_FILE"); file != "" && (isSecret(flag) || isFile(flag)) {
		if value != "" {
			e.problem("%s and %s_FILE are both set; unset one of them", name, name)
			return nil, nil
		}
		value = file
		if isSecret(flag) {
			secret, err := readSecret(file)
			if err != nil {
				e.problem("%s_FILE cannot be read: %v", name, err)
				return nil, nil
			}
			value = secret
		}
	}
	if value == "" {
		return nil, nil
	}
	if flag.IsBool() {
		on, err := strconv.ParseBool(value)
		if err != nil {
			e.problem("%s takes true or false, not %q", name, value)
			return nil, nil
		}
		return on, nil
	}
	// kong takes a comma as the end of a list's element in a string, as it does on the command line.
	return value, nil
}

func (e *environment) problem(format string, args ...any) {
	e.problems = append(e.problems, fmt.Sprintf(format, args...))
}

func readSecret(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	switch {
	case err != nil:
		return "", err
	case len(content) > maxSecretFile:
		return "", fmt.Errorf("it is larger than %d bytes", maxSecretFile)
	}
	secret := strings.TrimRight(string(content), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("it is empty")
	}
	return secret, nil
}

// describeFlag adds a flag's environment twin to its help.
func (e *environment) describeFlag(value *kong.Value) string {
	help := value.Help
	if value.Flag == nil || value.Name == "help" {
		return help
	}
	if value.HasDefault && value.Default != "" && value.Target.Kind() != reflect.Bool {
		help += " Default: " + value.Default + "."
	}
	help += " ($" + envName(value.Name)
	if isSecret(value.Flag) || isFile(value.Flag) {
		help += ", or …_FILE"
	}
	return help + ")"
}
